# Where the benchmark plays: a directory, patchsets, a portal with so many
# servers, plain nginx beside it, and what can be read off their processes.
package Stage;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(_exit);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(
    $root $build $dir @hashes %files $patchsets
    run spew sql kc as_owner worker_memory worker_cpu thread_cpu
    make_patchsets make_portal asked_about
    make_cached start_portal start_source start_static stop_nginx pid_of
);

our $root = abs_path(dirname(__FILE__) . '/../..');
our $build = abs_path($ENV{EP_BUILD} // "$root/build");
our $dir = tempdir('eportal-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
our $patchsets = 8;
our @hashes = map { sprintf '%040x', 0xabc000 + $_ } 1 .. 60;
our %files = (7 => 'kpatch.bin', 100 => 'kpatch.bin.100k',
    1000 => 'kpatch.bin.1m'); # by their sizes in KiB

my $kc = "$build/kc.eportal";
my $sample = 400_000; # about as many servers are asked about
my ($uid, $gid) = $> == 0 ? (getpwnam('www-data'))[2, 3] : ($>, $) + 0);
my %pids;

chmod 0755, $dir;


sub run {
    my @command = @_;

    system(@command) == 0 or die "failed: @command\n";
}


sub spew {
    my ($path, $text) = @_;

    open my $fh, '>', $path or die "$path: $!";
    print $fh $text;
    close $fh or die "$path: $!";
}


sub kc {
    run("$kc --config $dir/config @_ > $dir/kc.log 2>&1");
}


sub sql {
    my ($query) = @_;
    my $out = `sqlite3 -cmd '.timeout 60000' $dir/data/eportal.sqlite "$query"`;

    die "sqlite3 failed\n" if $?;
    chomp $out;
    return $out;
}


# The data belongs to nginx's user, whoever wrote to it last.
sub as_owner {
    run('chown', '-R', "$uid:$gid", "$dir/data") if $> == 0;
}


# ---- plain nginx and the portal, the same settings ----

my $common = <<'EOF2';
    sendfile on;
    tcp_nopush on;
    access_log off;
    keepalive_requests 1000000;
    open_file_cache max=10000 inactive=60s;
    open_file_cache_valid 60s;
EOF2


# Text of a configuration; http is what stands in its http{}.
sub nginx_conf {
    my ($name, $workers, $head, $http) = @_;
    my $user = $> == 0 ? "user www-data;\n" : '';

    return <<"EOF2";
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
EOF2
}


sub start_nginx {
    my ($name, $port, @conf) = @_;

    spew("$dir/$name.conf", nginx_conf($name, @conf));
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        exec 'nginx', '-c', "$dir/$name.conf", '-g', 'daemon off;',
            '-e', "$dir/$name.log"
            or _exit(1);
    }
    $pids{$name} = $pid;
    for (1 .. 100) {
        return $port
            if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        sleep 0.1;
    }
    die "$name does not start:\n" . `tail -5 $dir/$name.log`;
}


sub stop_nginx {
    for my $name (@_) {
        my $pid = delete $pids{$name} or next;

        kill QUIT => $pid;
        waitpid $pid, 0;
    }
}


END {
    my $status = $?;

    for my $pid (values %pids) {
        kill TERM => $pid;
        waitpid $pid, 0;
    }
    $? = $status;
}


sub free_port {
    my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
        or die "no free port: $!";

    return $s->sockport;
}


# Each returns its port.
sub start_portal {
    my ($workers) = @_;
    my $port = free_port();
    my %threads = (db => 4, auth => 10, net => 8);
    my $pools = join '', map {
        "thread_pool eportal_$_ threads=$threads{$_} max_queue=65536;\n"
    } sort keys %threads;

    return start_nginx('portal', $port, $workers, <<"EOF2", <<"EOF3");
load_module $build/nginx/ngx_http_eportal_module.so;
$pools
EOF2
    eportal_config $dir/config;
    server {
        listen 127.0.0.1:$port reuseport;
        location / { eportal on; }
        location /_eportal/patches/ {
            internal;
            log_not_found off;
            alias $dir/data/;
        }
    }
EOF3
}


# /s/ has what stands in no portal; else it is the very files of the portal,
# because not every copy of a file is sent as fast.
sub start_static {
    my ($workers) = @_;
    my $port = free_port();

    return start_nginx('static', $port, $workers, '', <<"EOF2");
    server {
        listen 127.0.0.1:$port reuseport;
        location / { root $dir/data/resources; }
        location /s/ { root $dir/static; }
    }
EOF2
}


# A patch source; what it is asked for is in source.access.
sub start_source {
    my $port = free_port();

    return start_nginx('source', $port, 1, '', <<"EOF2");
    server {
        listen 127.0.0.1:$port;
        access_log $dir/source.access;
        location / { root $dir/source; }
    }
EOF2
}


# ---- what the processes take ----

# Of nginx's master.
sub pid_of {
    my ($name) = @_;

    return $pids{$name};
}


sub worker_pids {
    my ($name) = @_;

    return split ' ', `ps -o pid= --ppid $pids{$name}`;
}


# Anonymous memory of the largest worker in MiB.
sub worker_memory {
    my $most = 0;

    for my $pid (worker_pids('portal')) {
        open my $fh, '<', "/proc/$pid/status" or next;
        my ($kb) = join('', <$fh>) =~ /^RssAnon:\s+(\d+)/m;
        $most = $kb if defined $kb && $kb > $most;
    }
    return sprintf '%.1f', $most / 1024;
}


# Microseconds of CPU that all workers took so far, with their threads.
sub worker_cpu {
    my ($name) = @_;
    my $sum = 0;

    for my $file (map { glob "/proc/$_/task/*/schedstat" } worker_pids($name))
    {
        open my $fh, '<', $file or next;
        my ($ns) = split ' ', <$fh>;
        $sum += $ns / 1000;
    }
    return $sum;
}


# CPU seconds of the portal's threads other than the event loops.
sub thread_cpu {
    my $ticks = 0;

    for my $pid (worker_pids('portal')) {
        for my $task (glob "/proc/$pid/task/*") {
            next if $task =~ m{/\Q$pid\E$};
            open my $fh, '<', "$task/stat" or next;
            my @f = split ' ', (<$fh> =~ s/.*\)//r);
            $ticks += $f[11] + $f[12];
        }
    }
    return $ticks / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}


# ---- one portal with N servers ----

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
    make_path("$dir/static/s");
    spew("$dir/static/s/3.txt", '123');
}


sub make_portal {
    my ($servers) = @_;

    run('rm', '-rf', "$dir/data");
    make_path("$dir/data");
    as_owner();
    spew("$dir/config", "BASE_DIR = '$dir/data'\n");
    kc('migrate');
    kc('kcare', 'deploy', map { sprintf "$dir/K202501%02d_01.tar.bz2", $_ }
        1 .. $patchsets);
    kc('key', '-a', 'bench');
    spew("$dir/kernels", join '', map {
            "$_ $patchsets $patchsets centos7 3.10.0-957.el7\n"
        } @hashes);
    my $start = time;
    run("$build/t/bench/seed", '--config', "$dir/config", '--key', 'bench',
        '--servers', $servers, '--kernels', "$dir/kernels",
        '--targets', "$dir/targets", '--sample', $sample);
    printf "seeded %d servers in %.0f s\n", $servers, time - $start;
    as_owner();
}


# A portal in cache mode, of the newest patchset, that gives files to anybody.
sub make_cached {
    my $name = sprintf 'K202501%02d_01', $patchsets;

    make_path("$dir/source");
    run('cp', "$dir/$name.tar.bz2", "$dir/source/");
    run("$kc source publish --tree $dir/source > $dir/kc.log 2>&1");
    my $port = start_source();
    run('rm', '-rf', "$dir/data");
    make_path("$dir/data");
    as_owner();
    spew("$dir/config", "BASE_DIR = '$dir/data'\nPATCH_AUTH = False\n"
        . "CACHE_MODE = True\nMIN_FREE_DISK = 1024\n"
        . "PATCH_SOURCE_URL = 'http://127.0.0.1:$port/'\n");
    kc('migrate');
    kc('cache-mode', '--fetch-meta');
    kc('kcare', 'enable', $name);
    as_owner();
}


# How many servers the requests in $dir/targets ask for.
sub asked_about {
    my $n = 0;

    open my $fh, '<', "$dir/targets" or die "targets: $!";
    $n++ while defined(my $line = <$fh>);
    return $n;
}

1;
