#!/usr/bin/perl
# Programs that manage a portal over its API, in the bytes they send, and how
# they read what they get (protocol.md 1.9): a typed REST client, Ansible
# playbooks, curl, a Ruby client with its long base64.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib", $FindBin::RealBin;

use Clients qw(answer_of);
use EPortal::Test;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;

my $t = EPortal::Test->new;
my ($one, $two) = (sha1('one'), sha1('two'));

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->cli_ok('feed', '-a', 'staging');
$t->cli_ok('feed', '-a', 'production');
$t->deploy('K04082020_1', ["$one:1"], feed => 'staging');
$t->deploy('K20210129_02', ["$one:2"], feed => 'staging');
$t->start;
my $basic = 'Basic ' . encode_base64('admin:secret', '');

sub ask {
    my ($line, $headers, $body) = @_;
    return answer_of($t->raw("$line HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            . "Connection: close\r\n"
            . join('', map { "$_\r\n" } @{ $headers || [] })
            . "\r\n" . ($body // '')));
}

# What the REST client does with an answer.
sub rest {
    my ($line, $headers, $body) = @_;
    my $answer = ask($line, ["Authorization: $basic", @{ $headers || [] }],
        $body);

    return 'Authentication failed' if $answer->{status} == 401;
    return 'Access denied' if $answer->{status} == 403;
    my $data = JSON::PP::decode_json($answer->{body});
    return "API Error: $data->{error}" if $answer->{status} !~ /^2/;
    return $data;
}

my @json = ('Content-Type: application/json');

subtest 'a typed REST client' => sub {
    is_deeply([map { $_->{name} } @{ rest('GET /admin/api/feeds/', \@json)->{result} }],
        [qw(main production staging)],
        'NEW-API-6: GET with a content type and no body');
    is(rest('POST /admin/api/feeds/?name=canary&auto=true&deploy_after=2',
            [@json, 'Content-Length: 4'], 'null')->{result}{name}, 'canary',
        'NEW-API-5: parameters in the query, "null" in the body');
    is(rest('DELETE /admin/api/feeds/canary', \@json)->{result}, 1,
        'NEW-API-7: DELETE with a content type and no body');
    like(rest('POST /admin/api/keys/',
            ['Content-Type: application/x-www-form-urlencoded',
                'Content-Length: 0'])->{result}{key}, qr/\A\w{16}\z/,
        'NEW-API-8: an empty form makes a key');
    is(rest('POST /admin/api/patchsets/manage?patchset=K04082020_1'
                . '&feed=staging&action=disable',
            [@json, 'Content-Length: 4'], 'null')->{result}, 'ok',
        'NEW-API-12: manage');
    is(rest('POST /admin/api/patchsets/manage?patchset=K20210129_02'
                . '&feed=nowhere&action=enable',
            [@json, 'Content-Length: 4'], 'null'),
        'API Error: feed-not-found', 'an error is a word it can show');
    $basic = 'Basic ' . encode_base64('admin:wrong', '');
    is(rest('GET /admin/api/feeds/', \@json), 'Authentication failed',
        'a wrong password is 401');
    $basic = 'Basic ' . encode_base64('reader:secret', '');
    is(rest('POST /admin/api/feeds/?name=x', [@json, 'Content-Length: 4'],
            'null'), 'Access denied', 'a readonly user is 403');
    $basic = 'Basic ' . encode_base64('admin:secret', '');
};

subtest 'an Ansible playbook' => sub {
    my @auth = ("Authorization: $basic");
    my $get = sub {
        my $answer = ask("GET /admin/api/patchsets?feed=$_[0]", \@auth);
        return JSON::PP::decode_json($answer->{body})->{result};
    };
    my $latest = $get->('staging')->[-1]{patchset};

    is($latest, 'K20210129_02',
        'NEW-API-17: no slash at the end; the last one is the latest');
    my $answer = ask("POST /admin/api/patchsets/manage?patchset=$latest"
            . '&feed=production&action=enable-upto',
        [@auth, 'Content-Length: 0']);
    is($answer->{status}, 200, 'NEW-API-12: a body of no length and no type');
    my ($row) = grep { $_->{patchset} eq $latest } @{ $get->('production') };
    is($row->{status}, 'enabled', 'NEW-API-17: and it sees what it waits for');
};

subtest 'other ways to say the same' => sub {
    my $ruby = encode_base64('admin:' . 'secret');

    chomp $ruby;
    is(ask('GET /admin/api/feeds', ["Authorization: Basic $ruby "])->{status},
        200, 'base64 with white space behind it');
    is(ask('GET /admin/api/feeds', ["authorization: basic $ruby"])->{status},
        200, 'the scheme in another case');
    my $form = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n"
        . "multi\r\n--b--\r\n";
    my $answer = ask('POST /admin/api/keys/', ["Authorization: Basic $ruby",
            'Content-Type: multipart/form-data; boundary=b',
            'Content-Length: ' . length $form], $form);
    is(JSON::PP::decode_json($answer->{body})->{result}{key}, 'multi',
        'NEW-API-8: curl -F');
    like(ask('GET /admin/api/feeds')->{headers}{'www-authenticate'},
        qr/^Basic realm=/, 'a script that waits to be asked is asked');
    is(ask('GET /admin/api/feeds', ['Sec-Fetch-Site: same-origin'])
            ->{headers}{'www-authenticate'}, undef,
        'a browser is not: it would open a window of its own');
};

finish($t);
done_testing();
