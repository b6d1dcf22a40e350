#!/usr/bin/perl
# The console's page of server tags, in a real browser.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new->console;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-r', 'readonly', '-p', 'secret', 'reader');
$t->cli_ok('key', '-a', 'k1');
$t->start;

my @id = map { $t->register('k1') } 1 .. 12;
is($t->sql('SELECT count(*) FROM tag'), 0, 'no server has a tag yet');
run_browser($t, 'tags', IDS => "@id");
for my $tag ('=1+"1"', map { sprintf 'many%03d', $_ } 1 .. 120) {
    my $r = $t->request(POST => '/admin/api/tags', basic => 'admin:secret',
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP::encode_json({ name => $tag }));
    $r->{status} == 200 or die "$tag: $r->{status} $r->{content}";
}
run_browser($t, 'tags-many');
finish($t);
done_testing();
