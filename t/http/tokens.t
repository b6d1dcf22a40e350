#!/usr/bin/perl
# API tokens: shown once, kept as a hash, as good as their user is when they
# are used, and whose they are.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new;

$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->cli_ok(qw(user -a -p ReaderPassword -r readonly reader));
$t->cli_ok(qw(user -a -p OtherPassword -r readonly other));
$t->start;

my %browser;
for my $name (qw(admin reader other)) {
    $browser{$name} = EPortal::Browser->new($t);
    $browser{$name}->login($name, ucfirst($name) . 'Password')->{status} == 200
        or die "login of $name";
}
my ($admin, $reader, $other) = @browser{qw(admin reader other)};

# A program with a token: status and error or result.
sub with {
    my ($token, $method, $path, %o) = @_;
    my $program = EPortal::Browser->new($t,
        headers => { $o{header} // 'X-Api-Key' => $token });
    my $r = $program->call($method, $path, $o{json});

    return "$r->{status} " . ($r->{body}{error} // $r->{body}{result} // '');
}

sub may { return (split / /, with(@_))[0] }

sub make {
    my ($browser, %o) = @_;
    my $r = $browser->call(POST => 'tokens/', \%o);

    $r->{status} == 200 or die "token: $r->{content}";
    return $r->{body}{result};
}

sub list {
    my ($browser) = @_;

    return join ' ', sort map { "$_->{username}:$_->{name}" }
        @{ $browser->call(GET => 'tokens/')->{body}{result} };
}

# ---- shown once ----

my $made = make($reader, name => 'ci');
my $token = $made->{token};
like($token, qr/\Aept_[A-Za-z0-9]{44}\z/,
    'NEW-SEC-2: a token of more than 256 bits');
is(may($token, GET => 'keys/'), 200, 'NEW-SEC-3: which X-Api-Key lets in');
my $list = $reader->call(GET => 'tokens/');
unlike($list->{content}, qr/\Q$token\E/, 'NEW-SEC-2: it is shown once');
my ($row) = @{ $list->{body}{result} };
is($row->{hint}, 'ept_...' . substr($token, -4), '... later its end alone');
is("$row->{name} $row->{username}", 'ci reader', 'NEW-SEC-2: name and user');
like($row->{created}, qr/\A\d{4}-/, 'NEW-SEC-2: when it was made');
is($row->{expires}, undef, 'NEW-SEC-2: it never expires');
like($row->{last_used}, qr/\A\d{4}-/, 'and when it was last used');
my ($status, $dump) = EPortal::Test::run_command('sqlite3', '-cmd',
    '.timeout 10000', "$t->{base}/eportal.sqlite", '.dump');
is($status, 0, 'the database is dumped');
unlike($dump, qr/\Q$token\E|\Q${\ substr $token, 4 }\E/,
    'NEW-SEC-2: the token is not in the database');
unlike(lc $dump, qr/${\ unpack 'H*', $token }/, '... nor as bytes');
require Digest::SHA;
like(lc $dump, qr/${\ Digest::SHA::sha256_hex($token) }/,
    'ASVS 11.4.2: but a hash of it');

# ---- what it may ----

is(with($token, POST => 'keys/', json => { key => 'k1' }), '403 forbidden',
    'NEW-SEC-2: a token may what its user may');
is(with($token, GET => 'session') =~ /^200/ ? 1 : 0, 1, 'it says who it is');
$t->cli_ok(qw(user -c -r admin reader));
is(may($token, POST => 'keys/', json => { key => 'k1' }), 200,
    'NEW-SEC-2: when he becomes an admin so does it');
$t->cli_ok(qw(user -c -r readonly reader));
is(may($token, DELETE => 'keys/k1'), 403, 'NEW-SEC-2: and back');
is(with($token, POST => 'tokens/', json => { name => 'more' }),
    '403 token-by-token', 'a token does not make tokens');
$reader->login('reader', 'ReaderPassword');
is(with($_, GET => 'keys/'), '401 bad-credentials', "no token: $_")
    for substr($token, 0, -1), "${token}x", lc $token, 'ept_', 'x' x 3000;
$t->sql('DELETE FROM throttle');
is($t->get('/admin/api/keys/', headers => { Authorization => "Basic $token" })
    ->{status}, 401, 'it is no Basic credential');

# ---- expiry ----

my $short = make($reader, name => 'short', expires => '2999-12-31 12:00:00');
is($short->{expires}, '2999-12-31 12:00:00.000000', 'NEW-SEC-2: an expiry');
is(make($reader, name => 'day', expires => '2999-12-31')->{expires},
    '3000-01-01 00:00:00.000000', 'NEW-SEC-2: of a day, which is the end of it');
is(may($short->{token}, GET => 'keys/'), 200, 'until then it is good');
$t->sql("UPDATE token SET expires = created WHERE name = 'short'");
is(with($short->{token}, GET => 'keys/'), '401 bad-credentials',
    'NEW-SEC-2: then no more, and no word of why');
my %expired = map { $_->{name} => $_->{expired} ? 1 : 0 }
    @{ $reader->call(GET => 'tokens/')->{body}{result} };
is_deeply(\%expired, { ci => 0, short => 1, day => 0 },
    'NEW-SEC-2: the list says which expired');
for my $bad ('2001-01-01', 'tomorrow', '2999-13-01', '2999-01-01 25:00:00') {
    my $r = $reader->call(POST => 'tokens/', { name => 'x', expires => $bad });
    is("$r->{status} $r->{body}{error}", '400 bad-expiry', "refused: $bad");
}
for my $bad ('', ' x', "a\nb", "a\0b", 'x' x 300) {
    my $r = $reader->call(POST => 'tokens/', { name => $bad });
    is("$r->{status} $r->{body}{error}", '400 bad-token-name',
        'a name that is none is refused');
}

# ---- whose they are ----

my $of_other = make($other, name => 'theirs');
my $of_admin = make($admin, name => 'top');
is(list($reader), 'reader:ci reader:day reader:short',
    'NEW-SEC-2: a readonly user sees his own');
is(list($admin), 'admin:top other:theirs reader:ci reader:day reader:short',
    'NEW-SEC-2: an admin sees all');
is($reader->call(DELETE => "tokens/$of_other->{id}")->{body}{result}, 0,
    'NEW-SEC-2: a readonly user does not revoke another\'s');
is($reader->call(DELETE => "tokens/$of_admin->{id}")->{body}{result}, 0,
    'NEW-SEC-2: nor an admin\'s');
is(may($_->{token}, GET => 'keys/'), 200, '... which are good') for $of_other,
    $of_admin;
is($reader->call(DELETE => "tokens/$row->{id}")->{body}{result}, 1,
    'NEW-SEC-2: but his own');
is(with($token, GET => 'keys/'), '401 bad-credentials',
    'NEW-SEC-2: which is over at once');
is($admin->call(DELETE => "tokens/$of_other->{id}")->{body}{result}, 1,
    'NEW-SEC-2: an admin revokes anybody\'s');
is(may($of_other->{token}, GET => 'keys/'), 401, '... which is over, too');
my $mine = make($other, name => 'mine', username => 'admin', user_id => 1);
is($mine->{username}, 'other', 'ASVS 15.3.3: nobody makes one for another');
is(may($mine->{token}, DELETE => 'keys/k1'), 403, '... by any field');
$admin->call(DELETE => 'users/other');
is(may($mine->{token}, GET => 'keys/'), 401,
    'NEW-SEC-2: without its user a token is none');

# ---- the header ----

$t->write_config(API_AUTH_HEADER => "'X-Portal-Token'");
ok($t->reload, 'API_AUTH_HEADER is another');
is(may($of_admin->{token}, GET => 'keys/', header => 'X-Portal-Token'), 200,
    'NEW-SEC-3: which lets in');
is(may($of_admin->{token}, GET => 'keys/', header => 'x-portal-token'), 200,
    'NEW-SEC-3: in any case of letters');
is(with($of_admin->{token}, GET => 'keys/'), '401 not-authenticated',
    'NEW-SEC-3: and X-Api-Key no more');
is($t->get('/admin/api/keys/', basic => 'admin:AdminPassword')->{status}, 200,
    'NEW-SEC-3: HTTP Basic does without it');

finish($t);
done_testing();
