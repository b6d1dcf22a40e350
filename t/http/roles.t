#!/usr/bin/perl
# Every route with every role, against the table in roles.expected, which
# says what each should be (ASVS 8.2.1, 8.2.2). Whether a role is let in is
# seen by the status: 401 and 403 keep out, anything else comes from behind.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use FindBin;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new(config => { METRICS_ALLOW => '[]' });
my ($kernel, $library) = (sha1('kernel'), sha1('library'));

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->cli_ok('key', '-a', 'k1');
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->deploy('U20250101_01', ["$library:1"], product => 'user');
$t->page('<title>Console</title>');
$t->start;
my $server = $t->register('k1');

my %expected;
for my $line (split /\n/, slurp("$FindBin::RealBin/roles.expected")) {
    my ($name, $who) = $line =~ /^([a-z][\w-]*)\s+(\w+)$/ or next;
    $expected{$name} = $who;
}
my %route = map { $_->{name} => $_ }
    @{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} };
is(join(' ', grep { !$expected{$_} } sort keys %route), '',
    'ASVS 8.2.1: every route has its line in roles.expected');
is(join(' ', grep { !$route{$_} } sort keys %expected), '',
    'and every line its route');

# ---- who asks ----

# A user with a token and a session: made anew for each route, because some
# routes end them.
sub credentials {
    my ($name, $kind) = @_;

    return (basic => "$name:secret") if $kind eq 'Basic';
    my $browser = EPortal::Browser->new($t);
    my $r = $browser->login($name, 'secret');
    $r->{status} == 200 or die "login of $name: $r->{content}\n";
    return (headers => $browser->headers) if $kind eq 'session';
    my $token = $browser->call(POST => 'tokens/', { name => "t$kind" });
    return (headers => { 'X-Api-Key' => $token->{body}{result}{token} });
}

my %who = (
    'nobody' => sub { () },
    'an agent' => sub { (basic => $server) },
    (map {
        my $kind = $_;
        ("reader by $kind" => sub { credentials('reader', $kind) },
            "admin by $kind" => sub { credentials('admin', $kind) })
    } qw(Basic session token)),
);

# What each gets of a route of that kind: in, 401 or 403.
sub outcome {
    my ($kind, $who) = @_;

    return 'in' if $kind eq 'all';
    return $who eq 'an agent' ? 'in' : 401 if $kind eq 'agent';
    return 401 if $who eq 'nobody' || $who eq 'an agent';
    return 'in' if $kind eq 'user' || $kind eq 'local' || $who =~ /^admin/;
    return 403;
}

# A request for something that exists, as what does not is 404 for everybody,
# that gets behind the door and does as little as possible there.
sub path_of {
    my ($pattern) = @_;
    my %value = (hash => $kernel, latest => 'latest.v2', level => 1,
        binary => 'kpatch.bin', file => 'kpatch.info', type => 'all',
        ext => 'json', key => 'none', name => 'none', id => '0',
        method => 'frob.json', prefix => 'main');

    $value{hash} = $library if $pattern =~ m{^/userspace};
    $pattern =~ s{^\[/admin\]}{/admin};
    $pattern =~ s{^\[/\{prefix\}\]}{};
    $pattern =~ s{\[/\]$}{};
    $pattern =~ s/\{(\w+)\}/$value{$1} \/\/ 'none'/ge;
    return $pattern;
}

# Files beside the levels and levels are told apart by what is asked for.
for my $name (sort grep { $expected{$_} } keys %route) {
    my $path = path_of($route{$name}{path});
    my ($method) = grep { $_ ne 'HEAD' } split /,/, $route{$name}{methods};
    my @wrong;

    for my $who (sort keys %who) {
        $t->sql("DELETE FROM throttle"); # an agent is a failed login
        my %o = $who{$who}->();
        my $r = $t->request($method, $path, %o);
        my $got = $r->{status} == 401 || $r->{status} == 403
            ? $r->{status} : 'in';
        my $code = $r->{content} =~ /"error":"([\w-]+)"/ ? $1 : '';

        # These answer so from behind the door: a wrong password, credentials
        # that the question who one is does not know.
        $got = 'in' if $code =~ /^(wrong-password|token-by-token)$/
            || $name =~ /^(login|session|sso-)/ && $code ne 'forbidden'
                && $expected{$name} eq 'all';
        my $want = outcome($expected{$name}, $who);
        push @wrong, "$who: $r->{status} $code, wanted $want" if $got ne $want;
    }
    is(join('; ', @wrong), '',
        "ASVS 8.2.1: $name: $method $path is for: $expected{$name}");
}

finish($t);
done_testing();
