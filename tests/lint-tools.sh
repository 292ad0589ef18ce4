#!/usr/bin/env bash
# Puts the protobuf linter `buf` under target/tools. Not a build dependency: only `make lint` needs it.
# Safe to run at any time: it does nothing when the wanted version is already there.
set -euo pipefail

version=1.75.0
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
tools="$root/target/tools"
buf="$tools/node_modules/.bin/buf"

say() { printf 'lint-tools: %s\n' "$*" >&2; }

as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

if [[ -x $buf && $("$buf" --version 2>/dev/null) == "$version" ]]; then
    exit 0
fi

if ! command -v npm >/dev/null; then
    say "installing Debian's npm"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >&2
fi

say "installing buf $version"
mkdir -p "$tools"
npm install --no-save --no-package-lock --no-audit --no-fund --loglevel=error --prefix "$tools" \
    "@bufbuild/buf@$version" >&2

found=$("$buf" --version)
if [[ $found != "$version" ]]; then
    say "buf is $found, wanted $version"
    exit 1
fi
