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
    return decode_json($r->{out})->{status};
}


my $s = status();
is($s->{data}, $portal->{data}, 'the data directory');
ok(JSON::PP::is_bool($s->{daemon}) && !$s->{daemon}, 'no daemon');
ok(exists $s->{patch_source} && !defined $s->{patch_source}, 'no source');
is_deeply($s->{feeds}, [ { name => 'main', newest => {} } ], 'only the feed main');
my $text = $portal->run(qw(status --json))->{out};
like($text, qr/"$_": \d+[,\n]/, "$_ is a number")
    for qw(disk_free servers_active servers_silent);
like($text, qr/"daemon": false,/, 'what is yes or no is a boolean');
my $screen = $portal->run('status')->{out};
like($screen, qr/^disk, free +[\d.]+ GiB$/m, 'the disk, for people');
like($screen, qr/^feed main +none$/m, 'a feed with nothing in it');
like($screen, qr/^patch source +none$/m, '... no source');

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
ok($s->{daemon}, 'the daemon');
is($s->{patch_source}, $source->url, 'the source');
is($s->{to_be_downloaded}, 1, '... what is still to come');
is($s->{last_poll}, undef, '... which no poll has ended with yet');
my %newest = map { $_->{name} => $_->{newest} } @{ $s->{feeds} };
is_deeply($newest{main}, { kcare => 'K20210129_01' }, 'newest enabled patchset');
is_deeply($newest{test}, { kcare => 'K20210131_01' }, '... of each feed');
is($s->{servers_active}, 3, 'active servers');
is($s->{servers_silent}, 2, '... and silent ones');
$source->stall(0);
ok($daemon->wait_for(sub { status()->{to_be_downloaded} == 0 }),
    'the download is done');
ok($daemon->wait_for(sub {
    (status()->{last_poll_result} // '') =~ /1 downloaded/ }),
    'which the last poll says');
like(status()->{last_poll}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    '... and when that was, in UTC');
$screen = $portal->run('status')->{out};
like($screen, qr/^feed main, kcare +K20210129_01$/m, 'the same for people');
like($screen, qr/^servers, silent +2$/m, '... who read it in words');
is($daemon->stop, 0, 'the daemon ends');
cmp_ok(scalar split(/\n/, $portal->run('status')->{out}), '<', 24,
    'it is one screen');

done_testing();
