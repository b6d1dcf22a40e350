#!/usr/bin/perl
# PROXY with a real squid and a real SOCKS5 server; and a network namespace
# whose only route is the proxy.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(build_file);
use EPortal::Daemon;
use EPortal::Upstream qw(background free_port slurp source_dir start_microsocks
    start_nginx start_squid stop temp_dir tls_files);
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

my $NAME = 'K20250101_01';
my $dir = source_dir($NAME => 'kernel');
my ($ca, @tls) = tls_files();
my $http = start_nginx($dir, user => 'me', password => 'source');
my $https = start_nginx($dir, tls => [$ca, @tls]);


sub config {
    my ($url, $proxy) = @_;

    return "PATCH_SOURCE_URL = '$url'\nPATCH_SOURCE_USER = 'me'\n"
        . "PATCH_SOURCE_PASSWORD = 'source'\nPATCH_SOURCE_CA_FILE = '$ca'\n"
        . "MIN_FREE_DISK = 1024\n" . ($proxy ? "PROXY = '$proxy'\n" : '');
}


# An update through that proxy works, for http and for https.
sub works {
    my ($title, $proxy) = @_;

    for my $url ($http->{url}, $https->{url}) {
        my $portal = EPortal::CLI->new(config => config($url, $proxy));
        my $r = $portal->run(qw(kcare update),
            { env => { http_proxy => 'http://127.0.0.1:1',
                    https_proxy => 'http://127.0.0.1:1', no_proxy => '*' } });

        is($r->{exit}, 0, "$title: $url") or diag $r->{err};
        like($r->{err}, qr/\Q$NAME\E was enabled in main/, '... a download');
    }
    return;
}


# It does not, and the proxy is what the sentence is about.
sub refused {
    my ($title, $proxy) = @_;

    for my $url ($http->{url}, $https->{url}) {
        my $portal = EPortal::CLI->new(config => config($url, $proxy));
        my $r = $portal->run(qw(source check));

        is($r->{exit}, 69, "$title: $url") or diag $r->{out} . $r->{err};
        like($r->{out}, qr/^connect +FAILED$/m, '... in the step connect');
        like($r->{err}, qr/proxy .*PROXY/, '... it is the proxy');
        unlike($r->{err}, qr/geheim|falsch/, '... and no password is shown');
    }
    return;
}


my $squid = start_squid();
works('PROXY-1, PROXY-3: squid', "http://$squid->{address}");
like(slurp($squid->{log}), qr/GET http:.*\Q$NAME\E/, '... it was asked');
like(slurp($squid->{log}), qr/CONNECT 127/, '... and for a tunnel');
stop($squid->{pid});

$squid = start_squid(tls => \@tls);
works('PROXY-1, PROXY-6: squid spoken to over TLS', "https://$squid->{address}");
like(slurp($squid->{log}), qr/CONNECT 127/, '... it was asked for a tunnel');
stop($squid->{pid});

$squid = start_squid(user => 'user', password => 'geheim');
works('PROXY-1, PROXY-6: squid with a login',
    "http://user:geheim\@$squid->{address}");
refused('squid, a wrong password', "http://user:falsch\@$squid->{address}");
refused('squid, no login', "http://$squid->{address}");
stop($squid->{pid});

my $socks = start_microsocks();
works('PROXY-4: SOCKS5', "socks5://$socks->{address}");
works('PROXY-4: SOCKS5, names left to it', "socks5h://$socks->{address}");
stop($socks->{pid});

$socks = start_microsocks(user => 'user', password => 'geheim');
works('PROXY-4: SOCKS5 with a login',
    "socks5h://user:geheim\@$socks->{address}");
refused('SOCKS5, a wrong password',
    "socks5h://user:falsch\@$socks->{address}");
refused('SOCKS5, no login', "socks5h://$socks->{address}");
stop($socks->{pid});

refused('a proxy that is not there', 'http://127.0.0.1:' . free_port());

# A changed proxy counts from the next command on; nothing has to be told.
my $portal = EPortal::CLI->new(config => config($http->{url},
        'http://127.0.0.1:' . free_port()));
is($portal->run(qw(source check))->{exit}, 69, 'a proxy that is gone');
$portal->write_config("BASE_DIR = '$portal->{data}'\n"
    . config($http->{url}));
is($portal->run(qw(source check))->{exit}, 0,
    'PROXY-5: without it, at once');

# ---- a network whose only other member is the proxy ----

# Names of its own: only the proxy's side knows patches.test, and what asks
# the name server there is counted.
my $space = "eportal$$";
my $net = '198.18.' . ($$ % 250) . '.';
my $near = "${net}1";
my $etc = "/etc/netns/$space";
my $there = 0;


sub command {
    my (@words) = @_;

    system(@words) == 0 or die "@words failed\n";
    return;
}


END {
    my $status = $?;

    if ($there) {
        system('ip', 'netns', 'del', $space);
        unlink "$etc/hosts", "$etc/resolv.conf";
        rmdir $etc;
    }
    $? = $status;
}

$> == 0 or die "a network namespace takes root\n";
command(qw(ip netns add), $space);
$there = 1;
command(qw(ip link add), "e$$", qw(type veth peer name), "f$$");
command(qw(ip link set), "f$$", 'netns', $space);
command(qw(ip addr add), "$near/30", 'dev', "e$$");
command(qw(ip link set), "e$$", 'up');
command(qw(ip -n), $space, qw(addr add), "${net}2/30", 'dev', "f$$");
command(qw(ip -n), $space, qw(link set), "f$$", 'up');
command(qw(ip -n), $space, qw(link set lo up));
is(qx(ip -n $space route show default), '', 'the namespace has no way out');

mkdir '/etc/netns';
mkdir $etc or die "$etc: $!\n";
my $files = temp_dir();
for my $file (["$etc/hosts", "127.0.0.1 localhost\n"],
    ["$etc/resolv.conf", "nameserver $near\noptions timeout:1 attempts:1\n"],
    ["$files/hosts", "127.0.0.1 localhost patches.test\n"]) {
    open(my $fh, '>', $file->[0]) or die "$file->[0]: $!\n";
    print {$fh} $file->[1];
    close($fh) or die "$file->[0]: $!\n";
}

my $asked = "$files/asked";
my $dns = IO::Socket::INET->new(Proto => 'udp', LocalAddr => $near,
    LocalPort => 53) or die "no name server: $!\n";
background("$files/log", sub {
    while (defined $dns->recv(my $packet, 512)) {
        open(my $fh, '>>', $asked);
        print {$fh} "asked\n";
        close($fh);
    }
});

my @before = ('unshare', '-m', 'sh', '-c',
    "mount --bind $files/hosts /etc/hosts && exec \"\$@\"", 'sh');
$squid = start_squid(address => $near, before => \@before);
$socks = start_microsocks(address => $near, before => \@before);
my $url = "http://patches.test:$http->{port}/";


# source check and an update inside of the namespace.
sub inside {
    my ($proxy) = @_;

    unlink $asked;
    $portal = EPortal::CLI->new(config => config($url, $proxy));
    return EPortal::CLI::execute(['ip', 'netns', 'exec', $space,
        build_file('kc.eportal'), '--config', $portal->{config}, 'kcare',
        'update'], '');
}


for my $proxy ("http://$squid->{address}", "socks5h://$socks->{address}") {
    my $r = inside($proxy);

    is($r->{exit}, 0, "PROXY-1, PROXY-2: only through $proxy")
        or diag $r->{err};
    like($r->{err}, qr/\Q$NAME\E was enabled in main/, '... a download');
    ok(!-e $asked, '... and no name was asked for here');
}
my $r = inside("socks5://$socks->{address}");
is($r->{exit}, 69, 'socks5:// asks for names here') or diag $r->{err};
like($r->{err}, qr/patches\.test/, '... where nobody knows this one');
ok(-e $asked, '... and that is seen');
$r = inside();
is($r->{exit}, 69, 'without PROXY there is no way');

# The daemon's poll and its downloads.
for my $proxy ("http://$squid->{address}", "socks5h://$socks->{address}") {
    unlink $asked;
    $portal = EPortal::CLI->new(config => config($url, $proxy));
    my $daemon = EPortal::Daemon->start($portal,
        before => ['ip', 'netns', 'exec', $space]);

    ok($daemon->logs(qr/\Q$NAME\E was downloaded/),
        "PROXY-1, PROXY-2: the daemon, only through $proxy")
        or diag $daemon->text;
    ok(-e "$portal->{data}/arch/$NAME.tar.bz2", '... a download');
    ok(!-e $asked, '... and no name was asked for here');
    is($daemon->stop, 0, 'it ends');
}

done_testing();
