#!/usr/bin/perl
# What agents, scanners and monitors ask, as protocol.md says they do, of a
# portal with two feeds.

use strict;
use warnings;

use EPortal::Test;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');
my $tested = sha1('kernel of the test feed');
my $unknown = sha1('kernel that nobody patches');
my $library = sha1('library');
my $api = '/admin/api/kcare';

$t->cli_ok('feed', '-a', 'test');
$t->cli_ok('key', '-a', 'k-main');
$t->cli_ok('key', '-a', 'k-test', '--feed', 'test');
$t->cli_ok('key', '-a', 'k-lib', '--product', 'libcare');
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->deploy('K20250101_01', ["$kernel:1"], feed => 'test');
$t->deploy('K20250201_01', ["$kernel:2", "$tested:1"], feed => 'test');
$t->deploy('U20250101_01', ["$library:1"], product => 'user');
$t->start;


sub level { return $t->get($_[0])->{content} }
sub status { my ($path, %o) = @_; return $t->get($path, %o)->{status} }


# The row of a server, when its check-in has come through.
sub recorded {
    my ($id, $columns, $where) = @_;

    return wait_for(sub {
        return $t->sql("SELECT $columns FROM server s"
                . ' JOIN checkin c ON c.server = s.id'
                . ' LEFT JOIN facts f ON f.server = s.id'
                . " WHERE s.server_id = '$id' AND $where");
    });
}


subtest 'registration' => sub {
    my $r = $t->get("$api/register_server.plain?key=k-none");
    is($r->{content}, "success:true\ncode:2\n",
        'KEY-1: a key must exist before a server registers');

    for my $base ('/admin/api/kcare', '/api/kcare') {
        $r = $t->get("$base/register_server.plain?key=k-main&hostname=a.b");
        is($r->{status}, 200, "AGT-10: $base registers");
        like($r->{content},
            qr/\Asuccess:true\ncode:0\nserver_id:[A-Za-z][A-Za-z0-9]{15}\n\z/,
            'in lines');
        $r = $t->get("$base/register_server.json?key=k-main&");
        like($r->{content}, qr/\A\{"success":\s*true,.*"data":\s*\{.*
            "server_id":\s*"[A-Za-z]\w{15}".*"code":\s*0/x, 'in JSON');
        my ($id) = $r->{content} =~ /"server_id":\s*"(\w+)"/;

        $r = $t->get("$base/unregister_server.json?server_id=$id");
        like($r->{content}, qr/"data":\s*true/, 'AGT-10: and unregisters');
        $r = $t->get("$base/unregister_server.json?server_id=$id");
        like($r->{content}, qr/"data":\s*false/, 'once');
    }
    my $id = $t->register('k-main');
    $r = $t->get("$api/unregister_server.plain?server_id=$id");
    like($r->{content}, qr/\Asuccess:true\n/, 'in lines, too');

    my %form = (
        form => ['application/x-www-form-urlencoded',
            'key=k-test&hostname=form.example'],
        JSON => ['application/json',
            '{"key": "k-test", "hostname": "json.example"}'],
        multipart => ['multipart/form-data; boundary=bnd',
            "--bnd\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n"
                . "k-test\r\n--bnd--\r\n"],
        query => ['application/json', 'null', '?key=k-test'],
        'no body' => ['text/plain', '', '?key=k-test'],
    );
    for my $name (sort keys %form) {
        for my $slash ('', '/') {
            my ($type, $body, $query) = @{ $form{$name} };
            $r = $t->post("/admin/api/register$slash" . ($query // ''),
                content => $body, headers => { 'Content-Type' => $type });
            is($r->{status}, 200, "NEW-API-2: register$slash by $name");
            like($r->{content}, qr/\A\{"server_id":\s*"[A-Za-z]\w{15}"\}\z/,
                'NEW-API-17: the answer is the same with a slash');
        }
    }
    $r = $t->post('/admin/api/register', content => '{"key":"k-none"}',
        headers => { 'Content-Type' => 'application/json' });
    is("$r->{status} $r->{content}", '400 {"error":"invalid-key"}',
        'NEW-API-2: an unknown key');
    $r = $t->get("$api/no_such_thing.plain");
    is("$r->{status} $r->{content}",
        "200 success:false\nmessage:unknown method\n", 'an unknown method');
};

subtest 'requests of one moment' => sub {
    my $id = $t->register('k-main', hostname => 'moment');

    $t->get("/$kernel/latest.v2?"
            . token(server_id => $id, patch_level => 1, distro => 'D'));
    $t->get("$api/check.plain?server_id=$id");
    is(recorded($id, 'c.level, f.distro', 'f.distro IS NOT NULL'), '1|D',
        'what a token told stays when a bare request follows it');

    $t->get("/$kernel/latest.v2?" . token(server_id => $id, virt => 'V'));
    $t->get("/$kernel/latest.v2?server_id=$id&machine=M");
    $t->get("/$kernel/latest.v2?server_id=$id&patch_level=3&distro=E");
    is(recorded($id, 'c.level, f.distro, f.virt, f.machine', 'c.level = 3'),
        '3|E|V|M', 'and so does what each of several requests told');

    # One that never tells the same twice keeps the others in the map.
    my $quiet = $t->register('k-main', hostname => 'quiet');
    $t->get("/$kernel/latest.v2?" . token(server_id => $quiet, virt => 'Q'));
    $t->get("/$kernel/latest.v2?server_id=$id&machine=N$_") for 1 .. 200;
    like(recorded($id, 'f.machine', "f.machine LIKE 'N%'"), qr/^N\d+$/,
        'one of the last of many is what counts');
    is(recorded($quiet, 'f.virt', "f.virt = 'Q'"), 'Q', 'beside the others');
};


subtest 'levels and feeds' => sub {
    my $main = $t->register('k-main');
    my $test = $t->register('k-test');

    is(level("/$kernel/latest.v2"), '1', 'nobody in particular gets main');
    is(level("/$kernel/latest.v2?server_id=$main"), '1',
        'FEED-12: a key is bound to a feed');
    is(level("/$kernel/latest.v2?server_id=$test"), '2',
        'FEED-1: the feed of the key says which patchset');
    is(level("/$kernel/$_"), '1', $_) for qw(latest latest.v1 latest.v3);
    is(level("/test/$kernel/latest.v2"), '2', 'a prefix that is a feed');
    is(level("/24h/$kernel/latest.v2"), '{"error":"not-found"}',
        'a delay: nothing is that old');
    is(level("/staging/$kernel/latest.v2"), '1', 'any other prefix');
    is(level("/staging/$kernel/latest.v2?server_id=$test"), '2',
        'means nothing');
    is(status("/$kernel/version"), 200, 'version of a supported kernel');
    is(status("/$unknown/version"), 404, 'version of an unknown one');
    is(status("/$unknown/latest.v2?server_id=$main"), 404, 'latest, too');
    is(status("/$tested/latest.v2"), 404, 'a kernel of another feed');
    is(level("/" . uc($kernel) . '/latest.v2'), '1', 'upper-case hash');
    is(level("//$kernel//latest.v2"), '1', 'doubled slashes');

    my $r = $t->get("/$kernel/latest.v2");
    is($r->{headers}{'content-type'}, 'text/plain; charset=utf-8', 'text');
    is($r->{headers}{'cache-control'}, 'no-cache', 'not to be cached');
    is($r->{headers}{'content-length'}, 1, 'no newline');
};

subtest 'check-ins' => sub {
    my $json = sub { return '{"server_id": "' . $_[0] . '", "hostname": "h.'
            . $_[1] . '", "patch_level": 1, "uptime": 4711}' };
    my $dict = sub { return "{'server_id': '$_[0]', 'hostname': u'h.$_[1]',"
            . " 'patch_level': 1, 'uptime': 4711L, 'x': None}" };
    my %encoding = (
        'hex of JSON' => sub { unpack 'H*', $json->(@_) },
        'base64 of JSON' => sub { encode_base64($json->(@_), '') },
        'base64 in percents' => sub {
            encode_base64($json->(@_), '') =~ s/([+\/=])/sprintf '%%%02X',
                ord $1/ger },
        'base64url of JSON' => sub {
            encode_base64($json->(@_), '') =~ tr{+/=}{-_}dr },
        'hex of a dict' => sub { unpack 'H*', $dict->(@_) },
        'base64 of a dict' => sub { encode_base64($dict->(@_), '') },
        'form' => sub { "server_id=$_[0]&hostname=h.$_[1]&patch_level=1"
                . '&uptime=4711&' },
    );
    my $n = 0;

    for my $name (sort keys %encoding) {
        my $id = $t->register('k-test');
        my $query = $encoding{$name}->($id, ++$n);

        is(level("/$kernel/latest.v2?$query"), '2', "AGT-8: a token as $name");
        is(recorded($id, 'hostname, level, uptime',
                'time > 0 AND uptime >= 0'), "h.$n|1|4711", 'is recorded');
    }
    is(level("/$kernel/latest.v2?$_"), '1', "not understood: $_")
        for 'zz', 'ff', '=', '&&', '%00%ff', 'a|b', '{}', unpack('H*', '[[[['),
        'server_id=none', 'server_id=' . 'x' x 200, token(server_id => 7);

    my $id = $t->register('k-main');
    my $r = $t->post("$api/checkin.json", content => json({
                server_id => $id, hostname => 'posted.example', distro => 'D',
            }), headers => { 'Content-Type' => 'application/json' });
    like($r->{content}, qr/"success":\s*true/, 'our own form');
    is(recorded($id, 'hostname, distro', 'distro IS NOT NULL'),
        'posted.example|D', 'is recorded');
    is($t->get("$api/check.plain?server_id=$id")->{content},
        "success:true\ncode:0\n", 'check of a known server');
    is($t->get("$api/tag_server.plain?server_id=$id&tag=env:prod;x")
        ->{content}, "success:true\ncode:0\n", 'TAG-1: tags');
    is($t->sql('SELECT name, value FROM tag ORDER BY name'), "env|prod\nx|",
        'are recorded');
};

subtest 'patch files' => sub {
    my $main = $t->register('k-main');
    my $test = $t->register('k-test');
    my $lib = $t->register('k-lib');
    my $bin = "/$kernel/1/kpatch.bin";
    my $bytes = slurp("$t->{base}/resources/$kernel/1/kpatch.bin");
    my $r = $t->get($bin);

    is($r->{status}, 401, 'a binary patch needs an identity');
    like($r->{headers}{'www-authenticate'}, qr/^Basic /, 'and asks for it');
    is(status($bin, basic => 'nobody12345678901'), 401, 'a known one');
    is(status($bin, headers => { Authorization => 'Bearer x' }), 401, 'Basic');
    is(status("/$unknown/1/kpatch.bin"), 404, 'an unknown kernel is 404 first');
    is(status("/$kernel/1/$_"), 200, "$_ is for all")
        for qw(kpatch.info kcare.ko);

    $r = $t->get($bin, basic => $main);
    is($r->{status}, 200, 'AGT-8: a registered server gets it');
    is($r->{headers}{'content-type'}, 'application/octet-stream', 'as bytes');
    ok($r->{content} eq $bytes, 'as it was deployed');
    is($t->get("$bin?server_id=none", basic => $main)->{status}, 200,
        'whatever else it says');
    is(status("$bin.sig", basic => $main), 200, 'with its signature');
    is(recorded($main, 'count(*)', 'f.updated > 0'), 1,
        'the server counts as updated');

    is(status("/$kernel/2/kpatch.bin", basic => $main), 404,
        'FEED-1: a level that its feed does not have');
    is(status("/$kernel/2/kpatch.bin", basic => $test), 200, 'the feed that has');
    is(status("/$kernel/1/kpatch.bin", basic => $test), 200, 'and older ones');
    is(status("/$kernel/3/kpatch.bin", basic => $test), 404, 'no such level');
    is(status("/test/$kernel/2/kpatch.bin", basic => $test), 200, 'a prefix');
    is(status($bin, basic => $lib), 404,
        'NEW-KEY-1: a key without the product gets no kernel patch');
    is(status("/$kernel/latest.v2?server_id=$lib"), 404,
        'NEW-KEY-1: and no level');
    is(status("/userspace/all/$library/kpatch.tgz", basic => $lib), 200,
        'NEW-KEY-1: it gets those of its product');
    is(status("/USERSPACE/libs/$library/kpatch.tgz"), 401,
        'for registered servers');
    is(status("/userspace/all/$unknown/kpatch.tgz"), 404, 'an unknown build ID');
    for my $list (qw(libcare-patches userspace-patches)) {
        like($t->get("/$list.json")->{content}, qr/\A\{"$library":\{/, $list);
    }

    $r = $t->request('HEAD', $bin, basic => $main);
    is("$r->{status} $r->{headers}{'content-length'}", '200 4096', 'HEAD');
    my $etag = $r->{headers}{etag};
    my $date = $r->{headers}{'last-modified'};
    my %header = (basic => $main);
    $r = $t->get($bin, basic => $main, headers => { Range => 'bytes=8-15' });
    is("$r->{status} $r->{headers}{'content-range'}",
        '206 bytes 8-15/4096', 'Range');
    ok($r->{content} eq substr($bytes, 8, 8), 'those bytes');
    $r = $t->get($bin, basic => $main, headers => { Range => 'bytes=4000-' });
    ok($r->{content} eq substr($bytes, 4000), 'a download that goes on');
    is(status($bin, basic => $main, headers => { Range => 'bytes=9999-' }), 416,
        'a range behind the end');
    is(status($bin, basic => $main, headers => { 'If-None-Match' => $etag }),
        304, 'If-None-Match');
    is(status($bin, basic => $main,
            headers => { 'If-Modified-Since' => $date }), 304,
        'If-Modified-Since');
    is(status($bin, basic => $main,
            headers => { 'If-Modified-Since' => 'Mon, 01 Jan 2001 00:00:00 GMT'
            }), 200, 'changed since');
    is(status($bin, headers => { 'If-None-Match' => $etag }), 401,
        'none of it without an identity');
};

subtest 'other ways in' => sub {
    my $id = $t->register('k-main');
    my $auth = 'Authorization: Basic ' . encode_base64("$id:x", '') . "\r\n";

    like($t->raw("GET http://portal.example/$kernel/latest.v2 HTTP/1.1\r\n"
                . "Host: portal.example\r\nConnection: close\r\n\r\n"),
        qr/^HTTP\/1\.1 200 .*\r\n\r\n1\z/s, 'a request in absolute form');
    like($t->raw("GET http://p/$kernel/1/kpatch.bin HTTP/1.1\r\nHost: p\r\n"
                . "${auth}Range: bytes=0-6\r\nConnection: close\r\n\r\n"),
        qr/^HTTP\/1\.1 206 .*KPATCH1\z/s, 'a file in absolute form');
    like($t->raw("GET /$kernel/latest.v2 HTTP/1.0\r\n\r\n"),
        qr/^HTTP\/1\.1 200 .*\r\n\r\n1\z/s, 'HTTP/1.0 without Host');

    my @curl = ('curl', '-sS', '--max-time', 20, '--http2-prior-knowledge');
    my $url = "http://127.0.0.1:$t->{h2_port}";
    my $curl = sub { return (EPortal::Test::run_command(@curl, @_))[1] };
    is($curl->("$url/$kernel/latest.v2?server_id=$id"), '1', 'HTTP/2: latest');
    is($curl->('-u', "$id:x", '-o', '/dev/null', '-w',
            '%{http_version} %{http_code} %{size_download}',
            "$url/$kernel/1/kpatch.bin"), '2 200 4096', 'HTTP/2: a file');
    is($curl->('-u', "$id:x", '-r', '0-6', "$url/$kernel/1/kpatch.bin"),
        'KPATCH1', 'HTTP/2: a part of it');
    like($curl->('-F', 'key=k-main', "$url/admin/api/register"),
        qr/"server_id"/, 'HTTP/2: a body');
    like($curl->("$url/api/kcare/register_server.plain?key=k-main"),
        qr/^server_id:/m, 'HTTP/2: a registration');
    is($curl->('-o', '/dev/null', '-w', '%{http_code}', '-T', '/etc/passwd',
            "$url/$kernel/latest.v2"), '405', 'HTTP/2: a refusal');
};

subtest 'scanners and monitors' => sub {
    my $id = $t->register('k-main', hostname => 'old.example');
    my $r;

    $t->cli_ok('key', '-a', 'k-scan');
    my @ids = map { $t->register('k-scan', hostname => "s$_.example") } 1 .. 2;
    $t->get("/$kernel/latest.v2?" . token(server_id => $ids[0],
            kernel_id => $kernel, patch_level => 1));
    $t->get("/$kernel/latest.v2?" . token(server_id => $ids[1],
            kernel_id => $kernel, patch_level => 0));
    recorded($_, 'count(*)', 'kernel_id IS NOT NULL AND c.time > 0') for @ids;
    wait_for(sub { $t->get("$api/patchset/k-scan")->{content} =~ /\Q$kernel\E.*
        \Q$kernel\E/x });

    $r = $t->get("$api/patchset/k-scan");
    my $rows = JSON::PP::decode_json($r->{content})->{data};
    is_deeply([sort { $a->[2] <=> $b->[2] } @$rows],
        [['127.0.0.1', $kernel, 0], ['127.0.0.1', $kernel, 1]],
        'NEW-API-15: address, kernel and level of each server of a key');
    is_deeply(JSON::PP::decode_json(
            $t->get("$api/patchset/k-none")->{content}), { data => [] },
        'NEW-API-15: an unknown key has none');

    $r = $t->get("$api/nagios/k-scan");
    is($r->{status}, 200, 'NAG-2: nagios');
    is($r->{content}, "1 machines are OUTOFDATE!|uptodate=1;outofdate=1;"
            . "unsupported=0;inactive=0\ns2.example (127.0.0.1) is OUTOFDATE\n",
        'NAG-2: which server is out of date');
    is($t->get("$api/nagios/k-none")->{content} =~ s/\s+\z//r,
        'Servers not found for key k-none', 'NAG-2: an unknown key');
};

finish($t);
done_testing();
