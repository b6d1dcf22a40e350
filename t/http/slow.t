#!/usr/bin/perl
# A disk that is slow: the event loop notices with its first read and leaves
# the others to the threads.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $build = EPortal::Test::build();
my $kernel = sha1('kernel');
my $slow = File::Temp::tempdir('eportal-slow-XXXXXX', TMPDIR => 1,
    CLEANUP => 1);
chmod 0777, $slow;
my $t = EPortal::Test->new(workers => 1, main => "env SLOW_READ=$slow/reads;",
    preload => ["$build/t/lib/preload/slowread.so"]);

$t->deploy('K20250101_01', ["$kernel:7"]);
$t->cli_ok('key', '-a', 'k1');
$t->start;
my $id = $t->register('k1');

spew("$slow/reads", '');
chmod 0666, "$slow/reads";
my ($wrong, $asked) = (0, 0);
for my $i (1 .. 60) {
    # another connection's write makes SQLite forget what it has read
    $t->sql("UPDATE feed SET name = name");
    my $r = $t->get("/$kernel/latest.v2?server_id=$id");

    $asked++;
    $wrong++ if $r->{status} != 200 || $r->{content} ne '7';
}
my @reads = split /\n/, slurp("$slow/reads");
my $loop = grep { $_ eq 'loop' } @reads;

is($wrong, 0, 'AGT-8: latest is answered by threads while the disk is slow');
cmp_ok($loop, '>', 0, 'the event loop has met the slow disk');
cmp_ok($loop, '<', @reads / 2, 'and left most of the reads to them');

unlink "$slow/reads";
is($t->get("/$kernel/latest.v2?server_id=$id")->{content}, '7',
    'AGT-8: latest is answered afterwards');
finish($t);
done_testing();
