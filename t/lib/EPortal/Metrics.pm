# Prometheus' text format as tests read it.
package EPortal::Metrics;

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(parse);


# Version 0.0.4, read as strictly as it is written: one HELP
# and one TYPE before the lines of a family, which stand together, each name
# with each set of labels once. name{labels} => value.
sub parse {
    my ($text) = @_;
    my (%value, %type, $family, %closed);

    $text =~ /\n\z/ or die "no newline at the end\n";
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP ([a-z_]+) \S.*$/) {
            $closed{$family} = 1 if defined $family;
            $family = $1;
            die "$family twice\n" if $closed{$family};
            next;
        }
        if ($line =~ /^# TYPE ([a-z_]+) (gauge|counter|histogram)$/) {
            die "TYPE of $1 in $family\n" if $1 ne $family || $type{$1};
            $type{$1} = $2;
            next;
        }
        my ($name, $labels, $number) = $line =~ /^([a-z_]+)
            (\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})?
            \ (-?\d+(?:\.\d+)?)$/x or die "not a sample: $line\n";
        my $of = $type{$family} eq 'histogram'
            ? $name =~ s/_(?:bucket|sum|count)$//r : $name;
        die "$name in $family\n" if $of ne $family;
        die "$name is no counter's name\n"
            if $type{$family} eq 'counter' && $name !~ /_total$/;
        my $key = $name . ($labels // '');
        die "$key twice\n" if exists $value{$key};
        $value{$key} = $number;
    }
    return \%value;
}

1;
