#!/usr/bin/perl
# What the console asks beside the vendor's requests: the start page, what one
# may, what one server needs, the newest patchsets, and what a change or a
# deletion would do.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my ($kernel, $other, $library) = map { sha1($_) } qw(kernel other library);
my $api = '/admin/api';
my %admin = (basic => 'admin:secret');
my %reader = (basic => 'reader:secret');
my $time = qr/\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\z/;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->cli_ok('feed', '-a', 'test');
$t->cli_ok('key', '-a', 'k1');
$t->cli_ok('key', '-a', 'k2', '--feed', 'test', '--product', 'libcare');
$t->deploy('K20250101_01', ["$kernel:1"], cve => ['CVE-2025-0001']);
$t->deploy('K20250102_01', ["$kernel:2"],
    cve => ['CVE-2025-0001', 'CVE-2025-0002']);
$t->deploy('K20250103_01', ["$kernel:3"], disabled => 1,
    cve => ['CVE-2025-0001', 'CVE-2025-0002', 'CVE-2025-0003']);
$t->deploy('U20250101_01', ["$library:1"], product => 'user', feed => 'test');
$t->start;

# { status, body, text } of a request; as nobody without %who.
sub call {
    my ($method, $path, %o) = @_;
    my $r = $t->request($method, "$api/$path", %o);

    return { status => $r->{status}, text => $r->{content},
        headers => $r->{headers},
        body => eval { JSON::PP::decode_json($r->{content}) } || {} };
}

sub result {
    my ($path, %who) = @_;

    return call(GET => $path, %admin, %who)->{body}{result};
}

sub check_in {
    my ($id, %facts) = @_;

    my $r = $t->request(POST => "$api/kcare/checkin.json",
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->ascii->encode({ server_id => $id, %facts }));
    is($r->{status}, 200, 'a server checks in');
}

my @id = ((map { $t->register('k1') } 1 .. 4), $t->register('k2'));
check_in($id[0], kernel_id => $kernel, patch_level => 1, distro => 'Ubuntu',
    release => '5.4', euname => '5.4-1');
check_in($id[1], kernel_id => $kernel, patch_level => 2, distro => 'Ubuntu',
    release => '5.4', euname => '5.4-2');
check_in($id[2], kernel_id => $other, patch_level => 0, distro => 'Debian',
    release => '6.1');
check_in($id[4], kernel_id => $kernel, patch_level => 9, distro => 'Ubuntu',
    release => '5.4', euname => '5.4-9');
ok(wait_for(sub { result('status')->{servers}{active} == 4 }),
    'four servers have checked in');
$t->sql("UPDATE checkin SET time = 5 WHERE server ="
        . " (SELECT id FROM server WHERE server_id = '$id[1]')");

# ---- the start page ----

my $start = call(GET => 'start');
is($start->{status}, 200, 'AUTH-1: the start page is for everybody');
is_deeply($start->{body}{result}{servers},
    { total => 5, active => 3, silent => 1, never => 1, updated => 1,
        outdated => 1, unsupported => 3 },
    'STAT-2, STAT-3: its counters, out of date among them');
is_deeply([@{ $start->{body}{result} }{qw(keys feeds)}], [2, 2],
    '... keys and feeds');
unlike($start->{text}, qr/k1|$id[0]|Ubuntu|127\.0\.0/,
    '... and nothing of any one server');
like($start->{headers}{'content-security-policy'} // '', qr/default-src/,
    'ASVS 3.4.3: with the headers of an answer for browsers');
my $overview = result('overview');
is_deeply([@{ $start->{body}{result}{servers} }
            {qw(total active silent never updated outdated unsupported)}],
    [@$overview{qw(total active silent never updated outdated unsupported)}],
    'the kept counters are what counting gives');

# With the Host of somebody's choice.
sub at_host {
    my ($path, $host, @more) = @_;
    my ($r) = responses($t->raw(join "\r\n", "GET $api/$path HTTP/1.1",
            "Host: $host", 'Connection: close', @more, '', ''));

    return ($r->[0], eval { JSON::PP::decode_json($r->[2]) } || {});
}

is((at_host('start', 'a;b'))[0], 400,
    'ASVS 4.1.3: a host that is none is refused');

my $session = call(GET => 'session')->{body}{result};
is_deeply($session->{allowed},
    { start => JSON::PP::true, read => JSON::PP::false,
        change => JSON::PP::false }, 'AUTH-1: nobody may see the start page');
is_deeply(result('session', %reader)->{allowed},
    { start => JSON::PP::true, read => JSON::PP::true,
        change => JSON::PP::false }, 'a readonly user may read');
is_deeply(result('session')->{allowed},
    { start => JSON::PP::true, read => JSON::PP::true,
        change => JSON::PP::true }, 'an admin may change');

$t->write_config(AUTH_RESTRICTED_INDEX => 'True');
ok(wait_for(sub { call(GET => 'start')->{status} == 401 }),
    'AUTH-1: AUTH_RESTRICTED_INDEX closes the start page');
is(call(GET => 'start', %reader)->{status}, 200, '... but to users');
is(call(GET => 'session')->{body}{result}{allowed}{start}, JSON::PP::false,
    '... and the session says so');
$t->write_config(AUTH_RESTRICTED_INDEX => undef);

# ---- the portal's own address ----

is($session->{base_url}, "http://127.0.0.1:$t->{port}",
    'the address that the request came to');
my ($code, $balanced) = at_host('session', 'portal.example',
    'X-Forwarded-Proto: https');
is($balanced->{result}{base_url}, 'https://portal.example',
    'as a balancer on a private address tells it');
is((at_host('session', 'a;rm$IFS-rf'))[0], 400,
    'ASVS 4.1.3: never one that a shell would run');

# ---- one server ----

my $server = result("servers/$id[0]");
is_deeply($server->{patch}{$_},
    { level => $_ eq 'current' ? 1 : $_ eq 'available' ? 2 : 3,
        patchset => $_ eq 'current' ? 'K20250101_01'
            : $_ eq 'available' ? 'K20250102_01' : 'K20250103_01',
        appeared => $server->{patch}{$_}{appeared} },
    "W-4: $_: the level and who published it")
    for qw(current available newest);
like($server->{patch}{current}{appeared}, $time, '... and since when');
is_deeply([@{ $server->{patch} }{qw(supported updated)}],
    [JSON::PP::true, JSON::PP::false], 'W-4: it is out of date');
is_deeply($server->{patch}{cves},
    { fixed => ['CVE-2025-0001'], missing => ['CVE-2025-0002'],
        later => ['CVE-2025-0003'] },
    'W-4: what it is free of, lacks, and could only get from another feed');
is_deeply(result("servers/$id[1]")->{patch}{cves},
    { fixed => ['CVE-2025-0001', 'CVE-2025-0002'], missing => [],
        later => ['CVE-2025-0003'] }, 'W-4: one that has its feed\'s level');

my $patch = result("servers/$id[2]")->{patch};
is_deeply([@$patch{qw(supported updated current available newest)}],
    [JSON::PP::false, JSON::PP::false, undef, undef, undef],
    'a kernel that no patchset knows');
$patch = result("servers/$id[3]")->{patch};
is_deeply([@$patch{qw(supported current)}, $patch->{cves}{missing}],
    [JSON::PP::false, undef, []], 'a server that told nothing');
$patch = result("servers/$id[4]")->{patch};
is_deeply($patch->{current}, { level => 9, patchset => undef, appeared => undef },
    'a level that nobody here published');
is($patch->{available}, undef, '... under a key without KernelCare');

is_deeply($server->{history}, [], 'nothing was done to it yet');
is(call(POST => "set_tags?server_id=$id[0]&tags=env:prod", %admin)->{status},
    200, 'a tag is set');
$server = result("servers/$id[0]");
is_deeply([map { "$_->{actor} $_->{action} $_->{result}" }
            @{ $server->{history} }], ['admin server.tags ok'],
    'NEW-TAG-2: which the server\'s history tells');
is_deeply($server->{portal_tags}, [{ name => 'env', value => 'prod' }],
    'NEW-TAG-2: beside its tags');
is(result("servers/$id[0]", %reader)->{history}, undef,
    'ASVS 8.2.1: the audit log is not for readonly users');

# ---- patchsets ----

my $newest = result('patchsets/newest?limit=3');
is(scalar @$newest, 3, 'the newest patchsets');
my %of = map { $_->{patchset} => $_ } @{ result('patchsets/newest') };
is_deeply([sort keys %of],
    [qw(K20250101_01 K20250102_01 K20250103_01 U20250101_01)], '... or all');
is_deeply([@{ $of{U20250101_01} }{qw(product enabled downloaded)}],
    ['user', ['test'], JSON::PP::true], '... of all products, and their feeds');
is_deeply($of{K20250103_01}{enabled}, [], '... or none');
is_deeply([map { $_->{patchset} }
            @{ result('patchsets/newest?product=user') }], ['U20250101_01'],
    '... or of one product');

my $matrix = result('patchsets/matrix?patchset=20250102_01');
is_deeply([map { $_->{patchset} } @{ $matrix->{patchsets} }],
    ['K20250102_01'], 'one row of the matrix, for its dialog');
is_deeply([map { "$_->{feed} $_->{status}" }
            @{ $matrix->{patchsets}[0]{feeds} }],
    ['main enabled', 'test undeployed'], 'with its state in each feed');
is(call(GET => 'patchsets/matrix?patchset=x', %admin)->{body}{error},
    'bad-patchset-name', '... a name that is none');

# What would happen, and that nothing did.
sub preview {
    my ($query) = @_;
    my $before = $t->sql('SELECT * FROM patchset_feed');
    my $rows = $t->sql("SELECT count(*) FROM audit WHERE result = 'ok'");
    my $r = call(POST => "patchsets/manage?dry_run=true&$query", %admin);

    is($t->sql('SELECT * FROM patchset_feed'), $before, '... changes nothing');
    is($t->sql("SELECT count(*) FROM audit WHERE result = 'ok'"), $rows,
        '... nor records it');
    return [$r->{body}{error} // map { join ' ', @$_{qw(feed patchset from to)} }
            @{ $r->{body}{changes} }];
}

is_deeply(preview('action=enable-upto&patchset=K20250103_01&feed=test&feed=main'),
    ['test K20250101_01 undeployed enabled',
        'test K20250102_01 undeployed enabled',
        'test K20250103_01 undeployed enabled'],
    'W-9: what enable-upto would do in two feeds; not to what is disabled');
is_deeply(preview('action=enable&patchset=K20250103_01'),
    ['main K20250103_01 disabled enabled'], 'W-9: enable');
is_deeply(preview('action=undeploy-downto&patchset=K20250102_01'),
    ['main K20250102_01 enabled undeployed',
        'main K20250103_01 disabled undeployed'], 'W-9: undeploy-downto');
is_deeply(preview('action=enable&patchset=K20250101_01'), [],
    'W-9: what is so already');
is_deeply(preview('action=enable&patchset=K20990101_01'),
    ['patchset-not-found'], 'W-9: what cannot be');
unlike($t->error_log, qr/was enabled in test/, 'W-9: and no log says it was');
is(call(POST => 'patchsets/manage?dry_run=true&action=enable'
            . '&patchset=K20250101_01', %reader)->{status}, 403,
    'a preview is for who may do it');
is(call(POST => 'patchsets/manage?dry_run=maybe&action=enable'
            . '&patchset=K20250103_01', %admin)->{body}{error},
    'bad-parameter', 'W-9: what is neither yes nor no does nothing');
is(call(POST => 'patchsets/manage?dry_run=false&action=enable'
            . '&patchset=K20250103_01', %admin)->{text},
    '{"result":"ok"}', 'W-9: and false is the real thing');

# ---- feeds, keys, tags, servers: what a deletion takes ----

is_deeply({ map { $_->{name} => $_->{servers} } @{ result('feeds') } },
    { main => 4, test => 1 }, 'PS-5: feeds with their servers');
my $counts = 'SELECT (SELECT count(*) FROM server), (SELECT count(*) FROM key),'
    . ' (SELECT count(*) FROM feed), (SELECT count(*) FROM tag)';
my $there = $t->sql($counts);
for my $case (
    ['DELETE', 'feeds/test', { result => 1, keys => 1, servers => 1 }],
    ['DELETE', 'feeds/none', { result => 0, keys => 0, servers => 0 }],
    ['DELETE', 'feeds/main', { result => 0, keys => 0, servers => 0 }],
    ['DELETE', 'keys/k1', { result => 1, servers => 4 }],
    ['DELETE', 'keys/none', { result => 0, servers => 0 }],
    ['DELETE', 'tags/env', { result => 1, servers => 1 }],
    ['DELETE', 'tags/none', { result => 0, servers => 0 }],
    ['DELETE', 'servers?checkin_age=3', { result => 1 }],
    ['POST', 'servers/bulk?action=delete&key=k1',
        { result => 4, selected => 4, complete => JSON::PP::true,
            next => undef }],
) {
    my ($method, $path, $answer) = @$case;
    my $query = $path . ($path =~ /\?/ ? '&' : '?') . 'dry_run=true';

    is_deeply(call($method, $query, %admin)->{body}, $answer,
        "W-9: $method $query tells what would go");
    is(call($method, $query, %reader)->{status}, 403, '... not to readers');
    is($t->sql($counts), $there, '... and takes nothing');
}
is(call(DELETE => 'keys/k1?dry_run=x', %admin)->{status}, 400,
    'W-9: a word that is neither yes nor no deletes nothing');
is($t->sql($counts), $there, '... indeed');

# ---- the overview's tables ----

my %distro = map { $_->{name} => $_ } @{ $overview->{distros} };
my @columns = qw(kernelcare_active kernelcare_silent libcare_active
    libcare_silent);
is_deeply([@{ $distro{Ubuntu} }{'total', @columns}], [3, 1, 1, 2, 1],
    'distributions by the products of their servers');
my %release = map { $_->{name} => $_ } @{ $overview->{kernels} };
is_deeply([@{ $release{'6.1'} }{'total', @columns}], [1, 1, 0, 1, 0],
    'kernels likewise');
is_deeply([sort map { $_->{name} } @{ $overview->{effective_kernels} }],
    ['5.4-1', '5.4-2', '5.4-9', 'unknown'],
    'all effective kernels');

# ---- settings, jobs, audit ----

$t->sql("UPDATE patchset SET distros = 'mylinux9,centos7'"
        . " WHERE name = 'K20250101_01'");
my $labels = result('settings/source')->{known_distros};
is(scalar(grep { $_ eq 'mylinux9' } @$labels), 1,
    'SRC-4: labels of patchsets here can be chosen');
is(scalar(grep { $_ eq 'centos7' } @$labels), 1, '... each once');
is_deeply($labels, [sort @$labels], '... sorted');
cmp_ok(scalar @$labels, '>=', 47, '... with the vendor\'s');
$t->sql("INSERT INTO job (name, period, jitter, due, started, ended, succeeded,"
        . " failures, result) VALUES ('poll', 600, 0, 1, 9000000, 9500000,"
        . " 5000000, 2, 'no route')");
$t->write_config(PATCH_SOURCE_URL => "'http://127.0.0.1:9/'",
    PATCH_SOURCE_USER => "'me'", PATCH_SOURCE_PASSWORD => "'x'");
my ($poll) = grep { $_->{name} eq 'poll' } @{ result('jobs') };
is($poll->{succeeded}, '1970-01-01 00:00:05.000000',
    'REL-3: a job tells its last good run');
ok(wait_for(sub { defined result('status')->{patch_source} }),
    'the source is set');
my $status = result('status');
is_deeply([@$status{qw(last_good_poll poll_failures last_poll_result)}],
    ['1970-01-01 00:00:05.000000', 2, 'no route'],
    'REL-3: the last poll that went well, and what goes wrong since');
is_deeply($status->{withdrawn}, {}, 'the source has taken nothing back');

# What the patch source says of a patchset; channels: 1 default, 2 test.
sub upstream {
    my ($product, $name, $channels, $state) = @_;
    my ($date, $number) = $name =~ /^[KU](\d{8})_(\d\d)$/ or die $name;

    $t->sql('INSERT INTO upstream (product, ord, name, appeared, released,'
        . ' channels, status, wanted, path, size, sha256, seen) VALUES'
        . " ('$product', $date * 1000000 + $number, '$name', 1, 0, $channels,"
        . " '$state', 1, '$name', 1, x'00', 1)");
}

upstream(kernel => 'K20250101_01', 1, 'gone');      # enabled in main
upstream(kernel => 'K20250102_01', 1, 'available'); # likewise, and offered
upstream(kernel => 'K20250103_01', 1, 'disabled');  # likewise
upstream(user => 'U20250101_01', 2, 'available');   # not for this channel
is_deeply(result('status')->{withdrawn}, { kernel => 2, user => 1 },
    'NEW-PS-4: how many patchsets are enabled here and not offered any more');
$t->sql("UPDATE upstream SET status = 'blocked' WHERE ord = 20250101 * 1000000 + 1;"
    . " UPDATE feed SET channel = 'test' WHERE name = 'test'");
is_deeply(result('status')->{withdrawn}, { kernel => 1 },
    'NEW-PS-4: ... as the matrix shows it: blocked is another state');
my @marked = grep { grep { $_->{shown} eq 'enabled (!)' } @{ $_->{feeds} } }
    map { @{ result("patchsets/matrix?product=$_")->{patchsets} } }
    qw(kernel user);
is(scalar @marked, 1, 'NEW-PS-4: ... which marks as many');

# ---- the password of one patch source is not for another ----

sub source {
    my ($method, $path, $change) = @_;
    my $r = call($method, $path, %admin, content => json($change),
        headers => { 'Content-Type' => 'application/json' });

    return "$r->{status} " . ($r->{body}{error} // '');
}

my $elsewhere = 'http://127.0.0.2:9/';
my $secret = "$t->{base}/environment/EPORTAL_PATCH_SOURCE_PASSWORD";
is(source(PUT => 'settings/source', { url => $elsewhere }),
    '400 password-needed', 'SRC-3: another address needs its password');
is(source(POST => 'settings/source/test', { url => $elsewhere }),
    '400 password-needed', 'SRC-3: ... a test of it, too');
is(source(PUT => 'settings/source', { url => 'http://127.0.0.1:9/other/' }),
    '200 ', 'SRC-3: ... another path on the same server does not');
for my $bad ('gopher://127.0.0.1/', 'http://me:secret@127.0.0.1:9/', 'x') {
    is(source(PUT => 'settings/source', { url => $bad }), '400 source-url',
        "SRC-3: $bad is no address of a source");
}
mkdir "$t->{base}/environment";
spew($secret, "from the environment\n");
ok(wait_for(sub {
    result('settings/source')->{origins}{password} =~ /^envdir / }),
    'the environment says the password');
is(source(PUT => 'settings/source',
        { url => $elsewhere, password => 'y' }),
    '400 password-fixed', 'SRC-3: one of the environment is not for another');
unlink $secret;
ok(wait_for(sub {
    result('settings/source')->{origins}{password} !~ /^envdir / }), '... no more');
is(source(PUT => 'settings/source', { url => $elsewhere, password => 'y' }),
    '200 ', 'SRC-3: with its password another address is saved');


# Not by way of an address that is none, which a file can name.
$t->write_config(PATCH_SOURCE_URL => "'gopher://127.0.0.1/'");
unlink "$t->{base}/config/config.json";
ok(wait_for(sub { result('settings/source')->{url} =~ /^gopher/ }),
    'the file names what is no address');
is(source(PUT => 'settings/source', { url => $elsewhere }),
    '400 password-needed', 'SRC-3: ... and the password stays');

is_deeply([@{ result('audit?via=cli&action=user.') }
            ? map { $_->{via} } @{ result('audit?via=cli&action=user.') } : ()],
    ['cli', 'cli'], 'W-2: the audit log by the way somebody came');
is_deeply(result('audit?via=basic&action=user.'), [], '... none this way');

finish($t);
done_testing();
