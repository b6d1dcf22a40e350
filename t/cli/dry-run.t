#!/usr/bin/perl
# --dry-run of everything that changes feeds: it says what would change, and
# nothing does. Each command is then run in earnest, to see that there was
# something to change.

use strict;
use warnings;

use File::Find;
use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive owner_name);
use EPortal::SmallSource;
use JSON::PP;
use Test::More;

my $portal = EPortal::CLI->new;
my $source = EPortal::SmallSource->start($portal->{dir});


# Feeds, keys and patchsets, and every file of the patches.
sub everything {
    my $r = EPortal::CLI::execute([ '/usr/bin/sqlite3', '-batch',
        "$portal->{data}/eportal.sqlite",
        'SELECT name, auto_update, deploy_after, channel FROM feed;'
            . ' SELECT key, feed_id FROM key;'
            . ' SELECT name, published, archive FROM patchset;'
            . ' SELECT f.feed_id, p.name, f.enabled FROM patchset_feed f'
            . '   JOIN patchset p ON p.id = f.patchset_id;'
            . ' SELECT hex(name) FROM object; SELECT * FROM undeployed' ], '', owner_name());
    my @found;

    $r->{exit} == 0 or die "sqlite3: $r->{err}\n";
    find({ no_chdir => 1, wanted => sub { push @found, $File::Find::name } },
        map { "$portal->{data}/$_" } qw(arch resources user-resources));
    return $r->{out} . join "\n", sort @found;
}


# A command that is only tried says these lines and changes nothing; in
# earnest it does change something.
sub try {
    my ($title, $says, @command) = @_;
    my $before = everything();

    for my $way ([ [ '--dry-run' ], {} ], [ [], { env => { DRY_RUN => 1 } } ]) {
        my ($option, $env) = @$way;
        my $r = $portal->run(@command, @$option, $env);

        is($r->{exit}, 0, "$title, " . ($option->[0] // 'DRY_RUN=1'))
            or diag $r->{err};
        is($r->{out}, join('', map { "$_\n" } @$says),
            '... says what would change');
        unlike($r->{err}, qr/ was /, '... and not that it did');
        is(everything(), $before, '... which it did not');
    }
    my $r = $portal->run(@command);
    is($r->{exit}, 0, "$title, in earnest") or diag $r->{err};
    isnt(everything(), $before, '... does change something');
    return;
}


my @archives = map {
    make_archive('kernel', "K2021010${_}_01",
        "$portal->{dir}/K2021010${_}_01.tar.bz2")
} 1 .. 4;

# Feeds themselves.
try('feed -a', ["Feed 'test' would be added"], qw(feed -a test));
try('feed -c', ["Feed 'test' would be changed"], qw(feed -c test --auto));
$portal->run(qw(key -a k1 --feed test));
try('feed -d', ["Feed 'test' would be deleted", '1 key would move to main'],
    qw(feed -d test));

# Archives.
try('deploy', [ map { ("K2021010${_}_01 would be imported: 2 objects, 2 CVEs",
        "K2021010${_}_01 would be enabled in main") } 1, 2 ],
    qw(kcare deploy), @archives[1, 0]);
try('deploy --disabled', ['K20210103_01 would be imported: 2 objects, 2 CVEs',
        'K20210103_01 would be disabled in main'],
    qw(kcare deploy --disabled), $archives[2]);
$portal->run(qw(feed -a test));
try('deploy of what is here', ['K20210102_01 would be enabled in test'],
    qw(kcare deploy --feed test), $archives[1]);
try('--deploy', ['K20210104_01 would be imported: 2 objects, 2 CVEs',
        'K20210104_01 would be enabled in main'], '--deploy', $archives[3]);
my $bad = "$portal->{dir}/K20210105_01.tar.bz2";
open(my $fh, '>', $bad) or die "$bad: $!\n";
print {$fh} 'this is no archive';
close($fh);
my $before = everything();
is($portal->run(qw(kcare deploy --dry-run), $bad)->{exit}, 2,
    'deploy --dry-run judges the archive');
is(everything(), $before, '... and leaves nothing of it');

# States.
try('disable', ['K20210101_01 would be disabled in main'],
    qw(kcare disable K20210101_01));
try('enable', ['K20210103_01 would be enabled in main'],
    qw(kcare enable K20210103_01));
try('enable-upto', [ map { "K2021010${_}_01 would be enabled in test" } 1, 3 ],
    qw(kcare enable-upto K20210103_01 --feed test));
try('undeploy-downto',
    [ (map { "K2021010${_}_01 would be undeployed from test" } 2, 3),
        'K20210104_01 would be held back from test' ],
    qw(kcare undeploy-downto K20210102_01 --feed test));
try('unroll', ['K20210102_01 would be disabled in main'],
    qw(kcare unroll K20210102_01));
try('--unroll', ['K20210103_01 would be disabled in main'],
    qw(--unroll K20210103_01));
try('unroll --delete of one feed', ['K20210101_01 would be removed from test'],
    qw(kcare unroll K20210101_01 --delete --feed test));
try('--unroll --delete', ['K20210101_01 would be removed'],
    qw(--unroll K20210101_01 --delete));

# What the source has.
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "PATCH_SOURCE_URL = '" . $source->url . "'\nMIN_FREE_DISK = 1024\n");
$source->add($portal, 'K20210201_01');
my $size = sprintf '%.1f MiB', (-s "$source->{dir}/K20210201_01.tar.bz2") / 2**20;
my $both = "K20210201_01 would be downloaded ($size) and enabled in main";
is($portal->run(qw(--get-latest --dry-run))->{out}, "$both\n",
    'CLI-5: --get-latest --dry-run');
try('update', [$both], qw(kcare update));
$portal->run(qw(feed -a auto --auto));
my @auto = map { "K202$_ would be enabled in auto" }
    qw(10102_01 10103_01 10104_01 10201_01);
is($portal->run(qw(--auto-update --dry-run))->{out},
    join('', map { "$_\n" } @auto), '--auto-update --dry-run');
try('auto-update', \@auto, qw(kcare auto-update));
$portal->run(qw(feed -a again --auto));
try('--auto-update', [ map { s/ auto$/ again/r } @auto ], '--auto-update');
is(scalar(grep { $_->{status} eq 'enabled' } @{ decode_json($portal->run(
            qw(kcare list --json --feed again))->{out})->{patchsets} }), 4,
    'CLI-2: --auto-update enables in the automatic feed what is there');

# A poll disables what the source blocks, unless it is only tried.
my $index = decode_json(join '', do {
    open(my $in, '<', "$source->{dir}/index.json") or die "index.json: $!\n";
    <$in>;
});
$_->{status} = 'blocked' for @{ $index->{products}{kernel} };
open($fh, '>', "$source->{dir}/index.json") or die "index.json: $!\n";
print {$fh} encode_json($index);
close($fh);
$portal->run(qw(source publish), $source->{dir})->{exit} == 0
    or die "source publish failed\n";
try('update that finds a patchset blocked',
    [ map { "K20210201_01 would be disabled in $_: the patch source blocks it" }
        qw(main auto again) ], qw(kcare update));

# A clean-up.
unlink "$source->{dir}/K20210201_01.tar.bz2" or die "unlink: $!\n";
$source->add($portal, 'K20210301_01');
$portal->run(qw(kcare download-missing));
my $clean = $portal->run(qw(--clean-releases --dry-run))->{out};
like($clean, qr/\AK20210201_01 would be removed: \d+\.\d MiB\n1 patchsets, /,
    'CLI-16: --clean-releases --dry-run');
try('CLI-17: --clean-releases', [ split /\n/, $clean ], '--clean-releases');

# Where it has no meaning.
is($portal->run(@$_)->{exit}, 2, "not with @$_")
    for [qw(--list-servers --dry-run)], [qw(-a joe -p secret --dry-run)],
        [qw(--dry-run)];

is_deeply([ $portal->owned_by_root ], [], 'nothing in the data is root\'s');

done_testing();
