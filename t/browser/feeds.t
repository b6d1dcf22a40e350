#!/usr/bin/perl
# The page of feeds in a real browser: the list, making, changing and deleting
# one, what main is, and what a read-only user sees.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->start;

run_browser($t, 'feeds-empty');

$t->cli_ok('feed', '-a', 'test', '--auto', '--deploy-after', 10,
    '--channel', 'test');
$t->cli_ok('feed', '-a', 'used');
$t->cli_ok('key', '-a', 'k1', '--feed', 'used');
$t->cli_ok('key', '-a', 'k2', '--feed', 'used');
$t->register('k1') for 1 .. 3;

run_browser($t, 'feeds');

$t->cli_ok('feed', '-a', sprintf 'lot-%02d', $_) for 1 .. 60;
run_browser($t, 'feeds-many');

is($t->sql('SELECT name FROM feed WHERE auto_update = 1 AND deploy_after = 12'
        . " AND channel = 'unstable'"), 'night',
    'FEED-5, FEED-6: what the form said is in the database');
is($t->sql('SELECT count(*) FROM key WHERE feed_id = 1'), 2,
    'FEED-14: the keys of the deleted feed are bound to main');
finish($t);
done_testing();
