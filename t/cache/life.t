#!/usr/bin/perl
# Cache mode while a file is under way: others are served, workers are
# reloaded and killed, clients leave, a source breaks off.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Browser;
use EPortal::CLI qw(make_archive);
use EPortal::Gate;
use EPortal::Slapd;
use EPortal::Test;
use EPortal::Upstream qw(publish temp_dir);
use MIME::Base64 qw(encode_base64);
use Test::More;

my $SIZE = 400_000;
my $THREADS = 2 * 8; # that two workers fetch with
my $MANY = 24;
my $kernel = sha1('kernel');
my $many = sha1('kernel of many levels');
my $dir = temp_dir();

make_archive('kernel', 'K20250101_01', "$dir/K20250101_01.tar.bz2",
    '--object', join(',', "$kernel:1", 2 .. 6), '--size', $SIZE);
make_archive('kernel', 'K20250201_01', "$dir/K20250201_01.tar.bz2",
    '--object', join(',', "$many:1", 2 .. $MANY));
publish($dir, '--tree');
my $source = EPortal::Gate->start($dir);
my $t = EPortal::Test->new(config => {
    CACHE_MODE => 'True', MIN_FREE_DISK => 1024,
    PATCH_SOURCE_URL => "'" . $source->url . "'",
}, allowed => qr/exited on signal 9/);
my $cache = "$t->{base}/cache";

$t->cli_ok('cache-mode', '--fetch-meta');
$t->cli_ok('kcare', 'enable', $_) for qw(K20250101_01 K20250201_01);
$t->cli_ok('key', '-a', 'k1');
$t->start;
my $server = $t->register('k1');


sub bin { return 'resources/' . ($_[1] // $kernel) . "/$_[0]/kpatch.bin" }
sub in_source { return slurp("$dir/" . bin(@_)) }


# A client that asks for the file of a level and does not read yet.
sub ask {
    my ($level, $object) = @_;
    my $s = $t->connect;

    $object //= $kernel;
    syswrite $s, "GET /$object/$level/kpatch.bin HTTP/1.1\r\nHost: x\r\n"
        . 'Authorization: Basic ' . encode_base64("$server:x", '')
        . "\r\nConnection: close\r\n\r\n";
    return $s;
}


# Its answer: [status, body].
sub answer {
    my ($s) = @_;
    my $text = '';

    1 while sysread $s, $text, 1 << 20, length $text;
    my ($status, $body) = $text =~ /\AHTTP\/1\.1 (\d+).*?\r\n\r\n(.*)\z/s
        or return ['none', $text];
    return [$status, $body];
}


sub part_of {
    my ($level) = @_;

    my ($part) = glob "$cache/.fetch-*";
    return $part && -s $part >= $SIZE / 2 ? $part : undef;
}


# Ask with as many clients, and wait until half of the file has come.
sub half_way {
    my ($level, $clients) = @_;

    $source->hold(1);
    my @clients = map { ask($level) } 1 .. $clients;
    ok(wait_for(sub { part_of($level) }, 60), 'half of a file has come')
        or diag $t->error_log;
    return @clients;
}


# Fetches that no thread has begun.
sub waiting {
    my ($n) = $t->get('/metrics')->{content}
        =~ /^eportal_queue\{pool="net"\} (\d+)$/m;

    return $n // 'unknown';
}


$t->cli_ok('user', '-a', '-p', 'secret', 'admin');

subtest 'a slow source' => sub {
    my @clients = half_way(1, 60);
    is($t->get('/admin/api/kcare/patchset/none')->{status}, 200,
        'PERF-8: a list on another pool is answered meanwhile') for 1 .. 10;
    is($t->post('/admin/api/login', content => 'username=admin&password=secret',
            headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }
        )->{status}, 200, 'PERF-8: ... a slow task of the pool for logins, too');
    is($t->get("/$kernel/latest.v2", basic => $server)->{content}, 6,
        '... and so are levels');
    is($t->register('k1') =~ /^\w+$/, 1, '... and registrations');
    vec(my $bits = '', fileno $clients[0], 1) = 1;
    is(scalar(select $bits, undef, undef, 0), 0,
        '... while who asked for the file waits');
    close pop @clients for 1 .. 20;
    $source->hold(0);
    is_deeply([map { my $r = answer($_); $r->[0] . ' ' . length $r->[1] }
                @clients], [("200 $SIZE") x 40],
        'CACHE-3: then everybody who still waits gets it');
    is_deeply([$source->asked(bin(1))], [0], 'PERF-8: ... for one request');
};

subtest 'more files under way than threads' => sub {
    my $slapd = EPortal::Slapd->new("$t->{dir}/slapd");
    $t->write_config(LDAP_URL => "'" . $slapd->url . "?tls=0'",
        LDAP_CONNECTION_STRING => "'uid=%s,dc=example,dc=com'");
    $t->reload or die "no reload\n";
    $source->hold(1);
    my @clients = map { ask($_, $many) } 1 .. $MANY;

    ok(wait_for(sub { waiting() >= $MANY - $THREADS }, 60),
        'W-1: fetches wait for a thread') or diag waiting();
    for my $n (1 .. 6) {
        my $r = EPortal::Browser->new($t)->login('gauss', 'password');
        is($r->{status}, 200, 'PERF-8: a login by LDAP is answered meanwhile');
    }
    cmp_ok(waiting(), '>=', $MANY - $THREADS, '... while fetches wait');
    my $bits = '';
    vec($bits, fileno $_, 1) = 1 for @clients;
    is(scalar select($bits, undef, undef, 0), 0,
        '... and so do all who asked for files');
    $source->hold(0);
    is_deeply([map { my $r = answer($_); $r->[0] . ' ' . length $r->[1] }
                @clients], [("200 " . length in_source(1, $many)) x @clients],
        'then everybody gets his file');
};

subtest 'a reload' => sub {
    my @clients = half_way(2, 20);
    my @old = $t->workers;
    ok($t->reload, 'nginx is reloaded meanwhile');
    push @clients, map { ask(2) } 1 .. 20;
    $source->hold(0);
    is_deeply([map { my $r = answer($_); $r->[0] . ' ' . length $r->[1] }
                @clients], [("200 $SIZE") x 40],
        'a reload during a fetch drops no request');
    is_deeply([$source->asked(bin(2))], [0], '... for one request upstream');
    ok(wait_for(sub { !grep { -e "/proc/$_" } @old }, 60),
        'then the old workers end');
};

subtest 'workers that are killed' => sub {
    my @clients = half_way(3, 20);
    my @old = $t->workers;
    kill 'KILL', @old;
    answer($_) for @clients;
    ok(wait_for(sub {
        my @now = $t->workers;
        @now == 2 && !grep { my $p = $_; grep { $_ == $p } @old } @now;
    }, 60), 'new ones take their place');
    ok(!-e "$cache/" . bin(3), 'CACHE-4: nothing half counts');
    ok(part_of(3), '... but it is kept');
    $source->hold(0);
    is(answer(ask(3))->[1], in_source(3), 'the next one gets the whole file');
    my @asked = $source->asked(bin(3));
    is(scalar @asked, 2, '... by a second request');
    cmp_ok($asked[1], '>=', $SIZE / 2, '... for what was missing');
    is_deeply([glob "$cache/.fetch-*"], [], 'and nothing is left over');
};

subtest 'nginx stops' => sub {
    my @clients = half_way(4, 5);
    ok($t->stop('TERM'), 'nginx ends at once');
    $source->hold(0);
    ok(!-e "$cache/" . bin(4), 'nothing half counts');
    $t->start;
    is(answer(ask(4))->[1], in_source(4), 'and the file comes later');
};

subtest 'the beginning of something else' => sub {
    my @clients = half_way(5, 1);
    kill 'KILL', $t->workers;
    answer($_) for @clients;
    my $part = part_of(5);
    EPortal::Test::spew($part, 'y' x ($SIZE / 4));
    EPortal::Test::own($part);
    $source->hold(0);
    ok(wait_for(sub { answer(ask(5))->[1] eq in_source(5) }, 60),
        'a part that does not fit is thrown away');
};

finish($t);
done_testing();
