#!/usr/bin/env bash
# Every check there is: formats, lint, types, import rules, Rust, Python, the README's and docs' own examples.
# Runs all of them, then says which failed; exits 0 only when none did.
set -uo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
failed=()

check() {  # check NAME COMMAND...
  local name=$1 start=$SECONDS; shift
  if "$@"; then printf 'ok    %s (%d s)\n' "$name" $((SECONDS - start)); else
    printf 'FAIL  %s\n' "$name"; failed+=("$name"); fi
}

check "python format"  ruff format --check -q .
check "python lint"    ruff check -q .
check "python types"   mypy
check "import rules"   lint-imports --no-cache
check "rust format"    cargo fmt --all --check
check "rust lint"      cargo clippy -q --workspace --all-targets -- -D warnings
check "rust tests"     cargo test -q --release -p por-kernel-core -p por-kernel-lanes
check "kernel stub"    python -m mypy.stubtest por_kernel
check "web tests"      node --test --test-reporter=dot tests/web/
check "python tests"   python -m pytest -rs -n "${POR_TEST_JOBS:-auto}"   # skipped tests say why

if [ ${#failed[@]} -gt 0 ]; then
  printf '\nfailed: %s\n' "$(IFS=,; echo "${failed[*]}")"; exit 1
fi
printf '\nall checks passed\n'
