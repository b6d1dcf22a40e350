#!/usr/bin/perl
# kill -9 of the command at many points of an update from a source and of a
# deploy: after a repair database and disk agree, a patchset is there as a
# whole or not at all, and the next run ends the work.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive owner_name);
use EPortal::Upstream qw(source_dir start_nginx);
use POSIX ();
use Test::More;

my $POINTS = 40; # of each of the two

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


# The patchsets of main, "" for none.
sub enabled {
    my $r = EPortal::CLI::execute([ '/usr/bin/sqlite3', '-batch',
        "file:$portal->{data}/eportal.sqlite?mode=ro",
        'SELECT p.name, p.published, f.enabled, count(l.level)'
            . ' FROM patchset_feed f JOIN patchset p ON p.id = f.patchset_id'
            . ' JOIN level l ON l.patchset_id = p.id GROUP BY 1 ORDER BY 1' ],
        '', owner_name());

    return join ' ', split /\n/, $r->{out};
}


# Kill it all over: `all` is what main has in the end, and each word of it is
# there or not.
sub kill_all_over {
    my ($title, $all, @command) = @_;
    my ($killed, %seen, @torn, @unclean, @unfinished) = (0);

    copy($portal->{data}, $pristine);
    open(my $fh, '>', "$portal->{dir}/count") or die "count: $!\n";
    close($fh);
    chmod 0666, "$portal->{dir}/count";
    is(run_killed(\@command, KILL_COUNT => "$portal->{dir}/count"), 0,
        "$title that is not killed");
    is(enabled(), $all, '... ends well');
    open($fh, '<', "$portal->{dir}/count") or die "count: $!\n";
    my $calls = int(<$fh> // 0);
    close($fh);
    cmp_ok($calls, '>', $POINTS, "... in $calls calls");

    my %whole = map { $_ => 1 } split / /, $all;
    my $step = int($calls / $POINTS) || 1;
    for (my $at = 1; $at < $calls; $at += $step) {
        copy($pristine, $portal->{data});
        $killed++ if (run_killed(\@command, KILL_AT => $at) & 127) == 9;
        my $has = enabled();
        $seen{$has}++;
        push @torn, "$at: $has" if grep { !$whole{$_} } split / /, $has;
        my $r = $portal->run(qw(doctor --storage --repair));
        my $again = $portal->run(qw(doctor --storage));
        push @unclean, "$at: $r->{out}$r->{err}$again->{out}$again->{err}"
            if $r->{exit} != 0 || $again->{exit} != 0;
        $r = $portal->run(@command);
        push @unfinished, "$at: $r->{err}" . enabled()
            if $r->{exit} != 0 || enabled() ne $all;
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


kill_all_over('an update', join(' ', map { "$_|1|1|2" } @names),
    qw(kcare update));
kill_all_over('a deploy', 'K20250301_01|1|1|2', qw(kcare deploy),
    make_archive('kernel', 'K20250301_01',
        "$portal->{dir}/K20250301_01.tar.bz2"));

is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');

done_testing();
