#!/usr/bin/perl
# Monitoring: /healthz, /readyz and /metrics (W-1, W-3), and who may see them.

use strict;
use warnings;

use EPortal::Metrics qw(parse);
use EPortal::Test;
use Fcntl qw(:flock);
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');

$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->cli_ok('key', '-a', 'k1');
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->start;
my $id = $t->register('k1');

sub metrics {
    my $r = $t->get('/metrics');

    is($r->{headers}{'content-type'}, 'text/plain; version=0.0.4; charset=utf-8',
        'W-1: the type that Prometheus knows') if $_[0];
    return parse($r->{content});
}

# ---- metrics ----

my $m = metrics(1);
is($m->{'eportal_servers{state="never"}'}, 1, 'W-1: the fleet by state');
is($m->{'eportal_feed_servers{feed="main",state="silent"}'}, 1,
    'W-1: and by feed');
cmp_ok($m->{'eportal_disk_bytes{of="data",state="free"}'}, '>', 0,
    'W-1: the disk');
cmp_ok($m->{eportal_database_bytes}, '>', 4096, 'W-1: the database');
is($m->{eportal_daemon_up}, 0, 'W-1: the daemon');

# Two workers count together.
my $route = 'eportal_requests_total{route="patch-latest",status=';
my $checkins = $m->{eportal_checkins_total};
for (1 .. 40) {
    $t->get("/$kernel/latest.v2?" . token(server_id => $id, patch_level => 1,
        distro => "D$_"));
    $t->get('/' . sha1('other') . '/latest.v2') if $_ <= 10;
}
$m = metrics();
is($m->{$route . '"2xx"}'}, 40, 'W-1: requests by route and status');
is($m->{$route . '"4xx"}'}, 10, 'W-1: those that were refused, too');
is($m->{eportal_checkins_total} - $checkins, 40, 'W-1: check-ins');
ok(wait_for(sub {
    my $now = metrics();
    return $now->{eportal_commit_seconds_count} > 0
        && $now->{'eportal_commit_seconds_bucket{le="+Inf"}'}
            == $now->{eportal_commit_seconds_count}
        && $now->{'eportal_servers{state="active"}'} == 1;
}), 'W-1: commits, and how long they took');
$t->get("/$kernel/latest.v2?frob=" . 'x' x 20);
is(metrics()->{'eportal_queue{pool="commit"}'}, 0, 'W-1: what waits');

# Somebody else writes: what is to be written waits, and is counted.
open my $lock, '+<', "$t->{base}/write.lock" or die "write.lock: $!";
flock $lock, LOCK_EX or die "flock: $!";
my @waiting = map {
    my $s = $t->connect;

    print {$s} "GET /admin/api/kcare/register_server.plain?key=k1 HTTP/1.1\r\n"
        . "Host: x\r\nConnection: close\r\n\r\n";
    $s;
} 1 .. 8;
ok(wait_for(sub { metrics()->{'eportal_queue{pool="commit"}'} >= 1 }, 5),
    'W-1: requests that wait for a commit');
flock $lock, LOCK_UN;
is(join(' ', map { (<$_> // '') =~ /^HTTP\S+ (\d+)/ } @waiting),
    join(' ', (200) x 8), 'W-1: ... and are answered then');
ok(wait_for(sub { metrics()->{'eportal_queue{pool="commit"}'} == 0 }),
    'W-1: ... and wait no more');

# As the daemon leaves them.
$t->sql('INSERT INTO job (name, period, jitter, due, started, ended, failures)'
    . " VALUES ('sweep', 3600, 0, 1, 1700000000000000, 1700000002500000, 3)");
$m = metrics();
is($m->{'eportal_job_failures{job="sweep"}'}, 3, 'W-1: jobs: failures');
is($m->{'eportal_job_last_end_seconds{job="sweep"}'}, 1700000002,
    'W-1: jobs: when they ended');
is($m->{'eportal_job_duration_seconds{job="sweep"}'}, '2.500000',
    'W-1: jobs: how long they took');

$t->reload;
cmp_ok(metrics()->{$route . '"2xx"}'}, '>=', 40, 'W-1: a reload keeps counters');
$t->stop;
$t->start;
ok(!exists metrics()->{$route . '"2xx"}'}, 'W-1: a restart begins anew');

# ---- who may ----

$t->write_config(METRICS_ALLOW => "['192.0.2.0/24']");
ok(wait_for(sub { $t->get('/metrics')->{status} == 401 }),
    'ASVS 13.4.5: metrics are not for everybody: an address that is not listed');
is($t->get('/metrics', basic => 'reader:secret')->{status}, 200,
    'W-1: a user may from anywhere');
is($t->get('/metrics', headers => { 'X-Forwarded-For' => '192.0.2.1' })
        ->{status}, 401, 'ASVS 4.1.3: X-Forwarded-For alone is not believed');

$t->write_config(TRUSTED_PROXIES => "['127.0.0.1']");
ok(wait_for(sub { $t->get('/metrics', headers => { 'X-Forwarded-For' =>
        '192.0.2.1' })->{status} == 200 }),
    'W-1: an address that METRICS_ALLOW lists, behind a trusted proxy, may');
is($t->get('/metrics', headers => { 'X-Forwarded-For' => '192.0.3.1' })
        ->{status}, 401, 'ASVS 13.4.5: and no other');
$t->write_config(TRUSTED_PROXIES => undef);
$t->reload;

# ---- health ----

my $r = $t->get('/healthz');
is("$r->{status} $r->{content}", "200 ok\n", 'W-3: healthz');
$r = $t->get('/readyz');
is($r->{status}, 200, 'W-3: readyz');
is($r->{headers}{'set-cookie'}, undef, 'W-3: never makes a session');
is($t->sql('SELECT count(*) FROM session'), 0, 'W-3: not even in the database');
$t->write_config(ALLOWED_HOSTS => "['portal.example']");
ok(wait_for(sub {
    $t->get('/admin/api/feeds', basic => 'reader:secret')->{content}
        =~ /bad-host/ }), 'only one host name is allowed');
is($t->get($_)->{status}, 200, "W-3: $_ by any host name")
    for qw(/healthz /readyz);

rename "$t->{base}/eportal.sqlite", "$t->{base}/away" or die "rename: $!";
ok(wait_for(sub { $t->get('/readyz')->{status} == 503 }),
    'W-3: without a database it is not ready');
my $checks = JSON::PP::decode_json($t->get('/readyz')->{content});
is($checks->{checks}[0]{check}, 'database', 'W-3: and says what is missing');
ok(!$checks->{checks}[0]{ok} && !$checks->{ready}, 'W-3: by name');
is($t->get('/healthz')->{status}, 200, 'W-3: but it lives');
rename "$t->{base}/away", "$t->{base}/eportal.sqlite" or die "rename: $!";
ok(wait_for(sub { $t->get('/readyz')->{status} == 200 }),
    'W-3: and is ready again');

finish($t);
done_testing();
