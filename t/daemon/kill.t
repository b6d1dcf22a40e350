#!/usr/bin/perl
# kill -9 of the daemon at many points of an automatic deployment, and of a
# poll that downloads, imports and deploys: database and disk agree
# afterwards, a feed has all of a deployment or nothing of it, and the next
# daemon brings it to its end.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive);
use EPortal::Daemon;
use EPortal::SmallSource;
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep time);

my $POINTS = 14;    # of each of the two
my $PATIENCE = 120; # seconds until a daemon has done its work

my $kc = build_file('kc.eportal'); # before the environment is emptied
my $preload = build_file('t/lib/preload/killpoint.so');
my $asan = $ENV{EP_SANITIZE} ? qx(gcc -print-file-name=libasan.so) : '';
my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});
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


# How many patchsets each feed has, "" while there is no database to ask.
sub enabled {
    my $r = EPortal::CLI::execute([ '/usr/bin/sqlite3', '-batch',
        "file:$portal->{data}/eportal.sqlite?mode=ro",
        'SELECT e.name, p.product, count(*) FROM patchset_feed f'
            . ' JOIN feed e ON e.id = f.feed_id'
            . ' JOIN patchset p ON p.id = f.patchset_id'
            . ' WHERE f.enabled = 1 AND p.published = 1'
            . ' GROUP BY 1, 2 ORDER BY 1, 2' ], '', EPortal::CLI::owner_name());

    return join ' ', split /\n/, $r->{out};
}


# A daemon until it is killed or all is done: its wait status.
sub run_daemon {
    my ($all, %env) = @_;
    my $end = time + $PATIENCE;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        %ENV = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8', %env,
            EPORTAL_CONFIG => $portal->{config},
            ASAN_OPTIONS => 'detect_leaks=0',
            LD_PRELOAD => join(' ', grep { $_ } $asan, $preload));
        open(STDOUT, '>', "$portal->{dir}/log");
        open(STDERR, '>&', \*STDOUT);
        { no warnings 'exec'; exec $kc, 'daemon'; }
        POSIX::_exit(127);
    }
    while (time < $end && waitpid($pid, WNOHANG) == 0) {
        if (enabled() eq $all) {
            kill 'TERM', $pid;
            waitpid($pid, 0);
            return $?;
        }
        sleep 0.05;
    }
    my $status = $?;
    kill 'KILL', $pid and waitpid($pid, 0) if time >= $end;
    return $status;
}


# Kill at points all over the work that ends with all of this enabled. A killed
# import may leave what --repair, or the next daemon, takes away.
sub kill_all_over {
    my ($title, $all, $whole, @repair) = @_;
    my ($killed, %seen, @torn, @unclean, @unfinished) = (0);

    copy($portal->{data}, $pristine);
    open(my $fh, '>', "$portal->{dir}/count") or die "count: $!\n";
    close($fh);
    chmod 0666, "$portal->{dir}/count";
    is(run_daemon($all, KILL_COUNT => "$portal->{dir}/count"), 0,
        "$title: a daemon that is not killed does it");
    is(enabled(), $all, '... all of it');
    open($fh, '<', "$portal->{dir}/count") or die "count: $!\n";
    my $calls = int(<$fh> // 0);
    close($fh);
    cmp_ok($calls, '>', $POINTS, "... in $calls calls");

    my $step = int($calls / $POINTS) || 1;
    for (my $at = 1; $at < $calls; $at += $step) {
        copy($pristine, $portal->{data});
        my $status = run_daemon($all, KILL_AT => $at);
        $killed++ if ($status & 127) == 9;
        my $has = enabled();
        $seen{$has}++;
        push @torn, "$at: $has" if $has !~ $whole;
        my $r = $portal->run(qw(doctor --storage), @repair);
        my $again = $portal->run(qw(doctor --storage));
        push @unclean, "$at: $r->{out}$r->{err}$again->{out}$again->{err}"
            if $r->{exit} != 0 || $again->{exit} != 0;
        my $daemon = EPortal::Daemon->start($portal);
        push @unfinished, "$at: " . enabled() . $daemon->text
            if !$daemon->wait_for(sub { enabled() eq $all });
        $daemon->stop == 0 or push @unfinished, "$at: cannot be stopped";
        $r = $portal->run(qw(doctor --storage));
        push @unclean, "$at, ended: $r->{out}$r->{err}" if $r->{exit} != 0;
    }
    cmp_ok($killed, '>=', $POINTS / 2, "$title: $killed daemons were killed");
    cmp_ok(scalar keys %seen, '>', 1, '... before, or while, a feed had it')
        or diag explain \%seen;
    is(join("\n", @torn), '', 'REL-1: a feed has all of it or nothing');
    is(join("\n", @unclean), '', 'REL-1: database and disk agree');
    is(join("\n", @unfinished), '', 'REL-1: the next daemon ends it');
    return;
}


my $base = "BASE_DIR = '$portal->{data}'\nMIN_FREE_DISK = 1024\n";
my @feeds = qw(a b c);

# What is here already: four kernel patchsets and two of userspace.
$portal->write_config($base);
for my $name (qw(K20210101_01 K20210102_01 K20210103_01 K20210104_01),
    qw(U20210101_01 U20210102_01)) {
    my $product = $name =~ /^K/ ? 'kernel' : 'user';
    my $r = $portal->run($product eq 'kernel' ? 'kcare' : 'libcare', 'deploy',
        make_archive($product, $name, "$portal->{dir}/$name.tar.bz2"));
    $r->{exit} == 0 or die $r->{err};
}
$portal->run('feed', '-a', $_, '--auto') for @feeds;
my $main = 'main|kernel|4 main|user|2';
my $here = join ' ', map { ("$_|kernel|4", "$_|user|2") } @feeds;
kill_all_over('auto-deploy', "$here $main",
    qr/^(?:[abc]\|kernel\|4 |[abc]\|user\|2 )*\Q$main\E$/);

# What comes from a source.
$source->add($portal, 'K20210201_01', 'K20210202_01');
$portal->write_config($base . "PATCH_SOURCE_URL = '" . $source->url . "'\n");
my $more = $here =~ s/kernel\|4/kernel|6/gr;
kill_all_over('poll, download and auto-deploy', "$more $main",
    qr/^(?:[abc]\|kernel\|[456] |[abc]\|user\|2 )*\Q$main\E$/, '--repair');

is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');

done_testing();
