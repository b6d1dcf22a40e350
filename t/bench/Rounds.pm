# Rounds of load, and the table that their results become.
package Rounds;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;

use Stage;

our @EXPORT = qw($seconds $rounds wrk median row paired table_begin table_end);

our $seconds = $ENV{BENCH_SECONDS} // 5;
our $rounds = $ENV{BENCH_ROUNDS} // 3;

my @results;


# One run of wrk with c connections for d seconds: requests, rate, p50, p99
# (us). All answers are good ones, with refused => 1 all are others.
sub wrk {
    my ($port, $path, $script, $env, %opt) = @_;
    my ($c, $d) = ($opt{c} // 32, $opt{d} // $seconds);

    local %ENV = (%ENV, %$env);
    my $out = `wrk -t1 -c$c -d${d}s --latency -s $root/t/bench/$script http://127.0.0.1:$port$path 2>&1`;
    my ($line) = $out =~ /^RESULT (.*)/m or die "wrk failed:\n$out";
    my %r = $line =~ /(\w+)=(\d+)/g;
    die "$path: $r{status} of $r{requests} answers are bad\n"
        if $r{status} != ($opt{refused} ? $r{requests} : 0);
    $r{rate} = $r{requests} / ($r{duration} / 1e6);
    return \%r;
}


sub median {
    my @s = sort { $a <=> $b } @_;

    return @s % 2 ? $s[$#s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2;
}


# Paired rounds of the static file and the portal, each of them first in turn;
# the median of the ratios counts. Options of %r: those of a row, and pairs (how many),
# target (the least ratio), proof (called with each of the portal's results).
sub paired {
    my ($static, $portal, %r) = @_;
    my ($pairs, $target, $proof) = delete @r{qw(pairs target proof)};
    my (@ratios, @rates, @p99, @cpu);

    for my $n (1 .. $pairs // $rounds) {
        my $s = $n % 2 ? $static->() : undef;
        my $p = $portal->();

        $s //= $static->();
        $proof->($p) if $proof;
        push @ratios, $p->{rate} / $s->{rate};
        push @rates, $p->{rate};
        push @p99, $p->{p99} / 1000;
        push @cpu, $s->{cpu} / $p->{cpu} if defined $p->{cpu};
    }
    my $ratio = median(@ratios);
    row(%r, rate => median(@rates), ratio => $ratio, p99 => median(@p99),
        memory => worker_memory(),
        defined $target
            ? (target => ">=$target", reached => $ratio >= $target)
            : ());
    row(%r, what => '  CPU of its worker', ratio => median(@cpu)) if @cpu;
}


# A line of the table: what, servers, workers, rate, ratio, p99 (ms), memory
# (or whatever the unit in what says), target, reached.
sub row {
    my (%r) = @_;

    push @results, \%r;
    print_row($r{what}, $r{servers} // '-', $r{workers} // '-',
        defined $r{rate} ? sprintf('%.0f', $r{rate}) : '-',
        defined $r{ratio} ? sprintf('%.2f', $r{ratio}) : '-',
        defined $r{p99} ? sprintf('%.1f', $r{p99}) : '-',
        $r{memory} // '-', $r{target} // '',
        !defined $r{target} ? '' : $r{reached} ? 'yes' : 'NO');
}


sub print_row {
    printf "%-34s %8s %2s  %9s %7s %8s %8s  %-8s %s\n", @_;
}


sub table_begin {
    $| = 1;
    print_row('what', 'servers', 'w', 'rate/s', 'ratio', 'p99 ms', 'MiB',
        'target', 'reached');
}


sub table_end {
    spew("$build/bench.json",
        JSON::PP->new->canonical->pretty->encode({ rows => \@results }));
    printf "%d of %d targets reached; build/bench.json\n",
        scalar(grep { $_->{reached} } @results),
        scalar(grep { defined $_->{target} } @results);
}

1;
