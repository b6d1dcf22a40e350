#!/usr/bin/perl
# The life of workers: reloads under load, clients that leave, a worker that
# is killed, and what a stopping worker still has to write.

use strict;
use warnings;

use EPortal::Browser;
use EPortal::Test;
use Fcntl qw(:flock);
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use Time::HiRes qw(sleep time);

my $LOADERS = 4;
my $kernel = sha1('kernel');
my $t = EPortal::Test->new(allowed => qr/exited on signal 9/);

$t->cli_ok('key', '-a', 'k1');
$t->cli_ok(qw(user -a -p AdminPassword admin));
$t->start;

# What a program of the administrator's shows.
my $admin = EPortal::Browser->new($t);
$admin->login('admin', 'AdminPassword');
my %program = ('X-Api-Key' => $admin->call(POST => 'tokens/', { name => 'ci' })
        ->{body}{result}{token});
my $tagged = $t->register('k1');


# Run clients in processes of their own until told to stop; each writes a
# line for every answer: "ok ID" for a registration, "ok" or "bad TEXT".
sub load_begin {
    my ($instance) = @_;
    my @load;

    for my $n (1 .. $LOADERS) {
        my $file = "$instance->{dir}/load.$n";
        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            my $stop = 0;
            local $SIG{TERM} = sub { $stop = 1 };
            open my $out, '>', $file or die "$file: $!";
            $out->autoflush(1);
            for (my $i = 0; !$stop; $i++) {
                print $out one_request($instance, $i), "\n";
            }
            close $out;
            POSIX::_exit(0);
        }
        push @load, [$pid, $file];
    }
    return \@load;
}


sub one_request {
    my ($instance, $i) = @_;
    my $kind = $i % 5;
    my $r = $kind == 0
        ? $instance->get('/admin/api/kcare/register_server.plain?key=k1')
        : $kind == 1 ? $instance->get("/$kernel/latest.v2?server_id=none")
        : $kind == 2 ? $instance->get('/admin/api/kcare/patchset/none')
        : $kind == 3 ? $instance->get('/admin/api/keys', headers => \%program)
        : $instance->post('/admin/api/set_tags?server_id=' . $tagged
            . "&tags=n:$i", headers => \%program);
    my $want = $kind == 1 ? 404 : 200;

    return 'bad ' . $r->{status} . ' ' . $r->{content} =~ s/\s+/ /gr
        if $r->{status} != $want;
    return "ok of kind $kind" if $kind != 0;
    return $r->{content} =~ /server_id:(\w+)/ ? "ok $1" : "bad $r->{content}";
}


sub load_end {
    my ($load) = @_;
    my @lines;

    for my $loader (@$load) {
        kill 'TERM', $loader->[0];
        waitpid $loader->[0], 0;
        push @lines, split /\n/, slurp($loader->[1]);
    }
    return @lines;
}


# Every id that a client was told is in the database.
sub lost {
    my ($instance, @lines) = @_;
    my %there = map { $_ => 1 } $instance->sql('SELECT server_id FROM server');

    return grep { !$there{$_} } map { /^ok (\w+)$/ ? $1 : () } @lines;
}


subtest 'reload under load' => sub {
    my $load = load_begin($t);

    sleep 0.5;
    for (1 .. 5) {
        ok($t->reload, 'new workers serve');
        sleep 0.3;
    }
    my @lines = load_end($load);
    my @bad = grep { !/^ok/ } @lines;

    cmp_ok(scalar @lines, '>', 100, 'there was load');
    for my $kind (1 .. 4) {
        cmp_ok(scalar(grep { $_ eq "ok of kind $kind" } @lines), '>', 10,
            "... of kind $kind");
    }
    is(scalar @bad, 0, 'W-3: no request fails while nginx reloads: agents, '
        . 'scanners, programs that read and that change')
        or diag join "\n", @bad[0 .. ($#bad > 9 ? 9 : $#bad)];
    is(scalar lost($t, @lines), 0, 'every registration is there');
    ok(wait_for(sub { EPortal::Test::children($t->{master}) == 2 }, 90),
        'the old workers end');
};

subtest 'clients that leave' => sub {
    my @requests = (
        "GET /admin/api/kcare/register_server.plain?key=k1 HTTP/1.1\r\n"
            . "Host: x\r\n\r\n",
        "GET /admin/api/kcare/patchset/k1 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /$kernel/latest.v2 HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /admin/api/register HTTP/1.1\r\nHost: x\r\n"
            . "Content-Length: 100\r\n\r\nkey=k1",
        "POST /admin/api/register?key=k1 HTTP/1.1\r\nHost: x\r\n"
            . "Content-Length: 0\r\n\r\nGET / HT",
    );

    for my $i (1 .. 4000) {
        my $s = $t->connect;

        syswrite $s, $requests[$i % @requests];
        # Half of them with a reset, half of those at once.
        setsockopt $s, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0 if $i % 2;
        sleep 0.001 if $i % 4 < 2;
        close $s;
    }
    is($t->get("/$kernel/latest.v2")->{status}, 404, 'it still answers');
    is($t->sql('PRAGMA integrity_check'), 'ok', 'the database is whole');
};

subtest 'clients that leave before their turn' => sub {
    my $path = '/api/kcare/register_server.plain?key=k1';
    my $before = $t->sql('SELECT count(*) FROM server');
    my @left;

    open my $lock, '+<', "$t->{base}/write.lock" or die "write.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    for (1 .. 200) {
        my $s = $t->connect;

        syswrite $s, "GET $path HTTP/1.1\r\nHost: x\r\n\r\n";
        push @left, $s;
    }
    EPortal::Test::run_command('curl', '-sS', '-Z', '--parallel-max', 50,
        '--http2-prior-knowledge', '--max-time', 1,
        ("http://127.0.0.1:$t->{h2_port}$path") x 100);
    close $_ for @left;
    sleep 0.5;
    flock $lock, LOCK_UN;
    $t->register('k1');
    cmp_ok($t->sql('SELECT count(*) FROM server'), '<', $before + 100,
        'a registration that nobody waits for is not made');
    is($t->get("/$kernel/latest.v2")->{status}, 404, 'it still answers');
};

subtest 'a worker that is killed' => sub {
    my $load = load_begin($t);

    for (1 .. 3) {
        sleep 0.4;
        ok($t->kill_worker, 'it is replaced');
    }
    sleep 0.4;
    my @lines = load_end($load);
    my @bad = grep { !/^ok/ } @lines;

    cmp_ok(scalar @lines, '>', 50, 'there was load');
    cmp_ok(scalar @bad, '<=', 3 * $LOADERS,
        'only requests of the killed workers fail');
    is(scalar lost($t, @lines), 0,
        'REL-1: a killed worker loses no registration that it answered');
    is($t->sql('PRAGMA integrity_check'), 'ok', 'the database is whole');
};

for my $signal (qw(QUIT TERM)) {
    subtest "check-ins when told to end by $signal" => sub {
        my @ids = map { $t->register('k1') } 1 .. 50;
        my $in = join ',', map { "'$_'" } @ids;
        my $query = 'SELECT count(*) FROM server s JOIN checkin c'
            . " ON c.server = s.id WHERE c.level = 7 AND s.server_id IN ($in)";

        for my $id (@ids) {
            $t->get("/$kernel/latest.v2?"
                    . token(server_id => $id, patch_level => 7));
        }
        ok($t->stop($signal), 'nginx ends');
        is($t->sql($query), 50, 'AGT-8: no check-in is lost with the worker');
        $t->start;
    };
}

finish($t);
done_testing();
