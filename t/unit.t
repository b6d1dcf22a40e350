#!/usr/bin/perl
# Runs the unit tests: one cmocka binary for each file of t/unit.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root files);
use Test::More;

my $build = $ENV{EP_BUILD} // root('build');

$ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';
chdir root() or die "cannot change to the tree: $!\n";

for my $source (files(qr{^t/unit/\w+\.c$})) {
    my ($name) = $source =~ m{(\w+)\.c$};

    subtest $name => sub {
        my $binary = "$build/t/unit/$name";

        ok(-x $binary, "$binary was built") or return;
        my $out = qx(timeout -k 10 300 $binary 2>&1 < /dev/null);
        my $status = $?;
        my $results = 0;
        while ($out =~ /^(not )?ok [0-9]+ - (.*)$/gm) {
            $results++;
            ok(!defined $1, $2);
        }
        cmp_ok($results, '>', 0, 'tests were run');
        is($status, 0, 'and the program ended well') or diag $out;
    };
}

done_testing();
