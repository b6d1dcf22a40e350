#!/usr/bin/perl
# Deploys that meet trouble: another one at the same time, a disk that is
# full, a umask that allows nothing.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use File::Find qw(find);
use Test::More;

my $root = EPortal::Test::root();
my $mounted;
my ($one, $two) = map { sha1("object $_") } 1 .. 2;


sub archive {
    my ($t, $name, $size, @objects) = @_;
    my $path = "$t->{dir}/$name.tar.gz";
    my ($status, $out) = EPortal::Test::run_command(
        $^X, "$root/t/fixtures/make-archive", '--name', $name, '--out', $path,
        '--size', $size, map { ('--object', $_) } @objects
    );

    $status == 0 or die $out;
    return $path;
}


END {
    if (defined $mounted) {
        system('umount', '-l', $mounted);
        rmdir $mounted;
    }
}


# Fill the disk but for so many KB.
sub leave_room {
    my ($disk, $room) = @_;

    open my $out, '>', "$disk/filler" or die "filler: $!";
    1 while defined syswrite $out, 'x' x 4096;
    my $size = (-s $out) - $room * 1024;
    truncate $out, $size > 0 ? $size : 0;
    close $out;
}


# What there is below the directories of patches, as paths from the base.
sub files {
    my ($t) = @_;
    my @files;

    find({ no_chdir => 1, wanted => sub {
            push @files, substr $_, length "$t->{base}/" if -f $_;
        } }, "$t->{base}/resources", "$t->{base}/arch");
    return [sort @files];
}


subtest 'several at once' => sub {
    my $t = EPortal::Test->new;
    my $same = archive($t, 'K20250101_01', 100_000, map { "$one:$_" } 1 .. 40);
    my $next = archive($t, 'K20250102_01', 100_000,
        map { "$two:$_" } 1 .. 40);
    my @pids;

    for my $path ($same, $next, $same, $next) {
        my $pid = fork // die "fork: $!";

        if ($pid == 0) {
            my ($status) = $t->cli('kcare', 'deploy', $path);
            POSIX::_exit($status);
        }
        push @pids, $pid;
    }
    for my $pid (@pids) {
        waitpid $pid, 0;
        is($?, 0, 'archives: each is deployed, or is there already');
    }
    is($t->sql('SELECT group_concat(name) FROM (SELECT name FROM patchset'
                . ' WHERE published = 1 ORDER BY name)'),
        'K20250101_01,K20250102_01', 'archives: each once');
    is($t->sql('SELECT count(*) FROM level'), 80, 'archives: with all levels');
    is(scalar(grep { m{/kpatch\.bin\z} } @{ files($t) }), 80, 'and files');
    is(scalar(grep { /\.import-/ } @{ files($t) }), 0, 'nothing is left over');
    finish($t);
};

subtest 'two spellings of a name' => sub {
    my $t = EPortal::Test->new;
    my $long = archive($t, 'K20200804_01', 4096, "$one:1");
    my $short = "$t->{dir}/K04082020_1.tar.gz";

    spew($short, slurp($long));
    $t->cli_ok('kcare', 'deploy', $long);
    my $before = files($t);
    is($t->cli_ok('kcare', 'deploy', $short), '',
        'archives: the same archive under the other date style is the same');
    is_deeply(files($t), $before, 'archives: it is kept once');

    archive($t, 'K04082020_01', 5000, "$two:1");
    my ($status, $out) = $t->cli('kcare', 'deploy',
        "$t->{dir}/K04082020_01.tar.gz");
    is($status, 5, 'archives: another one under it is refused');
    like($out, qr/K20200804_01 was deployed from another archive/,
        'archives: with the name that is there');
    $t->cli_ok('kcare', 'unroll', '--delete', 'K04082020_1');
    is_deeply(files($t), [], 'archives: it goes by either name');
    finish($t);
};

subtest 'an odd umask' => sub {
    my $t = EPortal::Test->new;
    my $path = archive($t, 'K20250101_01', 4096, "$one:1");
    my $old = umask 0777;
    my ($status, $out) = $t->cli('kcare', 'deploy', $path);

    umask $old;
    is($status, 0, 'archives: a deploy works') or diag $out;
    my @modes = map { sprintf '%o', (stat "$t->{base}/$_")[2] & 07777 }
        "resources/$one", "resources/$one/1", "resources/$one/1/kpatch.bin",
        'arch/K20250101_01.tar.gz',
        'import.lock';
    is("@modes", '2775 2775 644 644 660',
        'archives: others of the group and nginx can work with it');
    finish($t);
};

subtest 'a full disk' => sub {
    my $disk = File::Temp::tempdir('eportal-disk-XXXXXX', TMPDIR => 1);

    is(system('mount', '-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', $disk), 0,
        'a small disk is mounted') or return;
    $mounted = $disk;
    my $t = EPortal::Test->new(base => "$disk/data");
    my $small = archive($t, 'K20250101_01', 4096, "$one:1");
    $t->cli_ok('kcare', 'deploy', $small);
    my $before = files($t);
    my $rows = $t->sql('SELECT count(*) FROM level');

    # With a little more room each time, so that every step meets the end.
    my $path = archive($t, 'K20250201_01', 60_000, map { "$two:$_" } 1 .. 20);
    my ($status, $out) = (1, '');
    my $refused = 0;

    for (my $room = 0; $room < 6000 && $status != 0; $room += 150) {
        leave_room($disk, $room);
        ($status, $out) = $t->cli('kcare', 'deploy', $path);
        last if $status == 0;
        $refused++;
        unlink "$disk/filler";
        like($out, qr/No space left on device|disk .*full/,
            "archives: with $room KB the message says why");
        is_deeply(files($t), $before, 'archives: nothing of it is left');
        is($t->sql('SELECT count(*) FROM level'), $rows, 'nor a row');
        is($t->sql('SELECT count(*) FROM patchset'), 1, 'nor the patchset');
    }
    cmp_ok($refused, '>', 5, 'the disk was full at several places');
    is($status, 0, 'archives: it is deployed once there is room');
    unlink "$disk/filler";
    is($t->sql('PRAGMA integrity_check'), 'ok', 'the database is whole');
    finish($t);
};

done_testing();
