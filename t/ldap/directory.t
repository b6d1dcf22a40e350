#!/usr/bin/perl
# A directory that is asked: `kc.eportal ldap test` against a real slapd with
# the directory of the manual, in the clear, with StartTLS and with ldaps,
# and against what only pretends to be one.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use EPortal::Slapd;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my $portal = EPortal::CLI->new;
my $slapd = EPortal::Slapd->new("$portal->{dir}/slapd");
my $name = 'uid=%s,dc=example,dc=com';
my $plain = $slapd->url . '?tls=0';
my $group = 'dc=example,dc=com??one?(&(ou=mathematicians)'
    . '(uniqueMember=uid=%s,dc=example,dc=com))';
my @children;

END {
    my $status = $?;
    kill 'KILL', $_ for @children;
    waitpid $_, 0 for @children;
    $? = $status;
}


# Options: url, user, password, name, filter, admin, ca, env.
sub try {
    my (%o) = @_;
    my @args = ('--url', $o{url} // $plain, '--connection-string',
        $o{name} // $name);

    push @args, '--filter', $o{filter} if defined $o{filter};
    push @args, '--admin-filter', $o{admin} if defined $o{admin};
    push @args, '--ca-file', $o{ca} if defined $o{ca};
    push @args, '--user', $o{user} // 'gauss', '--password',
        $o{password} // 'password' if !$o{nobody};
    my $r = $portal->run('ldap', 'test', @args, { env => $o{env} // {} });
    $r->{words} = $r->{out} . ($r->{err} =~ s/\s+/ /gr);
    return $r;
}


sub works {
    my ($title, %o) = @_;
    my $r = try(%o);

    ok($r->{exit} == 0 && (!$o{says} || $r->{words} =~ $o{says}), $title)
        or diag "exit $r->{exit}: $r->{words}";
    return $r;
}


# It fails in this step, and says so in these words.
sub fails {
    my ($title, $step, $words, %o) = @_;
    my $r = try(%o);

    ok($r->{exit} != 0 && $r->{exit} < 128 && $r->{words} =~ /^\Q$step\E +FAILED/m
            && $r->{words} =~ $words, $title)
        or diag "exit $r->{exit}: $r->{words}";
    return $r;
}


# A listener of our own; code is run for each connection, none: nobody ever
# accepts. Its port.
sub listener {
    my ($code, %o) = @_;
    my $listen = IO::Socket::INET->new(Listen => $o{backlog} // 20,
        LocalAddr => '127.0.0.1') or die "listen: $!\n";
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

# ---- the manual's examples ----

my $r = works('LDAP-33, LDAP-34, LDAP-35: gauss binds');
like($r->{out}, qr/^address\ +ok.*^name\ +ok.*^connect\ +ok.*^TLS\ +ok
    .*^bind\ +ok:\ uid=gauss,dc=example,dc=com\n.*^filter\ +ok.*^role\ +ok/msx,
    'W-10: the test tells every step');
works('LDAP-1, LDAP-32, LDAP-35: tesla binds', user => 'tesla');
fails('a wrong password does not', 'bind', qr/does not let .* bind/,
    password => 'Password');
fails('nor a user who is not there', 'bind', qr/does not let .* bind/,
    user => 'newton');
works('LDAP-17, LDAP-24, LDAP-36, LDAP-37, LDAP-38, LDAP-39: the filter lets '
    . 'gauss in', filter => $group, says => qr/^filter +ok: may come in/m);
fails('LDAP-17, LDAP-39: and tesla not', 'filter',
    qr/name and password are right, but LDAP_FILTER finds nothing for tesla/,
    filter => $group, user => 'tesla');
is($slapd->logged(qr/BIND dn="(?!uid=)/), 0,
    'LDAP-2: nobody but the user ever binds');

# ---- scopes ----

my $person = '(objectClass=inetOrgPerson)';
for my $case (['base', 'uid=%s,dc=example,dc=com??base?', 1, 'LDAP-20'],
    ['empty', 'uid=%s,dc=example,dc=com???', 1, 'LDAP-20'],
    ['base above', 'dc=example,dc=com??base?', 0, 'LDAP-20'],
    ['one', 'dc=example,dc=com??one?', 1, 'LDAP-21'],
    ['one at the entry', 'uid=%s,dc=example,dc=com??one?', 0, 'LDAP-21'],
    ['sub', 'dc=example,dc=com??sub?', 1, 'LDAP-22'])
{
    my ($scope, $search, $found, $id) = @$case;

    $found ? works("$id: scope $scope finds", filter => $search . $person)
        : fails("$id: scope $scope does not", 'filter', qr/finds nothing/,
            filter => $search . $person);
}
works('LDAP-19, LDAP-23: without a filter any entry will do',
    filter => 'dc=example,dc=com??base?');
fails('LDAP-19: a base that is not there finds nothing', 'filter',
    qr/finds nothing/, filter => 'dc=nowhere,dc=com??sub?(uid=%s)');
fails('a filter that is none is told', 'filter', qr/LDAP_FILTER: Bad search/,
    filter => 'dc=example,dc=com??sub?(&(uid=%s)(!))');
works('LDAP-16: cn= may stand where uid= does', name => 'uid=%s,dc=example,dc=com',
    filter => 'dc=example,dc=com??sub?(cn=%s)');

# ---- roles ----

works('W-11: the administrators are who the second filter finds',
    admin => $group, says => qr/^role +ok: administrator$/m);
works('W-11: others are read-only', user => 'tesla', admin => $group,
    says => qr/^role +ok: read-only$/m);
fails('W-11: a broken one is trouble, no role', 'role',
    qr/LDAP_ADMIN_FILTER: Bad search/,
    admin => 'dc=example,dc=com??sub?(&(uid=%s)(!))');

# ---- Active Directory's form ----

fails('LDAP-15: %s@example.com is sent as it is', 'bind',
    qr/does not take gauss\@example\.com for a name to bind with/,
    name => '%s@example.com');
is($slapd->logged(qr/do_bind: invalid dn \(gauss\@example\.com\)/), 1,
    'LDAP-15: which is not a DN, so that slapd can but refuse it');

# ---- TLS ----

my $clear = $slapd->logged(qr/BIND dn="uid=.* ssf=0$/);
works('LDAP-5: StartTLS, the certificate being verified', url => $slapd->url,
    ca => $slapd->ca, says => qr/^TLS +ok: TLS1\.\d .*, certificate verified$/m);
works('LDAP-6, LDAP-8: ldaps', url => $slapd->tls_url, ca => $slapd->ca,
    says => qr/^TLS +ok: TLS1\.\d .*, certificate verified$/m);
is($slapd->logged(qr/BIND dn="uid=.* ssf=0$/), $clear,
    'LDAP-5: no password went before TLS');
is($slapd->logged(qr/TLS established/), 2, 'both had TLS');

my $before = $slapd->logged(qr/BIND dn="uid=/);
for my $url ($slapd->url, $slapd->tls_url) {
    my ($scheme) = $url =~ /^(\w+)/;

    fails("LDAP-9: $scheme: a certificate of another authority is refused",
        'TLS', qr/unknown authority.*LDAP_CA_FILE/, url => $url,
        ca => $slapd->other_ca);
    fails("LDAP-9: $scheme: the system's authorities do not know it", 'TLS',
        qr/unknown authority.*LDAP_CA_FILE/, url => $url);
    fails("LDAP-9: $scheme: nor whoever libldap's environment says", 'TLS',
        qr/unknown authority/, url => $url, ca => $slapd->other_ca,
        env => { LDAPTLS_REQCERT => 'never', LDAPTLS_CACERT => $slapd->ca });
}
is($slapd->logged(qr/BIND dn="uid=/), $before,
    'LDAP-9: and nobody got a password');
for my $url ($slapd->url, $slapd->tls_url) {
    works('LDAP-9: strict_check=0 takes any certificate, but keeps TLS',
        url => "$url?strict_check=0", ca => $slapd->other_ca,
        says => qr/certificate NOT verified/);
}
is($slapd->logged(qr/BIND dn="uid=.* ssf=0$/), $clear,
    'LDAP-9: no password went in the clear');

my $conf = "$portal->{dir}/ldap.conf";
EPortal::Slapd::spew($conf, <<"CONF");
URI ldap://192.0.2.1
BASE dc=nowhere
BINDDN cn=nobody
TLS_REQCERT never
TLS_CACERT @{[ $slapd->ca ]}
TLS_PEERKEY_HASH none
TLS_CIPHER_SUITE NONE
TLS_CERT /nonexistent
TLS_KEY /nonexistent
NETWORK_TIMEOUT 1
SIZELIMIT 1
REFERRALS on
DEREF always
CONF
fails('a ldap.conf cannot turn verification off', 'TLS', qr/unknown authority/,
    url => $slapd->url, ca => $slapd->other_ca, env => { LDAPCONF => $conf });
works('nor break what is right', url => $slapd->url, ca => $slapd->ca,
    filter => $group, env => { LDAPCONF => $conf });

fails('a file of authorities that is not there is told', 'TLS',
    qr/cannot open .*none\.pem.*LDAP_CA_FILE/, url => $slapd->url,
    ca => "$portal->{dir}/none.pem");
fails('and one that is no PEM', 'TLS', qr/is no PEM file/, url => $slapd->url,
    ca => $conf);

$slapd->stop;
$slapd->write_conf(certificate => 'stranger');
$slapd->start;
fails('LDAP-9: a certificate for another host is refused', 'TLS',
    qr/for another host/, url => $slapd->url, ca => $slapd->ca);
works('LDAP-9: unless nobody looks', url => $slapd->url . '?strict_check=0',
    ca => $slapd->ca);
$slapd->stop;
$slapd->{global} = 'security simple_bind=128';
$slapd->write_conf;
$slapd->start;
fails('a directory that wants TLS says so', 'bind',
    qr/wants TLS before a password.*Take tls=0 out/);
works('and is content with it', url => $slapd->url, ca => $slapd->ca);
fails('ldaps to a port that has none', 'TLS', qr/no TLS with/,
    url => "ldaps://127.0.0.1:$slapd->{port}", ca => $slapd->ca);
fails('LDAP-10: ldap to a port of ldaps', 'bind', qr/whether it wants TLS/,
    url => "ldap://127.0.0.1:$slapd->{tls_port}?tls=0");
$slapd->stop;
$slapd->{global} = 'TLSCipherSuite NORMAL:-VERS-ALL:+VERS-TLS1.1';
$slapd->write_conf;
$slapd->start;
$before = $slapd->logged(qr/BIND dn="uid=/);
fails(s/:.*//r . ': TLS 1.1 is too old', 'TLS', qr/speaks TLS1\.1: .* TLS 1\.2/,
    url => $_, ca => $slapd->ca) for $slapd->url, $slapd->tls_url;
is($slapd->logged(qr/BIND dn="uid=/), $before, '... and gets no password');
$slapd->stop;
delete $slapd->{global};
$slapd->write_conf;
$slapd->start;

# ---- injection (ASVS 1.2.6) ----

works('1.2.6: a name is one value, whatever is in it', user => q{o'*()\\neill},
    filter => 'dc=example,dc=com??sub?(&(uid=%s)(cn=%s))', admin =>
        'uid=%s,dc=example,dc=com???(objectClass=person)',
    says => qr/^role +ok: administrator$/m);
$before = $slapd->logged(qr/ BIND dn=/);
my @asked = ('*)(uid=*', '*', 'gauss)(uid=*', 'gauss,dc=example,dc=com',
    'gauss+cn=gauss', '\\00', '\\67auss', 'gauss\\', '#6761757373', '"gauss"',
    'gauss;x', '<gauss>', '%s', 'x' x 128);
for my $user (@asked) {
    fails('1.2.6: ' . substr($user, 0, 20) . ' is nobody', 'bind',
        qr/does not let/, user => $user, filter => $group);
}
is($slapd->logged(qr/ BIND dn=/) - $before, @asked,
    '1.2.6: each was one question to the directory');
is($slapd->logged(qr/SRCH base=.*(?:uid=\*|\(\?=)/), 0,
    '1.2.6: and none a search');
$before = $slapd->logged(qr/ BIND dn=/);
for my $user (' gauss', 'gauss ', "gauss\nx", "\xff", 'x' x 129, 'x' x 10_240) {
    fails('1.2.6: ' . (length $user > 20 ? length($user) . ' bytes' : 'blanks')
        . ' are asked about by nobody', 'bind',
        qr/the directory is not asked about this user name/, user => $user);
}
fails('1.2.6: an empty password is not a bind as nobody', 'bind',
    qr/empty password/, password => '');
fails('and a long one is none', 'bind', qr/1024 bytes/,
    password => 'x' x 1025);
is($slapd->logged(qr/ BIND dn=/), $before,
    '1.2.6: the directory heard of none of them');

# ---- referrals ----

my $asked = "$portal->{dir}/asked";
my $elsewhere = listener(sub { open(my $fh, '>>', $asked); print {$fh} "x" });
$slapd->modify(<<"LDIF");
dn: ou=elsewhere,dc=example,dc=com
changetype: add
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:$elsewhere/dc=example,dc=com

LDIF
fails('1.2.6: a search does not go where it is referred to', 'filter',
    qr/finds nothing/, filter => 'dc=example,dc=com??sub?(uid=nobody)');
fails('1.2.6: nor when all of it is elsewhere', 'filter',
    qr/refers to another directory, which is not followed/,
    filter => 'ou=elsewhere,dc=example,dc=com??sub?(uid=%s)');
fails('1.2.6: nor does a password', 'bind',
    qr/sends us to another directory|does not let/,
    name => 'uid=%s,ou=elsewhere,dc=example,dc=com');
ok(!-e $asked, '1.2.6: nobody asked there');

# ---- hosts ----

fails('LDAP-7: a host that is not there', 'name', qr/cannot be found.*LDAP_URL/,
    url => 'ldap://no-such-host.invalid?tls=0');
my $closed = EPortal::Slapd::free_port();
fails('LDAP-8: a port where nobody listens', 'connect',
    qr/cannot connect to 127\.0\.0\.1 port $closed/,
    url => "ldap://127.0.0.1:$closed?tls=0");
works('LDAP-7: a name is looked up', url => "ldap://localhost:$slapd->{port}"
    . '?tls=0', says => qr/^name +ok: localhost$/m);
fails('LDAP-4: an address that is none', 'address', qr/begins with ldap:/,
    url => 'http://127.0.0.1/');
works('W-10: an address can be tried before the rest is known', nobody => 1,
    name => '', says => qr/^bind +ok: not tried/m);
fails('W-10: then the rest is looked at', 'filter', qr/two \? behind the base/,
    nobody => 1, filter => '(uid=%s)');

# ---- directories that hang ----

my $silent = listener(undef);
for my $case (['?tls=0&timeout=1', 'ldap', 'bind'], ['?timeout=1', 'ldap', 'TLS'],
    ['?timeout=1', 'ldaps', 'TLS'])
{
    my ($params, $scheme, $step) = @$case;

    fails("LDAP-11: $scheme$params: nobody answers, and the wait ends", $step,
        qr/did not answer within 1 seconds/, ca => $slapd->ca,
        url => "$scheme://127.0.0.1:$silent$params");
}
# Who is not let in by accept waits for the connection itself.
my $full = listener(undef, backlog => 1);
my @crowd = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
    PeerPort => $full, Blocking => 0) } 1 .. 20;
fails('LDAP-11: a connection that does not come about', 'connect',
    qr/did not answer within 1 seconds/,
    url => "ldap://127.0.0.1:$full?tls=0&timeout=1");
my $drops = listener(sub { });
for my $url ("ldap://127.0.0.1:$drops?tls=0", "ldap://127.0.0.1:$drops",
    "ldaps://127.0.0.1:$drops")
{
    fails('a connection that is dropped is told', $url =~ /tls=0/ ? 'bind'
        : 'TLS', qr/hung up|no TLS/, url => $url, ca => $slapd->ca);
}
# An answer that is announced as long, and comes a byte at a time; a record of
# TLS likewise.
for my $case (["\x30\x84\x00\x00\xff\xff\x02\x01\x01", 'ldap', '&tls=0', 'bind'],
    ["\x16\x03\x03\x40\x00", 'ldaps', '', 'TLS'])
{
    my ($bytes, $scheme, $more, $step) = @$case;
    my $drips = listener(sub {
        my ($client) = @_;

        for my $byte (split(//, $bytes), ("\x02") x 600) {
            print {$client} $byte or last;
            sleep 0.1;
        }
    });
    fails("LDAP-11: $scheme: bytes that drip in do not prolong the wait", $step,
        qr/did not answer within 1 seconds/, ca => $slapd->ca,
        url => "$scheme://127.0.0.1:$drips?timeout=1$more");
}
my $large = listener(sub {
    my ($client) = @_;

    sysread $client, my $request, 4096;
    print {$client} "\x30\x84\x7f\xff\xff\xff", 'x' x 65536;
});
fails('an answer without measure is not waited for', 'bind',
    qr/hung up|did not answer|no LDAP/,
    url => "ldap://127.0.0.1:$large?tls=0&timeout=2");
my $garbage = listener(sub {
    my ($client) = @_;

    sysread $client, my $request, 4096;
    print {$client} "HTTP/1.1 400 Bad Request\r\n\r\n";
});
fails('nor one that is no LDAP', 'bind', qr/hung up|did not answer|no LDAP/,
    url => "ldap://127.0.0.1:$garbage?tls=0&timeout=2");

$slapd->hang;
fails('LDAP-11: a slapd that hangs, too', 'bind',
    qr/did not answer within 1 seconds \(step bind\)/, url => "$plain&timeout=1");
$slapd->go_on;
works('LDAP-11: and goes on', url => "$plain&timeout=60");

# ---- settings ----

$r = $portal->run('ldap', 'set', '--url', $plain, '--connection-string', $name);
is($r->{exit}, 0, 'LDAP-34: url and connection string are set')
    or diag $r->{err};
like($r->{err}, qr/tls=0: passwords travel in the clear/,
    'and a warning says what they lack');
$r = $portal->run('ldap', 'test', '--user', 'gauss', { stdin => "password\n" });
is($r->{exit}, 0, 'W-10: what is set is what is tested')
    or diag "$r->{out}$r->{err}";
unlike("$r->{out}$r->{err}", qr/password(?!s travel)/,
    'and the password is not shown');
$r = $portal->run('ldap', 'set', '--filter', '(uid=%s)');
is($r->{exit}, 2, 'LDAP-18: a filter that is none is not set');
like($r->{err}, qr/LDAP_FILTER must be such as/, 'LDAP-18: and told why');
is($portal->run('ldap', 'set', '--filter', $group)->{exit}, 0,
    'LDAP-37: a filter is set');
is($portal->run('ldap', 'test', '--user', 'tesla', '--password', 'password')
    ->{exit}, 3, 'LDAP-39: and keeps tesla out');
is($portal->run('ldap', 'set', '--filter', '')->{exit}, 0,
    'an empty one is taken away');
is($portal->run('ldap', 'test', '--user', 'tesla', '--password', 'password')
    ->{exit}, 0, 'and lets tesla in again');
$r = $portal->run('ldap', 'set', '--url', "ldap://h", {
    env => { EPORTAL_LDAP_URL => $plain } });
like($r->{err}, qr/LDAP_URL is also set by the environment .* which wins/,
    'what the environment says is told');
is_deeply([$portal->owned_by_root], [], 'no file in the data belongs to root')
    if $> == 0;

done_testing();
