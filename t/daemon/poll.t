#!/usr/bin/perl
# The daemon and a patch source: what is new comes by itself.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use EPortal::Daemon;
use EPortal::SmallSource;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});
my $base = "BASE_DIR = '$portal->{data}'\n";
my $configured = $base . "PATCH_SOURCE_URL = '" . $source->url . "'\n";


sub state_in {
    my ($feed, $name) = @_;
    my $r = $portal->run(qw(kcare list --json --feed), $feed);

    $r->{exit} == 0 or die "list: $r->{err}\n";
    my ($row) = grep { $_->{patchset} eq $name }
        @{ decode_json($r->{out})->{patchsets} };
    return $row->{status} // 'absent';
}


$source->add($portal, 'K20210129_02');
$portal->run(qw(feed -a fast --auto));
$portal->run(qw(feed -a slow --auto --deploy-after 10));
my $daemon = EPortal::Daemon->start($portal);

subtest 'without a source' => sub {
    ok($daemon->wait_for(sub { $daemon->job('poll') }), 'there is a job');
    is($daemon->job('poll')->{state}, 'off', '... that never runs');
    is($source->asked('index.json'), 0, 'nobody is asked');
};

subtest 'with one' => sub {
    $portal->write_config($configured);
    ok($daemon->wait_for(sub {
        ($daemon->job('poll')->{result} // '') =~ /1 downloaded/ }),
        'FEED-8: new patches come by themselves') or diag $daemon->text;
    is($daemon->job('poll')->{period}, 600,
        'FEED-7: the source is asked every 10 minutes');
    ok(-f "$portal->{data}/arch/K20210129_02.tar.bz2", 'the archive is here');
    is(state_in('main', 'K20210129_02'), 'undeployed',
        'FEED-8: ... but are not deployed');
    ok($daemon->wait_for(sub {
        state_in('fast', 'K20210129_02') eq 'enabled' }),
        'FEED-10: except where nobody wants to wait');
    is(state_in('slow', 'K20210129_02'), 'undeployed', '... or not yet');
    like($daemon->run_job('poll')->{result}, qr/, 0 downloaded/,
        'asking again finds nothing');
    is($source->asked('K20210129_02.tar.bz2'), 1, 'and fetches nothing');
    like($daemon->text,
        qr{INFO - K20210129_02 was downloaded: [\d.]+ MiB in \d+ s, [\d.]+ MiB/s$}m,
        'SRC-1: the log tells how fast it was');
};

subtest 'again and again' => sub {
    my $before = $source->asked('index.json');

    $portal->write_config($configured . "AUTO_UPDATE_PERIOD = 1\n");
    ok($daemon->wait_for(sub { $source->asked('index.json') > $before }),
        'FEED-7: AUTO_UPDATE_PERIOD says how often the source is asked');
    $portal->write_config($configured);
    ok($daemon->wait_for(sub { $daemon->job('poll')->{period} == 600 }),
        'a changed setting is noticed');
};

subtest 'a source that is down' => sub {
    $source->down;
    my $job = $daemon->run_job('poll');
    is($job->{state}, 'failed', 'fails the job');
    like($daemon->text, qr/WARNING - poll failed, next try in \d+ s: /,
        '... which is logged');
    is($daemon->run_job('auto-deploy')->{failures}, 0, 'others run on');
    ok($daemon->alive, 'the daemon lives');
    $source->up;
    is($daemon->run_job('poll')->{failures}, 0, 'back again, it works');
};

subtest 'SIGTERM during a download' => sub {
    $source->stall(1);
    $source->add($portal, 'K20210130_01');
    $portal->run(qw(jobs run poll));
    ok($daemon->wait_for(sub { $source->asked('K20210130_01.tar.bz2') }),
        'a download that stands still');
    is($daemon->run_job('auto-deploy')->{failures}, 0, 'holds up no other job');
    ok($daemon->logs(
        qr{K20210130_01: downloading, \d+ of \d+ MiB, [\d.]+ MiB/s, \d+ s left$}m),
        'SRC-1: the log tells its rate and the remaining time');
    my $asked = time;
    is($daemon->stop, 0, 'SIGTERM ends the daemon');
    cmp_ok(time - $asked, '<=', 10, '... within 10 seconds');
    is($daemon->job('poll')->{state}, 'interrupted', 'the job is on record');
    is(state_in('main', 'K20210130_01'), 'not-downloaded', 'nothing is half')
        or diag $portal->run(qw(kcare list))->{out};
    $daemon = EPortal::Daemon->start($portal);
    ok($daemon->wait_for(sub { $source->asked('K20210130_01.tar.bz2') > 1 }),
        'the next one goes on');
};

subtest 'kill -9 during a download' => sub {
    $daemon->kill_it;
    $source->stall(0);
    $daemon = EPortal::Daemon->start($portal);
    ok($daemon->wait_for(sub {
        state_in('fast', 'K20210130_01') eq 'enabled' }),
        'the next one brings it to its end') or diag $daemon->text;
    is($daemon->stop, 0, 'it can be stopped');
    is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');
};

done_testing();
