#!/usr/bin/perl
# The console's list of servers and the page of one, in a real browser: a small
# fleet, one of whose agents is hostile.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $t = EPortal::Test->new->console;
my ($kernel, $other) = (sha1('kernel'), sha1('other'));

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-r', 'readonly', '-p', 'secret', 'reader');
$t->cli_ok('feed', '-a', 'slow');
$t->cli_ok('key', '-a', $_) for qw(web db empty);
$t->cli_ok('key', '-a', '--feed', 'slow', 'late');
$t->deploy('K20250101_01', ["$kernel:1"],
    cve => [map { sprintf 'CVE-2024-%04d', $_ } 1 .. 100]);
$t->deploy('K20250201_01', ["$kernel:2"],
    cve => ['CVE-2025-0001', 'CVE-2025-0002']);
$t->deploy('K20250301_01', ["$kernel:3"], disabled => 1,
    cve => ['CVE-2025-1001']);
$t->start;

sub check_in {
    my ($id, %facts) = @_;
    my $r = $t->request(POST => '/admin/api/kcare/checkin.json',
        headers => { 'Content-Type' => 'application/json' },
        content => JSON::PP->new->ascii->encode({ server_id => $id,
            kernel_id => $kernel, patch_level => 2, uptime => 8_640_000,
            distro => 'Ubuntu', distro_version => '24.04', machine => 'x86_64',
            virt => 'kvm', release => '6.8.0-31-generic',
            euname => '6.8.0-61', %facts }));
    $r->{status} == 200 or die "check-in: $r->{status} $r->{content}";
}

my @web = map { $t->register('web') } 1 .. 30;
check_in($web[$_], hostname => sprintf('web%02d.example.com', $_))
    for 1 .. 29;
check_in($web[0], hostname => 'old.example.com', patch_level => 1,
    euname => '6.8.0-55');
my $odd = $t->register('db');
check_in($odd, hostname => '<img src=x onerror=alert(1)>', kernel_id => $other,
    distro => "\x{202e}xuniL", release => 'r' x 120,
    virt => "\x{1f427}" x 20);
my $long = $t->register('db');
check_in($long, hostname => 'h' x 250);
my $leaves = $t->register('web');
check_in($leaves, hostname => 'leaves.example.com');
my $mute = $t->register('late');
$t->request(GET => "/admin/api/kcare/tag_server.json?server_id=$web[0]"
        . '&tag=env:prod%3Bubuntu');
ok(wait_for(sub {
    $t->sql('SELECT count(*) FROM checkin WHERE time > 0') == 33
}), 'the fleet has checked in');

my %ids = (OLD => $web[0], ODD => $odd, LONG => $long, MUTE => $mute,
    LEAVES => $leaves);
run_browser($t, 'server', %ids);
run_browser($t, 'servers', %ids);
finish($t);
done_testing();
