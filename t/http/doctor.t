#!/usr/bin/perl
# kc.eportal doctor --storage --repair while agents are served: each answer is
# right, whatever is being put back meanwhile.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use Test::More;

my $ROUNDS = 8;
my $t = EPortal::Test->new;
my ($served, $other) = map { sha1("kernel $_") } 1, 2;
my $dir = "$t->{base}/resources";
my $log = "$t->{dir}/answers";

$t->deploy('K20250101_01', ["$served:1,2", "$other:1"], size => 300_000);
$t->deploy('K20250102_01', ["$served:2,3", "$other:1,2"], size => 300_000);
$t->cli_ok('key', '-a', 'k1');
$t->start;
my $id = $t->register('k1');
my $right = sha1(slurp("$dir/$served/3/kpatch.bin"));

# An agent that asks without a pause until it is told to stop.
my $agent = fork // die "fork: $!";
if ($agent == 0) {
    my ($stop, $good, @bad) = (0, 0);

    local $SIG{TERM} = sub { $stop = 1 };
    while (!$stop) {
        my $level = $t->get("/$served/latest.v2");
        my $file = $t->get("/$served/3/kpatch.bin", basic => $id);

        if ($level->{content} eq '3' && $file->{status} == 200
            && sha1($file->{content}) eq $right) {
            $good++;
        } else {
            push @bad, "$level->{status} $file->{status}";
        }
    }
    spew($log, "$good\n" . join "\n", @bad);
    POSIX::_exit(0);
}

for my $round (1 .. $ROUNDS) {
    # Beside what is served: its level is put back whole.
    unlink "$dir/$served/3/kpatch.info" or die "unlink: $!";
    spew("$dir/$other/2/more", 'x');
    unlink "$dir/$other/1/kpatch.bin" or die "unlink: $!";
    my ($status, $out) = $t->cli('doctor', '--storage', '--repair');
    is($status, 0, "W-22: repair $round") or diag $out;
    like($out, qr/^missing-file: .*\Q$served\E.* Mended: /m, '... puts back');
}
kill 'TERM', $agent;
waitpid $agent, 0;
my ($good, @bad) = split /\n/, slurp($log);
cmp_ok($good, '>', 0, "$good answers were right meanwhile");
is("@bad", '', 'W-22: no answer was wrong while the repair ran');
my ($status, $out) = $t->cli('doctor', '--storage');
is($status, 0, 'in the end all is well') or diag $out;

finish($t);
done_testing();
