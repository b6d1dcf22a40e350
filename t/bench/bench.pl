#!/usr/bin/perl
# make bench: the agents' hot path, each number as a ratio to plain nginx
# serving a static file in alternating rounds of the same run (design.md
# section 10). Both get the same requests: the static file's carry the same
# token in their query. Prints a table and writes build/bench.json.
#
# Environment: BENCH_SIZES (default "10000 75000 1000000"), BENCH_SECONDS
# (length of a round, default 5), BENCH_ROUNDS (pairs, default 3),
# BENCH_WORKERS (default "1 2"), BENCH_HERD_SECONDS (default 60).

use strict;
use warnings;

use Cwd qw(abs_path getcwd);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(_exit);
use Time::HiRes qw(sleep time);

my $root = abs_path(dirname(__FILE__) . '/../..');
my $build = abs_path($ENV{EP_BUILD} // "$root/build");
my @sizes = split ' ', $ENV{BENCH_SIZES} // '10000 75000 1000000';
my @workers = split ' ', $ENV{BENCH_WORKERS} // '1 2';
my $seconds = $ENV{BENCH_SECONDS} // 5;
my $rounds = $ENV{BENCH_ROUNDS} // 3;
my $herd_seconds = $ENV{BENCH_HERD_SECONDS} // 60;
my $kernels = 60;
my $patchsets = 8;
my $sample = 400_000; # about as many servers are asked about
my $asked_about = 0;

my $dir = tempdir('eportal-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $kc = "$build/kc.eportal";
my %pids;
my @results;

chmod 0755, $dir;
my ($uid, $gid) = $> == 0 ? (getpwnam('www-data'))[2, 3] : ($>, $) + 0);

sub run {
    my @command = @_;
    system(@command) == 0 or die "failed: @command\n";
}

sub as_owner {
    chown $uid, $gid, @_;
}

sub spew {
    my ($path, $text) = @_;
    open my $fh, '>', $path or die "$path: $!";
    print $fh $text;
    close $fh or die "$path: $!";
}

sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die "no free port: $!";
    return $s->sockport;
}

# ---- plain nginx and the portal, the same settings ----

my $common = <<'EOF';
    sendfile on;
    tcp_nopush on;
    access_log off;
    keepalive_requests 1000000;
    open_file_cache max=10000 inactive=60s;
    open_file_cache_valid 60s;
EOF

sub start_nginx {
    my ($name, $port, $workers, $head, $http) = @_;
    my $user = $> == 0 ? "user www-data;\n" : '';
    my $conf = <<"EOF";
${head}${user}worker_processes $workers;
pid $dir/$name.pid;
error_log $dir/$name.log warn;
events { worker_connections 4096; }
http {
    types { }
    default_type application/octet-stream;
$common
    client_body_temp_path $dir/$name-body;
    proxy_temp_path $dir/$name-proxy;
    fastcgi_temp_path $dir/$name-fcgi;
    uwsgi_temp_path $dir/$name-uwsgi;
    scgi_temp_path $dir/$name-scgi;
$http
}
EOF
    spew("$dir/$name.conf", $conf);
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        exec 'nginx', '-c', "$dir/$name.conf", '-g', 'daemon off;',
            '-e', "$dir/$name.log"
            or _exit(1);
    }
    $pids{$name} = $pid;
    for (1 .. 100) {
        return if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        sleep 0.1;
    }
    die "$name does not start:\n" . `tail -5 $dir/$name.log`;
}

sub stop_nginx {
    my ($name) = @_;
    my $pid = delete $pids{$name} or return;
    kill QUIT => $pid;
    waitpid $pid, 0;
}

END {
    my $status = $?;
    for my $pid (values %pids) {
        kill TERM => $pid;
        waitpid $pid, 0;
    }
    $? = $status;
}

sub worker_pids {
    my ($name) = @_;
    return split ' ', `ps -o pid= --ppid $pids{$name}`;
}

# Anonymous memory of the largest worker in MiB.
sub worker_memory {
    my ($name) = @_;
    my $most = 0;
    for my $pid (worker_pids($name)) {
        open my $fh, '<', "/proc/$pid/status" or next;
        my ($kb) = join('', <$fh>) =~ /^RssAnon:\s+(\d+)/m;
        $most = $kb if defined $kb && $kb > $most;
    }
    return sprintf '%.1f', $most / 1024;
}

# CPU seconds of the workers' threads other than the event loop.
sub thread_cpu {
    my ($name) = @_;
    my $ticks = 0;
    for my $pid (worker_pids($name)) {
        for my $task (glob "/proc/$pid/task/*") {
            next if $task =~ m{/\Q$pid\E$};
            open my $fh, '<', "$task/stat" or next;
            my @f = split ' ', (<$fh> =~ s/.*\)//r);
            $ticks += $f[11] + $f[12];
        }
    }
    return $ticks / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}

# ---- load ----

sub wrk {
    my ($url, $script, $env, %opt) = @_;
    local %ENV = (%ENV, %$env);
    my $out = `wrk -t1 -c@{[$opt{c} // 32]} -d@{[$opt{d} // $seconds]}s --latency -s $root/t/bench/$script $url 2>&1`;
    my ($line) = $out =~ /^RESULT (.*)/m or die "wrk failed:\n$out";
    my %r = $line =~ /(\w+)=(\d+)/g;
    $r{rate} = $r{requests} / ($r{duration} / 1e6);
    return \%r;
}

sub median {
    my @s = sort { $a <=> $b } @_;
    return @s % 2 ? $s[$#s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2;
}

sub row {
    my (%r) = @_;
    push @results, \%r;
    my $ok = !defined $r{target} ? '' : $r{reached} ? 'yes' : 'NO';
    # An archive of some 200 MiB: unpacked by tar into the same disk and synced,
# then deployed.
sub bench_deploy {
    my $tree = "$dir/tree/big";
    for my $n (1 .. 400) {
        my $object = sprintf '%040x', 0xdef000 + $n;
        make_path("$tree/$object/1");
        # Half of it does not compress, as in a real patch.
        spew("$tree/$object/1/kpatch.bin", join '',
            map { pack('N*', map { int rand 2**32 } 1 .. 16), 'x' x 64 }
            1 .. 4096);
        spew("$tree/$object/1/kpatch.info", "OS: centos7\nuname: 3.10.0-$n\n");
    }
    my $archive = "$dir/K20250201_01.tar.bz2";
    run('tar', '-cjf', $archive, '-C', $tree, '.');
    run('rm', '-rf', $tree);
    my (@ratios, $most);
    for (1 .. $rounds) {
        make_path("$dir/out");
        my $start = time;
        run('tar', '-xf', $archive, '-C', "$dir/out");
        run('sync', '-f', "$dir/out");
        my $tar = time - $start;
        run('rm', '-rf', "$dir/out");
        $start = time;
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            open STDERR, '>', '/dev/null';
            exec $kc, '--config', "$dir/config", 'kcare', 'deploy', $archive
                or _exit(1);
        }
        while (waitpid($pid, POSIX::WNOHANG()) == 0) {
            if (open my $fh, '<', "/proc/$pid/status") {
                my ($kb) = join('', <$fh>) =~ /^RssAnon:\s+(\d+)/m;
                $most = $kb if $kb && $kb > ($most // 0);
            }
            sleep 0.05;
        }
        die "deploy failed\n" if $?;
        push @ratios, $tar / (time - $start);
        kc('kcare', 'unroll', '--delete', 'K20250201_01');
    }
    my $ratio = median(@ratios);
    row(what => 'deploy against tar -x', ratio => $ratio,
        memory => sprintf('%.1f', $most / 1024), target => '>=0.8',
        reached => $ratio >= 0.8);
    unlink $archive;
}

# 500 patchsets of 3,000 kernels each, as rows only: enable-upto, and the
# level that an agent without identity gets right after it.
sub bench_enable_upto {
    my ($servers, $pp) = @_;
    my @objects = map { sprintf '%040x', 0xeee000 + $_ } 1 .. 3000;
    spew("$dir/upto.sql", "BEGIN IMMEDIATE;\n"
        . "INSERT INTO object (userspace, name) VALUES "
        . join(',', map { "(0, x'$_')" } @objects) . ";\n"
        . <<'EOF');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO patchset (product, name, ord, appeared, published)
    SELECT 'kernel', printf('K20260101_%03d', i), 20260101000000 + i, 0, 1
      FROM n;
INSERT INTO level (object_id, ord, patchset_id, level)
    SELECT o.id, p.ord, p.id, p.ord % 1000 FROM patchset p JOIN object o
     WHERE p.ord > 20260101000000 AND o.name >= x'0000000000000000000000000000000000eee000';
COMMIT;
EOF
    run("sqlite3 $dir/data/eportal.sqlite < $dir/upto.sql");
    run('chown', '-R', "$uid:$gid", "$dir/data") if $> == 0;
    my $start = time;
    run("$kc --config $dir/config kcare enable-upto K20260101_500 2> $dir/upto.log");
    my $took = time - $start;
    my $level = `curl -s http://127.0.0.1:$pp/$objects[0]/latest.v2`;
    die "enable-upto: the agent got '$level'\n" if $level ne '500';
    row(what => 'enable-upto 500 x 3,000, s', servers => $servers,
        memory => sprintf('%.2f', $took), target => '<1',
        reached => $took < 1);
}

printf "%-34s %8s %2s  %9s %7s %8s %8s  %-8s %s\n", $r{what},
        $r{servers} // '-', $r{workers} // '-',
        defined $r{rate} ? sprintf('%.0f', $r{rate}) : '-',
        defined $r{ratio} ? sprintf('%.2f', $r{ratio}) : '-',
        defined $r{p99} ? sprintf('%.1f', $r{p99}) : '-',
        $r{memory} // '-', $r{target} // '', $ok;
    return;
}

# Paired alternating rounds: the static file, then the portal.
sub paired {
    my ($what, $servers, $workers, $static, $portal, $target, $proof) = @_;
    my (@ratios, @rates, @p99);
    for (1 .. $rounds) {
        my $s = $static->();
        my $p = $portal->();
        $proof->($p) if $proof;
        push @ratios, $p->{rate} / $s->{rate};
        push @rates, $p->{rate};
        push @p99, $p->{p99} / 1000;
    }
    my $ratio = median(@ratios);
    row(what => $what, servers => $servers, workers => $workers,
        rate => median(@rates), ratio => $ratio, p99 => median(@p99),
        memory => worker_memory('portal'),
        defined $target
            ? (target => ">=$target", reached => $ratio >= $target)
            : ());
    return;
}

# ---- one portal with N servers ----

sub kc {
    run($kc, '--config', "$dir/config", @_);
}

sub sql {
    my ($query) = @_;
    my $out = `sqlite3 -cmd '.timeout 60000' $dir/data/eportal.sqlite "$query"`;
    die "sqlite3 failed\n" if $?;
    chomp $out;
    return $out;
}

my @hashes = map { sprintf '%040x', 0xabc000 + $_ } 1 .. $kernels;
my %files = (7 => 'kpatch.bin', 100 => 'kpatch.bin.100k',
    1000 => 'kpatch.bin.1m');

sub make_patchsets {
    for my $n (1 .. $patchsets) {
        my $name = sprintf 'K202501%02d_01', $n;
        my $tree = "$dir/tree/$name";
        for my $hash (@hashes) {
            make_path("$tree/$hash/$n");
            for my $kb (keys %files) {
                spew("$tree/$hash/$n/$files{$kb}",
                    "KPATCH1\0" . chr($n) x ($kb * 1024 - 8))
                    if $hash eq $hashes[0] || $kb == 7;
            }
            spew("$tree/$hash/$n/kpatch.info",
                "OS: centos7\nkernel: kernel-3.10.0\nuname: 3.10.0-$n\n\n");
        }
        run('tar', '-cjf', "$dir/$name.tar.bz2", '-C', $tree, @hashes);
    }
}

sub make_portal {
    my ($servers) = @_;
    run('rm', '-rf', "$dir/data");
    make_path("$dir/data");
    as_owner("$dir/data");
    spew("$dir/config", "BASE_DIR = '$dir/data'\n");
    kc('migrate');
    kc('kcare', 'deploy', map { sprintf "$dir/K202501%02d_01.tar.bz2", $_ }
        1 .. $patchsets);
    kc('key', '-a', 'bench');
    spew("$dir/kernels", join '', map { "$_ $patchsets $patchsets centos7 3.10.0-957.el7\n" } @hashes);
    my $start = time;
    run("$build/t/bench/seed", '--config', "$dir/config", '--key', 'bench',
        '--servers', $servers, '--kernels', "$dir/kernels",
        '--targets', "$dir/targets", '--sample', $sample);
    printf "seeded %d servers in %.0f s\n", $servers, time - $start;
    open my $fh, '<', "$dir/targets" or die "targets: $!";
    $asked_about = 0;
    $asked_about++ while <$fh>;
    run('chown', '-R', "$uid:$gid", "$dir/data") if $> == 0;
}

sub start_portal {
    my ($port, $workers) = @_;
    start_nginx('portal', $port, $workers, <<"EOF", <<"EOF2");
load_module $build/nginx/ngx_http_eportal_module.so;
thread_pool eportal_db threads=4 max_queue=65536;
thread_pool eportal_auth threads=4 max_queue=1024;
thread_pool eportal_net threads=4 max_queue=1024;
EOF
    eportal_config $dir/config;
    server {
        listen 127.0.0.1:$port reuseport;
        location / { eportal on; }
        location /_eportal/patches/ { internal; log_not_found off; alias $dir/data/; }
    }
EOF2
}

sub start_static {
    my ($port, $workers) = @_;
    start_nginx('static', $port, $workers, '', <<"EOF");
    server {
        listen 127.0.0.1:$port reuseport;
        root $dir/static;
    }
EOF
}

# Every server asked about in a round has a check-in since its start.
sub prove_recorded {
    my ($asked, $since, $connections) = @_;
    my $want = $asked < $asked_about ? $asked : $asked_about;
    my $got = 0;
    for (1 .. 50) {
        $got = sql("SELECT count(*) FROM checkin WHERE time >= $since");
        last if $got >= $want - $connections;
        sleep 0.2;
    }
    die "only $got of $want servers asked about are recorded\n",
        `tail -5 $dir/portal.log`
        if $got < $want - $connections;
    return $got;
}

sub bench_latest {
    my ($servers, $workers, $sp, $pp, $c) = @_;
    my ($since, $wal) = (0, 0);
    my $target = $servers > 75_000 ? 0.40 : 0.50;
    $target = undef if $workers != 1;
    paired("latest.* with token, c=$c", $servers, $workers,
        sub {
            wrk("http://127.0.0.1:$sp", 'latest.lua',
                { EP_TARGETS => "$dir/targets", EP_PATH => '/3.txt' },
                c => $c);
        },
        sub {
            sleep 1.1;
            $since = int time;
            wrk("http://127.0.0.1:$pp", 'latest.lua',
                { EP_TARGETS => "$dir/targets" }, c => $c);
        },
        $target,
        sub {
            my ($p) = @_;
            die "latest.*: $p->{status} bad answers\n" if $p->{status};
            prove_recorded($p->{requests}, $since, $c);
            my $size = -s "$dir/data/eportal.sqlite-wal" || 0;
            $wal = $size if $size > $wal;
        });
    row(what => '  WAL at most, MiB', servers => $servers,
        workers => $workers, memory => sprintf('%.0f', $wal / 1048576),
        target => '<=128', reached => $wal <= 128 * 1048576);
}

sub bench_files {
    my ($servers, $workers, $sp, $pp) = @_;
    my $id = sql('SELECT server_id FROM server LIMIT 1');
    my $auth = encode_base64("$id:x", '');
    for my $kb (sort { $a <=> $b } keys %files) {
        my $path = "$hashes[0]/$patchsets/$files{$kb}";
        paired("patch file, $kb KiB", $servers, $workers,
            sub { wrk("http://127.0.0.1:$sp/$files{$kb}", 'one.lua', {}) },
            sub {
                my $r = wrk("http://127.0.0.1:$pp/$path", 'one.lua',
                    { EP_AUTH => $auth });
                die "patch file: $r->{status} bad answers\n" if $r->{status};
                $r;
            },
            $workers == 1 && $kb == 1000 ? 0.95 : undef);
    }
}

sub bench_unknown {
    my ($servers, $workers, $sp, $pp) = @_;
    my $unknown = 'f' x 40;
    paired('unknown kernel (404)', $servers, $workers,
        sub { wrk("http://127.0.0.1:$sp/3.txt", 'one.lua', {}) },
        sub { wrk("http://127.0.0.1:$pp/$unknown/latest.v2", 'one.lua', {}) },
        $workers == 1 ? 0.80 : undef);
}

sub bench_register {
    my ($servers, $workers, $pp) = @_;
    my @rates;
    my @p99;
    for (1 .. $rounds) {
        my $before = sql('SELECT count(*) FROM server');
        my $r = wrk("http://127.0.0.1:$pp/admin/api/register", 'one.lua',
            { EP_METHOD => 'POST', EP_BODY => 'key=bench&hostname=new' },
            c => 256);
        die "register: $r->{status} bad answers\n" if $r->{status};
        my $after = sql('SELECT count(*) FROM server');
        die "answered $r->{requests}, stored @{[$after - $before]}\n"
            if $after - $before < $r->{requests};
        push @rates, $r->{rate};
        push @p99, $r->{p99} / 1000;
    }
    my $rate = median(@rates);
    row(what => 'durable registrations, c=256', servers => $servers,
        workers => $workers, rate => $rate, p99 => median(@p99),
        memory => worker_memory('portal'),
        target => '>=3000/s', reached => $rate >= 3000);
}

sub bench_herd {
    my ($servers, $workers, $pp) = @_;
    my ($c, $delay) = (128, 22);
    sleep 1.1;
    my $since = int time;
    my $cpu = thread_cpu('portal');
    my $r = wrk("http://127.0.0.1:$pp", 'latest.lua',
        { EP_TARGETS => "$dir/targets", EP_DELAY => $delay },
        c => $c, d => $herd_seconds);
    die "herd: $r->{status} bad answers\n" if $r->{status};
    my $got = prove_recorded($r->{requests}, $since, $c);
    $cpu = (thread_cpu('portal') - $cpu) / $herd_seconds;
    my $p99 = $r->{p99} / 1000;
    row(what => "herd for ${herd_seconds}s, $got recorded",
        servers => $servers, workers => $workers, rate => $r->{rate},
        p99 => $p99, memory => worker_memory('portal'),
        target => 'p99<20', reached => $p99 < 20);
    row(what => '  commit thread, cores', servers => $servers,
        workers => $workers, memory => sprintf('%.3f', $cpu),
        target => '<0.15', reached => $cpu < 0.15);
}

printf "%-34s %8s %2s  %9s %7s %8s %8s  %-8s %s\n", 'what', 'servers', 'w',
    'rate/s', 'ratio', 'p99 ms', 'MiB', 'target', 'reached';
make_path("$dir/static");
spew("$dir/static/3.txt", '123');
spew("$dir/static/$files{$_}", 'x' x ($_ * 1024)) for keys %files;
make_patchsets();
for my $servers (@sizes) {
    make_portal($servers);
    for my $workers (@workers) {
        my ($sp, $pp) = (free_port(), free_port());
        start_static($sp, $workers);
        start_portal($pp, $workers);
        sleep 3;
        bench_files($servers, $workers, $sp, $pp);
        bench_unknown($servers, $workers, $sp, $pp);
        bench_latest($servers, $workers, $sp, $pp, $_) for 32;
        bench_herd($servers, $workers, $pp) if $servers == $sizes[-1]
            && $workers == $workers[0];
        bench_register($servers, $workers, $pp);
        row(what => 'worker memory, MiB', servers => $servers,
            workers => $workers, memory => worker_memory('portal'),
            target => '<64', reached => worker_memory('portal') < 64);
        bench_enable_upto($servers, $pp)
            if $servers == $sizes[-1] && $workers == $workers[-1];
        stop_nginx('portal');
        stop_nginx('static');
    }
}
bench_deploy();
spew("$build/bench.json",
    JSON::PP->new->canonical->pretty->encode({ rows => \@results }));
my @missed = grep { defined $_->{reached} && !$_->{reached} } @results;
printf "%d of %d targets reached; build/bench.json\n",
    scalar(grep { $_->{reached} } @results),
    scalar(grep { defined $_->{target} } @results);
