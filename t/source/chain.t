#!/usr/bin/perl
# A chain of portals: the first has patchsets from a published source, the
# second has them from the first, through nginx, and gives them to an agent.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Daemon;
use EPortal::Test;
use EPortal::Upstream qw(publish source_dir start_nginx);
use JSON::PP qw(decode_json encode_json);
use Test::More;

my $root = EPortal::Test::root();
my $kernel = sha1('kernel');
my $library = sha1('library');
my $dir = source_dir(K20250101_01 => 'kernel');

for my $archive (['kernel', 'K20250201_01', $kernel],
    ['user', 'U20250201_01', $library]) {
    my ($product, $name, $object) = @$archive;
    my ($status, $out) = EPortal::Test::run_command($^X,
        "$root/t/fixtures/make-archive", '--product', $product, '--name',
        $name, '--object', "$object:7", '--out', "$dir/$name.tar.bz2");
    $status == 0 or die "make-archive: $out";
}
publish($dir);


# Change entries of the first source's index.
sub edit {
    my (%change) = @_;
    my $index = decode_json(slurp("$dir/index.json"));

    for my $entry (map { @$_ } values %{ $index->{products} }) {
        my $change = $change{ $entry->{name} } or next;
        $entry->{$_} = $change->{$_} for keys %$change;
    }
    spew("$dir/index.json", encode_json($index));
    publish($dir);
    return;
}


# Name to status in the feed main.
sub states {
    my ($t, $product) = @_;

    return { map { $_->{patchset} => $_->{status} } @{ decode_json(
            $t->cli_ok($product // 'kcare', 'list', '--json'))->{patchsets} } };
}


my $source = start_nginx($dir);
my $first = EPortal::Test->new(config => { MIN_FREE_DISK => 1024,
        PATCH_SOURCE_URL => "'$source->{url}'" });
edit(K20250101_01 => { channels => ['test'], changelog => "a \"fix\"\n",
        distros => ['debian12', 'el9'] });
$first->cli_ok('feed', '-a', 'early', '--channel', 'test');
$first->cli_ok($_, 'download-missing') for qw(kcare libcare);
$first->cli_ok('user', '-a', '-p', 'lesen!', '-r', 'readonly', 'inner');
$first->start;
my %inner = (basic => 'inner:lesen!');
my $server = $first->cli_ok('key', '-a', 'k1') && $first->register('k1');

# ---- what the first one offers ----

my $r = $first->request('GET', '/patch-download/index.json', %inner);
is($r->{status}, 200, 'SRC-3: a readonly user may have the index');
is($r->{headers}{'content-type'}, 'application/json', '... which is JSON');
my $index = decode_json($r->{content});
is_deeply([map { $_->{name} } map { @{ $index->{products}{$_} } }
        qw(kernel user qemu db)],
    [qw(K20250101_01 K20250201_01 U20250201_01)], '... of all that is here');
my ($entry) = @{ $index->{products}{kernel} };
is_deeply([@$entry{qw(channels distros changelog status)}],
    [['test'], ['debian12', 'el9'], "a \"fix\"\n", 'available'],
    '... with what the source says of it');
my $etag = $r->{headers}{etag};
like($etag, qr/\A"[0-9a-f]{32}"\z/, '... and an ETag');
$r = $first->request('GET', '/patch-download/index.json', %inner,
    headers => { 'If-None-Match' => "W/\"x\", $etag" });
is($r->{status}, 304, 'who has it already');
is($r->{content} // '', '', '... gets nothing');
$r = $first->request('HEAD', '/patch-download/index.json', %inner);
is("$r->{status} $r->{headers}{etag}", "200 $etag", 'HEAD');

my $bytes = slurp("$dir/K20250201_01.tar.bz2");
my $archive = '/patch-download/K20250201_01.tar.bz2';
$r = $first->request('GET', $archive, %inner);
ok($r->{status} == 200 && $r->{content} eq $bytes, 'SRC-1: an archive');
my $tag = $r->{headers}{etag};
ok($tag, '... has an ETag');
$r = $first->request('GET', $archive, %inner,
    headers => { Range => 'bytes=100-', 'If-Range' => $tag });
ok($r->{status} == 206 && $r->{content} eq substr($bytes, 100),
    '... and can be taken up where it broke');

for my $case (['nobody', {}], ['a wrong password', { basic => 'inner:x' }],
    ['a registered server', { basic => $server }]) {
    my ($who, $how) = @$case;

    is($first->request('GET', $_, %$how)->{status}, 401, "$who gets no $_")
        for '/patch-download/index.json', $archive;
}
spew("$first->{base}/arch/secret.tar.bz2", 'no patchset');
is($first->request('GET', "/patch-download/$_", %inner)->{status}, 404,
    "$_ is not offered")
    for 'secret.tar.bz2', '..%2feportal.sqlite', '.import-K20250201_01.tar.bz2',
        'K20250301_01.tar.bz2', 'K20250101_01';
rename "$first->{base}/arch/K20250101_01.tar.bz2", "$first->{dir}/away" or die;
unlike($first->request('GET', '/patch-download/index.json', %inner)->{content},
    qr/K20250101_01/, 'a patchset without its archive is not in the index');
rename "$first->{dir}/away", "$first->{base}/arch/K20250101_01.tar.bz2" or die;

# ---- the second one ----

my $second = EPortal::Test->new(config => { MIN_FREE_DISK => 1024,
        PATCH_SOURCE_URL => "'" . $first->url('/patch-download') . "'",
        PATCH_SOURCE_USER => "'inner'", PATCH_SOURCE_PASSWORD => "'lesen!'" });
my $out = $second->cli_ok('source', 'check');
like($out, qr/^login +ok: accepted$/m, 'SRC-3: the second portal may log in');
like($out, qr/^index +ok: 3 patchsets$/m, '... and reads the index');
$second->cli_ok($_, 'update') for qw(kcare libcare);
is_deeply(states($second), { K20250101_01 => 'not available',
        K20250201_01 => 'enabled' }, 'SRC-1: it has what its feeds may have');
is(states($second, 'libcare')->{U20250201_01}, 'enabled', '... of each product');
is(slurp("$second->{base}/arch/K20250201_01.tar.bz2"), $bytes,
    '... in the archives of the first source');

$second->cli_ok('key', '-a', 'k2');
$second->start;
my $agent = $second->register('k2');
is($second->get("/$kernel/latest.v2?server_id=$agent")->{content}, 7,
    'an agent of the second portal is told the level');
$r = $second->request('GET', "/$kernel/7/kpatch.bin", basic => $agent);
is($r->{status}, 200, '... and gets the patch');
is(sha1($r->{content}),
    sha1(slurp("$first->{base}/resources/$kernel/7/kpatch.bin")),
    '... that the first portal has');

# What upstream blocks is blocked all the way down.
edit(K20250201_01 => { status => 'blocked' });
$first->cli_ok('kcare', 'update');
is(states($first)->{K20250201_01}, 'blocked', 'blocked at the source');
$out = $second->cli_ok('kcare', 'update');
like($out, qr/K20250201_01 was disabled in main: the patch source blocks it/,
    'NEW-PS-3: the second portal disables it at its next poll');
is($second->get("/$kernel/latest.v2?server_id=$agent")->{status}, 404,
    '... and its agents no longer get it');

# What is superseded upstream is still here to be had; what is brought by hand
# too.
unlink "$dir/U20250201_01.tar.bz2" or die;
publish($dir);
$first->cli_ok('libcare', 'update');
is(states($first, 'libcare')->{U20250201_01}, 'undeployed',
    'gone from the first source');
$first->deploy('K20250401_01', ["$kernel:9"]);
$second->cli_ok('kcare', 'update');
$second->cli_ok('libcare', 'update');
is(states($second, 'libcare')->{U20250201_01}, 'enabled',
    'CLI-14: the second portal does not lose it');
is($second->get("/$kernel/latest.v2?server_id=$agent")->{content}, 9,
    'CLI-10: what was deployed by hand in the first gets there, too');

# ---- a third one, in cache mode ----

my $index_now = sub {
    return decode_json($first->request('GET', '/patch-download/index.json',
            %inner)->{content});
};
is_deeply([grep { $_->{levels} } map { @$_ }
            values %{ $index_now->()->{products} }], [],
    'without OFFER_METADATA the index has no levels');
$first->write_config(OFFER_METADATA => 'True');
my $daemon = EPortal::Daemon->start({ dir => $first->{dir},
        config => "$first->{dir}/conf/config" });
ok(wait_for(sub {
    !grep { !$_->{levels} } map { @$_ } values %{ $index_now->()->{products} };
}, 120), 'CACHE-2: with it the portal offers metadata of all patchsets');
my ($offered) = grep { $_->{name} eq 'K20250401_01' }
    @{ $index_now->()->{products}{kernel} };
is($offered->{levels}{path}, 'meta/K20250401_01.jsonl', '... below its address');
$r = $first->request('GET', "/patch-download/$offered->{levels}{path}", %inner);
is("$r->{status} " . length $r->{content}, "200 $offered->{levels}{size}",
    '... of the size that the index says');
require Digest::SHA;
is(Digest::SHA::sha256_hex($r->{content}), $offered->{levels}{sha256},
    '... and the hash');

my $third = EPortal::Test->new(config => { MIN_FREE_DISK => 1024,
        CACHE_MODE => 'True',
        PATCH_SOURCE_URL => "'" . $first->url('/patch-download') . "'",
        PATCH_SOURCE_USER => "'inner'", PATCH_SOURCE_PASSWORD => "'lesen!'" });
$third->cli_ok($_, 'update') for qw(kcare libcare);
is(states($third)->{K20250401_01}, 'enabled', 'CACHE-2: a portal in cache mode '
        . 'has it by its metadata');
is(states($third, 'libcare')->{U20250201_01}, 'enabled', '... of each product');
ok(!-e "$third->{base}/arch/K20250401_01.tar.gz", '... and no archive');
$third->cli_ok('key', '-a', 'k3');
$third->start;
$agent = $third->register('k3');
is($third->get("/$kernel/latest.v2?server_id=$agent")->{content}, 9,
    'its agents are told the level');
for my $case (["/$kernel/9/kpatch.bin", "resources/$kernel/9/kpatch.bin"],
    ["/$kernel/9/kpatch.info", "resources/$kernel/9/kpatch.info"],
    ["/userspace/all/$library/kpatch.tgz",
        "user-resources/$library/7/kpatch.tgz"]) {
    my ($asked, $file) = @$case;

    $r = $third->request('GET', $asked, basic => $agent);
    is($r->{status}, 200, "CACHE-3: GET $asked is fetched through the chain");
    is(sha1($r->{content}), sha1(slurp("$first->{base}/$file")),
        '... and is the file of the first portal');
    ok(-e "$third->{base}/cache/$file", 'CACHE-4: ... and kept');
}
for my $path ("resources/$kernel/9/kpatch.bin", 'meta/K20250401_01.jsonl') {
    is($first->request('GET', "/patch-download/$path", %$_)->{status}, 401,
        "nobody else gets $path") for {}, { basic => $server };
}
$first->sql('DELETE FROM throttle');
is($first->request('GET', "/patch-download/$_", %inner)->{status}, 404,
    "$_ is not there") for "resources/$kernel/8/kpatch.bin",
    "resources/$kernel/9/..%2f..%2f..%2f..%2feportal.sqlite",
    "cache/$kernel/9/kpatch.bin", 'meta/secret.jsonl';

# What goes takes its metadata with it.
$first->cli_ok(qw(kcare unroll --delete K20250401_01));
$first->cli_ok(qw(jobs run describe));
ok(wait_for(sub { !-e "$first->{base}/meta/K20250401_01.jsonl" }, 120),
    'the metadata of what is gone is gone');
is($daemon->stop, 0, 'the daemon ends');

finish($third);
finish($second);
finish($first);
done_testing();
