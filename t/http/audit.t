#!/usr/bin/perl
# The audit log over HTTP: every route that changes something leaves a row,
# refusals and bad logins do, and the log is read, filtered and exported.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');

$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
$t->cli_ok(qw(user -a -p OtherPassword u/2));
$t->cli_ok(qw(key -a), $_) for qw(k1 by-key);
$t->deploy('K20250101_01', ["$kernel:1"]);
# As the daemon leaves it.
$t->sql("INSERT INTO job (name, period, jitter, due) VALUES ('sweep', 3600, 0, 1)");
$t->start;
my @server = map { $t->register('k1', hostname => "host$_") } 1 .. 3;
$t->register('by-key');
mkdir "$t->{base}/config";
spew("$t->{base}/config/api.token", "Shared-Token\n");
EPortal::Test::own("$t->{base}/config", "$t->{base}/config/api.token");
# Long ago.
$t->sql('UPDATE server SET registered = 1; UPDATE checkin SET time = 1');

sub browser {
    my ($name) = @_;
    my $b = EPortal::Browser->new($t);

    $b->login($name, ucfirst($name) . 'Password')->{status} == 200
        or die "login of $name";
    return $b;
}

my ($admin, $reader) = map { browser($_) } qw(admin reader);
my $token = $admin->call(POST => 'tokens/', { name => 't' })->{body}{result};
browser('reader'); # one more session of his
my ($session) = grep { !$_->{current} && $_->{username} eq 'reader' }
    @{ $admin->call(GET => 'sessions/')->{body}{result} };

# Unsafe route => [method, path, JSON, action of its row, object, actor and how
# he showed who he is: a session of the admin's where it says nothing]. A
# browser of the admin calls it, in the order of @order.
my @order = (
    'feed-put' => ['POST', 'feeds/', { name => 'f1' }, 'feed.add', 'f1'],
    'patchsets-manage' => ['POST', 'patchsets/manage', { feed => 'f1',
        patchset => 'K20250101_01', action => 'enable' }, 'patchset.enable',
        'K20250101_01'],
    'feed-delete' => ['DELETE', 'feeds/f1', undef, 'feed.delete', 'f1'],
    'key-put' => ['POST', 'keys/', { key => 'k2' }, 'key.add', 'k2'],
    'key-delete' => ['DELETE', 'keys/k2', undef, 'key.delete', 'k2'],
    'set-tags' => ['POST', 'set_tags', { server_id => $server[0],
        tags => 'a:b' }, 'server.tags', $server[0]],
    'servers-bulk' => ['POST', 'servers/bulk', { action => 'delete',
        server_id => $server[1] }, 'server.delete', undef],
    'delete-server' => ['POST', 'delete_server', { server_id => $server[2] },
        'server.delete', undef],
    'unregister-by-key' => ['POST', 'kcare/unregister_by_key.plain'
        . '?key=by-key&ip=127.0.0.1&token=Shared-Token', undef, 'server.delete',
        undef, 'api.token|token'],
    'servers-delete' => ['DELETE', 'servers?checkin_age=1', undef,
        'server.delete', undef],
    'tag-put' => ['POST', 'tags', { name => 'rack' }, 'tag.create', 'rack'],
    'tag-delete' => ['DELETE', 'tags/rack', undef, 'tag.delete', 'rack'],
    'user-put' => ['POST', 'users/', { username => 'u1',
        password => 'secret' }, 'user.add', 'u1'],
    'user-delete' => ['DELETE', 'users/u1', undef, 'user.delete', 'u1'],
    'user-delete-named' => ['DELETE', 'users/?username=u%2F2', undef,
        'user.delete', 'u/2'],
    'token-create' => ['POST', 'tokens/', { name => 'ci' }, 'token.add',
        undef],
    'token-revoke' => ['DELETE', "tokens/$token->{id}", undef, 'token.delete',
        $token->{id}],
    'session-end' => ['DELETE', "sessions/$session->{id}", undef,
        'session.end', $session->{id}],
    'sessions-end' => ['DELETE', 'sessions/', undef, 'session.end', 'admin'],
    'throttle-clear' => ['DELETE', 'throttle?name=x', undef, 'throttle.clear',
        'x'],
    'settings-source-put' => ['PUT', 'settings/source', { user => 'u' },
        'settings.change', undef],
    'settings-ldap-put' => ['PUT', 'settings/ldap', { url =>
        'ldap://127.0.0.1:9', connection_string =>
        'uid=%s,dc=example,dc=com' }, 'settings.change', undef],
    'settings-source-test' => ['POST', 'settings/source/test',
        { url => 'http://127.0.0.1:9/' }, 'settings.test', 'source'],
    'settings-ldap-test' => ['POST', 'settings/ldap/test',
        { url => 'ldap://127.0.0.1:9' }, 'settings.test', 'ldap'],
    'settings-sso-test' => ['POST', 'settings/sso/test', {},
        'settings.test', 'sso'],
    'job-run' => ['POST', 'jobs/sweep/run', undef, 'job.run', 'sweep'],
    'password' => ['POST', 'password', { current => 'AdminPassword',
        password => 'NewPassword' }, 'user.password', 'admin'],
    'logout' => ['POST', 'logout', undef, 'user.logout', 'admin'],
    'login' => ['POST', 'login', { username => 'admin',
        password => 'NewPassword' }, 'user.login', 'admin'],
    'sso-logout' => ['POST', '../sso/logout', undef, 'user.logout', 'admin'],
);

# What agents send of themselves, thousands a second, is no administration.
my %agents = map { $_ => 1 } qw(register register-server unregister-server
    check checkin tag-server sticky-patch nagios-register-key unknown-method);

my %case = @order;
my @unsafe = map { $_->{name} }
    grep { $_->{methods} =~ /POST|PUT|DELETE|PATCH/ }
    @{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} };
cmp_ok(scalar @unsafe, '>', 20, 'there are routes that change something');
is(join(' ', grep { !$case{$_} && !$agents{$_} } @unsafe),
    '', 'ASVS 16.3.3: each route that changes something has its row here');
my %unsafe = map { $_ => 1 } @unsafe;
is(join(' ', grep { !$unsafe{$_} } sort keys %agents, keys %case), '',
    '... and nothing else');

sub last_row { return $t->sql('SELECT coalesce(max(id), 0) FROM audit') }

while (my ($route, $case) = splice @order, 0, 2) {
    my ($method, $path, $json, $action, $object, $who) = @$case;
    my $id = last_row();
    my $r = $admin->call($method, $path, $json);

    is($r->{status}, 200, "$route succeeds") or diag $r->{content};
    $admin->take($r) if $route eq 'login';
    my ($row) = $t->sql("SELECT actor || '|' || via || '|' || hex(ip) || '|' ||"
        . " action || '|' || result || '|' || coalesce(object, '') FROM audit"
        . " WHERE id > $id AND action = '$action'");
    like($row // '', qr/\A\Q${\ ($who \/\/ 'admin|session') }\E
        \|7F000001\|\Q$action\E\|ok\|
        ${\ (defined $object ? quotemeta $object : '.*') }\z/x,
        "ASVS 16.2.1, 16.3.3: $route leaves $action: who, how, whence, what")
        or diag join "\n", $t->sql("SELECT * FROM audit WHERE id > $id");
}

# ---- refusals ----

sub rows {
    my ($query) = @_;

    return $admin->call(GET => "audit$query")->{body};
}

sub newest { return rows('?limit=1' . ($_[0] // ''))->{result}[0] }

sub said {
    my ($row) = @_;

    return join '|', map { $_ // '' } @$row{qw(actor via action result)};
}

$admin->login('admin', 'NewPassword');
$reader->login('reader', 'ReaderPassword');
$reader->call(POST => 'keys/', { key => 'k3' });
is(said(newest()), 'reader|session|key-put|forbidden',
    'ASVS 16.3.2: who may not is recorded');
$admin->call(POST => 'keys/', { key => 'k3' },
    headers => { 'X-CSRF-Token' => undef });
is(said(newest()), 'admin|session|key-put|csrf', 'ASVS 16.3.2: so is a forgery');
$admin->call(DELETE => 'users/admin');
is(said(newest()), 'admin|session|user-delete|own-account',
    'ASVS 16.3.3: so is what the portal does not do');
EPortal::Browser->new($t)->login('admin', 'wrong');
is(said(newest()), 'admin|session|user.login|bad-credentials',
    'ASVS 16.3.1: a bad login');
$t->get('/admin/api/keys', basic => 'admin:wrong');
is(said(newest()), 'admin|basic|user.login|bad-credentials',
    'ASVS 16.3.1: by Basic');
$t->get('/admin/api/keys', headers => { 'X-Api-Key' => 'ept_x' });
is(said(newest()), '|token|user.login|bad-credentials',
    'ASVS 16.3.1: by a token');
$t->sql('DELETE FROM throttle');

# ---- what must be told ----

# An event and the row that it leaves, or the line of nginx's error log; with
# who, how, what and how it ended (ASVS 16.3.1 to 16.3.4).
my $password = 'NewPassword';
my $key = "$t->{dir}/conf/tls";
my ($made, $out) = EPortal::Test::run_command(qw(openssl req -x509 -newkey
    rsa:2048 -nodes -days 30 -subj /CN=localhost), '-keyout', "$key.key",
    '-out', "$key.pem");
$made == 0 or die $out;
my $strange = start_tls();
my %evil = (headers => { Origin => 'http://evil.example' });
my $by_key = '/admin/api/kcare/unregister_by_key.plain?key=k1&ip=192.0.2.1';

my @events = (
    ['ASVS 16.3.1: a good login' => sub { browser_of('admin', $password) },
        'admin|session|user.login|ok'],
    ['ASVS 16.3.1: a bad login' => sub { browser_of('admin', 'x') },
        'admin|session|user.login|bad-credentials'],
    ['ASVS 16.3.1: bad Basic' => sub { $t->get('/admin/api/keys',
            basic => 'admin:x') }, 'admin|basic|user.login|bad-credentials'],
    ['ASVS 16.3.1: a bad API token' => sub { $t->get('/admin/api/keys',
            headers => { 'X-Api-Key' => 'ept_y' }) },
        '|token|user.login|bad-credentials'],
    ['ASVS 16.3.1: a bad token of config/api.token' => sub {
            $t->get("$by_key&token=wrong") },
        'api.token|token|user.login|bad-credentials'],
    ['ASVS 16.3.1: a logout' => sub { browser_of('reader', 'ReaderPassword')
            ->call(POST => 'logout') }, 'reader|session|user.logout|ok'],
    ['ASVS 16.3.2: who may not change' => sub { $reader->call(POST => 'feeds/',
            { name => 'no' }) }, 'reader|session|feed-put|forbidden'],
    ['ASVS 16.3.2: who may not read' => sub { $reader->call(GET => 'audit') },
        'reader|session|audit|forbidden'],
    ['ASVS 16.3.3: a forged change' => sub { $admin->call(POST => 'feeds/',
            { name => 'no' }, headers => { 'X-CSRF-Token' => 'x' }) },
        'admin|session|feed-put|csrf'],
    ['ASVS 16.3.3: a page of another site' => sub { $admin->call(POST => 'feeds/',
            { name => 'no' }, %evil) }, '||feed-put|foreign-origin'],
    ['ASVS 16.3.3: ... that logs in' => sub { $admin->call(POST => 'login',
            { username => 'admin', password => $password }, %evil) },
        '||login|foreign-origin'],
    ['ASVS 16.3.3: a host that is not ours' => sub { host('a;id', '/admin/api/keys') },
        '||keys|bad-host'],
    ['ASVS 16.3.3: ... for the page' => sub { host('a;id', '/admin/') },
        qr/eportal: bad-host: /],
    ['ASVS 16.3.3: what the portal does not do' => sub { $admin->call(DELETE =>
            'users/admin') }, 'admin|session|user-delete|own-account'],
    ['ASVS 16.3.4: a certificate that does not fit' => sub { $admin->call(POST =>
            'settings/source/test', { url => "https://127.0.0.1:$strange->[0]/" })
        }, 'admin|session|settings.test|ok', qr/"ok":false/],
    ['ASVS 16.3.4: a directory that does not answer' => sub {
            browser_of('nobody', 'x') },
        'nobody|session|user.login|ldap-connect'],
    ['ASVS 16.3.4: the database is gone' => sub { without_database(sub {
            $t->get('/admin/api/keys', basic => "admin:$password") }) },
        qr/eportal: .*database/],
);

sub browser_of {
    my ($name, $with) = @_;
    my $b = EPortal::Browser->new($t);

    $b->login($name, $with);
    return $b;
}

sub host {
    my ($host, $path) = @_;

    return $t->raw("GET $path HTTP/1.1\r\nHost: $host\r\n"
        . "Connection: close\r\n\r\n");
}

# A server whose certificate nobody signed: [port, pid].
sub start_tls {
    my $port = free_port();
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', 's_server', '-quiet', '-accept', $port, '-cert',
            "$key.pem", '-key', "$key.key";
        POSIX::_exit(127);
    }
    wait_for(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $port) }) or die 'openssl s_server';
    return [$port, $pid];
}

sub without_database {
    my ($what) = @_;

    rename "$t->{base}/eportal.sqlite", "$t->{base}/away" or die "rename: $!";
    wait_for(sub { $what->()->{status} == 503 });
    rename "$t->{base}/away", "$t->{base}/eportal.sqlite" or die "rename: $!";
    wait_for(sub { $what->()->{status} == 200 });
    return;
}

for my $event (@events) {
    my ($title, $do, $want, $detail) = @$event;
    my $id = last_row();
    my $said = length $t->error_log;

    $t->sql('DELETE FROM throttle');
    $do->();
    if (ref $want) {
        ok(wait_for(sub { substr($t->error_log, $said) =~ $want }),
            "$title is a line of the log");
        next;
    }
    my @rows = $t->sql('SELECT actor, via, action, result, hex(ip), time, detail'
        . " FROM audit WHERE id > $id ORDER BY id");
    my ($row) = grep { /\A\Q$want\E\|7F000001\|\d{16}\|/ } @rows;
    ok($row, "$title is a row, with address and time in UTC (ASVS 16.2.1, 16.2.2)")
        or diag "$want:\n", join "\n", @rows;
    like($row // '', $detail, "$title: and says so") if $detail;
}
kill 'TERM', $strange->[1];
waitpid $strange->[1], 0;

# A flood of what nobody waits for fills nothing.
my $before = last_row();
$admin->call(POST => 'feeds/', { name => 'no' }, %evil) for 1 .. 200;
cmp_ok(last_row() - $before, '<=', 2 * 30 + 10,
    'ASVS 15.2.2: a flood of foreign pages leaves few rows');
$t->sql('DELETE FROM throttle');

# ---- the list ----

my $all = rows('?limit=1000')->{result};
my @ids = map { $_->{id} } @$all;
is_deeply(\@ids, [sort { $b <=> $a } @ids], 'W-2: the newest is first');
is_deeply([sort keys %{ $all->[0] }],
    [qw(action actor detail id ip object result time via)],
    'W-2, NEW-SEC-7: with who, what, when, whence and how it ended');
like($all->[0]{time}, qr/\A\d{4}-\d\d-\d\d [\d:]{8}\.\d{6}\z/, 'in UTC');

my (@paged, $next);
do {
    my $page = rows('?limit=7' . ($next ? "&before=$next" : ''));
    push @paged, map { $_->{id} } @{ $page->{result} };
    $next = $page->{next};
} while ($next);
is_deeply(\@paged, \@ids, 'W-2: pages are the same rows, each once');

my %filter = ('actor=reader' => sub { ($_[0]{actor} // '') eq 'reader' },
    'action=key.add' => sub { $_[0]{action} eq 'key.add' },
    'action=key.' => sub { $_[0]{action} =~ /^key\./ },
    'object=f1' => sub { ($_[0]{object} // '') eq 'f1' },
    'result=forbidden' => sub { $_[0]{result} eq 'forbidden' });
for my $filter (sort keys %filter) {
    my @want = map { $_->{id} } grep { $filter{$filter}->($_) } @$all;

    cmp_ok(scalar @want, '>', 0, "there are rows for $filter");
    is_deeply([map { $_->{id} } @{ rows("?limit=1000&$filter")->{result} }],
        \@want, "W-2: $filter shows them, no others");
}
is_deeply(rows('?until=2001-01-01')->{result}, [], 'W-2: until');
is_deeply(rows('?since=2999-01-01')->{result}, [], 'W-2: and since');
is($admin->call(GET => "audit?$_")->{status}, 400, "refused: $_")
    for 'limit=0', 'limit=1001', 'before=x', 'since=yesterday';
is($reader->call(GET => 'audit')->{status}, 403,
    'ASVS 8.2.1: a readonly user does not read it');

# ---- export ----

$admin->call(POST => 'keys/', { key => '=1+1', note => 'a "b",c' })->{status}
    == 200 or $admin->call(POST => 'users/', { username => '=1+1',
        password => 'secret' });
my $csv = $admin->call(GET => 'audit/export');
like($csv->{headers}{'content-type'}, qr{\Atext/csv}, 'W-17: CSV');
like($csv->{headers}{'content-disposition'}, qr/audit\.csv/, 'W-17: as a file');
like($csv->{content}, qr/'=1\+1/, 'ASVS 1.2.10: a formula is made text');
unlike($csv->{content}, qr/(?:^|,)"?=1\+1/m, 'ASVS 1.2.10: wherever it stands');
for my $first ('=', '+', '-', '@', "\t", "\r") {
    my $shown = sprintf '%02x', ord $first;

    $t->sql('INSERT INTO audit (time, actor, via, action, object, result,'
        . " detail) VALUES (1, CAST(x'$shown' || '2+2' AS TEXT), 'cli',"
        . " 'first.$shown', CAST(x'$shown' || '3' AS TEXT), 'ok', '')");
    my $r = $admin->call(GET => "audit/export?action=first.$shown");
    like($r->{content}, qr/,"'\Q$first\E2\+2",.*,"'\Q$first\E3",/,
        "ASVS 1.2.10: a user whose name begins with byte $shown is text");
    unlike($r->{content}, qr/,"?\Q$first\E[23]/, '... and so is an object');
}
$t->sql("DELETE FROM audit WHERE action LIKE 'first.%'");
is(scalar(() = $csv->{content} =~ /^/mg),
    1 + @{ rows('?limit=1000')->{result} },
    'W-17: a head, and every row');
my $json = JSON::PP::decode_json(
    $admin->call(GET => 'audit/export?format=json&action=feed.add')->{content});
is(scalar @$json, 1, 'W-17: JSON, filtered');
unlike($csv->{content}, qr/AdminPassword|NewPassword|ept_\w{44}/,
    'ASVS 16.2.5: no secret is in it');

finish($t);
done_testing();
