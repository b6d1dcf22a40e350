#!/usr/bin/perl
# kill -9 of the command at many points of an update from a source, of a
# deploy and of a clean-up: after a repair database and disk agree, a patchset
# is there as a whole or not at all, and the next run ends the work.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive owner_name);
use EPortal::Upstream qw(publish source_dir start_nginx);
use POSIX ();
use Test::More;

my $POINTS = 40; # of each of the three

my $kc = build_file('kc.eportal'); # before the environment is emptied
my $preload = build_file('t/lib/preload/killpoint.so');
my $asan = $ENV{EP_SANITIZE} ? qx(gcc -print-file-name=libasan.so) : '';
my @names = qw(K20250101_01 K20250201_01);
my $dir = source_dir(map { $_ => 'kernel' } @names);
my $source = start_nginx($dir);
my $portal = EPortal::CLI->new(config => "PATCH_SOURCE_URL = '$source->{url}'\n"
    . "MIN_FREE_DISK = 1024\n");
my $pristine = "$portal->{dir}/pristine";

chomp $asan;
ok(-e $preload, 'the library that kills was built') or BAIL_OUT('make units');


sub copy {
    my ($from, $to) = @_;

    for my $command ([ 'rm', '-rf', $to ], [ 'cp', '-a', $from, $to ]) {
        my $r = EPortal::CLI::execute([ '/usr/bin/env', @$command ], '');
        $r->{exit} == 0 or die "@$command: $r->{err}\n";
    }
    return;
}


# A command that is killed at a call; its wait status.
sub run_killed {
    my ($command, %env) = @_;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        %ENV = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8', %env,
            EPORTAL_CONFIG => $portal->{config},
            ASAN_OPTIONS => 'detect_leaks=0',
            LD_PRELOAD => join(' ', grep { $_ } $asan, $preload));
        open(STDOUT, '>', "$portal->{dir}/log");
        open(STDERR, '>&', \*STDOUT);
        { no warnings 'exec'; exec $kc, @$command; }
        POSIX::_exit(127);
    }
    waitpid($pid, 0);
    return $?;
}


sub rows {
    my ($sql) = @_;
    my $r = EPortal::CLI::execute([ '/usr/bin/sqlite3', '-batch',
        "file:$portal->{data}/eportal.sqlite?mode=ro", $sql ], '',
        owner_name());

    $r->{exit} == 0 or die "sqlite3: $r->{err}\n";
    return split /\n/, $r->{out};
}


# The patchsets of main, "" for none.
sub enabled {
    return join ' ', rows('SELECT p.name, p.published, f.enabled,'
        . ' count(l.level) FROM patchset_feed f'
        . ' JOIN patchset p ON p.id = f.patchset_id'
        . ' JOIN level l ON l.patchset_id = p.id GROUP BY 1 ORDER BY 1');
}


# Each word of these is there or not: what is torn.
sub words_of {
    my %whole = map { $_ => 1 } split / /, $_[0];

    return sub { grep { !$whole{$_} } split / /, $_[0] };
}


# Patchsets that there are, and files that no row names.
sub remaining {
    my %named = map { $_ => 1 } rows("SELECT 'arch/' || archive FROM patchset"
        . " UNION SELECT 'resources/' || lower(hex(o.name)) || '/' || l.level"
        . ' FROM level l JOIN object o ON o.id = l.object_id');
    my $at = "$portal->{data}/";

    return join ' ', rows('SELECT name FROM patchset ORDER BY 1'),
        map { "unnamed:$_" } grep { !$named{$_} }
        map { substr $_, length $at } glob "${at}arch/* ${at}resources/*/*";
}


# Kill it all over. has gives what there is as a text, which is `all` in the
# end; torn is whether such a text tells of something half.
sub kill_all_over {
    my ($title, $all, $has, $torn, @command) = @_;
    my ($killed, %seen, @torn, @unclean, @unfinished) = (0);

    copy($portal->{data}, $pristine);
    open(my $fh, '>', "$portal->{dir}/count") or die "count: $!\n";
    close($fh);
    chmod 0666, "$portal->{dir}/count";
    is(run_killed(\@command, KILL_COUNT => "$portal->{dir}/count"), 0,
        "$title that is not killed");
    is($has->(), $all, '... ends well');
    open($fh, '<', "$portal->{dir}/count") or die "count: $!\n";
    my $calls = int(<$fh> // 0);
    close($fh);
    cmp_ok($calls, '>', $POINTS, "... in $calls calls");

    my $step = int($calls / $POINTS) || 1;
    for (my $at = 1; $at < $calls; $at += $step) {
        copy($pristine, $portal->{data});
        $killed++ if (run_killed(\@command, KILL_AT => $at) & 127) == 9;
        my $there = $has->();
        $seen{$there}++;
        push @torn, "$at: $there" if $torn->($there);
        my $r = $portal->run(qw(doctor --storage --repair));
        my $again = $portal->run(qw(doctor --storage));
        push @unclean, "$at: $r->{out}$r->{err}$again->{out}$again->{err}"
            if $r->{exit} != 0 || $again->{exit} != 0;
        $r = $portal->run(@command);
        push @unfinished, "$at: $r->{err}" . $has->()
            if $r->{exit} != 0 || $has->() ne $all;
        $r = $portal->run(qw(doctor --storage));
        push @unclean, "$at, ended: $r->{out}$r->{err}" if $r->{exit} != 0;
    }
    copy($pristine, $portal->{data});
    cmp_ok($killed, '>=', $POINTS * 3 / 4, "$title was killed $killed times");
    cmp_ok(scalar keys %seen, '>', 1, '... before it was done, and after')
        or diag explain \%seen;
    is(join("\n", @torn), '', 'REL-1: a patchset is there as a whole or not');
    is(join("\n", @unclean), '', 'REL-1: database and disk agree');
    is(join("\n", @unfinished), '', 'REL-1: the next run ends it');
    return;
}


my $both = join ' ', map { "$_|1|1|2" } @names;
my $third = 'K20250301_01|1|1|2';
kill_all_over('an update', $both, \&enabled, words_of($both),
    qw(kcare update));
kill_all_over('a deploy', $third, \&enabled, words_of($third),
    qw(kcare deploy), make_archive('kernel', 'K20250301_01',
        "$portal->{dir}/K20250301_01.tar.bz2"));

# Superseded and in no feed; files go before the rows that name them.
is($portal->run(qw(kcare update))->{exit}, 0, 'what is to be superseded');
unlink map { "$dir/$_.tar.bz2" } @names;
make_archive('kernel', 'K20250401_01', "$dir/K20250401_01.tar.bz2");
publish($dir);
is($portal->run(qw(kcare update))->{exit}, 0, '... is');
is($portal->run(qw(kcare disable), $_)->{exit}, 0, "... $_ is in no feed")
    for @names;
kill_all_over('CLI-17: a clean-up', 'K20250401_01', \&remaining,
    sub { $_[0] =~ /unnamed/ }, '--clean-releases');

is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');

done_testing();
