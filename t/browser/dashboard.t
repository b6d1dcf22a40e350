#!/usr/bin/perl
# The start page, in a real browser: an empty portal's first steps, a portal
# with servers and troubles, a visitor, and warnings on every page.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $kernel = sha1('kernel');

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'reading', '-r', 'readonly', 'reader');
$t->start;
run_browser($t, 'dashboard-empty');

$t->cli_ok('feed', '-a', 'idle');
$t->cli_ok('key', '-a', '--server-limit', '2', 'full');
$t->deploy('K20250101_01', ["$kernel:7"]);
$t->deploy('K20250202_01', ["$kernel:8"], disabled => 1);
my @servers = map { $t->register('full') } 1, 2;
$t->write_config(HTTPS_VERIFY => 'False');
$t->reload or die "no reload\n";
run_browser($t, 'dashboard');

$t->write_config(AUTH_RESTRICTED_INDEX => 'True', HTTPS_VERIFY => undef);
$t->reload or die "no reload\n";
run_browser($t, 'dashboard-restricted');
finish($t);
done_testing();
