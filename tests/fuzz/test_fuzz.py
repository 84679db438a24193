"""A short run of each fuzz target; the long ones are `make fuzz`."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import targets
from tests.fuzz.__main__ import own

ROUNDS = {
    "proof": 2500,
    "statement": 2500,
    "manifest": 2500,
    "proofs-file": 800,
    "proofs-file-directory": 1000,
    "proofs-file-mended": 1500,
}


@pytest.mark.parametrize("name", targets.TARGETS)
def test_seeded_mutation_finds_nothing(name):
    found = own(name, seed=20261120, rounds=ROUNDS[name])
    assert 0 < found["accepted"] < found["inputs"]


@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_target_tells_what_is_wrong(name, monkeypatch):
    """The targets themselves are tested: with a verifier (or a parser) that lets things pass they must fail."""
    if name.startswith("proofs-file"):
        monkeypatch.setattr(targets.ProofsFile, "proof", lambda file, who: b"{}")
    elif name == "manifest":
        monkeypatch.setattr(targets.Manifest, "to_bytes", lambda found: targets.MANIFEST)
    else:
        lenient = {"proof": 150_000_000}
        monkeypatch.setattr(targets.verifiers, "VERIFIERS", [targets.verifiers.python, lambda *given: lenient])
    with pytest.raises(AssertionError):
        own(name, seed=1, rounds=2000)


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed (pip install '.[fuzz]')"
)
@pytest.mark.parametrize("name", targets.TARGETS)
def test_coverage_guided_fuzzing_finds_nothing(name):
    words = [sys.executable, "-m", "tests.fuzz", name, "--engine", "atheris", "--seconds", "2", "--seed", "1"]
    ran = subprocess.run(words, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "stat::number_of_executed_units" in ran.stderr
