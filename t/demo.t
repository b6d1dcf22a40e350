#!/usr/bin/perl
# `make demo`: a whole portal by one command, twice in a row, as an agent and
# an administrator meet it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use FindBin;
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;

my $root = abs_path("$FindBin::RealBin/..");
my $build = basename($ENV{EP_BUILD} || 'build');
my $servers = 50;
my $dir = tempdir('eportal-demo-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $demo = "$dir/a demo"; # a name that needs quotes
my $port = free_port();
my $http = HTTP::Tiny->new(timeout => 20);

chmod 0755, $dir or die "chmod: $!";

my ($status, $text) = make('demo');
is($status, 0, 'make demo makes an instance') or diag $text;
my $first = environment();
is_deeply([sort keys %$first], [qw(ADMIN_PASSWORD ADMIN_USER BUILD_ID
        EPORTAL_CONFIG KERNEL_HASH REG_KEY URL)], 'demo.env has its names');
my $pid = slurp("$demo/nginx.pid");

($status, $text) = make('demo');
is($status, 0, 'twice in a row works') or diag $text;
my $env = environment();
isnt($env->{ADMIN_PASSWORD}, $first->{ADMIN_PASSWORD}, 'it is made anew');
isnt(slurp("$demo/nginx.pid"), $pid, 'the old one was stopped');
like($text, qr/\Q$env->{$_}\E/, "the reader is told the $_")
    for qw(URL ADMIN_USER ADMIN_PASSWORD);
is($env->{URL}, "http://127.0.0.1:$port", 'DEMO_PORT is the port');

subtest 'an agent' => sub {
    my $api = "$env->{URL}/admin/api/kcare";
    my $answer = $http->get("$api/register_server.plain?hostname=t&key="
        . $env->{REG_KEY});
    my ($id) = $answer->{content} =~ /^server_id:(\w+)$/m;
    ok($id, 'registers with REG_KEY') or diag $answer->{content};

    my $token = unpack 'H*', encode_json({ server_id => $id });
    $answer = $http->get("$env->{URL}/$env->{KERNEL_HASH}/latest.v2?$token");
    like($answer->{content}, qr/^[1-9]\d*$/, 'KERNEL_HASH has a level');

    my $patch = "$env->{URL}/$env->{KERNEL_HASH}/$answer->{content}/kpatch.bin";
    is($http->get($patch)->{status}, 401, 'a stranger gets no patch');
    my %identity = (headers => {
        Authorization => 'Basic ' . encode_base64("$id:", '') });
    $answer = $http->get($patch, \%identity);
    is($answer->{status}, 200, 'the agent does');
    like($answer->{content}, qr/^KPATCH1\0/, 'a real one');

    $answer = $http->get("$env->{URL}/userspace/all/$env->{BUILD_ID}"
        . '/kpatch.tgz', \%identity);
    is($answer->{status}, 200, 'BUILD_ID has a patch');
    my $list = $http->get("$env->{URL}/libcare-patches.json")->{content};
    ok(exists decode_json($list)->{ $env->{BUILD_ID} },
        'BUILD_ID is in the list');
};

subtest 'an administrator' => sub {
    my $users = cli('user');
    is_deeply([map { $_->{username} } @{ $users->{users} }],
        [$env->{ADMIN_USER}], 'there is one user');

    my %feed = map { $_->{name} // $_->{feed} => 1 } @{ cli('feed')->{feeds} };
    is_deeply([sort keys %feed], ['main', 'test'], 'two feeds');

    my %state;
    for my $feed (qw(main test)) {
        for my $product (qw(kcare libcare)) {
            my $list = cli($product, 'list', '--feed', $feed);
            $state{"$product $feed"}{ $_->{status} }++
                for @{ $list->{patchsets} };
        }
    }
    cmp_ok($state{'kcare main'}{enabled}, '>', 1, 'kernel patchsets in main');
    cmp_ok($state{'libcare main'}{enabled}, '>', 0, 'libcare ones, too');
    ok($state{'kcare main'}{disabled}, 'one is disabled in main');
    ok($state{'kcare test'}{enabled} > $state{'kcare main'}{enabled},
        'test is ahead');

    my @all;
    for (1 .. 100) {
        @all = @{ cli('server')->{servers} };
        last if !grep { !defined $_->{checkin} } @all;
        select undef, undef, undef, 0.05;
    }
    my @fleet = grep { $_->{hostname} =~ /example\.net$/ } @all;
    cmp_ok(scalar @fleet, '>=', $servers, 'DEMO_SERVERS are registered');
    is(scalar(grep { !defined $_->{checkin} } @fleet), 0,
        'all of them have checked in');
    my %kernel = map { $_->{euname} // "" => 1 } @fleet;
    cmp_ok(scalar keys %kernel, '>', 5, 'on several kernels');
    my %address = map { $_->{ip} => 1 } @fleet;
    cmp_ok(scalar keys %address, '>', $servers / 2, 'at several addresses');
};

# A port that somebody else has, and a directory that is no demo.
my $guard = IO::Socket::INET->new(LocalAddr => '0.0.0.0', Listen => 1)
    or die "listen: $!";
($status, $text) = make('demo', DEMO_DIR => "$dir/other",
    DEMO_PORT => $guard->sockport);
isnt($status, 0, 'a port in use is an error');
like($text, qr/port \d+ is in use/, '... that says so');
mkdir "$dir/mine" or die "mkdir: $!";
open my $mine, '>', "$dir/mine/thesis" or die "thesis: $!";
close $mine;
($status, $text) = make('demo', DEMO_DIR => "$dir/mine");
isnt($status, 0, 'a directory that is no demo is left alone');
ok(-e "$dir/mine/thesis", '... with what is in it');

($status, $text) = make('demo-stop');
is($status, 0, 'make demo-stop ends it') or diag $text;
ok(!IO::Socket::INET->new(PeerHost => '127.0.0.1', PeerPort => $port),
    'nobody listens any more');
ok(-e "$demo/demo.env", 'the directory is left');
unlike(slurp("$demo/logs/error.log"),
    qr/\[(?:alert|emerg|crit)\]|Sanitizer|runtime error|exited on signal/,
    'no alerts, no sanitizer reports');
($status) = make('demo-stop');
is($status, 0, 'stopping what does not run is no error');

done_testing();

END {
    # Whatever went wrong: no nginx stays behind.
    my $code = $?;
    make('demo-stop') if defined $demo && -e "$demo/nginx.pid";
    $? = $code;
}

sub make
{
    my ($target, %more) = @_;
    my %variable = (BUILD => $build, SANITIZE => $ENV{EP_SANITIZE} // '',
        DEMO_DIR => $demo, DEMO_PORT => $port, DEMO_SERVERS => $servers,
        %more);

    local %ENV = %ENV;
    delete @ENV{qw(MAKEFLAGS MAKEOVERRIDES MAKELEVEL MFLAGS)};
    open my $pipe, '-|', 'sh', '-c', 'exec "$@" 2>&1 < /dev/null', 'sh',
        'make', '--no-print-directory', '-C', $root, $target,
        map { "$_=$variable{$_}" } sort keys %variable
        or die "make: $!";
    local $/;
    my $output = <$pipe>;
    close $pipe;
    return ($? >> 8, $output);
}

# demo.env as a shell understands it.
sub environment
{
    open my $pipe, '-|', 'env', '-i', 'sh', '-c', 'set -a; . "$1"; unset PWD'
        . ' OLDPWD _ SHLVL; env', 'sh', "$demo/demo.env"
        or die "sh: $!";
    return { map { chomp; split /=/, $_, 2 } grep { !/^(?:PWD|_|SHLVL)=/ } <$pipe> };
}

sub cli
{
    my (@command) = @_;

    local $ENV{EPORTAL_CONFIG} = $env->{EPORTAL_CONFIG};
    open my $pipe, '-|', "$root/$build/kc.eportal", @command, '--json'
        or die "kc.eportal: $!";
    local $/;
    return decode_json(<$pipe> || '{}');
}

sub free_port
{
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "listen: $!";

    return $socket->sockport;
}

sub slurp
{
    my ($path) = @_;

    open my $file, '<', $path or return '';
    local $/;
    return scalar <$file>;
}
