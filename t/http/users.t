#!/usr/bin/perl
# Users over the API: the list, who is made, changed and deleted, what nobody
# may do to himself, and what that means for those who are logged in.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;

$t->cli_ok(qw(user -a -p AdminPassword --note), 'the first', 'admin');
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
$t->start;

my $admin = EPortal::Browser->new($t);
$admin->login('admin', 'AdminPassword');

sub put { my %o = @_; return $admin->call(POST => 'users/', \%o) }

sub answer {
    my ($r) = @_;

    return "$r->{status} " . ($r->{body}{error} // $r->{body}{result} // '');
}

sub names {
    return join ' ', map { $_->{username} }
        @{ $admin->call(GET => 'users/')->{body}{result} };
}

sub logs_in {
    my ($name, $password) = @_;
    my $browser = EPortal::Browser->new($t);

    $t->sql('DELETE FROM throttle');
    return $browser->login($name, $password)->{status} == 200 ? $browser : undef;
}

# ---- the list ----

my $list = $admin->call(GET => 'users/')->{body}{result};
my ($first, $second) = @$list;
is(scalar @$list, 2, 'NEW-API-13: the list of users');
like(JSON::PP::encode_json([$first->{id}]), qr/\A\[\d+\]\z/,
    'NEW-API-13: id is a number');
is_deeply([@$first{qw(username description readonly)}],
    ['admin', 'the first', JSON::PP::false],
    'NEW-API-13: username, description and readonly of an admin');
is_deeply([@$second{qw(username description readonly)}],
    ['reader', undef, JSON::PP::true],
    'NEW-API-13: and of a readonly user without a description');
is_deeply($admin->call(GET => 'users')->{body}{result}, $list,
    'NEW-API-13: without the slash, too');
is($first->{origin}, 'local', 'where each comes from is said');
like($first->{last_login}, qr/\A\d{4}-\d\d-\d\d [\d:]+\.\d{6}\z/,
    'and when he was last here');
is($second->{last_login}, undef, 'or that he was not');
unlike($admin->call(GET => 'users')->{content}, qr/pass|hash|\$/,
    'ASVS 14.2.6: no password nor its hash is in it');
my $reader = logs_in('reader', 'ReaderPassword');
is(scalar @{ $reader->call(GET => 'users/')->{body}{result} }, 2,
    'a readonly user sees it, too');

# ---- made and changed ----

my $r = put(username => 'new', password => 'NewPassword', role => 'readonly',
    description => 'a note');
is($r->{status}, 200, 'USER-5: a user is made over the API');
is_deeply([@{ $r->{body}{result} }{qw(username description readonly origin)}],
    ['new', 'a note', JSON::PP::true, 'local'],
    'USER-9, USER-10: with a role and a note');
is(names(), 'admin new reader', 'USER-2: and is in the list, which is sorted');
like($t->cli_ok('user'), qr/^new\b/m, 'USER-2: as in the command\'s');
ok(my $new = logs_in('new', 'NewPassword'), 'USER-8: his password is good');
is($new->call(GET => 'keys/')->{status}, 200, 'he may read');
is(answer($new->call(POST => 'keys/', { key => 'k1' })), '403 forbidden',
    'USER-9: but not change');

$r = put(username => 'new', description => 'another');
is_deeply([@{ $r->{body}{result} }{qw(description readonly)}],
    ['another', JSON::PP::true], 'USER-6: a change is of what it names');
is($new->user, 'new', 'another note ends no session');
$r = put(username => 'new', description => '');
is($r->{body}{result}{description}, undef, 'an empty note takes it away');
$r = put(username => 'new', role => 'admin');
is($r->{body}{result}{readonly}, JSON::PP::false,
    'USER-9, USER-13: a role is changed');
is($new->user, '', 'ASVS 7.4.2: which ends his sessions');
$new = logs_in('new', 'NewPassword');
is($new->call(POST => 'keys/', { key => 'k1' })->{status}, 200,
    'USER-9: and when he is back he may change things');
put(username => 'new', password => 'OtherPassword');
is($new->user, '', 'USER-12, ASVS 7.4.3: another password ends his sessions');
ok(!logs_in('new', 'NewPassword'), 'USER-12: the old one is none');
ok($new = logs_in('new', 'OtherPassword'), 'USER-12: the new one is');
$r = $admin->call(POST => 'users?username=form&role=readonly', undef,
    headers => { 'Content-Type' => 'application/x-www-form-urlencoded' });
is(answer($r), '400 no-password', 'who is made needs a password');

# ---- what is refused ----

for my $bad (
    ['username=', 'bad-user-name', { username => '', password => 'secret' }],
    ['a name of 300', 'bad-user-name',
        { username => 'x' x 300, password => 'secret' }],
    ['a name with a line end', 'bad-user-name',
        { username => "a\nb", password => 'secret' }],
    ['a name with NUL', 'bad-user-name',
        { username => "a\0b", password => 'secret' }],
    ['a role that is none', 'bad-role',
        { username => 'x', password => 'secret', role => 'root' }],
    ['a short password', 'password-too-short',
        { username => 'x', password => '1234' }],
    ['a long note', 'bad-note',
        { username => 'x', password => 'secret', description => 'x' x 5000 }],
    ['a note with ESC', 'bad-note',
        { username => 'x', password => 'secret', description => "x\ey" }],
) {
    is(answer(put(%{ $bad->[2] })), "400 $bad->[1]", "refused: $bad->[0]");
}
is(answer($admin->call(POST => 'users?username=x&password=secret')),
    '400 secret-in-address', 'ASVS 14.2.1: nor a password in the address');
is(names(), 'admin new reader', 'and nobody was made of it');
is(answer($reader->call(POST => 'users/', { username => 'reader',
    role => 'admin' })), '403 forbidden',
    'ASVS 8.3.1: a readonly user does not make himself an admin');
is(answer($reader->call(DELETE => 'users/new')), '403 forbidden',
    'nor delete others');

# ---- oneself, and the last admin ----

is(answer($admin->call(DELETE => 'users/admin')), '400 own-account',
    'nobody deletes himself');
is(answer(put(username => 'admin', password => 'Different1')),
    '400 own-password', 'nor changes his password without the current one');
is(answer($new->call(DELETE => 'users/admin')), '200 1',
    'another admin may delete him');
is($admin->user, '', 'ASVS 7.4.2: whose session is over');
is($admin->call(DELETE => 'users/new')->{status}, 401, 'and who may no more');
$admin = $new;
is(answer(put(username => 'new', role => 'readonly')), '409 last-admin',
    'the last admin stays one');
is(answer(put(username => 'new', readonly => JSON::PP::true)),
    '409 last-admin', 'however it is said');
is(answer($admin->call(DELETE => 'users/new')), '400 own-account',
    'and stays');
is($admin->user, 'new', 'with his session');

# ---- deleted ----

$reader->call(POST => 'tokens/', { name => 'ci' })->{status} == 200
    or die 'no token';
is(answer($admin->call(DELETE => 'users/reader')), '200 1',
    'USER-7: a user is deleted');
is(answer($admin->call(DELETE => 'users/reader')), '200 0',
    'USER-7: twice is no error');
is($reader->user, '', 'ASVS 7.4.2: his session is over');
is($t->sql('SELECT count(*) FROM token'), 0, 'and his tokens are gone');
ok(!logs_in('reader', 'ReaderPassword'), 'and he is nobody');
is(names(), 'new', 'USER-2: nor in the list');
put(username => 'a b;c', password => 'secret')->{status} == 200
    or die 'no user "a b;c"';
is(answer($admin->call(DELETE => 'users/a%20b%3Bc')), '200 1',
    'a name is decoded from the address');

# ---- who is made without a role ----

$r = put(username => 'quiet', password => 'QuietPassword');
is($r->{body}{result}{readonly}, JSON::PP::true,
    'ASVS 8.2.1: who is made without a role over HTTP is readonly');
$r = put(username => 'loud', password => 'LoudPassword', role => 'admin');
is($r->{body}{result}{readonly}, JSON::PP::false, '... an admin when told');
$r = put(username => 'loud', description => 'still');
is($r->{body}{result}{readonly}, JSON::PP::false,
    '... and a change without a role leaves it');
$t->cli_ok(qw(user -a -p AnotherPassword other));
like($t->cli_ok(qw(user other)), qr/^other +admin/m,
    'USER-11: the command makes admins, as the manual has it');

# ---- names with anything in them ----

my @odd = ('a/b', 'ops/eu/anna', 'x/', '/x', 'a//b', '..', 'a/../b', 'a%2Fb',
    "m\x{fc}ller/\x{6771}", 'q?x=1&y', 'semi;colon', '#', '+', ' in side'
        =~ s/^ //r);
my $before = names();
for my $name (@odd) {
    is(put(username => $name, password => 'OddPassword')->{status}, 200,
        'a name with odd characters');
}
sub escaped {
    my ($name) = @_;

    utf8::encode($name);
    return $name =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;
}
my %in_path = map { $_ => 1 } grep { !m{^/|/$|//|\.\.} } @odd;
for my $name (@odd) {
    my $text = escaped($name);
    my $path = $in_path{$name} ? "users/$text" : "users/?username=$text";

    is(answer($admin->call(DELETE => $path)), '200 1', "DELETE $path");
    is(answer($admin->call(DELETE => $path)), '200 0', '... once');
}
is(answer($admin->call(DELETE => 'users/?username=' . $admin->user)),
    '400 own-account', 'nobody deletes himself this way either');
is(names(), $before, 'none of them is left');

finish($t);
done_testing();
