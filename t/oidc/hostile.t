#!/usr/bin/perl
# Single sign-on with a provider that lies: wrong ID tokens, hostile claims,
# answers that are none.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use EPortal::Curl;
use EPortal::Provider qw(callback_of id_token params_of start_liar);
use EPortal::Test;
use JSON::PP ();
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;

my $t = EPortal::Test->new;
my $portal = "http://127.0.0.1:$t->{port}";
my $liar = start_liar();
my $issuer = 'https://provider.example';

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->write_config($liar->settings, OIDC_ISSUER => "'$issuer'",
    OIDC_CLIENT_SECRET => "'%+ secret'");
$t->start;


# The portal's answer when the provider sends these parameters back; token and
# userinfo: what it then answers, functions of the login's parameters.
sub login {
    my (%o) = @_;
    my $b = EPortal::Curl->new;
    my %p = params_of(callback_of($b->get("$portal/admin/sso/login")));
    my $claims = {
        iss => $issuer, aud => 'portal', sub => 'someone', nonce => $p{nonce},
        iat => time, exp => time + 300, %{ $o{claims} || {} },
    };
    delete $claims->{$_} for grep { !defined $claims->{$_} } keys %$claims;
    my $token = { access_token => 'the.token', token_type => 'Bearer',
        id_token => $o{id_token} // id_token($claims), %{ $o{token} || {} } };
    delete $token->{$_} for grep { !defined $token->{$_} } keys %$token;
    my $user = { sub => 'someone', preferred_username => 'someone',
        %{ $o{user} || {} } };
    delete $user->{$_} for grep { !defined $user->{$_} } keys %$user;

    $liar->answer('token', $o{token_body} // $token,
        %{ $o{token_options} || {} });
    $liar->answer('userinfo', $o{user_body} // $user,
        %{ $o{user_options} || {} });
    my %back = (code => 'a code', state => $p{state}, %{ $o{back} || {} });
    my $r = $b->request("$portal/admin/sso/login/callback", '-G',
        map { ('--data-urlencode', "$_=$back{$_}") } sort keys %back);
    return ($b, $r, \%p);
}


# Its error's code, "" when he is in; and the sentence.
sub result {
    my ($b, $r) = @_;
    my $to = ($r->{headers}{location} || [''])->[0];
    my $text = $b->cookie('eportal-sso-error') // '';

    return '' if $to eq '/admin/' && $b->cookie('eportal');
    my ($code) = $to =~ m{^/admin/login\?sso_error=([a-z-]+)$};
    like($text, qr/^[A-Za-z0-9._~%-]+$/, '... the sentence is harmless');
    ok(!$b->cookie('eportal'), '... there is no session');
    $text =~ s/%([0-9A-F]{2})/chr hex $1/ge;
    return ($code // "none: $r->{status} $to", $text);
}


sub refused {
    my ($title, $code, %o) = @_;
    my $pattern = delete $o{text};
    my ($b, $r) = login(%o);
    my ($got, $text) = result($b, $r);

    is($got, $code, $title);
    like($text, $pattern, '... told plainly') if $pattern;
    return;
}


sub accepted {
    my ($title, %o) = @_;
    my ($b, $r) = login(%o);
    my ($code, $text) = result($b, $r);

    is($code, '', $title) or diag $text;
    return $b;
}


subtest 'what the portal asks' => sub {
    my ($b, $r, $p) = login();

    is((result($b, $r))[0], '', 'he is in');
    my ($post, $get) = $liar->asked =~ /(POST .*?)(GET .*)/s;
    my %form = params_of("?" . ($post =~ /\r\n\r\n(.*)/)[0]);
    is($form{grant_type}, 'authorization_code', 'SSO-8: a code for a token');
    is($form{code}, 'a code', '... this one');
    is($form{redirect_uri}, "$portal/admin/sso/login/callback",
        '... from the same address');
    is(encode_base64url(sha256($form{code_verifier})), $p->{code_challenge},
        'ASVS 10.2.1: the verifier fits the challenge');
    like($post, qr/^Authorization: Basic \Q@{[
            encode_base64('portal:%25%2B%20secret', '') ]}\E\r$/m,
        'SSO-10, SSO-11: as the client that it is (RFC 6749, 2.3.1)');
    unlike($post =~ s/.*\r\n\r\n//sr, qr/secret/, '... not in the body');
    like($get, qr{^GET /me HTTP}, 'SSO-9: and who it is');
    like($get, qr/^Authorization: Bearer the\.token\r$/m, '... with the token');
    my $url = callback_of($b->get("$portal/admin/sso/login"));
    like($url, qr{/auth\?tenant=1&response_type=code&},
        'SSO-7: an address with parameters keeps them');
};

subtest 'ID tokens' => sub {
    my $now = time;
    my @wrong = (
        ['another issuer' => { iss => 'https://other.example' }, qr/issuer/],
        ['no issuer' => { iss => undef }, qr/issuer/],
        ['another audience' => { aud => 'other' }, qr/another client/],
        ['no audience' => { aud => undef }, qr/another client/],
        ['an audience of many without azp' => { aud => ['portal', 'other'] },
            qr/another client/],
        ['issued to another' => { azp => 'other' }, qr/another client/],
        ['expired' => { exp => $now - 120 }, qr/expired.*clocks/],
        ['without an end' => { exp => undef }, qr/expired/],
        ['whose end is no number' => { exp => 'tomorrow' }, qr/expired/],
        ['of the future' => { iat => $now + 3600 }, qr/future.*clocks/],
        ['not good yet' => { nbf => $now + 3600 }, qr/future/],
        ['another nonce' => { nonce => 'x' x 43 }, qr/nonce/],
        ['no nonce' => { nonce => undef }, qr/nonce/],
        ['another subject' => { sub => 'somebody' }, qr/somebody else/],
    );
    for my $case (@wrong) {
        refused("ASVS 10.5.1, 10.5.2, 10.5.3, 10.5.4: $case->[0]", 'sso-token',
            claims => $case->[1], text => $case->[2]);
    }
    my %none = ('two parts' => 'a.b', 'five parts, encrypted' => 'a.b.c.d.e',
        'no base64' => 'a.%%%.c', 'no JSON' => 'a.YWJj.c', 'empty' => '',
        'huge' => 'a.' . 'e30' x 50_000 . '.c', 'a number' => 7);
    for my $name (sort keys %none) {
        refused("an ID token: $name", 'sso-token', id_token => $none{$name});
    }
    accepted('ASVS 10.5.4: an audience of many, issued to us',
        claims => { aud => ['other', 'portal'], azp => 'portal' });
    accepted('a little behind its end, as clocks differ',
        claims => { exp => $now - 5 });
    refused('ASVS 10.2.2: sent back by another provider', 'sso-token',
        back => { iss => 'https://other.example' });
    accepted('by this one', back => { iss => $issuer });
};

subtest 'without an ID token' => sub {
    my %plain = (token => { id_token => undef },
        user => { sub => 'plain', preferred_username => 'plain' });

    accepted('OAuth 2.0 alone will do', %plain);
    accepted('... again, the same user', %plain);
    is($t->sql("SELECT count(*) FROM user WHERE name = 'plain'"), 1,
        '... who is one');
    refused('a subject of one issuer is not that of another',
        'sso-name-taken', user => { sub => 'plain',
            preferred_username => 'plain' }, claims => { sub => 'plain' });
};

subtest 'claims' => sub {
    my %user = (
        'a number as subject' => { sub => 7 },
        'no subject' => { sub => undef },
        'an empty subject' => { sub => '' },
        'a long subject' => { sub => 's' x 256 },
        'control characters in the subject' => { sub => "a\x01b" },
    );
    for my $name (sort keys %user) {
        refused($name, 'sso-subject', user => $user{$name},
            text => qr/OIDC_USERINFO_URL/);
    }
    my %name = (
        'no name' => undef,
        'a number as name' => 7,
        'a list as name' => ['a'],
        'spaces as name' => '   ',
        'a name of 10 KB' => 'n' x 10_240,
        'a line break in the name' => "a\nb",
        'NUL in the name' => "a\0b",
        'a name that turns writing round' => "a\x{202e}b",
    );
    for my $name (sort keys %name) {
        refused($name, 'sso-user-name', user => { sub => 'named',
                preferred_username => $name{$name} },
            claims => { sub => 'named' }, text => qr/OIDC_NAME_CLAIM|no name/);
    }
    for my $name ('admin', '  admin ') {
        refused("ASVS 6.8.1: the name \"$name\"", 'sso-name-taken',
            user => { sub => 'named', preferred_username => $name },
            claims => { sub => 'named' }, text => qr/"admin" already/);
    }
    is($t->sql("SELECT origin FROM user WHERE name = 'admin'"), 'local',
        '... which stays local');

    my $html = '"><img src=x onerror=alert(1)>';
    my $b = accepted('HTML as name', user => { sub => 'html',
            preferred_username => $html }, claims => { sub => 'html' });
    my $r = $b->get("$portal/admin/api/session");
    is(JSON::PP::decode_json($r->{content})->{result}{user}{username}, $html,
        '... is text, which JSON says as it is');
    like($r->{headers}{'x-content-type-options'}[0], qr/nosniff/,
        '... and no browser takes it for a page');
    accepted('the name from the ID token',
        user => { preferred_username => undef },
        claims => { preferred_username => 'someone' });
};

subtest 'groups' => sub {
    $t->write_config(OIDC_ADMIN_GROUP => "'admins'");
    $t->reload or die "no reload\n";
    my %groups = (
        'many thousands' => [[map { "g$_" } 1 .. 9000], 1],
        'of numbers and lists' => [[1, ['admins'], {}, undef], 1],
        'an object' => [{ admins => 1 }, 1],
        'part of a name' => ['admins2', 1],
        'in other letters' => ['Admins', 1],
        'the one' => [['x', 'admins'], 0],
    );
    for my $name (sort keys %groups) {
        my $sub = "group $name";
        accepted("groups: $name", user => { sub => $sub,
                preferred_username => $sub, groups => $groups{$name}[0] },
            claims => { sub => $sub });
        is($t->sql("SELECT readonly FROM user WHERE name = '$sub'"),
            $groups{$name}[1], '... make him what he is');
    }
    accepted('groups of the ID token', user => { sub => 'gid',
            preferred_username => 'gid' },
        claims => { sub => 'gid', groups => ['admins'] });
    is($t->sql("SELECT readonly FROM user WHERE name = 'gid'"), 0,
        '... count, too');
    $t->write_config(OIDC_ADMIN_GROUP => undef);
    $t->reload or die "no reload\n";
};

subtest 'answers that are none' => sub {
    my $deep = '{"access_token":' . '[' x 1000 . ']' x 1000 . '}';
    my %body = (
        'a page' => '<html><body>Hello</body></html>',
        'nothing' => '',
        'a list' => '[]',
        'half of it' => '{"access_token":"x"',
        'another encoding' => "{\"access_token\":\"\xff\xfe\"}",
        'deep' => $deep,
        'no token' => '{}',
        'a number as token' => '{"access_token":1}',
        'another header in the token' => '{"access_token":"x\r\nHost: y"}',
        'spaces in the token' => '{"access_token":"x y"}',
        'a token of 20 KB' => '{"access_token":"' . 'x' x 20_480 . '"}',
        'a token of another type' =>
            '{"access_token":"x","token_type":"mac"}',
        'half a megabyte' => '{"access_token":"x","y":"' . 'y' x 524_288
            . '"}',
    );
    for my $name (sort keys %body) {
        refused("token endpoint: $name", 'sso-answer',
            token_body => $body{$name}, text => qr/OIDC_TOKEN_URL/);
    }
    refused('token endpoint: 500', 'sso-provider', token_body => 'oops',
        token_options => { status => 500 }, text => qr/answers 500/);
    refused('token endpoint: 404', 'sso-address', token_body => '{}',
        token_options => { status => 404 }, text => qr/OIDC_TOKEN_URL/);
    refused('token endpoint: who are you', 'sso-client',
        token_body => { error => 'invalid_client' },
        token_options => { status => 401 }, text => qr/OIDC_CLIENT_SECRET/);
    refused('token endpoint: hostile words', 'sso-client',
        token_body => { error => 'unauthorized_client',
            error_description => "<script>\r\nSet-Cookie: a=b" . 'x' x 5000 },
        token_options => { status => 400 },
        text => qr/<script>\?\?Set-Cookie: a=bx+\)/);

    %body = (
        'a page' => '<html>', 'nothing' => '', 'a list' => '[1]',
        'a signed answer' => id_token({ sub => 'someone' }),
        'half a megabyte' => '{"sub":"someone","y":"' . 'y' x 524_288 . '"}',
    );
    for my $name (sort keys %body) {
        refused("userinfo: $name", 'sso-answer', user_body => $body{$name},
            text => qr/OIDC_USERINFO_URL/);
    }
    refused('userinfo: not with this token', 'sso-userinfo',
        user_body => '{}', user_options => { status => 401 });

    my $other = start_liar();
    refused('SSRF 15.3.2: a token endpoint that sends us elsewhere',
        'sso-address', token_body => '{}', text => qr/sends us elsewhere/,
        token_options => { status => 307,
            headers => "Location: $other->{url}/token\r\n" });
    refused('SSRF 15.3.2: a userinfo endpoint that does', 'sso-address',
        user_body => '{}', user_options => { status => 302,
            headers => "Location: $other->{url}/me\r\n" });
    is($other->asked, '', '... nobody is asked there');
};

subtest 'what the browser brings' => sub {
    refused('an error of the provider', 'sso-provider',
        back => { error => 'server_error',
            error_description => "<b>\x07down</b>" },
        text => qr/server_error: <b>\?down<\/b>/);
    refused('no code', 'sso-answer', back => { code => '' });
    refused('ASVS 10.1.2: another state', 'sso-state',
        back => { state => 'x' x 43 });
    refused('no state', 'sso-state', back => { state => '' });

    my $rows = $t->sql('SELECT count(*) FROM sso_used');
    my $log = $t->sql('SELECT count(*) FROM audit');
    my $path = '/admin/sso/login/callback?code=x&state=';
    my @cookies = ('', 'x', '.', '..', 'a.b.c', '%', 'A' x 4000,
        'A' x 43 . '.1.', 'A' x 43 . '.99999999999999999999.',
        'A' x 43 . '.' . time . '.Ly9ldmlsLmV4YW1wbGU',
        'A' x 43 . '.' . time . '.%%');
    for my $cookie (@cookies) {
        my $r = $t->get($path, headers => { Cookie => "eportal-sso=$cookie" });
        is($r->{status}, 302, 'a cookie of somebody else: '
                . substr $cookie, 0, 50);
        like($r->{headers}{location}, qr/sso_error=sso-state$/, '... refused');
    }
    is($t->sql('SELECT count(*) FROM sso_used'), $rows, 'no row is written');
    is($t->sql('SELECT count(*) FROM audit'), $log, '... none of the audit log');

    for my $host ('evil.example"><script>', 'a b', 'x/y', "x'") {
        my $b = EPortal::Curl->new(headers => ["Host: $host"]);
        my $r = $b->get("$portal/admin/sso/login");

        is($r->{status}, 400, "ASVS 4.1.3: no host: $host");
    }
};

subtest 'a login that takes too long' => sub {
    my $b = EPortal::Curl->new;
    my %p = params_of(callback_of($b->get("$portal/admin/sso/login")));
    my ($secret, $began) = split /\./, $b->cookie('eportal-sso');

    # Ten minutes later the browser has forgotten the cookie; one that has not
    # cannot make it younger, because the state is made of its time, too.
    for my $time ($began - 3600, $began + 5) {
        my $thief = EPortal::Curl->new(
            headers => ["Cookie: eportal-sso=$secret.$time."]);
        my $r = $thief->get("$portal/admin/sso/login/callback?code=x"
                . "&state=$p{state}");
        is((result($thief, $r))[0], 'sso-state', 'another time, another state');
    }
};

subtest 'codes that are tried' => sub {
    my %tried;

    for (1 .. 8) {
        my ($b, $r) = login(token_body => { error => 'invalid_grant',
                error_description => 'grant request is invalid' },
            token_options => { status => 400 });
        $tried{ (result($b, $r))[0] }++;
    }
    cmp_ok($tried{'sso-code'}, '>=', 5, 'a code that is none is told');
    cmp_ok($tried{throttled} // 0, '>=', 1,
        'W-12: who tries many has to wait');
    is(scalar keys %tried, 2, '... and nothing else') or diag explain \%tried;
};

unlike(slurp("$t->{dir}/logs/error.log"), qr/the\.token|%\+ secret/,
    'ASVS 16.2.5: neither tokens nor secrets are in the log');
finish($t);
done_testing();
