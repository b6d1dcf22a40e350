#!/usr/bin/perl
# The pages of the settings in a real browser, with a real patch source, a
# real directory and the daemon.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Daemon;
use EPortal::Slapd;
use EPortal::Test;
use EPortal::Upstream qw(source_dir start_nginx);
use Test::More;

my $t = EPortal::Test->new(config => { MIN_FREE_DISK => 1024 })->console;
my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
my $source = start_nginx(
    source_dir(K20250101_01 => 'kernel', K20250201_01 => 'kernel'),
    user => 'customer', password => 'Geheim:1');

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->start;
my $daemon = EPortal::Daemon->start(
    { dir => $t->{dir}, config => "$t->{dir}/conf/config" });
run_browser($t, 'settings', SOURCE => $source->{url}, LDAP => $slapd->url,
    ENVDIR => "$t->{base}/environment");
$daemon->stop;
finish($t);
done_testing();
