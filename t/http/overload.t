#!/usr/bin/perl
# More than a worker keeps: registrations beyond the limit are told to come
# back, check-ins beyond it are dropped and counted, and latest is answered.

use strict;
use warnings;

use EPortal::Test;
use Fcntl qw(:flock);
use Test::More;
use Time::HiRes qw(sleep time);

my $LIMIT = 4096;
my $kernel = sha1('kernel');


sub hold_lock {
    my ($t) = @_;

    open my $lock, '+<', "$t->{base}/write.lock" or die "write.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    return $lock;
}


# An HTTP/2 frame: type, flags, stream, payload.
sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}


# A connection that asks for a path so many times, without waiting.
sub ask {
    my ($t, $path, $times) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $t->{h2_port}) or die "connect: $!";
    my $head = "\x82\x86\x01\x01x\x04" . chr(length $path) . $path;

    syswrite $s, join '', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        frame(4, 0, 0, ''),
        map { frame(1, 5, 2 * $_ - 1, $head) } 1 .. $times;
    return { socket => $s, buffer => '', status => {}, ended => 0 };
}


# Take in what has come: statuses and ended streams.
sub take {
    my ($c) = @_;
    my $ready = '';

    vec($ready, fileno $c->{socket}, 1) = 1;
    while (select my $now = $ready, undef, undef, 0.05) {
        sysread $c->{socket}, $c->{buffer}, 65536, length $c->{buffer} or last;
    }
    while (length $c->{buffer} >= 9) {
        my ($high, $low, $type, $flags) = unpack 'CnCC', $c->{buffer};
        my $size = 9 + $high * 65536 + $low;

        last if length $c->{buffer} < $size;
        my $frame = substr $c->{buffer}, 0, $size, '';
        $c->{ended}++ if $type <= 1 && $flags & 1;
        next if $type != 1;
        my $block = substr $frame, 9;
        my $status = $block =~ /\A\x88/ ? 200
            : $block =~ /\A[\x48\x08]\x03(\d{3})/ ? $1 : '?';
        $c->{status}{$status}++;
    }
    return;
}


sub count {
    my ($status, @connections) = @_;
    my $sum = 0;

    take($_) for @connections;
    $sum += $_->{status}{$status} // 0 for @connections;
    return $sum;
}


subtest 'ASVS 2.4.1, 15.2.2: registrations' => sub {
    my $t = EPortal::Test->new(workers => 1,
        server => 'http2_max_concurrent_streams 1000;');
    my $n = 900;

    $t->cli_ok('key', '-a', 'k1');
    $t->start;
    my $lock = hold_lock($t);
    my @c = map { ask($t, '/api/kcare/register_server.plain?key=k1', $n) }
        1 .. 5;

    ok(wait_for(sub { count(503, @c) >= 5 * $n - $LIMIT }, 60),
        'those beyond the limit are told to come back');
    is($t->get("/$kernel/latest.v2")->{status}, 404, 'latest is answered');
    flock $lock, LOCK_UN;
    ok(wait_for(sub { count(200, @c) + count(503, @c) == 5 * $n }, 60),
        'all others are answered');
    cmp_ok(count(200, @c), '<=', $LIMIT, 'no more than the limit waited');
    is($t->sql('SELECT count(*) FROM server'), count(200, @c),
        'REL-1: those who got an id are in the database, nobody else');
    like($t->register('k1'), qr/^\w+$/, 'then registrations work again');
    finish($t);
};

subtest 'large registrations' => sub {
    my $t = EPortal::Test->new(workers => 1);
    my $body = 'key=k1&x=' . 'x' x 60_000;
    my ($n, %status) = (400);

    $t->cli_ok('key', '-a', 'k1');
    $t->start;
    my $lock = hold_lock($t);
    my @sockets = map {
        my $s = $t->connect;

        print {$s} "POST /admin/api/register HTTP/1.1\r\nHost: x\r\n"
            . "Content-Type: application/x-www-form-urlencoded\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        $s->flush;
        $s;
    } 1 .. $n;
    my $answers = sub {
        my $ready = '';

        vec($ready, fileno $_, 1) = 1 for @sockets;
        select $ready, undef, undef, 0.1;
        @sockets = grep {
            my $there = vec $ready, fileno $_, 1;
            sysread $_, my $answer, 4096 if $there;
            $status{$1}++ if $there && $answer =~ m{^HTTP/1.1 (\d+)};
            !$there;
        } @sockets;
        return $status{503} // 0;
    };

    ok(wait_for(sub { $answers->() >= 100 }, 60),
        'bodies of more than 16 MiB are not kept');
    flock $lock, LOCK_UN;
    ok(wait_for(sub { $answers->(); !@sockets }, 60), 'all are answered');
    cmp_ok($status{200} // 0, '>', 100, 'those that were kept get their id');
    is($t->sql('SELECT count(*) FROM server'), $status{200} // 0,
        'and are in the database');
    finish($t);
};

subtest 'check-ins' => sub {
    my $t = EPortal::Test->new(workers => 1);
    my $n = 4000;
    my $dropped = 0;

    $t->cli_ok('key', '-a', 'k1');
    $t->sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            . " WHERE i < $n) INSERT INTO server (server_id, key_id,"
            . " registered) SELECT printf('A%015d', i), (SELECT id FROM key),"
            . ' 1 FROM n');
    $t->start;
    my $lock = hold_lock($t);
    my $s = $t->connect;
    my $filler = 'x' x 7900;

    for my $i (1 .. $n) {
        my $id = sprintf 'A%015d', $i;

        print {$s} "GET /$kernel/latest.v2?server_id=$id&x=$filler HTTP/1.1\r\n"
            . "Host: x\r\n\r\n";
        $s->flush;
        my $answer = '';
        while ($answer !~ /\r\n\r\n.*[}\d]/s) {
            sysread $s, $answer, 65536, length $answer or die 'no answer';
        }
        $answer =~ m{^HTTP/1.1 404} or die "latest: $answer";
        # nginx ends a connection after a thousand requests
        $s = $t->connect if $answer =~ /^Connection: close/mi;
    }
    pass('AGT-8: latest is answered all the time');
    my $size = slurp('/proc/' . ($t->workers)[0] . '/status');
    flock $lock, LOCK_UN;
    ok(wait_for(sub {
            my $log = $t->error_log;

            $dropped = 0;
            $dropped += $1 while $log =~ /(\d+) check-ins were dropped/g;
            $dropped + $t->sql('SELECT count(*) FROM checkin WHERE time > 0')
                == $n;
        }, 60), 'AGT-8: each check-in is written, or dropped and counted');
    cmp_ok($dropped, '>', 0, 'some were dropped');
    cmp_ok($dropped, '<', $n / 2, 'most were not');
    if (!$ENV{EP_SANITIZE}) {
        my ($kb) = $size =~ /^RssAnon:\s+(\d+) kB/m;
        cmp_ok($kb, '<', 65536, 'the worker stays below 64 MiB');
    }
    finish($t);
};

done_testing();
