#!/usr/bin/perl
# What goes wrong between a portal and its source: each has a sentence that
# says what to do, and nothing wrong gets in.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Digest::SHA qw(sha1_hex);
use EPortal::CLI qw(build_file make_archive);
use EPortal::Upstream qw(background free_port new_time publish slurp source_dir
    spew start_faulty start_nginx stop temp_dir tls_files);
use JSON::PP;
use List::Util qw(max min);
use Test::More;
use Time::HiRes qw(sleep time);

my $NAME = 'K20250101_01';
my $dir = source_dir($NAME => 'kernel', K20250201_01 => 'kernel');
my $size = -s "$dir/$NAME.tar.bz2";
my $small; # a mounted disk


# Also when the test dies.
END {
    my $status = $?;

    system('umount', '-l', $small) if defined $small;
    $? = $status;
}


# A portal with these settings; a free disk of 1 KiB is enough for it.
sub portal {
    my (%settings) = @_;

    return EPortal::CLI->new(config => join '', "MIN_FREE_DISK = 1024\n",
        map { "$_ = $settings{$_}\n" } sort keys %settings);
}


sub quoted { return "'$_[0]'" }


# `source check` fails in this step with a sentence like that.
sub fails_in {
    my ($title, $step, $sentence, $exit, %settings) = @_;
    my $portal = portal(%settings);
    my $r = $portal->run(qw(source check));

    is($r->{exit}, $exit, $title) or diag $r->{out} . $r->{err};
    like($r->{out}, qr/^\Q$step\E +FAILED$/m, "... names the step $step");
    like($r->{err}, $sentence, '... and says what to do');
    return;
}


sub states {
    my ($portal) = @_;

    return { map { $_->{patchset} => $_->{status} } @{ decode_json(
            $portal->run(qw(kcare list --json))->{out})->{patchsets} } };
}


# ---- before the index ----

my $r = EPortal::CLI->new->run(qw(kcare update));
is($r->{exit}, 2, 'SRC-3: without a login');
like($r->{err}, qr/set PATCH_SOURCE_USER and PATCH_SOURCE_PASSWORD/,
    '... it says which settings are missing');

my $basic = start_nginx($dir, user => 'me', password => 'right');
fails_in('SRC-3: a wrong password', 'login', qr/check PATCH_SOURCE_USER and/, 3,
    PATCH_SOURCE_URL => quoted($basic->{url}), PATCH_SOURCE_USER => "'me'",
    PATCH_SOURCE_PASSWORD => "'wrong'");
fails_in('an unknown host', 'name', qr/nowhere\.invalid cannot be found/, 69,
    PATCH_SOURCE_URL => "'http://nowhere.invalid/'");
fails_in('nobody listens', 'connect', qr/Check the firewall, or set PROXY/, 69,
    PATCH_SOURCE_URL => quoted('http://127.0.0.1:' . free_port() . '/'));
fails_in('ASVS 13.2.4: a scheme that is none', 'address', qr/must be an http/, 2,
    PATCH_SOURCE_URL => "'ftp://127.0.0.1/'");
fails_in('a login in the address', 'address', qr/without a login in it/, 2,
    PATCH_SOURCE_URL => "'http://a:b\@127.0.0.1/'");
fails_in('a proxy that is none', 'connect', qr/PROXY must begin with/, 2,
    PATCH_SOURCE_URL => quoted($basic->{url}), PROXY => "'ftp://x:1'");

my $plain = start_nginx($dir);
fails_in('ASVS 1.3.6, 15.3.2: a redirect', 'address', qr/where a login must not follow/, 69,
    PATCH_SOURCE_URL => quoted("$plain->{url}moved/"));
fails_in('an address that is no source', 'index',
    qr/check that PATCH_SOURCE_URL is the address of a patch source/, 4,
    PATCH_SOURCE_URL => quoted("$plain->{url}nothing/"));

my ($ca, @tls) = tls_files();
my $tls = start_nginx($dir, tls => [$ca, @tls]);
fails_in('ASVS 12.3.2: a certificate of a private authority', 'TLS',
    qr/name its file in PATCH_SOURCE_CA_FILE/, 69,
    PATCH_SOURCE_URL => quoted($tls->{url}));
fails_in('https to a port without TLS', 'TLS', qr/speaks https/, 69,
    PATCH_SOURCE_URL => quoted("https://127.0.0.1:$plain->{port}/"));
my $portal = portal(PATCH_SOURCE_URL => quoted($tls->{url}),
    PATCH_SOURCE_CA_FILE => quoted($ca));
$r = $portal->run(qw(source check));
is($r->{exit}, 0, 'the private authority in PATCH_SOURCE_CA_FILE')
    or diag $r->{err};
like($r->{out}, qr/^TLS +ok: the certificate is good$/m, '... makes it good');

# ---- the index ----

my $INDEX_MAX = 32 << 20;
my $good = slurp("$dir/index.json");
my $other = source_dir($NAME => 'kernel', K20250201_01 => 'kernel');


# The good index; its first entry, and what of it is another.
sub with {
    my (%change) = @_;
    my $index = decode_json($good);

    %{ $index->{products}{kernel}[0] }
        = (%{ $index->{products}{kernel}[0] }, %change);
    return encode_json($index);
}


sub levels {
    my ($size) = @_;

    return { path => 'meta/x.jsonl', size => $size, sha256 => 'ab' x 32 };
}


sub padded {
    my ($text, $size) = @_;

    return $text . ' ' x ($size - length $text);
}


# nginx compresses, the other one does not. What is refused changes nothing
# of what was known.
my $zipped = start_nginx($other);
my $faulty = start_faulty($other, sub { EPortal::Upstream::whole(@_) });
my @knowing = map { portal(PATCH_SOURCE_URL => quoted($_->{url})) }
    $zipped, $faulty;
is($_->run(qw(kcare update))->{exit}, 0, 'a good index') for @knowing;
for my $case (['no JSON', '<html>', qr/is not a JSON object\. Check/],
    ['another format', '{"format": 7}', qr/"format" is not 1\. Check/],
    ['a path that leads out', $good =~ s{"path": "}{"path": "../}r,
        qr/kernel, entry 1: "path" .* Tell who/],
    ['a hash that is none', $good =~ s{"sha256": "..}{"sha256": "zz}r,
        qr/kernel, entry 1: "sha256" .* Tell who/],
    ['more than 32 MiB', padded($good, $INDEX_MAX + 1),
        qr/larger than 32768 KiB: check .* or tell who/, 5],
    ['100,001 entries',
        '{"format": 1, "products": {"kernel": [' . '{},' x 100_000 . '{}]}}',
        qr/too many patchsets\. Check/],
    ['a changelog of 65,537 bytes', with(changelog => 'x' x 65_537),
        qr/entry 1: "changelog" .* 64 KiB\. Tell who/],
    ['metadata of 256 MiB and a byte', with(levels => levels((256 << 20) + 1)),
        qr/entry 1: "levels" .* Tell who/]) {
    my ($what, $text, $sentence, $exit) = @$case;

    spew("$other/index.json", $text);
    new_time("$other/index.json");
    for my $server ($zipped, $faulty) {
        fails_in("a broken index: $what", 'index', $sentence, $exit // 2,
            PATCH_SOURCE_URL => quoted($server->{url}));
    }
    for my $knowing (@knowing) {
        is($knowing->run(qw(kcare update))->{exit}, $exit // 2,
            '... fails an update');
        is_deeply(states($knowing),
            { $NAME => 'enabled', K20250201_01 => 'enabled' },
            '... and what was known stays');
    }
}
spew("$other/index.json", padded(with(changelog => 'x' x 65_536,
            levels => levels(256 << 20)), $INDEX_MAX));
new_time("$other/index.json");
is($_->run(qw(kcare update))->{exit}, 0, 'an index at its limits is taken')
    for @knowing;
stop($_->{pid}) for $zipped, $faulty;

# ---- signatures ----

my $signed = source_dir($NAME => 'kernel');
my $key = temp_dir() . '/key.pem';
system("openssl genpkey -algorithm ed25519 -out $key") == 0
    or die "openssl failed\n";
my ($public) = publish($signed, '--key', $key)
    =~ /^PATCH_SOURCE_PUBLIC_KEY = '(.*)'$/m;
my $server = start_nginx($signed);
$portal = portal(PATCH_SOURCE_URL => quoted($server->{url}),
    PATCH_SOURCE_PUBLIC_KEY => quoted($public));
$r = $portal->run(qw(source check));
like($r->{out}, qr/^signature +ok: good$/m, 'a good signature') or diag $r->{err};
is($portal->run(qw(kcare update))->{exit}, 0, '... and an update');
fails_in('an index that is not signed', 'signature',
    qr/not signed with the key/, 2,
    PATCH_SOURCE_URL => quoted($plain->{url}),
    PATCH_SOURCE_PUBLIC_KEY => quoted($public));
fails_in('a key that is none', 'signature', qr/is no Ed25519 key/, 2,
    PATCH_SOURCE_URL => quoted($server->{url}),
    PATCH_SOURCE_PUBLIC_KEY => "'abc'");
my $text = slurp("$signed/index.json");
open(my $fh, '>', "$signed/index.json") or die "index.json: $!\n";
print {$fh} $text =~ s/"size": (\d+)/'"size": ' . ($1 + 1)/er;
close($fh) or die "index.json: $!\n";
new_time("$signed/index.json");
$r = $portal->run(qw(kcare update));
is($r->{exit}, 2, 'an index that was changed after it was signed');
like($r->{err}, qr/nothing of it is believed/, '... is not believed');
is(states($portal)->{$NAME}, 'enabled', '... what was there stays in force');

# ---- archives ----

# The first half, then the connection is gone; it knows Range.
sub breaking {
    my ($client, $bytes, $from, $number) = @_;
    my $status = $from > 0 ? '206 Partial Content' : '200 OK';
    my $rest = substr $bytes, $from;

    print {$client} "HTTP/1.1 $status\r\nConnection: close\r\n",
        "Content-Length: ", length $rest, "\r\n\r\n",
        $number % 2 ? substr($rest, 0, length($rest) / 2) : $rest;
}


$faulty = start_faulty($dir, \&breaking);
$portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
$r = $portal->run(qw(kcare update));
is($r->{exit}, 0, 'SRC-1: a connection that breaks') or diag $r->{err};
is(states($portal)->{$NAME}, 'enabled', '... is taken up again');
like(slurp($faulty->{log}), qr/^GET \/K\S+\.tar\.bz2 [1-9]/m,
    '... where it ended');
stop($faulty->{pid});

# The same, but it answers the whole file each time.
$faulty = start_faulty($dir, sub {
    my ($client, $bytes, $from, $number) = @_;

    breaking($client, $bytes, 0, $number);
});
$portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
$r = $portal->run(qw(kcare update));
is($r->{exit}, 0, 'a source that does not know Range') or diag $r->{err};
is(states($portal)->{$NAME}, 'enabled', '... is read from the beginning');
stop($faulty->{pid});

# Busy at first, for each archive, and it keeps a book of when it was asked.
my $book = temp_dir() . '/asked';
my @four = map { "K2025030${_}_01" } 1 .. 4;
my %tries;
$faulty = start_faulty(source_dir(map { $_ => 'kernel' } @four), sub {
    my ($client, $bytes, $from, $number) = @_;
    my $archive = sha1_hex($bytes);

    open(my $fh, '>>', $book) or die "$book: $!\n";
    printf {$fh} "%s %.6f\n", $archive, time;
    close($fh);
    print {$client} ++$tries{$archive} < 5
        ? "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n"
            . "\r\nbusy"
        : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: "
            . length($bytes) . "\r\n\r\n$bytes";
});
$portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
$r = $portal->run(qw(kcare update));
is($r->{exit}, 0, 'a source that is busy at first is asked again')
    or diag $r->{err};
is_deeply(states($portal), { map { $_ => 'enabled' } @four },
    '... until it answers');
stop($faulty->{pid});
my (%asked, @gaps);
push @{ $asked{ $_->[0] } }, $_->[1]
    for map { [split] } split /\n/, slurp($book);
for my $times (values %asked) {
    push @gaps, [map { $times->[$_] - $times->[$_ - 1] } 1 .. $#$times];
    is(scalar @{ $gaps[-1] }, 4, 'it is asked five times');
    cmp_ok($gaps[-1][$_], '>=', 0.4 * 2**$_, '... with longer pauses each time')
        for 0 .. 3;
}
is(scalar(@gaps), 4, 'archives at once');
# Without chance their pauses are the same but for what the machine adds.
cmp_ok(max(map { my $n = $_; my @pauses = map { $_->[$n] } @gaps;
            (max(@pauses) - min(@pauses)) / 2**$n } 0 .. 3), '>', 0.04,
    '... are not asked for in step');

# Lies. One archive only: the other one must still arrive.
my %lies = (
    'other bytes' => sub { 'x' x length $_[0] },
    'more bytes' => sub { $_[0] . 'more' },
    'fewer bytes' => sub { substr $_[0], 0, -10 },
    'one bit' => sub { my $b = $_[0]; vec($b, 12345, 1) ^= 1; $b },
);
for my $lie (sort keys %lies) {
    $faulty = start_faulty($dir, sub {
        my ($client, $bytes, $from, $number) = @_;
        my $told = length($bytes) == $size ? $lies{$lie}->($bytes) : $bytes;

        print {$client} "HTTP/1.1 200 OK\r\nConnection: close\r\n",
            "Content-Length: ", length $told, "\r\n\r\n", $told;
    });
    $portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
    $r = $portal->run(qw(kcare update));
    is($r->{exit}, 2, "ASVS 11.4.3, 5.2.2: an archive with $lie") or diag $r->{err};
    like($r->{err}, qr/\Q$NAME\E.*(?:SHA-256|bytes)|more bytes/,
        '... is refused by name');
    is(states($portal)->{$NAME}, 'not-downloaded', '... and is not here');
    is(states($portal)->{K20250201_01}, 'enabled',
        '... the next one is') if -s "$dir/K20250201_01.tar.bz2" != $size;
    is_deeply([glob "$portal->{data}/arch/.download-$NAME*"], [],
        '... its bytes are thrown away');
    stop($faulty->{pid});
}

# Who answers only when two are asked for is served by several at once.
my @held;
$faulty = start_faulty($dir, sub {
    my ($client, $bytes) = @_;

    push @held, [$client, $bytes];
    return 'kept' if @held < 2;
    for (splice @held) {
        print { $_->[0] } "HTTP/1.1 200 OK\r\nConnection: close\r\n",
            "Content-Length: ", length $_->[1], "\r\n\r\n", $_->[1];
        close($_->[0]);
    }
    return 'kept';
});
$portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
$r = $portal->run(qw(kcare update));
is($r->{exit}, 0, 'SRC-1: several downloads at once') or diag $r->{err};
is_deeply([$r->{err} =~ /INFO - (\S+) was enabled/g],
    [$NAME, 'K20250201_01'], '... deployed oldest first');
stop($faulty->{pid});

# A kill in the middle: half of each archive comes, then nothing; what is
# asked for from there on comes slowly.
my @silent;
$faulty = start_faulty($dir, sub {
    my ($client, $bytes, $from) = @_;
    my $rest = substr $bytes, $from;

    print {$client} 'HTTP/1.1 ', $from ? '206 Partial Content' : '200 OK',
        "\r\nConnection: close\r\nContent-Length: ", length $rest,
        "\r\n\r\n";
    if ($from == 0) {
        print {$client} substr $rest, 0, length($rest) / 2;
        $client->flush;
        push @silent, $client;
        return 'kept';
    }
    for (my $at = 0; $at < length $rest; $at += 1000) {
        print {$client} substr $rest, $at, 1000;
        $client->flush;
        sleep 0.05;
    }
});
$portal = portal(PATCH_SOURCE_URL => quoted($faulty->{url}));
local $ENV{EPORTAL_CONFIG} = $portal->{config};
my $pid = background("$portal->{dir}/log", build_file('kc.eportal'), 'kcare',
    'update');
my $seen = 0;
for (1 .. 1200) {
    $seen = grep { -s } glob "$portal->{data}/arch/.download-*";
    last if $seen == 2;
    sleep 0.05;
}
is($seen, 2, 'two downloads are on their way') or diag
    slurp("$portal->{dir}/log");
kill 'KILL', $pid;
stop($pid);
is(states($portal)->{$NAME}, 'not-downloaded', 'killed: it is not here');
$r = $portal->run(qw(kcare update));
is($r->{exit}, 0, 'the next update, from a slow source') or diag $r->{err};
is(states($portal)->{$NAME}, 'enabled', '... brings it');
like(slurp($faulty->{log}), qr/^GET \/\Q$NAME\E\.tar\.bz2 [1-9]/m,
    '... from where the killed one was');
stop($faulty->{pid});

# The disk.
$portal = portal();
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . "PATCH_SOURCE_URL = '$plain->{url}'\n"
    . "MIN_FREE_DISK = 1024 * 1024 * 1024 * 1024 * 1024\n");
$r = $portal->run(qw(kcare update));
is($r->{exit}, 5, 'a disk without room');
like($r->{err}, qr/MIN_FREE_DISK keeps .*make room/, '... says what to do');
is(states($portal)->{$NAME}, 'not-downloaded', '... and nothing is here');
$r = $portal->run(qw(user));
is($r->{exit}, 0, '... the portal goes on');

# A disk that somebody else fills while a download is on its way: 10 of 24 MiB
# are there when only 24 are left free, of which 16 are to stay so.
my $mib = 1024 * 1024;
my $large = temp_dir();
$small = temp_dir();
system('mount', '-t', 'tmpfs', '-o', 'size=64m,mode=0777', 'tmpfs', $small)
    == 0 or die "mount failed\n";
spew("$large/$NAME.tar.bz2", 'patches!' x (3 * $mib));
publish($large);
$faulty = start_faulty($large, sub {
    my ($client, $bytes) = @_;

    print {$client} "HTTP/1.1 200 OK\r\nConnection: close\r\n",
        'Content-Length: ', length $bytes, "\r\n\r\n",
        substr $bytes, 0, 10 * $mib;
    $client->flush;
    for (1 .. 2400) {
        last if -e "$large/go";
        sleep 0.05;
    }
    print {$client} substr $bytes, 10 * $mib;
});
$portal = EPortal::CLI->new(config => "PATCHES_DIR = '$small'\n"
    . "PATCH_SOURCE_URL = '$faulty->{url}'\nMIN_FREE_DISK = 16 * 1024 * 1024\n");
$ENV{EPORTAL_CONFIG} = $portal->{config};
$pid = background("$portal->{dir}/log", build_file('kc.eportal'), 'kcare',
    'update');
for (1 .. 2400) {
    last if ((stat "$small/arch/.download-$NAME.tar.bz2")[7] // 0) >= 10 * $mib;
    sleep 0.05;
}
spew("$small/other", 'x' x (30 * $mib));
spew("$large/go", '');
waitpid($pid, 0);
is($? >> 8, 5, 'a disk that fills during a download ends it')
    or diag slurp("$portal->{dir}/log");
like(slurp("$portal->{dir}/log"),
    qr/\Q$NAME\E\S* needs \d+ MiB, .*MIN_FREE_DISK keeps 16:/,
    '... before it is full');
stop($faulty->{pid});

done_testing();
