#!/usr/bin/perl
# The console's overview of the selected servers, in a real browser.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new->console;
my $kernel = sha1('kernel');
my $MONTH = 30 * 86400;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('key', '-a', $_) for qw(k1 k2);
$t->deploy('K20250101_01', ["$kernel:1"]);
$t->start;

sub check_in {
    my ($portal, $id, %facts) = @_;
    my $r = $portal->request(POST => '/admin/api/kcare/checkin.json',
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->ascii->encode({ server_id => $id, %facts }));
    $r->{status} == 200 or die "check-in: $r->{status} $r->{content}";
}

# Twelve distributions, so that two are "Other"; uptimes of every kind.
my @months = (1, 8, 14, 20);
for my $n (1 .. 24) {
    my $id = $t->register($n <= 20 ? 'k1' : 'k2');
    my $distro = $n % 12;
    check_in($t, $id, kernel_id => $kernel, patch_level => $n % 2,
        uptime => $months[$n % 4] * $MONTH, hostname => "host$n.example.com",
        distro => $distro ? "Linux $distro" : '<b>Linux</b>',
        machine => $n % 3 ? 'x86_64' : 'aarch64', virt => 'kvm',
        release => "6.1.$distro", euname => "6.1.$distro-$n");
}
$t->register('k2');
ok(wait_for(sub {
    $t->sql('SELECT count(*) FROM checkin WHERE time > 0') == 24
}), 'the fleet has checked in');

run_browser($t, 'overview');
$t->stop;

# ---- a fleet of which no two servers are alike ----

my $many = EPortal::Test->new->console;
$many->cli_ok('user', '-a', '-p', 'secret', 'admin');
$many->cli_ok('key', '-a', 'k1');
$many->start;
check_in($many, $many->register('k1'), distro => "Linux $_",
    machine => "machine$_", release => "5.$_", euname => "5.$_-1")
    for 1 .. 120;
ok(wait_for(sub {
    $many->sql('SELECT count(*) FROM checkin WHERE time > 0') == 120
}), 'the other fleet, too');
run_browser($many, 'overview-many');
finish($many);
done_testing();
