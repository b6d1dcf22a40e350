#!/usr/bin/perl
# Replays the corpus of each fuzz target: see t/fuzz/replay.c.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Source qw(root files);
use Test::More;

my $build = $ENV{EP_BUILD} // root('build');

chdir root() or die "cannot change to the tree: $!\n";

for my $source (files(qr{^t/fuzz/\w+\.c$})) {
    my ($name) = $source =~ m{(\w+)\.c$};
    next if $name eq 'replay';

    my $corpus = "t/fuzz/corpus/$name";
    my $inputs = () = glob "$corpus/*";
    my $out = qx($build/t/fuzz/$name $corpus 2>&1 < /dev/null);
    my $status = $?;

    cmp_ok($inputs, '>', 0, "$name has inputs");
    is($status, 0, "$name: no input does harm") or diag $out;
    like($out, qr/^$inputs$/m, "$name: all $inputs inputs were replayed");
}

done_testing();
