#!/usr/bin/perl
# kc.eportal kcare|libcare|qemu|db: archives into feeds and out of them

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;
my $day = qr/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/;

# Where only root can read: the command must open them before it becomes
# somebody else.
my $private = "$portal->{dir}/private";
mkdir $private, 0700 or die "mkdir: $!\n";


sub archive {
    my ($product, $name, $suffix) = @_;
    my $path = "$private/$name" . ($suffix // '.tar.bz2');

    make_archive($product, $name, $path);
    chmod 0600, $path or die "chmod: $!\n";
    return $path;
}


# Name to status in a feed.
sub states {
    my ($product, $feed) = @_;
    my $r = $portal->run($product, 'list', '--json', '--feed',
        $feed // 'main');

    is($r->{exit}, 0, "$product list --json succeeds") or diag $r->{err};
    return { map { $_->{patchset} => $_->{status} }
            @{ decode_json($r->{out})->{patchsets} } };
}


my $r = $portal->run(qw(kcare list));
is($r->{out}, '', 'no patchsets: nothing on stdout');
like($r->{err}, qr/kc\.eportal kcare deploy ARCHIVE/,
    '... stderr names the next command');

$portal->run(qw(feed -a test));

my $k1 = archive('kernel', 'K04082020_1');
$r = $portal->run('kcare', 'deploy', $k1);
is($r->{exit}, 0, 'CLI-11: kcare deploy ARCHIVE') or diag $r->{err};
is($r->{out}, '', '... prints nothing on stdout');
like($r->{err},
    qr/^$day - eportal\.patches - INFO - K04082020_1 was enabled in main$/m,
    'CLI-12: the log line');
unlike($r->{err}, qr/\r|\e/, '... and no progress without a terminal');
ok(-f "$portal->{data}/arch/K04082020_1.tar.bz2",
    'CLI-7: the archive is kept in arch/');
is_deeply([$portal->owned_by_root], [],
    'a private archive of root deploys, and nothing in the data is root\'s');
is(states('kcare')->{K04082020_1}, 'enabled', 'it is enabled in main');
is(states('kcare', 'test')->{K04082020_1}, 'undeployed', '... but not in test');
$r = $portal->run('kcare', 'list');
like($r->{out}, qr/^PATCHSET +STATUS +OBJECTS +CVES +APPEARED +DISTROS$/m,
    'kcare list prints a table');
like($r->{out}, qr/^K04082020_1 +enabled +2 +2 \d{4}-\S+ \S+ debian12$/m,
    '... with objects, CVEs and distribution');

$r = $portal->run('kcare', 'deploy', $k1);
is($r->{exit}, 0, 'the same archive again is fine');
unlike($r->{err}, qr/was enabled/, '... and changes nothing');

my $k2 = archive('kernel', 'K20210129_02');
$r = $portal->run('--deploy', $k2);
is($r->{exit}, 0, 'CLI-8, TRAP-4: --deploy FILE') or diag $r->{err};
is(states('kcare')->{K20210129_02}, 'enabled', '... enables it in main');

# Out of order on the command line, and old names among new ones.
my @more = map { archive('kernel', $_) }
    qw(K20251119_03 16012017_1 K20251119_1 K31122020_2);
$r = $portal->run('kcare', 'deploy', @more);
is($r->{exit}, 0, 'several archives at once') or diag $r->{err};
is_deeply([$r->{err} =~ /INFO - (\S+) was enabled/g],
    [qw(16012017_1 K31122020_2 K20251119_1 K20251119_03)],
    'CLI-11: the oldest is deployed first');
is_deeply([map { $_->{patchset} } @{ decode_json(
        $portal->run(qw(kcare list --json))->{out})->{patchsets} }],
    [qw(16012017_1 K04082020_1 K31122020_2 K20210129_02 K20251119_1
        K20251119_03)], 'DB-3, TRAP-9: the list is in the order of time, too');

# Userspace.
for my $case (['libcare', 'user', 'U20210129_02', 'LIB'],
    ['qemu', 'qemu', 'U20210818_01-qemu', 'QEMU'],
    ['db', 'db', 'U20210901_01-db', 'DB']) {
    my ($command, $product, $name, $id) = @$case;
    my %title = (
        LIB => ['LIB-1, LIB-12', 'LIB-10', 'LIB-11'],
        QEMU => ['QEMU-1, QEMU-11', 'QEMU-9', 'QEMU-10'],
        DB => ['DB-1, CLI-13', 'DB-2', 'DB-2'],
    );
    my ($example, $feed, $disabled) = @{ $title{$id} };
    my $path = archive($product, $name);

    $r = $portal->run($command, 'deploy', '--feed', 'test', $path);
    is($r->{exit}, 0, "$example: $command deploy --feed test $name.tar.bz2")
        or diag $r->{err};
    like($r->{err},
        qr/^$day - eportal\.patches - INFO - \Q$name\E was enabled in test$/m,
        "$example: deployed and enabled");
    is(states($command, 'test')->{$name}, 'enabled', "$feed: in that feed");
    is(states($command, 'main')->{$name}, 'undeployed', "$feed: only there");

    (my $second = $name) =~ s/_0[12]/_07/;
    $path = archive($product, $second);
    $r = $portal->run($command, 'deploy', $path, '--disabled');
    is($r->{exit}, 0, "$disabled: $command deploy --disabled")
        or diag $r->{err};
    unlike($r->{err}, qr/was enabled/, "$disabled: not enabled");
    isnt(states($command)->{$second}, 'enabled', "$disabled: indeed");

    my $other = $command eq 'db' ? 'kcare' : 'db';
    is($portal->run($other, 'deploy', $path)->{exit}, 2,
        "$other deploy refuses $second");
}

# States.
is($portal->run(qw(kcare disable K20210129_02))->{exit}, 0, 'MAN-4: disable');
is(states('kcare')->{K20210129_02}, 'disabled', '... disables');
is($portal->run(qw(kcare enable K20210129_02))->{exit}, 0, 'enable');
is(states('kcare')->{K20210129_02}, 'enabled', '... enables');
$r = $portal->run(qw(kcare enable K20210129_02));
is($r->{exit}, 0, 'enabling what is enabled is fine');
like($r->{err}, qr/nothing had to be changed/, '... and says so');
is($portal->run(qw(kcare disable K31122020_2 --feed test))->{exit}, 0,
    'disable in another feed') or diag $r->{err};
is($portal->run(qw(kcare enable-upto K20251119_1 --feed test))->{exit}, 0,
    'MAN-2: enable-upto');
is_deeply(states('kcare', 'test'), {
    '16012017_1' => 'enabled', K04082020_1 => 'enabled',
    K31122020_2 => 'disabled', K20210129_02 => 'enabled',
    K20251119_1 => 'enabled', K20251119_03 => 'undeployed',
}, 'MAN-2, MAN-5: ... enables that one and all older, but the disabled');
is($portal->run(qw(kcare undeploy-downto K20210129_02 --feed test))->{exit},
    0, 'NEW-PS-8: undeploy-downto');
is_deeply(states('kcare', 'test'), {
    '16012017_1' => 'enabled', K04082020_1 => 'enabled',
    K31122020_2 => 'disabled', K20210129_02 => 'undeployed',
    K20251119_1 => 'undeployed', K20251119_03 => 'undeployed',
}, '... takes out that one and all newer');
is($portal->run(qw(kcare enable K20990101_01))->{exit}, 4, 'not found');
is($portal->run(qw(kcare enable nonsense))->{exit}, 2, 'no patchset name');
is($portal->run(qw(kcare list --feed nofeed))->{exit}, 4, 'no such feed');

# Unroll.
$r = $portal->run(qw(--unroll 16012017_1));
is($r->{exit}, 0, 'CLI-1: kc.eportal --unroll 16012017_1') or diag $r->{err};
is(states('kcare')->{'16012017_1'}, 'disabled', 'TRAP-1: unroll disables');
$r = $portal->run(qw(--unroll 04082020_1));
is(states('kcare')->{K04082020_1}, 'disabled',
    'TRAP-1: a name without its letter');
$r = $portal->run(qw(kcare unroll K20210129_02));
is($r->{exit}, 0, 'NEW-PS-9: kcare unroll NAME') or diag $r->{err};
is(states('kcare')->{K20210129_02}, 'disabled', '... disables');
$r = $portal->run(qw(libcare unroll U20210129_02 --feed test));
is(states('libcare', 'test')->{U20210129_02}, 'disabled',
    'NEW-PS-9: libcare unroll NAME');
$r = $portal->run(qw(kcare unroll K20251119_03 --delete));
is($r->{exit}, 0, 'NEW-PS-9: unroll --delete') or diag $r->{err};
ok(!exists states('kcare')->{K20251119_03}, '... removes it');
ok(!-e "$portal->{data}/arch/K20251119_03.tar.bz2", '... archive and all');
$r = $portal->run(qw(--unroll K20251119_1 --delete));
ok(!exists states('kcare')->{K20251119_1}, 'TRAP-4: --unroll PS --delete');
is($portal->run(qw(kcare unroll K20990101_01))->{exit}, 4, 'not found');

# What cannot be deployed.
is($portal->run('kcare', 'deploy', "$private/K20990101_01.tar.bz2")->{exit}, 4,
    'an archive that is not there');
is($portal->run('kcare', 'deploy', $private)->{exit}, 2, 'a directory');
archive('kernel', 'K20250303_03');
rename "$private/K20250303_03.tar.bz2", "$private/patches.tar.bz2";
is($portal->run('kcare', 'deploy', "$private/patches.tar.bz2")->{exit}, 2,
    'a file that is not named as a patchset');
mkdir "$private/K20250101_01.tar";
is($portal->run('kcare', 'deploy', "$private/K20250101_01.tar")->{exit}, 2,
    'a directory that is');
open(my $fh, '>', "$private/K20250102_01.tar.bz2") or die;
print {$fh} 'this is no archive';
close($fh);
$r = $portal->run('kcare', 'deploy', "$private/K20250102_01.tar.bz2");
is($r->{exit}, 2, 'a file that is no archive');
like($r->{err}, qr/\Akc\.eportal: [^\n]+\n\z/, '... in one line');
my $good = archive('kernel', 'K20240101_01');
$r = $portal->run('kcare', 'deploy', "$private/K20250102_01.tar.bz2", $good);
is($r->{exit}, 2, 'a bad archive among good ones');
like($r->{err}, qr/1 of 2 archives were deployed, then .*K20250102_01/,
    '... tells how far it came');
is(states('kcare')->{K20240101_01}, 'enabled', '... and the older one is there');
is($portal->run('kcare', 'deploy', '--feed', 'nofeed', $good)->{exit}, 4,
    'an unknown feed');

is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');

done_testing();
