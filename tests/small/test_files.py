"""Files and folders appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from por import files
from por.errors import InputError, SourceError


def test_a_file_takes_its_place_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    files.write_bytes(path, b"old")
    files.write_bytes(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with files.new_folder(out) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(RuntimeError), files.new_folder(out) as folder:
        (folder / "a").write_text("half")
        raise RuntimeError
    assert (out / "a").read_text() == "old" and list(tmp_path.iterdir()) == [out]
    with files.new_folder(out) as folder:
        (folder / "b").write_text("new")
    assert [path.name for path in out.iterdir()] == ["b"] and list(tmp_path.iterdir()) == [out]


def test_a_full_device_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught, Path("/dev/full").open("wb", buffering=0) as full:
        try:
            full.write(b"x")
        except OSError as error:
            raise files.explain(error, tmp_path / "a") from None
    assert caught.value.code == "disk-full" and str(tmp_path) in caught.value.message


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        files.read_bytes(tmp_path / "missing")
    (tmp_path / "large").write_bytes(b"12345")
    with pytest.raises(InputError, match="larger"):
        files.read_bytes(tmp_path / "large", limit=4)
    (tmp_path / "latin").write_bytes(b"\xe9")
    with pytest.raises(InputError, match="UTF-8"):
        files.read_text(tmp_path / "latin")
    with pytest.raises(SourceError):
        files.read_bytes(tmp_path)
