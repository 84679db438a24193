"""The log in its folder: proofs in RFC order, one opener at a time, and no history begun anew."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from por import canonical
from por.attestation import log, merkle, note, private
from por.errors import ClaimError, InputError, SourceError, TrustError, UsageError
from tests.attestation import model

KEY = "ab" * 32
ORIGIN = "example.com/log"


def _payload(sequence: int) -> bytes:
    return canonical.encode({"predicate": {"snapshot": {"sequence": sequence}}})


def _fill(folder: Path, sequences: range) -> None:
    with log.open_log(folder, origin=None, default=ORIGIN, key=KEY) as opened:
        for sequence in sequences:
            opened.append(_payload(sequence))


def test_proofs_are_those_of_the_rfc(tmp_path: Path) -> None:
    """Every pair of sizes up to 33: pymerkle's consistency paths are in another order, ours are not."""
    entries = [_payload(sequence) for sequence in range(33)]
    with log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY) as opened:
        for sequence, entry in enumerate(entries):
            assert opened.append(entry) == sequence
        for size in range(1, len(entries) + 1):
            assert opened.head(size).root == model.root(entries[:size])
            for index in range(size):
                assert list(opened.inclusion(index, size)) == model.inclusion(index, entries[:size])
                old = index + 1
                expected = model.consistency(old, entries[:size]) if old < size else []
                assert list(opened.consistency(old, size)) == expected
                merkle.verify_consistency(
                    old_size=old,
                    old_root=model.root(entries[:old]),
                    new_size=size,
                    new_root=model.root(entries[:size]),
                    path=opened.consistency(old, size),
                    where="x",
                )
        assert opened.head(0).root == merkle.EMPTY_ROOT
        assert opened.consistency(0, 5) == ()


def test_sequences_are_found_and_stay(tmp_path: Path) -> None:
    _fill(tmp_path, range(3, 40, 3))
    with log.open_log(tmp_path, origin=ORIGIN, default="unused", key=KEY) as opened:
        assert opened.size == 13
        for sequence in range(45):
            expected = sequence // 3 - 1 if sequence % 3 == 0 and 3 <= sequence < 40 else None
            assert opened.find(sequence) == expected
        assert opened.entry(2) == _payload(9)


def test_one_program_at_a_time(tmp_path: Path) -> None:
    with log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY):
        with pytest.raises(SourceError) as caught, log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY):
            pass
        assert caught.value.code == "log-busy"
    _fill(tmp_path, range(1))


def test_a_log_keeps_its_name_and_key(tmp_path: Path) -> None:
    _fill(tmp_path, range(1))
    with pytest.raises(UsageError) as origin, log.open_log(tmp_path, origin="other", default=ORIGIN, key=KEY):
        pass
    assert origin.value.code == "log-origin"
    with pytest.raises(TrustError) as key, log.open_log(tmp_path, origin=None, default=ORIGIN, key="cd" * 32):
        pass
    assert key.value.code == "log-key"


@pytest.mark.parametrize("name", ["a b", "a+b", ""])
def test_a_log_is_not_begun_under_a_bad_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError), log.open_log(tmp_path / "log", origin=name, default=ORIGIN, key=KEY):
        pass
    assert not (tmp_path / "log" / "log.json").exists()


def _sign(folder: Path, size: int) -> None:
    with log.open_log(folder, origin=None, default=ORIGIN, key=KEY) as opened:
        signed = note.sign_note(opened.head(size).text(), name=ORIGIN, signers=[private.generate()])
        opened.save_checkpoint(signed.to_bytes())


def _refused(folder: Path) -> str:
    with pytest.raises(ClaimError) as caught, log.open_log(folder, origin=None, default=ORIGIN, key=KEY):
        pass
    return caught.value.code


def test_a_shortened_or_rewritten_log_is_not_opened(tmp_path: Path) -> None:
    """Whatever was signed must stay: an older backup, an empty file, another history."""
    good, older, other = tmp_path / "good", tmp_path / "older", tmp_path / "other"
    _fill(older, range(2))
    shutil.copytree(older, good)
    _fill(good, range(2, 4))
    _sign(good, 4)
    _fill(other, range(10, 15))
    for source in (older, other):
        shutil.copy(source / "log.sqlite", good / "log.sqlite")
        assert _refused(good) == "log-damaged"
    (good / "log.sqlite").unlink()
    assert _refused(good) == "log-damaged"
    (good / "log.json").unlink()
    assert _refused(good) == "log-damaged"


def test_an_edited_entry_is_noticed(tmp_path: Path) -> None:
    _fill(tmp_path, range(3))
    with sqlite3.connect(tmp_path / "log.sqlite") as connection:
        connection.execute("DROP TRIGGER leaf_no_update")
        connection.execute("UPDATE leaf SET entry = ? WHERE id = 3", (_payload(9),))
    with (
        pytest.raises(ClaimError) as caught,
        log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY) as opened,
    ):
        opened.find(2)
    assert caught.value.code == "log-damaged"


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    _fill(tmp_path, range(1))
    (tmp_path / "log.sqlite").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(SourceError) as caught, log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY):
        pass
    assert caught.value.code == "log-unreachable"


@pytest.mark.parametrize("text", [b"{}", b"[]", b"x", b'{"format":"por-log/2","key":"","origin":""}'])
def test_a_spoilt_identity(text: bytes, tmp_path: Path) -> None:
    _fill(tmp_path, range(1))
    (tmp_path / "log.json").write_bytes(text)
    with pytest.raises(InputError), log.open_log(tmp_path, origin=None, default=ORIGIN, key=KEY):
        pass
