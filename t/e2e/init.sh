#!/bin/sh
# init.sh - process 1 of the guest: brings the network up, lets the agent patch
# this kernel twice, reports, and switches the machine off.
#
# From the kernel command line: e2e.url=, e2e.key= and e2e.nonce=.  Lines for
# the host carry the nonce: nothing else that appears on the console counts.

export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
echo 3 > /proc/sys/kernel/printk

for word in $(cat /proc/cmdline); do
    case $word in
    e2e.url=*) url=${word#e2e.url=} ;;
    e2e.key=*) key=${word#e2e.key=} ;;
    e2e.nonce=*) nonce=${word#e2e.nonce=} ;;
    esac
done

say()
{
    echo "E2E $nonce $*"
}

finish()
{
    say "$@"
    sync
    poweroff -f
    sleep 60
}

# agent COMMAND... - a refusal ends the test with the agent's own words.
agent()
{
    sh /agent.sh "$@" > /tmp/out 2>&1 ||
        finish "failed $1: $(tr '\n' ' ' < /tmp/out)"
    cat /tmp/out
}

# wait_for_level N - the host enables the next patchset while we ask.
wait_for_level()
{
    tries=0
    while [ "$(sh /agent.sh check-in 2> /dev/null)" != "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 90 ] || finish "failed: level $1 never came"
        sleep 1
    done
}

# answer URL - the status of a request that carries no identity.
answer()
{
    wget -S -O /dev/null "$1" 2>&1 |
        sed -n 's/.*HTTP\/1\.[01] \([0-9][0-9][0-9]\).*/\1/p' | head -n 1
}

for module in /modules/*.ko; do
    insmod "$module"
done
hostname guest.e2e.test
ifconfig lo 127.0.0.1 up
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up

mkdir -p /etc/sysconfig/kcare
cat > /etc/sysconfig/kcare/kcare.conf <<CONF
PATCH_SERVER=$url/
REGISTRATION_URL=$url/admin/api/kcare
CONF

hash=$(sha1sum < /proc/version | cut -d ' ' -f 1)
say "hash $hash"
say "boot: $(cat /proc/cmdline)"
say "stranger $(answer "$url/$hash/1/kpatch.bin")"

agent register "$key"
say "server $(sed 's/^server_id=//' /etc/sysconfig/kcare/systemid)"

wait_for_level 1
agent update
say "level 1: $(cat /proc/cmdline)"

wait_for_level 2
agent update
say "level 2: $(cat /proc/cmdline)"

finish "verdict patched $(cat /sys/kernel/livepatch/eportal_e2e_2/enabled)"
