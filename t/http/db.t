#!/usr/bin/perl
# Trouble with the database: missing, newer, locked, on a full disk. Agents
# get their answers, or are told to come back; nginx is never the victim.

use strict;
use warnings;

use EPortal::Test;
use Fcntl qw(:flock);
use IPC::Open2 qw(open2);
use Test::More;
use Time::HiRes qw(sleep time);

my $kernel = sha1('kernel');
my $latest = "/$kernel/latest.v2";
my $register = '/admin/api/register?key=k1';


sub unavailable {
    my ($r, $title) = @_;

    subtest $title => sub {
        is($r->{status}, 503, 'status 503');
        like($r->{headers}{'retry-after'} // '', qr/^\d+$/, 'Retry-After');
        like($r->{content}, qr/"error":/, 'JSON');
    };
}


sub log_lines {
    my ($t, $pattern) = @_;
    my @lines = grep { /$pattern/ } split /\n/, $t->error_log;

    return scalar @lines;
}


my $later = 0;

# A request that is not waited for: [process, file of the answer].
sub later {
    my ($t, $path) = @_;
    my $file = "$t->{dir}/later." . ++$later;
    my $pid = fork // die "fork: $!";

    unlink $file;
    if ($pid == 0) {
        my $r = $t->post($path);
        spew($file, "$r->{status} $r->{content}");
        POSIX::_exit(0);
    }
    return [$pid, $file];
}


subtest 'no database' => sub {
    my $t = EPortal::Test->new(migrate => 0)->start;

    for (1 .. 10) {
        my $r = $t->get($latest);
        next if $r->{status} == 503;
        fail("latest is $r->{status}");
    }
    unavailable($t->get($latest), 'latest');
    unavailable($t->post($register), 'register');
    ok(!-e "$t->{base}/eportal.sqlite", 'nginx does not make one');
    cmp_ok(log_lines($t, qr/there is no database/), '<=', 2,
        'one line of each worker says so');
    cmp_ok(log_lines($t, qr/there is no database.*kc\.eportal migrate/), '>=',
        1, 'and what to do');

    $t->cli_ok('migrate');
    ok(wait_for(sub { $t->get($latest)->{status} == 404 }),
        'it is used as soon as it is there');
    $t->cli_ok('key', '-a', 'k1');
    is($t->post($register)->{status}, 200, 'a server can register');

    ok($t->stop, 'nginx ends');
    is($t->alerts, '', 'no alerts');
};

subtest 'a newer database' => sub {
    my $t = EPortal::Test->new;

    $t->sql('INSERT INTO schema_version SELECT max(number) + 1, '
            . q{'later', 0 FROM schema_version});
    $t->start;
    unavailable($t->get($latest), 'latest');
    unavailable($t->post($register), 'register');
    cmp_ok(log_lines($t, qr/newer ePortal/), '>=', 1, 'the log says why');
    cmp_ok(log_lines($t, qr/newer ePortal/), '<=', 2, 'not at every request');
    $t->sql(q{DELETE FROM schema_version WHERE name = 'later'});
    ok(wait_for(sub { $t->get($latest)->{status} == 404 }),
        'an older one is served');
    ok($t->stop, 'nginx ends');
    is($t->alerts, '', 'no alerts');
};

subtest 'a lock that is held for long' => sub {
    my $t = EPortal::Test->new;

    $t->cli_ok('key', '-a', 'k1');
    $t->start;
    my $id = $t->register('k1');
    open my $lock, '+<', "$t->{base}/write.lock" or die "write.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";

    my $waiting = later($t, $register);
    sleep 1;
    ok(!-e $waiting->[1], 'a registration waits for the write lock');
    is($t->get("$latest?server_id=$id")->{status}, 404,
        'AGT-8: latest is answered meanwhile') for 1 .. 20;
    like($t->get('/admin/api/kcare/patchset/k1')->{content}, qr/"data"/,
        'so are lists');
    flock $lock, LOCK_UN;
    waitpid $waiting->[0], 0;
    like(slurp($waiting->[1]), qr/^200 /, 'it is answered when the lock is free');
    ok(wait_for(sub {
            $t->sql('SELECT count(*) FROM checkin WHERE time > 0')
        }), 'the check-ins are written');

    # Longer than anybody should wait: those behind the first are told so.
    flock $lock, LOCK_EX or die "flock: $!";
    my @waiting = map { sleep 0.2; later($t, $register) } 1 .. 8;
    my $refused = sub { scalar grep { slurp($_->[1]) =~ /^503 / } @waiting };
    ok(wait_for(sub { $refused->() >= 4 }, 40),
        'registrations do not wait for ever');
    flock $lock, LOCK_UN;
    waitpid $_->[0], 0 for @waiting;
    is(scalar(grep { slurp($_->[1]) =~ /^200 / } @waiting) + $refused->(), 8,
        'each is answered');
    is($t->sql('SELECT count(*) FROM server'), 10 - $refused->(),
        'and those that were refused have left nothing');

    # Not even the end of nginx waits for it.
    flock $lock, LOCK_EX or die "flock: $!";
    @waiting = map { later($t, $register) } 1 .. 3;
    $t->get("$latest?server_id=$id");
    sleep 1;
    ok($t->stop, 'nginx ends while another program holds the lock');
    waitpid $_->[0], 0 for @waiting;
    is(scalar(grep { slurp($_->[1]) =~ /^503 / } @waiting), 3,
        'those who wait are told to come back');
    flock $lock, LOCK_UN;
    $t->start;

    # Somebody who does not know of write.lock.
    my $pid = open2(my $out, my $in, 'sqlite3', "$t->{base}/eportal.sqlite");
    print {$in} "BEGIN IMMEDIATE;\nSELECT 'locked';\n";
    $in->flush;
    is(readline $out, "locked\n", 'another program writes');
    unavailable($t->post($register), 'a registration is refused in the end');
    is($t->get("$latest?server_id=$id")->{status}, 404, 'latest is answered');
    print {$in} "ROLLBACK;\n.quit\n";
    close $in;
    waitpid $pid, 0;
    is($t->post($register)->{status}, 200, 'a registration works again');
    ok($t->stop, 'nginx ends');
    is($t->alerts, '', 'no alerts');
};

subtest 'another database in its place' => sub {
    my $t = EPortal::Test->new;
    my $db = "$t->{base}/eportal.sqlite";

    $t->cli_ok('key', '-a', 'k1');
    $t->cli_ok('key', '-a', 'old');
    $t->start;
    my @pids = $t->workers;
    my $id = $t->register('old');

    # What a restore does.
    $t->sql("VACUUM INTO '$db.new'");
    EPortal::Test::run_command('sqlite3', "$db.new",
        "PRAGMA journal_mode = WAL; UPDATE key SET key = 'new'"
            . " WHERE key = 'old'");
    EPortal::Test::own("$db.new");
    chmod 0660, "$db.new";
    $t->get("$latest?server_id=$id") for 1 .. 20;
    open my $lock, '+<', "$t->{base}/write.lock" or die "write.lock: $!";
    flock $lock, LOCK_EX or die "flock: $!";
    my @waiting = map { later($t, $register) } 1 .. 2;
    sleep 1;
    unlink "$db-wal", "$db-shm";
    rename "$db.new", $db or die "rename: $!";
    flock $lock, LOCK_UN;
    waitpid $_->[0], 0 for @waiting;

    ok(wait_for(sub {
            $t->post('/admin/api/register?key=new')->{status} == 200
        }), 'writers use the new one');
    my $told = grep { slurp($_->[1]) =~ /^200 / } @waiting;
    is($t->sql("SELECT count(*) FROM server WHERE key_id ="
                . " (SELECT id FROM key WHERE key = 'k1')"), $told,
        'REL-1: no registration is told that it went into the old one');
    my $last = $t->register('new');
    ok(wait_for(sub {
            $t->get("$latest?" . token(server_id => $last, patch_level => 3));
            $t->sql("SELECT count(*) FROM checkin c JOIN server s"
                    . " ON s.id = c.server WHERE s.server_id = '$last'"
                    . " AND c.level = 3");
        }), 'so do the event loops');
    is_deeply([$t->workers], \@pids, 'the workers are the same');
    ok($t->stop, 'nginx ends');
    is($t->alerts, '', 'no alerts');
};

subtest 'ASVS 16.5.2: a full disk' => sub {
    my $disk = File::Temp::tempdir('eportal-disk-XXXXXX', TMPDIR => 1);

    system('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', $disk) == 0
        or die 'mount';
    eval { full_disk($disk); 1 } or fail("died: $@");
    system('umount', '-l', $disk);
    rmdir $disk;
};


sub full_disk {
    my ($disk) = @_;
    my $t = EPortal::Test->new(base => "$disk/data");

    chmod 0755, $disk;
    $t->cli_ok('key', '-a', 'k1');
    $t->cli_ok('key', '-a', 'many');
    $t->sql('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n'
            . ' WHERE i < 6000) INSERT INTO server (server_id, key_id,'
            . " registered) SELECT printf('A%015d', i), (SELECT id FROM key"
            . " WHERE key = 'many'), 1 FROM n");
    $t->start;
    my $id = $t->register('k1');
    my $query = '/admin/api/kcare/check.plain?server_id=';
    is($t->get("$query$id")->{content}, "success:true\ncode:0\n",
        'a server is known');

    open my $fill, '>', "$disk/fill" or die "fill: $!";
    1 while syswrite $fill, 'x' x 65536;
    1 while syswrite $fill, 'x' x 512;
    close $fill;

    # The log may have some room left, which is used up first.
    my $last;
    wait_for(sub { ($last = $t->post($register))->{status} == 503 });
    unavailable($last, 'REL-2: a registration is refused on a full disk');
    is($t->get("$query$id")->{content}, "success:true\ncode:0\n",
        'REL-2: agents are served from a full disk');
    is($t->get("$latest?server_id=$id")->{status}, 404, 'latest is, too');
    # A list too large for memory needs the disk.
    my $list = '/admin/api/kcare/patchset.json?key=';
    my $r = $t->get("${list}many");
    unavailable($r, 'a large list is refused');
    is($r->{content}, '{"error":"disk-full"}', 'and why');
    is($t->get("${list}k1")->{status}, 200, 'a small one is not');
    cmp_ok(log_lines($t, qr/disk/), '>=', 1, 'the log says why');
    $r = $t->get('/readyz');
    is($r->{status}, 503, 'W-3: it is not ready');
    like($r->{content}, qr/"check":"disk","ok":false/, 'W-3: for want of room');
    is($t->get('/healthz')->{status}, 200, 'W-3: but it lives');
    my $there = $t->sql('SELECT count(*) FROM server');

    unlink "$disk/fill";
    ok(wait_for(sub { ($r = $t->post($register))->{status} == 200 }),
        'with room again, a server registers');
    unlike($t->get('/readyz')->{content}, qr/"check":"database","ok":false/,
        'W-3: the database can be written again');
    is($t->sql('SELECT count(*) FROM server'), $there + 1,
        'and those that were refused have left nothing');
    $t->get("$latest?" . token(server_id => $id, patch_level => 3));
    ok(wait_for(sub {
            $t->sql('SELECT count(*) FROM checkin WHERE level = 3')
        }), 'check-ins are written again');
    is($t->sql('PRAGMA integrity_check'), 'ok', 'the database is whole');
    ok($t->stop, 'nginx ends');
    is($t->alerts, '', 'no alerts, no sanitizer reports');
}

done_testing();
