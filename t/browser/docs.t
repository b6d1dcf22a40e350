#!/usr/bin/perl
# Documentation for agents, and about, in a real browser.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->start;
run_browser($t, 'docs', DATA => $t->{base});
finish($t);
done_testing();
