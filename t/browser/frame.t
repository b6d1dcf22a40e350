#!/usr/bin/perl
# What is around every page of the console, in a real browser: how it loads,
# navigation, languages, themes, addresses that lead nowhere.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'reading', '-r', 'readonly', 'reader');
$t->cli_ok('feed', '-a', 'night');
$t->cli_ok('key', '-a', "key-$_") for 1 .. 60;
$t->deploy('K20250101_01', [sha1('kernel') . ':1']);
$t->deploy('U20250101_01', [sha1('library') . ':1'], product => 'user');
$t->deploy('U20250101_01-qemu', [sha1('qemu') . ':1'], product => 'qemu');
$t->deploy('U20250101_01-db', [sha1('db') . ':1'], product => 'db');
$t->start;
$t->register('key-1');
run_browser($t, 'frame');
run_browser($t, 'frame-japanese');
finish($t);
done_testing();
