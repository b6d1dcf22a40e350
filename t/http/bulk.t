#!/usr/bin/perl
# What takes many transactions and is killed half-way: for whatever it has
# done there are rows in the audit log.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $SERVERS = 20_000;
my $t = EPortal::Test->new(workers => 1);
my %admin = (basic => 'admin:secret');

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('key', '-a', $_) for qw(k1 k2);
$t->start;

sub seed {
    my ($key) = @_;

    $t->sql(<<"SQL");
BEGIN IMMEDIATE;
WITH RECURSIVE n (i) AS
    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $SERVERS)
INSERT INTO server (server_id, key_id, registered)
SELECT printf('$key%015d', i), (SELECT id FROM key WHERE key = '$key'), 1
  FROM n;
COMMIT;
SQL
    return;
}

sub left { return $t->sql('SELECT count(*) FROM server') }

sub recorded {
    return $t->sql("SELECT coalesce(sum(json_extract(detail, '\$.changed')), 0)"
            . " FROM audit WHERE action = 'server.delete'");
}

# Ask for it, and kill the worker once it has begun. It cannot come to an end:
# the deletion of one server, half-way, takes hours.
sub killed {
    my ($method, $path) = @_;
    my ($worker) = $t->workers;

    $t->sql('CREATE TRIGGER hours BEFORE DELETE ON server'
            . " WHEN old.server_id LIKE '%10000' BEGIN"
            . ' SELECT count(*) FROM server a, server b, server c; END');
    my $child = fork() // die "fork: $!";

    if ($child == 0) {
        $t->request($method, $path, %admin);
        require POSIX;
        POSIX::_exit(0);
    }
    ok(wait_for(sub { left() < $SERVERS }, 60), 'it has begun');
    kill 'KILL', $child; # or it asks again
    waitpid $child, 0;
    kill 'KILL', $worker;
    ok(wait_for(sub { my @w = $t->workers; @w == 1 && $w[0] != $worker }, 30),
        'a new worker is there');
    $t->sql('DROP TRIGGER hours');
    return;
}

$t->{allowed} = qr/exited on signal 9/;
for my $case (['POST', 'servers/bulk?action=delete&key=k1'],
    ['DELETE', 'servers?checkin_age=1'], ['DELETE', 'keys/k2'])
{
    my ($method, $path) = @$case;

    $t->sql('PRAGMA foreign_keys = ON; DELETE FROM server');
    $t->sql("DELETE FROM audit");
    seed($path =~ /k2/ ? 'k2' : 'k1');
    killed($method, "/admin/api/$path");
    my $gone = $SERVERS - left();
    cmp_ok($gone, '<', $SERVERS, "$method $path was not at its end");
    is(recorded(), $gone,
        'W-2: what was deleted before the kill is in the audit log');
}
is($t->sql("SELECT count(*) FROM key WHERE key = 'k2'"), 1,
    'the key is still there');
is($t->request(DELETE => '/admin/api/keys/k2', %admin)->{content},
    '{"result":1}', '... and goes when asked again');
is($t->sql("SELECT count(*) FROM audit WHERE action = 'key.delete'"), 1,
    'with a row of its own');

# ---- tags ----

$t->sql('PRAGMA foreign_keys = ON; DELETE FROM server; DELETE FROM audit');
seed('k1');
$t->sql("INSERT INTO tag (server, origin, name) SELECT id, 'portal', 'env'"
        . " FROM server ORDER BY id LIMIT 1200");
is($t->request(DELETE => '/admin/api/tags/env', %admin)->{content},
    '{"result":1}', 'a tag of many servers is deleted');
is_deeply([$t->sql("SELECT json_extract(detail, '\$.changed') FROM audit"
            . " WHERE action = 'tag.delete' ORDER BY id")], [500, 500, 200],
    'W-2: each of its transactions has its row');

# ---- silent servers ----

$t->sql('DELETE FROM audit');
like($t->cli_ok(qw(server clean --inactive)), qr/$SERVERS servers/,
    'all of them are silent');
is($t->sql("SELECT sum(json_extract(detail, '\$.deleted')) FROM audit"
        . " WHERE action = 'server.clean'"), $SERVERS,
    'W-2: rows of the clean-up add up, too');
cmp_ok($t->sql("SELECT max(json_extract(detail, '\$.deleted')) FROM audit"
        . " WHERE action = 'server.clean'"), '<=', 500, '... piece by piece');

finish($t);
done_testing();
