#!/bin/sh
# `make systemd`: eportal.service under a real systemd, as the first process of
# namespaces of its own, on a copy of this machine's files that goes away again.
# Needs root and the right to mount; that is why `make check` leaves it to
# t/daemon/unit.t. What is looked at is in inside.sh.

set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${EP_BUILD:-$top/build}

if [ "${1:-}" != inside ]; then
    out=$(mktemp -d /tmp/eportal-systemd.XXXXXX)
    trap 'rmdir "$out/root"; rm -r "$out"' EXIT
    mkdir "$out/root" "$out/source"
    perl "$top/t/fixtures/make-archive" --product kernel --name K20250101_01 \
        --objects 2 --out "$out/source/K20250101_01.tar.bz2"
    "$build/kc.eportal" source publish "$out/source" > /dev/null
    timeout -k 5 180 unshare -m -p -u -i -C --fork --kill-child \
        "$0" inside "$out" > "$out/console" 2>&1 || true
    cat "$out/log" || cat "$out/console"
    grep -qx PASS "$out/log"
    exit
fi

out=$2
root=$out/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$root/all"
mount -t overlay overlay \
    -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$root/all"
root=$root/all
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir "$root/tmp/out"
mount --bind "$out" "$root/tmp/out"

units=$root/etc/systemd/system
echo 11111111111111111111111111111111 > "$root/etc/machine-id"
install -m 755 "$build/kc.eportal" "$root/usr/bin/kc.eportal"
install -m 644 "$top/packaging/systemd/eportal.service" "$units"
cp "$top/t/systemd/inside.sh" "$root/tmp/inside.sh"
chroot "$root" adduser --quiet --system --group --home /var/lib/eportal \
    --no-create-home eportal

# Nothing is started but what is looked at; that ends the system.
cat > "$units/look.service" << 'END'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh /tmp/inside.sh
StandardOutput=file:/tmp/out/log
StandardError=inherit
ExecStopPost=/bin/systemctl exit --force
END
cat > "$units/look.target" << 'END'
[Unit]
Wants=look.service
END
ln -sf look.target "$units/default.target"
for unit in systemd-journald.service systemd-journald.socket \
    systemd-journald-dev-log.socket systemd-udevd.service network-online.target
do
    ln -sf /dev/null "$units/$unit"
done
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" /lib/systemd/systemd --system --log-target=console
