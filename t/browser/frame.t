#!/usr/bin/perl
# What is around every page of the console, in a real browser: how it loads,
# languages, themes, addresses that lead nowhere.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->start;
run_browser($t, 'frame');
finish($t);
done_testing();
