#!/usr/bin/perl
# The audit log and the jobs in a real browser, with the daemon and without.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Daemon;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $hostile = '<img src=x onerror=alert(1)>';

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('user', '-a', '-p', 'secret', '-r', 'readonly', 'reader');
$t->start;
for my $i (1 .. 120) {
    my $r = $t->request(POST => '/admin/api/keys', basic => 'admin:secret',
        content => json({ key => sprintf('audited-%03d', $i) }),
        headers => { 'Content-Type' => 'application/json' });
    $r->{status} == 200 or die "key: $r->{status} $r->{content}\n";
}
$t->request(POST => '/admin/api/login',
    content => json({ username => $hostile, password => 'x' }),
    headers => { 'Content-Type' => 'application/json' });
my $daemon = EPortal::Daemon->start(
    { dir => $t->{dir}, config => "$t->{dir}/conf/config" });
run_browser($t, 'operations', HOSTILE => $hostile,
    DAEMON => $daemon->{pid});
$daemon->stop;
finish($t);
done_testing();
