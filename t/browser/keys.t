#!/usr/bin/perl
# The pages of registration keys in a real browser: the list, a new key,
# editing, deleting, and what a read-only user sees of them.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->cli_ok('feed', '-a', 'test', '--auto');
$t->start;

run_browser($t, 'keys-empty');

$t->cli_ok('key', '-a', 'production', '--note', 'Production machines');
$t->cli_ok('key', '-a', 'few', '--server-limit', 3, '--feed', 'test');
$t->cli_ok('key', '-a', 'hostile', '--note', '<img src=x onerror=alert(1)>');
$t->cli_ok('key', '-a', 'new', '--note', 'Called like a page');
$t->cli_ok('key', '-a', sprintf 'lot-%02d', $_) for 1 .. 60;
$t->register('production') for 1 .. 12;
$t->register('few') for 1 .. 3;

run_browser($t, 'keys');

is($t->sql("SELECT count(*) FROM key WHERE key = 'production'"), 0,
    'KEY-3: a key that was deleted in the console is gone');
is($t->sql("SELECT count(*) FROM server s JOIN key k ON k.id = s.key_id"
        . " WHERE k.key = 'few'"), 3,
    'KEY-4: the servers of other keys are still there');
is($t->sql('SELECT count(*) FROM server'), 3, 'KEY-4: and its own are gone');
finish($t);
done_testing();
