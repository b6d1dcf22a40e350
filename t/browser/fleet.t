#!/usr/bin/perl
# The console's list with 100,000 servers that were made directly in the
# database: what an administrator waits for, and that all of them are changed.

use strict;
use warnings;

use EPortal::Console;
use EPortal::Test;
use JSON::PP ();
use Test::More;

my $SERVERS = 100_000;
my $t = EPortal::Test->new->console;

$t->cli_ok('user', '-a', '-p', 'secret', 'admin');
$t->cli_ok('key', '-a', $_) for qw(fleet other);
my ($status, $out) = EPortal::Test::run_command(
    qw(setpriv --reuid=www-data --regid=www-data --clear-groups),
    EPortal::Test::build() . '/t/bench/seed', '--config',
    "$t->{dir}/conf/config", '--key', 'fleet', '--servers', $SERVERS);
is($status, 0, 'the fleet is there') or diag $out;
$t->start;

# In pieces of a second, each of which goes on where the one before ended.
my ($cursor, $changed, $requests) = ('', 0, 0);
do {
    my $r = $t->request(POST => '/admin/api/servers/bulk?action=add-tags'
            . "&tags=piece:wise&all=true&seconds=1&cursor=$cursor",
        basic => 'admin:secret');
    my $body = JSON::PP::decode_json($r->{content});

    $r->{status} == 200 or die "bulk: $r->{status} $r->{content}";
    $changed += $body->{result};
    $cursor = $body->{next};
    $requests++;
} while (defined $cursor);
is($changed, $SERVERS, 'W-16: in pieces, and each server once');
cmp_ok($requests, '>', 1, "of which there were $requests");

run_browser($t, 'fleet');
is($t->sql("SELECT count(*) FROM tag WHERE name = 'wave' AND value = '1'"),
    $SERVERS, 'W-16: every server has the tag that the console gave all');
finish($t);
done_testing();
