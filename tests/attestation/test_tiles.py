"""The log as static files: the layout of c2sp.org/tlog-tiles, read by a reader that knows nothing of ours."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from por import canonical
from por.attestation import log, note, private, tiles
from por.audit.logfolder import check_log_folder
from por.errors import ClaimError
from tests.attestation import model, samples, tilereader

ORIGIN = "example.com/log"
SIGNER = private.generate()


def payload(sequence: int, filler: str = "") -> bytes:
    return canonical.encode({"predicate": {"snapshot": {"sequence": sequence}, "filler": filler}})


def publish(opened: log.Log) -> None:
    signed = note.sign_note(opened.head(opened.size).text(), name=ORIGIN, signers=[SIGNER]).to_bytes()
    tiles.write_tiles(opened, signed)


def test_tiles_of_the_specifications_example() -> None:
    found = Counter((level, width) for level, _, width in tiles.tiles_of(70_000))
    assert found == {(0, 256): 273, (0, 112): 1, (1, 256): 1, (1, 17): 1, (2, 1): 1}
    assert list(tiles.tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles.tiles_of(0)) == []


@pytest.mark.parametrize(
    ("tile", "name"),
    [
        ((0, 1234067, 256), "tile/0/x001/x234/067"),
        ((0, 0, 1), "tile/0/000.p/1"),
        ((2, 999, 255), "tile/2/999.p/255"),
        ((1, 1000, 256), "tile/1/x001/000"),
        (("entries", 273, 112), "tile/entries/273.p/112"),
    ],
)
def test_names(tile: tuple[int | str, int, int], name: str) -> None:
    assert tiles.tile_path(*tile) == name == tilereader.path(str(tile[0]), tile[1], tile[2])


@pytest.mark.parametrize("step", [1, 3, 100, 300])
def test_every_head_can_be_read(tmp_path: Path, step: int) -> None:
    """Past two borders of tiles, and past 256 with one level more; each head that was signed stays readable."""
    entries, signed = [], []
    public = tmp_path / tiles.PUBLIC
    sizes = range(step, 600 if step >= 100 else 30 if step == 1 else 265, step)
    with log.open_log(tmp_path, origin=ORIGIN, default="x", key="ab" * 32) as opened:
        for size in sizes:
            while opened.size < size:
                entries.append(payload(opened.size))
                opened.append(entries[-1])
            publish(opened)
            signed.append(size)
            assert tilereader.verify(public) == size
    for size in signed:
        assert tilereader.root(public, size) == model.root(entries[:size])
        assert tilereader.entries(public, size) == entries[:size]
    for path in (public / "tile").rglob("*"):
        if path.is_file():
            assert path.stat().st_size > 0, "empty tiles must not be served"
    assert (public / "statement/0.json").read_bytes() == entries[0]


def test_what_stands_there_is_never_written_again(tmp_path: Path) -> None:
    with log.open_log(tmp_path, origin=ORIGIN, default="x", key="ab" * 32) as opened:
        for sequence in range(5):
            opened.append(payload(sequence))
            publish(opened)
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "public/tile").rglob("*") if path.is_file()}
        opened.append(payload(9))
        publish(opened)
    assert all(path.stat().st_mtime_ns == moment for path, moment in before.items())


def test_a_statement_too_large_for_a_bundle_stands_alone(tmp_path: Path) -> None:
    large = payload(1, "x" * 70_000)
    with log.open_log(tmp_path, origin=ORIGIN, default="x", key="ab" * 32) as opened:
        for entry in (payload(0), large):
            opened.append(entry)
            publish(opened)
    public = tmp_path / tiles.PUBLIC
    assert tilereader.root(public, 2) == tilereader.checkpoint(public)[1]
    assert (public / "tile/entries/000.p/1").exists() and not (public / "tile/entries/000.p/2").exists()
    assert (public / "statement/1.json").read_bytes() == large


def test_attest_writes_them_and_log_verify_compares(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    exchange = exchange.next()
    exchange.attest()
    public = exchange.log / tiles.PUBLIC
    assert tilereader.verify(public) == 2
    assert (public / "checkpoint").read_bytes() == (exchange.log / "checkpoint").read_bytes()

    def outcome() -> str:
        found = {row.id: row.outcome.value for row in check_log_folder(exchange.log, keys=[exchange.signer.public])}
        return found["log-tiles"]

    assert outcome() == "holds"
    for name in ("tile/0/000.p/2", "tile/entries/000.p/2", "statement/0.json"):
        data = (public / name).read_bytes()
        (public / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(ClaimError, match=name) as caught:
            outcome()
        assert caught.value.code == "log-tiles"
        (public / name).unlink()
        with pytest.raises(ClaimError, match="missing"):
            outcome()
        (public / name).write_bytes(data)
    assert outcome() == "holds"


def test_the_files_on_the_page(tmp_path: Path) -> None:
    with log.open_log(tmp_path, origin=ORIGIN, default="x", key="ab" * 32) as opened:
        for sequence in range(3):
            opened.append(payload(sequence))
            publish(opened)
    page = (Path(__file__).parents[2] / "docs/spec/tiles.md").read_text()
    listed = page.partition("```text\n")[2].partition("```")[0].split()
    assert sorted(samples.contents(tmp_path / tiles.PUBLIC)) == sorted(listed)
