#!/usr/bin/perl
# Every route of the table has a request that succeeds, one that is refused
# (no right, no such thing, wrong method) and one that is malformed. A route
# without all three fails this test.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');
my $library = sha1('library');
my $none = sha1('none');
my $kcare = '/admin/api/kcare';
my $file = '/%s/1/kpatch.info';
my $not_found = qr/\A\{"error":"not-found"\}\z/;
my $unknown = qr/message:unknown method/;

$t->cli_ok('key', '-a', 'k1');
$t->cli_ok('key', '-a', 'full', '--server-limit', 1);
my $extra = "$t->{dir}/extra";
spew($extra, 'an object file');
$t->deploy('K20250101_01', ["$kernel:1"],
    add => { "$kernel/patches.json" => $extra, "$kernel/kpatch.bin" => $extra });
$t->deploy('U20250101_01', ["$library:1"], product => 'user');
spew("$t->{base}/config/api.token", "secret\n");
EPortal::Test::own("$t->{base}/config/api.token");
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
# As the daemon leaves it.
$t->sql("INSERT INTO job (name, period, jitter, due) VALUES ('sweep', 3600, 0, 1)");
$t->page('<title>Console</title>');
mkdir "$t->{base}/meta";
spew("$t->{base}/meta/K20250101_01.jsonl", "the metadata\n");
EPortal::Test::own("$t->{base}/meta", "$t->{base}/meta/K20250101_01.jsonl");
$t->sql("INSERT INTO offer SELECT id, 13, zeroblob(32) FROM patchset"
        . " WHERE name = 'K20250101_01'");
$t->start;
my $id = $t->register('k1');
my $gone = $t->register('k1');
$t->register('full');
my @browsers = map { EPortal::Browser->new($t) } 1 .. 3;
$_->login('reader', 'secret') for @browsers;
my $other = EPortal::Browser->new($t);
$other->login('admin', 'secret');

my %basic = (basic => $id);
my %admin = (basic => 'admin:secret');
my %reader = (basic => 'reader:secret');
my %form = (headers =>
        { 'Content-Type' => 'application/x-www-form-urlencoded' });
my %json = (headers => { 'Content-Type' => 'application/json' });
my @session = map { { %{ $_->headers }, %{ $json{headers} } } } @browsers;

# route => [[method, path, status, pattern of the body, options], ...]:
# success, refusal, bad input.
my %matrix = (
    'patch-latest' => [
        ['GET', "/$kernel/latest.v2?server_id=$id", 200, qr/\A1\z/],
        ['GET', "/$none/latest.v2?server_id=$id", 404, $not_found],
        ['GET', "/$kernel/latest.v2?" . '%ff' x 900, 200, qr/\A1\z/],
    ],
    'patch-version' => [
        ['GET', "/$kernel/version", 200, qr/./],
        ['GET', "/$none/version", 404, $not_found],
        ['GET', "/${kernel}0/version", 404, $not_found],
    ],
    'patch-binary' => [
        ['GET', "/$kernel/1/kpatch.bin", 200, qr/\AKPATCH1/, %basic],
        ['GET', "/$kernel/1/kpatch.bin", 401, qr/error/],
        ['GET', "/$kernel/18446744073709551617/kpatch.bin", 404, $not_found,
            %basic],
    ],
    'patch-file' => [
        ['GET', sprintf($file, $kernel), 200, qr/^kpatch-cve: /m],
        ['GET', sprintf($file, $none), 404, $not_found],
        ['GET', "/$kernel/1/.hidden", 404, $not_found],
    ],
    'userspace-patch' => [
        ['GET', "/userspace/all/$library/kpatch.tgz", 200, qr/\A\x1f\x8b/,
            %basic],
        ['GET', "/userspace/all/$library/kpatch.tgz", 401, qr/error/],
        ['GET', '/userspace/all/xyz/kpatch.tgz', 404, $not_found],
    ],
    'object-binary' => [
        ['GET', "/$kernel/kpatch.bin", 200, qr/\Aan object file\z/, %basic],
        ['GET', "/$kernel/kpatch.bin", 401, qr/error/],
        ['GET', "/$kernel/../kpatch.bin", 404, $not_found, %basic],
    ],
    'object-file' => [
        ['GET', "/$kernel/patches.json", 200, qr/\Aan object file\z/],
        ['GET', "/$none/patches.json", 404, $not_found],
        ['GET', "/$kernel/a%0db", 404, $not_found],
    ],
    'check' => [
        ['GET', "$kcare/check.plain?server_id=$id", 200, qr/^code:0$/m],
        ['GET', "$kcare/check.plain?server_id=none", 200, qr/^code:2$/m],
        ['POST', "$kcare/check.json", 200, qr/"code":2/, %json,
            content => '[[['],
    ],
    'checkin' => [
        ['POST', "$kcare/checkin.json", 200, qr/"success":true/, %json,
            content => "{\"server_id\": \"$id\"}"],
        ['POST', "$kcare/checkin.json", 200, qr/"success":false/, %json,
            content => '{"server_id": "none"}'],
        ['POST', "$kcare/checkin.json", 200, qr/"success":false/, %json,
            content => '{"server_id": '],
    ],
    'register-server' => [
        ['GET', "$kcare/register_server.plain?key=k1", 200, qr/^code:0$/m],
        ['GET', "$kcare/register_server.plain?key=full", 200, qr/^code:3$/m],
        ['GET', "$kcare/register_server.plain?key=%00%ff", 200,
            qr/^(?:code:2|message:Bad request)$/m],
    ],
    'unregister-server' => [
        ['GET', "$kcare/unregister_server.json?server_id=$gone", 200,
            qr/"data":true/],
        ['GET', "$kcare/unregister_server.json?server_id=none", 200,
            qr/"data":false/],
        ['GET', "$kcare/unregister_server.json?server_id=%00", 200,
            qr/"data":(?:false|null)/],
    ],
    'tag-server' => [
        ['GET', "$kcare/tag_server.plain?server_id=$id&tag=a:b", 200,
            qr/^code:0$/m],
        ['GET', "$kcare/tag_server.plain?server_id=none&tag=a", 200,
            qr/^code:2$/m],
        ['GET', "$kcare/tag_server.plain?server_id=$id&tag=%01", 200,
            qr/^success:false$/m],
    ],
    'sticky-patch' => [
        ['GET', "$kcare/sticky_patch.plain?server_id=$id", 200, qr/^code:1$/m],
        ['GET', "$kcare/sticky_patch.plain?server_id=none", 200, qr/^code:2$/m],
        ['GET', "$kcare/sticky_patch.plain?%zz", 200, qr/^code:2$/m],
    ],
    'unregister-by-key' => [
        ['GET', "$kcare/unregister_by_key.plain?key=full&ip=127.0.0.1"
                . '&token=secret', 200, qr/\A1\s*\z/],
        ['GET', "$kcare/unregister_by_key.plain?key=k1&ip=127.0.0.1&token=no",
            200, qr/\A-2\s*\z/],
        ['GET', "$kcare/unregister_by_key.plain?key=k1&ip=x&token=secret", 200,
            qr/\A-1\s*\z/],
    ],
    'register' => [
        ['POST', '/admin/api/register', 200, qr/"server_id"/, %form,
            content => 'key=k1'],
        ['POST', '/admin/api/register', 400, qr/"invalid-key"/, %form,
            content => 'key=none'],
        ['POST', '/admin/api/register', 400, qr/"error"/, %json,
            content => '{"key"'],
    ],
    'nagios-register-key' => [
        ['GET', "$kcare/nagios/register_key.plain?key=k1", 200, $unknown],
        ['DELETE', "$kcare/nagios/register_key.plain", 405, qr/error/],
        ['POST', "$kcare/nagios/register_key.plain", 200, $unknown, %json,
            content => '{'],
    ],
    'nagios' => [
        ['GET', "$kcare/nagios/k1", 200, qr/\|uptodate=\d+;outofdate=/],
        ['GET', "$kcare/nagios/none", 200, qr/\AServers not found/],
        ['GET', "$kcare/nagios/%ff%01", 200, qr/\AServers not found/],
    ],
    'nagios-reseller' => [
        ['GET', "$kcare/nagios-res/login/token", 200,
            qr/\A(?:Reseller|Registration token) not found/],
        ['POST', "$kcare/nagios-res/login/token", 405, qr/error/],
        ['GET', "$kcare/nagios-res/%ff", 200, qr/not found/],
    ],
    'scanner-rows' => [
        ['GET', "$kcare/patchset/k1", 200, qr/\A\{"data":\s*\[/],
        ['GET', "$kcare/patchset/none", 200, qr/\A\{"data":\s*\[\]\}/],
        ['GET', "$kcare/patchset/%ff", 200, qr/\A\{"data":\s*\[\]\}/],
    ],
    'scanner-list' => [
        ['GET', "$kcare/patchset.json?key=k1", 200, qr/\A\[/],
        ['GET', "$kcare/patchset.json?key=none", 200, qr/\A\[\]/],
        ['GET', "$kcare/patchset.json?key=%ff&&=", 200, qr/\A\[\]/],
    ],
    'libcare-patches' => [
        ['GET', '/libcare-patches.json', 200, qr/"$library"/],
        ['POST', '/libcare-patches.json', 405, qr/error/],
        ['GET', '/libcare-patches.json?server_id=%00', 200, qr/"$library"/],
    ],
    'userspace-patches' => [
        ['GET', '/userspace-patches.json', 200, qr/"$library"/],
        ['POST', '/userspace-patches.json', 405, qr/error/],
        ['GET', '/userspace-patches.json?&=%', 200, qr/"$library"/],
    ],
    'openapi' => [
        ['GET', '/admin/api/openapi.json', 200, qr/"openapi":"3\.1\.0"/],
        ['POST', '/admin/api/openapi.json', 405, qr/error/],
        ['GET', '/admin/api/openapi.json?%ff', 200, qr/"openapi"/],
    ],
    'console' => [
        ['GET', '/admin', 200, qr{<title>Console</title>}],
        ['POST', '/admin/', 405, qr/error/, %json],
        ['GET', '/admin/?%ff', 200, qr{<title>Console</title>}],
    ],
    'console-page' => [
        ['GET', '/admin/servers/x', 200, qr{<title>Console</title>}],
        ['DELETE', '/admin/servers', 405, qr/error/],
        ['GET', '/admin/assets/none.js', 404, $not_found],
    ],
    'source-index' => [
        ['GET', '/patch-download/index.json', 200,
            qr/"path": "K20250101_01\.tar\.gz"/, %reader],
        ['GET', '/patch-download/index.json', 401, qr/"not-authenticated"/],
        ['GET', '/patch-download/index.json', 200, qr/"format": 1/, %admin,
            headers => { 'If-None-Match' => '"' x 4000 }],
    ],
    'source-archive' => [
        ['GET', '/patch-download/K20250101_01.tar.gz', 200, qr/\A\x1f\x8b/,
            %reader],
        ['GET', '/patch-download/K20250101_01.tar.gz', 401,
            qr/"bad-credentials"/, %basic],
        ['GET', '/patch-download/%00.tar.gz', 400, qr/"bad-request"/,
            %reader],
    ],
    'start' => [
        ['GET', '/admin/api/start', 200, qr/"servers":\{"total":\d/],
        ['POST', '/admin/api/start/', 405, qr/error/],
        ['GET', '/admin/api/start?%ff', 200, qr/"feeds":\d/],
    ],
    'source-levels' => [
        ['GET', '/patch-download/meta/K20250101_01.jsonl', 200,
            qr/\Athe metadata\n\z/, %reader],
        ['GET', '/patch-download/meta/K20250101_01.jsonl', 401,
            qr/"not-authenticated"/],
        ['GET', '/patch-download/meta/..%2Farch%2Fx', 404, qr/"not-found"/,
            %reader],
    ],
    'source-level-file' => [
        ['GET', "/patch-download/resources/$kernel/1/kpatch.bin", 200,
            qr/\AKPATCH1/, %reader],
        ['GET', "/patch-download/resources/$kernel/1/kpatch.bin", 401,
            qr/"bad-credentials"/, %basic],
        ['GET', "/patch-download/arch/$kernel/1/kpatch.bin", 404,
            qr/"not-found"/, %reader],
    ],
    'source-object-file' => [
        ['GET', "/patch-download/resources/$kernel/patches.json", 200,
            qr/\Aan object file\z/, %reader],
        ['GET', "/patch-download/resources/$kernel/other.json", 404,
            qr/"not-found"/, %reader],
        ['GET', "/patch-download/resources/$kernel/.hidden", 404,
            qr/"not-found"/, %reader],
    ],
    'patchsets' => [
        ['GET', '/admin/api/patchsets/', 200,
            qr/\A\{"result":\[\{"patchset":"K20250101_01"/, %reader],
        ['GET', '/admin/api/patchsets?feed=none', 404, qr/"feed-not-found"/,
            %reader],
        ['GET', '/admin/api/patchsets/?product=frob', 400, qr/"bad-product"/,
            %reader],
    ],
    'patchsets-matrix' => [
        ['GET', '/admin/api/patchsets/matrix', 200,
            qr/"patchsets":\[\{"patchset":"K20250101_01"/, %reader],
        ['GET', '/admin/api/patchsets/matrix', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/patchsets/matrix?product=%00', 400,
            qr/"bad-product"/, %reader],
    ],
    'patchsets-manage' => [
        ['POST', '/admin/api/patchsets/manage?patchset=K20250101_01'
                . '&action=enable', 200, qr/\A\{"result":"ok"\}\z/, %admin],
        ['POST', '/admin/api/patchsets/manage?patchset=K20250101_01'
                . '&action=enable', 403, qr/"forbidden"/, %reader],
        ['POST', '/admin/api/patchsets/manage?patchset=x&action=enable', 400,
            qr/"bad-patchset-name"/, %admin],
    ],
    'patchsets-newest' => [
        ['GET', '/admin/api/patchsets/newest?limit=1&product=kernel', 200,
            qr/"patchset":"K20250101_01","product":"kernel"/, %reader],
        ['GET', '/admin/api/patchsets/newest/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/patchsets/newest?limit=0', 400,
            qr/"bad-parameter"/, %reader],
    ],
    'patchset' => [
        ['GET', '/admin/api/patchsets/K20250101_01', 200,
            qr/"patchset":"K20250101_01","product":"kernel"/, %reader],
        ['GET', '/admin/api/patchsets/K20240101_01', 404,
            qr/"patchset-not-found"/, %reader],
        ['GET', '/admin/api/patchsets/%ff', 400, qr/"bad-patchset-name"/,
            %reader],
    ],
    'feeds' => [
        ['GET', '/admin/api/feeds/', 200, qr/\{"result":\[\{"name":"main"/,
            %reader],
        ['GET', '/admin/api/feeds/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/feeds?name=%ff', 200, qr/"main"/, %reader],
    ],
    'feed-put' => [
        ['POST', '/admin/api/feeds/', 200, qr/"name":"f1","auto":true/,
            %admin, headers => $form{headers}, content => 'name=f1&auto=true'],
        ['POST', '/admin/api/feeds/', 400, qr/"main-feed"/, %admin,
            headers => $form{headers}, content => 'name=main&auto=true'],
        ['POST', '/admin/api/feeds/', 400, qr/"bad-request"/, %admin,
            headers => $json{headers}, content => '{"name'],
    ],
    'feed-delete' => [
        ['DELETE', '/admin/api/feeds/f1', 200, qr/\A\{"result":1\}\z/,
            %admin],
        ['DELETE', '/admin/api/feeds/f1', 403, qr/"forbidden"/, %reader],
        ['DELETE', '/admin/api/feeds/%ff%01', 200, qr/\A\{"result":0\}\z/,
            %admin],
    ],
    'keys' => [
        ['GET', '/admin/api/keys', 200, qr/"key":"k1","feed":"main"/, %reader],
        ['GET', '/admin/api/keys/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/keys?x=%', 200, qr/"k1"/, %reader],
    ],
    'key-put' => [
        ['POST', '/admin/api/keys/', 200, qr/"key":"[A-Za-z0-9]{16}"/, %admin,
            headers => $form{headers}, content => ''],
        ['POST', '/admin/api/keys/?key=n&feed=none', 404, qr/"feed-not-found"/,
            %admin],
        ['POST', '/admin/api/keys/?key=n&server_limit=-1', 400,
            qr/"bad-parameter"/, %admin],
    ],
    'key-delete' => [
        ['DELETE', '/admin/api/keys/full', 200, qr/\A\{"result":1\}\z/,
            %admin],
        ['DELETE', '/admin/api/keys/k1', 403, qr/"forbidden"/, %reader],
        ['DELETE', '/admin/api/keys/%01%ff', 200, qr/\A\{"result":0\}\z/,
            %admin],
    ],
    'login' => [
        ['POST', '/admin/api/login', 200, qr/"username":"reader"/, %json,
            content => '{"username":"reader","password":"secret"}'],
        ['POST', '/admin/api/login', 401, qr/"bad-credentials"/, %form,
            content => 'username=reader&password=wrong'],
        ['POST', '/admin/api/login?username=reader&password=secret', 400,
            qr/"secret-in-address"/],
    ],
    'logout' => [
        ['POST', '/admin/api/logout', 200, qr/\A\{"result":"ok"\}\z/,
            headers => $session[0]],
        ['POST', '/admin/api/logout/', 401, qr/"not-authenticated"/],
        ['POST', '/admin/api/logout', 400, qr/"no-session"/, %reader],
    ],
    'session' => [
        ['GET', '/admin/api/session', 200, qr/"user":null/],
        ['GET', '/admin/api/session', 401, qr/"bad-credentials"/,
            headers => { 'X-Api-Key' => 'ept_guess' }],
        ['GET', '/admin/api/session?x=%', 200, qr/"user":null/,
            headers => { Cookie => 'eportal=' . 'x' x 5000 }],
    ],
    'password' => [
        ['POST', '/admin/api/password', 200, qr/\A\{"result":"ok"\}\z/,
            headers => $session[1],
            content => '{"current":"secret","password":"secret"}'],
        ['POST', '/admin/api/password', 403, qr/"wrong-password"/,
            headers => $session[1],
            content => '{"current":"wrong","password":"secret"}'],
        ['POST', '/admin/api/password', 400, qr/"password-too-short"/,
            headers => $session[1],
            content => '{"current":"secret","password":"x"}'],
    ],
    'users' => [
        ['GET', '/admin/api/users/', 200, qr/"username":"admin"/, %reader],
        ['GET', '/admin/api/users', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/users?x=%', 200, qr/"username":"admin"/, %reader],
    ],
    'user-put' => [
        ['POST', '/admin/api/users/', 200, qr/"username":"u1"/, %admin, %json,
            content => '{"username":"u1","password":"secret"}'],
        ['POST', '/admin/api/users/?username=u2', 403, qr/"forbidden"/,
            %reader],
        ['POST', '/admin/api/users/?username=%00', 400,
            qr/"bad-user-name"/, %admin],
    ],
    'user-delete' => [
        ['DELETE', '/admin/api/users/u1', 200, qr/\A\{"result":1\}\z/,
            %admin],
        ['DELETE', '/admin/api/users/admin', 403, qr/"forbidden"/, %reader],
        ['DELETE', '/admin/api/users/%ff%01', 200, qr/\A\{"result":0\}\z/,
            %admin],
    ],
    'user-delete-named' => [
        ['DELETE', '/admin/api/users?username=nobody%2F%2F..', 200,
            qr/\A\{"result":0\}\z/, %admin],
        ['DELETE', '/admin/api/users/?username=admin', 403, qr/"forbidden"/,
            %reader],
        ['DELETE', '/admin/api/users/', 400, qr/"bad-user-name"/, %admin],
    ],
    'servers' => [
        ['GET', "/admin/api/servers?server_id=$id", 200,
            qr/\A\{"count":1,.*"id":"$id"/, %reader],
        ['GET', '/admin/api/servers/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/servers?sort=beauty', 400, qr/"bad-parameter"/,
            %reader],
    ],
    'servers-export' => [
        ['GET', '/admin/api/servers/export?key=full', 200, qr/\Aid,ip,key,/,
            %reader],
        ['GET', '/admin/api/servers/export', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/servers/export/?format=xls', 400,
            qr/"bad-parameter"/, %reader],
    ],
    'servers-bulk' => [
        ['POST', '/admin/api/servers/bulk?action=delete&key=nokey', 200,
            qr/\A\{"result":0,/, %admin],
        ['POST', '/admin/api/servers/bulk?action=delete&key=nokey', 403,
            qr/"forbidden"/, %reader],
        ['POST', '/admin/api/servers/bulk/?action=delete', 400, qr/"no-filter"/,
            %admin],
    ],
    'servers-delete' => [
        ['DELETE', '/admin/api/servers?checkin_age=3', 200,
            qr/\A\{"result":0\}\z/, %admin],
        ['DELETE', '/admin/api/servers/?checkin_age=3', 403, qr/"forbidden"/,
            %reader],
        ['DELETE', '/admin/api/servers?checkin_age=0', 400,
            qr/"bad-parameter"/, %admin],
    ],
    'server' => [
        ['GET', "/admin/api/servers/$id", 200, qr/"portal_tags":/, %reader],
        ['GET', "/admin/api/servers/$id/", 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/servers/%ff%00x', 400, qr/error/, %reader],
    ],
    'delete-server' => [
        ['POST', '/admin/api/delete_server?hostname=no.such.host', 200,
            qr/\A\{"result":0\}\z/, %admin],
        ['POST', '/admin/api/delete_server?hostname=no.such.host', 403,
            qr/"forbidden"/, %reader],
        ['POST', '/admin/api/delete_server/', 400, qr/"no-filter"/, %admin],
    ],
    'set-tags' => [
        ['POST', "/admin/api/set_tags?server_id=$id&tags=a:b;c", 200,
            qr/\A\{"result":"ok"\}\z/, %admin],
        ['POST', '/admin/api/set_tags/?server_id=nobody', 404,
            qr/"server-not-found"/, %admin],
        ['POST', "/admin/api/set_tags?server_id=$id&tags=:x", 400,
            qr/"bad-tags"/, %admin],
    ],
    'tags' => [
        ['GET', '/admin/api/tags', 200, qr/\A\{"result":\[/, %reader],
        ['GET', '/admin/api/tags/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/tags?x=%', 200, qr/\A\{"result":\[/, %reader],
    ],
    'tag-put' => [
        ['POST', '/admin/api/tags?name=rack', 200, qr/"ok"/, %admin],
        ['POST', '/admin/api/tags/?name=rack', 403, qr/"forbidden"/, %reader],
        ['POST', '/admin/api/tags?name=a:b', 400, qr/"bad-tags"/, %admin],
    ],
    'tag-delete' => [
        ['DELETE', '/admin/api/tags/none', 200, qr/\A\{"result":0\}\z/,
            %admin],
        ['DELETE', '/admin/api/tags/none/', 403, qr/"forbidden"/, %reader],
        ['DELETE', '/admin/api/tags/%ff', 200, qr/\A\{"result":0\}\z/,
            %admin],
    ],
    'overview' => [
        ['GET', '/admin/api/overview', 200, qr/"total":\d/, %reader],
        ['GET', '/admin/api/overview/', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/overview?state=odd', 400, qr/"bad-parameter"/,
            %reader],
    ],
    'tokens' => [
        ['GET', '/admin/api/tokens/', 200, qr/\A\{"result":\[\]\}\z/, %reader],
        ['GET', '/admin/api/tokens', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/tokens?x=%', 200, qr/\A\{"result":\[\]\}\z/,
            %reader],
    ],
    'token-create' => [
        ['POST', '/admin/api/tokens/?name=ci', 200, qr/"token":"ept_\w{44}"/,
            %reader],
        ['POST', '/admin/api/tokens/?name=ci', 401, qr/"not-authenticated"/],
        ['POST', '/admin/api/tokens/?name=ci&expires=2001-01-01', 400,
            qr/"bad-expiry"/, %reader],
    ],
    'token-revoke' => [
        ['DELETE', '/admin/api/tokens/' . '0' x 32, 200,
            qr/\A\{"result":0\}\z/, %reader],
        ['DELETE', '/admin/api/tokens/' . '0' x 32, 401,
            qr/"not-authenticated"/],
        ['DELETE', '/admin/api/tokens/%ff', 200, qr/\A\{"result":0\}\z/,
            %reader],
    ],
    'sessions' => [
        ['GET', '/admin/api/sessions/', 200, qr/"current":true/,
            headers => $session[1]],
        ['GET', '/admin/api/sessions', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/sessions?x=%', 200, qr/"username":"reader"/,
            %reader],
    ],
    'sessions-end' => [
        ['DELETE', '/admin/api/sessions/', 200, qr/\A\{"result":0\}\z/,
            headers => $session[1]],
        ['DELETE', '/admin/api/sessions/', 403, qr/"csrf"/,
            headers => { Cookie => $session[1]{Cookie} }],
        ['DELETE', '/admin/api/sessions', 200, qr/\A\{"result":1\}\z/,
            %reader],
    ],
    'session-end' => [
        ['DELETE', '/admin/api/sessions/1', 200, qr/\A\{"result":0\}\z/,
            %reader],
        ['DELETE', '/admin/api/sessions/1', 401, qr/"not-authenticated"/],
        ['DELETE', '/admin/api/sessions/x', 400, qr/"bad-session"/, %reader],
    ],
    'throttle' => [
        ['GET', '/admin/api/throttle', 200, qr/"kind":"address"/, %admin],
        ['GET', '/admin/api/throttle', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/throttle/?x=%', 200, qr/"result"/, %admin],
    ],
    'throttle-clear' => [
        ['DELETE', '/admin/api/throttle/?name=127.0.0.1', 200,
            qr/\A\{"result":2\}\z/, %admin],
        ['DELETE', '/admin/api/throttle/', 403, qr/"forbidden"/, %reader],
        ['DELETE', '/admin/api/throttle?name=%ff', 200,
            qr/\A\{"result":0\}\z/, %admin],
    ],
    'sso-login' => [
        ['GET', '/admin/sso/login/?next=/admin/', 302, qr/\A\z/],
        ['POST', '/admin/sso/login', 405, qr/error/],
        ['GET', '/admin/sso/login?next=//evil.example/%ff', 302, qr/\A\z/],
    ],
    'sso-callback' => [
        ['GET', '/admin/sso/login/callback?error=access_denied', 302,
            qr/\A\z/],
        ['PUT', '/admin/sso/login/callback', 405, qr/error/],
        ['GET', '/admin/sso/login/callback/?state=%ff&code=%00', 302,
            qr/\A\z/],
    ],
    'sso-logout' => [
        ['POST', '/admin/sso/logout', 200,
            qr/\A\{"result":\{"logout_url":null\}\}\z/, headers => $other->headers],
        ['POST', '/admin/sso/logout', 401, qr/"not-authenticated"/],
        ['POST', '/admin/sso/logout/', 400, qr/"no-session"/, %reader],
    ],
    'settings-sso' => [
        ['GET', '/admin/api/settings/sso', 200, qr/"enabled":false/, %admin],
        ['GET', '/admin/api/settings/sso', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/settings/sso/?x=%', 200, qr/"result"/, %admin],
    ],
    'settings-sso-test' => [
        ['POST', '/admin/api/settings/sso/test', 200,
            qr/"failed":"address","error":"sso-off"/, %admin],
        ['POST', '/admin/api/settings/sso/test/', 403, qr/"forbidden"/,
            %reader],
        ['POST', '/admin/api/settings/sso/test', 200, qr/"ok":false/, %admin,
            %json, content => '['],
    ],
    'healthz' => [
        ['GET', '/healthz', 200, qr/\Aok\n\z/],
        ['POST', '/healthz', 405, qr/error/],
        ['GET', '/healthz?%ff', 200, qr/\Aok\n\z/],
    ],
    'readyz' => [
        ['GET', '/readyz', 200, qr/"ready":true/],
        ['POST', '/readyz', 405, qr/error/],
        ['GET', '/readyz?%ff', 200, qr/"check":"database","ok":true/],
    ],
    'metrics' => [
        ['GET', '/metrics', 200, qr/^eportal_servers\{state="active"\} \d+$/m],
        ['POST', '/metrics', 405, qr/error/],
        ['GET', '/metrics?%ff', 200, qr/^eportal_daemon_up 0$/m],
    ],
    'status' => [
        ['GET', '/admin/api/status', 200, qr/"daemon":false/, %reader],
        ['GET', '/admin/api/status', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/status/?%ff', 200, qr/"feeds":\[/, %reader],
    ],
    'jobs' => [
        ['GET', '/admin/api/jobs', 200, qr/\A\{"result":\[/, %reader],
        ['GET', '/admin/api/jobs', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/jobs/?%ff', 200, qr/"result"/, %reader],
    ],
    'job-run' => [
        ['POST', '/admin/api/jobs/sweep/run', 200, qr/"ok"/, %admin],
        ['POST', '/admin/api/jobs/sweep/run', 403, qr/"forbidden"/, %reader],
        ['POST', '/admin/api/jobs/%ff/run', 404, qr/"job-not-found"/, %admin],
    ],
    'audit' => [
        ['GET', '/admin/api/audit?action=key.add', 200,
            qr/"action":"key.add","object":"k1","result":"ok"/, %admin],
        ['GET', '/admin/api/audit', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/audit?since=yesterday', 400, qr/"bad-parameter"/,
            %admin],
    ],
    'audit-export' => [
        ['GET', '/admin/api/audit/export', 200, qr/key\.add/, %admin],
        ['GET', '/admin/api/audit/export', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/audit/export?format=pdf', 400,
            qr/"bad-parameter"/, %admin],
    ],
    'settings' => [
        ['GET', '/admin/api/settings', 200, qr/"name":"BASE_DIR"/, %admin],
        ['GET', '/admin/api/settings', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/settings/?%ff', 200, qr/"METRICS_ALLOW"/, %admin],
    ],
    'settings-source' => [
        ['GET', '/admin/api/settings/source', 200, qr/"known_distros":\["/,
            %reader],
        ['GET', '/admin/api/settings/source', 401, qr/"not-authenticated"/],
        ['GET', '/admin/api/settings/source?%ff', 200, qr/"url"/, %reader],
    ],
    'settings-source-put' => [
        ['PUT', '/admin/api/settings/source?user=u', 200,
            qr/"user":"u","password_set":true/, %admin, %form,
            content => 'password=p'],
        ['PUT', '/admin/api/settings/source?user=u', 403, qr/"forbidden"/,
            %reader],
        ['PUT', '/admin/api/settings/source?user=%01', 400,
            qr/"bad-parameter"/, %admin],
    ],
    'settings-source-test' => [
        ['POST', '/admin/api/settings/source/test?url=http://127.0.0.1:9/',
            200, qr/"ok":false,"failed":"connect"/, %admin],
        ['POST', '/admin/api/settings/source/test', 403, qr/"forbidden"/,
            %reader],
        ['POST', '/admin/api/settings/source/test?url=frob%3A', 200,
            qr/"failed":"address"/, %admin],
    ],
    'settings-ldap' => [
        ['GET', '/admin/api/settings/ldap', 200, qr/"url":null/, %admin],
        ['GET', '/admin/api/settings/ldap', 403, qr/"forbidden"/, %reader],
        ['GET', '/admin/api/settings/ldap/?url=%ff', 200, qr/"url":null/,
            %admin],
    ],
    'settings-ldap-put' => [
        ['PUT', '/admin/api/settings/ldap', 200, qr/"filter":"dc=x\?\?\?a=b"/,
            %admin, headers => $json{headers},
            content => '{"filter": "dc=x???a=b"}'],
        ['PUT', '/admin/api/settings/ldap?url=', 403, qr/"forbidden"/,
            %reader],
        ['PUT', '/admin/api/settings/ldap?url=http://x', 400, qr/"ldap-url"/,
            %admin],
    ],
    'settings-ldap-test' => [
        ['POST', '/admin/api/settings/ldap/test?url=ldap://127.0.0.1:1', 200,
            qr/"ok":false,"failed":"connect","error":"ldap-connect"/, %admin],
        ['POST', '/admin/api/settings/ldap/test', 403, qr/"forbidden"/,
            %reader],
        ['POST', '/admin/api/settings/ldap/test?url=%00', 400,
            qr/"bad-parameter"/, %admin],
    ],
    'unknown-method' => [
        ['GET', "$kcare/frob.plain", 200, $unknown],
        ['PUT', "$kcare/frob.plain", 405, qr/error/],
        ['POST', "$kcare/frob.json", 200, qr/"unknown method"/, %json,
            content => "\xff\0"],
    ],
);
my @kinds = ('success', 'refusal', 'bad input');

my @routes = map { $_->{name} }
    @{ JSON::PP::decode_json($t->cli_ok('routes', '--json'))->{routes} };
my @uncovered;

for my $route (@routes) {
    for my $i (0 .. 2) {
        my $case = $matrix{$route} && $matrix{$route}[$i];

        if (!$case) {
            push @uncovered, "$route: $kinds[$i]";
            next;
        }
        my ($method, $path, $status, $body, %o) = @$case;
        my $r = $t->request($method, $path, %o);
        ok($r->{status} == $status && $r->{content} =~ $body,
            "$route: $kinds[$i]")
            or diag "$method $path: $r->{status}, expected $status\n",
            substr $r->{content}, 0, 300;
        isnt($r->{headers}{allow} // '', '', 'and says what is allowed')
            if $status == 405;
    }
}
cmp_ok(scalar @routes, '>', 20, 'the table of routes is there');
is(join(', ', @uncovered), '', 'no route is without its three tests');
my %there = map { $_ => 1 } @routes;
is(join(', ', grep { !$there{$_} } sort keys %matrix), '',
    'nor is a test without its route');

finish($t);
done_testing();
