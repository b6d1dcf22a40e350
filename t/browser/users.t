#!/usr/bin/perl
# Users, API keys, one's own account and the failed logins, in a real browser,
# with users of the command, of a real directory, and with hostile names.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Console;
use EPortal::Slapd;
use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new->console;
my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
$t->write_config(LDAP_URL => "'" . $slapd->url . "?tls=0'",
    LDAP_CONNECTION_STRING => "'uid=%s,dc=example,dc=com'");
$t->cli_ok('user', '-a', '-p', 'secret', '--note', 'the first', 'admin');
$t->cli_ok('user', '-a', '-p', 'reading', '-r', 'readonly', 'reader');
$t->cli_ok('user', '-a', '-p', 'changing', '-r', 'readonly', 'changer');
$t->cli_ok('user', '-a', '-p', 'hostile', '-r', 'readonly', '--note',
    '<script>alert(1)</script>', '<img src=x onerror=alert(1)>/..');
$t->start;

is(EPortal::Browser->new($t)->login('tesla', 'password')->{status}, 200,
    'somebody of the directory has logged in');

# An API key that has expired.
my $browser = EPortal::Browser->new($t);
$browser->login('admin', 'secret');
my $old = $browser->call(POST => 'tokens',
    { name => 'old key', expires => '2099-01-01' });
$t->sql("UPDATE token SET expires = created + 1 WHERE id = "
    . "'$old->{body}{result}{id}'");

run_browser($t, 'users');
run_browser($t, 'users-keys');
run_browser($t, 'users-account');

$t->sql(<<'SQL');
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
INSERT INTO user (name, readonly, note, origin, created)
SELECT printf('many%03d', i), 1, '=cmd|' || i, 'ldap', 1 FROM n;
SQL
$browser->login('admin', 'secret');
$browser->call(POST => 'tokens', { name => "many$_" }) for 1 .. 60;
run_browser($t, 'users-many');
finish($t);
done_testing();
