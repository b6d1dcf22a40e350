#!/usr/bin/perl
# kc.eportal user

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;


sub users {
    my $r = $portal->run('user', '--json');

    is($r->{exit}, 0, 'user --json succeeds') or diag $r->{err};
    return { map { $_->{username} => $_ }
            @{ decode_json($r->{out})->{users} } };
}


# The stored hash, to see that a password changed.
sub hash_of {
    my ($name) = @_;

    return qx(sqlite3 -readonly $portal->{data}/eportal.sqlite \\
        "SELECT password FROM user WHERE name = '$name'");
}


my $r = $portal->run('user');
is($r->{exit}, 0, 'no users: success');
is($r->{out}, '', '... nothing on stdout');
like($r->{err}, qr/kc\.eportal user -a/, '... stderr names the next command');
is_deeply(users(), {}, '... and JSON is an empty list');

$r = $portal->run(qw(user -a -p AdminPassword admin));
is($r->{exit}, 0, 'USER-11: user -a -p AdminPassword admin') or diag $r->{err};
is($r->{out}, "User 'admin' was added\n", 'USER-5: -a adds a user');
is($r->{err}, '', '... without a warning');
is(users()->{admin}{role}, 'admin', '... who is admin');
my $hash = hash_of('admin');
unlike($hash, qr/AdminPassword/, 'the password is not stored as it is');

$r = $portal->run('user');
like($r->{out}, qr/^USER +ROLE /m, 'USER-2: no action lists users');
like($r->{out}, qr/^admin +admin +local +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/m,
    '... with role, origin and local time');

$r = $portal->run(qw(user -c -p NewPassword admin));
is($r->{exit}, 0, 'USER-12: user -c -p NewPassword admin') or diag $r->{err};
is($r->{out}, "Password of 'admin' was changed\n", '... says so');
isnt(hash_of('admin'), $hash, '... and the hash is another one');

$r = $portal->run(qw(user -c -r readonly admin));
is($r->{out}, "User 'admin' is now readonly\n",
    'USER-13: user -c -r readonly admin');
is(users()->{admin}{role}, 'readonly', 'USER-6: -c changes a user');
$r = $portal->run(qw(user -c --role admin admin));
is($r->{out}, "User 'admin' is now admin\n", 'USER-9: --role, the long form');

$r = $portal->run(qw(user -a --password), 'long enough', '--note',
    "Büro Süd", 'second', '-r', 'readonly');
is($r->{exit}, 0, 'USER-8: --password, the long form; options after the name')
    or diag $r->{err};
is(users()->{second}{note}, "B\x{fc}ro S\x{fc}d", 'USER-10: --note');
is(users()->{second}{role}, 'readonly', 'USER-9: -r readonly when added');
$r = $portal->run('user', 'second');
like($r->{out}, qr/^second .*Büro Süd/m, 'USER-3: a name lists that user');
unlike($r->{out}, qr/^admin/m, '... and no other');
is($portal->run('user', 'nobody')->{exit}, 4, '... or is not found');
$r = $portal->run(qw(user -c second --note), '');
is(users()->{second}{note}, undef, 'USER-10: an empty note removes it');

$r = $portal->run(qw(user -a piped), { stdin => "from a pipe\nnext line\n" });
is($r->{exit}, 0, 'a password from standard input') or diag $r->{err};
$r = $portal->run(qw(user -c -p - piped), { stdin => "another one\r\n" });
is($r->{out}, "Password of 'piped' was changed\n", '-p - reads it too');
$r = $portal->run(qw(user -a none), { stdin => '' });
is($r->{exit}, 2, 'no password at all is refused');
like($r->{err}, qr/use -p, or send it on standard input/, '... with a hint');
is($portal->run(qw(user -a nul), { stdin => "abc\0defghij\n" })->{exit}, 2,
    'a NUL byte in a password is refused');
is($portal->run(qw(user -a long), { stdin => 'x' x 5000 . "\n" })->{exit}, 2,
    'a password that is too long is refused');

$r = $portal->run(qw(user -a -p abcd short));
is($r->{exit}, 2, 'AUTH-2: four characters are too short');
like($r->{err}, qr/\Akc\.eportal: .*5/, '... and the message says how many');
$r = $portal->run(qw(user -a -p abcde short));
is($r->{exit}, 0, 'AUTH-2: five are enough');
like($r->{err}, qr/warning: .*fewer than 8 characters/, '... with a warning');
for my $common (qw(password1 PassWord1)) {
    $r = $portal->run('user', '-a', '-p', $common, "x-$common");
    is($r->{exit}, 0, "ASVS 6.2.4: $common is accepted");
    like($r->{err}, qr/^kc\.eportal: warning: .*common/m, '... with a warning');
}
$r = $portal->run(qw(user -a -p password1-and-more y));
is($r->{err}, '', 'ASVS 6.2.5: no rule says what a password is made of');

$r = $portal->run(qw(user -a -p SomePassword admin));
is($r->{exit}, 5, 'a user who is there already');
like($r->{err}, qr/\Akc\.eportal: [^\n]*admin[^\n]*\n\z/, '... is one line');
is($portal->run(qw(user -c -r admin nobody))->{exit}, 4, 'change: not found');
is($portal->run(qw(user -d nobody))->{exit}, 4, 'delete: not found');
is($portal->run('user', '-a', '-p', 'SomePassword', "a\x01b")->{exit}, 2,
    'a name with control characters is refused');

$r = $portal->run(qw(user -d second));
is($r->{out}, "User 'second' was deleted\n", 'USER-7: -d deletes a user');
ok(!exists users()->{second}, '... who is gone');

# The flags of old versions.
$r = $portal->run(qw(-a old -p OldPassword));
is($r->{exit}, 0, 'TRAP-4: -a USER -p PW adds a user') or diag $r->{err};
is(users()->{old}{role}, 'admin', '... who is admin');
is($portal->run('-l')->{out}, $portal->run('user')->{out},
    'TRAP-4: -l lists users');
$hash = hash_of('old');
is($portal->run(qw(-c old -p NewerPassword))->{exit}, 0,
    'TRAP-4: -c USER -p PW changes the password');
isnt(hash_of('old'), $hash, '... to another one');
is($portal->run(qw(-r old))->{out}, "User 'old' is now readonly\n",
    'TRAP-4: -r USER makes a user readonly');
is(users()->{old}{role}, 'readonly', '... indeed');
is($portal->run(qw(-d old))->{exit}, 0, 'TRAP-4: -d USER deletes a user');
ok(!exists users()->{old}, '... who is gone');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
