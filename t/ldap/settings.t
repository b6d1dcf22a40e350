#!/usr/bin/perl
# The settings of the directory over HTTP: read, changed, and tested before
# they are saved.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Slapd;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
my $api = '/admin/api/settings/ldap';
my $plain = $slapd->url . '?tls=0';
my $name = 'uid=%s,dc=example,dc=com';
my $group = 'dc=example,dc=com??one?(&(ou=mathematicians)'
    . '(uniqueMember=uid=%s,dc=example,dc=com))';
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->start;


# Parameters in the body, as JSON.
sub call {
    my ($method, $path, $body, %o) = @_;
    my $r = $t->request($method, $path, basic => $o{basic} // 'admin:secret',
        defined $body ? (content => JSON::PP::encode_json($body),
            headers => { 'Content-Type' => 'application/json' }) : ());
    my $answer = eval { JSON::PP::decode_json($r->{content}) };

    diag "$method $path: $r->{status} $r->{content}" if !ref $answer;
    return ($r->{status}, $answer);
}


sub try {
    my ($body, %o) = @_;
    my ($status, $answer) = call(POST => "$api/test", $body, %o);

    is($status, 200, 'a test is answered') or diag explain $answer;
    return $answer->{result};
}


sub steps {
    my ($result) = @_;

    return join ' ', map { $_->{ok} ? $_->{step} : "!$_->{step}" }
        @{ $result->{steps} };
}

# ---- nothing is set ----

my ($status, $answer) = call(GET => $api);
is_deeply($answer, { result => { url => undef, connection_string => undef,
    filter => undef, admin_filter => undef, ca_file => undef, fixed => [],
    warnings => [] } }, 'nothing is set at first');
my $r = try({});
is(steps($r), '!address', 'W-10: a test of nothing names the first step');
is("$r->{failed} $r->{error}", 'address no-ldap', 'and its code');

# ---- a test before anything is saved ----

$r = try({ url => $plain });
is(steps($r), 'address name connect TLS bind filter role',
    'W-10: an address can be tried alone');
$r = try({ url => $plain, connection_string => $name, user => 'gauss',
    password => 'password', filter => $group });
is(steps($r), 'address name connect TLS bind filter role',
    'W-10: all of it before it is saved');
is_deeply([$r->{ok}, $r->{failed}, $r->{error}], [$true, undef, undef],
    'W-10: and nothing failed');
$r = try({ url => $plain, connection_string => $name, user => 'gauss',
    password => 'wrong' });
is(steps($r), 'address name connect TLS !bind', 'W-10: the step that fails');
is_deeply([$r->{ok}, $r->{failed}, $r->{error}],
    [$false, 'bind', 'bad-credentials'], 'W-10: is named');
like($r->{steps}[-1]{text}, qr/does not let .* bind/, 'with a sentence');
$r = try({ url => $slapd->url, ca_file => $slapd->other_ca });
is($r->{error}, 'ldap-tls', 'W-10: TLS that cannot be trusted');
$r = try({ url => $slapd->url, ca_file => $slapd->ca });
is($r->{ok}, $true, 'W-10: and TLS that can');
$r = try({ url => 'ldap://no-such-host.invalid' });
is($r->{failed}, 'name', 'W-10: a host that is not there');
$r = try({ url => 'http://x' });
is($r->{failed}, 'address', 'W-10: an address that is none');
($status, $answer) = call(GET => $api);
is($answer->{result}{url}, undef, 'W-10: no test saves anything');
is($t->sql("SELECT count(*) FROM audit WHERE action = 'settings.test'"), 8,
    'each is a row of the audit log');

# ---- saving ----

($status, $answer) = call(PUT => $api,
    { url => $plain, connection_string => " $name " });
is($status, 200, 'LDAP-4, LDAP-13: settings are saved');
is($answer->{result}{connection_string}, $name, 'without blanks around them');
is_deeply([map { $_->{code} } @{ $answer->{result}{warnings} }], ['no-tls'],
    'and warned about what they lack');
wait_for(sub { (call(GET => $api))[1]{result}{url} });
($status, $answer) = call(GET => $api);
is($answer->{result}{url}, $plain, 'they are told again');
my $config = JSON::PP::decode_json(slurp("$t->{base}/config/config.json"));
is($config->{LDAP_URL}, $plain, 'LDAP-4: in config/config.json');
$r = try({ user => 'tesla', password => 'password' });
is($r->{ok}, $true, 'W-10: a test without values takes what is saved');
($status, $answer) = call(PUT => $api, { filter => $group });
is($answer->{result}{url}, $plain, 'what is not named stays');
wait_for(sub { (call(GET => $api))[1]{result}{filter} });
$r = try({ user => 'tesla', password => 'password' });
is($r->{error}, 'ldap-refused', 'LDAP-39: the saved filter counts');
$r = try({ user => 'tesla', password => 'password', filter => '' });
is($r->{ok}, $true, 'W-10: unless the test has it otherwise');
my $row = $t->sql("SELECT detail FROM audit WHERE action = 'settings.change'"
    . ' ORDER BY id DESC LIMIT 1');
like($row, qr/mathematicians/, 'a change is a row of the audit log');

for my $bad ([{ url => 'http://x' }, 'ldap-url'],
    [{ connection_string => 'uid=gauss' }, 'ldap-bind'],
    [{ connection_string => '' }, 'ldap-bind'],
    [{ filter => '(uid=%s)' }, 'ldap-filter'],
    [{ admin_filter => '(uid=%s)' }, 'ldap-role'],
    [{ url => "ldap://x\ny" }, 'bad-parameter'], [{}, 'bad-parameter'],
    [{ frob => 1 }, 'bad-parameter'])
{
    my ($body, $code) = @$bad;

    ($status, $answer) = call(PUT => $api, $body);
    is("$status $answer->{error}", "400 $code",
        JSON::PP->new->canonical->encode($body) . ' is refused');
}
is(JSON::PP::decode_json(slurp("$t->{base}/config/config.json"))->{LDAP_URL},
    $plain, 'what is refused changes nothing');
($status, $answer) = call(PUT => $api, { url => '' });
is($answer->{result}{url}, undef, 'an empty value takes it away');
is((call(PUT => $api, { url => $plain }, basic => 'reader:secret'))[0], 403,
    'who only reads changes nothing');
is((call(GET => $api, undef, basic => 'reader:secret'))[0], 403,
    'and need not know how others log in');
is((call(POST => "$api/test", { url => $plain }, basic => 'reader:secret'))[0],
    403, 'nor asks the directory');
unlike($t->error_log . $t->sql('SELECT group_concat(detail) FROM audit'),
    qr/"password"|wrong/, 'no password is written down');

# ---- what the environment says ----

EPortal::Test::spew("$t->{base}/config/environment.json",
    JSON::PP::encode_json({ environment => { EPORTAL_LDAP_URL => 'ldap://fixed.test' } }));
EPortal::Test::own("$t->{base}/config/environment.json");
ok(wait_for(sub {
    my ($s, $a) = call(GET => $api);
    return $a->{result}{url} && $a->{result}{url} eq 'ldap://fixed.test'
        && "@{ $a->{result}{fixed} }" eq 'url';
}), 'NEW-INST-8: what the environment sets is told to be fixed');

finish($t);
done_testing();
