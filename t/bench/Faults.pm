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
            srand; # not what the others draw
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
    my ($port, $method, $path, $wait, $body, @headers) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or return;

    print {$s} join("\r\n", "$method $path HTTP/1.1", 'Host: bench',
        'Connection: close', @headers,
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: ' . length $body, '', $body);
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


# A login with a wrong password, of an account and from an address of its own:
# the throttle knows neither yet, and the password is hashed, even for nobody.
sub log_in_wrong {
    my ($port, $wait) = @_;

    return ask($port, 'POST', "$api/login", $wait,
        'username=user' . int(rand 1e9) . '&password=wrong',
        'X-Forwarded-For: 10.' . join '.', map { int rand 256 } 1 .. 3);
}


# Where a browser is sent that wants to log in at the provider.
sub begin_sso {
    my ($port) = @_;

    return ask($port, 'GET', '/admin/sso/login', 2, '') // '';
}


# Back from the provider with a code, which the portal asks it about.
sub end_sso {
    my ($port) = @_;
    my $r = begin_sso($port);
    my ($state) = $r =~ /[?&]state=([^&\s]+)/ or return;
    my ($cookie) = $r =~ /^Set-Cookie: ([^;]+)/mi;

    ask($port, 'GET', "/admin/sso/login/callback?code=x&state=$state", 8, '',
        "Cookie: $cookie");
}


# By name: how many processes, what each does, the configuration, and what
# must be so for the trouble to be one.
sub faults {
    my ($port, $master, $silent) = @_;
    my $hang = $silent->sockport;
    my $accepts = sub {
        vec(my $ready = '', fileno $silent, 1) = 1;
        return select $ready, undef, undef, 0;
    };

    return (
        'nginx reloads' => [1, sub { kill HUP => $master; sleep 2 }, '',
            sub { 1 }],
        'wrong passwords' => [8, sub { log_in_wrong($port, 1) },
            "TRUSTED_PROXIES = ['127.0.0.1']\n",
            # 429: more at once than are written down, but hashed all the same
            sub { log_in_wrong($port, 5) =~ /^HTTP\S+ (?:401|429) / }],
        'a directory that hangs' => [8,
            sub { log_in_wrong($port, 8) },
            "TRUSTED_PROXIES = ['127.0.0.1']\n"
                . "LDAP_URL = 'ldap://127.0.0.1:$hang?tls=0&timeout=5'\n"
                . "LDAP_CONNECTION_STRING = 'uid=%s,dc=example'\n",
            $accepts],
        'a provider that hangs' => [8, sub { end_sso($port) },
            "OIDC_CLIENT_ID = 'bench'\nOIDC_CLIENT_SECRET = 'bench'\n"
                . join('', map { "OIDC_$_ = 'http://127.0.0.1:$hang/'\n" }
                    qw(AUTH_URL TOKEN_URL USERINFO_URL)),
            sub { begin_sso($port) =~ /[?&]state=/ && $accepts->() }],
    );
}


# port, the process id of nginx's master, and what a row says of both.
sub bench_faults {
    my ($port, $master, %about) = @_;
    my $silent = silent_server();
    my %faults = faults($port, $master, $silent);

    for my $fault (sort keys %faults) {
        my ($count, $what, $config, $is_trouble) = @{ $faults{$fault} };
        my (@ratios, @p99);

        spew("$dir/config", "BASE_DIR = '$dir/data'\n$config");
        sleep 2;
        for (1 .. $rounds) {
            my $alone = agents($port);
            my $beside = with($port, $count, $what);

            die "$fault: there was no trouble\n" if !$is_trouble->();
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
