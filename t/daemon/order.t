#!/usr/bin/perl
# Enabling what is not downloaded yet: the API notes it, the daemon does it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use EPortal::Daemon;
use EPortal::SmallSource;
use EPortal::Test;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});
my $web = EPortal::Test->new(base => $portal->{data}, config => {
    PATCH_SOURCE_URL => "'" . $source->url . "'" });
my %admin = (basic => 'admin:secret');

sub cell {
    my ($name, $feed) = @_;
    my $r = $web->get('/admin/api/patchsets/matrix', %admin);
    my ($row) = grep { $_->{patchset} eq $name }
        @{ decode_json($r->{content})->{result}{patchsets} };
    my ($cell) = grep { $_->{feed} eq $feed } @{ $row->{feeds} };

    return $cell;
}

sub manage {
    my ($query) = @_;
    my $r = $web->post("/admin/api/patchsets/manage?$query", %admin);

    return "$r->{status} " . (decode_json($r->{content})->{error} // 'ok');
}

# The source is known, but nothing has been downloaded.
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
        . "PATCH_SOURCE_URL = '" . $source->url . "'\n"
        . "AUTO_UPDATE_PERIOD = 0\n");
$source->add($portal, $_) for qw(K20210129_02 K20210130_01);
$web->cli_ok('user', '-a', '-p', 'secret', 'admin');
$web->cli_ok('feed', '-a', 'f1');
$web->start;
is($portal->run(qw(kcare update --dry-run))->{exit}, 0, 'the index is read');

is(cell('K20210129_02', 'f1')->{status}, 'not-downloaded',
    'a patchset is known from the source alone');
is(manage('patchset=K20210129_02&feed=f1&action=disable'),
    '400 not-downloaded', 'it cannot be disabled');
is(manage('patchset=K20210129_02&feed=f1&feed=main&action=enable'), '200 ok',
    'NEW-PS-7: it can be enabled');
is(cell('K20210129_02', 'f1')->{waiting}, '', 'NEW-PS-7: and waits');
is(cell('K20210130_01', 'f1')->{waiting}, undef, 'another one does not');
is($source->asked('K20210129_02.tar.bz2'), 0, 'until there is a daemon');

# The archive is not to be had at first.
rename "$source->{dir}/K20210129_02.tar.bz2", "$source->{dir}/away"
    or die "rename: $!\n";
my $daemon = EPortal::Daemon->start($portal);
ok($daemon->wait_for(sub { length(cell('K20210129_02', 'f1')->{waiting} // '') }),
    'NEW-PS-7: what goes wrong is told where it waits')
    or diag $daemon->text;
rename "$source->{dir}/away", "$source->{dir}/K20210129_02.tar.bz2"
    or die "rename: $!\n";
is($portal->run(qw(jobs run fetch))->{exit}, 0, 'it is tried again');
for my $feed ('f1', 'main') {
    ok($daemon->wait_for(sub {
        cell('K20210129_02', $feed)->{status} eq 'enabled' }),
        "NEW-PS-7: it is downloaded and enabled in $feed")
        or diag $daemon->text;
    is(cell('K20210129_02', $feed)->{waiting}, undef, 'and waits no more');
}
is(cell('K20210130_01', 'f1')->{status}, 'not-downloaded',
    'nothing else was downloaded');

is(manage('patchset=K20210130_01&feed=f1&action=enable-upto'), '200 ok',
    'enable-upto of one that is not here');
ok($daemon->wait_for(sub {
    cell('K20210130_01', 'f1')->{status} eq 'enabled' }),
    'NEW-PS-7: a running daemon does it at once') or diag $daemon->text;

finish($web);
$daemon->stop;
$source->stop if $source->can('stop');
done_testing();
