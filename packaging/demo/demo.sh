#!/bin/sh
# demo.sh start | stop - a whole portal in one directory, with patchsets and
# a fleet of servers, to look at and to try things on.
#
# From the environment: DEMO_DIR (.demo), DEMO_PORT (8080), DEMO_SERVERS
# (500), and EP_BUILD, where the module and the command were built.
set -eu
umask 022 # the workers read what we write

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/packaging/demo
dir=${DEMO_DIR:-.demo}
port=${DEMO_PORT:-8080}
servers=${DEMO_SERVERS:-500}
build=${EP_BUILD:-$top/build}
module=$build/nginx/ngx_http_eportal_module.so
cli=$build/kc.eportal
console=$top/build/console
nginx=$(command -v nginx || echo /usr/sbin/nginx)
mark=.eportal-demo # tells our directory from any other one

die()
{
    echo "demo: $*" >&2
    exit 1
}

step()
{
    printf '\n\033[1m== %s\033[0m\n' "$*"
}

# Shows a command and what it answers, as the reader would see it.
show()
{
    answer=$(sh -c "$1") || die "failed: $1"
    printf '$ %s\n%s\n\n' "$1" "$answer"
}

random_word()
{
    tr -dc 'A-Za-z0-9' < /dev/urandom | head -c "$1"
}

# quoted TEXT - as the shell wants it in `NAME=...`.
quoted()
{
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

absolute()
{
    case $1 in
    /*) echo "$1" ;;
    *) echo "$PWD/$1" ;;
    esac
}

# ---- ending an instance ----

# True when this process is the nginx master of this demo and not somebody
# else who got its number.
is_ours()
{
    tr '\0' ' ' < "/proc/$1/cmdline" 2> /dev/null | grep -qF "$dir/nginx.conf"
}

stop()
{
    [ -e "$dir/nginx.pid" ] || return 1
    pid=$(cat "$dir/nginx.pid")
    is_ours "$pid" || return 1
    kill -QUIT "$pid"
    tries=0
    while is_ours "$pid"; do
        tries=$((tries + 1))
        # Somebody still holds a connection: no more patience.
        [ "$tries" != 30 ] || kill -TERM "$pid"
        [ "$tries" -lt 100 ] || die "nginx ($pid) does not end"
        sleep 0.1
    done
}

# ---- making one ----

check_ground()
{
    [ -x "$cli" ] && [ -e "$module" ] && [ -e "$console/index.html" ] ||
        die "$cli, $module or $console is missing: run \`make\` first"
    case $port in
    '' | *[!0-9]*) die "DEMO_PORT is not a port: $port" ;;
    esac
    case $servers in
    '' | *[!0-9]*) die "DEMO_SERVERS is not a number: $servers" ;;
    esac
    case $dir in
    *[\'\"\\\$\;\{\}]*) die "nginx cannot have such characters in a path: $dir" ;;
    esac
    if [ -e "$dir" ] && [ ! -e "$dir/$mark" ] && [ -n "$(ls -A "$dir")" ]; then
        die "$dir is not a demo and not empty: choose another DEMO_DIR"
    fi
    perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(
        LocalAddr => "0.0.0.0", LocalPort => shift, Listen => 1,
        ReuseAddr => 1)' "$port" ||
        die "port $port is in use: choose another one, DEMO_PORT=8081 say"
}

# www-data serves when it can reach the directory; a home that is closed to
# others is served by its owner instead.
choose_owner()
{
    if [ "$(id -u)" != 0 ]; then
        owner=$(id -un)
    elif setpriv --reuid=www-data --regid=www-data --clear-groups \
        test -x "$dir"; then
        owner=www-data
    else
        owner=$(stat -c %U "$(dirname "$dir")")
    fi
    group=$(id -gn "$owner")
}

# Starts from nothing: an old instance is not kept.
make_directory()
{
    rm -rf "$dir"
    mkdir -p "$dir"
    touch "$dir/$mark"
    mkdir "$dir/data" "$dir/logs" "$dir/tmp" "$dir/archives"
    choose_owner
    [ "$(id -u)" != 0 ] || chown "$owner:$group" "$dir/data" "$dir/logs" \
        "$dir/tmp"
}

write_config()
{
    cat > "$dir/config" <<CONFIG
# Configuration of the demo, in the form of /etc/eportal/config.
BASE_DIR = '$dir/data'
# The fleet of the demo tells its addresses in X-Forwarded-For.
TRUSTED_PROXIES = ['127.0.0.1']
CONFIG
}

eportal()
{
    EPORTAL_CONFIG=$dir/config "$cli" "$@"
}

fill_database()
{
    password=$(random_word 16)
    reg_key=$(random_word 16)
    eportal migrate > /dev/null
    printf '%s\n' "$password" | eportal user -a admin --note 'demo' -p - \
        > /dev/null
    eportal feed -a test --auto --channel test > /dev/null
    all='--product kernel --product libcare --product qemu --product db'
    all="$all --product tuxcare-esu"
    # shellcheck disable=SC2086
    eportal key -a "$reg_key" --note 'Demo: every product' $all > /dev/null
    eportal key -a production --note 'Production machines' > /dev/null
    eportal key -a staging --feed test --note 'Gets patches first' > /dev/null
    eportal key -a edge --server-limit "$((servers + 200))" --note 'Edge nodes' \
        > /dev/null
}

# deploy_to FEED STATE COMMAND [OPTION] - every archive that the plan has in
# this state, oldest first.
deploy_to()
{
    feed=$1
    state=$2
    shift 2
    archives=$(awk -F '\t' -v command="$1" -v state="$state" \
        -v column="$([ "$feed" = main ] && echo 3 || echo 4)" \
        '$1 == command && $column == state { print $2 }' plan)
    [ -n "$archives" ] || return 0
    command=$1
    shift
    # shellcheck disable=SC2086
    eportal "$command" deploy --feed "$feed" "$@" $archives
}

deploy_patchsets()
{
    (
        # Explicit, because errexit does not hold below a "||".
        cd "$dir/archives" && "$here/make-patchsets.pl" . > plan || exit 1
        for command in kcare libcare qemu db; do
            for feed in main test; do
                deploy_to "$feed" enabled "$command" &&
                    deploy_to "$feed" disabled "$command" --disabled ||
                    exit 1
            done
        done
    ) > "$dir/logs/deploy.log" 2>&1 < /dev/null ||
        die "a patchset was not deployed: $(tail -n 1 "$dir/logs/deploy.log")"
}

write_nginx_conf()
{
    cp -r "$console" "$dir/console"
    # Both files as they are shipped, but for the port and the paths.
    sed "s|modules/ngx_http_eportal_module.so|\"$module\"|" \
        "$top/packaging/nginx/mod-http-eportal.conf" > "$dir/module.conf"
    ipv6="s/listen \[::\]:80 default_server;/listen [::]:$port;/"
    [ -e /proc/net/if_inet6 ] || ipv6='/listen \[::\]:80 /d'
    sed -e "s/listen 80 default_server;/listen $port;/" -e "$ipv6" \
        -e "s|alias /usr/share/eportal/console/\(.*\);|alias \"$dir/console/\1\";|" \
        "$top/packaging/nginx/eportal.conf" > "$dir/eportal.conf"
    cat > "$dir/nginx.conf" <<CONF
# nginx of the demo: what a real host has in /etc/nginx/nginx.conf.
$([ "$(id -u)" != 0 ] || echo "user $owner $group;")
worker_processes 2;
pid "$dir/nginx.pid";
error_log "$dir/logs/error.log";
include "$dir/module.conf";

events {
    worker_connections 1024;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    client_body_temp_path "$dir/tmp/body";
    proxy_temp_path "$dir/tmp/proxy";
    fastcgi_temp_path "$dir/tmp/fastcgi";
    uwsgi_temp_path "$dir/tmp/uwsgi";
    scgi_temp_path "$dir/tmp/scgi";
    access_log off;
    sendfile on;
    tcp_nopush on;
    eportal_config "$dir/config";
    include "$dir/eportal.conf";
}
CONF
}

# A module built with AddressSanitizer needs its runtime in nginx first.
start_nginx()
{
    preload=$(ldd "$module" | sed -n 's/.* => \(.*libasan[^ ]*\) .*/\1/p')
    LD_PRELOAD=$preload ASAN_OPTIONS=detect_odr_violation=0:detect_leaks=0 \
        "$nginx" \
        -e "$dir/logs/error.log" -p "$dir" -c "$dir/nginx.conf" \
        > "$dir/logs/start.log" 2>&1 < /dev/null || {
        cat "$dir/logs/start.log" >&2
        die "nginx did not start"
    }
    tries=0
    until curl -s -o /dev/null "$url/"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || die "nobody answers at $url: see $dir/logs"
        sleep 0.1
    done
}

# The first kernel and library of the fleet, patched since the first day.
choose_objects()
{
    kernel_hash=$(perl -I"$here" -MFleet=@KERNELS,kernel_hash \
        -e 'print kernel_hash($KERNELS[0])')
    build_id=$(perl -I"$here" -MFleet=@LIBRARIES,build_id \
        -e 'print build_id($LIBRARIES[0])')
}

write_env()
{
    umask 077
    cat > "$dir/demo.env" <<ENV
URL=$(quoted "$url")
ADMIN_USER='admin'
ADMIN_PASSWORD=$(quoted "$password")
REG_KEY=$(quoted "$reg_key")
KERNEL_HASH=$kernel_hash
BUILD_ID=$build_id
EPORTAL_CONFIG=$(quoted "$dir/config")
ENV
    umask 022
    # Who called sudo may read it, too.
    chown --reference="$(dirname "$dir")" "$dir/demo.env" 2> /dev/null || true
}


show_agent()
{
    show "curl -s '$url/admin/api/kcare/register_server.plain?hostname=demo.example.net&key=$reg_key'"
    id=$(echo "$answer" | sed -n 's/^server_id://p')
    [ -n "$id" ] || die "the demo agent was not registered"

    token=$(printf '{"server_id": "%s", "patch_level": 0}' "$id" |
        od -An -v -tx1 | tr -d ' \n')
    show "curl -s '$url/$kernel_hash/latest.v2?$token'"
    level=$answer
    [ "$level" -gt 0 ] 2> /dev/null || die "the kernel has no level"

    show "curl -s '$url/$kernel_hash/$level/kpatch.info' | head -n 4"
    show "curl -s -u $id: -o /dev/null -w '%{http_code}, %{size_download} bytes' '$url/$kernel_hash/$level/kpatch.bin'"
    [ "${answer%%,*}" = 200 ] || die "the patch was not given out"
}

summary()
{
    cat <<TEXT

The portal runs at $url/admin
  user      admin
  password  $password
  owner     $owner (data in $dir/data)

Next:
  . '$dir/demo.env'; export EPORTAL_CONFIG   # URL, keys and hashes as variables
  sudo -E '$cli' server
  sudo -E '$cli' kcare list
  make demo-stop
TEXT
}

start()
{
    dir=$(absolute "$dir")
    stop && echo "The demo that ran before was stopped." || true
    check_ground
    url=http://127.0.0.1:$port

    step "An instance in $dir on port $port"
    make_directory
    write_config
    echo "Its files belong to $owner."
    choose_objects

    step "Users, feeds and keys"
    fill_database
    eportal key

    step "Patchsets"
    deploy_patchsets
    eportal kcare list
    eportal libcare list

    step "nginx"
    write_nginx_conf
    start_nginx
    echo "answers at $url"

    step "$servers servers register and check in"
    "$here/fleet.pl" "$url" "$servers" 60:production 25:staging 15:edge
    eportal --list-servers

    step "An agent registers, asks for its level and downloads its patch"
    show_agent

    write_env
    summary
}

case ${1:-} in
start) start ;;
stop)
    dir=$(absolute "$dir")
    if stop; then
        echo "The demo was stopped. Its directory is still there: $dir"
    else
        echo "No demo runs in $dir."
    fi
    ;;
*) die "usage: demo.sh start | stop" ;;
esac
