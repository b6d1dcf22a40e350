#!/usr/bin/perl
# Hostile archives are refused whole: one file for each class.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::Test;
use Test::More;

my $ID = '9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f';
my $root = EPortal::Test::root();
my $t = EPortal::Test->new(config => {
    ARCHIVE_MAX_SIZE => 100 * 1024 * 1024, ARCHIVE_MAX_FILES => 1000,
});
my $twice = qr/member "\Q$ID\E\S*" is in it twice/;
my $level = qr/member "$ID\/\d+\S*" has no proper level/;

# What the message says; those not named here: that it is damaged.
my %says = (
    'absolute' => qr{member "/$ID/1/a" has an absolute name},
    'absolute-ignored' => qr{member "/etc/cron.d/evil" has an absolute name},
    'dotdot' => qr{member "\.\./evil" has "\.\." in its name},
    'dotdot-inside' => qr/has "\.\." in its name/,
    'dotdot-dir' => qr/has "\.\." in its name/,
    'long-part' => qr/member "$ID\/1\/n+" has a part of more than 255 bytes/,
    'long-name' => qr/has a name of more than 1024 bytes/,
    'deep' => qr/lies in too many directories/,
    'control' => qr/member "$ID\/1\/a\?b" has control characters/,
    'not-utf8' => qr/is not UTF-8/,
    'upper-case' => qr/has upper-case hex digits/,
    'empty-name' => qr/has no readable name/,
    'level-zero' => $level, 'level-leading-zero' => $level,
    'level-huge' => $level, 'level-file' => $level,
    'hardlink-missing' => qr/is a link to what is not unpacked/,
    'hardlink-symlink' => qr/is a link to what is not unpacked/,
    'symlink-two-step' => qr/"$ID\/2\/evil" goes through a symbolic link/,
    'symlink-two-step-out' => qr/"x\/y" goes through a symbolic link/,
    'symlink-over-file' => $twice, 'symlink-over-dir' => $twice,
    'setuid' => qr/"$ID\/1\/a" is setuid or setgid/,
    'setgid' => qr/is setuid or setgid/, 'setuid-dir' => qr/is setuid/,
    'sparse' => qr/is a sparse file/,
    'duplicate' => $twice, 'dir-over-file' => $twice,
    'duplicate-dot' => qr/is in it twice/,
    'duplicate-ignored' => qr/member "a" is in it twice/,
    'duplicate-object' => qr/is in it twice, in two directories/,
    'file-as-dir' => qr/lies in what is a file/,
    'bomb-size' => qr/member "\S+" makes it larger than ARCHIVE_MAX_SIZE/,
    'info-too-large' => qr/member "$ID\/2\/kpatch.info" is larger than/,
    'no-members' => qr/holds no file in a directory named by/,
    'nothing' => qr/holds no file in a directory named by/,
    (map { $_ => qr/member "\S+" is a link out of the archive/ } qw(
        symlink-absolute symlink-out symlink-out-ignored hardlink-absolute
        hardlink-out
    )),
    (map { $_ => qr/member "\S+" is a device, fifo or socket/ } qw(
        char-device block-device fifo fifo-ignored
    )),
    (map { $_ => qr/member "\S+" unpacks to more times .*ARCHIVE_MAX_RATIO/ }
        qw(bomb-ratio bomb-ratio-ignored)),
    (map { $_ => qr/member "\S+" is one more than ARCHIVE_MAX_FILES/ }
        qw(bomb-count bomb-count-dirs)),
);


# Every name below the data directory but the database's own.
sub tree {
    my ($dir) = @_;
    my @found;

    opendir my $handle, $dir or die "$dir: $!";
    for my $name (sort grep { !/^\.\.?$/ } readdir $handle) {
        my $path = "$dir/$name";
        push @found, $path =~ s/^\Q$t->{base}\E//r;
        push @found, tree($path) if -d $path && !-l $path;
    }
    return grep { !/eportal\.sqlite|\.lock$/ } @found;
}


my ($status, $out) = EPortal::Test::run_command(
    $^X, "$root/t/fixtures/make-hostile", "$t->{dir}/hostile"
);
is($status, 0, 'the archives were made');
my @classes = split /\n/, $out;
my $before = join "\n", tree($t->{base});
my @outside = sort glob "$t->{dir}/*";

for my $class (@classes) {
    my ($archive) = glob "$t->{dir}/hostile/$class/*";
    my $want = $says{$class} // qr/damaged|cut short/;

    $t->write_config(ARCHIVE_MAX_SIZE => $class eq 'bomb-size'
        ? 8 << 20 : 100 << 20);
    ($status, $out) = $t->cli('kcare', 'deploy', $archive);
    if ($class eq 'nul') {
        # libarchive ends a name at its first NUL: what is left is judged
        is($status, 0, "archives: $class: the name ends there");
        ok(-f "$t->{base}/resources/$ID/1/a", "archives: $class: inside");
        $t->cli_ok('kcare', 'unroll', '--delete', 'K20250101_01');
    } else {
        is($status, 2, "ASVS 5.3.2, 5.2.1, 5.2.3: archives: $class is refused");
        like($out, qr/\bK20250101_01\.tar\S*: .*$want/s,
            "archives: $class: the message says why");
    }
    is(join("\n", tree($t->{base})), $before,
        "archives: $class leaves nothing behind");
}
is($t->sql('SELECT count(*) FROM patchset'), 0, 'no patchset is left');
is($t->sql('SELECT count(*) FROM object'), 0, 'no object is left');
is_deeply([sort glob "$t->{dir}/*"], \@outside, 'nothing was written outside');

like($t->deploy('K20250101_01', ["$ID:1"]),
    qr/eportal\.patches - INFO - K20250101_01 was enabled in main/,
    'CLI-12: a good archive of the same name is deployed afterwards');

done_testing();
