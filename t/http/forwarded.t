#!/usr/bin/perl
# Whose address a server has: the connection's, or what a trusted proxy says.

use strict;
use warnings;

use EPortal::Test;
use Test::More;

my $t = EPortal::Test->new;

$t->cli_ok('key', '-a', 'k1');
$t->start;


# The address that a registration with this X-Forwarded-For gets.
sub address_of {
    my ($forwarded) = @_;
    my $r = $t->get('/admin/api/kcare/register_server.plain?key=k1',
        headers => defined $forwarded
        ? { 'X-Forwarded-For' => $forwarded } : {});
    my ($id) = $r->{content} =~ /server_id:(\w+)/
        or die "$r->{status} $r->{content}";

    return join '.', map { hex } unpack '(A2)*', $t->sql(
        'SELECT hex(ip) FROM checkin c JOIN server s ON s.id = c.server'
        . " WHERE server_id = '$id'");
}


# The snapshot of both workers is the one with this setting.
sub trust {
    my ($list) = @_;

    $t->write_config(TRUSTED_PROXIES => $list);
    ok($t->reload, "TRUSTED_PROXIES = $list");
}


is(address_of(), '127.0.0.1', 'the address is the connection\'s');
is(address_of($_), '127.0.0.1', "nobody is trusted: $_ is a claim")
    for '10.9.9.9', '127.0.0.1, 10.9.9.9';
is(address_of(['10.1.1.1', '10.2.2.2']), '127.0.0.1',
    'nor are two of them');

trust("['127.0.0.1']");
is(address_of('10.9.9.9'), '10.9.9.9', 'a trusted proxy is believed');
is(address_of('6.6.6.6, 10.9.9.9'), '10.9.9.9',
    'what its client sent before is not');
is(address_of(['6.6.6.6', '10.9.9.9']), '10.9.9.9',
    'nor in a header of its own');
is(address_of('10.9.9.9, 127.0.0.1'), '10.9.9.9',
    'trusted hops are stepped over');
is(address_of(), '127.0.0.1', 'without the header it is the proxy\'s');
is(address_of($_), '127.0.0.1', "no address: '$_'")
    for 'rubbish', '999.1.1.1', ',', '10.9.9.9;rm', '10.9.9.9 10.8.8.8';

trust("['192.0.2.0/24']");
is(address_of('10.9.9.9'), '127.0.0.1', 'another proxy is trusted, not this');

trust("['127.0.0.0/8', '10.0.0.0/8']");
is(address_of('203.0.113.7, 10.1.1.1, 127.3.3.3'), '203.0.113.7',
    'networks are understood');
is(address_of('10.1.1.1'), '10.1.1.1', 'the last trusted one, when all are');

finish($t);
done_testing();
