#!/usr/bin/perl
# kc.eportal daemon: its life as a process, and the jobs it runs.

use strict;
use warnings;

use Fcntl qw(:flock);
use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file make_archive);
use EPortal::Daemon;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

# 2021-12-02 01:25:06,555 - eportal.patches - INFO - ...
my $LINE = qr/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - eportal\.\w+ - [A-Z]+ - /;
my $DAY = 24 * 3600;

my $portal = EPortal::CLI->new(migrate => 0);
my $base = "BASE_DIR = '$portal->{data}'\n";


sub state_in {
    my ($feed, $name) = @_;
    my $r = $portal->run(qw(kcare list --json --feed), $feed);

    $r->{exit} == 0 or die "list: $r->{err}\n";
    my ($row) = grep { $_->{patchset} eq $name }
        @{ decode_json($r->{out})->{patchsets} };
    return $row->{status} // 'absent';
}


sub servers {
    my $r = $portal->run(qw(server --json));

    $r->{exit} == 0 or die "server: $r->{err}\n";
    return scalar @{ decode_json($r->{out})->{servers} };
}


my $daemon = EPortal::Daemon->start($portal,
    env => { EPORTAL_INACTIVE_SERVER_AGE => 30 * $DAY });

subtest 'it starts on an empty directory' => sub {
    ok($daemon->logs(qr/started for \Q$portal->{data}\E$/m), 'it migrates')
        or diag $daemon->text;
    like($_, $LINE, 'LOG-1: every line for the journal is of the log\'s form')
        for split /\n/, $daemon->text;
    ok($daemon->wait_for(sub {
        $daemon->sql("SELECT count(*) FROM job WHERE name IN ('sweep',
            'auto-deploy', 'poll', 'clean-inactive', 'clean-logins')")
            eq "5\n"; }),
        'its jobs are in the database');
    is($daemon->job('sweep')->{period}, 3600, 'jobs has them');
    ok($daemon->wait_for(sub { $daemon->job('sweep')->{ended} }), 'one ends');
    my $job = $daemon->job('sweep');
    my @times = @$job{qw(started ended due)};
    like($_, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'a time') for @times;
    ok($times[0] le $times[1] && $times[1] lt $times[2],
        'it began, ended and is due in this order') or diag "@times";
    is($job->{jitter}, 60, 'at another time by chance');
    like($portal->run('jobs')->{out},
        qr/^NAME +PERIOD +JITTER +STATE +STARTED +ENDED +FAILURES +DUE +RESULT/,
        'jobs is a table for people, too');
    is($daemon->job('clean-inactive')->{state}, 'off',
        'SRV-7: without a period nothing cleans up');
    is($portal->run(qw(jobs run clean-inactive))->{exit}, 2,
        '... and nothing can be asked to');
    is($portal->run(qw(jobs run nojob))->{exit}, 4, 'no such job');
    open(my $fh, '<', "$portal->{data}/config/environment.json") or die;
    my $json = join '', <$fh>;
    like($json, qr/EPORTAL_INACTIVE_SERVER_AGE/,
        'its environment is left for nginx\'s workers');
    is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');
};

subtest 'one instance only' => sub {
    my $r = $portal->run('daemon');

    is($r->{exit}, 75, 'a second one ends');
    like($r->{err}, qr/another daemon is running for \Q$portal->{data}\E/,
        'and says why');
    ok($daemon->alive, 'the first one does not mind');
};

subtest 'feeds that update themselves' => sub {
    my $archive = make_archive('kernel', 'K20210129_02',
        "$portal->{dir}/K20210129_02.tar.bz2");

    $portal->run(qw(feed -a fast --auto));
    $portal->run(qw(feed -a slow --auto --deploy-after 10));
    $portal->run(qw(feed -a plain));
    $portal->run(qw(feed -a never --auto));
    is($portal->run(qw(kcare deploy), $archive)->{exit}, 0, 'a patchset comes');
    $portal->run(qw(kcare disable --feed never K20210129_02));
    my $job = $daemon->run_job('auto-deploy');
    is($job->{failures}, 0, 'the job is done') or diag $job->{result};
    is(state_in('fast', 'K20210129_02'), 'enabled',
        'FEED-5, FEED-10: it is deployed at once where nobody wants to wait');
    is(state_in('slow', 'K20210129_02'), 'undeployed',
        '... and not yet where hours are to pass');
    is(state_in('plain', 'K20210129_02'), 'undeployed',
        'CLI-2: only in feeds that were set to it');
    is(state_in('never', 'K20210129_02'), 'disabled',
        '... and not where it was disabled');
    ok($daemon->logs(qr/eportal\.patches - INFO - K20210129_02 was enabled in fast$/m),
        'the log has it');
    is($daemon->run_job('auto-deploy')->{result}, '0 patchsets enabled',
        'and that is all');
};

subtest 'inactive servers go by themselves' => sub {
    $portal->run(qw(key -a k1));
    $portal->seed('k1', 1200, 40);
    $portal->seed('k1', 3, 1);
    is(servers(), 1203, 'servers, some of them silent');
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 3600 * 24\n");
    ok($daemon->logs(qr/1200 servers deleted for their silence/),
        'SRV-7: CLEAN_INACTIVE_SERVERS_PERIOD = 3600 * 24 cleans up')
        or diag $daemon->text;
    is(servers(), 3, 'those that are silent');
    ok($daemon->wait_for(sub {
        $daemon->job('clean-inactive')->{state} eq 'waiting' }), 'then it waits');
    is($daemon->job('clean-inactive')->{period}, $DAY, '... for a day');
};

subtest 'a job that fails' => sub {
    $daemon->kill_it;
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 3600\n");
    $daemon = EPortal::Daemon->start($portal,
        env => { EPORTAL_INACTIVE_SERVER_AGE => '' });
    ok($daemon->logs(qr/configuration|started for/), 'killed, started again');
    $daemon->wait_for(sub { $daemon->job('clean-inactive')->{period} == 3600 });
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 3600\n"
        . "INACTIVE_SERVER_AGE = 0\n");
    ok($daemon->logs(qr/configuration was read again/), 'a setting that cannot be');
    my $job = $daemon->run_job('clean-inactive');
    is($job->{state}, 'failed', 'fails the job');
    like($job->{result}, qr/INACTIVE_SERVER_AGE must be/, '... which says why');
    ok($daemon->logs(qr/WARNING - clean-inactive failed, next try in 30 s: /),
        '... and when it is tried again');
    cmp_ok($daemon->run_job('clean-inactive')->{failures}, '>=', 2,
        'again');
    ok($daemon->logs(qr/clean-inactive failed, next try in 60 s: /),
        '... later each time');
    is($daemon->run_job('auto-deploy')->{failures}, 0, 'other jobs run on');
    ok($daemon->alive, 'the daemon lives');
    is(servers(), 3, 'nothing was deleted');
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 3600\n");
    ok($daemon->logs(qr/INFO - clean-inactive works again$/m),
        'with the setting mended it works at once');
};

subtest 'settings' => sub {
    $portal->write_config($base . "PATCH_AUTH = 'perhaps'\n");
    ok($daemon->logs(qr/ERROR - \S+config:2:/), 'a mistake is told');
    is(() = $daemon->text =~ /ERROR - \S+config:2:/g, 1, '... once');
    $daemon->send_signal('HUP');
    ok($daemon->wait_for(sub {
        (() = $daemon->text =~ /ERROR - \S+config:2:/g) == 2 }),
        'SIGHUP reads again, and tells it again');
    $portal->write_config("BASE_DIR = '$portal->{dir}/other'\n");
    ok($daemon->logs(qr/BASE_DIR is another one now/),
        'the data cannot move below a daemon');
    ok($daemon->alive, 'it lives with the settings it has');
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 7200\n");
    ok($daemon->wait_for(sub { $daemon->job('clean-inactive')->{period} == 7200 }),
        'a change is noticed');
};

subtest 'what systemd is told' => sub {
    my $said;

    $daemon->send_signal('HUP');
    ok($daemon->wait_for(sub { $daemon->said =~ /^RELOADING=1\nREADY=1$/m }),
        'SVC-2: a reload');
    ok($daemon->wait_for(sub { $daemon->said =~ /^WATCHDOG=1$/m }),
        'signs of life');
    is($daemon->stop, 0, 'SVC-2: SIGTERM ends it well');
    like($daemon->said, qr/^STOPPING=1$/m, '... which it announces');
    like($daemon->text, qr/INFO - stopped$/m, '... and logs');
    is($portal->run(qw(jobs run sweep))->{exit}, 75,
        'without it nothing can be asked for');
    like($portal->run('jobs')->{err}, qr/daemon is not running/,
        'jobs says that it is not there');
};

# Put the clock ahead of a daemon that watches this file.
sub ahead {
    my ($file, $seconds) = @_;

    open(my $fh, '>', "$file.new") or die "$file.new: $!\n";
    print {$fh} "$seconds\n";
    close($fh) or die "$file.new: $!\n";
    rename "$file.new", $file or die "$file: $!\n";
    return;
}


subtest 'a job that hangs' => sub {
    my $clock = "$portal->{dir}/clock";
    my $asan = $ENV{EP_SANITIZE} ? qx(gcc -print-file-name=libasan.so) : '';
    my $alive = qr/^WATCHDOG=1$/m;

    ahead($clock, 0);
    chomp $asan;
    $daemon = EPortal::Daemon->start($portal, env => { CLOCK_AHEAD => $clock,
        LD_PRELOAD => join(' ', grep { $_ } $asan,
            build_file('t/lib/preload/ahead.so')) });
    $daemon->run_job('auto-deploy');
    open(my $lock, '<', "$portal->{data}/write.lock") or die "write.lock: $!\n";
    flock($lock, LOCK_EX) or die "flock: $!\n";
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 90\n");
    ok($daemon->waits_for_a_lock, 'a job that does not go on');
    $daemon->{said} = '';
    ahead($clock, 1800);
    ok($daemon->wait_for(sub { $daemon->said =~ $alive }),
        'half an hour later the watchdog is told that all is well');
    ahead($clock, 5500);
    sleep 3; # what was told before the clock had moved
    $daemon->said;
    $daemon->{said} = '';
    ahead($clock, 5600);
    sleep 3;
    unlike($daemon->said, $alive, 'SVC-2: after more than an hour it is not');
    close($lock);
    ok($daemon->wait_for(sub { $daemon->said =~ $alive }),
        '... until the job goes on');
    is($daemon->stop, 0, 'it ends');
};

subtest 'SIGTERM during work' => sub {
    $daemon = EPortal::Daemon->start($portal);
    $daemon->run_job('auto-deploy');
    # Somebody else keeps all writers waiting: a job that does not end.
    open(my $lock, '<', "$portal->{data}/write.lock") or die "write.lock: $!\n";
    flock($lock, LOCK_EX) or die "flock: $!\n";
    $portal->write_config($base . "CLEAN_INACTIVE_SERVERS_PERIOD = 60\n");
    ok($daemon->logs(qr/configuration was read again/), 'it has work to do');
    ok($daemon->waits_for_a_lock, '... that cannot go on');
    my $asked = time;
    is($daemon->stop, 0, 'it ends although a job does not');
    cmp_ok(time - $asked, '<=', 10, '... within 10 seconds');
    like($daemon->text, qr/a job did not come to an end/, '... and says so');
    close($lock);
    $daemon = EPortal::Daemon->start($portal);
    ok($daemon->wait_for(sub {
        my $job = $daemon->job('clean-inactive');
        return $job->{period} == 60 && $job->{state} eq 'waiting'; }),
        'the next one does it');
};

subtest 'kill -9 in the middle of a job' => sub {
    $daemon->run_job('sweep');
    $daemon->kill_it;
    my $left = "$portal->{data}/resources/.import-0123456789abcdef";
    mkdir $left or die "mkdir: $!\n";
    chown((getpwnam(EPortal::CLI::owner_name()))[2, 3], $left) if $> == 0;
    EPortal::CLI::execute([ '/usr/bin/sqlite3', "$portal->{data}/eportal.sqlite",
        "UPDATE job SET started = ended + 1, due = 0 WHERE name = 'auto-deploy'",
    ], '', EPortal::CLI::owner_name());
    is($daemon->job('auto-deploy')->{state}, 'interrupted',
        'its record says so');
    $daemon = EPortal::Daemon->start($portal);
    ok($daemon->wait_for(sub {
        $daemon->job('auto-deploy')->{state} eq 'waiting' }),
        'the next daemon does it again');
    ok($daemon->wait_for(sub { !-e $left }), 'and sweeps what is left');
    is($daemon->stop, 0, 'it can be stopped');
    is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');
};

done_testing();
