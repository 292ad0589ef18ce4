#!/bin/sh
# Prepares what the tests' foreign peers run on: PHP from Debian, Python in a virtual environment in target/peers/venv, and
# the packages of Node.js in target/peers/node (node.sh).
# Safe to run at any time: it does nothing when all is already as it should be.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
venv="${CARGO_TARGET_DIR:-$root/target}/peers/venv"
stamp="$venv/.requirements"
# spyne 2.14 does not run on later ones.
python=${PEERS_PYTHON:-python3.11}

say() { printf 'peers: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_debian_packages() {
    say "installing Debian's python3.11 and python3-venv"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        python3.11 python3-venv python3.11-venv >&2
}

# Apache Qpid Proton (AMQP 1.0) is compiled on the spot.
if ! command -v cc >/dev/null ||
    ! "$python" -c 'import os, sysconfig; os.stat(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null; then
    say "installing Debian's C compiler and python3.11-dev"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        gcc libc6-dev python3.11-dev >&2
fi

# The second stack of the municipality's building control.
if ! php -r 'exit(extension_loaded("soap") && extension_loaded("sqlite3") && extension_loaded("dom") ? 0 : 1);' 2>/dev/null; then
    say "installing Debian's PHP"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        php-cli php-soap php-sqlite3 php-xml >&2
fi

# What the environment should be: the interpreter's version and every pinned requirement.
wanted() {
    "$python" --version
    cat "$here"/requirements.txt "$here"/*/requirements.txt
}

"$here/node.sh"

if ! command -v "$python" >/dev/null || ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_debian_packages
fi

if [ -f "$stamp" ] && [ "$(wanted)" = "$(cat "$stamp")" ]; then
    say "up to date: $venv"
    exit 0
fi

say "creating $venv"
rm -rf "$venv"
mkdir -p "$(dirname -- "$venv")"
"$python" -m venv "$venv"
say "installing the pinned packages (a minute on a fresh machine)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$here/requirements.txt"
say "checking that the peers can be imported"
"$venv/bin/python" -c 'import proton.handlers, proton.reactor'
"$venv/bin/python" -c 'import hl7.mllp, hl7apy.mllp, hl7apy.v2_5_1'
"$venv/bin/python" -c 'import grpc, grpc_tools.protoc, pika, google.protobuf, lxml.etree, spyne.server.wsgi, spyne.protocol.soap'

# Written last: an interrupted run is begun anew.
wanted >"$stamp"
say "ready: $venv"
