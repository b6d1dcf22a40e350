#!/bin/sh
# What run.sh looks at, as a service of the systemd that it started.

log=/tmp/out/daemon
failed=0

want() {
    title=$1
    shift
    if "$@"; then
        echo "ok - $title"
    else
        echo "not ok - $title"
        failed=1
    fi
}

prop() { systemctl show eportal -p "$1" --value; }
is() { [ "$(prop "$1")" = "$2" ]; }
waits_for() {
    for i in $(seq 100); do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}
polled() { kc.eportal jobs 2>&1 | grep -q '1 downloaded'; }
restarted() { is NRestarts "$1" && is SubState running; }

drop=/etc/systemd/system/eportal.service.d
mkdir -p "$drop" /srv/patches /etc/eportal
printf '[Service]\nStandardError=append:%s\nWatchdogSec=6\n' "$log" \
    > "$drop/test.conf"
systemctl daemon-reload
(cd /tmp/out/source && exec perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1",
        LocalPort => 18099, ReuseAddr => 1) or die $!;
    while (my $c = $s->accept) {
        my ($p) = <$c> =~ m{^GET /([\w.-]+) };
        while (<$c> =~ /\S/) { }
        open my $f, "<", $p or next;
        local $/;
        my $b = <$f>;
        print $c "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ",
            length $b, "\r\n\r\n", $b;
        close $c;
    }') &
server=$!

want 'it starts' systemctl start eportal
want '... and tells when it is ready (Type=notify)' is ActiveState active
want '... as its own user' \
    [ "$(stat -c %U:%G:%a /var/lib/eportal/eportal.sqlite)" = eportal:eportal:660 ]
want '... with no capability' \
    grep -q '^CapBnd:.*0000000000000000$' "/proc/$(prop MainPID)/status"
want 'a reload' systemctl reload eportal
want '... which it survives' is SubState running
kill -STOP "$(prop MainPID)"
want 'one that shows no life is started again by the watchdog' \
    waits_for restarted 1
kill -KILL "$(prop MainPID)"
want 'one that was killed, too' waits_for restarted 2
want 'it stops when told to' systemctl stop eportal
want '... well' is Result success

cat > /etc/eportal/config << 'END'
PATCHES_DIR = '/srv/patches'
PATCH_SOURCE_URL = 'http://localhost:18099/'
MIN_FREE_DISK = 1024
END
want 'it may not write to another PATCHES_DIR' \
    sh -c '! systemctl start eportal 2> /dev/null'
want '... and says what to do' grep -q 'run `kc.eportal sync-nginx-conf`' "$log"
want 'sync-nginx-conf lets it' \
    sh -c 'kc.eportal sync-nginx-conf > /dev/null && systemctl daemon-reload'
want '... start' systemctl restart eportal
want '... fetch and import a patchset, within its sandbox' waits_for polled
want '... and leave all in order' \
    sh -c 'kc.eportal doctor --storage > /dev/null'
want 'it stops' systemctl stop eportal
kill "$server"
[ "$failed" = 0 ] && echo PASS || { echo FAIL; cat "$log"; }
