#!/usr/bin/perl
# Hostile and broken requests: each gets its status and a JSON error, none
# gets HTML, and what stands in a body is never taken for a request.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new(timeout => '2s');
$t->cli_ok('key', '-a', 'k1');
$t->start;

my $hash = sha1('nobody');
my $register = '/admin/api/register';
my $smuggled = "GET /admin/api/kcare/check.plain HTTP/1.1\r\nHost: s\r\n\r\n";


sub json_error {
    my ($r, $status, $title, $word) = @_;

    subtest $title => sub {
        is($r->{status}, $status, "status $status");
        is($r->{headers}{'content-type'}, 'application/json', 'JSON');
        like($r->{content}, qr/\A\{"error":"[a-z-]+"\}\s*\z/, 'an error');
        like($r->{content}, qr/"$word"/, $word) if defined $word;
    };
}


# As json_error, for an answer that came as bytes.
sub raw_error {
    my ($bytes, $status, $title) = @_;
    my ($first) = responses($bytes);

    subtest $title => sub {
        is($first->[0], $status, "status $status") or diag $bytes;
        like($first->[1], qr/^Content-Type: application\/json\r?$/m, 'JSON');
        like($first->[2], qr/\A\{"error":"[a-z-]+"\}\s*\z/, 'an error');
    };
    return $first;
}


subtest 'methods and paths' => sub {
    for my $method (qw(POST PUT DELETE PATCH OPTIONS FROB)) {
        my $r = $t->request($method, "/$hash/latest.v2");

        json_error($r, 405, "$method on latest");
        is($r->{headers}{allow}, 'GET, HEAD', 'says what is allowed');
    }
    my $r = $t->get($register);
    json_error($r, 405, 'GET on register');
    is($r->{headers}{allow}, 'POST', 'says what is allowed');

    my $first = raw_error(
        $t->raw("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        405, 'ASVS 13.4.4: TRACE');
    like($first->[1], qr/^Allow: /m, 'says what is allowed');
    raw_error($t->raw("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n"), 400,
        'CONNECT');

    json_error($t->get($_), 404, "GET $_", 'not-found') for
        '/nothing/here', "/$hash", "/$hash/latest.v", '/admin/api/none',
        '/_eportal/patches/', '/_eportal/patches/eportal.sqlite',
        '/_eportal/error', "/$hash/1/%2e%2e/%2e%2e/eportal.sqlite";
    json_error($t->get($_), 400, "GET $_") for '/../../etc/passwd',
        '/%2e%2e/%2e%2e/etc/passwd',
        "/$hash/1/..%2f..%2f..%2feportal.sqlite";
    my $head = $t->request('HEAD', '/nothing');
    is($head->{status}, 404, 'HEAD of an unknown path');
    is($head->{content} // '', '', 'without a body');
};

subtest 'bodies' => sub {
    my $big = 'x' x 70_000;
    my @kinds = (
        ['Content-Length', $big],
        ['chunked', sub { my $b = substr $big, 0, 8192, ''; return $b }],
    );

    for my $kind (@kinds) {
        $big = 'x' x 70_000;
        json_error($t->post($register, content => $kind->[1]), 413,
            "a body over the limit, $kind->[0]", 'body-too-large');
    }
    my $left = 3_000_000;
    json_error(
        $t->post($register, content => sub {
                return $left <= 0 ? undef : do { $left -= 50_000; 'y' x 50_000 };
            }),
        413, 'one over nginx\'s own limit', 'body-too-large');
    raw_error(
        $t->raw("POST $register HTTP/1.1\r\nHost: x\r\n"
                . "Content-Length: 99999999999\r\n\r\nabc", until => qr/\}\s*$/),
        413, 'one that is only promised');
    json_error(
        $t->post($register, content => '{"key": ',
            headers => { 'Content-Type' => 'application/json' }),
        400, 'JSON that ends too early');
    json_error(
        $t->post($register, content => '{"key":' . '[' x 10_000,
            headers => { 'Content-Type' => 'application/json' }),
        400, 'JSON that is deep');
    json_error($t->post($register, content => ''), 400, 'no body',
        'invalid-key');
    json_error(
        $t->post($register, content => "key=\0\xff\xfe",
            headers => { 'Content-Type' =>
                    'application/x-www-form-urlencoded' }),
        400, 'bytes that are no text');
    json_error(
        $t->post($register, content => "--x\r\nContent-Disposition: form-d",
            headers => { 'Content-Type' => 'multipart/form-data; boundary=x' }),
        400, 'multipart that ends too early');

    my $s = $t->connect;
    print {$s} "POST $register HTTP/1.1\r\nHost: x\r\n"
        . "Content-Length: 20\r\n\r\nkey";
    is(sysread($s, my $byte, 1), 0, 'a body that never ends is hung up on');
    $s = $t->connect;
    print {$s} "GET /$hash/latest.v2 HTTP/1.1\r\nHo";
    is(sysread($s, $byte, 1), 0, 'so is a head');
};

subtest 'long and malformed heads' => sub {
    my $close = "Host: x\r\nConnection: close\r\n\r\n";
    my $token = 'ab' x 4000;
    my %bad = (
        'a control character in the method' => "GE\x01T / HTTP/1.1\r\n$close",
        'no method' => " / HTTP/1.1\r\n$close",
        'NUL in the path' => "GET /a%00b HTTP/1.1\r\n$close",
        'a broken escape' => "GET /%zz HTTP/1.1\r\n$close",
        'a climb out of the root' => "GET /../x HTTP/1.1\r\n$close",
        'no Host' => "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        'two Hosts' => "GET / HTTP/1.1\r\nHost: a\r\n$close",
        'an impossible Host' => "GET / HTTP/1.1\r\nHost: a b/c\r\n\r\n",
        'NUL in a header' => "GET / HTTP/1.1\r\nX: a\0b\r\n$close",
    );

    is($t->get("/$hash/latest.v2?$token")->{status}, 404,
        'a query of 8 KiB is read');
    raw_error($t->raw("GET /$hash/latest.v2?" . 'a' x 70_000
                . " HTTP/1.1\r\n$close"), 414, 'a longer one than a buffer');
    raw_error($t->raw("GET / HTTP/1.1\r\nX: " . 'a' x 70_000 . "\r\n$close"),
        431, 'a long header');
    raw_error($t->raw("GET / HTTP/1.1\r\n"
                . join('', map { "X$_: " . 'a' x 8000 . "\r\n" } 1 .. 20)
                . $close), 431, 'many headers');
    raw_error($t->raw($bad{$_}), 400, $_) for sort keys %bad;
};

subtest 'ASVS 4.2.1: requests within requests' => sub {
    my $n = length $smuggled;
    my $chunked = sprintf "0\r\n\r\n%s", $smuggled;
    my $start = "POST $register HTTP/1.1\r\nHost: x\r\n";
    my %corpus = (
        'CL.TE' => "${start}Content-Length: @{[5 + $n]}\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n$chunked",
        'TE.CL' => "${start}Transfer-Encoding: chunked\r\n"
            . "Content-Length: 4\r\n\r\n" . sprintf("%x\r\n", $n)
            . "$smuggled\r\n0\r\n\r\n",
        'two lengths' => "${start}Content-Length: $n\r\nContent-Length: 0\r\n"
            . "\r\n$smuggled",
        'a list of lengths' => "${start}Content-Length: 0, $n\r\n\r\n$smuggled",
        'a signed length' => "${start}Content-Length: +0\r\n\r\n$smuggled",
        'a negative length' => "${start}Content-Length: -1\r\n\r\n$smuggled",
        'a length in hex' => "${start}Content-Length: 0x0\r\n\r\n$smuggled",
        'an endless length' => "${start}Content-Length: "
            . '9' x 30 . "\r\n\r\n$smuggled",
        'two codings' => "${start}Transfer-Encoding: identity, chunked\r\n\r\n"
            . $chunked,
        'coding twice' => "${start}Transfer-Encoding: chunked\r\n"
            . "Transfer-Encoding: identity\r\n\r\n$chunked",
        'a coding with a tail' => "${start}Transfer-Encoding: xchunked\r\n\r\n"
            . $chunked,
        'space before the colon' => "${start}Transfer-Encoding : chunked\r\n"
            . "Content-Length: @{[5 + $n]}\r\n\r\n$chunked",
        'a folded header' => "${start}X: y\r\n Transfer-Encoding: chunked\r\n"
            . "Content-Length: @{[5 + $n]}\r\n\r\n$chunked",
        'a chunk of a negative size' => "${start}Transfer-Encoding: chunked"
            . "\r\n\r\n-1\r\n$smuggled",
        'a chunk without end' => "${start}Transfer-Encoding: chunked"
            . "\r\n\r\nfffffffffffffffff\r\n$smuggled",
        'chunked for HTTP/1.0' => "POST $register HTTP/1.0\r\nHost: x\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n$chunked",
    );

    for my $name (sort keys %corpus) {
        my @r = responses($t->raw($corpus{$name}, timeout => 5));

        ok(@r <= 1 && !grep({ $_->[2] =~ /code:/ } @r),
            "$name: the second request is not answered")
            or diag explain \@r;
        ok(!@r || $r[0][0] =~ /^(?:40[05]|411|413|501)$/, 'the first is refused')
            or diag explain \@r;
    }
};

subtest 'pipelines' => sub {
    my @paths = (
        ['GET', "/$hash/latest.v2"],
        ['GET', '/admin/api/kcare/register_server.plain?key=none'],
        ['HEAD', "/$hash/latest.v2"],
        ['GET', '/admin/api/kcare/patchset/none'],
        ['GET', '/admin/api/kcare/check.plain'],
    );
    my @all = map { @paths } 1 .. 8;
    my $bytes = join '', map { "$_->[0] $_->[1] HTTP/1.1\r\nHost: x\r\n\r\n" }
        @all;
    my @r;

    $bytes =~ s/\r\n\r\n\z/\r\nConnection: close\r\n\r\n/;
    @r = responses($t->raw($bytes), map { $_->[0] } @all);
    is(scalar @r, scalar @all, 'every request of a pipeline is answered');
    is(join(' ', map { $_->[0] } @r), join(' ', (qw(404 200 404 200 200)) x 8),
        'in order');
};

subtest 'noise' => sub {
    srand 7;
    for my $round (1 .. 300) {
        my $noise = pack 'C*', map { int rand 256 } 1 .. 1 + int rand 400;

        $noise = "GET /$noise HTTP/1.1\r\n\r\n" if $round % 3 == 0;
        $noise = "GET /$hash/latest.v2?$noise HTTP/1.1\r\nHost: x\r\n\r\n"
            if $round % 3 == 1;
        $t->raw($noise, half_close => 1, timeout => 3);
    }
    is($t->get("/$hash/latest.v2")->{status}, 404, 'it still answers');
};

finish($t);
done_testing();
