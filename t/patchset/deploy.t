#!/usr/bin/perl
# Deploying and unrolling good archives with kc.eportal.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use Test::More;

my $root = EPortal::Test::root();
my $t = EPortal::Test->new;
my ($old, $new) = map { sha1("object $_") } 1 .. 2;


sub archive {
    my ($name, $product, $suffix, @objects) = @_;
    my $path = "$t->{dir}/$name.$suffix";
    my ($status, $out) = EPortal::Test::run_command(
        $^X, "$root/t/fixtures/make-archive", '--product', $product,
        '--name', $name, '--out', $path, map { ('--object', $_) } @objects
    );

    $status == 0 or die $out;
    return $path;
}


sub states {
    my ($feed) = @_;

    return join ' ', $t->sql(
        "SELECT p.name || ':' || s.enabled FROM patchset_feed s"
            . ' JOIN patchset p ON p.id = patchset_id'
            . " JOIN feed f ON f.id = feed_id WHERE f.name = '$feed'"
            . ' ORDER BY ord, p.product'
    );
}


my $data = $t->{base};
my $k1 = archive('K20250101_01', 'kernel', 'tar.bz2', "$old:1");
my $k2 = archive('K04022025_1', 'kernel', 'tar.xz', "$old:1,2", "$new:7");

$t->cli_ok('feed', '-a', 'test');
like($t->cli_ok('kcare', 'deploy', $k1),
    qr/ - eportal\.patches - INFO - K20250101_01 was enabled in main\n/,
    'CLI-11, CLI-12: deploy enables in main and says so');
is(slurp("$data/arch/K20250101_01.tar.bz2"), slurp($k1),
    'CLI-7: the archive is kept in arch/');
is(join(' ', map { s{.*/}{}r } glob "$data/resources/$old/1/*"),
    'kcare.ko kpatch.bin kpatch.bin.sig kpatch.info',
    'CLI-11: the level is published at its path');
is(sprintf('%o', (stat "$data/resources/$old/1/kpatch.bin")[2] & 07777), 644,
    'files are 0644 whatever the archive says');
is($t->cli_ok('kcare', 'deploy', $k1), '',
    'archives: the same archive again changes nothing');

$t->cli_ok('kcare', 'deploy', "$data/arch/K20250101_01.tar.bz2", '--feed',
    'test');
is(states('test'), 'K20250101_01:1',
    'CLI-10: an archive may be deployed from arch/, to another feed');
$t->cli_ok('kcare', 'deploy', '--disabled', $k2);
is(states('main'), 'K20250101_01:1 K04022025_1:0',
    'LIB-11: --disabled does not enable it');
is($t->sql('SELECT count(*) FROM level'), 4,
    'archives: a level may be in two patchsets');

my $other = archive('K20250301_01', 'kernel', 'tar', "$old:1");
my ($status, $out) = EPortal::Test::run_command(
    $^X, "$root/t/fixtures/make-archive", '--name', 'K20250301_01', '--out',
    $other, '--size', 5000, '--object', "$old:1"
);
($status, $out) = $t->cli('kcare', 'deploy', $other);
is($status, 5, 'archives: a level with other bytes is a conflict');
like($out, qr/level 1 of $old is here already with other content/,
    'archives: the message names object and level');
($status, $out) = $t->cli('libcare', 'deploy', $k1);
is($status, 2, 'archives: a patchset of another product is refused');

my $u = archive('U20210129_02', 'user', 'tar.bz2', "$new:3");
$t->cli_ok('libcare', 'deploy', '--feed', 'test', $u);
is(states('test'), 'U20210129_02:1 K20250101_01:1',
    'LIB-10, LIB-12: deployed to feed test and enabled there');
($status, $out) = EPortal::Test::run_command(
    'tar', 'tzf', "$data/user-resources/$new/3/kpatch.tgz"
);
like($out, qr{^\./$new/3/kpatch\.bin\n\./$new/3/kpatch\.bin\.sig\n}m,
    'LIB-12: kpatch.tgz is made of what agents of libraries want');
like($out, qr{^\./$new/latest$}m, 'LIB-12: with its pointer');

my $q = archive('U20210818_01-qemu', 'qemu', 'tar.bz2', "$old:4");
$t->cli_ok('qemu', 'deploy', '--feed', 'test', $q);
like(states('test'), qr/U20210818_01-qemu:1/,
    'QEMU-11: deployed to feed test and enabled there');

$t->cli_ok('kcare', 'unroll', '20250101_01');
is(states('main'), 'K20250101_01:0 K04022025_1:0',
    'TRAP-1: unroll disables, with or without K');
$t->cli_ok('kcare', 'unroll', '--delete', '--feed', 'main', 'K20250101_01');
ok(-e $k1 && -e "$data/arch/K20250101_01.tar.bz2",
    'TRAP-1: --delete leaves it on disk while another feed has it');
$t->cli_ok('kcare', 'unroll', '--delete', 'K04022025_1');
ok(-d "$data/resources/$old/1", 'TRAP-1: a level that is shared stays');
ok(!-e "$data/resources/$old/2" && !-e "$data/resources/$new",
    'TRAP-1: --delete takes the others off the disk');
$t->cli_ok('kcare', 'unroll', '--delete', 'K20250101_01');
is_deeply([glob "$data/resources/* $data/arch/K*"], [],
    'TRAP-1: nothing of the last one is left');
is($t->sql("SELECT count(*) FROM patchset WHERE product = 'kernel'"), 0,
    'TRAP-1: nor its row');

done_testing();
