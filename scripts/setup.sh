#!/usr/bin/env bash
# Installs what the project needs into the checkout: a virtual environment, the Rust kernel, the local EVM node.
# Runs again only what has changed. Missing tools come from Debian's packages when this can install them; otherwise
# it says which ones to install.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .make

MIN_RUST=85   # 1.85: what PyO3 asks for

say() { printf 'setup: %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

debian() {  # debian WHAT PACKAGE...
  local what=$1; shift
  if ! command -v apt-get >/dev/null; then
    say "$what is missing; install it (on Debian: $*) and run this again"; exit 1
  fi
  local as=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=(sudo -n); else
      say "$what is missing; run: sudo apt-get install $*"; exit 1
    fi
  fi
  say "$what is missing: installing $*"
  [ -e .make/apt-updated ] || { "${as[@]}" apt-get update -qq >.make/apt.log 2>&1 || true; touch .make/apt-updated; }
  DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >>.make/apt.log 2>&1 || {
    tail -5 .make/apt.log >&2; say "could not install $*; install $what and run this again"; exit 1; }
}

changed() {  # changed STAMP FILE... : true when the files differ from what STAMP was made from
  local stamp=.make/$1; shift
  find "$@" -type f ! -name '*.so' ! -name '*.pyc' -print0 | sort -z | xargs -0 sha256sum | sha256sum >"$stamp.new"
  ! cmp -s "$stamp.new" "$stamp"
}
done_with() { mv ".make/$1.new" ".make/$1"; }

new_enough() { python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
command -v python3 >/dev/null || debian "Python" python3 python3-venv python3-dev
new_enough || { say "Python 3.11 or newer is needed; this is $(python3 --version)"; exit 1; }
python3 -c 'import venv, ensurepip' 2>/dev/null || debian "Python's venv" python3-venv
rust_minor() { rustc --version 2>/dev/null | sed -nE 's/^rustc 1\.([0-9]+).*/\1/p'; }
have_rust() { command -v cargo >/dev/null && [ "$(rust_minor || echo 0)" -ge "$MIN_RUST" ] 2>/dev/null; }
if ! have_rust; then
  if [ "$(. /etc/os-release 2>/dev/null; echo "${VERSION_ID:-0}")" = 12 ]; then debian "Rust 1.$MIN_RUST" rustc-web cargo-web
  else debian "Rust 1.$MIN_RUST" rustc cargo; fi
  have_rust || { say "Rust 1.$MIN_RUST or newer is needed; this is $(rustc --version 2>/dev/null || echo none)"; exit 1; }
fi
command -v cc >/dev/null || debian "a C linker" gcc libc6-dev
command -v npm >/dev/null || debian "Node.js" nodejs npm
command -v jq >/dev/null || debian "jq" jq
command -v openssl >/dev/null || debian "openssl" openssl
have_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
if ! have_postgres; then
  # Tests make clusters of their own and end them by pid. Debian's package would also make one for the system and start
  # it, unless its common part, which comes first, is told not to; that word is taken back afterwards.
  debian "PostgreSQL (postgresql, and before it postgresql-common)" postgresql-common
  no_cluster=/etc/postgresql-common/createcluster.d/por-setup.conf
  trap 'as_root rm -f "$no_cluster"' EXIT
  as_root mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
  debian "PostgreSQL" postgresql
  as_root rm -f "$no_cluster"; trap - EXIT
fi
command -v litecoind >/dev/null || debian "Litecoin Core" litecoind   # for tests: a chain of the Bitcoin family
have_softhsm() { command -v softhsm2-util >/dev/null && command -v pkcs11-tool >/dev/null; }
have_softhsm || debian "SoftHSM2 and pkcs11-tool" softhsm2 opensc   # for tests: a token
command -v faketime >/dev/null || debian "faketime" faketime   # for tests: a timestamping authority of another day

have_browser() { command -v chromium >/dev/null || command -v google-chrome >/dev/null; }
have_browser || debian "a browser" chromium fonts-noto-cjk   # for tests of the pages, which speak Japanese too

[ -x .venv/bin/python ] || { say "making .venv"; python3 -m venv .venv; rm -f .make/kernel .make/python; }
if changed kernel Cargo.toml Cargo.lock kernel; then
  say "building the kernel (Rust, about a minute)"
  .venv/bin/pip install -q --disable-pip-version-check -c constraints.txt ./kernel/py
  done_with kernel
fi
if changed python pyproject.toml constraints.txt; then
  say "installing Python packages"
  .venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -e '.[exchange,plan,serve,dev]'
  done_with python
fi
# Start-up time is mostly compiling when nothing is cached, as where PYTHONDONTWRITEBYTECODE is set.
.venv/bin/python -m compileall -q por
if changed node package.json package-lock.json || [ ! -d node_modules ]; then
  say "installing the local EVM node"
  # Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms. Versions are exact all the same.
  npm install --no-save --ignore-scripts --silent --no-audit --no-fund
  done_with node
fi
# Vectors for signatures, as a Go module; without Go, or without a network, their tests are skipped.
go=$(command -v go || ls /usr/local/go/bin/go 2>/dev/null || true)
if [ -n "$go" ] && changed wycheproof tests/attestation/wycheproof; then
  say "fetching the Wycheproof vectors"
  if (cd tests/attestation/wycheproof && "$go" mod download) >>.make/go.log 2>&1; then done_with wycheproof
  else say "they could not be fetched; their tests are skipped"; fi
fi
