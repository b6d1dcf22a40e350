#!/usr/bin/perl
# The start page, in a real browser: an empty portal's first steps, a portal
# with servers, one where everything needs attention, a visitor, and warnings
# on every page.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Daemon;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $kernel = sha1('kernel');
my $dead = 'http://127.0.0.1:' . free_port() . '/';

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'reading', '-r', 'readonly', 'reader');
$t->start;
run_browser($t, 'dashboard-empty');

sub check_in {
    my ($id, $running, $level) = @_;
    my $r = $t->request(POST => '/admin/api/kcare/checkin.json',
        headers => { 'Content-Type' => 'application/json' },
        content => json({ server_id => $id, kernel_id => $running,
            patch_level => $level }));

    $r->{status} == 200 or die "check-in: $r->{status} $r->{content}\n";
}

# How many servers the portal counts as active by now.
sub active {
    my $r = $t->request(GET => '/admin/api/start');

    return $r->{content} =~ /"active":(\d+)/ ? $1 : 0;
}

$t->cli_ok('feed', '-a', 'idle');
$t->cli_ok('key', '-a', '--server-limit', '2', 'full');
$t->cli_ok('key', '-a', '--server-limit', '10', 'near');
$t->deploy('K20250101_01', ["$kernel:7"]);
$t->deploy('K20250202_01', ["$kernel:8"], disabled => 1);
$t->register('full') for 1, 2;
my @servers = map { $t->register('near') } 1 .. 9;
check_in($servers[0], $kernel, 7); # current
check_in($servers[1], $kernel, 6); # out of date
check_in($servers[2], $kernel, 7); # silent, below
check_in($servers[3], sha1('other kernel'), 0); # without patches
wait_for(sub { active() == 4 }) or die "no check-ins\n";
$t->sql('UPDATE checkin SET time = 5 WHERE server ='
        . " (SELECT id FROM server WHERE server_id = '$servers[2]')");
wait_for(sub { active() == 3 }) or die "no silent server\n";
$t->write_config(HTTPS_VERIFY => 'False');
$t->reload or die "no reload\n";
run_browser($t, 'dashboard');

# ---- everything needs attention ----

# What the patch source says of a patchset of KernelCare.
sub upstream {
    my ($name, $order, $status) = @_;

    $t->sql('INSERT INTO upstream (product, ord, name, appeared, released,'
        . ' channels, status, wanted, path, size, sha256, seen)'
        . " VALUES ('kernel', $order, '$name', 1, 0, 1, '$status', 1, '$name',"
        . " 1, x'00', 1)");
}

# A job that has failed; what is not due is not run.
sub failed_job {
    my ($name, $failures, $result, $due) = @_;

    $t->sql('INSERT INTO job (name, period, jitter, started, ended, succeeded,'
        . ' failures, result, due) VALUES'
        . " ('$name', 3600, 0, 1764500000000000, 1764500001000000,"
        . " 1764400000000000, $failures, '$result', $due)");
}

upstream('K20250101_01', 20250101 * 1000000 + 1, 'gone');
upstream('K20250303_01', 20250303 * 1000000 + 1, 'available');
failed_job('poll', 3, 'nobody answers <b>there</b>', 0);
failed_job('audit-clean', 2, 'no room', 0);
$t->write_config(HTTPS_VERIFY => undef, PATCH_SOURCE_URL => "'$dead'",
    LDAP_URL => "'ldap://127.0.0.1:1?tls=0'",
    LDAP_CONNECTION_STRING => "'uid=%s,dc=example,dc=com'");
$t->reload or die "no reload\n";
run_browser($t, 'dashboard-troubles', SOURCE => $dead);

# With the daemon, which finds out itself that the source is dead.
$t->write_config(LDAP_URL => "'ldap://127.0.0.1:1?strict_check=0'");
$t->reload or die "no reload\n";
my $daemon = EPortal::Daemon->start(
    { dir => $t->{dir}, config => "$t->{dir}/conf/config" });
$daemon->wait_for(sub {
    $t->sql("SELECT failures FROM job WHERE name = 'poll'") >= 4 })
    or die "the poll does not fail\n";
run_browser($t, 'dashboard-daemon', SOURCE => $dead);
$daemon->stop;

$t->write_config(AUTH_RESTRICTED_INDEX => 'True', map { $_ => undef } qw(
    PATCH_SOURCE_URL LDAP_URL LDAP_CONNECTION_STRING));
$t->reload or die "no reload\n";
run_browser($t, 'dashboard-restricted');
finish($t);
done_testing();
