"""Copies of the exchange's files, and what happens to files: edits, damage, loss."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.stage import Stage, preparation


@preparation("copy")
def copy(stage: Stage, source: str, target: str) -> None:
    """`setup copy $STORE store`: a file or a folder, to be spoiled."""
    (stage.folder / target).parent.mkdir(parents=True, exist_ok=True)
    if Path(source).is_dir():
        shutil.copytree(source, stage.folder / target)
    else:
        shutil.copy2(source, stage.folder / target)


@preparation("edit")
def edit(stage: Stage, name: str, old: str, new: str) -> None:
    r"""`setup edit snapshot.toml '= 18' '= 17'`: the first place, which must be there; `\n` is a new line."""
    path = stage.folder / name
    data = path.read_bytes()
    assert old.encode() in data, f"{name} does not hold {old}"
    path.write_bytes(data.replace(old.encode(), new.replace("\\n", "\n").encode(), 1))


@preparation("remove")
def remove(stage: Stage, name: str) -> None:
    """`setup remove publication/prices.csv`."""
    path = stage.folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@preparation("cut")
def cut(stage: Stage, name: str, count: str) -> None:
    """`setup cut store/ETH.tree 10`: without its last bytes."""
    path = stage.folder / name
    path.write_bytes(path.read_bytes()[: -int(count)])


@preparation("flip")
def flip(stage: Stage, name: str, place: str) -> None:
    """`setup flip store/ETH.tree 100`: one bit of the byte at a place (from the end when it is negative)."""
    path = stage.folder / name
    data = bytearray(path.read_bytes())
    data[int(place)] ^= 1
    path.write_bytes(data)


@preparation("bytes")
def write(stage: Stage, name: str, content: str) -> None:
    """`setup bytes name.toml fffe00`: a file of these bytes, in hex."""
    (stage.folder / name).write_bytes(bytes.fromhex(content))


@preparation("folder")
def folder(stage: Stage, name: str) -> None:
    """`setup folder name`: an empty folder."""
    (stage.folder / name).mkdir(parents=True)


@preparation("mode")
def mode(stage: Stage, name: str, bits: str) -> None:
    """`setup mode secret.key 644`: permissions, in octal."""
    (stage.folder / name).chmod(int(bits, 8))


@preparation("spoil-one")
def spoil_one(stage: Stage, name: str) -> None:
    """`setup spoil-one reserves/evidence`: one bit of one of a folder's files, whatever it is called."""
    path = min(path for path in (stage.folder / name).iterdir() if path.is_file())
    flip(stage, str(path), "-1")
