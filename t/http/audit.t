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
$t->cli_ok(qw(key -a k1));
$t->deploy('K20250101_01', ["$kernel:1"]);
# As the daemon leaves it.
$t->sql("INSERT INTO job (name, period, jitter, due) VALUES ('sweep', 3600, 0, 1)");
$t->start;
my @server = map { $t->register('k1', hostname => "host$_") } 1 .. 3;
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

# Unsafe route => [method, path, JSON, action of its row, object]. A browser
# of the admin calls it, in the order of @order.
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
        'ldap://directory.example.com', connection_string =>
        'uid=%s,dc=example,dc=com' }, 'settings.change', undef],
    'job-run' => ['POST', 'jobs/sweep/run', undef, 'job.run', 'sweep'],
    'password' => ['POST', 'password', { current => 'AdminPassword',
        password => 'NewPassword' }, 'user.password', 'admin'],
    'logout' => ['POST', 'logout', undef, 'user.logout', 'admin'],
    'login' => ['POST', 'login', { username => 'admin',
        password => 'NewPassword' }, 'user.login', 'admin'],
    'sso-logout' => ['POST', '../sso/logout', undef, 'user.logout', 'admin'],
);

# These ask others and change nothing.
my %asking = map { $_ => 1 } qw(settings-source-test settings-sso-test
    settings-ldap-test);

my %case = @order;
my @unsafe = grep { $_->{methods} =~ /POST|PUT|DELETE|PATCH/
        && ($_->{auth} =~ /^(?:user|admin)$/ || $_->{name} eq 'login') }
    @{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} };
cmp_ok(scalar @unsafe, '>', 20, 'there are routes that change something');
is(join(' ', grep { !$case{$_} && !$asking{$_} } map { $_->{name} } @unsafe),
    '', 'ASVS 16.3.3: each route that changes something has its row here');

sub last_row { return $t->sql('SELECT coalesce(max(id), 0) FROM audit') }

while (my ($route, $case) = splice @order, 0, 2) {
    my ($method, $path, $json, $action, $object) = @$case;
    my $id = last_row();
    my $r = $admin->call($method, $path, $json);

    is($r->{status}, 200, "$route succeeds") or diag $r->{content};
    $admin->take($r) if $route eq 'login';
    my ($row) = $t->sql("SELECT actor || '|' || via || '|' || hex(ip) || '|' ||"
        . " action || '|' || result || '|' || coalesce(object, '') FROM audit"
        . " WHERE id > $id AND action = '$action'");
    like($row // '', qr/\Aadmin\|session\|7F000001\|\Q$action\E\|ok\|
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
