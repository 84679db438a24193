"""The kernel's own wheel: one for every Python from 3.11 on, typed, under a licence that any app can take."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with what setup compiled already, so that it takes a moment."""
    out = tmp_path_factory.mktemp("kernel")
    (ROOT / "target").mkdir(exist_ok=True)
    with (ROOT / "target/wheel.lock").open("w") as lock:
        # maturin's own folder under target/ takes one build at a time, and tests run in several processes.
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = build(out)
    assert built.returncode == 0, built.stderr
    (found,) = out.glob("*.whl")
    return found


def build(out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "maturin",
            "build",
            "--release",
            "--manifest-path",
            "kernel/py/Cargo.toml",
            "--out",
            out,
        ],
        cwd=ROOT,
        env={**os.environ, "CARGO_TARGET_DIR": str(ROOT / "target")},
        capture_output=True,
        text=True,
        check=False,
    )


def parsed(wheel: Path, name: str) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (path for path in archive.namelist() if path.endswith(f".dist-info/{name}"))
        return Parser().parsestr(archive.read(path).decode())


def test_its_metadata(wheel: Path) -> None:
    found = parsed(wheel, "METADATA")
    assert found["Name"] == "por-kernel"
    assert found["Requires-Python"] == ">=3.11"
    assert found["License-Expression"] == "Apache-2.0"
    assert found.get_all("License-File") == ["LICENSE"]
    assert found.get_all("Requires-Dist") is None, "it needs nothing but Python"
    assert "Typing :: Typed" in (found.get_all("Classifier") or [])
    pure = (ROOT / "pyproject.toml").read_text()
    assert f'"por-kernel=={found["Version"]}"' in pure, "por[exchange] asks for the kernel of this checkout"


def test_one_build_serves_every_python(wheel: Path) -> None:
    tags = parsed(wheel, "WHEEL").get_all("Tag") or []
    assert tags and all(tag.startswith("cp311-abi3-") for tag in tags)
    assert "-cp311-abi3-" in wheel.name


def test_it_is_typed_and_licensed_and_holds_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"por_kernel/__init__.pyi", "por_kernel/py.typed"} <= names
    assert [name for name in names if name.endswith("/licenses/LICENSE")]
    assert len([name for name in names if name.endswith((".so", ".pyd"))]) == 1
    assert not [name for name in names if not name.startswith(("por_kernel/", "por_kernel-"))]
    with zipfile.ZipFile(wheel) as archive:
        stub = ROOT / "kernel/py/python/por_kernel/__init__.pyi"
        assert archive.read("por_kernel/__init__.pyi") == stub.read_bytes()
        (licence,) = (archive.read(name) for name in names if name.endswith("/licenses/LICENSE"))
    assert b"Apache License" in licence


def test_it_works_alone(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, without any other package in sight."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import por_kernel;"
        "assert por_kernel.__file__.startswith(sys.path[0]), por_kernel.__file__\n"
        "try: por_kernel.verify(b'{}', b'{}', 'a')\n"
        "except por_kernel.KernelError as error: print(error.code)"
    )
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and ran.stdout.strip(), ran.stderr
