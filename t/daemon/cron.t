#!/usr/bin/perl
# packaging/cron/eportal.example: the default feed by cron.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use EPortal::Source qw(slurp);
use EPortal::SmallSource;
use Test::More;

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});

$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "PATCH_SOURCE_URL = '" . $source->url . "'\n");
$source->add($portal, 'K20210129_02');
$portal->run(qw(feed -a other));

my @lines = grep { !/^#/ && /\S/ } split /\n/,
    slurp('packaging/cron/eportal.example');
is(scalar @lines, 1, 'one line');
my ($user, $program, @arguments) =
    $lines[0] =~ m{^(?:[\d*/,-]+ ){5}(\S+) (\S+) (.*)$};
is($user, 'root', 'it is one of cron.d');
is($program, '/usr/bin/kc.eportal', 'and runs our program');

my $r = $portal->run(split ' ', "@arguments");
is($r->{exit}, 0, 'CLI-4: what cron runs succeeds') or diag $r->{err};
like($portal->run(qw(kcare list))->{out}, qr/^K20210129_02 +enabled /m,
    'CLI-4: the default feed has what is new');
like($portal->run(qw(kcare list --feed other))->{out},
    qr/^K20210129_02 +undeployed /m, 'and no other');
is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');

done_testing();
