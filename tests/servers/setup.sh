#!/bin/sh
# Installs the servers that tests start as child processes: RabbitMQ, PostgreSQL and MariaDB, from Debian.
# Safe to run at any time: it does nothing when they are there. Nothing is started by it, and Debian does not start its
# own services either: a test's server has its own ports, folders and end.
set -eu

say() { printf 'servers: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

missing=''
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing="$missing postgresql-15"
[ -x /usr/sbin/mariadbd ] || missing="$missing mariadb-server"
if [ -z "$missing" ]; then
    say "up to date"
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    say "missing:$missing; install them (RabbitMQ 3.10 or later, PostgreSQL 15 or later, MariaDB 10.6 or later)"
    exit 1
fi

# Debian asks this program before it starts a service; 101 means no. One that is there already stays as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM
fi

say "installing Debian's$missing (three minutes on a fresh machine)"
as_root apt-get update -qq
# The list is meant to be split. RUNLEVEL=1 says the same to what asks nobody.
# shellcheck disable=SC2086
as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends $missing >&2
say "ready"
