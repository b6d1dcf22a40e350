#!/usr/bin/perl
# fleet.pl URL COUNT SHARE:KEY... - COUNT servers register at a portal and
# check in, as agents do. Each asks for its level first and then reports that
# it runs this one or, some of them, an older one. SHARE is in percent.
#
# Their addresses travel in X-Forwarded-For: the portal must trust us. The
# same arguments make the same servers.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Fleet qw(@KERNELS kernel_hash effective_kernel);

use IO::Socket::INET;

use constant PROCESSES => 4;

my ($url, $count, @keys) = @ARGV;
@keys && $count =~ /^\d+$/
    or die "usage: fleet.pl URL COUNT SHARE:KEY...\n";
my ($host, $port) = $url =~ m{^http://([^:/]+)(?::(\d+))?/?$}
    or die "fleet.pl: $url is no http://host:port\n";

my @kernel_of = map { my $kernel = $_; ($kernel) x $kernel->{share} } @KERNELS;
my @key_of = map {
    my ($share, $key) = split /:/, $_, 2;
    ($key) x $share
} @keys;
my @roles = qw(web db app cache mail build kvm log);
my @places = qw(fra1 ams2 nyc1 tyo1);

my @children;
for my $part (0 .. PROCESSES - 1) {
    my $pid = fork // die "fleet.pl: fork: $!\n";
    if ($pid == 0) {
        run_part($part);
        exit 0;
    }
    push @children, $pid;
}

my $failed = 0;
for my $pid (@children) {
    waitpid $pid, 0;
    $failed++ if $?;
}
exit($failed ? 1 : 0);

sub run_part
{
    my ($part) = @_;

    for (my $i = $part; $i < $count; $i += PROCESSES) {
        srand(1000 + $i);
        check_in(machine($i));
    }
}

sub machine
{
    my ($i) = @_;
    my $role = $roles[rand @roles];

    return {
        kernel   => $kernel_of[rand @kernel_of],
        key      => $key_of[rand @key_of],
        ip       => sprintf('10.%d.%d.%d', 20 + $i / 62500,
            $i / 250 % 250, 1 + $i % 250),
        hostname => sprintf('%s%02d.%s.example.net', $role, $i,
            $places[rand @places]),
        uptime   => int(3600 + rand 200 * 86400),
        virt     => (qw(kvm kvm kvm vmware xen), '')[rand 6],
    };
}

sub check_in
{
    my ($machine) = @_;
    my $kernel = $machine->{kernel};
    my $hash = kernel_hash($kernel);
    my (undef, $answer) = get($machine,
        "/admin/api/kcare/register_server.plain?hostname=$machine->{hostname}"
        . "&key=$machine->{key}");
    ($machine->{server_id}) = $answer =~ /^server_id:(\w+)$/m
        or die "fleet.pl: registration was answered: $answer\n";

    my ($status, $latest) = get($machine,
        "/$hash/latest.v2?" . token($machine, $hash, 0));
    return if $status != 200;
    my $level = (($latest) x 7, $latest - 1, $latest - 2, 0)[rand 10];
    return if $level <= 0;

    get($machine, "/$hash/latest.v2?" . token($machine, $hash, $level));
}

sub token
{
    my ($machine, $hash, $level) = @_;
    my $kernel = $machine->{kernel};
    my %fact = (
        (map { $_ => $machine->{$_} } qw(server_id hostname virt)),
        (map { $_ => $kernel->{$_} } qw(release version machine distro
            distro_version)),
        kernel_id     => $hash,
        euname        => effective_kernel($kernel, $level),
        processor     => $kernel->{machine},
        patch_type    => 'default',
        kcare_version => (qw(3.0-1 3.0-1 2.97-2 2.90-1))[rand 4],
    );
    my $text = join ', ', map { qq("$_": "$fact{$_}") } sort keys %fact;

    return unpack 'H*',
        "{$text, \"patch_level\": $level, \"uptime\": $machine->{uptime}}";
}

# One connection a process, kept open: (status, body).
sub get
{
    my ($machine, $path) = @_;
    our $socket;

    for my $try (1 .. 2) {
        $socket ||= IO::Socket::INET->new(PeerHost => $host,
            PeerPort => $port || 80, Timeout => 10)
            or die "fleet.pl: $url: $@\n";
        my ($status, $body) = exchange($socket, "GET $path HTTP/1.1\r\n"
            . "Host: $host\r\nX-Forwarded-For: $machine->{ip}\r\n\r\n");
        return ($status, $body) if $status;

        # Closed between two requests: nginx ends a connection after many.
        undef $socket;
    }
    die "fleet.pl: no answer to $path\n";
}

sub exchange
{
    my ($socket, $request) = @_;

    local $SIG{PIPE} = 'IGNORE';
    print $socket $request or return;
    local $/ = "\r\n";
    my $line = <$socket> // return;
    my ($status) = $line =~ m{^HTTP/1\.1 (\d{3})} or return;
    my $length;
    while (defined($line = <$socket>) && $line ne "\r\n") {
        $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
    }
    return ($status, chunked_body($socket)) if !defined $length;
    my $body = '';
    read $socket, $body, $length if $length;
    return ($status, $body);
}

sub chunked_body
{
    my ($socket) = @_;
    my $body = '';

    while (defined(my $size = <$socket>)) {
        read $socket, my $chunk, hex $size;
        $body .= $chunk;
        <$socket>;
        last if hex $size == 0;
    }
    return $body;
}
