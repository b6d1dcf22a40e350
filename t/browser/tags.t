#!/usr/bin/perl
# The console's page of server tags, in a real browser.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-r', 'readonly', '-p', 'secret', 'reader');
$t->cli_ok('key', '-a', 'k1');
$t->start;

my @id = map { $t->register('k1') } 1 .. 12;
is($t->sql('SELECT count(*) FROM tag'), 0, 'no server has a tag yet');
run_browser($t, 'tags', IDS => "@id");
finish($t);
done_testing();
