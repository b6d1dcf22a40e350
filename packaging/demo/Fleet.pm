# Fleet.pm - the machines of the demo: which distributions and kernels they
# run, and what patchsets exist for them. Invented, but shaped like the real
# thing, so that lists, filters and counts have something to show.
package Fleet;

use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use Exporter qw(import);
use POSIX qw(strftime);

our @EXPORT_OK = qw(@KERNELS @LIBRARIES @CVES proc_version kernel_hash
    build_id effective_kernel patchset_date);

# label: name in kpatch.info; share: how many of a hundred machines, roughly;
# release and effective: a pattern with the number that each level raises.
our @KERNELS = map {
    my %kernel;
    @kernel{qw(label distro distro_version release effective number step
        version compiler machine share)} = @$_;
    $kernel{release} = sprintf $kernel{release}, $kernel{number};
    \%kernel;
} (
    ['almalinux9', 'AlmaLinux', '9.4', '5.14.0-427.%d.1.el9_4.x86_64',
        '5.14.0-427.%d.1.el9_4', 13, 5,
        '#1 SMP PREEMPT_DYNAMIC Wed Apr 10 10:29:16 EDT 2024',
        'mockbuild@x64-builder02.almalinux.org', 'x86_64', 12],
    ['almalinux9', 'AlmaLinux', '9.5', '5.14.0-503.%d.1.el9_5.x86_64',
        '5.14.0-503.%d.1.el9_5', 11, 6,
        '#1 SMP PREEMPT_DYNAMIC Mon Nov 11 17:37:18 EST 2024',
        'mockbuild@x64-builder01.almalinux.org', 'x86_64', 8],
    ['almalinux8', 'AlmaLinux', '8.10', '4.18.0-553.%d.1.el8_10.x86_64',
        '4.18.0-553.%d.1.el8_10', 5, 4,
        '#1 SMP Thu Jun 6 09:41:19 EDT 2024',
        'mockbuild@x64-builder01.almalinux.org', 'x86_64', 7],
    ['rhel9', 'Red Hat Enterprise Linux', '9.2',
        '5.14.0-284.%d.1.el9_2.x86_64', '5.14.0-284.%d.1.el9_2', 30, 8,
        '#1 SMP PREEMPT_DYNAMIC Fri Aug 25 09:13:12 EDT 2023',
        'mockbuild@x86-vm-08.build.eng.bos.redhat.com', 'x86_64', 8],
    ['rhel8', 'Red Hat Enterprise Linux', '8.9',
        '4.18.0-513.%d.1.el8_9.x86_64', '4.18.0-513.%d.1.el8_9', 9, 4,
        '#1 SMP Thu Nov 16 10:29:04 EST 2023',
        'mockbuild@x86-vm-09.build.eng.bos.redhat.com', 'x86_64', 7],
    ['centos7', 'CentOS Linux', '7.9.2009',
        '3.10.0-1160.%d.1.el7.x86_64', '3.10.0-1160.%d.1.el7', 76, 12,
        '#1 SMP Wed Aug 10 16:21:17 UTC 2022',
        'mockbuild@kbuilder.bsys.centos.org', 'x86_64', 9],
    ['rockylinux9', 'Rocky Linux', '9.3', '5.14.0-362.%d.1.el9_3.x86_64',
        '5.14.0-362.%d.1.el9_3', 8, 6,
        '#1 SMP PREEMPT_DYNAMIC Wed Nov 8 17:36:32 UTC 2023',
        'mockbuild@iad1-prod-build001.bld.equ.rockylinux.org', 'x86_64', 5],
    ['ubuntu24.04', 'Ubuntu', '24.04', '6.8.0-%d-generic', '6.8.0-%d.0',
        31, 6, '#31-Ubuntu SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024',
        'buildd@lcy02-amd64-080', 'x86_64', 8],
    ['ubuntu22.04', 'Ubuntu', '22.04', '5.15.0-%d-generic', '5.15.0-%d.0',
        91, 8, '#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023',
        'buildd@lcy02-amd64-045', 'x86_64', 12],
    ['ubuntu20.04', 'Ubuntu', '20.04', '5.4.0-%d-generic', '5.4.0-%d.0',
        169, 7, '#187-Ubuntu SMP Thu Nov 23 14:52:28 UTC 2023',
        'buildd@lcy02-amd64-102', 'x86_64', 6],
    ['debian12', 'Debian GNU/Linux', '12', '6.1.0-%d-amd64', '6.1.0-%d',
        18, 3, '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)',
        'debian-kernel@lists.debian.org', 'x86_64', 7],
    ['debian11', 'Debian GNU/Linux', '11', '5.10.0-%d-amd64', '5.10.0-%d',
        26, 2, '#1 SMP Debian 5.10.197-1 (2023-09-29)',
        'debian-kernel@lists.debian.org', 'x86_64', 3],
    ['oel8', 'Oracle Linux Server', '8.9',
        '5.15.0-205.%d.5.1.el8uek.x86_64', '5.15.0-205.%d.5.1.el8uek',
        149, 4, '#2 SMP Thu Feb 29 21:19:35 PST 2024',
        'mockbuild@host-100-100-224-25', 'x86_64', 3],
    ['almalinux9-arm64', 'AlmaLinux', '9.4',
        '5.14.0-427.%d.1.el9_4.aarch64', '5.14.0-427.%d.1.el9_4', 16, 5,
        '#1 SMP PREEMPT_DYNAMIC Wed May 8 15:48:59 EDT 2024',
        'mockbuild@arm64-builder02.almalinux.org', 'aarch64', 3],
    # Nobody makes patches for this one.
    ['', 'Fedora Linux', '39', '6.5.%d-300.fc39.x86_64', '6.5.%d', 6, 0,
        '#1 SMP PREEMPT_DYNAMIC Fri Oct  6 19:57:21 UTC 2023',
        'mockbuild@bkernel01.iad2.fedoraproject.org', 'x86_64', 2],
);

# File name, and the distribution whose build of it is patched.
our @LIBRARIES = (
    ['libc-2.28.so', 'almalinux8'],
    ['libc.so.6', 'almalinux9'],
    ['libc.so.6', 'ubuntu22.04'],
    ['libcrypto.so.1.1.1k', 'almalinux8'],
    ['libssl.so.1.1.1k', 'almalinux8'],
    ['libcrypto.so.3', 'almalinux9'],
    ['libssl.so.3', 'almalinux9'],
    ['libcrypto.so.3', 'ubuntu22.04'],
);

# What each kernel patchset fixes, oldest first.
our @CVES = (
    ['CVE-2023-2163', 'bpf', '8.8', 'incorrect verifier pruning in BPF'],
    ['CVE-2023-3390', 'nf_tables', '7.8',
        'use-after-free in the netfilter subsystem'],
    ['CVE-2023-4623', 'sch_hfsc', '7.8',
        'use-after-free in the HFSC packet scheduler'],
    ['CVE-2023-6817', 'nft-pipapo', '7.8',
        'inactive elements are walked in nft_pipapo'],
    ['CVE-2023-6931', 'perf-group', '7.8',
        'heap out-of-bounds write in performance events'],
    ['CVE-2024-0646', 'ktls-splice', '7.8',
        'out-of-bounds memory write in kTLS with splice'],
    ['CVE-2024-1086', 'nft-verdict', '7.8',
        'use-after-free in nf_tables verdicts'],
    ['CVE-2024-26581', 'nft-rbtree', '7.8',
        'an end interval is collected too early in nft_set_rbtree'],
    ['CVE-2024-26642', 'nft-anonymous', '5.5',
        'anonymous sets with a timeout are accepted in nf_tables'],
    ['CVE-2024-36971', 'dst-cache', '7.8',
        'use-after-free in __dst_negative_advice'],
    ['CVE-2024-41090', 'tap-short-frame', '7.1',
        'missing check for short frames in tap'],
    ['CVE-2024-53141', 'ipset-bitmap', '7.8',
        'missing range check in bitmap_ip_uadt'],
);

sub proc_version
{
    my ($kernel) = @_;

    return "Linux version $kernel->{release} ($kernel->{compiler})"
        . " (gcc, GNU ld) $kernel->{version}\n";
}

# As agents compute it: SHA-1 of /proc/version, newline included.
sub kernel_hash
{
    my ($kernel) = @_;

    return sha1_hex(proc_version($kernel));
}

sub build_id
{
    my ($library) = @_;

    return sha1_hex("build-id of $library->[0] in $library->[1]");
}

sub effective_kernel
{
    my ($kernel, $level) = @_;

    return $kernel->{release} if $level == 0;
    return sprintf $kernel->{effective},
        $kernel->{number} + $level * $kernel->{step};
}

# YYYYMMDD of a day some weeks ago: demo patchsets never look old.
sub patchset_date
{
    my ($weeks) = @_;

    return strftime('%Y%m%d', gmtime(time - $weeks * 7 * 86400));
}

1;
