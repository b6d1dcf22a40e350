#!/usr/bin/perl
# kc.eportal server, server clean and --list-servers

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;


sub servers {
    my $r = $portal->run('server', '--json', @_);

    is($r->{exit}, 0, 'server --json succeeds') or diag $r->{err};
    return @{ decode_json($r->{out})->{servers} };
}


my $r = $portal->run('server');
is($r->{out}, '', 'no servers: nothing on stdout');
like($r->{err}, qr/kcarectl --register KEY/, '... stderr tells what to do');
is_deeply([servers()], [], '... and JSON is an empty list');

is($portal->run('--list-servers')->{out}, <<'END',
Count | Key
----- + --------------------------------
END
    'SRV-5: --list-servers without keys is the head of the table');
$portal->run(qw(key -a), $_) for qw(2shcolu7Y1x6885Q 6J89aS44j6OmTr05);
my @id = $portal->seed('6J89aS44j6OmTr05', 2, 0, 3);
is($portal->run('--list-servers')->{out}, <<'END',
Count | Key
----- + --------------------------------
    0 | 2shcolu7Y1x6885Q
    2 | 6J89aS44j6OmTr05
END
    'SRV-5: --list-servers prints the manual\'s table');

$r = $portal->run('server');
like($r->{out}, qr{^ID +KEY +FEED +HOSTNAME +IP +EFFECTIVE KERNEL +LEVEL +TAGS +REGISTERED +CHECK-IN$}m, 'server lists servers');
like($r->{out}, qr{^\Q$id[0]\E 6J89aS44j6OmTr05 main host1\.example 192\.0\.2\.7 6\.1\.0-42-amd64 +3 env:prod;ubuntu(?: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d){2}$}m, '... whole and uncut');
is($portal->run(qw(server list))->{out}, $r->{out}, 'server list is the same');
my @server = servers();
is_deeply([map { $_->{server_id} } @server], \@id, 'JSON has their ids');
is($server[0]{patch_level}, 3, '... level as a number');
like($portal->run(qw(server --json))->{out}, qr/"patch_level": 3,/,
    '... indeed');
like($server[1]{checkin}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    '... times in UTC');

# More than are listed at once, one of them with a longer name than before.
$portal->run(qw(key -a many));
$portal->seed('many', 4000);
$portal->seed('many', 7);
is(scalar(servers(qw(--key many))), 4007, 'a long list is one JSON document');
my @lines = split /\n/, $portal->run(qw(server --key many))->{out};
is(scalar(@lines), 4008, '... and one table');
is(scalar(grep { /^ID +KEY/ } @lines), 1, '... with one heading');
is(index($lines[4007], '192.0.2.7'), index($lines[2000], '192.0.2.7'),
    '... whose columns stand below each other');
$portal->run(qw(key -d many));
$portal->run(qw(key -a many));
$portal->seed('many', 2000);
is(scalar(servers(qw(--key many))), 2000, '... also when no row is left over');
$portal->run(qw(key -d many));

my @silent = $portal->seed('2shcolu7Y1x6885Q', 1, -1);
like($portal->run(qw(server --key 2shcolu7Y1x6885Q))->{out},
    qr/^\Q$silent[0]\E .* never *$/m, 'a server that never checked in');
is_deeply([map { $_->{server_id} } servers('--key', '2shcolu7Y1x6885Q')],
    \@silent, '--key lists those of one key');
is((servers('--key', '2shcolu7Y1x6885Q'))[0]{checkin}, undef,
    '... whose check-in is null in JSON');
is($portal->run(qw(server --key nokey))->{exit}, 4, 'an unknown key');

is($portal->run(qw(server clean --inactive))->{out},
    "0 servers were deleted\n", 'SRV-6: nothing to clean');
$portal->seed('2shcolu7Y1x6885Q', 1, 31);
$portal->seed('2shcolu7Y1x6885Q', 1, -31);
is($portal->run(qw(server clean --inactive))->{out},
    "2 servers were deleted\n",
    'SRV-6: server clean --inactive prints `2 servers were deleted`');
is(scalar(servers()), 3, 'SRV-6: the others stay');
$portal->seed('2shcolu7Y1x6885Q', 1, 29);
is($portal->run(qw(server clean --inactive))->{out},
    "0 servers were deleted\n", 'SRV-6: 29 days are not over 30');
$portal->seed('2shcolu7Y1x6885Q', 1, 40);
is($portal->run(qw(server clean --inactive))->{out},
    "1 server was deleted\n", 'SRV-6: one server');
$portal->seed('2shcolu7Y1x6885Q', 1203, 31);
is($portal->run(qw(server clean --inactive))->{out},
    "1203 servers were deleted\n", 'SRV-6: more than one transaction holds');
is(scalar(servers()), 4, 'SRV-6: the others stay again');

$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "INACTIVE_SERVER_AGE = 3600 * 24 * 7\n");
is($portal->run(qw(server clean --inactive))->{out},
    "1 server was deleted\n", 'SRV-6: the age is a setting');
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "INACTIVE_SERVER_AGE = 0\n");
is($portal->run(qw(server clean --inactive))->{exit}, 2,
    'an age of 0 does not delete everything');
$portal->write_config("BASE_DIR = '$portal->{data}'\n");
is(scalar(servers()), 3, '... but nothing');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
