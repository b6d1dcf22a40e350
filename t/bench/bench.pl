#!/usr/bin/perl
# make bench: the numbers of design.md section 10. The agents' hot path is a
# ratio to plain nginx serving a static file in alternating rounds of the same
# run. Both get the same requests: the static file's carry the same token in
# their query. Prints a table and writes build/bench.json.
#
# Environment: BENCH_SIZES (default "10000 75000 1000000"), BENCH_SECONDS
# (length of a round, default 5), BENCH_ROUNDS (pairs, default 3),
# BENCH_WORKERS (default "1 2"), BENCH_HERD_SECONDS (default 60).
#
# Patch files are measured at the last size only, because how many servers there
# are hardly matters to them, and in many short pairs: with 1000 KiB even plain
# nginx against itself differs by a quarter from second to second on a virtual
# machine. The workers' CPU for each request, below, scatters less.

use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;

use File::Path qw(make_path);
use MIME::Base64 qw(encode_base64);
use POSIX qw(_exit);
use Time::HiRes qw(sleep time);

use Api;
use Faults;
use Rounds;
use Stage;

my @sizes = split ' ', $ENV{BENCH_SIZES} // '10000 75000 1000000';
my @workers = split ' ', $ENV{BENCH_WORKERS} // '1 2';
my $herd_seconds = $ENV{BENCH_HERD_SECONDS} // 60;
my %file_pairs = (1 => 31); # by workers; of a second each

# What rows and requests are about now: servers, workers, and the ports.
my %now;


# ---- agents ----

sub bench_files {
    my $id = sql('SELECT server_id FROM server LIMIT 1');
    my $auth = encode_base64("$id:x", '');

    for my $kb (sort { $a <=> $b } keys %files) {
        my $path = "/$hashes[0]/$patchsets/$files{$kb}";
        my $ask = sub {
            my ($name) = @_;
            my $cpu = worker_cpu($name);
            my $r = wrk($now{$name}, $path, 'one.lua', { EP_AUTH => $auth },
                d => 1);

            $r->{cpu} = (worker_cpu($name) - $cpu) / $r->{requests};
            return $r;
        };

        paired(sub { $ask->('static') }, sub { $ask->('portal') },
            about("patch file, $kb KiB"),
            pairs => $file_pairs{ $now{workers} } // 7,
            target => $now{workers} == 1 && $kb >= 100 ? 0.95 : undef);
    }
}


sub bench_unknown {
    my $path = '/' . 'f' x 40 . '/latest.v2';

    paired(sub { wrk($now{static}, '/s/3.txt', 'one.lua', {}) },
        sub { wrk($now{portal}, $path, 'one.lua', {}, refused => 1) },
        about('unknown kernel (404)'),
        target => $now{workers} == 1 ? 0.80 : undef);
}


# Every server asked about in a round has a check-in since its start.
sub prove_recorded {
    my ($asked, $since, $connections) = @_;
    my $want = asked_about();
    my $got = 0;

    $want = $asked if $asked < $want;
    for (1 .. 50) {
        $got = sql("SELECT count(*) FROM checkin WHERE time >= $since");
        return $got if $got >= $want - $connections;
        sleep 0.2;
    }
    die "only $got of $want servers asked about are recorded\n",
        `tail -5 $dir/portal.log`;
}


sub bench_latest {
    my ($c, $since, $wal) = (32, 0, 0);
    my $target = $now{servers} > 75_000 ? 0.40 : 0.50;
    my %targets = (EP_TARGETS => "$dir/targets");
    my $static = sub {
        wrk($now{static}, '', 'latest.lua',
            { %targets, EP_PATH => '/s/3.txt' }, c => $c);
    };
    my $portal = sub {
        sleep 1.1;
        $since = int time;
        wrk($now{portal}, '', 'latest.lua', \%targets, c => $c);
    };
    my $proof = sub {
        prove_recorded($_[0]{requests}, $since, $c);
        my $size = -s "$dir/data/eportal.sqlite-wal" || 0;
        $wal = $size if $size > $wal;
    };

    paired($static, $portal, about("latest.* with token, c=$c"),
        proof => $proof, target => $now{workers} == 1 ? $target : undef);
    row(about('  WAL at most, MiB'), memory => sprintf('%.0f', $wal / 2**20),
        target => '<=128', reached => $wal <= 128 * 2**20);
}


sub bench_herd {
    my ($c, $delay) = (128, 22);

    sleep 1.1;
    my $since = int time;
    my $cpu = thread_cpu();
    my $r = wrk($now{portal}, '', 'latest.lua',
        { EP_TARGETS => "$dir/targets", EP_DELAY => $delay },
        c => $c, d => $herd_seconds);
    my $got = prove_recorded($r->{requests}, $since, $c);
    $cpu = (thread_cpu() - $cpu) / $herd_seconds;
    my $p99 = $r->{p99} / 1000;
    row(about("herd for ${herd_seconds}s, $got recorded"),
        rate => $r->{rate}, p99 => $p99, memory => worker_memory(),
        target => 'p99<20', reached => $p99 < 20);
    row(about('  commit thread, cores'), memory => sprintf('%.3f', $cpu),
        target => '<0.15', reached => $cpu < 0.15);
}


sub bench_register {
    my (@rates, @p99);

    for (1 .. $rounds) {
        my $before = sql('SELECT count(*) FROM server');
        my $r = wrk($now{portal}, '/admin/api/register', 'one.lua',
            { EP_METHOD => 'POST', EP_BODY => 'key=bench&hostname=new' },
            c => 256);
        my $more = sql('SELECT count(*) FROM server') - $before;

        die "answered $r->{requests}, stored $more\n"
            if $more < $r->{requests};
        push @rates, $r->{rate};
        push @p99, $r->{p99} / 1000;
    }
    my $rate = median(@rates);
    row(about('durable registrations, c=256'), rate => $rate,
        p99 => median(@p99), memory => worker_memory(),
        target => '>=3000/s', reached => $rate >= 3000);
}


# ---- scanners ----

# A list of all servers, read slowly: the worker's memory all the while, and
# whether the list is whole.
sub bench_list {
    my $servers = sql('SELECT count(*) FROM server');
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$now{portal}")
        or die "connect: $!";
    my ($bytes, $most, $hosts) = ('', 0, 0);

    print {$s} "GET /admin/api/kcare/patchset.json?key=bench HTTP/1.1\r\n"
        . "Host: bench\r\nConnection: close\r\n\r\n";
    while (1) {
        my $memory = worker_memory();

        $most = $memory if $memory > $most;
        vec(my $ready = '', fileno $s, 1) = 1;
        next if !select $ready, undef, undef, 0.05;
        sysread $s, $bytes, 2**20, length $bytes or last;
        $hosts += () = $bytes =~ /\{"host":/g;
        $bytes = substr $bytes, -10;
        $hosts-- if $bytes =~ /\{"host":/;
    }
    die "the list has $hosts of $servers servers\n"
        if $hosts != $servers || $bytes !~ /\}\]\z/;
    row(about('list of all, read slowly, MiB'), memory => $most,
        target => '<64', reached => $most < 64);
}


# ---- administrators ----

# 500 patchsets of 3,000 kernels each, as rows only: enable-upto, and the
# level that an agent without identity gets right after it.
sub bench_enable_upto {
    my @objects = map { sprintf '%040x', 0xeee000 + $_ } 1 .. 3000;
    my $values = join ',', map { "(0, x'$_')" } @objects;

    spew("$dir/upto.sql", <<"EOF2");
BEGIN IMMEDIATE;
INSERT INTO object (userspace, name) VALUES $values;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO patchset (product, name, ord, appeared, published)
    SELECT 'kernel', printf('K20260101_%03d', i), 20260101000000 + i, 0, 1
      FROM n;
INSERT INTO level (object_id, ord, patchset_id, level)
    SELECT o.id, p.ord, p.id, p.ord % 1000 FROM patchset p JOIN object o
     WHERE p.ord > 20260101000000
       AND o.name >= x'0000000000000000000000000000000000eee000';
COMMIT;
EOF2
    run("sqlite3 $dir/data/eportal.sqlite < $dir/upto.sql");
    as_owner();
    my $start = time;
    kc('kcare', 'enable-upto', 'K20260101_500');
    my $took = time - $start;
    my $level =
        `curl -s http://127.0.0.1:$now{portal}/$objects[0]/latest.v2`;
    die "enable-upto: the agent got '$level'\n" if $level ne '500';
    row(about('enable-upto 500 x 3,000, s'), memory => sprintf('%.2f', $took),
        target => '<1', reached => $took < 1);
}


# An archive of some 200 MiB, half of which does not compress, as in a real
# patch.
sub make_big_archive {
    my ($archive) = @_;
    my $tree = "$dir/tree/big";

    for my $n (1 .. 400) {
        my $object = sprintf '%040x', 0xdef000 + $n;

        make_path("$tree/$object/1");
        spew("$tree/$object/1/kpatch.bin", join '',
            map { pack('N*', map { int rand 2**32 } 1 .. 16), 'x' x 64 }
            1 .. 4096);
        spew("$tree/$object/1/kpatch.info", "OS: centos7\nuname: 3.10.0-$n\n");
    }
    run('tar', '-cjf', $archive, '-C', $tree, '.');
    run('rm', '-rf', $tree);
}


# Seconds that a deploy takes, and the most anonymous memory in KiB.
sub time_deploy {
    my ($archive) = @_;
    my ($start, $most) = (time, 0);
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDERR, '>', '/dev/null';
        exec "$build/kc.eportal", '--config', "$dir/config", 'kcare',
            'deploy', $archive
            or _exit(1);
    }
    while (waitpid($pid, POSIX::WNOHANG()) == 0) {
        if (open my $fh, '<', "/proc/$pid/status") {
            my ($kb) = join('', <$fh>) =~ /^RssAnon:\s+(\d+)/m;
            $most = $kb if $kb && $kb > $most;
        }
        sleep 0.05;
    }
    die "deploy failed\n" if $?;
    return (time - $start, $most);
}


# Unpacked by tar into the same disk and synced, then deployed.
sub bench_deploy {
    my $archive = "$dir/K20250201_01.tar.bz2";
    my ($most, @ratios) = (0);

    make_big_archive($archive);
    for (1 .. $rounds) {
        make_path("$dir/out");
        my $start = time;
        run('tar', '-xf', $archive, '-C', "$dir/out");
        run('sync', '-f', "$dir/out");
        my $tar = time - $start;
        run('rm', '-rf', "$dir/out");
        my ($took, $kb) = time_deploy($archive);

        $most = $kb if $kb > $most;
        push @ratios, $tar / $took;
        kc('kcare', 'unroll', '--delete', 'K20250201_01');
    }
    my $ratio = median(@ratios);
    row(what => 'deploy against tar -x', ratio => $ratio,
        memory => sprintf('%.1f', $most / 1024), target => '>=0.8',
        reached => $ratio >= 0.8);
}


# ---- cache mode ----

# Agents that ask for a file at once that is not here, of two workers.
sub bench_cache {
    my $path = "/$hashes[0]/$patchsets/$files{1000}";

    make_cached();
    %now = (workers => 2, portal => start_portal(2));
    my $r = wrk($now{portal}, $path, 'one.lua', {}, c => 1000);
    my $asked = () = join('', lines_of("$dir/source.access"))
        =~ /GET \/resources\Q$path\E /g;
    row(what => 'cache mode, 1,000 at once, fetches', workers => 2,
        rate => $r->{rate}, memory => $asked, target => '=1',
        reached => $asked == 1);
    stop_nginx('portal', 'source');
}


sub lines_of {
    my ($path) = @_;

    open my $fh, '<', $path or die "$path: $!";
    return <$fh>;
}


# ---- all of it ----

sub about {
    my ($what) = @_;

    return (what => $what, servers => $now{servers},
        workers => $now{workers});
}


# One portal with one number of workers. What matters only once, is at the
# last size.
sub bench {
    my ($servers, $workers) = @_;
    my $last = $servers == $sizes[-1];

    %now = (servers => $servers, workers => $workers);
    $now{static} = start_static($workers);
    $now{portal} = start_portal($workers);
    sleep 3;
    bench_files() if $last;
    bench_unknown();
    bench_latest();
    bench_herd() if $last && $workers == $workers[0];
    bench_register();
    if ($last && $workers == $workers[-1]) {
        bench_list();
        bench_faults($now{portal}, pid_of('portal'), servers => $servers,
            workers => $workers);
        bench_api($now{portal}, servers => $servers, workers => $workers);
    }
    my $memory = worker_memory();
    row(about('worker memory, MiB'), memory => $memory, target => '<64',
        reached => $memory < 64);
    bench_enable_upto() if $last && $workers == $workers[-1];
    stop_nginx('portal', 'static');
}


table_begin();
make_patchsets();
for my $servers (@sizes) {
    make_portal($servers);
    bench($servers, $_) for @workers;
}
bench_deploy();
bench_cache();
table_end();
