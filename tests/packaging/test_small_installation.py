"""The pure package alone, built and installed into a clean environment, verifies, audits and inspects."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.conftest import World

ROOT = Path(__file__).resolve().parents[2]
EXCHANGE_ONLY = ("duckdb", "joserfc", "por-kernel", "por_kernel", "pyarrow", "pymerkle", "web3")


def run(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, env={**os.environ, **settings}
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = out.glob("por-*.whl")
    return found


@pytest.fixture(scope="module")
def small(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a clean environment that has the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=True)
    done = run(folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        parsed = Parser().parsestr(archive.read(name).decode())
    return {key: parsed.get_all(key) or [] for key in set(parsed.keys())}


def test_the_wheel_is_pure_and_carries_what_it_needs(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    found = metadata(wheel)
    assert found["License-Expression"] == ["GPL-3.0-or-later"]
    assert found["Requires-Python"] == [">=3.11"]
    always = [line for line in found["Requires-Dist"] if "extra ==" not in line]
    assert not [line for line in always if line.startswith(EXCHANGE_ONLY)]
    assert any(line.startswith("por-kernel==") and "extra == 'exchange'" in line for line in found["Requires-Dist"])
    names = zipfile.ZipFile(wheel).namelist()
    assert {"por/solvency/packs/japan.toml", "por/solvency/packs/demo.toml", "por/py.typed"} <= set(names)
    room = ROOT / "por"
    data = {path.relative_to(ROOT).as_posix() for path in (room / "cli/templates").iterdir()}
    data |= {path.relative_to(ROOT).as_posix() for path in (room / "cli/locale").rglob("*.mo")}
    assert len(data) == 7 and data <= set(names), "por init's templates and por verify's Japanese"
    assert not [name for name in names if name.startswith(("tests/", "fixtures/", "examples/", "kernel/"))]


def test_it_lacks_what_only_an_exchange_needs(small: Path) -> None:
    names = run(small / "python", "-m", "pip", "list", "--format", "freeze").stdout.lower()
    assert not [name for name in EXCHANGE_ONLY if f"\n{name}==" in f"\n{names}"]


def test_verify_audit_and_inspect_work(small: Path, world: World) -> None:
    por = small / "por"
    verified = run(por, "verify", world.proof, "--key", world.key, "--account-id-file", world.account_file)
    assert verified.returncode == 0 and "We found" in verified.stdout, verified.stderr
    audited = run(por, "audit", world.publication, "--key", world.key)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert run(por, "audit", world.shortfall, "--key", world.key, "--previous", world.publication).returncode == 1
    for path in (world.publication, world.proof, world.publication / "reserves.json", world.key):
        shown = run(por, "inspect", path)
        assert shown.returncode == 0, shown.stderr


def test_a_customer_is_answered_in_japanese_and_a_folder_laid_out(small: Path, world: World, tmp_path: Path) -> None:
    words = (small / "por", "verify", world.proof, "--key", world.key, "--account-id-file", world.account_file)
    assert "計上されています" in run(*words, "--lang", "ja").stdout
    laid_out = run(small / "por", "init", tmp_path / "mine")
    assert laid_out.returncode == 0 and (tmp_path / "mine/por.toml").is_file(), laid_out.stderr


def test_what_is_missing_is_told_with_its_mend(small: Path, world: World, tmp_path: Path) -> None:
    rebuilt = run(
        *(small / "por", "audit", world.publication, "--key", world.key, "--ledger", world.ledger),
        *("--snapshot", world.folder / "first.toml", "--snapshot-key", world.folder / "key"),
    )
    assert rebuilt.returncode == 2 and "por[exchange]" in rebuilt.stderr, rebuilt.stderr
    asked = run(small / "por", "audit", world.publication, "--key", world.key, "--node", world.shop.node)
    assert asked.returncode == 2 and "por[" in asked.stderr, asked.stderr
