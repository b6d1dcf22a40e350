#!/usr/bin/perl
# Single sign-on with a real OpenID provider: logging in, who one is, roles,
# logging out, and a provider that is dead or hangs.

use strict;
use warnings;

use EPortal::Curl;
use EPortal::Provider qw(callback_of params_of sign_in start_provider);
use EPortal::Test;
use EPortal::Upstream ();
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $portal = "http://127.0.0.1:$t->{port}";
my %users = (
    s1 => { preferred_username => 'alice', name => 'Alice Liddell' },
    s2 => { preferred_username => 'admin' },
    s3 => { preferred_username => 'carol', groups => ['staff', 'portal'] },
);
my $provider = start_provider(users => \%users, portals => [$portal]);
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('key', '-a', 'k1');
$t->start;
my $server = $t->register('k1');


# Configure, and wait until the workers know.
sub configure {
    my (%settings) = @_;

    $t->write_config(%settings);
    $t->reload or die "no reload\n";
    return;
}


sub browser {
    return EPortal::Curl->new(ca => $provider->{ca}, @_);
}


# The error that the login page is told: code and sentence.
sub failure_of {
    my ($browser, $r) = @_;
    my ($code) = ($r->{headers}{location} || [''])->[0]
        =~ m{^/admin/login\?sso_error=([a-z-]+)$};
    my $text = $browser->cookie('eportal-sso-error') // '';

    $text =~ s/%([0-9A-F]{2})/chr hex $1/ge;
    return ($code // "none: $r->{status}", $text);
}


# A whole login: the portal's answer to the callback.
sub login {
    my ($browser, $subject, %o) = @_;

    return $browser->get(callback_of(sign_in($browser, $portal, $subject,
                %o)));
}


# Who the portal takes the browser for, by what it may see.
sub role_of {
    my ($browser) = @_;

    return 'nobody' if $browser->get("$portal/admin/api/keys")->{status} != 200;
    return $browser->get("$portal/admin/api/settings/sso")->{status} == 200
        ? 'admin' : 'readonly';
}


# Log out as a page does; what it is told.
sub logout {
    my ($browser) = @_;
    my $session = $browser->get("$portal/admin/api/session");
    my $csrf = JSON::PP::decode_json($session->{content})->{result}{csrf};
    my $r = $browser->request("$portal/admin/sso/logout", '-X', 'POST',
        '-H', "X-CSRF-Token: $csrf");

    is($r->{status}, 200, 'logging out') or diag $r->{content};
    return JSON::PP::decode_json($r->{content})->{result};
}


sub user_row {
    my ($name) = @_;

    return scalar $t->sql("SELECT origin || ' ' || readonly || ' '
        || coalesce(password, '-') FROM user WHERE name = '$name'");
}


subtest 'not set up' => sub {
    my $b = browser();
    my $r = $b->get("$portal/admin/sso/login");

    is($r->{status}, 302, 'SSO-2: without settings there is no login');
    is((failure_of($b, $r))[0], 'sso-off', '... and the login page is told');
};

configure($provider->settings);

subtest 'a first login' => sub {
    my $b = browser();
    my $r = $b->get("$portal/admin/sso/login");
    my $to = callback_of($r);
    my %p = params_of($to);

    is($r->{status}, 302, 'SSO-1: the browser is sent to the provider');
    like($to, qr{^\Q$provider->{issuer}\E/auth\?}, 'SSO-7: OIDC_AUTH_URL');
    is($p{response_type}, 'code', '... for a code');
    is($p{client_id}, 'eportal', 'SSO-10: OIDC_CLIENT_ID');
    is($p{redirect_uri}, "$portal/admin/sso/login/callback",
        'SSO-4: the redirect URI');
    is($p{scope}, 'openid profile email', '... the scope');
    is($p{code_challenge_method}, 'S256', 'ASVS 10.2.1: PKCE with S256');
    like($p{$_}, qr/^[A-Za-z0-9_-]{43}$/, "... $_")
        for qw(state nonce code_challenge);
    like($r->{headers}{'set-cookie'}[0], qr/^eportal-sso=[\w.-]+;\ Path=\/;
        \ Max-Age=600;\ HttpOnly;\ SameSite=Lax$/x,
        'ASVS 3.3.1: the cookie of a login');

    my $callback = callback_of(sign_in($b, $portal, 's1'));
    like($callback, qr{^\Q$portal\E/admin/sso/login/callback\?code=},
        'SSO-3: a web application of an OpenID Connect provider gets a code');
    $r = $b->get($callback);
    is($r->{status}, 302, 'SSO-8, SSO-9, SSO-11: code, token, user');
    is($r->{headers}{location}[0], '/admin/', '... and he is in');
    like((grep { /^eportal=/ } @{ $r->{headers}{'set-cookie'} })[0],
        qr/; HttpOnly; SameSite=Lax/, '... with a session');
    is(role_of($b), 'readonly', '... read-only');
    is(user_row('alice'), 'sso 1 -', 'a user of the provider, no password');
    ok(!defined $b->cookie('eportal-sso'), "the login's cookie is gone");
    like($t->cli_ok('user'), qr/alice/, 'the command knows him');
    is(scalar $t->sql("SELECT count(*) FROM audit WHERE actor = 'alice'
            AND action = 'user.login' AND result = 'ok'"), 1,
        'the audit log, too');

    my $again = $b->get($callback);
    is((failure_of($b, $again))[0], 'sso-state',
        'ASVS 10.1.2: the callback is good once');
};

subtest 'names and subjects' => sub {
    $provider->users(%users, s1 => { preferred_username => 'alice2' });
    my $b = browser();
    my $r = login($b, 's1');

    is($r->{headers}{location}[0], '/admin/', 'another name, the same subject');
    is($t->sql("SELECT group_concat(name) FROM user WHERE origin = 'sso'"),
        'alice', '... is the same user, called as before');

    $provider->users(%users, s1 => $users{s1},
        s9 => { preferred_username => 'alice' });
    $b = browser();
    my ($code, $text) = failure_of($b, login($b, 's9'));
    is($code, 'sso-name-taken', 'another subject, the same name');
    like($text, qr/"alice" already/, '... is told');
    is(role_of($b), 'nobody', '... and is not in');

    $b = browser();
    ($code, $text) = failure_of($b, login($b, 's2'));
    is($code, 'sso-name-taken', 'ASVS 6.8.1: the name of a local account');
    like(user_row('admin'), qr/^local 0 \$/, '... which stays what it was');
    is($t->sql("SELECT result FROM audit WHERE action = 'user.login'
            ORDER BY id DESC LIMIT 1"), 'sso-name-taken',
        '... and the audit log has it');

    configure(OIDC_NAME_CLAIM => "'name'");
    $provider->users(%users, s8 => { name => "Zo\x{eb} <b>M\x{fc}ller</b>" });
    $b = browser();
    login($b, 's8');
    is(role_of($b), 'readonly', 'a name of any characters, from another claim');
    configure(OIDC_NAME_CLAIM => undef);
};

subtest 'roles' => sub {
    my $b = browser();

    $provider->users(%users);
    login($b, 's3');
    is(role_of($b), 'readonly', 'W-11: without OIDC_ADMIN_GROUP read-only');
    $t->cli_ok('user', '-c', '-r', 'admin', 'carol');
    $b = browser();
    login($b, 's3');
    is(role_of($b), 'admin', '... or what the portal says');

    configure(OIDC_ADMIN_GROUP => "'portal'");
    $b = browser();
    login($b, 's3');
    is(role_of($b), 'admin', 'W-11: a member of the group is an admin');
    my $former = $b;
    $provider->users(%users, s3 => { %{ $users{s3} }, groups => ['staff'] });
    $b = browser();
    login($b, 's3');
    is(role_of($b), 'readonly', '... and no more when he is not');
    is(role_of($former), 'nobody', '... his other sessions end');
    $provider->users(%users, s3 => { %{ $users{s3} }, groups => 'portal' });
    $b = browser();
    login($b, 's3');
    is(role_of($b), 'admin', '... and again, one group as a string');
    $provider->users(%users, s3 => { preferred_username => 'carol' });
    $b = browser();
    login($b, 's3');
    is(role_of($b), 'readonly', '... no groups are none');
    $provider->users(%users);
    configure(OIDC_ADMIN_GROUP => undef);
};

subtest 'the way back' => sub {
    my %path = (
        '/admin/kcserver/?feed=main%26x=1' => '/admin/kcserver/?feed=main&x=1',
        '//evil.example/' => '/admin/',
        '/%5Cevil.example/' => '/admin/',
        '/%09/evil.example/' => '/admin/',
        'https://evil.example/' => '/admin/',
        '/a%0d%0aSet-Cookie:%20x=1' => '/admin/',
        'javascript:alert(1)' => '/admin/',
        'admin' => '/admin/',
        '/' . 'x' x 2000 => '/admin/',
    );
    for my $next (sort keys %path) {
        my $b = browser();
        my $r = login($b, 's1', next => $next);

        is($r->{headers}{location}[0], $path{$next},
            'back to ' . substr $next, 0, 60);
    }
};

subtest 'over https' => sub {
    my $b = browser(headers => ['X-Forwarded-Proto: https']);
    my $r = $b->get("$portal/admin/sso/login");
    my %p = params_of(callback_of($r));

    is($p{redirect_uri}, "https://127.0.0.1:$t->{port}"
            . '/admin/sso/login/callback', 'SSO-4: behind a TLS balancer');
    like($r->{headers}{'set-cookie'}[0],
        qr/^__Host-eportal-sso=.*; Path=\/;.*; HttpOnly;.*; Secure$/,
        'ASVS 3.3.1: its cookie belongs to this host and https');
};

subtest 'somebody says no' => sub {
    for my $page ('login', 'consent') {
        my $b = browser();
        my $r = login($b, 's7', deny => $page);
        my ($code, $text) = failure_of($b, $r);

        is($code, 'sso-denied', "cancelled at $page");
        like($text, qr/did not let you in \(access_denied: /,
            '... and the provider is quoted');
        is(role_of($b), 'nobody', '... nobody is in');
    }
};

subtest 'another browser' => sub {
    my ($mine, $theirs) = (browser(), browser());
    my $callback = callback_of(sign_in($theirs, $portal, 's1'));

    my $r = $mine->get($callback);
    is((failure_of($mine, $r))[0], 'sso-state',
        'ASVS 10.1.2: who has begun no login cannot end one');
    $mine->get("$portal/admin/sso/login");
    $r = $mine->get($callback);
    is((failure_of($mine, $r))[0], 'sso-state',
        "... nor somebody else's");
    is(role_of($mine), 'nobody', '... nobody is in');

    $r = $theirs->get($callback);
    is($r->{headers}{location}[0], '/admin/', 'its own browser may');

    # with the very cookie, as who copied both
    my $b = browser();
    $callback = callback_of(sign_in($b, $portal, 's1'));
    my $cookie = $b->cookie('eportal-sso');
    is($b->get($callback)->{headers}{location}[0], '/admin/', 'once more');
    my $thief = browser(headers => ["Cookie: eportal-sso=$cookie"]);
    $r = $thief->get($callback);
    is((failure_of($thief, $r))[0], 'sso-replayed',
        'ASVS 10.5.1: cookie and callback again are refused');
    is(role_of($thief), 'nobody', '... nobody is in');
};

subtest 'logging out' => sub {
    my $b = browser();
    login($b, 's1');
    my $url = logout($b)->{logout_url};
    my %p = params_of($url);

    is(role_of($b), 'nobody', 'he logs out here');
    like($url, qr{^\Q$provider->{issuer}\E/session/end\?},
        'NEW-SEC-4: and is sent to OIDC_LOGOUT_URL');
    is($p{post_logout_redirect_uri}, "$portal/admin/login",
        'SSO-5: from where he may come back');
    ok($p{id_token_hint}, '... with the token that names him there');
    my $r = $b->follow($b->get($url));
    $r = $b->submit($r, logout => 'yes');
    $r = $b->follow($r, until => qr{/admin/login});
    like(callback_of($r) // '', qr{^\Q$portal\E/admin/login},
        'NEW-SEC-4: the provider logs him out and sends him back');

    my $local = browser();
    $r = $local->request("$portal/admin/api/login", '--json',
        '{"username":"admin","password":"secret"}');
    is(logout($local)->{logout_url}, undef,
        'a local user is not sent anywhere');
    is(role_of($local), 'nobody', '... and is not in any more');

    configure(OIDC_LOGOUT_URL => "'$provider->{issuer}/session/end"
            . "?post_logout_redirect_uri=$portal/admin'");
    $b = browser();
    login($b, 's1');
    $url = logout($b)->{logout_url};
    like($url, qr{post_logout_redirect_uri=\Q$portal\E/admin&},
        'TRAP-10: an address that the setting has stays');
    unlike($url, qr/admin%2Flogin/, '... alone');
    configure($provider->settings);
};

subtest 'the settings' => sub {
    my $r = $t->get('/admin/api/settings/sso', basic => 'admin:secret');
    my $s = JSON::PP::decode_json($r->{content})->{result};

    ok($s->{enabled}, 'it is set up');
    $r = $t->get('/admin/api/session');
    ok(JSON::PP::decode_json($r->{content})->{result}{sso},
        'SSO-13: which the login page can know before anybody is in');
    is($s->{token_url}, "$provider->{issuer}/token", 'SSO-6: full addresses');
    is($s->{client_secret}, '********', 'the secret is masked');
    is($s->{sign_in_redirect_uri}, "$portal/admin/sso/login/callback",
        'SSO-4: what to register at the provider');
    is($s->{sign_out_redirect_uri}, "$portal/admin/login", 'SSO-5: and this');
    is($s->{admin_group}, undef, 'what is not set is null');
};

my %step_settings = (
    'address' => [OIDC_TOKEN_URL => "'http://provider.example/token'",
        'sso-address'],
    'name' => [OIDC_TOKEN_URL => "'https://nowhere.invalid/token'",
        'sso-host'],
    'connect' => [OIDC_TOKEN_URL =>
            "'https://localhost:" . free_port() . "/token'", 'sso-connect'],
    'TLS' => [OIDC_CA_FILE => undef, 'sso-tls'],
    'token' => [OIDC_TOKEN_URL => "'$provider->{issuer}/nothing'",
        'sso-address'],
    'client' => [OIDC_CLIENT_SECRET => "'wrong'", 'sso-client'],
    'userinfo' => [OIDC_USERINFO_URL => "'$provider->{issuer}/nothing'",
        'sso-address'],
);

subtest 'the test of the settings' => sub {
    my $test = sub {
        my $r = $t->request('POST', '/admin/api/settings/sso/test',
            basic => 'admin:secret');

        is($r->{status}, 200, 'an answer') or diag $r->{content};
        return JSON::PP::decode_json($r->{content})->{result};
    };
    my $result = $test->();
    ok($result->{ok}, 'W-10: all is well');
    is(join(' ', map { $_->{step} } @{ $result->{steps} }),
        'address name connect TLS token client userinfo', '... each step');

    for my $step (sort keys %step_settings) {
        my ($name, $value, $code) = @{ $step_settings{$step} };

        configure(%{ { $provider->settings, $name => $value } });
        $result = $test->();
        is($result->{failed}, $step, "W-10: $name, step $step");
        is($result->{error}, $code, '... its code');
        ok(!$result->{ok} && !$result->{steps}[-1]{ok}, '... it failed');
        like($result->{steps}[-1]{text}, qr/OIDC_\w+|PROXY/,
            '... and it says what to look at');
    }
    configure($provider->settings);
};

subtest 'what an administrator set wrong' => sub {
    for my $step (sort keys %step_settings) {
        my ($name, $value, $code) = @{ $step_settings{$step} };
        my $b = browser();

        configure(%{ { $provider->settings, $name => $value } });
        is((failure_of($b, login($b, 's1')))[0], $code,
            "TLS client, SSRF: $name is refused");
        is(role_of($b), 'nobody', '... nobody is in');
    }
    configure($provider->settings);
    unlike(slurp("$t->{dir}/logs/error.log"), qr/a secret: /,
        'no secret is in the log');
};

subtest 'through a proxy' => sub {
    my $squid = EPortal::Upstream::start_squid();
    my $b = browser();

    configure(PROXY => "'http://$squid->{address}'");
    login($b, 's1');
    is(role_of($b), 'readonly', 'PROXY-1: the provider is asked through it');
    like(EPortal::Upstream::slurp($squid->{log}),
        qr/CONNECT localhost:$provider->{port}/, '... by a tunnel');
    EPortal::Upstream::stop($squid->{pid});
    $b = browser();
    is((failure_of($b, login($b, 's1')))[0], 'sso-proxy',
        '... and a proxy that is gone is told');
    configure(PROXY => undef);
};

subtest 'SSO-12: a changed setting' => sub {
    my $b = browser();

    $t->write_config(OIDC_SCOPE => "'openid profile'");
    ok(wait_for(sub {
        my %p = params_of(callback_of($b->get("$portal/admin/sso/login")));
        return ($p{scope} // '') eq 'openid profile';
    }), 'SSO-12: no restart is needed');
    configure(OIDC_SCOPE => undef);
};

subtest 'a provider in trouble' => sub {
    my $b = browser();
    my $callback = callback_of(sign_in($b, $portal, 's1'));

    # It hangs: connections are taken, nothing comes.
    kill 'STOP', $provider->{pid};
    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        my $r = eval { $b->get($callback) };
        my ($code) = $r ? failure_of($b, $r) : ('no answer');
        POSIX::_exit($code eq 'sso-transfer' || $code eq 'sso-tls'
                || $code eq 'sso-connect' ? 0 : 1);
    }
    my %ok = (agent => 0, api => 0, login => 0, ended => 0);
    my %json = (headers => { 'Content-Type' => 'application/json' },
        content => '{"username":"admin","password":"secret"}');
    until ($ok{ended}) {
        $ok{agent}++ if $t->get('/admin/api/kcare/check.plain?server_id='
            . $server)->{status} == 200;
        $ok{api}++ if $t->get('/admin/api/keys', basic => 'admin:secret')
            ->{status} == 200;
        $ok{login}++ if $t->request('POST', '/admin/api/login', %json)
            ->{status} == 200;
        $ok{ended} = waitpid($pid, POSIX::WNOHANG()) == $pid;
    }
    is($? >> 8, 0, 'a hanging provider is told');
    cmp_ok($ok{agent}, '>', 1, '... agents are served meanwhile');
    cmp_ok($ok{api}, '>', 1, '... and so is the API');
    cmp_ok($ok{login}, '>', 0, '... and passwords are checked');
    kill 'CONT', $provider->{pid};

    # nginx ends while somebody waits for the provider.
    $b = browser();
    $callback = callback_of(sign_in($b, $portal, 's1'));
    my $used = $t->sql('SELECT count(*) FROM sso_used');
    kill 'STOP', $provider->{pid};
    $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        my $r = eval { $b->get($callback) };
        my ($code) = $r ? failure_of($b, $r) : ('no answer');
        POSIX::_exit($code =~ /^sso-(?:busy|transfer)$/ ? 0 : 1);
    }
    wait_for(sub { $t->sql('SELECT count(*) FROM sso_used') > $used })
        or die "the callback did not come\n";
    ok($t->stop, 'nginx ends in the middle of it');
    waitpid $pid, 0;
    is($? >> 8, 0, '... and has answered');
    kill 'CONT', $provider->{pid};
    $t->start;

    $b = browser();
    $callback = callback_of(sign_in($b, $portal, 's1'));
    EPortal::Upstream::stop($provider->{pid});
    my ($code, $text) = failure_of($b, $b->get($callback));
    is($code, 'sso-connect', 'a dead provider is told');
    like($text, qr/cannot connect to localhost/, '... with its name');
    is($t->get('/admin/api/keys', basic => 'admin:secret')->{status}, 200,
        '... and others are served');
};

finish($t);
done_testing();
