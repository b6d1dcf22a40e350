#!/usr/bin/perl
# A patch source on nginx, and what the commands make of it: downloads, feeds,
# states, clean-up.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use EPortal::Upstream qw(publish slurp source_dir start_nginx);
use JSON::PP;
use Test::More;

my $dir = source_dir(K20250101_01 => 'kernel', K20250201_01 => 'kernel',
    K20250301_01 => 'kernel', U20250101_01 => 'user',
    'U20250101_01-qemu' => 'qemu', 'U20250101_01-db' => 'db');
my $source = start_nginx($dir, user => 'customer', password => 'Geheim:1');
my $settings = <<"END";
PATCH_SOURCE_URL = '$source->{url}'
PATCH_SOURCE_USER = 'customer'
PATCH_SOURCE_PASSWORD = 'Geheim:1'
MIN_FREE_DISK = 1024
END
my $portal = EPortal::CLI->new(config => $settings);
my $json = JSON::PP->new->canonical->pretty;


sub configure {
    my ($more) = @_;

    $portal->write_config("BASE_DIR = '$portal->{data}'\n$settings$more");
    return;
}


# Name to status in a feed.
sub states {
    my ($product, $feed) = @_;
    my $r = $portal->run($product, 'list', '--json', '--feed',
        $feed // 'main');

    return { map { $_->{patchset} => $_->{status} }
            @{ decode_json($r->{out})->{patchsets} } };
}


# Change entries of the index as whoever runs the source would.
sub edit {
    my (%change) = @_;
    my $index = decode_json(slurp("$dir/index.json"));

    for my $entry (map { @$_ } values %{ $index->{products} }) {
        my $change = $change{ $entry->{name} } or next;
        $entry->{$_} = $change->{$_} for keys %$change;
    }
    open(my $fh, '>', "$dir/index.json") or die "index.json: $!\n";
    print {$fh} $json->encode($index);
    close($fh) or die "index.json: $!\n";
    publish($dir);
    return;
}


sub fetched {
    my ($what) = @_;
    my $log = slurp($source->{log});
    my $count = () = $log =~ /^GET \/\Q$what\E 20[06]/mg;

    return $count;
}


# Nothing is there yet.
my $r = $portal->ok_run('SRC-3: source check', qw(source check));
like($r->{out}, qr/^login +ok: accepted$/m, 'SRC-3: the login is accepted');
like($r->{out}, qr/^index +ok: 6 patchsets$/m, '... and the index is read');
unlike($portal->run('config')->{out}, qr/Geheim/,
    'the password is not shown by config');

$r = $portal->ok_run('CLI-5: update --dry-run', qw(kcare update --dry-run));
like($r->{out}, qr/^K20250101_01 would be downloaded .* and enabled in main$/m,
    '... tells what would be done');
is_deeply(states('kcare'), { map { $_ => 'not-downloaded' }
        qw(K20250101_01 K20250201_01 K20250301_01) },
    'NEW-PS-2, SRC-5: what upstream has is listed as not downloaded');
is(fetched('K20250101_01.tar.bz2'), 0, '... and was not fetched');

$r = $portal->ok_run('CLI-5, SRC-1: --get-latest', '--get-latest');
is_deeply([$r->{err} =~ /INFO - (\S+) was enabled in main/g],
    [qw(K20250101_01 K20250201_01 K20250301_01)],
    '... enables the newest patchsets in main, oldest first');
is_deeply(states('kcare'), { map { $_ => 'enabled' }
        qw(K20250101_01 K20250201_01 K20250301_01) }, '... all of them');
is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');
is((stat "$portal->{data}/arch/K20250101_01.tar.bz2")[2] & 07777, 0644,
    'the archive is kept, readable for all');
is_deeply([glob "$portal->{data}/arch/.download-*"], [],
    'and nothing half is left');
like(slurp($source->{log}), qr{^GET /index\.json 304}m,
    'an index that did not change is not fetched again');
like(slurp($source->{log}), qr{^GET /index\.json 200 - gzip$}m,
    'the index comes compressed');
unlike(slurp($source->{log}), qr{^GET \S+\.tar\S* .* gzip$}m,
    '... and archives as they are');
$r = $portal->ok_run('update again', qw(kcare update));
like($r->{err}, qr/has everything already/, '... has nothing to do');
is(fetched('K20250101_01.tar.bz2'), 1, '... and fetches no archive again');

# Userspace products.
for my $case (['libcare', 'U20250101_01', 'LIB-4, LIB-5', 'LIB-6',
        'BAK-9, LIB-3'],
    ['qemu', 'U20250101_01-qemu', 'QEMU-4, QEMU-5', 'QEMU-6',
        'BAK-10, QEMU-3'],
    ['db', 'U20250101_01-db', 'DB-2', 'DB-2', 'DB-1, BAK-11']) {
    my ($product, $name, $update, $auto, $missing) = @$case;

    $portal->ok_run("$missing: $product download-missing", $product,
        'download-missing');
    is(states($product)->{$name}, 'undeployed',
        '... downloads and deploys nowhere');
    $portal->run('feed', '-a', "test-$product");
    $portal->ok_run("$update: $product update --feed", $product, 'update', '--feed',
        "test-$product");
    is(states($product, "test-$product")->{$name}, 'enabled',
        '... enables it in that feed');
    is(states($product)->{$name}, 'undeployed', '... and only there');
    $portal->ok_run("$update: $product update", $product, 'update');
    is(states($product)->{$name}, 'enabled', '... is about main');
    $portal->run('feed', '-a', "auto-$product", '--auto');
    $portal->run('feed', '-a', "late-$product", '--auto', '--deploy-after',
        10);
    $portal->ok_run("$auto: $product auto-update", $product, 'auto-update');
    is(states($product, "auto-$product")->{$name}, 'enabled',
        'FEED-10: ... enables it in the automatic feed without delay');
    is(states($product, "late-$product")->{$name}, 'undeployed',
        'FEED-9: ... not yet in the one that waits 10 hours');
}

# BAK-8: the database is there, the files are fetched again.
$r = $portal->ok_run('BAK-8: kcare download-missing', qw(kcare download-missing));
like($r->{err}, qr/nothing is missing/, '... when nothing is missing');

# Channels.
make_archive('kernel', 'K20250401_01', "$dir/K20250401_01.tar.bz2");
publish($dir);
edit(K20250401_01 => { channels => ['unstable'] });
$portal->ok_run('a patchset of another channel', qw(kcare update));
is(states('kcare')->{K20250401_01}, 'not available',
    'NEW-FEED-1, NEW-PS-2: not available for a feed of the default channel');
is(fetched('K20250401_01.tar.bz2'), 0, '... and not downloaded for it');
$portal->run(qw(feed -a early --channel unstable));
$portal->ok_run('update of a feed of that channel',
    qw(kcare update --feed early));
is(states('kcare', 'early')->{K20250401_01}, 'enabled',
    'NEW-FEED-1: ... gets it');

# Enabling downloads first.
make_archive('kernel', 'K20250501_01', "$dir/K20250501_01.tar.bz2");
publish($dir);
$portal->run(qw(source check));
$portal->ok_run('the list is polled', qw(kcare download-missing --dry-run));
is(states('kcare')->{K20250501_01}, 'not-downloaded', 'it is not here');
$r = $portal->ok_run('NEW-PS-7: enable --dry-run',
    qw(kcare enable K20250501_01 --dry-run));
like($r->{out}, qr/would be downloaded/, '... says what it would do');
is(fetched('K20250501_01.tar.bz2'), 0, '... and does not');
$portal->ok_run('NEW-PS-7: enable downloads first', qw(kcare enable K20250501_01));
is(states('kcare')->{K20250501_01}, 'enabled', '... then enables');
$r = $portal->ok_run('disable --dry-run', qw(kcare disable K20250501_01 --dry-run));
is($r->{out}, "K20250501_01 would be disabled in main\n",
    '... tells');
is(states('kcare')->{K20250501_01}, 'enabled', '... and changes nothing');

# Blocked upstream.
edit(K20250501_01 => { status => 'blocked' },
    K20250201_01 => { status => 'disabled' });
$r = $portal->ok_run('the poll finds it blocked', qw(kcare update));
like($r->{err},
    qr/WARNING - K20250501_01 was disabled in main: the patch source blocks/,
    'NEW-PS-3: it is disabled here, and that is logged');
is(states('kcare')->{K20250501_01}, 'blocked', 'NEW-PS-3: it is blocked');
is(states('kcare')->{K20250201_01}, 'enabled (!)',
    'NEW-PS-4: enabled here, disabled upstream');
$r = $portal->run(qw(kcare enable K20250501_01));
is($r->{exit}, 2, 'NEW-PS-3: it cannot be enabled');
like($r->{err}, qr/blocked by the patch source/, '... and says why');
$portal->ok_run('enable-upto passes over it', qw(kcare enable-upto K20250501_01));
is(states('kcare')->{K20250501_01}, 'blocked', '... it stays blocked');

# Moved to another channel.
edit(K20250301_01 => { channels => ['test'] });
$portal->ok_run('it is for another channel now', qw(kcare update));
is(states('kcare')->{K20250301_01}, 'enabled (!)',
    'NEW-PS-4: enabled here, not meant for the channel of this feed');
edit(K20250301_01 => { channels => ['default'] });
$portal->ok_run('it is for this one again', qw(kcare update));
is(states('kcare')->{K20250301_01}, 'enabled', 'NEW-PS-4: ... all is well');

# Superseded.
unlink "$dir/K20250101_01.tar.bz2", "$dir/K20250201_01.tar.bz2";
publish($dir);
$r = $portal->ok_run('CLI-14: gone upstream', qw(kcare update));
is(states('kcare')->{K20250101_01}, 'enabled (!)',
    'CLI-14, NEW-PS-4: it stays, with a warning');
$r = $portal->ok_run('CLI-17: --clean-releases', '--clean-releases');
like($r->{err}, qr/nothing is superseded and unused/,
    'CLI-15: what a feed has enabled stays');
$portal->ok_run('disable it', qw(kcare disable K20250101_01));
$portal->ok_run('... in the other feed, too',
    qw(kcare disable K20250101_01 --feed early));
ok(-e "$portal->{data}/arch/K20250101_01.tar.bz2", 'its archive is here');
$r = $portal->run('--clean-releases', { env => { DRY_RUN => 1 } });
is($r->{exit}, 0, 'CLI-16: DRY_RUN=1 --clean-releases') or diag $r->{err};
like($r->{out}, qr/^K20250101_01 would be removed: \d+\.\d MiB$/m,
    'CLI-16: ... only reports');
ok(-e "$portal->{data}/arch/K20250101_01.tar.bz2", '... nothing is removed');
$r = $portal->ok_run('CLI-17: --clean-releases', '--clean-releases');
like($r->{out}, qr/^K20250101_01 is removed: .*\n1 patchsets, .* were freed$/m,
    'CLI-17: ... removes it and tells the bytes');
ok(!-e "$portal->{data}/arch/K20250101_01.tar.bz2", '... off the disk');
ok(!exists states('kcare')->{K20250101_01}, '... and out of the list');

# What is brought by hand is no business of the source's.
my $own = "$portal->{dir}/K20240101_01.tar.bz2";
make_archive('kernel', 'K20240101_01', $own);
$portal->ok_run('deploy by hand', qw(kcare deploy --feed early), $own);
$portal->run(qw(kcare undeploy-downto K20240101_01 --feed early));
$portal->ok_run('clean again', '--clean-releases');
is(states('kcare', 'early')->{K20240101_01}, 'undeployed',
    'CLI-15: what never came from the source stays');

# Distributions and the newest only.
for my $n (1 .. 4) {
    make_archive('kernel', "K2025060${n}_01", "$dir/K2025060${n}_01.tar.bz2");
}
make_archive('user', 'U20250601_01', "$dir/U20250601_01.tar.bz2");
publish($dir);
edit(K20250601_01 => { distros => ['debian12'] },
    K20250602_01 => { distros => ['almalinux9', 'el9'] },
    K20250603_01 => { distros => ['debian12'] },
    K20250604_01 => { distros => ['el9'] },
    U20250601_01 => { distros => ['el9'] });
configure("PATCH_SOURCE_DISTROS = ['debian12']\nLIMIT_PATCHSETS = 1\n");
$portal->ok_run('with a list of distributions', qw(kcare update));
my $states = states('kcare');
is($states->{K20250603_01}, 'enabled', 'SRC-4: the chosen distribution');
ok(!exists $states->{K20250602_01} && !exists $states->{K20250604_01},
    'SRC-4: others are neither fetched nor listed');
ok(!exists $states->{K20250601_01},
    'NEW-OPS-10: LIMIT_PATCHSETS: only the newest');
configure("PATCH_SOURCE_DISTROS = ['debian12']\n");
$portal->ok_run('libraries with a list of distributions', qw(libcare update));
is(states('libcare')->{U20250601_01}, 'enabled',
    'SRC-4: libraries come for every distribution');
$portal->ok_run('without the limit', qw(kcare update));
is(states('kcare')->{K20250601_01}, 'enabled',
    'NEW-OPS-10: a changed setting counts though the index did not change');

# The settings that the console will write.
my $second = EPortal::CLI->new(config => "MIN_FREE_DISK = 1024\n");
my $file = "$second->{data}/config/config.json";
$r = $second->run('source', 'set', '--url', $source->{url}, '--user',
    'customer', '--password', '-', '--distros', 'debian12, el9',
    { stdin => "Geheim:1\n" });
is($r->{exit}, 0, 'SRC-3: source set') or diag $r->{err};
is((stat $file)[2] & 07777, 0640, '... in a file that others cannot read');
is_deeply([$second->owned_by_root], [], '... and that is not root\'s');
is($second->run(qw(source check))->{exit}, 0, 'SRC-3: ... works');
is_deeply(decode_json(slurp($file))->{PATCH_SOURCE_DISTROS},
    ['debian12', 'el9'], 'SRC-4: the list');
$r = $second->run(qw(source set --distros), '');
ok(!exists decode_json(slurp($file))->{PATCH_SOURCE_DISTROS},
    'an empty value takes it out');
is(decode_json(slurp($file))->{PATCH_SOURCE_USER}, 'customer',
    '... the others stay');
$r = $second->run(qw(source set --user other),
    { env => { EPORTAL_PATCH_SOURCE_USER => 'me' } });
like($r->{err}, qr/warning: PATCH_SOURCE_USER is also set by the environment/,
    'what the environment sets wins, and that is told');
is($second->run(qw(source set))->{exit}, 2, 'without options: the usage');

# By hand in arch/: no download.
make_archive('kernel', 'K20250701_01', "$dir/K20250701_01.tar.bz2");
publish($dir);
system('cp', "$dir/K20250701_01.tar.bz2", "$portal->{data}/arch/") == 0
    or die "cp failed\n";
chmod 0644, "$portal->{data}/arch/K20250701_01.tar.bz2";
$portal->ok_run('an archive that was brought to arch/', qw(kcare update));
is(states('kcare')->{K20250701_01}, 'enabled', '... is taken');
is(fetched('K20250701_01.tar.bz2'), 0, '... and not downloaded');

done_testing();
