"""Whatever is changed in a proof or in a published file is refused."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from tests.conftest import World, good, por

POSITIONS = (0, 7, 0.25, 0.5, 0.75, -2, -1)
"""Bytes of each file that are changed: some at fixed places, some in between, the last ones."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every scalar of a JSON value, by its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
        return
    for key, item in items:
        yield from places(item, (*path, key))


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    """A copy in which one scalar is another one of the same kind."""
    found = copy.deepcopy(document)
    holder = found
    for key in path[:-1]:
        holder = holder[key]
    old = holder[path[-1]]
    if isinstance(old, bool):
        holder[path[-1]] = not old
    elif isinstance(old, int):
        holder[path[-1]] = old + 1
    elif old.isdigit():
        holder[path[-1]] = str(int(old) + 1)
    else:
        middle = len(old) // 2
        holder[path[-1]] = old[:middle] + ("0" if old[middle : middle + 1] != "0" else "1") + old[middle + 1 :]
    return found


def check(world: World, proof: Path) -> int:
    return por("verify", proof, "--key", world.key, "--account-id-file", world.account_file).code


def test_every_value_of_a_proof_counts(world: World, tmp_path: Path) -> None:
    document = json.loads(world.proof.read_bytes())
    assert check(world, world.proof) == 0
    walked = list(places(document))
    assert len(walked) > 60
    for path in walked:
        spoiled = tmp_path / "proof.json"
        spoiled.write_bytes(canonical.encode(changed(document, path)))
        assert check(world, spoiled) in (1, 3, 5), path


def test_every_key_of_a_proof_counts(world: World, tmp_path: Path) -> None:
    document = json.loads(world.proof.read_bytes())
    for path in {place[:depth] for place in places(document) for depth in range(1, len(place) + 1)}:
        found = copy.deepcopy(document)
        holder = found
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
        (tmp_path / "proof.json").write_bytes(canonical.encode(found))
        code = check(world, tmp_path / "proof.json")
        # Without an entry the proof shows less, and says so; without anything else it is no proof.
        assert code in (1, 3, 5) or (path[0] == "entries" and len(path) == 2), path


def test_bytes_of_every_published_file_count(world: World, tmp_path: Path) -> None:
    names = sorted(path.relative_to(world.publication) for path in world.publication.rglob("*") if path.is_file())
    assert len(names) >= 12
    assert por("audit", world.publication, "--key", world.key).code == 0
    for name in names:
        original = (world.publication / name).read_bytes()
        for position in POSITIONS:
            index = int(position * len(original)) if isinstance(position, float) else position
            spoiled = bytearray(original)
            spoiled[index] ^= 0x01
            assert audit_with(world, tmp_path, name, bytes(spoiled)) != 0, (name, position)
        for spoiled_whole in (b"", original[:-1], original + b"\n"):
            assert audit_with(world, tmp_path, name, spoiled_whole) != 0, (name, len(spoiled_whole))
        assert audit_with(world, tmp_path, name, None) != 0, name


def audit_with(world: World, tmp_path: Path, name: Path, data: bytes | None) -> int:
    """Audit a copy in which one file is other bytes, or is gone."""
    folder = tmp_path / "publication"
    if not folder.exists():
        shutil.copytree(world.publication, folder)
    kept = (folder / name).read_bytes()
    try:
        if data is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(data)
        return por("audit", folder, "--key", world.key).code
    finally:
        (folder / name).write_bytes(kept)


def test_a_file_more_is_refused(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "publication"
    shutil.copytree(world.publication, folder)
    (folder / "summary.html").write_text("<p>all is well</p>")
    ran = por("audit", folder, "--key", world.key, "--json")
    assert ran.code == 1
    files = next(check for check in ran.document["checks"] if check["id"] == "files")
    assert "summary.html is not a file of this publication" in files["detail"]


def test_a_link_is_refused(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "publication"
    shutil.copytree(world.publication, folder)
    (folder / "prices.csv").unlink()
    (folder / "prices.csv").symlink_to(world.publication / "prices.csv")
    assert por("audit", folder, "--key", world.key).code == 3


def test_a_zip_is_as_good_as_the_folder(world: World, tmp_path: Path) -> None:
    for base in (world.publication, world.folder):
        names = None if base == world.publication else world.publication.name
        packed = shutil.make_archive(str(tmp_path / f"packed-{names}"), "zip", base, names)
        good("audit", packed, "--key", world.key)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not a zip", b"{}"])
def test_what_is_no_publication_is_told(world: World, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "publication.zip"
    path.write_bytes(data)
    ran = por("audit", path, "--key", world.key)
    assert ran.code == 3 and "hint:" in ran.err
