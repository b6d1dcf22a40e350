#!/bin/sh
# agent.sh register KEY | check-in | update - a patch agent that
# needs no more than busybox: it speaks to the portal named in kcare.conf as
# the product's agent does, and applies what it is given to the running kernel.
set -eu

ETC=${AGENT_ETC:-/etc/sysconfig/kcare}
TMP=${AGENT_TMP:-/tmp}
. "$ETC/kcare.conf"

die()
{
    echo "agent: $*" >&2
    exit 1
}

kernel_hash()
{
    sha1sum < /proc/version | cut -d ' ' -f 1
}

# The level of the patch in the kernel: a patch names its module by its level.
applied_level()
{
    for patch in /sys/kernel/livepatch/*; do
        if [ -e "$patch/enabled" ] && [ "$(cat "$patch/enabled")" = 1 ]; then
            echo "${patch##*_}"
            return
        fi
    done
    echo 0
}

# field NAME FILE - the value of a "NAME: value" or "NAME:value" line.
field()
{
    sed -n "s/^$1: *//p" "$2" | head -n 1
}

server_id()
{
    sed -n 's/^server_id=//p' "$ETC/systemid" 2> /dev/null || true
}

effective_kernel()
{
    if [ "$(applied_level)" != 0 ] && [ -s "$TMP/kpatch.info" ]; then
        field uname "$TMP/kpatch.info"
    else
        uname -r
    fi
}

# What the portal learns of this server, as one opaque word.
token()
{
    printf '{"server_id": "%s", "hostname": "%s", "kernel_id": "%s",' \
        "$(server_id)" "$(hostname)" "$(kernel_hash)"
    printf ' "patch_level": %s, "patch_type": "default", "euname": "%s",' \
        "$(applied_level)" "$(effective_kernel)"
    printf ' "release": "%s", "version": "%s", "machine": "%s",' \
        "$(uname -r)" "$(uname -v)" "$(uname -m)"
    printf ' "processor": "%s", "virt": "qemu", "distro": "Debian GNU/Linux",' \
        "$(uname -m)"
    printf ' "distro_version": "12", "kcare_version": "2.90-1", "uptime": %s}' \
        "$(cut -d . -f 1 /proc/uptime)"
}

hex()
{
    od -An -v -tx1 | tr -d ' \n'
}

get()
{
    wget -q -O "$@"
}

register()
{
    get "$TMP/registered" \
        "$REGISTRATION_URL/register_server.plain?hostname=$(hostname)&key=$1" ||
        die "the portal cannot be reached"
    [ "$(field code "$TMP/registered")" = 0 ] ||
        die "refused: $(tr '\n' ' ' < "$TMP/registered")"
    echo "server_id=$(field server_id "$TMP/registered")" > "$ETC/systemid"
    echo "Server Registered"
}

# Prints the level that the portal has for this kernel.
check_in()
{
    get - "$PATCH_SERVER$(kernel_hash)/latest.v2?$(token | hex)"
}

# Waits until every task of the machine runs the new code.
finish_transition()
{
    tries=0
    while [ "$(cat "/sys/kernel/livepatch/$1/transition")" != 0 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 60 ] || die "$1 does not come out of its transition"
        sleep 1
    done
}

update()
{
    level=$(check_in) || die "no patches for this kernel"
    [ "$level" -gt "$(applied_level)" ] || return 0

    files=$PATCH_SERVER$(kernel_hash)/$level
    identity=$(printf '%s:' "$(server_id)" | base64 | tr -d '\n')
    get "$TMP/kpatch.bin" --header "Authorization: Basic $identity" \
        "$files/kpatch.bin" || die "cannot download level $level"
    get "$TMP/kpatch.info" "$files/kpatch.info" || die "no kpatch.info"

    insmod "$TMP/kpatch.bin" || die "the kernel refused level $level"
    for patch in /sys/kernel/livepatch/*_"$level"; do
        finish_transition "${patch##*/}"
    done
    check_in > /dev/null
    echo "Patch level $level applied. Effective kernel $(effective_kernel)"
}

case ${1:-} in
register) register "$2" ;;
check-in) check_in ;;
update) update ;;
*) die "usage: agent.sh register KEY | check-in | update" ;;
esac
