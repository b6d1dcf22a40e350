#!/usr/bin/perl
# Requests of agents that nobody could be found for: answered as any other, and
# counted where `kc.eportal status` sees it.

use strict;
use warnings;

use EPortal::Metrics qw(parse);
use EPortal::Test;
use JSON::PP qw(decode_json);
use Test::More;

my $t = EPortal::Test->new;
my $kernel = sha1('kernel');


sub counts {
    my $s = decode_json($t->cli_ok('status', '--json'))->{status};

    return "$s->{undecodable_tokens} $s->{unknown_servers}";
}


$t->cli_ok('key', '-a', 'k1');
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->start;
my $id = $t->register('k1');
is(counts(), '0 0', 'nothing strange yet');

for my $token ('%ff%fe%fd', 'zz', 'deadbeef', '{"broken', 'a' x 9000) {
    my $r = $t->get("/$kernel/latest.v2?$token");

    is($r->{content}, 1, 'a token that holds nothing gets the feed main');
}
is($t->get("/$kernel/latest.v2?server_id=nobody12345")->{content}, 1,
    '... so does a server that is not registered');
is($t->request('GET', "/$kernel/1/kpatch.bin", basic => 'nobody12345')
    ->{status}, 401, '... which gets no patch');
$t->get("/$kernel/latest.v2?server_id=$id") for 1 .. 3;
$t->get("/$kernel/latest.v2");
ok(wait_for(sub { counts() eq '5 2' }, 60), 'status counts them') or diag counts();

# On threads and in the group commit it is the same code's answer.
$t->get('/libcare-patches.json?%ff%fe%fd');
$t->request('POST', '/admin/api/kcare/tag_server.plain', content => 'tags=a',
    headers => { Authorization => 'Basic bm9ib2R5MTIzNDU6eA==' });
$t->get("/$kernel/latest.v2?%ff%fe%fd");
ok($t->stop, 'nginx ends');
is(counts(), '7 3', '... and nothing of them is lost');
$t->start;
$t->get("/$kernel/latest.v2?%ff%fe%fd");
ok(wait_for(sub { counts() eq '8 3' }, 60), 'counts go on after a restart')
    or diag counts();
my $m = parse($t->get('/metrics')->{content});
is("$m->{eportal_undecodable_tokens_total} $m->{eportal_unknown_servers_total}",
    '8 3', 'W-1: and are among the metrics');
finish($t);
done_testing();
