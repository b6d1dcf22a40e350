#!/usr/bin/perl
# What a management API must not let happen (OWASP ASVS 5.0), against the real
# nginx, over http and over TLS.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;

my $t = EPortal::Test->new;
my $conf = "$t->{dir}/conf";
my $tls_port = free_port();
my $api = '/admin/api';
my $kernel = sha1('kernel');

# TLS, and a log in nginx's usual form.
$t->{server} = "listen 127.0.0.1:$tls_port ssl;\n"
    . "    access_log $t->{dir}/logs/access.log combined;\n"
    . "    ssl_certificate $conf/tls.pem;\n"
    . "    ssl_certificate_key $conf/tls.key;\n";
my ($made, $out) = EPortal::Test::run_command(qw(openssl req -x509 -newkey
    rsa:2048 -nodes -days 30 -subj /CN=localhost), '-keyout', "$conf/tls.key",
    '-out', "$conf/tls.pem");
$made == 0 or die $out;
$t->write_nginx_conf;

my %password = (admin => 'Admin-Password-1', reader => 'Reader-Password-2');
$t->cli_ok('user', '-a', '-p', $password{admin}, 'admin');
$t->cli_ok('user', '-a', '-p', $password{reader}, '-r', 'readonly', 'reader');
$t->cli_ok('key', '-a', 'k1');
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->start;
my $server = $t->register('k1');

my %secrets = (map { ("password of $_" => $password{$_}) } keys %password);
my $admin = browser();
my $r = $admin->login('admin', $password{admin});
my $cookie = $r->{headers}{'set-cookie'};
@secrets{'session', 'CSRF value'} = @$admin{qw(cookie csrf)};
my $token = $admin->call(POST => 'tokens/', { name => 'ci' })
    ->{body}{result}{token};
$secrets{'API token'} = $token;
my %admin = (basic => "admin:$password{admin}");

sub browser { return EPortal::Browser->new($t, @_) }

sub answer {
    my ($r) = @_;
    my $body = $r->{body} // eval { JSON::PP::decode_json($r->{content}) } // {};

    return "$r->{status} " . ($body->{error} // 'ok');
}

# Over TLS: [status, headers as text, body].
sub tls {
    my ($path, @args) = @_;
    my (undef, $text) = EPortal::Test::run_command('curl', '-sSi', '--http1.1',
        '--max-time', 20, '--cacert', "$conf/tls.pem", '--resolve',
        "localhost:$tls_port:127.0.0.1", @args,
        "https://localhost:$tls_port$path");
    my ($status, $head, $body) = $text
        =~ m{\AHTTP/1\.1 (\d+)(.*?)\r\n\r\n(.*)\z}s or die "curl: $text";
    return [$status, $head, $body];
}

# ---- failed logins look alike ----

my %answers;
for my $try (['nobody', 'x'], ['admin', 'wrong'], ['admin', ''], ['', ''],
    ['', 'x'], ["admin\0", $password{admin}], ['admin', "$password{admin} "])
{
    $t->sql('DELETE FROM throttle');
    my $r = browser()->login(@$try);
    $answers{"$r->{status} $r->{content}"}++;
}
is(scalar keys %answers, 1,
    'ASVS 6.3.8, 16.5.1: every failed login has the same answer');
like((keys %answers)[0], qr/\A401 .*"bad-credentials"/, '... which is 401');
%answers = ();
for my $basic ('nobody:x', 'admin:wrong', 'admin:', ':', "reader:x") {
    $t->sql('DELETE FROM throttle');
    my $r = $t->get("$api/keys", basic => $basic);
    $answers{"$r->{status} $r->{content}"}++;
}
is(scalar keys %answers, 1, 'ASVS 6.3.8: and every failed Basic');
$t->sql('DELETE FROM throttle');

# ---- cookies ----

like($cookie, qr/\Aeportal=\w{44}; Path=\/; HttpOnly; SameSite=Lax\z/,
    'ASVS 3.3.2, 3.3.4: the cookie under http');
my $balanced = browser(headers => { 'X-Forwarded-Proto' => 'https' });
$r = $balanced->login('admin', $password{admin});
my $secure = qr/__Host-eportal=(\w{44}); Path=\/; HttpOnly; SameSite=Lax; Secure/;
like($r->{headers}{'set-cookie'}, qr/\A$secure\z/,
    'ASVS 3.3.1, 3.3.3: behind a balancer with TLS it is Secure and __Host-');
is($balanced->user, 'admin', '... and is taken');
spew("$t->{dir}/login.json", JSON::PP::encode_json({ username => 'admin',
    password => $password{admin} }));
my $tls = tls("$api/login", '-H', 'Content-Type: application/json', '-d',
    "\@$t->{dir}/login.json");
my ($value) = $tls->[1] =~ /^Set-Cookie: $secure\r?$/mi;
ok($value, 'ASVS 3.3.1, 3.3.3: over real TLS, too') or diag $tls->[1];
$secrets{'session over TLS'} = $value;
$r = tls("$api/session", '-b', "__Host-eportal=$value");
like($r->[2], qr/"username":"admin"/, '... and is taken');
$r = tls("$api/session", '-b', "eportal=$value");
like($r->[2], qr/"user":null/, 'ASVS 3.3.3: a cookie without __Host- is none there');
$r = $t->get("$api/session", headers => { Cookie => "__Host-eportal=$value" });
like($r->{content}, qr/"user":null/, 'nor is the secure one under http');

# ---- CSRF and origins ----

my $host = "127.0.0.1:$t->{port}";
my %login = (username => 'reader', password => $password{reader});

sub feed {
    my (%headers) = @_;

    return answer($admin->call(POST => 'feeds/', { name => 'f1' },
        headers => \%headers));
}

is(feed('X-CSRF-Token' => undef), '403 csrf',
    'ASVS 3.5.1: a session without the CSRF header changes nothing');
is(feed('X-CSRF-Token' => 'x' x 44), '403 csrf', '... nor with a wrong one');
is(feed('X-CSRF-Token' => $balanced->{csrf}), '403 csrf',
    '... nor with that of another session');
is(feed('X-CSRF-Token' => ''), '403 csrf', '... nor with an empty one');
for my $origin ('http://evil.example', 'https://evil.example', 'null',
    "http://$host.evil.example", "http://evil.example\@$host",
    "http://127.0.0.1:1", "ftp://$host", $host)
{
    is(feed(Origin => $origin), '403 foreign-origin',
        "ASVS 3.5.1: Origin: $origin is refused");
}
is(feed('Sec-Fetch-Site' => $_), '403 foreign-origin',
    "ASVS 3.5.3: Sec-Fetch-Site: $_ is refused") for 'cross-site', 'same-site';
is($t->sql("SELECT count(*) FROM feed WHERE name = 'f1'"), 0,
    'and nothing was changed by any of it');
is(answer($t->post("$api/feeds/?name=f1", %admin,
        headers => { Origin => 'http://evil.example' })),
    '403 foreign-origin', 'ASVS 3.5.1: Basic from a page of another site is refused');
is(answer(browser(headers => { 'X-Api-Key' => $token,
        'Sec-Fetch-Site' => 'cross-site' })->call(POST => 'feeds/',
        { name => 'f1' })), '403 foreign-origin', 'a token from there, too');
is(answer(browser(headers => { Origin => 'http://evil.example' })
        ->call(POST => 'login', \%login)), '403 foreign-origin',
    'ASVS 3.5.1: nobody is logged in by another site');
is(feed(Origin => "http://$host", 'Sec-Fetch-Site' => 'same-origin'), '200 ok',
    'the portal\'s own page may');
is(feed(Origin => "https://$host"), '200 ok',
    '... behind a balancer with TLS, too');
is($admin->call(GET => 'feeds/', undef, headers =>
        { Origin => 'http://evil.example' })->{headers}
        {'access-control-allow-origin'}, undef,
    'ASVS 3.4.2: no other site may read an answer');

# ---- Host ----

# Bytes as they are: HTTP::Tiny has rules of its own.
sub with_host {
    my ($host, $path) = @_;
    my $bytes = $t->raw("GET $path HTTP/1.1\r\nHost: $host\r\n"
        . "Connection: close\r\nAuthorization: Basic "
        . encode_base64("admin:$password{admin}", '') . "\r\n\r\n");

    return $bytes =~ m{\AHTTP/1\.1 (\d+)} ? $1 : 'none';
}

is(with_host($_, "$api/keys"), 400, "ASVS 4.1.3: Host: $_ is refused")
    for 'a;rm -rf /', 'a;id', '$(id)', 'a`id`', "a'b", 'a"b', 'a b', 'a_b<x>';
is(with_host("ok\r\n Injected: x", "$api/keys"), 400,
    'ASVS 1.2.1: nor one that goes on in the next line');
is(with_host($_, "$api/keys"), 200, "Host: $_ is good while none is named")
    for 'portal.example', 'portal.example:8080', '[::1]:80';
$t->write_config(ALLOWED_HOSTS => "['portal.example', '.example.org']");
ok($t->reload, 'ALLOWED_HOSTS');
is(with_host($_, "$api/keys"), 200, "NEW-SEC-1: Host: $_ is in ALLOWED_HOSTS")
    for 'portal.example', 'PORTAL.example:8080', 'a.b.example.org';
is(with_host($_, "$api/keys"), 400, "NEW-SEC-1: Host: $_ is not")
    for 'evil.example', 'portal.example.evil', 'xexample.org', $host;
is(with_host('evil.example', "/$kernel/latest.v2"), 200,
    'NEW-SEC-1: agents are served by whatever name they have');
$t->write_config(ALLOWED_HOSTS => undef);
ok($t->reload, 'and without it again');

# ---- headers of every answer ----

my %wanted = ('cache-control' => qr/no-store/,
    'x-content-type-options' => qr/\Anosniff\z/,
    'referrer-policy' => qr/\Ano-referrer\z/,
    'content-security-policy' => qr/frame-ancestors 'none'/);
for my $case ([200, GET => "$api/keys", %admin], [401, GET => "$api/keys"],
    [403, POST => "$api/keys", basic => "reader:$password{reader}"],
    [404, GET => "$api/patchsets/K20240101_01", %admin],
    [400, GET => "$api/servers?sort=odd", %admin],
    [404, GET => "$api/frob"], [404, GET => "$api/frob", %admin],
    [404, GET => '/admin/sso/frob'], [405, POST => "$api/openapi.json"])
{
    my ($status, $method, $path, @o) = @$case;
    my $r = $t->request($method, $path, @o);

    is($r->{status}, $status, "$method $path is $status");
    like($r->{headers}{$_} // '', $wanted{$_}, "ASVS 3.4: $status has $_")
        for sort keys %wanted;
    is($r->{headers}{'strict-transport-security'}, undef,
        "ASVS 3.4.1: $status has no HSTS under http");
}
like(tls("$api/keys")->[1], qr/^Strict-Transport-Security: max-age=\d{8}/mi,
    'ASVS 3.4.1: but over TLS');

# ---- GET changes nothing ----

# Everything but what seeing somebody leaves: the times of use.
sub contents {
    my ($status, $dump) = EPortal::Test::run_command('sqlite3', '-cmd',
        '.timeout 10000', "$t->{base}/eportal.sqlite", '.dump');

    $status == 0 or die $dump;
    return join "\n", grep { !/^INSERT INTO (?:token_use|user_address|session) /
    } split /\n/, $dump;
}

my @routes = @{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} };
my @get = grep { $_->{methods} =~ /\bGET\b/
        && $_->{auth} =~ /^(?:user|admin|monitor)$/ } @routes;
push @get, grep { $_->{name} =~ /\A(?:session|start|openapi|sso-login|sso-callback)\z/
} @routes;
cmp_ok(scalar @get, '>', 15, 'routes that are read are there');
my $before = contents();
my @bare;
for my $route (@get) {
    (my $path = $route->{path}) =~ s{\[/\]$}{};
    my %value = (name => 'main', id => $server, key => 'k1');
    $path =~ s/\{(\w+)\}/$value{$1} \/\/ 'none'/ge;
    for my $query ('', '?name=evil&key=evil&action=delete&username=admin'
        . '&feed=main&tags=x&method=POST&_method=DELETE')
    {
        my $r = $t->get("$path$query", headers => $admin->headers);

        push @bare, map { "$route->{name}: $r->{status} $_" }
            grep { ($r->{headers}{$_} // '') !~ $wanted{$_} } keys %wanted;
    }
}
is(join("\n", @bare), '',
    'ASVS 3.4.3 to 3.4.6, 14.3.2: every answer to GET has the headers');
is(contents(), $before, 'ASVS 3.5.1: no GET of the API changes the database');

# ---- fields that are not for the caller ----

$r = $admin->call(POST => 'users/', { username => 'mass', password => 'secret',
    role => 'readonly', id => 4711, origin => 'sso', created => 1, hash => 'x',
    user_id => 1, csrf => 'x', last_login => 1 });
is($r->{status}, 200, 'a user with fields that he cannot set');
is_deeply([@{ $r->{body}{result} }{qw(origin last_login readonly)}],
    ['local', undef, JSON::PP::true], 'ASVS 15.3.3: which are not taken');
isnt($r->{body}{result}{id}, 4711, 'ASVS 15.3.3: nor is the id');
like($r->{body}{result}{created}, qr/\A20[2-9]/, 'ASVS 15.3.3: nor the time');
$r = $admin->call(POST => 'keys/', { key => 'mass', servers => 99, id => 4711 });
is($r->{body}{result}{servers}, 0, 'ASVS 15.3.3: nor are those of a key');
$r = $admin->call(POST => 'feeds/', { name => 'mass', keys => 99 });
is($r->{body}{result}{keys}, 0, 'ASVS 15.3.3: nor those of a feed');

# ---- line ends ----

for my $bad ("a\r\nSet-Cookie: x=y", "a\nb", "a\0b", "a\e[31m") {
    my $shown = JSON::PP->new->allow_nonref->ascii->encode($bad);

    is((split / /, answer($admin->call(POST => $_->[0], $_->[1])))[0], 400,
        "ASVS 1.2.1: $_->[0] refuses $shown") for
        ['users/', { username => $bad, password => 'secret' }],
        ['keys/', { key => $bad }], ['feeds/', { name => $bad }],
        ['tokens/', { name => $bad }], ['tags', { name => $bad }],
        ['set_tags', { server_id => $server, tags => $bad }];
    browser()->login($bad, 'guess');
    $t->sql('DELETE FROM throttle');
}
my $line = qr/^(?:\d{4}\/\d\d\/\d\d |\d+\.\d+\.\d+\.\d+ )/;
my @odd = grep { !/$line/ } split /\n/, slurp("$t->{dir}/logs/access.log")
    . slurp("$t->{dir}/logs/error.log");
is(join("\n", @odd), '', 'ASVS 16.4.1: nobody writes lines into the logs');

# ---- secrets stay where they are ----

$admin->call(POST => 'password', { current => $password{admin},
    password => $secrets{'new password'} = 'Changed-Password-3' });
$t->get("$api/keys?password=$password{reader}", %admin); # the caller's own fault
my ($status, $dump) = EPortal::Test::run_command('sqlite3', '-cmd',
    '.timeout 10000', "$t->{base}/eportal.sqlite", '.dump');
my %texts = ('the database' => $dump, 'the error log' => $t->error_log,
    'the access log' => join("\n", grep { !/[?&]password=/ }
        split /\n/, slurp("$t->{dir}/logs/access.log")),
    'the audit log' => $t->cli_ok('audit', '--limit', 0, '--json'),
    'kc.eportal user' => $t->cli_ok('user', '--json'));
for my $where (sort keys %texts) {
    my @found = grep {
        index($texts{$where}, $secrets{$_}) >= 0
            || index(lc $texts{$where}, unpack 'H*', $secrets{$_}) >= 0
            || index($texts{$where}, encode_base64("admin:$secrets{$_}", '')) >= 0
    } sort keys %secrets;

    cmp_ok(length $texts{$where}, '>', 100, "there is $where");
    is(join(', ', @found), '', "ASVS 14.2.1, 16.2.5: no secret in $where");
}

# ---- compared in constant time ----

my @compared;
my $root = EPortal::Test::root();
for my $file (glob("$root/lib/auth/*.c"), "$root/lib/http/guard.c") {
    my $n = 0;

    for my $text (split /\n/, slurp($file)) {
        $n++;
        push @compared, "$file:$n: $text"
            if $text =~ /\b(?:memcmp|strn?cmp|ep_str_eq\w*)\(.*(?:secret|(?<!id_)token|csrf|hash|mac\b|nonce|signature)/i;
    }
}
is(join("\n", @compared), '',
    'ASVS 11.2.4: secrets are compared by ep_secret_eq alone');

finish($t);
done_testing();
