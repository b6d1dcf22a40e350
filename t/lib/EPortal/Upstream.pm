# What an ePortal fetches from in tests: patch sources that behave, patch
# sources that do not, and proxies before them. Every process is ended by its
# id when the test ends.

package EPortal::Upstream;

use strict;
use warnings;

use Exporter 'import';
use File::Temp ();
use IO::Socket::INET;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

use EPortal::CLI qw(build_file make_archive);

our @EXPORT_OK = qw(background connects free_port new_time publish slurp
    source_dir spew start_faulty start_microsocks start_nginx start_squid stop
    temp_dir tls_files);

my %running;
my @temps;
my $second = int(time) - 100_000;


sub temp_dir {
    my $temp = File::Temp->newdir('eportal-up-XXXXXX', TMPDIR => 1);

    chmod 0755, "$temp" or die "chmod: $!\n";
    push @temps, $temp;
    return "$temp";
}


sub free_port {
    my $socket = IO::Socket::INET->new(Listen => 1,
        LocalAddr => '127.0.0.1') or die "no free port: $!\n";

    return $socket->sockport;
}


sub slurp {
    my ($path) = @_;

    open(my $fh, '<:raw', $path) or return '';
    local $/;
    return scalar(<$fh>) // '';
}


sub spew {
    my ($path, $text) = @_;

    open(my $fh, '>:raw', $path) or die "$path: $!\n";
    print {$fh} $text or die "$path: $!\n";
    close($fh) or die "$path: $!\n";
    return $path;
}


# Run code, or a command, until the test ends. Returns the process id.
sub background {
    my ($log, @command) = @_;
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        %running = ();
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>>', $log);
        open(STDERR, '>&', \*STDOUT);
        if (ref $command[0]) {
            $SIG{TERM} = 'DEFAULT';
            eval { $command[0]->(); 1 } or print STDERR $@;
            POSIX::_exit(0);
        }
        { no warnings 'exec'; exec { $command[0] } @command; }
        print STDERR "$command[0]: $!\n";
        POSIX::_exit(127);
    }
    $running{$pid} = $$;
    return $pid;
}


sub stop {
    my ($pid) = @_;
    my $end = time + 20;

    delete $running{$pid} or return;
    kill 'TERM', $pid;
    while (waitpid($pid, WNOHANG) == 0) {
        kill 'KILL', $pid if time > $end;
        sleep 0.02;
    }
    return;
}


END {
    my $status = $?;

    stop($_) for grep { $running{$_} == $$ } keys %running;
    $? = $status;
}


# Wait until somebody listens there.
sub connects {
    my ($host, $port, $log) = @_;
    my $end = time + 60;

    while (time < $end) {
        return 1 if IO::Socket::INET->new(PeerAddr => $host,
            PeerPort => $port, Timeout => 5);
        sleep 0.05;
    }
    die "nobody listens at $host:$port:\n" . slurp($log);
}


# A directory of archives, name => product, made into a source.
sub source_dir {
    my (%archives) = @_;
    my $dir = temp_dir();

    make_archive($archives{$_}, $_, "$dir/$_.tar.bz2")
        for sort keys %archives;
    publish($dir);
    return $dir;
}


# nginx makes the ETag of size and second: give each version its own second.
sub new_time {
    my ($path) = @_;

    $second++;
    utime $second, $second, $path or die "$path: $!\n";
    return;
}


# Run publish; what it says.
sub publish {
    my ($dir, @more) = @_;
    my $r = EPortal::CLI::execute([build_file('kc.eportal'), 'source',
        'publish', $dir, @more], '');

    $r->{exit} == 0 or die "source publish failed: $r->{err}\n";
    new_time("$dir/index.json");
    return $r->{out};
}


# A private authority and a certificate of its own for 127.0.0.1 and
# localhost: (authority, certificate, key).
sub tls_files {
    my $dir = temp_dir();
    my $quiet = "> $dir/openssl.log 2>&1";

    spew("$dir/ext", "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    for my $command (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Authority"
            . " -keyout $dir/ca.key -out $dir/ca.pem $quiet",
        "openssl req -newkey rsa:2048 -nodes -subj /CN=source"
            . " -keyout $dir/key.pem -out $dir/req.pem $quiet",
        "openssl x509 -req -in $dir/req.pem -CA $dir/ca.pem"
            . " -CAkey $dir/ca.key -CAcreateserial -days 2 -extfile $dir/ext"
            . " -out $dir/cert.pem $quiet") {
        system($command) == 0 or die slurp("$dir/openssl.log");
    }
    chmod 0644, glob "$dir/*.pem";
    return ("$dir/ca.pem", "$dir/cert.pem", "$dir/key.pem");
}


# nginx before a directory. Options: user and password (Basic), tls => [files
# of tls_files], address. Returns { url, port, pid, log, dir }.
sub start_nginx {
    my ($root, %o) = @_;
    my $dir = temp_dir();
    my $address = $o{address} // '127.0.0.1';
    my $port = free_port();
    my $listen = "listen $address:$port";
    my $more = '';

    if ($o{user}) {
        my $hash = qx(openssl passwd -apr1 '$o{password}');
        spew("$dir/passwd", "$o{user}:$hash");
        $more .= "auth_basic source; auth_basic_user_file $dir/passwd;\n";
    }
    if ($o{tls}) {
        $listen .= ' ssl';
        $more .= "ssl_certificate $o{tls}[1];\n"
            . "ssl_certificate_key $o{tls}[2];\n";
    }
    my $temps = join '', map { "${_}_temp_path $dir/body;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    spew("$dir/nginx.conf", <<"CONF");
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 128; }
http {
    $temps
    log_format told '\$request_method \$uri \$status \$http_range '
        '\$sent_http_content_encoding';
    access_log $dir/access.log told;
    gzip on; gzip_types *; gzip_min_length 1;
    types { application/json json; }
    server {
        $listen;
        root $root;
        location /moved/ { return 302 http://127.0.0.1:1/; }
        $more
    }
}
CONF
    my $pid = background("$dir/error.log", 'nginx', '-c', "$dir/nginx.conf",
        '-e', "$dir/error.log");
    connects($address, $port, "$dir/error.log");
    my $scheme = $o{tls} ? 'https' : 'http';
    return { url => "$scheme://$address:$port/", port => $port, pid => $pid,
        log => "$dir/access.log", dir => $root };
}


# A source that does not behave. It serves a directory, but hands requests for
# archives to a function: ($socket, $bytes, $from, $number of the request);
# one that returns "kept" answers later. What came is logged as with nginx.
sub start_faulty {
    my ($root, $answer) = @_;
    my $dir = temp_dir();
    my $server = IO::Socket::INET->new(Listen => 16,
        LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!\n";
    my $port = $server->sockport;

    spew("$dir/access.log", '');
    my $pid = background("$dir/error.log", sub {
        my $number = 0;

        $SIG{PIPE} = 'IGNORE';
        while (my $client = $server->accept) {
            my ($path, $from) = ('', 0);

            while (defined(my $line = <$client>)) {
                $path = $1 if $line =~ m{^GET /(\S*)};
                $from = $1 if $line =~ /^Range: bytes=(\d+)-/i;
                last if $line !~ /\S/;
            }
            open(my $log, '>>', "$dir/access.log");
            print {$log} "GET /$path $from\n";
            close($log);
            my $bytes = slurp("$root/$path");
            if ($path =~ /\.tar/) {
                my $kept = $answer->($client, $bytes, $from, ++$number);
                next if ($kept // '') eq 'kept';
            } else {
                whole($client, $bytes);
            }
            close($client);
        }
    });
    return { url => "http://127.0.0.1:$port", port => $port, pid => $pid,
        log => "$dir/access.log" };
}


sub whole {
    my ($client, $bytes) = @_;

    print {$client} "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ",
        length $bytes, "\r\n\r\n", $bytes;
    return;
}


# squid; with a login if user and password are given. before: words of a
# command that runs it.
# tls => [certificate, key]: it is spoken to over TLS.
sub start_squid {
    my (%o) = @_;
    my $dir = temp_dir();
    my $address = $o{address} // '127.0.0.1';
    my $port = free_port();
    my $access = 'http_access allow all';

    chown((getpwnam('proxy'))[2, 3], $dir) if $> == 0;
    if ($o{user}) {
        my $hash = qx(openssl passwd -apr1 '$o{password}');
        spew("$dir/passwd", "$o{user}:$hash");
        $access = "auth_param basic program "
            . "/usr/lib/squid/basic_ncsa_auth $dir/passwd\n"
            . "auth_param basic children 1 startup=1 idle=1\n"
            . "acl known proxy_auth REQUIRED\n"
            . "http_access allow known\nhttp_access deny all";
    }
    my $listen = "http_port $address:$port";
    $listen = "https_port $address:$port tls-cert=$o{tls}[0] tls-key=$o{tls}[1]"
        if $o{tls};
    spew("$dir/squid.conf", <<"CONF");
$listen
$access
cache deny all
cache_mem 8 MB
max_filedescriptors 1024
access_log stdio:$dir/access.log
cache_log $dir/cache.log
cache_store_log none
pid_filename none
coredump_dir $dir
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname proxy.test
CONF
    my $pid = background("$dir/squid.log", @{ $o{before} || [] },
        '/usr/sbin/squid', '-N', '-f', "$dir/squid.conf");
    connects($address, $port, "$dir/squid.log");
    return { address => "$address:$port", pid => $pid,
        log => "$dir/access.log" };
}


sub start_microsocks {
    my (%o) = @_;
    my $dir = temp_dir();
    my $address = $o{address} // '127.0.0.1';
    my $port = free_port();
    my @login = $o{user} ? ('-u', $o{user}, '-P', $o{password}) : ();
    my $pid = background("$dir/microsocks.log", @{ $o{before} || [] },
        '/usr/bin/microsocks', '-i', $address, '-p', $port, @login);

    connects($address, $port, "$dir/microsocks.log");
    return { address => "$address:$port", pid => $pid,
        log => "$dir/microsocks.log" };
}


1;
