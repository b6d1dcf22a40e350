#!/usr/bin/perl
# The console's matrices of patchsets and feeds, and the Manage dialog, in a
# real browser: every state there is, a hostile distribution, and then a
# thousand patchsets in ten feeds.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $hostile = '<img src=x onerror=alert(1)>';

sub portal {
    my $t = EPortal::Test->new(config => {
        PATCH_SOURCE_URL => q('http://127.0.0.1:9/') })->console;

    $t->cli_ok('user', '-a', '-p', 'secret', 'admin');
    $t->cli_ok('user', '-a', '-r', 'readonly', '-p', 'secret', 'reader');
    return $t;
}

# What the patch source says of a patchset; channels: 1 default, 2 test.
sub upstream {
    my ($t, $name, $channels, $status) = @_;
    my ($date, $number) = $name =~ /^K(\d{8})_(\d\d)$/ or die $name;

    $t->sql('INSERT INTO upstream (product, ord, name, appeared, released,'
        . ' distros, channels, status, wanted, path, size, sha256, seen)'
        . " VALUES ('kernel', $date * 1000000 + $number, '$name', 1, 0,"
        . " 'ubuntu20.04', $channels, '$status', 1, '$name', 1, x'00', 1)");
}

sub check_in {
    my ($t, $id, $kernel, $level) = @_;
    my $r = $t->request(POST => '/admin/api/kcare/checkin.json',
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->encode({ server_id => $id,
            kernel_id => $kernel, patch_level => $level }));

    $r->{status} == 200 or die "check-in: $r->{status} $r->{content}";
}

# ---- a few, in every state ----

my $t = portal();
my $kernel = sha1('kernel');

$t->cli_ok('feed', '-a', 'early', '--auto', '--channel', 'test');
$t->cli_ok('feed', '-a', 'doomed');
$t->cli_ok('key', '-a', 'web');
$t->cli_ok('key', '-a', '--feed', 'early', 'lab');
$t->deploy('K20250101_01', ["$kernel:1"],
    cve => ['CVE-2025-0001', 'CVE-2025-0002']);
$t->deploy('K20250201_01', ["$kernel:2"], disabled => 1);
$t->deploy('K20250301_01', ["$kernel:3"], feed => 'early');
$t->deploy('K20250401_01', ["$kernel:4"], feed => 'early');
$t->deploy('K20250501_01', ["$kernel:5"], feed => 'early');
$t->deploy('K20250601_01', ["$kernel:6"], feed => 'early');
$t->deploy('U20250101_01', [sha1('library') . ':1'], product => 'user');
$t->deploy('U20250101_01-qemu', [sha1('qemu') . ':1'], product => 'qemu');
$t->sql("UPDATE patchset SET distros = 'centos7,ubuntu20.04,ubuntu22.04,oel8'"
    . " WHERE name = 'K20250101_01'");
$t->sql("UPDATE patchset SET distros = '$hostile' WHERE name = 'K20250201_01'");
upstream($t, 'K20250501_01', 7, 'gone');
upstream($t, 'K20250601_01', 7, 'blocked');
upstream($t, 'K20250701_01', 7, 'available');
upstream($t, 'K20250801_01', 7, 'disabled');
$t->sql("INSERT INTO waiting (product, ord, feed_id, action, since, trouble)"
    . " SELECT 'kernel', 20250701000001, id, 'enable', 1, '$hostile'"
    . " FROM feed WHERE name = 'early'");
$t->start;
check_in($t, $t->register('web'), $kernel, 1) for 1 .. 3;
check_in($t, $t->register('lab'), $kernel, $_) for 1, 5;
ok(wait_for(sub {
    $t->sql('SELECT coalesce(sum(servers), 0) FROM usage') == 5
}), 'the fleet has checked in');
run_browser($t, 'patchsets', HOSTILE => $hostile);
$t->stop;

# ---- a thousand in ten feeds ----

my $large = portal();
$large->cli_ok('feed', '-a', "feed$_") for 1 .. 9;
$large->sql(<<'SQL');
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO patchset (product, name, ord, appeared, published, distros)
SELECT 'kernel', printf('K%04d%02d%02d_01', 2020 + i / 336, 1 + i / 28 % 12,
        1 + i % 28),
    ((2020 + i / 336) * 10000 + (1 + i / 28 % 12) * 100 + 1 + i % 28) * 1000000
        + 1,
    1, 1, CASE i % 4 WHEN 0 THEN 'centos7' ELSE 'debian12,ubuntu24.04' END
FROM n;
INSERT INTO patchset_feed (feed_id, patchset_id, enabled, changed)
SELECT f.id, p.id, p.id % 5 <> 0, 1 FROM feed f JOIN patchset p
WHERE p.id % 3 <> 0;
SQL
$large->start;
run_browser($large, 'patchsets-many');
finish($large);
done_testing();
