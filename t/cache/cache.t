#!/usr/bin/perl
# Cache mode from end to end: a patch source on a real nginx, a portal with
# two workers that mirrors its metadata, and agents that ask for files.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use EPortal::Daemon;
use EPortal::Metrics;
use EPortal::Test;
use EPortal::Upstream qw(publish start_nginx start_squid stop);
use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;

my $CLIENTS = 1000;
my $CHILDREN = 8;
my $SIZE = 300_000;
my $kernel = sha1('kernel');
my $other = sha1('other kernel');
my $library = sha1('library');
my $squid = start_squid();
my $dir = EPortal::Upstream::temp_dir();

make_archive('kernel', 'K20250101_01', "$dir/K20250101_01.tar.bz2",
    '--object', "$kernel:1", '--object', "$other:1", '--size', $SIZE);
make_archive('kernel', 'K20250201_01', "$dir/K20250201_01.tar.bz2",
    '--object', "$kernel:2", '--size', $SIZE);
make_archive('user', 'U20250101_01', "$dir/U20250101_01.tar.bz2",
    '--object', "$library:1");
publish($dir, '--tree');
my $source = start_nginx($dir, user => 'customer', password => 'Geheim:1');
my $who = EPortal::Upstream::temp_dir() . '/who'; # which worker answered
my $t = EPortal::Test->new(nginx => "log_format who '\$pid \$status \$request_uri';",
    server => "access_log $who who;", config => {
    PATCH_SOURCE_URL => "'$source->{url}'",
    PATCH_SOURCE_USER => "'customer'",
    PATCH_SOURCE_PASSWORD => "'Geheim:1'",
    MIN_FREE_DISK => 1024,
    PROXY => "'http://$squid->{address}'",
}, allowed => qr/exited on signal 9/);
# The same portal for those who think of it as a command.
my $portal = bless { dir => $t->{dir}, data => $t->{base},
    config => "$t->{dir}/conf/config" }, 'EPortal::CLI';
my $cache = "$t->{base}/cache";


sub states {
    my ($product) = @_;
    my $r = $portal->run($product, 'list', '--json');

    return { map { $_->{patchset} => $_->{status} }
            @{ decode_json($r->{out})->{patchsets} } };
}


# Requests for a path that came to the source, whatever their answer.
sub asked {
    my ($path) = @_;
    my $count = () = slurp($source->{log}) =~ m{^\w+ \Q$path\E }mg;

    return $count;
}


sub in_source {
    my ($path) = @_;

    return slurp("$dir/$path");
}


# Clients in processes of their own that all have connected before the first
# one asks; how many got a whole answer with these bytes.
sub herd {
    my ($path, $server, $want) = @_;
    my $each = $CLIENTS / $CHILDREN;
    my $ready = "$t->{dir}/ready";
    my (@pids, @good);

    unlink glob "$ready.*";
    for my $n (1 .. $CHILDREN) {
        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            herd_child("$ready.$n", $each, $path, $server, $want);
            POSIX::_exit(0);
        }
        push @pids, $pid;
    }
    wait_for(sub { $CHILDREN == (() = glob "$ready.*[0-9]") }, 120);
    EPortal::Test::spew("$ready.go", '');
    waitpid $_, 0 for @pids;
    return eval { join '+', map { slurp("$ready.$_") } 1 .. $CHILDREN };
}


sub herd_child {
    my ($file, $each, $path, $server, $want) = @_;
    my $login = encode_base64("$server:x", '');
    my (@sockets, %got);
    my $good = 0;

    push @sockets, $t->connect for 1 .. $each;
    EPortal::Test::spew($file, '');
    wait_for(sub { -e $file =~ s/\d+$/go/r }, 120);
    syswrite $_, "GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Authorization: Basic $login\r\n\r\n" for @sockets;
    for my $s (@sockets) {
        my $text = '';

        1 while sysread $s, $text, 1 << 20, length $text;
        $good++ if $text =~ /\AHTTP\/1\.1 200 .*?\r\n\r\n(.*)\z/s
            && $1 eq $want;
    }
    EPortal::Test::spew($file, $good);
}


subtest 'switching on' => sub {
    my ($status, $out) = $t->cli('cache-mode', '--fetch-meta');
    is($status, 2, 'CACHE-5: nothing happens without CACHE_MODE');
    like($out, qr/write CACHE_MODE = True into/, '... and it says what to do');
    $t->write_config(CACHE_MODE => 'True');
    is(($t->cli('cache-mode'))[0], 2, 'the option is needed');
    $out = $t->cli_ok('cache-mode', '--fetch-meta');
    like($out, qr/^the metadata of 3 patchsets was fetched$/m,
        'CACHE-7: cache-mode --fetch-meta');
    like($t->cli_ok('cache-mode', '--fetch-meta'),
        qr/^the metadata of 0 patchsets was fetched$/m, '... once');
    unlike(slurp($source->{log}), qr/\.tar/,
        'CACHE-2: only metadata came, and no archive');
    is_deeply([glob "$t->{base}/{arch,resources,user-resources,cache}/*"], [],
        'CACHE-1, HW-2: nothing takes up the disk');
    is_deeply(states('kcare'), { K20250101_01 => 'undeployed',
            K20250201_01 => 'undeployed' },
        'CACHE-11: what there is to have is known');
    like($t->cli_ok('status'), qr/^cache mode +on$/m, 'status tells the mode');
    is(($t->cli('doctor', '--storage'))[0], 0,
        'the doctor misses no file') or diag +($t->cli('doctor', '--storage'))[1];
    like(slurp($squid->{log}), qr{meta/K20250101_01\.jsonl},
        'all of it through the proxy');
    is($t->sql('SELECT count(*) FROM object_cve') > 0, 1,
        'CVEs are known from the metadata');
    is($t->sql("SELECT distros FROM patchset WHERE name = 'K20250101_01'"),
        'debian12', '... and distributions');
};

$t->cli_ok('kcare', 'enable', 'K20250101_01');
$t->cli_ok('libcare', 'enable', 'U20250101_01');
$t->cli_ok('key', '-a', 'k1');
$t->start;
my $server = $t->register('k1');

subtest 'files on demand' => sub {
    my $info = "resources/$kernel/1/kpatch.info";
    my $r = $t->get("/$kernel/latest.v2", basic => $server);
    is($r->{content}, '1', 'agents are told levels');
    $r = $t->get("/$kernel/1/kpatch.info");
    is($r->{status}, 200, 'CACHE-3: a missing file is fetched')
        or diag $t->error_log;
    is($r->{content}, in_source($info), '... with the right bytes');
    is(asked("/$info"), 1, '... by one request');
    ok(wait_for(sub { slurp($squid->{log}) =~ /\Q$info\E/ }),
        'PROXY-1: ... through the proxy');
    $t->write_config(PROXY => undef);
    is($t->get("/$kernel/1/kpatch.info")->{content}, in_source($info),
        'CACHE-4: then it is here');
    is(asked("/$info"), 1, '... and the source is not asked again');
    ok(-f "$cache/$info", '... because it is kept');
    is((stat "$cache/$info")[2] & 07777, 0644, '... readable for all');
    is($t->get("/$kernel/1/kpatch.bin")->{status}, 401,
        'who may have a file is decided before');
    is($t->get("/$kernel/2/kpatch.bin", basic => $server)->{status}, 404,
        '... a level of the feed\'s');
    is($t->get("/$kernel/1/nothing", basic => $server)->{status}, 404,
        'what the metadata does not list is not there');
    is(asked("/resources/$kernel/1/kpatch.bin") + asked(
            "/resources/$kernel/2/kpatch.bin") + asked(
            "/resources/$kernel/1/nothing"), 0, '... without asking');
    my $tgz = "user-resources/$library/1/kpatch.tgz";
    $r = $t->get("/userspace/update/$library/kpatch.tgz", basic => $server);
    is($r->{content}, in_source($tgz), 'CACHE-3: libraries, too');
    is(asked("/$tgz"), 1, '... by one request');
    $r = $t->request('HEAD', "/$other/1/kpatch.info");
    is($r->{headers}{'content-length'},
        length in_source("resources/$other/1/kpatch.info"), 'HEAD');
};

sub metrics { return EPortal::Metrics::parse($t->get('/metrics')->{content}) }

subtest 'metrics' => sub {
    my $before = metrics();
    is($before->{eportal_cache_fetches_total}, 3,
        'W-1: what was fetched is counted');
    is($before->{eportal_cache_failures_total}, 0, 'W-1: and what was not');
    is($before->{eportal_cache_files}, 0, 'the cache was never counted');
    $t->get("/$kernel/1/kpatch.info") for 1 .. 5;
    my $now = metrics();
    is($now->{eportal_cache_hits_total} - $before->{eportal_cache_hits_total},
        5, 'W-1: files that were here');
    is($now->{eportal_cache_fetches_total}, 3, '... need no fetch');
    my $daemon = EPortal::Daemon->start($portal);
    $daemon->wait_for(sub { $daemon->job('cache-expire') });
    $daemon->run_job('cache-expire');
    $daemon->stop;
    $now = metrics();
    is($now->{eportal_cache_files}, 3, 'W-1: files in the cache');
    cmp_ok($now->{eportal_cache_bytes}, '>', 3 * 4096 - 1,
        'W-1: ... and what they take');
};

subtest 'a herd' => sub {
    my $bin = "resources/$kernel/1/kpatch.bin";
    my $bytes = in_source($bin);
    my $got = herd("/$kernel/1/kpatch.bin", $server, $bytes);
    is($got, join('+', ($CLIENTS / $CHILDREN) x $CHILDREN),
        "PERF-8: $CLIENTS clients at once get the file");
    my %answered;
    $answered{$_}++ for slurp($who) =~ m{^(\d+) 200 /$kernel/1/kpatch\.bin$}mg;
    is_deeply([sort keys %answered], [sort $t->workers],
        'PERF-8: ... from two workers') or diag explain \%answered;
    is(asked("/$bin"), 1, 'PERF-8: ... for one request upstream');
    is_deeply([glob "$cache/.fetch-*"], [], 'and nothing half is left');
    my $r = $t->get("/$kernel/1/kpatch.bin", basic => $server,
        headers => { Range => 'bytes=100-199' });
    is($r->{status}, 206, 'CACHE-4: Range works on what was fetched');
    is($r->{content}, substr($bytes, 100, 100), '... with these bytes');
    is(asked("/$bin"), 1, '... without the source');
};

subtest 'restart' => sub {
    my $before = slurp($source->{log});
    ok($t->stop, 'nginx ends');
    $t->start;
    is($t->get("/$kernel/1/kpatch.bin", basic => $server)->{content},
        in_source("resources/$kernel/1/kpatch.bin"),
        'CACHE-4, CACHE-6: what was fetched survives a restart');
    is(slurp($source->{log}), $before, '... and the source is not asked');
};

subtest 'a file that the disk has changed' => sub {
    my $info = "resources/$kernel/1/kpatch.info";
    EPortal::Test::spew("$cache/$info", 'x' . substr in_source($info), 1);
    is(($t->cli('doctor', '--storage', '--repair'))[0], 0,
        'the doctor takes it away');
    is($t->get("/$kernel/1/kpatch.info")->{content}, in_source($info),
        'CACHE-3: ... and it is fetched anew');
    is(asked("/$info"), 2, '... once');
};

subtest 'a source that has lost or changed a file' => sub {
    my $lost = "resources/$other/1/kcare.ko";
    my $wrong = "resources/$other/1/kpatch.bin";

    rename "$dir/$lost", "$dir/lost" or die "rename: $!";
    is($t->get("/$other/1/kcare.ko", basic => $server)->{status}, 404,
        'a file that the source has not is not there') for 1 .. 20;
    cmp_ok(asked("/$lost"), '<=', 20, 'the source is asked');
    rename "$dir/lost", "$dir/$lost" or die "rename: $!";
    my $bytes = in_source($wrong);
    EPortal::Test::spew("$dir/$wrong", 'x' . substr $bytes, 1);
    my $r = $t->get("/$other/1/kpatch.bin", basic => $server);
    is($r->{status}, 503, 'CACHE-3: a file with other bytes is not given out');
    ok($r->{headers}{'retry-after'} > 0, '... but asked for again later');
    like($t->error_log, qr/kpatch\.bin does not have the SHA-256 that/,
        '... and the log says why');
    ok(!-e "$cache/$wrong", '... nor kept');
    is_deeply([glob "$cache/.fetch-*"], [], '... in any form');
    cmp_ok(metrics()->{eportal_cache_failures_total}, '>', 1,
        'W-1: such failures are counted');
    EPortal::Test::spew("$dir/$wrong", $bytes);
    ok(wait_for(sub {
        $t->get("/$other/1/kpatch.bin", basic => $server)->{status} == 200
    }, 60), 'once it is right, it is given out');
    is($t->get("/$other/1/kpatch.bin", basic => $server)->{content}, $bytes,
        '... whole');
};

subtest 'no source' => sub {
    stop($source->{pid});
    is($t->get("/$kernel/1/kpatch.bin", basic => $server)->{status}, 200,
        'CACHE-4: with the source down, what is here is served');
    for my $n (1 .. 5) {
        my $r = $t->get("/$kernel/1/kcare.ko", basic => $server);
        is($r->{status}, 503, '... the rest is not');
        ok($r->{headers}{'retry-after'} > 0, '... for now');
    }
    is($t->get("/$kernel/latest.v2", basic => $server)->{content}, '1',
        '... and levels are told');
    is(($t->cli('doctor', '--storage'))[0], 0, 'the doctor is content');
};

subtest 'expiry' => sub {
    my $daemon = EPortal::Daemon->start($portal);
    my $old = "$cache/resources/$kernel/1/kpatch.bin";
    my $young = "$cache/resources/$kernel/1/kpatch.info";
    my $days = time - 14 * 24 * 3600;

    ok($daemon->wait_for(sub { $daemon->job('cache-expire') }),
        'there is a job');
    utime $days + 3600, $days + 3600, $old or die "utime: $!";
    $daemon->run_job('cache-expire');
    ok(-e $old, 'CACHE-4: a file is kept for two weeks');
    utime $days - 60, $days - 60, $old or die "utime: $!";
    like($daemon->run_job('cache-expire')->{result}, qr/^1 file removed/,
        'CACHE-4: ... then it goes');
    ok(!-e $old && -e $young, '... and the others stay');
    $t->write_config(CACHE_TTL => 3600);
    utime time - 4000, time - 4000, $young or die "utime: $!";
    ok($daemon->wait_for(sub {
        $daemon->run_job('cache-expire');
        !-e $young;
    }), 'a setting says how long');
    $daemon->stop;
};

subtest 'switching off' => sub {
    my $again = start_nginx($dir, user => 'customer', password => 'Geheim:1');

    $source = $again;
    $t->write_config(CACHE_MODE => undef, CACHE_TTL => undef,
        PATCH_SOURCE_URL => "'$again->{url}'");
    my $appeared = $t->sql('SELECT appeared FROM patchset'
        . " WHERE name = 'K20250101_01'");
    is(states('kcare')->{K20250101_01}, 'enabled', 'it is enabled');
    $t->cli_ok($_, 'download-missing') for qw(kcare libcare qemu db);
    ok(-f "$t->{base}/arch/$_", "CACHE-8, CACHE-9: $_ is downloaded")
        for qw(K20250101_01.tar.bz2 K20250201_01.tar.bz2 U20250101_01.tar.bz2);
    is(in_source("resources/$kernel/1/kpatch.bin"),
        slurp("$t->{base}/resources/$kernel/1/kpatch.bin"),
        'CACHE-9: its files are here');
    is(states('kcare')->{K20250101_01}, 'enabled', '... and it stays enabled');
    is($t->sql("SELECT appeared FROM patchset WHERE name = 'K20250101_01'"),
        $appeared, 'FEED-9: it appeared when its metadata did');
    is($t->sql('SELECT count(*) FROM remote_file'), 0,
        'nothing is left to fetch');
    stop($again->{pid});
    is($t->get("/$kernel/1/kpatch.bin", basic => $server)->{content},
        in_source("resources/$kernel/1/kpatch.bin"),
        'CACHE-10: agents need no source any more');
    is(($t->cli('doctor', '--storage'))[0], 0, 'the doctor is content')
        or diag +($t->cli('doctor', '--storage'))[1];
    like($t->cli_ok('status'), qr/^cache mode +off$/m, 'status tells it');
};

finish($t);
done_testing();
