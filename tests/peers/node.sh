#!/bin/sh
# Prepares the Node.js packages that foreign peers run on, as their lock files say: target/peers/node. Called by setup.sh.
# Safe to run at any time: it does nothing when they are there already.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
node="${CARGO_TARGET_DIR:-$root/target}/peers/node"
stamp="$node/.requirements"

say() { printf 'peers: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

wanted() {
    node --version
    cat "$here/residency/package-lock.json"
}

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    say "installing Debian's nodejs and npm"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >&2
fi

if [ -f "$stamp" ] && [ "$(wanted)" = "$(cat "$stamp")" ]; then
    say "up to date: $node"
    exit 0
fi

say "installing the locked packages into $node"
rm -f "$stamp"
mkdir -p "$node"
cp "$here/residency/package.json" "$here/residency/package-lock.json" "$node/"
# Nothing is run that a package brings for its installation.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefix "$node" >&2
(cd "$node" && node -e 'require("simple-odata-server"); require("@seald-io/nedb"); require.resolve("oidc-provider")')

# Written last: an interrupted run is begun anew.
wanted >"$stamp"
say "ready: $node"
