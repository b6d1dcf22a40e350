#!/usr/bin/perl
# --clean-releases and the disk: what it says it frees is what becomes free,
# and what a patchset that stays has, too, stays.

use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use File::Find;
use FindBin;
use lib "$FindBin::RealBin/../lib";

use EPortal::CLI qw(make_archive);
use EPortal::Upstream qw(publish spew start_nginx temp_dir);
use Test::More;

my $MIB = 1 << 20;
my @size = ('--size', 2 * $MIB);
my ($both, $one, $library) = map { sha1_hex($_) } qw(both one library);
my $dir = temp_dir();
my $extra = spew(temp_dir() . '/extra', join '', map { sha1_hex($_) }
    1 .. $MIB / 40);

archive('kernel', 'K20250101_01', '--object', "$both:1", '--object', "$one:1");
archive('kernel', 'K20250201_01', '--object', "$both:1,2");
archive('user', 'U20250101_01', '--object', "$library:1",
    '--add', "$library/extra/file=$extra");
archive('user', 'U20250201_01', '--object', "$library:2");
publish($dir);
my $source = start_nginx($dir);
my $portal = EPortal::CLI->new(config => "PATCH_SOURCE_URL = '$source->{url}'\n"
    . "MIN_FREE_DISK = 1024\n");


sub archive {
    my ($product, $name, @more) = @_;

    make_archive($product, $name, "$dir/$name.tar.gz", @size, @more);
    return;
}


# MiB on the disk.
sub used {
    my $blocks = 0;
    my %seen;

    find({ no_chdir => 1, wanted => sub {
        my @st = lstat $File::Find::name;
        $blocks += $st[12] if !$seen{"$st[0]:$st[1]"}++;
    } }, map { "$portal->{data}/$_" } qw(arch resources user-resources));
    return $blocks * 512 / $MIB;
}


# One that upstream has no longer and that no feed has is removed; at least
# so many MiB go with it.
sub superseded {
    my ($product, $name, $least) = @_;
    my $before = used();

    unlink "$dir/$name.tar.gz" or die "unlink: $!\n";
    publish($dir);
    $portal->ok_run("$name is in no feed", $product, 'disable', $name);
    my ($would) = $portal->ok_run("$name: --dry-run", '--clean-releases', '--dry-run')
        ->{out} =~ /^1 patchsets, (\S+) MiB would be freed$/m;
    my $r = $portal->ok_run("CLI-17: $name: --clean-releases", '--clean-releases');
    my ($one) = $r->{out} =~ /^\Q$name\E is removed: (\S+) MiB$/m;
    my ($all) = $r->{out} =~ /^1 patchsets, (\S+) MiB were freed$/m;
    my $freed = $before - used();
    is("$one $would", "$all $all", '... tells the same each time');
    cmp_ok(abs($all - $freed), '<=', 0.1, "... what it frees: $freed MiB");
    cmp_ok($freed, '>', $least, '... which is something');
    $portal->ok_run('the doctor is content', qw(doctor --storage));
    return;
}


$portal->ok_run('all is here', $_, 'update') for qw(kcare libcare);
superseded('kcare', 'K20250101_01', 6);
ok(-f "$portal->{data}/resources/$both/1/kpatch.bin",
    'CLI-15: a level that another patchset has, too, stays');
ok(!-e "$portal->{data}/resources/$one", '... the others are gone');
superseded('libcare', 'U20250101_01', 9);
ok(!-e "$portal->{data}/user-resources/$library/$_", "... $_ is gone")
    for qw(1 extra);
ok(-f "$portal->{data}/user-resources/$library/2/kpatch.bin",
    '... the newer level is not');

done_testing();
