#!/usr/bin/perl
# kc.eportal key

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;


sub keys_now {
    my $r = $portal->run('key', '--json');

    is($r->{exit}, 0, 'key --json succeeds') or diag $r->{err};
    return { map { $_->{key} => $_ } @{ decode_json($r->{out})->{keys} } };
}


my $r = $portal->run('key');
is($r->{out}, '', 'no keys: nothing on stdout');
like($r->{err}, qr/kc\.eportal key -a/, '... stderr names the next command');

$r = $portal->run(qw(key -a));
is($r->{exit}, 0, 'KEY-19: key -a') or diag $r->{err};
like($r->{out}, qr/\A[A-Za-z0-9]{16}\n\z/,
    'KEY-19: -a without a name prints a key and nothing else');
chomp(my $generated = $r->{out});

$r = $portal->run(qw(key -a test));
is($r->{out}, "test\n", 'KEY-20: key -a test');
$r = $portal->run('key');
like($r->{out}, qr/^KEY +FEED +SERVERS +LIMIT +PRODUCTS /m,
    'KEY-17: no action lists keys');
like($r->{out}, qr/^\Q$generated\E +main +0 +0 +kernel,libcare,qemu,db /m,
    '... with feed, servers, limit and products');
like($r->{out}, qr/^test /m, '... each on a line of its own');

$portal->run(qw(feed -a test));
$r = $portal->run(qw(key -c test --feed test));
is($r->{out}, "Key 'test' was changed\n", 'KEY-21: -c changes a key');
is(keys_now()->{test}{feed}, 'test', 'KEY-11, KEY-24: key -c test --feed test');
$portal->run(qw(key -c test --note), 'for the lab');
is(keys_now()->{test}{note}, 'for the lab', 'KEY-9, KEY-22: --note');
$portal->run(qw(key -c test --server-limit 10));
is(keys_now()->{test}{server_limit}, 10, 'KEY-23: --server-limit');
is(keys_now()->{test}{feed}, 'test', '... and the rest is left');
$r = $portal->run('key', 'test');
like($r->{out}, qr/^test +test +0 +10 /m, 'KEY-18: a name lists that key');
unlike($r->{out}, qr/^\Q$generated\E/m, '... and no other');

$r = $portal->run(qw(key -a lab --server-limit 10 --product kernel --feed test
    --product libcare));
is($r->{exit}, 0, 'options after the key') or diag $r->{err};
is(keys_now()->{lab}{products}, 'kernel,libcare',
    'NEW-KEY-2: --product, repeated');
for my $product (qw(kernel libcare qemu tuxcare-esu db)) {
    $portal->run('key', '-c', 'lab', '--product', $product);
    is(keys_now()->{lab}{products}, $product, "NEW-KEY-2: --product $product");
}
$portal->run(qw(key -c lab --default-products));
is(keys_now()->{lab}{products}, 'kernel,libcare,qemu,db',
    'NEW-KEY-2: --default-products');

is($portal->run(qw(key -a test))->{exit}, 5, 'a key that is there already');
is($portal->run(qw(key -a new --feed nofeed))->{exit}, 4, 'an unknown feed');
is($portal->run('key', '-a', $_)->{exit}, 2, "a bad key: '$_'")
    for 'a b', 'a/b', 'x' x 65, "\xc3\xa4";
is($portal->run(qw(key -a new --server-limit -1))->{exit}, 2,
    'a negative limit');
is($portal->run('key', '-a', 'new', '--note', 'x' x 1025)->{exit}, 2,
    'a note that is too long');
is($portal->run(qw(key -c nokey --note x))->{exit}, 4, 'change: not found');
is($portal->run(qw(key nokey))->{exit}, 4, 'list: not found');
is($portal->run(qw(key -d nokey))->{exit}, 4, 'delete: not found');
ok(!exists keys_now()->{new}, 'nothing of this was added');

$r = $portal->run(qw(key -d lab));
is($r->{out}, "Key 'lab' was deleted\n0 servers were deleted\n",
    'KEY-25: -d deletes a key');
ok(!exists keys_now()->{lab}, '... which is gone');

# More servers than fit into one transaction.
$portal->run(qw(key -a many));
$portal->seed('many', 1203);
$portal->seed('test', 1);
is(keys_now()->{many}{servers}, 1203, 'a key counts its servers');
$r = $portal->run(qw(key -d many));
is($r->{exit}, 0, 'a key with many servers') or diag $r->{err};
is($r->{out}, "Key 'many' was deleted\n1203 servers were deleted\n",
    'KEY-4: deleting a key deletes its servers, and says how many');
is(scalar @{ decode_json($portal->run('server', '--json')->{out})->{servers} },
    1, '... and no others');
is($portal->run(qw(key -d test))->{out},
    "Key 'test' was deleted\n1 server was deleted\n", '... also one');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
