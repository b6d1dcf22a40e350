#!/usr/bin/perl
# API clients of other people register servers: what they put on the wire,
# oddities included, and how they read the answer (protocol.md 1.2).

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib", $FindBin::RealBin;

use Clients qw(answer_of envelope key_values);
use EPortal::Test;
use Test::More;

my $api = '/admin/api/kcare';
my $t = EPortal::Test->new;
$t->cli_ok('key', '-a', 'test');
$t->cli_ok('key', '-a', 'one', '--server-limit', '1');
$t->start;

subtest 'node' => sub {
    # It leaves an "&" behind the last parameter.
    my $data = envelope(get("$api/register_server.json?key=test&"))->{data};
    is($data->{code}, 0, 'AGT-10: registered');
    like($data->{server_id}, qr/^[A-Za-z][A-Za-z0-9]{15}$/,
        'sixteen letters and digits, a letter first');
    is(envelope(get("$api/register_server.json?key=nobody&"))->{data}{code},
        2, 'an unknown key is a code, not a status');

    my $gone = get("$api/unregister_server.json?server_id=$data->{server_id}&");
    ok(envelope($gone)->{data}, 'AGT-10: unregistered');
    $gone = get("$api/unregister_server.json?server_id=$data->{server_id}&");
    ok(!envelope($gone)->{data}, '... only once');
};

subtest 'python' => sub {
    my $first = envelope(get("$api/register_server.json?key=one"))->{data};
    is($first->{code}, 0, 'the first server of a key for one');
    is(envelope(get("$api/register_server.json?key=one"))->{data}{code}, 3,
        'the second is over the limit');
    is(get("/api/kcare/check.json?ip=10.0.0.1")->{status}, 200,
        'check.json at the other prefix');
};

subtest 'php' => sub {
    # A raw "|" in the query.
    my $answer = get("$api/key/list.json?token=user|1795000000|"
        . '750f0123456789abcdef0123456789abcdef0123');
    is($answer->{status}, 200, 'a method of the reseller is not an error');
    is(json_of($answer)->{success} ? 1 : 0, 0, '... but refused');
};

subtest 'shell' => sub {
    my $value = key_values(get("$api/register_server.plain?hostname=a.example"
        . '&key=test'));
    is($value->{success}, 'true', 'success first');
    is($value->{code}, 0, 'and a code');
    like($value->{server_id}, qr/^\w+$/, 'AGT-5: and the id for systemid');

    my $same = key_values(get("$api/register_server.plain?hostname=a.example"
        . "&key=test&server_id=$value->{server_id}"));
    is($same->{server_id}, $value->{server_id}, 'who registers again keeps it');

    my $bad = key_values(get("$api/register_server.plain?key=wrong"));
    is($bad->{code}, 2, 'an unknown key');
    my $gone = key_values(get("$api/unregister_server.plain?server_id="
        . $value->{server_id}));
    is($gone->{success}, 'true', 'unregistered');
};

subtest 'curl -F, as the manual shows' => sub {
    my $part = 'b0undary';
    my $body = "--$part\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n"
        . "test\r\n--$part--\r\n";
    my $answer = ask("POST /admin/api/register HTTP/1.1\r\nHost: h\r\n"
        . 'Content-Length: ' . length($body) . "\r\n"
        . "Content-Type: multipart/form-data; boundary=$part\r\n"
        . "Connection: close\r\n\r\n$body");
    is($answer->{status}, 200, 'NEW-API-2: registered');
    like(json_of($answer)->{server_id}, qr/^\w{16}$/, '... with an id');
};

finish($t);
done_testing();

sub get
{
    my ($path) = @_;

    return ask("GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        . "Connection: close\r\n\r\n");
}

sub ask { return answer_of($t->raw($_[0])) }

sub json_of
{
    require JSON::PP;
    return JSON::PP::decode_json($_[0]->{body});
}
