# Agents beside trouble (issue: "at most twice that of the same run without
# it"): their p99 at a steady rate while nginx is reloaded, a directory or a
# provider hangs, or logins flood in, against the same without any of it.
package Faults;

use strict;
use warnings;

use Exporter 'import';
use IO::Socket::INET;
use POSIX qw(_exit);
use Time::HiRes qw(sleep);

use Rounds;
use Stage;

our @EXPORT = qw(bench_faults);

my $api = '/admin/api';


# A server that takes connections and says nothing.
sub silent_server {
    my $s = IO::Socket::INET->new(Listen => 1024, LocalAddr => '127.0.0.1')
        or die "listen: $!";

    return $s;
}


# Some processes, each doing something again and again, until they are ended.
sub trouble {
    my ($count, $what) = @_;
    my @pids;

    for my $n (1 .. $count) {
        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            local $SIG{PIPE} = 'IGNORE';
            while (getppid != 1) {
                $what->($n);
            }
            _exit(0);
        }
        push @pids, $pid;
    }
    return @pids;
}


# One request whose answer nobody waits for longer than a moment.
sub ask {
    my ($port, $method, $path, $body, $wait) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or return;

    print {$s} "$method $path HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    vec(my $ready = '', fileno $s, 1) = 1;
    select $ready, undef, undef, $wait;
    sysread $s, my $answer, 65536;
    close $s;
    return $answer;
}


# The agents: 2,000 requests a second for some seconds.
sub agents {
    my ($port) = @_;
    my $r = wrk($port, '', 'latest.lua',
        { EP_TARGETS => "$dir/targets", EP_DELAY => 32 }, c => 64,
        d => 2 * $seconds);

    return $r->{p99} / 1000;
}


sub with {
    my ($port, $count, $what) = @_;
    my @pids = trouble($count, $what);

    sleep 0.5;
    my $p99 = eval { agents($port) };
    my $error = $@;
    kill KILL => @pids;
    waitpid $_, 0 for @pids;
    die $error if $error;
    return $p99;
}


# port, the process id of nginx's master, and what a row says of both.
sub bench_faults {
    my ($port, $master, %about) = @_;
    my $silent = silent_server();
    my $hang = $silent->sockport;
    my $n = 0;
    my %faults = (
        'nginx reloads' => [1, sub { kill HUP => $master; sleep 2 }],
        'wrong passwords' => [8, sub {
            my ($i) = @_;
            ask($port, 'POST', "$api/login",
                "username=admin$i&password=wrong" . $n++, 1);
            sleep 0.02;
        }],
        'a directory that hangs' => [8, sub {
            my ($i) = @_;
            ask($port, 'POST', "$api/login",
                "username=user$i-" . $n++ . '&password=x', 8);
        }],
        'a provider that hangs' => [8, sub {
            my $r = ask($port, 'GET', '/admin/sso/login', '', 2) // '';
            my ($state) = $r =~ /[?&]state=([^&\s]+)/;
            my ($cookie) = $r =~ /^Set-Cookie: ([^;]+)/mi;
            my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
                or return;
            print {$s} 'GET /admin/sso/login/callback?code=x&state='
                . ($state // 'x') . " HTTP/1.1\r\nHost: bench\r\n"
                . 'Cookie: ' . ($cookie // '') . "\r\nConnection: close\r\n\r\n";
            vec(my $ready = '', fileno $s, 1) = 1;
            select $ready, undef, undef, 8;
        }],
    );

    spew("$dir/config", "BASE_DIR = '$dir/data'\n"
        . "LDAP_URL = 'ldap://127.0.0.1:$hang?tls=0&timeout=5'\n"
        . "LDAP_CONNECTION_STRING = 'uid=%s,dc=example'\n"
        . join '', map { "OIDC_$_ = 'http://127.0.0.1:$hang/'\n" }
            qw(AUTH_URL TOKEN_URL USERINFO_URL));
    sleep 2;
    for my $fault (sort keys %faults) {
        my ($count, $what) = @{ $faults{$fault} };
        my (@ratios, @p99);

        for (1 .. $rounds) {
            my $alone = agents($port);
            my $beside = with($port, $count, $what);

            push @ratios, $beside / $alone;
            push @p99, $beside;
        }
        my $ratio = median(@ratios);
        row(%about, what => "p99 beside $fault", ratio => $ratio,
            p99 => median(@p99), target => '<=2', reached => $ratio <= 2);
    }
    spew("$dir/config", "BASE_DIR = '$dir/data'\n");
}

1;
