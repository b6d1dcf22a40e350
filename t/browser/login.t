#!/usr/bin/perl
# Logging in to the console, in a real browser: by a local user, by a real
# directory, by a real OpenID provider; who fails; and what becomes of pages
# whose session ends.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Console;
use EPortal::Provider qw(start_provider);
use EPortal::Slapd;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $portal = "http://127.0.0.1:$t->{port}";
$t->cli_ok('key', '-a', 'k1');
$t->start;
run_browser($t, 'login-first', CLI => EPortal::Test::build() . "/kc.eportal",
    CONFIG => "$t->{dir}/conf/config");

$t->cli_ok('user', '-a', '-p', 'reading', '-r', 'readonly', 'reader');
run_browser($t, 'login');

# The last failure is old enough for who has logged in from here before.
$t->sql("DELETE FROM throttle; INSERT INTO throttle SELECT 'address',"
    . " '127.0.0.1', 12, (now - 60) * 1000000, (now + 240) * 1000000"
    . " FROM (SELECT CAST(strftime('%s') AS INTEGER) AS now)");
run_browser($t, 'login-throttle');
$t->sql('DELETE FROM throttle');

my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
my $provider = start_provider(portals => [$portal], users => {
    s1 => { preferred_username => 'alice', name => 'Alice Liddell' },
    s2 => { preferred_username => 'admin' },
});
$t->write_config(
    LDAP_URL => "'" . $slapd->url . "?tls=0'",
    LDAP_CONNECTION_STRING => "'uid=%s,dc=example,dc=com'",
    $provider->settings);
$t->reload or die "no reload\n";
run_browser($t, 'login-elsewhere');

EPortal::Browser->new($t)->login('reader', 'reading') for 1 .. 30;
run_browser($t, 'login-sessions');
finish($t);
done_testing();
