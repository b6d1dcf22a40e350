#!/usr/bin/perl
# Feeds, keys and patchsets over the management API: names, types, defaults
# and the forms of a request as protocol.md 1.9 lists them.

use strict;
use warnings;

use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my ($old, $new) = (sha1('old'), sha1('new'));
my $api = '/admin/api';

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->deploy('K04082020_1', ["$old:1"]);
$t->deploy('K20210129_02', ["$old:2", "$new:1"]);
$t->start;

my %admin = (basic => 'admin:secret');
my %reader = (basic => 'reader:secret');

sub call {
    my ($method, $path, %o) = @_;
    my $r = $t->request($method, "$api/$path", %admin, %o);
    my $body = eval { JSON::PP::decode_json($r->{content}) };

    diag "$method $path: $r->{content}" if !ref $body;
    return ($r->{status}, $body, $r);
}

# ---- feeds ----

my ($status, $body, $r) = call(POST => 'feeds/?name=test&auto=true');
is($status, 200, 'NEW-API-5: a feed is made');
is_deeply($body->{result}, { name => 'test', auto => JSON::PP::true,
    deploy_after => 0, channel => 'default', keys => 0, servers => 0 },
    'NEW-API-5: with what was not said at its default');

($status, $body) = call(POST => 'feeds',
    headers => { 'Content-Type' => 'application/json' },
    content => '{"name": "test", "deploy_after": 12, "channel": "unstable"}');
is_deeply($body->{result}, { name => 'test', auto => JSON::PP::true,
    deploy_after => 12, channel => 'unstable', keys => 0, servers => 0 },
    'NEW-API-5, NEW-FEED-1: posting it again changes what is named, no more');

($status, $body) = call(POST => 'feeds/?name=main&auto=true');
is("$status $body->{error}", '400 main-feed',
    'NEW-API-6, FEED-13: main cannot be changed');
like($body->{message}, qr/main/, 'and a sentence says so');
($status, $body) = call(DELETE => 'feeds/main');
is("$status $body->{result}", '200 0', 'NEW-API-6: nor deleted');
for my $bad ('name=', 'name=a%20b', 'name=' . 'x' x 33, 'name=f&auto=perhaps',
    'name=f&deploy_after=-1', 'name=f&deploy_after=1e3', 'name=f&channel=gold')
{
    ($status) = call(POST => "feeds/?$bad");
    is($status, 400, "POST feeds/?" . substr($bad, 0, 30) . ' is refused');
}
($status, $body) = call(GET => 'feeds/', %reader);
is_deeply([map { $_->{name} } @{ $body->{result} }], ['main', 'test'],
    'NEW-API-6: the list begins with main, and nothing refused is in it');

# ---- keys ----

($status, $body) = call(POST => 'keys/',
    headers => { 'Content-Type' => 'application/x-www-form-urlencoded' },
    content => '');
like($body->{result}{key}, qr/\A[A-Za-z][A-Za-z0-9]{15}\z/,
    'NEW-API-8, KEY-8: an empty form makes a random key');
is($body->{result}{feed}, 'main', 'FEED-13: in the feed main');
is($body->{result}{note}, undef, 'without a note');
is($body->{result}{server_limit}, 0, 'and without a limit');
is_deeply($body->{result}{products}, [qw(kernel libcare qemu db)],
    'NEW-KEY-1: with all products');

($status, $body) = call(POST => 'keys/?key=k1&feed=test&note=two%20words'
        . '&server_limit=1&product=kernel&product=tuxcare-esu');
is($body->{result}{feed}, 'test', 'FEED-12: a key is bound to a feed');
is_deeply($body->{result}{products}, ['kernel', 'tuxcare-esu'],
    'NEW-KEY-1: products may be chosen');
$t->register('k1');
$r = $t->post('/admin/api/register?key=k1');
is($r->{status}, 400, 'KEY-10: its limit is kept');
($status, $body) = call(POST => 'keys?key=k1&server_limit=0');
is($body->{result}{note}, 'two words',
    'a change leaves alone what it does not name');
is($body->{result}{servers}, 1, 'STAT-4: servers are counted by key');
($status, $body) = call(POST => 'keys/?key=k1&note=');
is($body->{result}{note}, undef, 'an empty note takes it away');

for my $bad ('key=a%2Fb', 'key=' . 'x' x 65, 'server_limit=many',
    'product=everything', 'note=%01')
{
    ($status) = call(POST => "keys/?$bad");
    is($status, 400, "POST keys/?" . substr($bad, 0, 30) . ' is refused');
}
($status, $body) = call(DELETE => 'feeds/test');
is($body->{result}, 1, 'NEW-API-7: a feed is deleted');
($status, $body) = call(DELETE => 'feeds/test');
is("$status $body->{result}", '200 0', 'NEW-API-7: twice is no error');
($status, $body) = call(GET => 'keys/', %reader);
my ($k1) = grep { $_->{key} eq 'k1' } @{ $body->{result} };
is($k1->{feed}, 'main', 'NEW-API-9, FEED-14: its keys went to main');
($status, $body) = call(DELETE => 'keys/k1');
is($body->{result}, 1, 'NEW-API-10: a key is deleted');
is($t->sql("SELECT count(*) FROM server"), 0, 'KEY-4: with its servers');
($status, $body) = call(DELETE => 'keys/k1');
is("$status $body->{result}", '200 0', 'NEW-API-10: twice is no error');

# ---- patchsets ----

call(POST => 'feeds/?name=f1');
call(POST => 'feeds/?name=f2');

sub states {
    my ($feed) = @_;
    my (undef, $list) = call(GET => "patchsets?feed=$feed", %reader);
    return join ' ', map { "$_->{patchset}:$_->{status}" }
        @{ $list->{result} };
}

($status, $body) = call(GET => 'patchsets/', %reader);
is_deeply($body->{result}[0], { patchset => 'K04082020_1', status => 'enabled',
    distros => ['debian12'] }, 'NEW-API-11: a patchset of main');
is(states('f1'), 'K04082020_1:undeployed K20210129_02:undeployed',
    'NEW-API-11: oldest first, in a feed that has none of them');

call(POST => 'patchsets/manage?feed=f1&feed=f2'
        . '&patchset=K20210129_02&action=enable-upto');
is(states($_), 'K04082020_1:enabled K20210129_02:enabled',
    "NEW-API-12, MAN-2: enable-upto, feed may repeat: $_") for qw(f1 f2);
call(POST => 'patchsets/manage', headers =>
        { 'Content-Type' => 'application/json' }, content =>
        '{"feed": ["f1"], "patchset": "K04082020_1", "action": "disable"}');
is(states('f1'), 'K04082020_1:disabled K20210129_02:enabled',
    'NEW-API-12, MAN-4: disable, as JSON');
call(POST => 'patchsets/manage?feed=f1&patchset=K20210129_02'
        . '&action=undeploy-downto');
is(states('f1'), 'K04082020_1:disabled K20210129_02:undeployed',
    'NEW-API-12, NEW-PS-8: undeploy-downto');
call(POST => 'patchsets/manage?feed=f1&patchset=K20210129_02'
        . '&action=enable-upto');
is(states('f1'), 'K04082020_1:disabled K20210129_02:enabled',
    'MAN-5: what is disabled stays so when all are enabled');

($status, $body) = call(POST => 'patchsets/manage?feed=f2&feed=none'
        . '&patchset=K20210129_02&action=disable');
is("$status $body->{error}", '404 feed-not-found', 'a feed that is not there');
is(states('f2'), 'K04082020_1:enabled K20210129_02:enabled',
    'and then no feed is changed');
($status, $body) = call(POST => 'patchsets/manage?feed=f2'
        . '&patchset=K20210129_02&action=frob');
is("$status $body->{error}", '400 bad-action', 'an action that is none');
($status, $body) = call(GET => 'patchsets/?distro=ubuntu22.04&distro=debian12');
is(scalar @{ $body->{result} }, 2, 'NEW-PS-1: distro may repeat');
($status, $body) = call(GET => 'patchsets/?distro=ubuntu22.04');
is_deeply($body->{result}, [], 'NEW-PS-1: and filters');
($status, $body) = call(GET => 'patchsets/?product=user');
is_deeply($body->{result}, [], 'another product has its own list');

# Each product by itself: its prefix tells, and who says it need not have one.
my %name = (user => 'U20250101_01', qemu => '20250102_01-qemu', db => 'U20250103_01-db');
$t->deploy($name{$_}, [sha1($_) . ':1'], product => $_) for sort keys %name;
for my $product (sort keys %name) {
    ($status, $body) = call(GET => "patchsets/?product=$product");
    is_deeply([map { $_->{patchset} } @{ $body->{result} }], [$name{$product}],
        "NEW-API-11: patchsets of $product, and no others");
}
($status, $body) = call(GET => 'patchsets/?product=kernel');
is(scalar @{ $body->{result} }, 2, 'NEW-API-11: and those of kernels');
($status, $body) = call(POST => 'patchsets/manage?product=qemu&feed=f1'
        . '&patchset=20250102_01-qemu&action=enable');
is($status, 200, 'NEW-API-12: a name without a prefix, with its product');
($status, $body) = call(GET => 'patchsets/?product=qemu&feed=f1');
is($body->{result}[0]{status}, 'enabled', '... is managed');
($status, $body) = call(POST => 'patchsets/manage?product=db&feed=f1'
        . '&patchset=20250102_01-qemu&action=enable');
is($status, 404, '... and is no patchset of another one');

# ---- the matrix and one patchset ----

my $id = $t->register((grep { /\S/ } split /\n/,
    $t->sql("SELECT key FROM key LIMIT 1"))[0]);
$t->get("/$new/latest.v2?" . token(server_id => $id, kernel_id => $new,
    patch_level => 1));
ok(wait_for(sub { $t->sql('SELECT count(*) FROM usage WHERE level = 1') > 0 }), 'the check-in is recorded');
($status, $body) = call(GET => 'patchsets/matrix', %reader);
is_deeply([map { $_->{name} } @{ $body->{result}{feeds} }], ['main', 'f1',
    'f2'], 'PS-5: the matrix has one column a feed');
is($body->{result}{feeds}[0]{servers}, 1, 'PS-5: with its servers');
my ($row) = grep { $_->{patchset} eq 'K20210129_02' }
    @{ $body->{result}{patchsets} };
is($row->{usage}, 1, 'PS-1: usage is the number of servers on it');
is_deeply($row->{feeds}[0], { feed => 'main', status => 'enabled',
    shown => 'enabled', servers => 1, waiting => undef }, 'PS-5: state and servers in a feed');
is($row->{feeds}[1]{servers}, 0, 'PS-5: by feed');

($status, $body) = call(GET => 'patchsets/K20210129_02', %reader);
is($body->{result}{objects}, 2, 'PS-4: what one patchset holds');
is_deeply($body->{result}{distros}, ['debian12'], 'for which distributions');
is(ref $body->{result}{cves}, 'ARRAY', 'and which CVEs it fixes');
like($body->{result}{sha256}, qr/\A[0-9a-f]{64}\z/, 'from which archive');

finish($t);
done_testing();
