"""Archives that unpack to gigabytes, or to an error that is not ours."""

from __future__ import annotations

import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from por.audit.publication import open_publication
from por.errors import PorError
from tests.attacks.forged_world import audit
from tests.conftest import World


def packed(world: World, path: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(world.publication.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(world.publication).as_posix())
    return path


def test_the_folder_packed_is_the_folder(world: World, tmp_path: Path) -> None:
    assert audit(world, packed(world, tmp_path / "publication.zip"))[0].code == 0
    stored = packed(world, tmp_path / "stored.zip", zipfile.ZIP_STORED)
    assert open_publication(stored).files == open_publication(world.publication).files


def test_a_small_archive_of_much_nothing(world: World, tmp_path: Path) -> None:
    path = packed(world, tmp_path / "bomb.zip")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("evidence/x", "w") as entry:
        for _ in range(64):
            entry.write(bytes(1 << 20))
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(PorError) as caught:
        open_publication(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "publication-malformed" and peak < 8 << 20


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing(world: World, tmp_path: Path, method: int) -> None:
    with pytest.raises(PorError) as caught:
        open_publication(packed(world, tmp_path / "publication.zip", method))
    assert caught.value.code == "publication-malformed"


def test_a_name_that_is_no_text(world: World, tmp_path: Path) -> None:
    path = packed(world, tmp_path / "publication.zip")
    data = bytearray(path.read_bytes())
    entry = data.rfind(b"PK\x01\x02")
    data[entry + 9] |= 0x08  # names are UTF-8, it says
    data[entry + 46] = 0xFF
    path.write_bytes(data)
    with pytest.raises(PorError) as caught:
        open_publication(path)
    assert caught.value.code == "publication-malformed"


def test_archives_with_changed_bytes_are_refused_or_read(world: World, tmp_path: Path) -> None:
    path = packed(world, tmp_path / "publication.zip")
    whole, chance = path.read_bytes(), random.Random(7)
    marks = [at for at in range(len(whole) - 4) if whole[at : at + 2] == b"PK"]
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[(chance.choice(marks) + chance.randrange(46)) % len(data)] = chance.randrange(256)
        path.write_bytes(data)
        try:
            open_publication(path)
        except PorError as error:
            assert error.code and error.hint
