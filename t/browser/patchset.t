#!/usr/bin/perl
# The console's page of one patchset, in a real browser: changelog, CVEs, what
# it patches, its state in every feed; and what upstream writes stays text.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my ($one, $library) = (sha1('one'), sha1('library'));

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-r', 'readonly', '-p', 'secret', 'reader');
$t->cli_ok('feed', '-a', 'early');
$t->deploy('K20250101_01', ["$one:1"], cve => ['CVE-2025-0001']);
$t->deploy('K20250201_01', ["$one:2"], feed => 'early',
    cve => ['CVE-2025-0001', 'CVE-2025-0002', 'CVE-2025-0003']);
$t->deploy('K20250301_01', ["$one:3"], feed => 'early',
    cve => [map { sprintf 'CVE-2024-%04d', $_ } 1 .. 2000]);
$t->deploy('U20250101_01', ["$library:1"], product => 'user');
$t->sql('INSERT INTO upstream (product, ord, name, appeared, released, distros,'
    . ' channels, status, wanted, path, size, sha256, changelog, seen)'
    . " VALUES ('kernel', 20250201 * 1000000 + 1, 'K20250201_01', 1, 0,"
    . " 'ubuntu20.04', 7, 'available', 1, 'K20250201_01', 1, x'00',"
    . " '<img src=x onerror=alert(1)>' || char(10) || 'Second line', 1)");
$t->start;
run_browser($t, 'patchset');
finish($t);
done_testing();
