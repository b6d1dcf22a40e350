#!/usr/bin/perl
# The list of features that t/coverage works with is the specification's, when
# that is at hand.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";

use EPortal::Source qw(root slurp);
use Test::More;

my %words;
my @ids;
for (split /\n/, slurp('t/feature-ids.txt')) {
    next if /^#/;
    my ($id, $words) = /^(\S+) (\S.*)$/;
    ok(defined $id, "line is an ID and words: $_") if !defined $id;
    push @ids, $id if defined $id;
    $words{ $id // '' } = $words;
}
cmp_ok(scalar @ids, '>', 400, 'features are listed');
is(scalar keys %words, scalar @ids, 'each once');

my $spec = root('../shared/spec/features.md');
if (-r $spec) {
    open(my $fh, '<', $spec) or die "cannot read $spec: $!\n";
    my ($part, @theirs) = (0);
    while (<$fh>) {
        $part = $1 if /^# ([0-9]+)\. /;
        push @theirs, $1
            if ($part == 1 || $part == 2)
            && /^\|\s*\**((?:NEW-)?[A-Z]+-[0-9]+)\b/;
    }
    close($fh);
    is_deeply(\@ids, \@theirs, 'the same as parts 1 and 2 of the specification');
}

done_testing();
