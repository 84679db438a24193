#!/usr/bin/env bash
# Long fuzzing: `make fuzz`, or `scripts/fuzz.sh SECONDS` for each target (default 300). Ends at the first find.
# Rust by cargo-fuzz (libFuzzer, on stable Rust) where it can be installed, else by the seeded mutation of the test
# command, run longer; Python by atheris where it is to be had for this Python, and by seeded mutation; and the forger.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
work=$PWD/.make/fuzz
mkdir -p "$work"
export PATH="$PWD/.venv/bin:$PWD/.make/cargo/bin:$PATH"
say() { printf 'fuzz: %s\n' "$*" >&2; }

cargo fuzz --version >/dev/null 2>&1 || {
  say "installing cargo-fuzz into .make/cargo (some minutes)"
  cargo install -q cargo-fuzz --root .make/cargo >"$work/install.log" 2>&1 || say "cargo-fuzz cannot be installed here"
}
if cargo fuzz --version >/dev/null 2>&1; then
  for target in json proof statement store; do
    mkdir -p "$work/rust/$target"
    python - "$work/rust/$target" "$target" <<'PYTHON'
import sys
from pathlib import Path
from tests.fuzz.targets import stores, vectors
folder, target = Path(sys.argv[1]), sys.argv[2]
seeds = stores() if target == "store" else vectors("statement" if target == "statement" else "proof")
for number, data in enumerate(seeds):
    (folder / f"seed-{number:03}").write_bytes(data)
PYTHON
    say "kernel: $target"
    (cd kernel/fuzz && CARGO_TARGET_DIR="$work/target" cargo fuzz run "$target" -s none --fuzz-dir . "$work/rust/$target" -- \
      -max_total_time="$seconds" -artifact_prefix="$work/rust/$target-" -print_final_stats=1 2>"$work/rust/$target.log") || {
      tail -30 "$work/rust/$target.log" >&2; say "a find in $target: see $work/rust"; exit 1; }
    grep -E 'stat::number_of_executed_units|^Done' "$work/rust/$target.log" >&2 || true
  done
else
  POR_FUZZ_SECONDS=$seconds cargo test -q --release -p por-kernel-core --test fuzz -- --nocapture
fi

targets=$(python -c 'from tests.fuzz.every import TARGETS; print(*TARGETS)')
python -c 'import atheris' 2>/dev/null || python -m pip install -q --disable-pip-version-check 'atheris>=3' 2>/dev/null ||
  say "no atheris for this Python: seeded mutation alone"
for target in $targets; do
  say "python: $target"
  python -m tests.fuzz "$target" --seconds "$seconds"
  if python -c 'import atheris' 2>/dev/null; then
    python -m tests.fuzz "$target" --engine atheris --seconds "$seconds" 2>"$work/$target.log" || {
      tail -30 "$work/$target.log" >&2; say "a find in $target: see $work/python"; exit 1; }
    grep -E 'stat::number_of_executed_units' "$work/$target.log" >&2 || true
  fi
done
say "forger"
python -m tests.attacks.forger --seconds "$seconds"
say "nothing found"
