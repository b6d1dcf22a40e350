#!/bin/sh
# prepare.sh DIR - everything the end-to-end test needs that takes long, kept
# in DIR by version: Debian's cloud kernel (downloaded and unpacked, never
# installed), two levels of a live patch for it, and the initramfs without the
# agent.  Prints what it made as NAME=value lines.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)
CC=gcc-12
LEVELS="1 2"

die()
{
    echo "e2e: $*" >&2
    exit 1
}

# Package lists may be missing, or older than what the mirror still has: one
# update, then from the start. Only for root.
update_or_die()
{
    if [ -n "${E2E_UPDATED:-}" ] || [ "$(id -u)" != 0 ]; then
        die "$@"
    fi
    echo "e2e: $*; apt-get update" >&2
    apt-get -q update >&2 || die "apt-get update failed"
    E2E_UPDATED=1 exec "$here/prepare.sh" "$dir"
}

# Two test runs may start together: the second waits and finds all done.
exec 9> "$dir/lock"
flock -w 600 9 || die "another run holds $dir/lock"

for tool in apt-get dpkg "$CC" make cpio gzip busybox qemu-system-x86_64; do
    command -v "$tool" > /dev/null ||
        die "$tool is missing: install the packages of .ci/packages"
done

# The meta packages name the newest kernel: "Depends: NAME (= VERSION)".
meta=$(apt-cache show --no-all-versions \
    linux-image-cloud-amd64 linux-headers-cloud-amd64) || true
image=$(echo "$meta" | sed -n 's/^Depends: \(linux-image-[^ ]*\) .*/\1/p')
headers=$(echo "$meta" | sed -n 's/^Depends: \(linux-headers-[^ ]*\) .*/\1/p')
version=$(echo "$meta" |
    sed -n 's/^Depends: linux-image-.*(= \([^)]*\)).*/\1/p')
[ -n "$image" ] && [ -n "$headers" ] && [ -n "$version" ] ||
    update_or_die "apt does not know linux-image-cloud-amd64"
release=${image#linux-image-}

root="$dir/kernel-$version"
src="$root/usr/src"

if [ ! -e "$root/done" ]; then
    common=$(apt-cache depends "$headers" |
        sed -n 's/^ *Depends: \(linux-headers-.*-common\)$/\1/p')
    kbuild=$(apt-cache depends "$headers" |
        sed -n 's/^ *Depends: \(linux-kbuild-.*\)$/\1/p')
    [ -n "$common" ] && [ -n "$kbuild" ] || die "$headers: no common headers"
    rm -rf "$root"
    mkdir -p "$root/deb"
    cd "$root/deb"
    apt-get -q -o APT::Sandbox::User=root download \
        "$image" "$headers" "$common" "$kbuild" >&2 ||
        update_or_die "cannot download $image and its headers"
    for deb in *.deb; do
        dpkg -x "$deb" "$root"
    done
    rm -f ./*.deb
    touch "$root/done"
fi

# A new test source, compiler or kernel makes new artefacts beside the old.
sum=$(cat "$here/livepatch.c" "$here/prepare.sh" "$(command -v busybox)" |
    sha1sum | cut -c 1-12)
out="$root/made-$sum"

# The headers include the common ones by their installed path.  What the make
# that runs the tests was told is not for the kernel's.
kbuild_make()
{
    echo "include $(echo "$src"/linux-headers-*-common)/Makefile" \
        > "$src/$headers/Makefile"
    env -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS \
        make -s -C "$src/$headers" CC="$CC" "$@"
}

build_level()
{
    work="$out.tmp/level-$1"
    mkdir -p "$work"
    cp "$here/livepatch.c" "$work/eportal_e2e_$1.c"
    echo "obj-m := eportal_e2e_$1.o" > "$work/Makefile"
    kbuild_make M="$work" KCFLAGS="-DPATCH_LEVEL=$1" modules \
        > "$work/log" 2>&1 || {
        cat "$work/log" >&2
        die "cannot build the live patch"
    }
    strip --strip-debug "$work/eportal_e2e_$1.ko" -o "$out.tmp/level-$1.ko"
    rm -rf "$work"
}

# Busybox and the way to the network, in the order insmod needs.
build_initramfs()
{
    tree="$out.tmp/tree"
    mkdir -p "$tree/bin" "$tree/modules" "$tree/proc" "$tree/sys" \
        "$tree/dev" "$tree/tmp" "$tree/etc"
    cp "$(command -v busybox)" "$tree/bin/busybox"
    ln -s busybox "$tree/bin/sh"
    n=10
    for module in virtio_ring virtio virtio_pci_modern_dev \
        virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net; do
        file=$(find "$root/lib/modules/$release" -name "$module.ko")
        [ -n "$file" ] || die "$image has no $module.ko"
        cp "$file" "$tree/modules/$n-$module.ko"
        n=$((n + 1))
    done
    (cd "$tree" && find . | cpio -o -H newc --quiet | gzip -9) \
        > "$out.tmp/initramfs.gz"
    rm -rf "$tree"
}

# /proc/version of a kernel that has not booted yet.
define()
{
    sed -n "s/^#define $2[[:space:]]*\"\(.*\)\"\$/\1/p" \
        "$src/$headers/include/generated/$1.h"
}

proc_version()
{
    printf 'Linux version %s (%s@%s) (%s) %s\n' \
        "$(define utsrelease UTS_RELEASE)" \
        "$(define compile LINUX_COMPILE_BY)" \
        "$(define compile LINUX_COMPILE_HOST)" \
        "$(define compile LINUX_COMPILER)" \
        "$(define utsversion UTS_VERSION)"
}

if [ ! -d "$out" ]; then
    rm -rf "$out.tmp"
    mkdir -p "$out.tmp"
    for level in $LEVELS; do
        build_level "$level"
    done
    build_initramfs
    mv "$out.tmp" "$out"
fi

echo "RELEASE=$release"
echo "KERNEL=$root/boot/vmlinuz-$release"
echo "INITRAMFS=$out/initramfs.gz"
echo "HASH=$(proc_version | sha1sum | cut -d ' ' -f 1)"
for level in $LEVELS; do
    echo "LEVEL$level=$out/level-$level.ko"
done
