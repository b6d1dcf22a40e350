#!/bin/sh
# Install the Debian packages of .ci/packages that are missing.
#
# Quiet and without questions, for a machine nobody looks at. Does nothing,
# and needs no root, when everything is there.

set -eu

list=$(dirname "$0")/../../.ci/packages

# What installed packages stand in for, one a line: nodejs of another
# distributor brings npm, and does not want Debian's beside it.
provided() {
    dpkg-query -W -f '${db:Status-Status} ${Provides}\n' |
        sed -n 's/^installed //p' | tr ',' '\n' | sed 's/ *(.*//; s/^ *//'
}

missing() {
    others=$(provided)
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" | while read -r package; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) ||
            state=
        [ "$state" = installed ] ||
            echo "$others" | grep -qxF "$package" || echo "$package"
    done
}

wanted=$(missing)
if [ -z "$wanted" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing: $(echo $wanted)" >&2
    echo "Run \`sudo make deps\` to install them." >&2
    exit 1
fi

# nginx's package starts nginx on port 80 as soon as it is installed. Nobody
# asked for that server here, so services stay down while we install.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi

log=$(mktemp)
echo "Installing:" $wanted
export DEBIAN_FRONTEND=noninteractive
if ! {
    apt-get -q update &&
        apt-get -q -y --no-install-recommends \
            -o Dpkg::Options::=--force-confold \
            -o DPkg::Lock::Timeout=300 install $wanted
} > "$log" 2>&1 < /dev/null; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    echo "The packages could not be installed." >&2
    exit 1
fi
rm -f "$log"
