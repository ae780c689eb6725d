#!/usr/bin/env bash
# Installs the library into a directory of its own, builds the examples against it with find_package and with pkg-config, and runs them.
#
#   tests/install_test.sh BUILD_DIR [BROKER_URL]
#
# Without a URL, Debian's mosquitto is started on a free loopback port and ended afterwards.
set -euo pipefail

build=$(realpath "$1")
url=${2-}
source=$(realpath "$(dirname "$0")/..")
work=$(mktemp -d)
broker=
listener=

finish() {
    for pid in $listener $broker; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "install_test: $*" >&2
    exit 1
}

# Waits up to 10 s for a command to succeed.
eventually() {
    for _ in $(seq 100); do
        if "$@" 2>/dev/null; then return; fi
        sleep 0.1
    done
    fail "in vain: $*"
}

start_mosquitto() {
    local port
    for _ in $(seq 20); do
        port=$((20000 + RANDOM % 20000))
        printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >"$work/mosquitto.conf"
        /usr/sbin/mosquitto -c "$work/mosquitto.conf" 2>"$work/mosquitto.log" &
        broker=$!
        sleep 0.3
        if kill -0 "$broker" 2>/dev/null; then
            url=mqtt://127.0.0.1:$port
            return
        fi
    done
    fail "mosquitto does not start: $(cat "$work/mosquitto.log")"
}

# The examples in $1 talk through the broker.
run_examples() {
    local topic=tepore/install_test/$RANDOM
    "$1/subscribe" "$url" "$topic" 1 >"$work/heard" 2>"$work/subscribe.log" &
    listener=$!
    eventually grep -q subscribed "$work/subscribe.log"
    "$1/publish" "$url" "$topic" "it works"
    wait "$listener"
    listener=
    [ "$(cat "$work/heard")" = "$topic it works" ] || fail "the subscriber heard: $(cat "$work/heard")"
    [ "$("$1/greet" "$url")" = "hello, tepore" ] || fail "the coroutine example does not greet"
}

[ -n "$url" ] || start_mosquitto

cmake --install "$build" --component library --prefix "$work/prefix" >/dev/null
libdir=$(dirname "$(find "$work/prefix" -name libtepore.a)")

echo "find_package"
cmake -S "$source/examples" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/cmake" >/dev/null
run_examples "$work/cmake"

echo "pkg-config, from a tree that was moved"
mv "$work/prefix" "$work/moved"
export PKG_CONFIG_PATH=${libdir/prefix/moved}/pkgconfig
mkdir "$work/plain"
for example in publish subscribe greet; do
    # The flags are several words on purpose.
    # shellcheck disable=SC2046
    ${CXX:-c++} -std=c++20 -Wall -Wextra -Werror "$source/examples/$example.cpp" -o "$work/plain/$example" $(pkg-config --cflags --libs tepore)
done
run_examples "$work/plain"
echo "install_test: passed"
