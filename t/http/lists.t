#!/usr/bin/perl
# Lists that are too large for memory: they arrive whole however slowly they
# are read, the worker stays small, and nothing is left when clients leave.

use strict;
use warnings;

use EPortal::Test;
use File::Path qw(remove_tree);
use IO::Select;
use MIME::Base64 qw(encode_base64);
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF);
use Test::More;

my $SERVERS = 200_000;
my $READERS = 6;
my $latest = '/' . sha1('kernel') . '/latest.v2';
my $rows = '/admin/api/kcare/patchset/many';
my $objects = '/admin/api/kcare/patchset.json?key=many';
my $base = File::Temp::tempdir('eportal-lists-XXXXXX', TMPDIR => 1);


# A server's address, kernel hash, level and name.
sub server {
    my ($i) = @_;

    return (
        join('.', 10, $i >> 14, $i >> 7 & 127, $i & 127),
        $i % 9 ? unpack('H*', sprintf '%020d', $i % 50) : undef,
        $i % 7, "host-$i.\x{c3}\x{a9}.example.com",
    );
}


sub seed {
    my ($t) = @_;

    $t->cli_ok('key', '-a', 'many');
    $t->cli_ok('key', '-a', 'few');
    $t->cli_ok(qw(user -a -p secret admin));
    $t->sql(<<"SQL");
BEGIN IMMEDIATE;
WITH RECURSIVE n (i) AS
    (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $SERVERS)
INSERT INTO server (id, server_id, key_id, registered)
SELECT i, printf('A%015d', i), (SELECT id FROM key WHERE key = 'many'), 1
  FROM n;
UPDATE checkin SET time = 1, level = server % 7, ip = CAST(
    char(10, server >> 14, server >> 7 & 127, server & 127) AS BLOB);
UPDATE facts SET
    hostname = 'host-' || server || '.\x{c3}\x{a9}.example.com',
    kernel_id = iif(server % 9,
        CAST(printf('%020d', server % 50) AS BLOB), NULL);
INSERT INTO server (id, server_id, key_id, registered)
SELECT $SERVERS + 1, 'B', id, 1 FROM key WHERE key = 'few';
UPDATE checkin SET ip = x'7f000001' WHERE server > $SERVERS;
COMMIT;
SQL
    return;
}


# What a list is, made in memory.
sub wanted_rows {
    return '{"data":[' . join(',', map {
            my ($ip, $kernel, $level) = server($_);

            $kernel = defined $kernel ? "\"$kernel\"" : 'null';
            "[\"$ip\",$kernel,$level]";
        } 1 .. $SERVERS) . ']}';
}


sub wanted_objects {
    return '[' . join(',', map {
            my ($ip, $kernel, $level, $host) = server($_);

            $kernel = defined $kernel ? "\"$kernel\"" : 'null';
            "{\"host\":\"$host\",\"ip\":\"$ip\",\"kernel_id\":$kernel,"
                . "\"patch_level\":$level}";
        } 1 .. $SERVERS) . ']';
}


sub same {
    my ($got, $want, $name) = @_;

    ok($got eq $want, $name)
        or diag length($got), ' bytes, not ', length $want;
}


# Files of lists that the workers have open.
sub open_lists {
    my ($t) = @_;

    return scalar grep { (readlink($_) // '') =~ m{^\Q$base\E/tmp/} }
        map { glob "/proc/$_/fd/*" } $t->workers;
}


sub none_open {
    my ($t, $name) = @_;

    ok(wait_for(sub { open_lists($t) == 0 }, 60), $name);
    is_deeply([ glob "$base/tmp/*" ], [], 'and none has a name');
}


# A client that has asked for a list and read its beginning only.
sub reader {
    my ($t, $path) = @_;
    my $s = $t->connect;

    setsockopt $s, SOL_SOCKET, SO_RCVBUF, 65536;
    print {$s} "GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . 'Authorization: Basic ' . encode_base64('admin:secret', '')
        . "\r\n\r\n";
    sysread $s, my $bytes, 1000 or die 'no answer';
    return { socket => $s, bytes => $bytes };
}


# Read all of them to their ends.
sub read_all {
    my (@readers) = @_;
    my %of = map { fileno $_->{socket} => $_ } @readers;
    my $select = IO::Select->new(map { $_->{socket} } @readers);

    while ($select->count) {
        my @ready = $select->can_read(60) or die 'no more comes';
        for my $s (@ready) {
            my $r = $of{fileno $s};

            sysread $s, $r->{bytes}, 262144, length $r->{bytes}
                or $select->remove($s);
        }
    }
    return map { s/\A.*?\r\n\r\n//sr } map { $_->{bytes} } @readers;
}


sub largest_worker {
    my ($t) = @_;
    my @kb = sort { $b <=> $a } map {
        slurp("/proc/$_/status") =~ /^RssAnon:\s+(\d+) kB/m ? $1 : 0
    } $t->workers;

    return $kb[0];
}


sub slow_readers {
    my ($t, $want) = @_;
    my @readers = map { reader($t, $objects) } 1 .. $READERS;

    is(open_lists($t), $READERS, 'lists are files while they are sent');
    cmp_ok(largest_worker($t), '<', 65536, 'the worker stays below 64 MiB')
        if !$ENV{EP_SANITIZE};
    is($t->get($latest)->{status}, 404, 'AGT-8: agents are served meanwhile');
    my @got = read_all(@readers);
    is(scalar(grep { $_ eq $want } @got), $READERS,
        'each is whole, read slowly');
    cmp_ok(largest_worker($t), '<', 65536, 'the worker is small afterwards')
        if !$ENV{EP_SANITIZE};
    none_open($t, 'and closed at the end');
}


# The list of servers to take away, in both forms.
sub exports {
    my ($t) = @_;
    my $export = '/admin/api/servers/export';
    my @readers = map { reader($t, $_) } $export, "$export?format=json", $export;

    is(open_lists($t), 3, 'exports are files while they are sent');
    cmp_ok(largest_worker($t), '<', 65536,
        'W-17: the worker stays below 64 MiB') if !$ENV{EP_SANITIZE};
    is($t->get($latest)->{status}, 404, 'AGT-8: agents are served meanwhile');
    my ($csv, $json, $again) = read_all(@readers);
    my @lines = split /\r\n/, $csv;
    is(scalar @lines, 1 + $SERVERS + 1, 'W-17: a head, and a line each');
    is(scalar(grep { /,"host-\d+\.\xc3\xa9\.example\.com",/ } @lines), $SERVERS,
        'W-17: which are whole');
    same($again, $csv, 'W-17: for each reader');
    like($json, qr/\A\{"result":\[\{.*\}\]\}\z/s, 'W-17: JSON is whole, too');
    is(scalar(() = $json =~ /"hostname":/g), $SERVERS + 1,
        'W-17: ... with as many');
    none_open($t, 'and closed at the end');
}


# Half of them end their connection with a reset.
sub clients_leave {
    my ($t) = @_;
    my @readers = map { reader($t, $objects) } 1 .. $READERS;

    for my $i (0 .. $#readers) {
        my $s = $readers[$i]{socket};

        setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0 if $i % 2;
        close $s;
    }
    none_open($t, 'a list that nobody reads is closed');
    # and those whose clients do not wait for the beginning
    for my $i (1 .. 10) {
        my $s = $t->connect;

        print {$s} "GET $objects HTTP/1.1\r\nHost: x\r\n\r\n";
        close $s;
    }
    is($t->get($latest)->{status}, 404, 'the worker is there');
    none_open($t, 'or whose client left before it was ready');
}


sub one_connection {
    my ($t, $want) = @_;
    my $few = '/admin/api/kcare/patchset/few';
    my @asked = (['HEAD', $rows], ['GET', $rows], ['GET', $few],
        ['GET', $rows], ['HEAD', $rows], ['GET', $latest]);
    my $last = @asked - 1;
    my $bytes = $t->raw(join('', map {
            "$asked[$_][0] $asked[$_][1] HTTP/1.1\r\nHost: x\r\n"
                . ($_ == $last ? "Connection: close\r\n" : '') . "\r\n"
        } 0 .. $last), timeout => 120);
    my @got = responses($bytes, map { $_->[0] } @asked);
    my $length = 'Content-Length: ' . length $want;

    is(join(' ', map { $_->[0] } @got), '200 200 200 200 200 404',
        'all are answered, in order');
    for my $i (0, 1, 3, 4) {
        like($got[$i][1], qr/^\Q$length\E\r?$/m, "$asked[$i][0] has its size");
        like($got[$i][1], qr{^Content-Type: application/json\r?$}m, 'and type');
    }
    same($got[1][2], $want, 'a list is whole');
    same($got[3][2], $want, 'and another one');
    is($got[2][2], '{"data":[["127.0.0.1",null,0]]}',
        'a small one between them is');
    none_open($t, 'all are closed');
}


# An HTTP/2 frame: type, flags, stream, payload.
sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}


# Ask for a path so many times at once on one connection; the bodies.
sub streams {
    my ($t, $path, $times) = @_;
    my $s = $t->connect($t->{h2_port});
    my $head = "\x82\x86\x01\x01x\x04" . chr(length $path) . $path;
    my ($bytes, $left, @body) = ('', $times, ('') x $times);

    # windows that never close
    print {$s} "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        frame(4, 0, 0, pack 'nN', 4, 0x7fffffff),
        frame(8, 0, 0, pack 'N', 0x7fff0000),
        map { frame(1, 5, 2 * $_ - 1, $head) } 1 .. $times;
    while ($left > 0) {
        sysread $s, $bytes, 262144, length $bytes or die 'no more comes';
        my $at = 0;
        while (length($bytes) - $at >= 9) {
            my ($high, $low, $type, $flags, $stream)
                = unpack 'CnCCN', substr $bytes, $at, 9;
            my $size = $high * 65536 + $low;

            last if length($bytes) - $at < 9 + $size;
            $body[($stream - 1) / 2] .= substr $bytes, $at + 9, $size
                if $type == 0;
            $left-- if $type <= 1 && $flags & 1;
            die 'a stream was reset' if $type == 3;
            $at += 9 + $size;
        }
        substr $bytes, 0, $at, '';
    }
    return @body;
}


sub over_http2 {
    my ($t, $want) = @_;
    my $url = "http://127.0.0.1:$t->{h2_port}";
    my ($status, $out);

    same($_, $want, 'one of three on a connection is whole')
        for streams($t, $rows, 3);
    ($status, $out) = EPortal::Test::run_command('curl', '-sS', '-I',
        '--http2-prior-knowledge', "$url$rows");
    like($out, qr/^content-length: @{[ length $want ]}\r?$/m, 'HEAD');
    EPortal::Test::run_command('curl', '-sS', '--http2-prior-knowledge',
        '--limit-rate', '1M', '--max-time', 1, '-o', '/dev/null',
        "$url$objects");
    none_open($t, 'all are closed');
}


my ($want_rows, $want_objects) = (wanted_rows(), wanted_objects());

for my $sendfile (qw(off on)) {
    my $t = EPortal::Test->new(base => $base, workers => 1,
        nginx => "sendfile $sendfile;");

    seed($t) if $sendfile eq 'off';
    $t->start;
    subtest "sendfile $sendfile: slow readers" => sub {
        slow_readers($t, $want_objects);
    };
    subtest "sendfile $sendfile: exports" => sub { exports($t) };
    subtest "sendfile $sendfile: clients that leave" => sub {
        clients_leave($t);
    };
    subtest "sendfile $sendfile: HEAD and keepalive" => sub {
        one_connection($t, $want_rows);
    };
    subtest "sendfile $sendfile: HTTP/2" => sub {
        over_http2($t, $want_rows);
    };
    finish($t);
}
remove_tree($base);
done_testing();
