#!/usr/bin/perl
# kc.eportal status: how the portal is, on one screen.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use EPortal::Daemon;
use EPortal::SmallSource;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});


sub status {
    my $r = $portal->run(qw(status --json));

    $r->{exit} == 0 or die "status: $r->{err}\n";
    return { map { $_->{item} => $_->{value} }
            @{ decode_json($r->{out})->{status} } };
}


my $s = status();
is($s->{data}, $portal->{data}, 'the data directory');
is($s->{daemon}, 'not running', 'no daemon');
is($s->{'patch source'}, 'none', 'no source');
is($s->{'servers, active'}, 0, 'no server');
like($s->{'disk, free'}, qr/^[\d.]+ GiB$/, 'the disk');

$portal->run(qw(key -a k1));
$portal->seed('k1', 2, 40);
$portal->seed('k1', 3, 1);
$portal->run(qw(feed -a test));
$portal->run('kcare', 'deploy', '--feed', $_->[0], make_archive('kernel',
        $_->[1], "$portal->{dir}/$_->[1].tar.bz2"))
    for [ 'main', 'K20210129_01' ], [ 'main', 'K20210130_01' ],
        [ 'test', 'K20210131_01' ];
$portal->run(qw(kcare disable K20210130_01));
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "PATCH_SOURCE_URL = '" . $source->url . "'\n");
$source->add($portal, 'K20210201_01');
$source->stall(1);
my $daemon = EPortal::Daemon->start($portal);
ok($daemon->wait_for(sub { $source->asked('K20210201_01.tar.bz2') }),
    'a download is under way');
$s = status();
is($s->{daemon}, 'running', 'the daemon');
is($s->{'patch source'}, $source->url, 'the source');
is($s->{'to be downloaded'}, 1, '... what is still to come');
is($s->{'feed main, kcare'}, 'K20210129_01', 'newest enabled patchset');
is($s->{'feed test, kcare'}, 'K20210131_01', '... of each feed');
is($s->{'servers, active'}, 3, 'active servers');
is($s->{'servers, silent'}, 2, '... and silent ones');
$source->stall(0);
ok($daemon->wait_for(sub { status()->{'to be downloaded'} == 0 }),
    'the download is done');
ok($daemon->wait_for(sub { status()->{'its result'} =~ /1 downloaded/ }),
    'which the last poll says');
is($daemon->stop, 0, 'the daemon ends');
cmp_ok(scalar split(/\n/, $portal->run('status')->{out}), '<', 24,
    'it is one screen');

done_testing();
