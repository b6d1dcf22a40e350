#!/usr/bin/perl
# Browsers that log in: what begins and what ends a session, cookies, and
# passwords that are changed. Time passes in the database, not here.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $DAY = 86400;
my $t = EPortal::Test->new;

sub browser { return EPortal::Browser->new($t) }

$t->start;

# ---- nobody yet ----

my $b = browser();
my $r = $b->call(GET => 'session');
is($r->{status}, 200, 'GET session answers who is not logged in');
is($r->{body}{result}{user}, undef, '... that he is nobody');
is($r->{body}{result}{first_user}, 'kc.eportal user -a admin',
    'ASVS 6.3.2: there is no account; the command that makes one is named');
for my $password ('admin', 'password', '') {
    $r = $b->login('admin', $password);
    is("$r->{status} $r->{body}{error}", '403 no-users',
        "ASVS 6.3.2: admin cannot log in with \"$password\"");
}
like($r->{body}{message}, qr/kc\.eportal user -a/, '... and hears what to do');
is($t->sql('SELECT count(*) FROM throttle'), 0, '... nothing is held against him');

$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
$r = $b->call(GET => 'session');
is($r->{body}{result}{first_user}, undef, 'with users nothing needs a command');

# ---- a session ----

$r = $b->login('admin', 'AdminPassword');
is($r->{status}, 200, 'AUTH-6: a local user logs in');
my $cookie = $r->{headers}{'set-cookie'};
like($cookie, qr/\Aeportal=[A-Za-z0-9]{44}; Path=\/; HttpOnly; SameSite=Lax\z/,
    'ASVS 3.3.2, 3.3.4: the cookie under http; AUTH-3: of the browser session');
is($r->{body}{result}{user}{username}, 'admin', 'the answer says who he is');
is($r->{body}{result}{user}{via}, 'session', '... by a session');
is($b->user, 'admin', 'and so does GET session from then on');
is($b->call(GET => 'users/')->{status}, 200, 'the API knows him');
like($b->call(GET => 'users/')->{headers}{'cache-control'}, qr/no-store/,
    'ASVS 14.3.2: answers are not kept');

my $again = browser();
@$again{qw(name cookie csrf)} = @$b{qw(name cookie csrf)};
$r = $again->login('admin', 'AdminPassword');
isnt($again->{cookie}, $b->{cookie}, 'ASVS 7.2.4: a login makes a new session');
is($b->user, '', '... and ends the one that the browser had');
my $fixed = browser();
@$fixed{qw(name cookie)} = ('eportal', 'x' x 44);
$fixed->login('reader', 'ReaderPassword');
isnt($fixed->{cookie}, 'x' x 44, 'ASVS 7.2.4: a planted cookie is not taken over');
is($fixed->user, 'reader', '... but another one is given');
isnt($fixed->{csrf}, $again->{csrf}, 'each session has its own CSRF value');
is($t->sql("SELECT count(*) FROM session WHERE hex(hash) LIKE '%"
        . unpack('H*', $fixed->{cookie}) . "%'"), 0,
    'ASVS 7.2.3, 11.5.1: what is in the cookie is not in the database');

# ---- logout ----

$r = $fixed->call(POST => 'logout');
is($r->{status}, 200, 'a logout');
like($r->{headers}{'set-cookie'},
    qr/\Aeportal=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax\z/,
    '... takes the cookie away');
is($fixed->call(GET => 'users/')->{status}, 401,
    'ASVS 7.4.1: who kept the cookie is nobody');
is($fixed->call(POST => 'logout')->{status}, 401, '... again and again');

# ---- two browsers ----

my ($one, $two, $other) = map { browser() } 1 .. 3;
$_->login('admin', 'AdminPassword') for $one, $two;
$other->login('reader', 'ReaderPassword');
$r = $one->call(POST => 'password',
    { current => 'wrong', password => 'NewPassword' });
is("$r->{status} $r->{body}{error}", '403 wrong-password',
    'ASVS 6.2.3: the current password is required');
$r = $one->call(POST => 'password', { password => 'NewPassword' });
is($r->{status}, 403, '... and may not be left out');
$r = $one->call(POST => 'password',
    { current => 'AdminPassword', password => 'four' });
is("$r->{status} $r->{body}{error}", '400 password-too-short',
    'AUTH-2: a short one is refused');
$r = $one->call(POST => 'password?current=AdminPassword&password=NewPassword');
is("$r->{status} $r->{body}{error}", '400 secret-in-address',
    'ASVS 14.2.1: passwords are not taken from an address');
is($two->user, 'admin', 'until then nobody is logged out');
$r = $one->call(POST => 'password',
    { current => 'AdminPassword', password => 'NewPassword' });
is($r->{status}, 200, 'ASVS 6.2.2: a user changes his password');
is($one->user, 'admin', '... and stays');
is($two->user, '', 'ASVS 7.4.3: his other sessions end');
is($other->user, 'reader', '... but nobody else\'s');
is(browser()->login('admin', 'AdminPassword')->{status}, 401,
    'the old password is none');
my $long = "\x{fc}\x{20ac}" x 40;
utf8::encode(my $bytes = $long);
is(length $bytes, 200, 'a password of 200 bytes of UTF-8');
$r = $one->call(POST => 'password',
    { current => 'NewPassword', password => $long });
is($r->{status}, 200, 'ASVS 6.2.9: is taken');
is(browser()->login('admin', $long)->{status}, 200, '... and lets him in');
is(browser()->login('admin', substr $long, 0, 79)->{status}, 401,
    'ASVS 6.2.8: to the last character');

# ---- what others do to a user ----

$two->login('admin', $long);
$t->cli_ok(qw(user -c -p CliPassword admin));
is($_->user, '', 'ASVS 7.4.3: the command\'s -p ends sessions') for $one, $two;
$one->login('admin', 'CliPassword');
$t->cli_ok(qw(user -c --note same admin));
is($one->user, 'admin', 'another note does not');
is($other->call(GET => 'throttle')->{status}, 403, 'a readonly user may not');
$t->cli_ok(qw(user -c -r admin reader));
is($other->user, '', 'ASVS 7.4.2: another role ends sessions');
$other->login('reader', 'ReaderPassword');
is($other->call(GET => 'throttle')->{status}, 200, '... now he may');
$t->cli_ok(qw(user -d reader));
is($other->user, '', 'ASVS 7.4.2: who is deleted is logged out');
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
is($other->user, '', '... and stays so when somebody gets his name');

# ---- lifetime ----

sub age {
    my ($seconds, $column) = @_;

    $t->sql("UPDATE session SET $column = $column - $seconds * 1000000");
}

is($one->user, 'admin', 'a session without a lifetime');
age(29 * $DAY, 'created');
is($one->user, 'admin', 'AUTH-3: lasts for days when the browser stays open');
age(2 * $DAY, 'created');
is($one->user, '', 'ASVS 7.3.2: and ends after 30');

sub settings {
    my (%change) = @_;

    $t->write_config(%change);
    wait_for(sub {
        my $r = browser()->login('reader', 'ReaderPassword');
        my ($age) = ($r->{headers}{'set-cookie'} // '') =~ /Max-Age=(\d+)/;
        return ($age // 0) == ($change{AUTH_REFRESH_SESSION} ? 30 * $DAY
            : $change{AUTH_SESSION_LIFETIME});
    }) or die "the settings do not come";
    $t->sql('DELETE FROM session');
}

settings(AUTH_SESSION_LIFETIME => 600);
$r = $one->login('admin', 'CliPassword');
like($r->{headers}{'set-cookie'}, qr/; Max-Age=600; HttpOnly/,
    'AUTH-3: AUTH_SESSION_LIFETIME is the cookie\'s, too');
age(500, 'created');
is($one->user, 'admin', 'AUTH-4: a session lives that long');
age(101, 'created');
is($one->user, '', 'AUTH-4: and not longer, whatever was asked meanwhile');

settings(AUTH_REFRESH_SESSION => 'True');
$one->login('admin', 'CliPassword');
for (1 .. 3) {
    age(500, $_) for qw(seen created);
    is($one->user, 'admin', 'AUTH-5: each request prolongs a session');
}
age(601, 'seen');
is($one->user, '', 'AUTH-5: silence ends it');
$one->login('admin', 'CliPassword');
age(31 * $DAY, 'created');
is($one->user, '', 'ASVS 7.3.2: 30 days are enough for anybody');

# ---- the list ----

$t->sql("DELETE FROM session");
$_->login('admin', 'CliPassword', headers => { 'User-Agent' => "Browser/1" })
    for $one, $two;
$other->login('reader', 'ReaderPassword');
my @all = @{ $one->call(GET => 'sessions/')->{body}{result} };
is(join(' ', map { "$_->{username}:" . ($_->{current} ? 1 : 0) } @all),
    'reader:0 admin:0 admin:1', 'ASVS 7.5.2: an admin sees all sessions');
is($all[2]{user_agent}, "Browser/1", '... with the browser');
is($all[2]{address}, '127.0.0.1', '... and the address');
my @own = @{ $other->call(GET => 'sessions')->{body}{result} };
is(join(' ', map { $_->{username} } @own), 'reader',
    'ASVS 8.2.2: a readonly user sees his own');
$r = $other->call(DELETE => "sessions/$all[1]{id}");
is($r->{body}{result}, 0, 'ASVS 8.2.2: and cannot end another\'s');
is($two->user, 'admin', '... who stays');
is($one->call(DELETE => 'sessions/')->{body}{result}, 1,
    'ASVS 7.5.2: one ends one\'s other sessions');
is($two->user . $one->user . $other->user, 'adminreader',
    '... and no more than these');
is($one->call(DELETE => "sessions/$own[0]{id}")->{body}{result}, 1,
    'an admin ends anybody\'s');
is($other->user, '', '... who is gone');

# ---- logins are rows of the audit log ----

my %rows = map { $_ => 1 } $t->sql("SELECT DISTINCT action || ' ' || actor || "
    . "' ' || via || ' ' || result FROM audit");
ok($rows{$_}, "ASVS 16.3.1: audit: $_") for 'user.login admin session ok',
    'user.login admin session bad-credentials', 'user.logout reader session ok',
    'user.password admin session ok', 'session.end admin session ok';

finish($t);
done_testing();
