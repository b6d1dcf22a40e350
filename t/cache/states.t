#!/usr/bin/perl
# Cache mode and the commands for patchsets: what is known by its metadata
# alone is enabled, updated, deployed over, removed and made whole like any
# other.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive owner_name);
use EPortal::Daemon;
use EPortal::Upstream qw(publish slurp start_nginx temp_dir);
use JSON::PP;
use Test::More;

my $dir = temp_dir();

make_archive('kernel', "K2025010${_}_01", "$dir/K2025010${_}_01.tar.bz2")
    for 1 .. 3;
publish($dir, '--tree');
my $source = start_nginx($dir);
my $settings = "PATCH_SOURCE_URL = '$source->{url}'\nMIN_FREE_DISK = 1024\n";
my $portal = EPortal::CLI->new(config => "${settings}CACHE_MODE = True\n");


sub states {
    my ($feed) = @_;
    my $r = $portal->run(qw(kcare list --json --feed), $feed // 'main');

    return { map { $_->{patchset} => $_->{status} }
            @{ decode_json($r->{out})->{patchsets} } };
}


sub configure {
    my ($more) = @_;

    $portal->write_config("BASE_DIR = '$portal->{data}'\n$settings$more");
    return;
}


sub archives_fetched {
    my $count = () = slurp($source->{log}) =~ /\.tar/g;

    return $count;
}


# A file as a worker would have fetched it; its path in cache/.
sub fetch {
    my ($path) = @_;
    my $to = "$portal->{data}/cache/$path";
    my ($uid, $gid) = (getpwnam(owner_name()))[2, 3];
    my $at = "$portal->{data}/cache";

    for my $part ((split m{/}, $path)[0 .. 2]) {
        $at .= "/$part";
        mkdir $at;
        chown $uid, $gid, $at;
    }
    system('cp', "$dir/$path", $to) == 0 or die "cp failed\n";
    chown $uid, $gid, $to;
    return $to;
}


# The files of a patchset, as its metadata has them.
sub files_of {
    my ($name) = @_;
    my (undef, @lines) = split /\n/, slurp("$dir/meta/$name.jsonl");

    return map {
        my $line = decode_json($_);
        map { "resources/$line->{object}/$line->{level}/$_->{name}" }
            @{ $line->{files} };
    } @lines;
}


my $r = $portal->ok_run('CACHE-2: update', qw(kcare update --dry-run));
like($r->{out}, qr/^K20250101_01 would be downloaded \(0\.0 MiB\)/m,
    '... would fetch little');
$r = $portal->ok_run('CACHE-2: update in cache mode', qw(kcare update));
is_deeply(states(), { map { $_ => 'enabled' }
        qw(K20250101_01 K20250102_01 K20250103_01) },
    '... enables what is known by its metadata');
is(archives_fetched(), 0, '... without its archive');
is_deeply([$portal->owned_by_root], [], 'nothing in the data is root\'s');
$portal->ok_run('again', qw(kcare update));
my @asked = slurp($source->{log}) =~ m{^GET (/meta/\S+) }mg;
is_deeply([sort @asked], [map { "/meta/K2025010${_}_01.jsonl" } 1 .. 3],
    'metadata is fetched once');

# What was fetched, and what the doctor says to it.
my ($file) = files_of('K20250103_01');
my $kept = fetch($file);
my $stray = $kept =~ s{[^/]*\z}{stray}r;
is($portal->run(qw(doctor --storage))->{exit}, 0,
    'the doctor is content with what was fetched');
my $bytes = slurp($kept);
my $flipped = $bytes;
vec($flipped, 100, 1) ^= 1;
spew($stray, 'x');
for my $case (['cut', substr $bytes, 1], ['one bit', $flipped]) {
    spew($kept, $case->[1]);
    $r = $portal->run(qw(doctor --storage));
    is($r->{exit}, 1, "W-22: a fetched file that was altered: $case->[0]");
    like($r->{out},
        qr{^wrong-bytes: cache/\Q$file\E has other bytes than its metadata}m,
        '... is found');
}
like($r->{out}, qr{^file-without-row: cache/resources/\S+/1/stray belongs}m,
    'W-22: and one of no patchset is');
ok(-e $kept && -e $stray, '... they stay until they are to be mended');
$portal->ok_run('W-22: --repair', qw(doctor --storage --repair));
ok(!-e $kept && !-e $stray, '... removes both');
is($portal->run(qw(doctor --storage))->{exit}, 0, '... and all is well');

# Removing.
fetch($file);
$portal->ok_run('CACHE-4: unroll --delete', qw(kcare unroll --delete K20250103_01));
ok(!-e $kept, '... takes what was fetched away');
is(states()->{K20250103_01}, 'not-downloaded', '... and its rows');
$portal->ok_run('download-missing', qw(kcare download-missing));
is(states()->{K20250103_01}, 'undeployed', '... brings the metadata again');

# By hand.
$portal->ok_run('CACHE-9: deploy of an archive whose metadata is here',
    qw(kcare deploy --dry-run), "$dir/K20250101_01.tar.bz2");
ok(!-e "$portal->{data}/" . (files_of('K20250101_01'))[0],
    '... --dry-run puts nothing there');
$portal->ok_run('CACHE-9: deploy', qw(kcare deploy), "$dir/K20250101_01.tar.bz2");
is(slurp("$portal->{data}/$_"), slurp("$dir/$_"), "$_ is here")
    for files_of('K20250101_01');
$portal->ok_run('CACHE-9: deploy again', qw(kcare deploy),
    "$dir/K20250101_01.tar.bz2");
is(states()->{K20250101_01}, 'enabled', '... it stays enabled');
is($portal->run(qw(doctor --storage))->{exit}, 0, 'the doctor is content');

# One that its metadata does not fit.
my $other = temp_dir() . '/K20250102_01.tar.bz2';
make_archive('kernel', 'K20250102_01', $other, '--object', 'ab' x 20);
$r = $portal->run(qw(kcare deploy), $other);
is($r->{exit}, 5, 'an archive with other levels is refused');
like($r->{err}, qr/has other levels than its metadata says; remove/,
    '... and it says what to do');
ok(!-e "$portal->{data}/resources/" . 'ab' x 20, '... and leaves nothing');
is($portal->run(qw(doctor --storage))->{exit}, 0, 'the doctor is content');

# A source without metadata, and with a broken one.
make_archive('kernel', 'K20250104_01', "$dir/K20250104_01.tar.bz2");
publish($dir);
$r = $portal->run(qw(cache-mode --fetch-meta));
is($r->{exit}, 2, 'CACHE-7: a source without metadata');
like($r->{err}, qr/no metadata of K20250104_01, .* publish --tree/,
    '... and what to do');
like(slurp("$dir/index.json"), qr/meta\/K20250103_01\.jsonl/,
    'publish without --tree keeps what is there');
publish($dir, '--tree');
my $text = slurp("$dir/meta/K20250104_01.jsonl");
spew("$dir/meta/K20250104_01.jsonl", $text =~ s/kpatch/kPatch/r);
$r = $portal->run(qw(cache-mode --fetch-meta));
is($r->{exit}, 2, 'CACHE-2: metadata with other bytes');
like($r->{err}, qr/does not have the SHA-256 that the patch source's index/,
    '... is refused');
is(states()->{K20250104_01}, 'not-downloaded', '... whole');
is_deeply([glob "$portal->{data}/cache/.*[a-z]"], [], 'and nothing is left');
spew("$dir/meta/K20250104_01.jsonl", $text);
$portal->ok_run('CACHE-7: when it is mended', qw(cache-mode --fetch-meta));
is(states()->{K20250104_01}, 'undeployed', '... it comes');

# Superseded, and switched off.
unlink "$dir/K20250104_01.tar.bz2";
publish($dir);
$r = $portal->ok_run('CLI-17: --clean-releases', '--clean-releases');
like($r->{out}, qr/^K20250104_01 is removed/m, '... in cache mode, too');
configure('');
$r = $portal->ok_run('CACHE-9: download-missing --dry-run',
    qw(kcare download-missing --dry-run));
like($r->{out}, qr/^$_ would be downloaded/m, "... names $_")
    for qw(K20250102_01 K20250103_01);
unlike($r->{out}, qr/K20250101_01/, '... and not what is whole');
$portal->ok_run('CACHE-9: download-missing', qw(kcare download-missing));
is(archives_fetched(), 2, '... downloads what is missing');
is(slurp("$portal->{data}/$_"), slurp("$dir/$_"), "$_ is here")
    for map { files_of($_) } qw(K20250102_01 K20250103_01);
is(states()->{K20250102_01}, 'enabled', 'states stay');
is(states()->{K20250103_01}, 'undeployed', '... as they were');
is($portal->run(qw(doctor --storage))->{exit}, 0, 'the doctor is content');

# On again: what is whole stays so.
configure("CACHE_MODE = True\n");
$r = $portal->ok_run('CACHE-7: on again', qw(cache-mode --fetch-meta));
like($r->{out}, qr/of 0 patchsets was fetched/, '... nothing is missing');

# Feeds that update themselves count from when the metadata came.
$portal->ok_run('a feed that waits', @$_) for [qw(feed -a fast --auto)],
    [qw(feed -a late --auto --deploy-after 10)];
make_archive('kernel', 'K20250105_01', "$dir/K20250105_01.tar.bz2");
publish($dir, '--tree');
my $before = archives_fetched();
my $daemon = EPortal::Daemon->start($portal);
ok($daemon->wait_for(sub {
    (states('fast')->{K20250105_01} // '') eq 'enabled' }),
    'FEED-10: the daemon polls, and enables it where nobody wants to wait')
    or diag $daemon->text;
is(states('late')->{K20250105_01}, 'undeployed',
    'FEED-9: ... not where hours are to pass');
is(states()->{K20250105_01}, 'undeployed', '... nor where nobody asked');
is(archives_fetched(), $before, 'CACHE-2: ... without its archive');
sub earlier {
    my ($hours) = @_;
    my $r = EPortal::CLI::execute(['/usr/bin/sqlite3',
        "$portal->{data}/eportal.sqlite", 'UPDATE patchset SET appeared ='
            . " appeared - $hours * 3600000000 WHERE name = 'K20250105_01'"],
        '', owner_name());

    is($r->{exit}, 0, "the metadata came $hours hours earlier") or diag $r->{err};
    $daemon->run_job('auto-deploy');
    return states('late')->{K20250105_01};
}
is(earlier(9), 'undeployed', 'FEED-9: it waits for the tenth');
is(earlier(1), 'enabled', 'FEED-9: ... ten hours after its metadata came');
is(archives_fetched(), $before, 'CACHE-2: ... still without its archive');
is($daemon->stop, 0, 'the daemon ends');


sub spew {
    my ($path, $bytes) = @_;

    open(my $fh, '>:raw', $path) or die "$path: $!\n";
    print {$fh} $bytes;
    close($fh) or die "$path: $!\n";
    EPortal::Upstream::new_time($path);
    return;
}


done_testing();
