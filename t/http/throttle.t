#!/usr/bin/perl
# A flood of bad logins (W-12): it becomes waiting for those who send it, and
# for nobody else; it can be seen and forgotten.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new(config => { TRUSTED_PROXIES => "['127.0.0.1']" });

$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
$t->start;

sub from {
    my ($address) = @_;

    return EPortal::Browser->new($t,
        headers => { 'X-Forwarded-For' => $address });
}

# What came of many tries: code => how often; and the answers that said wait.
my @waits;

sub tries {
    my ($count, $try) = @_;
    my %got;

    @waits = ();
    for (1 .. $count) {
        my $r = $try->($_);
        $got{ $r->{status} }++;
        push @waits, $r if $r->{status} == 429;
    }
    return \%got;
}

# Time passes in the database.
sub later {
    my ($seconds) = @_;

    $t->sql("UPDATE throttle SET last = last - $seconds * 1000000,"
        . " until = max(0, until - $seconds * 1000000)");
}

sub clear { $t->sql('DELETE FROM throttle') }

my $home = from('192.0.2.10');
is($home->login('admin', 'AdminPassword')->{status}, 200,
    'the admin has logged in from home');

# ---- one account, one address, 1,000 times ----

my $evil = from('203.0.113.66');
my $got = tries(1000, sub { $evil->login('admin', "guess-$_[0]") });
is(join(' ', sort keys %$got), '401 429',
    'W-12, ASVS 6.1.1, 6.3.1: 1,000 bad logins are 401 or 429');
cmp_ok($got->{401}, '<=', 20, "W-12: a few are tried ($got->{401})");
cmp_ok($got->{429}, '>=', 980, "W-12: the others wait ($got->{429})");
is(scalar(grep { ($_->{headers}{'retry-after'} // '') !~ /\A[1-9]\d*\z/ }
        @waits), 0, 'W-12: each 429 says how long');
is(scalar(grep { $_->{body}{error} ne 'throttled' } @waits), 0,
    '... and "throttled"');
cmp_ok($waits[-1]{headers}{'retry-after'}, '<=', 300,
    'W-12: it is not for good');
is($evil->login('admin', 'AdminPassword')->{status}, 429,
    'ASVS 6.3.1: a good password is not looked at before');
cmp_ok($t->sql('SELECT count(*) FROM throttle'), '<=', 2,
    'W-12: that are two rows, of the address and of the account');
cmp_ok($t->sql("SELECT count(*) FROM audit WHERE action = 'user.login'"
        . " AND result = 'bad-credentials'"), '<=', 20,
    'W-12: and as many rows of the audit log as were tried');
is($evil->login('reader', 'ReaderPassword')->{status}, 429,
    'the address waits, whatever account it names');

# ---- nobody else ----

is(from('198.51.100.7')->login('reader', 'ReaderPassword')->{status}, 200,
    'W-12: another account from another address logs in');
is($home->login('admin', 'AdminPassword')->{status}, 200,
    'W-12: the admin is not locked out of where he logged in before');
is(from('198.51.100.8')->login('admin', 'AdminPassword')->{status}, 200,
    'W-12: nor out of an address that never failed');
is($t->sql("SELECT count(*) FROM throttle WHERE name = 'admin'"), 0,
    'which clears his account');

# ---- the same address as the admin's ----

clear();
$got = tries(50, sub { from('192.0.2.10')->login('admin', "guess-$_[0]") });
cmp_ok($got->{429}, '>', 30, 'when it comes from his own address he waits');
cmp_ok($waits[-1]{headers}{'retry-after'}, '<=', 10,
    'W-12: but not for long, because he logged in there before');
later(11);
is($home->login('admin', 'AdminPassword')->{status}, 200, '... and is in');

# ---- one account, many addresses ----

clear();
$got = tries(200, sub {
    my $r = from("10.1.1.$_[0]")->login('admin', 'guess');
    later(1);
    return $r;
});
ok($got->{401}, 'an account is tried from 200 addresses');
my $known = from('10.1.1.1');
$got = tries(20, sub { $known->login('admin', 'guess') });
cmp_ok($waits[0]{headers}{'retry-after'}, '<=', 30,
    'W-12: which waits for the account, half a minute at most');
is($home->login('admin', 'AdminPassword')->{status}, 200,
    'W-12: and its owner does not');

# ---- the table ----

clear();
$got = tries(150, sub { from("10.2.0.$_[0]")->login("nobody-$_[0]", 'x') });
is(join(' ', grep { !/^(?:401|429)$/ } keys %$got), '',
    'names that are nobody\'s are no different');
cmp_ok($t->sql('SELECT count(*) FROM throttle'), '<=', 2 * $got->{401},
    'W-12: what is refused unseen leaves no row');
$t->sql('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
    . " WHERE i < 10000) INSERT INTO throttle (kind, name, failures, last,"
    . ' until) SELECT kind, "f" || i, 1, i, 0 FROM n, (SELECT DISTINCT kind'
    . ' FROM throttle)');
later(-2);
wait_for(sub { from('10.3.0.1')->login('flood', 'x')->{status} == 401 })
    or fail('the flood does not end');
is($t->sql('SELECT max(c) FROM (SELECT count(*) c FROM throttle GROUP BY kind)'),
    10000, 'W-12: the table has at most 10,000 rows of a kind');

# ---- Basic and tokens ----

clear();
sub by {
    my ($address, %o) = @_;
    my %headers = ('X-Forwarded-For' => $address, %{ $o{headers} || {} });
    my $r = $t->get('/admin/api/keys/', %o, headers => \%headers);

    $r->{body} = eval { JSON::PP::decode_json($r->{content}) } || {};
    return $r;
}

$got = tries(100, sub { by('10.4.0.1', basic => 'admin:guess') });
cmp_ok($got->{429}, '>', 80, 'W-12: Basic is throttled as well');
is(scalar(grep { ($_->{headers}{'retry-after'} // '') !~ /\A[1-9]\d*\z/ }
        @waits), 0, 'W-12: with Retry-After');
is(by('10.4.0.1', basic => 'admin:AdminPassword')->{status}, 429,
    'with the right password, too');
is(by('10.4.0.2', basic => 'admin:AdminPassword')->{status}, 200,
    'but nobody else is');

$home->login('admin', 'AdminPassword');
my $token = $home->call(POST => 'tokens/', { name => 'ci' })
    ->{body}{result}{token};
clear();
$got = tries(100, sub {
    by('10.5.0.1', headers => { 'X-Api-Key' => "ept_$_[0]" });
});
cmp_ok($got->{429}, '>', 80, 'W-12: so are API keys');
is(scalar(grep { ($_->{headers}{'retry-after'} // '') !~ /\A[1-9]\d*\z/ }
        @waits), 0, 'W-12: with Retry-After');
is(by('10.5.0.1', headers => { 'X-Api-Key' => $token })->{status}, 200,
    'a good one is heard meanwhile: it cannot be guessed');
is(from('10.5.0.1')->login('admin', 'AdminPassword')->{status}, 200,
    'and people there log in');

# ---- the token of config/api.token ----

clear();
mkdir "$t->{base}/config";
spew("$t->{base}/config/api.token", "Shared-Token\n");
EPortal::Test::own("$t->{base}/config", "$t->{base}/config/api.token");

sub by_key {
    my ($address, $try) = @_;

    return $t->get('/admin/api/kcare/unregister_by_key.plain?key=none'
        . "&ip=192.0.2.1&token=$try", headers => {
            'X-Forwarded-For' => $address });
}

is(by_key('10.6.0.1', 'Shared-Token')->{content}, "0\n",
    'NEW-API-16: a good token is heard');
$got = tries(100, sub { by_key('10.6.0.1', "wrong-$_[0]") });
cmp_ok($got->{200}, '<=', 10, 'ASVS 6.3.1: a few wrong ones are looked at');
cmp_ok($got->{429}, '>=', 90, 'W-12: then the address waits');
is(scalar(grep { ($_->{headers}{'retry-after'} // '') !~ /\A[1-9]\d*\z/ }
        @waits), 0, 'W-12: with Retry-After');
is($waits[0]{content}, "-1\n", 'which old clients take for an error');
is(by_key('10.6.0.1', 'Shared-Token')->{status}, 429,
    'ASVS 6.3.1: the right one, too, because people choose it');
is(by_key('10.6.0.2', 'Shared-Token')->{content}, "0\n",
    'W-12: and nobody else');
is($t->sql("SELECT count(*) FROM throttle WHERE kind <> 'token'"), 0,
    'people there log in meanwhile');

# ---- seen and forgotten ----

clear();
tries(30, sub { $evil->login('admin', 'guess') });
my @rows = @{ $home->call(GET => 'throttle/')->{body}{result} };
my %row = map { ("$_->{kind} $_->{name}" => $_) } @rows;
is(join(', ', sort keys %row), 'account admin, address 203.0.113.66',
    'W-12: who waits is seen over the API');
cmp_ok($row{'address 203.0.113.66'}{failures}, '>=', 6, '... how often');
like($row{'address 203.0.113.66'}{until}, qr/\A\d{4}-/, '... and till when');
is($home->call(DELETE => 'throttle?name=203.0.113.66')->{body}{result}, 1,
    'W-12: an address is forgiven');
is($home->call(DELETE => 'throttle?name=ADMIN')->{body}{result}, 1,
    'W-12: and an account, in any case of letters');
is($evil->login('admin', 'AdminPassword')->{status}, 200,
    'W-12: at once');
is($t->sql("SELECT count(*) FROM audit WHERE action = 'throttle.clear'"), 2,
    'which the audit log has');

tries(30, sub { $evil->login('reader', 'guess') });
like($t->cli_ok('throttle'), qr/^address +203\.0\.113\.66 /m,
    'W-12: the command shows who waits');
my $shown = JSON::PP::decode_json($t->cli_ok('throttle', '--json'))->{throttle};
is(join(' ', sort map { $_->{name} } @$shown), '203.0.113.66 reader',
    'W-12: for programs, too');
like($t->cli_ok('throttle', 'clear', 'reader'), qr/\b1\b/,
    'W-12: the command forgives one');
is($evil->login('reader', 'ReaderPassword')->{status}, 429,
    '... not the other');
$t->cli_ok('throttle', 'clear');
is($evil->login('reader', 'ReaderPassword')->{status}, 200,
    'W-12: or all, at once');
my ($status) = $t->cli('throttle', 'clear', 'nobody');
is($status, 0, 'and who did not wait is no error');

# ---- who did it ----

# As a proxy that is trusted says, in rows of the audit log and of sessions.
clear();
from('203.0.113.99')->login('reader', 'ReaderPassword');
from('203.0.113.98')->login('reader', 'guess');
is(join(' ', $t->sql("SELECT hex(ip) || '=' || result FROM audit WHERE action ="
        . " 'user.login' ORDER BY id DESC LIMIT 2")),
    'CB007162=bad-credentials CB007163=ok',
    'ASVS 15.3.4, 4.1.3: rows have the address that the proxy tells');
is($t->sql('SELECT hex(ip) FROM session ORDER BY id DESC LIMIT 1'), 'CB007163',
    'ASVS 15.3.4: and so have sessions');
$t->write_config(TRUSTED_PROXIES => undef);
ok($t->reload, 'without trusted proxies');
from('203.0.113.97')->login('reader', 'ReaderPassword');
is($t->sql("SELECT hex(ip) FROM audit WHERE action = 'user.login'"
        . ' ORDER BY id DESC LIMIT 1'), '7F000001',
    'ASVS 15.3.4: nobody says of himself where he is');
is($t->sql('SELECT hex(ip) FROM session ORDER BY id DESC LIMIT 1'), '7F000001',
    'ASVS 15.3.4: neither in a session');
$t->write_config(TRUSTED_PROXIES => "['127.0.0.1']");
ok($t->reload, 'and with one again');

# ---- a flood, and who is served meanwhile ----

clear();
my $kernel = sha1('kernel');
$t->deploy('K20250101_01', ["$kernel:1"]);
my @flooders = map { flooder($_) } 1 .. 8;

# Guesses without end, each from another address.
sub flooder {
    my ($n) = @_;
    my $parent = $$;
    my $pid = fork // die "fork: $!";

    return $pid if $pid;
    for (my $i = 0; getppid == $parent; $i++) {
        from(sprintf '10.%d.%d.%d', 100 + $n, $i / 250, 1 + $i % 250)
            ->login('admin', "guess-$i");
    }
    POSIX::_exit(0);
}

ok(wait_for(sub { $t->sql('SELECT count(*) FROM throttle') > 20 }, 60),
    'a flood of logins');
my %served;
for (1 .. 20) {
    $served{ 'level ' . $t->get("/$kernel/latest.v2")->{status} }++;
    $served{ 'keys ' . by('192.0.2.77', headers => { 'X-Api-Key' => $token })
        ->{status} }++;
}
is(join(', ', map { "$_: $served{$_}" } sort keys %served),
    'keys 200: 20, level 200: 20',
    'W-12: agents and programs are served meanwhile');
is($home->login('admin', 'AdminPassword')->{status}, 200,
    'W-12: and who logged in there before logs in');
kill 'TERM', @flooders;
waitpid $_, 0 for @flooders;

finish($t);
done_testing();
