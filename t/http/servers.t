#!/usr/bin/perl
# Servers over the management API: the vendor's requests with their names and
# types, and ours: one server, many at once, tags, statistics, the list to
# take away. That filters and sorts are right, t/unit/server_list.c shows.

use strict;
use warnings;

use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');
my $api = '/admin/api';

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('key', '-a', $_) for qw(k1 k2);
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->deploy('K20250201_01', ["$kernel:2"], disabled => 1);
$t->start;

my %admin = (basic => 'admin:secret');
my @id = map { $t->register('k1') } 1 .. 5;

sub call {
    my ($method, $path, %o) = @_;
    my $r = $t->request($method, "$api/$path", %admin, %o);
    my $body = eval { JSON::PP::decode_json($r->{content}) };

    return ($r->{status}, $body, $r);
}

sub check_in {
    my ($id, %facts) = @_;
    my $r = $t->request(POST => "$api/kcare/checkin.json",
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->ascii->encode({ server_id => $id, %facts }));
    is($r->{status}, 200, "$facts{hostname} checks in");
}

check_in($id[0], hostname => 'web-1.example.com', kernel_id => $kernel,
    patch_level => 1, uptime => 100, distro => 'Ubuntu');
check_in($id[1], hostname => '=cmd|x', kernel_id => $kernel, patch_level => 0);
check_in($id[2], hostname => "a\"b,100%_\x{fc}", kernel_id => $kernel,
    patch_level => 2);
my ($status, $body, $r);
for (1 .. 100) {
    ($status, $body) = call(GET => 'servers?hostname=%25&state=active');
    last if $body->{count} == 3;
    select undef, undef, undef, 0.2;
}
is($body->{count}, 3, 'NEW-API-1, NEW-SRV-2: three servers are active');

# ---- lists ----

($status, $body) = call(GET => 'servers');
is_deeply([@$body{qw(count limit offset)}], [5, 10, 0],
    'NEW-API-1: ten of all servers unless somebody says otherwise');
my ($web) = grep { $_->{id} eq $id[0] } @{ $body->{result} };
is($web->{hostname}, 'web-1.example.com', 'SRV-2: with their names');
is("$web->{key} $web->{feed} $web->{patch_level} $web->{uptime}",
    'k1 main 1 100', 'SRV-1, SRV-3: key, feed, level and uptime');
like($web->{$_}, qr/\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\z/,
    "SRV-2: $_ is a time") for qw(registered checkin);
is($web->{tags}, undef, 'NEW-API-1: no tags are null');
is_deeply({ map { $_->{id} => $_->{patchset} } @{ $body->{result} } },
    { $id[0] => 'K20250101_01', $id[2] => 'K20250201_01',
        map { $_ => undef } @id[1, 3, 4] },
    'SRV-2: the patchset that a server runs, if it is also disabled');
($status, $body) = call(GET => "servers/$id[2]");
is($body->{result}{patchset}, 'K20250201_01', 'SRV-2: and of one of them');
($status, $body) = call(GET => 'servers?only_count=true&hostname=WEB-%25');
is("$body->{count} @{ $body->{result} }", '1 ',
    'NEW-API-1: a pattern without regard to case, and only a count');
($status, $body) = call(GET => "servers?service_id=$id[3]");
is($body->{result}[0]{id}, $id[3], 'NEW-API-1: service_id is the id');
($status, $body) = call(GET => 'servers?is_updated=false');
is($body->{result}[0]{id}, $id[1], 'NEW-API-1: what is out of date');
($status, $body) = call(GET => 'servers?search=100%25_');
is_deeply([map { $_->{id} } @{ $body->{result} }], [$id[2]],
    'NEW-SRV-3, ASVS 1.2.4: a search takes wildcards for letters');
($status, $body) = call(GET => 'servers?sort=-hostname&limit=2');
is($body->{result}[0]{id}, $id[0], 'NEW-SRV-3: sorted downwards');
my @seen = map { $_->{id} } @{ $body->{result} };
while (defined $body->{next}) {
    ($status, $body) =
        call(GET => "servers?sort=-hostname&limit=2&cursor=$body->{next}");
    push @seen, map { $_->{id} } @{ $body->{result} };
}
is_deeply([sort @seen], [sort @id], 'W-17: cursors lead through all of them');
for my $bad ('limit=0', 'limit=1001', 'offset=-1', 'cursor=zz',
    'checkin_age=x', 'is_updated=perhaps', 'kernel_id=1', 'patchset=x',
    'search=' . 'x' x 300)
{
    ($status) = call(GET => "servers?$bad");
    is($status, 400, 'refused: ' . substr($bad, 0, 30));
}

# Ages by servers that registered, came and were patched so long ago, in this
# order, as SQL writes them.
$t->cli_ok('key', '-a', 'aged');
my $now = time;
for my $days (1, 3, 10) {
    my $then = $now - $days * 86400;

    $t->sql("INSERT INTO server (server_id, key_id, registered) SELECT"
        . " 'aged${days}days0000', id, ${then}000000 FROM key WHERE key = 'aged';"
        . " UPDATE checkin SET time = $then WHERE server = (SELECT max(id) FROM"
        . " server); UPDATE facts SET updated = ${then}000000 WHERE server ="
        . ' (SELECT max(id) FROM server)');
}

sub aged {
    my ($filter) = @_;
    my (undef, $list) = call(GET => "servers?key=aged&sort=id&$filter");

    return join ' ', map { $_->{id} =~ /^aged(\d+)days/ } @{ $list->{result} };
}

for my $name (qw(registered_age checkin_age updated_age)) {
    is(aged("$name=2"), '3 10', "NEW-API-1: $name in days: as old as that");
    is(aged("$name=50h"), '3 10', "NEW-API-1: $name in hours");
    is(aged("$name=-2"), '1', "NEW-API-1: $name below zero: no older");
    is(aged("$name=-100h"), '1 3', "NEW-API-1: $name below zero, in hours");
    is(aged("$name=11"), '', "NEW-API-1: $name, and nobody is that old");
}
call(DELETE => 'keys/aged');

# Other filters of the vendor's: patterns of addresses, pages, what is current.
my %list = map { my $filter = $_; $filter => join ' ', sort map { $_->{id} }
        @{ (call(GET => "servers?$filter"))[1]{result} } }
    'ip=127.%25', 'ip=10.%25', 'ip=127.0.0.1', 'is_updated=true';
is($list{'ip=127.%25'}, join(' ', sort @id), 'NEW-API-1: ip with a wildcard');
is($list{'ip=127.0.0.1'}, join(' ', sort @id), 'NEW-API-1: ip as it is');
is($list{'ip=10.%25'}, '', 'NEW-API-1: ip of another network');
is($list{'is_updated=true'}, join(' ', sort @id[0, 2]),
    'NEW-API-1: what is up to date');
($status, $body) = call(GET => 'servers?sort=id');
my @all = map { $_->{id} } @{ $body->{result} };
($status, $body) = call(GET => 'servers?sort=id&limit=2&offset=2');
is_deeply([map { $_->{id} } @{ $body->{result} }], [@all[2, 3]],
    'NEW-API-1: the second page by offset');
is_deeply([@$body{qw(count limit offset)}], [5, 2, 2], '... of all of them');

# ---- tags of both sides ----

($status, $body) = call(POST => "set_tags?server_id=$id[0]&tags=env:prod;web",
    headers => { 'Content-Type' => 'application/json' }, content => 'null');
is($body->{result}, 'ok', 'NEW-API-14: tags are set, with null for a body');
$t->request(GET => "$api/kcare/tag_server.json?server_id=$id[0]"
        . '&tag=env:test%3Bagent');
($status, $body) = call(GET => "servers/$id[0]");
is($body->{result}{tags}, 'agent;env:prod;web',
    "NEW-TAG-2: the portal's value is shown");
is_deeply($body->{result}{agent_tags}, [{ name => 'agent', value => undef },
        { name => 'env', value => 'test' }], "beside it the agent's");
($status, $body) = call(GET => 'servers?tag=env:prod');
is($body->{count}, 1, 'NEW-API-1: and found by');
($status, $body) = call(POST => 'tags?name=rack');
($status, $body) = call(GET => 'tags');
is_deeply({ map { $_->{name} => $_->{servers} } @{ $body->{result} } },
    { agent => 1, env => 1, rack => 0, web => 1 },
    'NEW-TAG-1: names with the number of their servers');
call(POST => 'tags?name=web&to=www');
call(DELETE => 'tags/rack');
($status, $body) = call(GET => 'tags');
is(join(' ', map { $_->{name} } @{ $body->{result} }), 'agent env www',
    'NEW-TAG-1: renamed and deleted');
call(POST => 'set_tags', headers => { 'Content-Type' =>
        'application/x-www-form-urlencoded' }, content => "server_id=$id[0]");
($status, $body) = call(GET => "servers/$id[0]");
is($body->{result}{tags}, 'agent;env:test',
    "NEW-API-14: without tags this side's are removed, no others");

# ---- statistics ----

($status, $body) = call(GET => 'overview');
is_deeply([@{ $body->{result} }{qw(total active never updated outdated)}],
    [5, 3, 2, 2, 1], 'NEW-OVW-1, STAT-2, STAT-3: how the fleet is');
is_deeply($body->{result}{keys}, [{ name => 'k1', total => 5, active => 3,
        silent => 2 }], 'STAT-4: by key');
($status, $body) = call(GET => 'overview?distro=Ubuntu');
is($body->{result}{total}, 1, 'NEW-OVW-1: of what is selected');

# ---- to take away ----

($status, $body, $r) = call(GET => 'servers/export');
is($r->{headers}{'content-type'} =~ s/;.*//r, 'text/csv', 'W-17: a list in CSV');
like($r->{content}, qr/,"'=cmd\|x",/, '1.2.10: no formula gets out');
like($r->{content}, qr/,"a""b,100%_\xc3\xbc",/, 'quotes are doubled');
is(scalar(() = $r->{content} =~ /\r\n/g), 6, 'a line each');
like($r->{content}, qr/\A[^\r]*,patch_type,patchset\r\n/,
    'SRV-2: patchsets are its last column');
like($r->{content}, qr/"\Q$id[0]\E",[^\r]*,"K20250101_01"\r\n/, 'with their names');
for my $first ('=', '+', '-', '@', "\t", "\r") {
    my $shown = sprintf '%02x', ord $first;

    $t->sql("UPDATE facts SET hostname = x'$shown' || '1+1' WHERE server ="
        . " (SELECT id FROM server WHERE server_id = '$id[4]')");
    ($status, $body, $r) = call(GET => 'servers/export');
    like($r->{content}, qr/,"'\Q$first\E1\+1",/,
        "ASVS 1.2.10: a name that begins with byte $shown is text");
    unlike($r->{content}, qr/,"?\Q$first\E1/, '... wherever it stands');
}
$t->sql("UPDATE facts SET hostname = '' WHERE server ="
    . " (SELECT id FROM server WHERE server_id = '$id[4]')");
($status, $body) = call(GET => 'servers/export?format=json');
is(scalar @{ $body->{result} }, 5, 'W-17: and in JSON');
is(scalar(grep { defined $_->{patchset} } @{ $body->{result} }), 2,
    'SRV-2: two of them run a patchset');

# ---- many at once, and none at all ----

($status, $body) =
    call(POST => "servers/bulk?action=move&to_key=k2&id=$id[0]&id=$id[1]");
is_deeply($body, { result => 2, selected => 2, complete => JSON::PP::true,
        next => undef }, 'W-16: two are moved');
($status, $body) = call(POST => 'servers/bulk?action=add-tags&tags=x:y&key=k2');
is($body->{result}, 2, 'W-16: and tagged');
($status, $body) = call(GET => 'servers?tag=x:y');
is($body->{count}, 2, 'W-16: both');
($status, $body) =
    call(POST => 'servers/bulk?action=add-tags&tags=on&all=true&cursor=1');
is("$body->{result} of $body->{selected}", '4 of 5',
    'W-16: a cursor goes on behind the servers that were done');
for my $bad ('cursor=x', 'cursor=-1', 'seconds=0', 'seconds=21') {
    ($status) = call(POST => "servers/bulk?action=delete&all=true&$bad");
    is($status, 400, "W-16: $bad is refused");
}
($status, $body) = call(POST => 'delete_server?hostname=%25');
is($body->{result}, 0, 'NEW-API-3: no pattern deletes');
($status, $body) = call(POST => 'delete_server?hostname=web-1.example.com');
is($body->{result}, 1, 'NEW-API-3: a name does');
$t->cli_ok('key', '-a', 'elsewhere');
$t->register('elsewhere') for 1 .. 2;
$t->sql("UPDATE checkin SET ip = x'C0000209' WHERE server IN (SELECT s.id FROM"
    . ' server s JOIN key k ON k.id = s.key_id WHERE k.key = \'elsewhere\')');
($status, $body) = call(POST => 'delete_server?ip=192.0.2.%25');
is($body->{result}, 0, 'NEW-API-3: no pattern of addresses either');
($status, $body) = call(POST => 'delete_server?ip=192.0.2.9');
is($body->{result}, 2, 'NEW-API-3: an address deletes those that have it');
($status, $body) = call(DELETE => 'servers?checkin_age=1');
is($body->{result}, 0, 'NEW-API-4: nobody was silent for a day');
($status, $body) = call(POST => 'servers/bulk?action=delete&all=true');
is($body->{result}, 4, 'W-16: all of them');
($status, $body) = call(GET => 'servers');
is($body->{count}, 0, 'are gone');
my $log = join ' ', $t->sql('SELECT DISTINCT action FROM audit');
like($log, qr/\b\Q$_\E\b/, "$_ is in the audit log")
    for qw(server.delete server.move server.tags tag.create tag.rename
    tag.delete);

finish($t);
done_testing();
