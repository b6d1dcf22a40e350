#!/usr/bin/perl
# make-patchsets.pl DIR - pack the demo's patchsets into DIR. Prints one line
# for each, oldest first: command, archive, state in main, state in test
# ("enabled", "disabled" or "undeployed").
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Fleet qw(@KERNELS @LIBRARIES @CVES proc_version kernel_hash build_id
    effective_kernel patchset_date);

my $make_archive = "$FindBin::Bin/../../t/fixtures/make-archive";
my $dir = shift // die "usage: make-patchsets.pl DIR\n";
my %level;    # of each object, so far

# Weeks ago, and what became of it in each feed.
for my $plan (
    [26, 'enabled', 'enabled'],
    [20, 'enabled', 'enabled'],
    [15, 'enabled', 'enabled'],
    [11, 'disabled', 'enabled'],
    [8, 'enabled', 'enabled'],
    [5, 'enabled', 'enabled'],
    [3, 'undeployed', 'enabled'],
    [1, 'undeployed', 'disabled'],
) {
    kernel_patchset(@$plan);
}
user_patchset('user', 'libcare', '', @$_) for (
    [18, 'enabled', 'enabled'],
    [9, 'enabled', 'enabled'],
    [2, 'undeployed', 'enabled'],
);
user_patchset('qemu', 'qemu', '-qemu', 12, 'enabled', 'enabled');
user_patchset('db', 'db', '-db', 7, 'undeployed', 'enabled');

# The first patchset carries every kernel, the later ones most of them.
sub kernel_patchset
{
    my ($weeks, @states) = @_;
    my $name = 'K' . patchset_date($weeks) . '_01';
    my $number = ++$level{patchset};
    my @arguments;
    my $i = 0;

    for my $kernel (grep { $_->{label} } @KERNELS) {
        next if $number > 1 && ($number + ++$i) % 4 == 0;
        my $hash = kernel_hash($kernel);
        my $n = ++$level{$hash};
        my $info = "$dir/$hash.info.$n";

        write_file($info, kernel_info($kernel, $n, $number, $weeks));
        push @arguments, '--object', "$hash:$n",
            '--add', "$hash/$n/kpatch.info=$info";
    }
    pack_archive('kernel', 'kcare', $name, \@arguments, @states);
}

# Patches accumulate: a later patchset fixes what the earlier ones did, too.
sub kernel_info
{
    my ($kernel, $n, $number, $weeks) = @_;
    my $date = patchset_date($weeks);
    my $text = sprintf "OS: %s\nkernel: kernel-%s\ntime: %s 09:30:00\n"
        . "uname: %s\n\n", $kernel->{label}, $kernel->{release},
        $date =~ s/(....)(..)(..)/$1-$2-$3/r, effective_kernel($kernel, $n);

    for my $cve (@CVES[0 .. $number + 3]) {
        my ($id, $patch, $cvss, $description) = @$cve;

        $text .= "kpatch-name: $kernel->{label}/$patch.patch\n"
            . "kpatch-description: $description\n"
            . 'kpatch-kernel: kernel-' . effective_kernel($kernel, $n) . "\n"
            . "kpatch-cve: $id\nkpatch-cvss: $cvss\n"
            . "kpatch-cve-url: https://nvd.nist.gov/vuln/detail/$id\n"
            . "kpatch-patch-url: N/A\n\n";
    }
    return $text;
}

sub user_patchset
{
    my ($product, $command, $suffix, $weeks, @states) = @_;
    my $name = 'U' . patchset_date($weeks) . "_01$suffix";
    my @objects = $product eq 'user'
        ? map { build_id($_) } @LIBRARIES
        : map { build_id(["$product-$_", 'almalinux9']) } 1 .. 4;
    my @arguments = map { ('--object', "$_:" . ++$level{$_}) } @objects;

    pack_archive($product, $command, $name,
        [@arguments, '--distro', 'almalinux9'], @states);
}

sub pack_archive
{
    my ($product, $command, $name, $arguments, @states) = @_;
    my $path = "$dir/$name.tar.bz2";

    system($^X, $make_archive, '--product', $product, '--name', $name,
        '--size', 24576, '--out', $path, @$arguments) == 0
        or die "make-patchsets: $name was not made\n";
    print join("\t", $command, $path, @states), "\n";
}

sub write_file
{
    my ($path, $text) = @_;

    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}
