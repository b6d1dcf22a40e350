#!/usr/bin/perl
# kc.eportal doctor --storage: every kind of damage is made, found by its
# name, and mended; also when the repair is killed in the middle.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Digest::SHA;
use EPortal::CLI qw(build_file make_archive owner_name);
use File::Find;
use JSON::PP;
use Test::More;

is($>, 0, 'this test is run by root') or BAIL_OUT('root is needed');

my $KILLS = 60;    # points at which a repair is killed
my $portal = EPortal::CLI->new;
my $data = $portal->{data};
my $pristine = "$portal->{dir}/pristine";
my ($uid, $gid) = (getpwnam(owner_name()))[2, 3];
my ($kernel, $shared) = map { Digest::SHA::sha1_hex("kernel $_") } 1, 2;
my $library = Digest::SHA::sha1_hex('library');
my $nobody = 'ab' x 20;
my ($k1, $k2, $u1) = qw(K20250101_01 K20250102_01 U20250101_01);
my $level = "$data/resources/$kernel/1";


# A program of the owner of the data, who is no root.
sub as_owner {
    my ($program, @args) = @_;
    my ($path) = grep { -x } map { "$_/$program" } split /:/, $ENV{PATH};
    my $r = EPortal::CLI::execute([$path, @args], '', owner_name());

    $r->{exit} == 0 or die "$program @args: $r->{err}\n";
    return $r->{out};
}


# Foreign keys are off in the sqlite3 program: it may break what it likes.
sub sql { return as_owner('sqlite3', '-bail', "$data/eportal.sqlite", @_) }


sub spew {
    my ($path, $text, $mode) = @_;

    open(my $fh, $mode // '>', $path) or die "$path: $!\n";
    print {$fh} $text;
    close($fh) or die "$path: $!\n";
    chown $uid, $gid, $path if !$mode;
    return;
}


sub directory {
    my ($path) = @_;

    mkdir $path, 0775 or die "$path: $!\n";
    chown $uid, $gid, $path;
    chmod 02775, $path;
    return;
}


sub restore {
    system('rm', '-rf', $data) == 0 && system('cp', '-a', $pristine, $data) == 0
        or die "cp failed\n";
    return;
}


# Everything below the trees and arch/: owner, mode, bytes.
sub disk {
    my @found;

    find({
        no_chdir => 1,
        wanted => sub {
            my $path = $File::Find::name;
            my @st = lstat $path;
            push @found, sprintf '%s %o %d:%d %s',
                substr($path, length $data), $st[2], @st[4, 5],
                -f _ ? Digest::SHA->new(1)->addfile($path)->hexdigest : '';
        },
    }, map { "$data/$_" } qw(arch resources user-resources));
    return join "\n", sort @found;
}


# All rows that the doctor answers for; numbers of objects may differ.
sub rows {
    return sql('SELECT p.name, hex(o.name), level FROM level l'
        . ' JOIN object o ON o.id = object_id'
        . ' JOIN patchset p ON p.id = patchset_id ORDER BY 1, 2, 3;'
        . ' SELECT p.name, hex(o.name), path FROM object_file'
        . ' JOIN object o ON o.id = object_id'
        . ' JOIN patchset p ON p.id = patchset_id ORDER BY 1, 2, 3;'
        . ' SELECT hex(o.name), level, c.name FROM object_cve'
        . ' JOIN object o ON o.id = object_id JOIN cve c ON c.id = cve_id'
        . ' ORDER BY 1, 2, 3;'
        . ' SELECT hex(o.name), level, uname, distro FROM level_info'
        . ' JOIN object o ON o.id = object_id ORDER BY 1, 2;'
        . ' SELECT hex(name) FROM object ORDER BY 1;'
        . ' SELECT name, published, archive, distros, objects, cves, enabled'
        . ' FROM patchset LEFT JOIN patchset_feed ON patchset_id = id'
        . ' ORDER BY 1;'
        . ' SELECT * FROM key_count ORDER BY 1;'
        . ' SELECT * FROM tag_name ORDER BY 1;'
        . ' SELECT * FROM tag_value ORDER BY 1, 2, 3;'
        . ' SELECT key_id, hex(kernel_id), level, servers FROM usage'
        . ' ORDER BY 1, 2, 3');
}


sub doctor {
    my $r = $portal->run('doctor', '--storage', '--json', @_);
    my $json = eval { decode_json($r->{out}) };

    ok($json, 'the output is JSON') or diag $r->{out}, $r->{err};
    return ($r->{exit}, @{ $json->{findings} // [] });
}


# ---- a sound portal ----

my $extra = "$portal->{dir}/extra";
spew($extra, "outside of levels\n");
for my $case (['kcare', 'kernel', $k1, '--object', "$kernel:1,2", '--object',
        "$shared:1"],
    ['kcare', 'kernel', $k2, '--object', "$shared:1,2"],
    ['libcare', 'user', $u1, '--object', "$library:1,2", '--add',
        "$library/extra/file=$extra"]) {
    my ($command, $product, $name, @more) = @$case;
    my $path = "$portal->{dir}/$name.tar.gz";

    system(EPortal::Source::root('t/fixtures/make-archive'), '--product',
        $product, '--name', $name, '--out', $path, @more) == 0
        or die "make-archive failed\n";
    my $r = $portal->run($command, 'deploy', $path);
    is($r->{exit}, 0, "deploy $name") or diag $r->{err};
}
$portal->run(qw(key -a k1));
$portal->run(qw(key -a k2));
$portal->seed('k1', 5, 0, 2);
sql("INSERT INTO tag (server, origin, name, value)"
    . " SELECT id, 'portal', 'rack', 'r7' FROM server ORDER BY id LIMIT 2;"
    . " INSERT INTO tag (server, origin, name)"
    . " SELECT min(id), 'agent', 'alone' FROM server");
sql("UPDATE facts SET kernel_id = x'$kernel' WHERE server <= 3;"
    . " INSERT INTO usage SELECT key_id, x'$kernel', 2, 3 FROM key_count"
    . ' WHERE servers > 0');

my $r = $portal->run(qw(doctor --storage));
is($r->{exit}, 0, 'W-22: a sound portal') or diag $r->{out}, $r->{err};
is($r->{out}, "the database and the disk agree (3 patchsets)\n",
    '... and the doctor says so');
$r = $portal->run(qw(doctor --storage --repair));
is($r->{exit}, 0, '... has nothing to mend');
my $disk = disk();
my $rows = rows();
system('cp', '-a', $data, $pristine) == 0 or die "cp failed\n";
is($portal->run('doctor')->{exit}, 2, 'without --storage: usage');


# ---- damages that are mended ----

# kind, what was done, what the sentence names, and the damage
my @damages = (
    ['missing-level', 'a level is gone', qr{resources/$kernel/1 of $k1},
        sub { system 'rm', '-r', $level }],
    ['missing-level', 'an object is gone', qr{resources/$kernel/1 of $k1},
        sub { system 'rm', '-r', "$data/resources/$kernel" }],
    ['missing-file', 'a file of a level is gone',
        qr{resources/$kernel/1/kpatch\.bin of $k1},
        sub { unlink "$level/kpatch.bin" }],
    ['missing-file', 'a file outside of levels is gone',
        qr{user-resources/$library/extra/file of $u1},
        sub { system 'rm', '-r', "$data/user-resources/$library/extra" }],
    ['wrong-bytes', 'a file has one other byte',
        qr{resources/$kernel/1/kpatch\.bin of $k1},
        sub {
            open(my $fh, '+<', "$level/kpatch.bin") or die $!;
            seek $fh, 1000, 0;
            print {$fh} chr(ord(substr(`cat $level/kpatch.bin`, 1000, 1)) ^ 1);
            close($fh);
        }],
    ['wrong-bytes', 'a file is cut', qr{user-resources/$library/2/kpatch\.info},
        sub { truncate "$data/user-resources/$library/2/kpatch.info", 10 }],
    ['wrong-bytes', 'a bundle is damaged',
        qr{user-resources/$library/1/kpatch\.tgz of $u1},
        sub { truncate "$data/user-resources/$library/1/kpatch.tgz", 100 }],
    ['missing-file', 'a bundle is gone',
        qr{user-resources/$library/1/kpatch\.tgz of $u1},
        sub { unlink "$data/user-resources/$library/1/kpatch.tgz" }],
    ['extra-file', 'a level has one file more', qr{resources/$kernel/1/more},
        sub { spew("$level/more", 'x') }],
    ['wrong-type', 'a file is a link', qr{resources/$kernel/1/kpatch\.bin},
        sub {
            rename "$level/kpatch.bin", "$data/kpatch.bin";
            symlink '../../../kpatch.bin', "$level/kpatch.bin";
            rename "$data/kpatch.bin", "$portal->{dir}/kpatch.bin";
        }],
    ['unreadable-directory', 'an object is a link',
        qr{resources/$kernel/1 of $k1},
        sub {
            rename "$data/resources/$kernel", "$portal->{dir}/moved";
            symlink "$portal->{dir}/moved", "$data/resources/$kernel";
        }],
    ['missing-row', 'the row of a level is gone',
        qr{does not know that $k1 brings resources/$kernel/2},
        sub { sql('DELETE FROM level WHERE level = 2 AND object_id ='
            . " (SELECT id FROM object WHERE name = x'$kernel')") }],
    ['missing-row', 'all rows of an object are gone',
        qr{does not know that $k1 brings resources/$kernel/1},
        sub { sql("DELETE FROM object WHERE name = x'$kernel';"
            . ' DELETE FROM level WHERE object_id NOT IN'
            . ' (SELECT id FROM object); DELETE FROM object_cve WHERE'
            . ' object_id NOT IN (SELECT id FROM object); DELETE FROM'
            . ' level_info WHERE object_id NOT IN (SELECT id FROM object)') }],
    ['missing-row', 'the row of a file is gone', qr{1 files .* $u1 brings},
        sub { sql('DELETE FROM object_file') }],
    ['row-without-files', 'a row that no archive explains',
        qr{$k1 brings resources/$kernel/7},
        sub { sql('INSERT INTO level SELECT object_id, ord, patchset_id, 7'
            . ' FROM level WHERE level = 1 AND object_id ='
            . " (SELECT id FROM object WHERE name = x'$kernel')") }],
    ['level-without-row', 'a level of no patchset',
        qr{resources/$kernel/9 is a level of no patchset},
        sub {
            directory("$data/resources/$kernel/9");
            spew("$data/resources/$kernel/9/kpatch.bin", 'x');
        }],
    ['level-without-row', 'an object of no patchset', qr{resources/$nobody/4},
        sub {
            directory("$data/resources/$nobody");
            directory("$data/resources/$nobody/4");
            spew("$data/resources/$nobody/4/kpatch.bin", 'x');
        }],
    ['file-without-row', 'a file of no patchset',
        qr{user-resources/$library/extra/more},
        sub { spew("$data/user-resources/$library/extra/more", 'x') }],
    ['empty-directory', 'half a directory', qr{resources/$nobody},
        sub { directory("$data/resources/$nobody") }],
    ['leftover', 'the directory of a killed import',
        qr{resources/\.import-abc},
        sub {
            directory("$data/resources/.import-abc");
            spew("$data/resources/.import-abc/file", 'x');
        }],
    ['leftover', 'the copy of a killed import', qr{arch/\.import-$k1},
        sub { spew("$data/arch/.import-$k1.tar.gz", 'x') }],
    ['half-import', 'the rows of a killed import', qr{K20250103_01},
        sub { sql('INSERT INTO patchset (product, name, ord, appeared)'
            . " VALUES ('kernel', 'K20250103_01', 20250103000001, 1)") }],
    ['wrong-counts', 'the counts of a patchset are wrong',
        qr{$k2 .*: 1 objects, 2 CVEs},
        sub { sql("UPDATE patchset SET objects = 5, cves = 0"
            . " WHERE name = '$k2'") }],
    ['wrong-key-count', 'the servers of a key are counted wrong',
        qr{key k1 is 4 too high},
        sub { sql('UPDATE key_count SET servers = 9 WHERE servers = 5') }],
    ['wrong-key-count', 'the counter of a key is gone', qr{key k2},
        sub { sql('DELETE FROM key_count WHERE servers = 0') }],
    ['wrong-usage', 'the levels that servers run are counted wrong',
        qr{key k1 .* 2 kernels},
        sub { sql('UPDATE usage SET servers = 2; INSERT INTO usage'
            . " SELECT key_id, x'$shared', 1, 4 FROM usage") }],
    ['wrong-usage', 'a counter of levels is gone', qr{key k1 .* 1 kernels},
        sub { sql('DELETE FROM usage') }],
    ['wrong-server-lists', 'what lists read says other things',
        qr{differs from the servers in 1 blocks},
        sub { sql('UPDATE server_what SET data = zeroblob(4000)') }],
    ['wrong-server-lists', 'a block of host names is gone', qr{in 1 blocks},
        sub { sql('DELETE FROM server_name') }],
    ['wrong-server-lists', 'a block of who is there is gone', qr{in 1 blocks},
        sub { sql('DELETE FROM server_there') }],
    ['wrong-server-lists', 'servers are gone from the order of names',
        qr{in 1 blocks}, sub { sql("UPDATE server_order SET ids = x''") }],
    ['wrong-server-lists', 'the order of names is in the wrong order',
        qr{in 1 blocks},
        sub { sql("INSERT INTO server_order SELECT x'ff', ids"
            . " FROM server_order; UPDATE server_order SET ids = x''"
            . " WHERE first = x''") }],
    ['wrong-server-lists', 'a server has a tag that it has not',
        qr{in 1 blocks},
        sub { sql("INSERT INTO tag_servers VALUES ('agent', 'x', '', 0,"
            . " x'4102')") }],
    ['wrong-tag-count', 'the servers of a tag are counted wrong',
        qr{kept wrong in 2 counters},
        sub { sql("UPDATE tag_name SET servers = 7 WHERE name = 'rack';"
            . " UPDATE tag_value SET servers = 3 WHERE name = 'rack'"
            . " AND value = 'r7'") }],
    ['wrong-tag-count', 'counters of tags are gone', qr{in 4 counters},
        sub { sql("DELETE FROM tag_name WHERE name IN ('rack', 'alone');"
            . " DELETE FROM tag_value WHERE name IN ('rack', 'alone')") }],
    ['wrong-tag-count', 'a tag is counted that nobody has', qr{in 2 counters},
        sub { sql("INSERT INTO tag_name VALUES ('ghost', 2, 0);"
            . " INSERT INTO tag_value VALUES ('ghost', '', 'agent', 2)") }],
    ['dangling-object', 'an object without levels', qr{$nobody},
        sub { sql("INSERT INTO object (userspace, name)"
            . " VALUES (0, x'$nobody')") }],
    ['dangling-level', 'levels of a patchset that is gone', qr{number 77},
        sub { sql('INSERT INTO level SELECT object_id, ord, 77, 5 FROM level'
            . ' WHERE level = 2') }],
    ['wrong-owner', 'a file of root in a level',
        qr{resources/$kernel/1/kpatch\.bin belongs to root},
        sub { chown 0, 0, "$level/kpatch.bin" }],
    ['wrong-owner', 'an archive of root', qr{arch/$k1\.tar\.gz belongs to root},
        sub { chown 0, 0, "$data/arch/$k1.tar.gz" }],
    ['wrong-mode', 'a directory that nginx may not read',
        qr{resources/$kernel/1 has the mode 0700},
        sub { chmod 0700, $level }],
    ['unreadable-file', 'a file that nobody may read',
        qr{resources/$kernel/1/kpatch\.bin},
        sub { chmod 0, "$level/kpatch.bin" }],
    ['wrong-mode', 'a database that everybody may read',
        qr{eportal\.sqlite has the mode 0664},
        sub { chmod 0664, "$data/eportal.sqlite" }],
    ['missing-directory', 'a directory of the storage', qr{\Q$data\E/cache},
        sub { rmdir "$data/cache" }],
);

for my $damage (@damages) {
    my ($kind, $what, $names, $make) = @$damage;

    restore();
    $make->();
    subtest "W-22: $what" => sub {
        my ($exit, @found) = doctor();
        is($exit, 1, 'the doctor finds something');
        my ($mine) = grep { $_->{kind} eq $kind && $_->{text} =~ $names } @found;
        ok($mine, "... a $kind, and names it") or diag explain \@found;
        like($mine->{text}, qr{\.\z}, '... in a sentence');
        like($mine->{advice}, qr/kc\.eportal doctor --storage --repair/,
            '... and the command that mends it');
        my @kinds = map { $_->{kind} } @found;
        ($exit, @found) = doctor();
        is_deeply([map { $_->{kind} } @found], \@kinds,
            'it is found again: nothing was changed');

        ($exit, @found) = doctor('--repair');
        is($exit, 0, 'the repair mends all of it') or diag explain \@found;
        ($mine) = grep { $_->{kind} eq $kind } @found;
        ok($mine && $mine->{mended}, '... says so') or diag explain \@found;
        ($exit, @found) = doctor();
        is($exit, 0, 'then the portal is sound') or diag explain \@found;
        is(rows(), $rows, '... with its rows');
        is(disk(), $disk, '... and its files');
        is_deeply([$portal->owned_by_root], [], '... none of which is root\'s');
    };
}


# ---- damages that only people can mend ----

for my $case (
    ['missing-archive', qr{arch/$k1\.tar\.gz of $k1 is not there},
        qr{kcare unroll $k1 --delete.*again},
        sub { unlink "$data/arch/$k1.tar.gz" },
        sub { system 'cp', '-a', "$pristine/arch/$k1.tar.gz",
            "$data/arch/$k1.tar.gz" }],
    ['altered-archive', qr{arch/$k1\.tar\.gz of $k1 is another file},
        qr{SHA-256 [0-9a-f]{64}},
        sub { spew("$data/arch/$k1.tar.gz", 'x', '>>') },
        sub { system 'cp', '-a', "$pristine/arch/$k1.tar.gz",
            "$data/arch/$k1.tar.gz" }],
    ['foreign-entry', qr{resources/notes\.txt}, qr{move it away},
        sub { spew("$data/resources/notes.txt", 'mine') },
        sub { unlink "$data/resources/notes.txt" }],
    ['wrong-owner', qr{resources/$kernel belongs to root},
        qr{chown -R www-data:$gid \Q$data\E},
        sub { chown 0, 0, "$data/resources/$kernel" },
        sub { system 'chown', '-R', "www-data:$gid", $data }],
    ['wrong-owner', qr{write\.lock belongs to root}, qr{chown -R},
        sub { chown 0, $gid, "$data/write.lock" },
        sub { system 'chown', '-R', "www-data:$gid", $data }],
) {
    my ($kind, $names, $advice, $make, $mend) = @$case;

    restore();
    $make->();
    subtest "W-22: $kind" => sub {
        for my $option ([], ['--repair']) {
            my ($exit, @found) = doctor(@$option);
            is($exit, 1, "@$option: it remains");
            my ($mine) = grep { $_->{kind} eq $kind } @found;
            ok($mine, "... a $kind") or diag explain \@found;
            like($mine->{text}, $names, '... names it');
            like($mine->{advice}, $advice, '... says which command helps');
            ok(!$mine->{mended}, '... and claims nothing');
        }
        $mend->();
        my ($exit, @found) = doctor();
        is($exit, 0, 'what it says helps') or diag explain \@found;
        is(disk(), $disk, '... and nothing else has changed');
    };
}

restore();
system 'rm', '-r', map { "$data/$_" } qw(arch resources user-resources cache);
$r = $portal->run(qw(doctor --storage --repair));
is($r->{exit}, 4, 'W-22: no storage at all');
like($r->{err}, qr/mount its device/, '... may not be mounted');
ok(!-e "$data/arch", '... and nothing is made in its place');

restore();
unlink "$data/arch/$k1.tar.gz";
system 'rm', '-r', $level;
my (undef, @found) = doctor('--repair');
is_deeply([map { $_->{kind} } @found], ['missing-archive', 'missing-level'],
    'W-22: a level that no archive can bring back is named');


# ---- kill -9 in the middle ----

my $preload = build_file('t/lib/preload/killpoint.so');
ok(-e $preload, 'the library that kills was built') or BAIL_OUT('make units');


# Much at once, of what does not hide one another.
sub damage_much {
    my %wanted = map { $_ => 1 } 'a file of a level is gone',
        'a file outside of levels is gone', 'a bundle is damaged',
        'a level has one file more', 'the row of a level is gone',
        'a row that no archive explains', 'a level of no patchset',
        'half a directory', 'the directory of a killed import',
        'the copy of a killed import', 'the rows of a killed import',
        'the counts of a patchset are wrong',
        'the servers of a key are counted wrong',
        'the levels that servers run are counted wrong',
        'an object without levels', 'levels of a patchset that is gone',
        'an archive of root', 'a directory of the storage';

    $_->[3]->() for grep { delete $wanted{ $_->[1] } } @damages;
    die 'no such damage: ', join ', ', keys %wanted if %wanted;
    return;
}


# A repair that is killed at a call; its wait status.
sub repair_killed {
    my (%env) = @_;
    my $asan = $ENV{EP_SANITIZE} ? qx(gcc -print-file-name=libasan.so) : '';
    my $program = build_file('kc.eportal');
    my $pid = fork() // die "fork: $!\n";

    chomp $asan;
    if ($pid == 0) {
        %ENV = (PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8', %env,
            EPORTAL_CONFIG => $portal->{config},
            ASAN_OPTIONS => 'detect_leaks=0',
            LD_PRELOAD => join(' ', grep { $_ } $asan, $preload));
        open(STDOUT, '>', '/dev/null');
        open(STDERR, '>&', \*STDOUT);
        exec $program, qw(doctor --storage --repair);
        exit 127;
    }
    waitpid $pid, 0;
    return $?;
}


restore();
damage_much();
spew("$portal->{dir}/count", '');
chmod 0666, "$portal->{dir}/count";
is(repair_killed(KILL_COUNT => "$portal->{dir}/count"), 0,
    'a repair of much that is not killed');
open(my $fh, '<', "$portal->{dir}/count") or die $!;
my $calls = <$fh> // 0;
close($fh);
cmp_ok($calls, '>', $KILLS, 'it changes files in ' . int($calls) . ' calls');
is(disk(), $disk, '... and mends all of them');

my ($killed, @bad) = (0);
my $step = int($calls / $KILLS) || 1;
for (my $at = 1; $at <= $calls; $at += $step) {
    restore();
    damage_much();
    $killed++ if (repair_killed(KILL_AT => $at) & 127) == 9;
    my $again = $portal->run(qw(doctor --storage --repair));
    my $after = $portal->run(qw(doctor --storage));
    push @bad, "$at: $again->{out}$again->{err}$after->{out}$after->{err}"
        if $again->{exit} != 0 || $after->{exit} != 0 || disk() ne $disk
        || rows() ne $rows;
}
cmp_ok($killed, '>=', $KILLS - 5, "REL-1: the repair was killed $killed times");
is(join("\n", @bad), '', 'REL-1: the next repair ends the same');

done_testing();
