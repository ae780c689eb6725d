# shellcheck shell=bash disable=SC2016  # the installer is a script of its own
# Installs what is missing. Sourced by ./dev.

# Names of the packages of the given groups; with a usable Node.js on the PATH, without Debian's.
wanted_packages() {
    local groups=" $* "
    case $groups in *" build "*) have_node || groups+="node " ;; esac
    awk -v groups="$groups" '!/^#/ && NF && index(groups, " " $1 " ") { print $2 }' tools/dev/packages
}

have_node() {
    command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null
}

missing_packages() {
    local wanted
    mapfile -t wanted < <(wanted_packages "$@")
    # dpkg-query reads one local file: no network, a few hundredths of a second.
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null |
        awk 'NR == FNR { if ($2 == "installed") there[$1] = 1; next } !($1 in there)' - <(printf '%s\n' "${wanted[@]}")
}

# Runs a command as root: as it is, or through sudo. Status 2 when that is not possible.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
        sudo "$@"
    else
        return 2
    fi
}

# Debian starts a service when its package is installed, and at every boot from then on. Our tests want mosquitto's program, on ports of their
# own; a broker on 1883 that nobody asked for would be in the way of `./dev run`.
install_packages() {
    local install='set -e
        export DEBIAN_FRONTEND=noninteractive
        with_mosquitto=no
        case " $* " in *" mosquitto "*) with_mosquitto=yes ;; esac
        if [ $with_mosquitto = yes ] && [ ! -e /usr/sbin/policy-rc.d ]; then
            trap "rm -f /usr/sbin/policy-rc.d" EXIT
            printf "#!/bin/sh\n[ \"\$1\" != mosquitto ] || exit 101\n" >/usr/sbin/policy-rc.d
            chmod 755 /usr/sbin/policy-rc.d
        fi
        apt-get update
        apt-get install -y --no-install-recommends "$@"
        if [ $with_mosquitto = yes ] && command -v systemctl >/dev/null; then
            systemctl disable mosquitto.service || true
            if [ -d /run/systemd/system ]; then systemctl stop mosquitto.service || true; fi
        fi'
    as_root bash -c "$install" install "$@" </dev/null
}

setup_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: nothing is installed; needed are (Debian's names): $(wanted_packages "$@" | paste -sd' ')"
        return 0
    fi
    local missing status=0
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    install_packages "${missing[@]}" || status=$?
    [ $status = 0 ] && return 0
    if [ $status = 2 ]; then
        say "this needs root or sudo. Ask someone who has it for:"
    else
        say "the installation failed. Try it by hand:"
    fi
    printf '    apt-get update && apt-get install -y --no-install-recommends %s\n' "${missing[*]}" >&2
    return 1
}

# npm_libraries FOLDER: what its lock file names, fetched once for each state of the file.
npm_libraries() {
    local folder=$1 stamp=$1/node_modules/.installed lock
    [ -f "$folder/package-lock.json" ] || return 0
    lock=$(sha256sum <"$folder/package-lock.json")
    [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ] || return 0
    say "fetching the libraries of $folder (npm ci)"
    (cd "$folder" && npm ci --no-audit --no-fund </dev/null) || return 1
    printf '%s\n' "$lock" >"$stamp"
}

setup() {
    setup_packages "$@" && npm_libraries web || return 1
    case " $* " in *" test "*) npm_libraries tools/vectors ;; esac
}
