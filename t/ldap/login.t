#!/usr/bin/perl
# Logins over HTTP that a real directory decides: the manual's examples, who
# somebody is here afterwards, roles from a group, TLS, names that try to be
# more than a name, and directories that hang.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Browser;
use EPortal::Slapd;
use EPortal::Test;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Test::More;

my $t = EPortal::Test->new;
my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
my $plain = $slapd->url . '?tls=0';
my $name = 'uid=%s,dc=example,dc=com';
my $group = 'dc=example,dc=com??one?(&(ou=mathematicians)'
    . '(uniqueMember=uid=%s,dc=example,dc=com))';
my $kernel = sha1('kernel');
my @children;

END {
    my $status = $?;
    kill 'KILL', $_ for @children;
    waitpid $_, 0 for @children;
    $? = $status;
}

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'local-secret', 'euler');
$t->cli_ok('key', '-a', 'k1');
$t->deploy('K20250101_01', ["$kernel:7"]);
$t->start;
my $server = $t->register('k1');


# Settings as they are to be; what is not named is not set.
sub configure {
    my (%o) = @_;
    my %setting = (url => 'LDAP_URL', name => 'LDAP_CONNECTION_STRING',
        filter => 'LDAP_FILTER', admin => 'LDAP_ADMIN_FILTER',
        ca => 'LDAP_CA_FILE');

    $o{url} //= $plain;
    $o{name} //= $name;
    $t->write_config(map {
        $setting{$_} => defined $o{$_} ? "'$o{$_}'" : undef
    } keys %setting);
    $t->reload or die "no reload\n";
    return;
}


# The answer, with the browser that got it. Failures of before do not count.
sub login {
    my ($user, $password) = @_;
    my $browser = EPortal::Browser->new($t);

    $t->sql('DELETE FROM throttle');
    my $r = $browser->login($user, $password // 'password');
    $r->{browser} = $browser;
    $r->{code} = $r->{body}{error} // '';
    return $r;
}


sub enters {
    my ($user, $title, $password) = @_;
    my $r = login($user, $password);

    is("$r->{status} " . ($r->{body}{result}{user}{username} // $r->{code}),
        "200 $user", $title);
    return $r;
}


sub refused {
    my ($user, $title, $password) = @_;
    my $r = login($user, $password);

    is("$r->{status} $r->{code}", '401 bad-credentials', $title);
    return $r;
}


# The directory's trouble: the login says no more, log and audit have the code.
sub trouble {
    my ($code, $title) = @_;
    my $count = sub { my $n = () = $t->error_log =~ /\Q$code\E: /g; $n };
    my $before = $count->();
    my $r = login('gauss');

    is("$r->{status} $r->{code}", '503 ldap-unavailable', $title);
    ok(wait_for(sub { $count->() == $before + 1 }), "... $code is in the log");
    is(scalar $t->sql('SELECT action, result FROM audit ORDER BY id DESC'
            . ' LIMIT 1'), "user.login|$code", '... and in the audit log');
    return;
}


# Bytes of a login, for who does not want to wait for its answer.
sub request_of_login {
    my $body = '{"username":"gauss","password":"password"}';

    return "POST /admin/api/login HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: application/json\r\nConnection: close\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}


sub row_of {
    my ($user) = @_;

    return scalar $t->sql("SELECT origin, readonly, note, password IS NULL"
        . " FROM user WHERE name = '$user'");
}


sub binds { return $slapd->logged(qr/ BIND dn=".*" method=128/) }


# A listener of our own; code is run for each connection, none: nobody ever
# accepts. Its port.
sub listener {
    my ($code) = @_;
    my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1')
        or die "listen: $!\n";
    my $port = $listen->sockport;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        my $parent = getppid;
        $SIG{PIPE} = 'IGNORE';
        $SIG{ALRM} = sub { POSIX::_exit(0) if getppid != $parent; alarm 1 };
        alarm 1;
        while (1) {
            if (!$code) {
                sleep 1;
                next;
            }
            my $client = $listen->accept or next;
            $client->autoflush(1);
            $code->($client);
            close $client;
        }
    }
    push @children, $pid;
    return $port;
}

subtest 'no directory' => sub {
    refused('gauss', 'nobody comes from a directory that is not set');
    is(binds(), 0, '... nor is one asked');
};

subtest 'address and name are enough' => sub {
    configure();
    my $r = enters('gauss', 'LDAP-33, LDAP-34, LDAP-35: gauss:password');
    my $user = $r->{body}{result}{user};

    is("$user->{origin} $user->{via}", 'ldap session',
        'LDAP-1: who can bind is in');
    is($r->{browser}->user, 'gauss', '... with a session');
    enters('tesla', 'LDAP-31, LDAP-32, LDAP-35: tesla:password');
    is(row_of('gauss'), 'ldap|1|LDAP|1',
        'LDAP-27: a user is made: read-only, noted as LDAP, no password');
    is($slapd->logged(qr/BIND dn="(?!uid=(?:gauss|tesla),)/), 0,
        'LDAP-2: nobody but they has bound');
    is($slapd->logged(qr/SRCH/), 0, 'LDAP-33: and nothing was searched for');
    is($r->{browser}->call(POST => 'keys/', { key => 'k2' })->{body}{error},
        'forbidden', 'LDAP-30: who is new changes nothing');

    my $list = $t->get('/admin/api/users', basic => 'admin:secret');
    my %row = map { $_->{username} => $_ }
        @{ JSON::PP::decode_json($list->{content})->{result} };
    is(join(' ', sort keys %row), 'admin euler gauss tesla',
        'LDAP-29: local users and those of LDAP are listed together');
    is("$row{tesla}{description} " . ($row{tesla}{readonly} ? 1 : 0),
        'LDAP 1', 'LDAP-29: with description and readonly');

    my $admin = login('admin', 'secret')->{browser};
    is($admin->call(POST => 'users/', { username => 'gauss',
        readonly => JSON::PP::false })->{status}, 200,
        'LDAP-30: an administrator makes him one');
    $r = enters('gauss', '... he logs in again');
    is($r->{browser}->call(GET => 'settings/ldap')->{status}, 200,
        'LDAP-30: as an administrator');
    is(row_of('gauss'), 'ldap|0|LDAP|1', '... without a password here');
    is($t->get('/admin/api/users', basic => 'tesla:password')->{status}, 401,
        'Basic is for local users');
};

subtest 'who is refused' => sub {
    my $before = binds();
    my $wrong = refused('gauss', 'a wrong password', 'Password');
    my $nobody = refused('newton', 'a user who is not there');
    is(binds(), $before + 2, '... were asked about');
    is($wrong->{content}, $nobody->{content}, 'their answers tell nothing');
    is(row_of('newton'), '', 'no user is made of him');
    is(join(' ', $t->sql('SELECT actor, result FROM audit WHERE action ='
            . " 'user.login' ORDER BY id DESC LIMIT 2")),
        'newton|bad-credentials gauss|bad-credentials',
        'both are in the audit log');
    is(scalar $t->sql("SELECT count(*) > 0 FROM audit WHERE actor = 'gauss'"
            . " AND action = 'user.login' AND result = 'ok' AND ip IS NOT NULL"),
        1, 'as are logins that worked');
    is(scalar $t->sql("SELECT count(*) FROM audit WHERE action = 'user.add'"
            . " AND object IN ('gauss', 'tesla') AND actor = object"), 2,
        'and that users were made');
    unlike($t->error_log, qr/password["']?\s*[:=]/i, 'no password is logged');
};

subtest 'local users come first' => sub {
    my $before = binds();

    refused('euler', "LDAP-26: the directory's password is not a local user's");
    my $r = enters('euler', 'LDAP-26: his own is', 'local-secret');
    is($r->{body}{result}{user}{origin}, 'local', '... he is local');
    refused('admin', 'LDAP-26: a local user with a wrong password', 'wrong');
    is(binds(), $before, 'LDAP-26: the directory was asked about none of it');
    $t->cli_ok('user', '-d', 'euler');
    enters('euler', 'LDAP-26: who is not found here is asked about there');
    is(row_of('euler'), 'ldap|1|LDAP|1', '... and new');
};

subtest 'every login asks' => sub {
    my $before = binds();

    enters('riemann', 'a first login');
    enters('riemann', 'LDAP-1: a second one');
    is(binds(), $before + 2, 'LDAP-1: asks the directory again');
    $slapd->modify(<<'LDIF');
dn: uid=riemann,dc=example,dc=com
changetype: modify
replace: userPassword
userPassword: zeta

LDIF
    refused('riemann', 'LDAP-1: the password of before counts no more');
    enters('riemann', 'LDAP-1: but the new one', 'zeta');
    my $in = login('riemann', 'zeta')->{browser};
    $slapd->modify("dn: uid=riemann,dc=example,dc=com\n"
        . "changetype: delete\n\n");
    refused('riemann', 'LDAP-1: who is removed there is locked out here',
        'zeta');
    is(row_of('riemann'), 'ldap|1|LDAP|1', '... though he is still listed');
    is($in->user, 'riemann', '... and his sessions go on: a password that does'
        . ' not fit ends nothing');
    is($t->cli_ok('user', '-d', 'riemann') && $in->user, '',
        'LDAP-1: until he is deleted here');
};

subtest 'who may come in no more' => sub {
    configure();
    my $one = enters('gauss', 'he logs in')->{browser};
    my $two = enters('gauss', 'twice')->{browser};
    my $token = $one->call(POST => 'tokens/', { name => 'ci' })
        ->{body}{result}{token};
    my $by_token = sub {
        return $t->get('/admin/api/feeds', headers => { 'X-Api-Key' => $token })
            ->{status};
    };
    my $other = enters('tesla', 'and so does another one')->{browser};
    configure(filter => $group =~ s/ou=mathematicians/ou=scientists/r);
    is($by_token->(), 200, 'he has a token');
    refused('gauss', 'LDAP-39: a wrong password', 'wrong');
    is($one->user, 'gauss', '... ends nothing');
    is($by_token->(), 200, '... not even a token');
    refused('gauss', 'LDAP-39: a group that he has left lets him in no more');
    is($_->user, '', 'LDAP-39: ... and ends his sessions') for $one, $two;
    is($by_token->(), 401, 'LDAP-39: ... and his tokens');
    is($other->user, 'tesla', '... and nobody else\'s');
    like($t->sql('SELECT detail FROM audit WHERE action = \'session.end\''
        . ' AND object = \'gauss\''), qr/\A\{"sessions": \d, "tokens": 1\}\z/,
        '... which the audit log has');
};

subtest 'a flood of guesses' => sub {
    configure();
    $t->sql('DELETE FROM throttle');
    my $before = binds();
    my %got;
    $got{ EPortal::Browser->new($t)->login('gauss', "guess-$_")->{status} }++
        for 1 .. 50;
    is(join(' ', sort keys %got), '401 429', 'guesses are refused, or wait');
    cmp_ok($got{429}, '>=', 40, 'ASVS 6.3.1: most of 50 wait');
    cmp_ok(binds() - $before, '<=', 10,
        'ASVS 6.3.1: the directory is not asked about them');
    is(binds() - $before, $got{401}, '... but about the others, once each');
    $t->sql('DELETE FROM throttle');
};

subtest 'a filter' => sub {
    configure(filter => $group);
    enters('gauss', 'LDAP-17, LDAP-18, LDAP-24, LDAP-25, LDAP-36, LDAP-37,'
        . ' LDAP-38, LDAP-39: gauss is let in');
    my $r = refused('tesla', 'LDAP-17, LDAP-39: tesla is refused');
    is($r->{content}, refused('tesla', 'as he is with a wrong password',
        'wrong')->{content}, '... and not told why');
    is($slapd->logged(qr/\ SRCH\ base="dc=example,dc=com"\ scope=1\ .*\ filter="
        \(&\(ou=mathematicians\)\(uniqueMember=uid=gauss,dc=example,dc=com\)\)"
        /x), 1, 'LDAP-21, LDAP-23, LDAP-25: this is what was asked');
    my $person = '(objectClass=inetOrgPerson)';
    for my $case (['uid=%s,dc=example,dc=com??base?', 1, 'LDAP-20: base'],
        ['uid=%s,dc=example,dc=com???', 1, 'LDAP-20: none, which is base'],
        ['dc=example,dc=com??base?', 0, 'LDAP-20: base, above him'],
        ['dc=example,dc=com??one?', 1, 'LDAP-21: one'],
        ['uid=%s,dc=example,dc=com??one?', 0, 'LDAP-21: one, at himself'],
        ['dc=example,dc=com??sub?', 1, 'LDAP-22: sub'],
        ['uid=nobody,dc=example,dc=com??sub?', 0, 'LDAP-19: another base'])
    {
        my ($search, $found, $title) = @$case;

        configure(filter => $search . $person);
        $found ? enters('gauss', "$title, finds him")
            : refused('gauss', "$title, does not");
    }
    configure(filter => 'dc=example,dc=com??sub?(&(uid=%s)(!))');
    trouble('ldap-filter', 'a filter that the directory does not take');
};

subtest 'roles from a group' => sub {
    my $member = "dn: ou=mathematicians,dc=example,dc=com\n"
        . "changetype: modify\n%s: uniqueMember\n"
        . "uniqueMember: uid=tesla,dc=example,dc=com\n\n";
    my $change = "SELECT count(*) FROM audit WHERE action = 'user.change' AND"
        . " object = 'tesla' AND actor = 'tesla' AND result = 'ok' AND detail";

    configure(admin => $group);
    my $r = enters('tesla', 'who is in no group');
    ok($r->{body}{result}{user}{readonly}, 'W-11: is read-only');
    my $former = $r->{browser};
    $slapd->modify(sprintf $member, 'add');
    $r = enters('tesla', 'who joins it');
    ok(!$r->{body}{result}{user}{readonly}, 'W-11: is an administrator');
    is($former->user, '', 'W-11: his session of before has ended');
    is(scalar $t->sql("$change LIKE '%\"admin\"%'"), 1,
        'W-11: and it is in the audit log');
    $former = $r->{browser};
    is($former->call(GET => 'settings/ldap')->{status}, 200, '... really');
    enters('tesla', 'a login that changes nothing');
    is($former->user, 'tesla', 'W-11: ends no session');
    $slapd->modify(sprintf $member, 'delete');
    $r = enters('tesla', 'who leaves it');
    ok($r->{body}{result}{user}{readonly}, 'W-11: is read-only again');
    is($former->user, '', 'W-11: and his session as an administrator is over');
    is($r->{browser}->call(GET => 'settings/ldap')->{status}, 403,
        '... really');
    is(scalar $t->sql("$change IS NOT NULL"), 2,
        'W-11: each change is one row of the audit log');
    $r = enters('einstein', 'and somebody new is what his group says');
    ok($r->{body}{result}{user}{readonly}, 'W-11: read-only');
    $t->cli_ok('user', '-d', 'euler');
    $r = enters('euler', 'or an administrator at once');
    ok(!$r->{body}{result}{user}{readonly}, 'W-11: if that says so');
    configure(admin => 'dc=example,dc=com??sub?(&(uid=%s)(!))');
    trouble('ldap-role', 'W-11: a question that fails gives no role at all');
};

subtest 'TLS' => sub {
    my $clear = $slapd->logged(qr/BIND dn="uid=.* ssf=0$/);

    configure(url => $slapd->url, ca => $slapd->ca);
    enters('gauss', 'LDAP-5: StartTLS, verified');
    configure(url => $slapd->tls_url, ca => $slapd->ca);
    enters('gauss', 'LDAP-6: ldaps, verified');
    is($slapd->logged(qr/TLS established/), 2, 'LDAP-5, LDAP-6: both had TLS');
    my $before = binds();
    for my $url ($slapd->url, $slapd->tls_url) {
        my ($scheme) = $url =~ /^(\w+)/;

        configure(url => $url, ca => $slapd->other_ca);
        trouble('ldap-tls', "LDAP-9: $scheme: another authority is refused");
        configure(url => $url);
        trouble('ldap-tls', "LDAP-9: $scheme: one that nobody knows, too");
    }
    is(binds(), $before, 'LDAP-9: and gets no password');
    for my $url ($slapd->url, $slapd->tls_url) {
        configure(url => "$url?strict_check=0", ca => $slapd->other_ca);
        enters('gauss', 'LDAP-9: strict_check=0 takes any');
    }
    is($slapd->logged(qr/BIND dn="uid=.* ssf=0$/), $clear,
        'LDAP-5: no password went in the clear');
    configure(url => "$plain&timeout=30");
    enters('gauss', 'LDAP-10, LDAP-12: unless tls=0 wants it so');
    is($slapd->logged(qr/BIND dn="uid=.* ssf=0$/), $clear + 1,
        'LDAP-10: then it does');
};

# A directory such as Active Directory: it takes names that are no DN. It
# writes down the name it was asked for.
subtest 'a name that is no DN' => sub {
    my $asked = "$t->{dir}/asked";
    my $port = listener(sub {
        my ($client) = @_;

        sysread $client, my $request, 4096 or return;
        my ($id, $rest) = $request =~ /\x02\x01(.)\x60.*?\x02\x01\x03(\x04.*)/s
            or return;
        my ($who, $with) = unpack 'x C/a x C/a', $rest;
        my $code = $who eq 'gauss@example.com' && $with eq 'password' ? 0 : 49;
        open(my $fh, '>>', $asked);
        print {$fh} "$who\n";
        close $fh;
        print {$client} pack 'H*', sprintf '300c0201%02x61070a01%02x04000400',
            ord $id, $code;
        sysread $client, $request, 4096; # the end
    });

    configure(url => "ldap://127.0.0.1:$port?tls=0", name => '%s@example.com');
    enters('gauss', 'LDAP-15: user@example.com binds');
    refused('gauss', 'LDAP-15: with his password only', 'wrong');
    refused('tesla', 'LDAP-15: and nobody else');
    is(slurp($asked), "gauss\@example.com\n" x 2 . "tesla\@example.com\n",
        'LDAP-13, LDAP-15: by exactly that name');
    unlink $asked;
    refused($_, "LDAP-15: $_ is not asked about") for 'gauss@example.com',
        'gauss@other.test', 'OTHER\\gauss', 'uid=gauss,dc=example,dc=com',
        'gauss*', '(gauss;x)';
    ok(!-e $asked, '... really');
};

subtest 'names in templates' => sub {
    $slapd->modify(<<'LDIF');
dn: cn=Grace Hopper,dc=example,dc=com
changetype: add
objectClass: inetOrgPerson
uid: hopper
cn: Grace Hopper
sn: Hopper
userPassword: password

LDIF
    configure(name => 'cn=%s,dc=example,dc=com',
        filter => 'cn=%s,dc=example,dc=com???(|(cn=%s)(sn=%s))');
    enters('Grace Hopper', 'LDAP-13, LDAP-16, LDAP-25: every %s is the name');
    configure();
    enters('gauss', 'LDAP-14: uid=%s,dc=example,dc=com');
};

subtest 'ASVS 1.2.6: injection' => sub {
    configure(filter => 'dc=example,dc=com??sub?(uid=%s)');
    my ($users, $before) = (scalar $t->sql('SELECT count(*) FROM user'),
        binds());
    my @asked = ('*)(uid=*', '*', 'gauss)(uid=*', 'gauss,dc=example,dc=com',
        'gauss+cn=gauss', '\\00', '\\67auss', 'gauss\\', '#6761757373',
        'gauss,', '+', ',');
    refused($_, "1.2.6: $_ is nobody") for @asked;
    is(binds(), $before + @asked, '1.2.6: each was one question');
    is($slapd->logged(qr/SRCH .*filter="\(uid=\*/), 0,
        '1.2.6: and none a search for all');
    enters(q{o'*()\\neill}, '1.2.6: a name of such characters is that name');
    $before = binds();
    for my $user ('gauss' . chr 0, "gauss\n", ' gauss', 'gauss ', 'x' x 129,
        'x' x 10_240, '')
    {
        my $r = login($user);

        like("$r->{status} $r->{code}", qr/^(?:401 bad-credentials|400 \S+)$/,
            '1.2.6: a name of ' . length($user) . ' bytes is none');
    }
    for my $password ('', 'x' x 1025, 'x' x 10_240) {
        my $r = login('gauss', $password);

        like("$r->{status} $r->{code}", qr/^(?:401 bad-credentials|400 \S+)$/,
            '1.2.6: a password of ' . length($password) . ' bytes is none');
    }
    is(binds(), $before, '1.2.6: the directory heard of none of them');
    is(scalar $t->sql('SELECT count(*) FROM user'), $users + 1,
        '1.2.6: and nobody was made a user');
};

subtest 'referrals' => sub {
    my $asked = "$t->{dir}/elsewhere";
    my $port = listener(sub { open(my $fh, '>>', $asked); print {$fh} 'x' });

    $slapd->modify(<<"LDIF");
dn: ou=elsewhere,dc=example,dc=com
changetype: add
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:$port/dc=example,dc=com

LDIF
    configure(filter => 'dc=example,dc=com??sub?(uid=nobody)');
    refused('gauss', '1.2.6: a search does not go where it is referred to');
    configure(filter => 'ou=elsewhere,dc=example,dc=com??sub?(uid=%s)');
    trouble('ldap-filter', '1.2.6: nor when all of it is elsewhere');
    configure(name => 'uid=%s,ou=elsewhere,dc=example,dc=com');
    isnt(login('gauss')->{status}, 200, '1.2.6: nor does a password');
    ok(!-e $asked, '1.2.6: nobody was asked there');
};

subtest 'nobody there' => sub {
    my $silent = listener(undef);
    my $drops = listener(sub { });
    my $closed = free_port();

    for my $scheme ('ldap', 'ldaps') {
        configure(url => "$scheme://127.0.0.1:$silent?timeout=1",
            ca => $slapd->ca);
        trouble('ldap-tls', "LDAP-11: $scheme: who never answers is left");
        configure(url => "$scheme://127.0.0.1:$drops", ca => $slapd->ca);
        trouble('ldap-tls', "LDAP-11: $scheme: who hangs up, too");
    }
    configure(url => "ldap://127.0.0.1:$silent?tls=0&timeout=1");
    trouble('ldap-bind', 'LDAP-11, LDAP-12: a bind that is not answered');
    configure(url => "ldap://127.0.0.1:$drops?tls=0");
    trouble('ldap-bind', 'LDAP-11: or dropped');
    configure(url => "ldap://127.0.0.1:$closed");
    trouble('ldap-connect', 'LDAP-8: a port where nobody listens');
    configure(url => 'ldap://no-such-host.invalid');
    trouble('ldap-name', 'LDAP-7: a host that is not there');
    enters('admin', 'LDAP-26: local users log in all the same', 'secret');
};

# What hangs holds up itself alone: four talks a worker, and threads and event
# loop for everybody else.
subtest 'a directory that hangs' => sub {
    my ($many, $at_once) = (20, 4 * $t->{workers});

    configure(url => "$plain&timeout=60");
    $slapd->hang;
    my @waiting = map {
        my $s = $t->connect;
        print {$s} request_of_login();
        $s;
    } 1 .. $many;
    my @answers;
    my $take = sub {
        my ($bits, @left) = ('');

        vec($bits, fileno $_, 1) = 1 for @waiting;
        select $bits, undef, undef, 0.05 if @waiting;
        for my $s (@waiting) {
            if (!vec $bits, fileno $s, 1) {
                push @left, $s;
                next;
            }
            local $/;
            push @answers, scalar <$s>;
        }
        @waiting = @left;
        return @answers;
    };
    ok(wait_for(sub { $take->() >= $many - $at_once }, 60),
        'who would be too many is told so');
    is(scalar(grep { /^HTTP\/1.1 503 .*"login-busy"/s } @answers),
        scalar @answers, '... to come again in a moment');
    cmp_ok(scalar @waiting, '>', 0, 'and others wait');

    my %served;
    for my $i (1 .. 10) {
        $served{login}++ if login('admin', 'secret')->{status} == 200;
        $served{api}++ if $t->get('/admin/api/keys',
            basic => 'admin:secret')->{status} == 200;
        $served{level}++ if $t->get("/$kernel/latest.v2?server_id=$server")
            ->{content} eq '7';
        $served{registration}++ if $t->register('k1', hostname => "h$i");
    }
    is_deeply(\%served, { login => 10, api => 10, level => 10,
        registration => 10 },
        'LDAP-11: local logins, API and agents are served meanwhile');
    $take->();
    is(scalar(grep { !/ 503 / } @answers), 0, '... while it hangs');
    $slapd->go_on;
    ok(wait_for(sub { $take->() == $many }, 60), 'it goes on');
    is(scalar(grep { !/^HTTP\/1.1 (?:200|503 .*"login-busy")/s } @answers), 0,
        '... and lets in who waited');
    cmp_ok(scalar(grep { /^HTTP\/1.1 200/ } @answers), '<=', $at_once,
        '... four of a worker at most');
    enters('gauss', 'and the next');
};

subtest 'nginx ends while a login waits' => sub {
    my $asked = "$t->{dir}/waits";
    my $port = listener(sub {
        open(my $fh, '>>', $asked);
        print {$fh} 'x';
        close $fh;
        sleep 600;
    });

    configure(url => "ldap://127.0.0.1:$port?tls=0&timeout=60");
    my $s = $t->connect;
    print {$s} request_of_login();
    ok(wait_for(sub { -s $asked }), 'the directory is asked, and silent');
    ok($t->stop, 'LDAP-11: nginx ends all the same');
};

finish($t);
done_testing();
