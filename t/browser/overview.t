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

# Twelve distributions, so that two are "Other"; uptimes of every kind.
my @months = (1, 8, 14, 20);
for my $n (1 .. 24) {
    my $id = $t->register($n <= 20 ? 'k1' : 'k2');
    my $distro = $n % 12;
    my $r = $t->request(POST => '/admin/api/kcare/checkin.json',
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->ascii->encode({ server_id => $id,
            kernel_id => $kernel, patch_level => $n % 2,
            uptime => $months[$n % 4] * $MONTH,
            hostname => "host$n.example.com",
            distro => $distro ? "Linux $distro" : '<b>Linux</b>',
            machine => $n % 3 ? 'x86_64' : 'aarch64', virt => 'kvm',
            release => "6.1.$distro", euname => "6.1.$distro-$n" }));
    $r->{status} == 200 or die "check-in: $r->{status} $r->{content}";
}
$t->register('k2');
ok(wait_for(sub {
    $t->sql('SELECT count(*) FROM checkin WHERE time > 0') == 24
}), 'the fleet has checked in');

run_browser($t, 'overview');
finish($t);
done_testing();
