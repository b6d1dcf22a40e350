#!/usr/bin/perl
# The passwords that are guessed first, as a sorted C array: the list of John
# the Ripper, which its authors put into the public domain.
# perl lib/auth/embed-common.pl /usr/share/john/password.lst > common_passwords.c

use strict;
use warnings;

my %seen;

open my $in, '<:raw', $ARGV[0] or die "$ARGV[0]: $!\n";
while (my $line = <$in>) {
    chomp $line;
    $seen{ lc $line } = 1 if $line ne '' && $line !~ /^#!comment/;
}
my @words = sort keys %seen;
die "$ARGV[0] has only " . @words . " passwords\n" if @words < 3000;

print "/* Generated from $ARGV[0]. */\n#include \"auth/common.h\"\n\n",
    "const char *const ep_common_passwords[] = {\n";
print '    "', s/([^A-Za-z0-9 ])/sprintf '\\%03o', ord $1/ger, "\",\n" for @words;
print "};\n\nconst size_t ep_common_passwords_count =\n",
    "    sizeof(ep_common_passwords) / sizeof(ep_common_passwords[0]);\n";
