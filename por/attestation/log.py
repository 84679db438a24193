"""The append-only log in a folder of the exchange: an RFC 9162 tree over statement payloads, kept by pymerkle.

    log.json     who: {"format": "por-log/1", "origin", "key"}, written once
    log.sqlite   the entries (payload bytes) and their leaf hashes
    checkpoint   the last signed head, a C2SP signed note
    lock         held while a program works on the log

Sequences rise strictly from entry to entry, so that one sequence can never have two entries.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from por import canonical
from por.attestation import merkle, note
from por.attestation.keyfile import PREPARER
from por.attestation.keys import check_name
from por.errors import ClaimError, InputError, PorError, SourceError, TrustError, UsageError
from por.files import explain, read_bytes, sync_folder, write_bytes

if TYPE_CHECKING:
    from pymerkle import SqliteTree

    from por.attestation.keychain import KeyChain

FORMAT = "por-log/1"
CHECKPOINT = "checkpoint"
"""The file of the newest signed head, with what witnesses added to it."""

_IDENTITY, _TREE, _LOCK = "log.json", "log.sqlite", "lock"
_RESTORE = "restore the log's folder from its newest backup; a history must never be begun anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """An open log. Indices count from 0, sizes are numbers of entries, hashes have 32 bytes."""

    origin: str
    key: str
    folder: Path
    tree: SqliteTree

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self.tree.get_size())

    def head(self, size: int) -> note.Checkpoint:
        """Return the log's head as it was, or is, at `size` entries."""
        try:
            return note.Checkpoint(origin=self.origin, size=size, root=bytes(self.tree.get_root(size)))
        except TypeError:
            raise _damaged("a hash is no bytes") from None

    def entry(self, index: int) -> bytes:
        """Return the payload at `index`; ClaimError when the file does not hold what was hashed."""
        payload = self.tree.get_entry(index + 1)
        if not isinstance(payload, bytes) or merkle.leaf_hash(payload) != self.tree.get_leaf(index + 1):
            raise _damaged(f"entry {index} is not what was hashed")
        return payload

    def sequence(self, index: int) -> int:
        """Return the sequence of the statement at `index`."""
        try:
            value = canonical.decode(self.entry(index), where=f"entry {index}")
            return int(value["predicate"]["snapshot"]["sequence"])
        except (InputError, KeyError, TypeError, ValueError):
            raise _damaged(f"entry {index} is no statement") from None

    def find(self, sequence: int) -> int | None:
        """Return the index of the statement with `sequence`, or None: sequences rise, so by halving."""
        low, high = 0, self.size
        while low < high:
            middle = (low + high) // 2
            if self.sequence(middle) < sequence:
                low = middle + 1
            else:
                high = middle
        return low if low < self.size and self.sequence(low) == sequence else None

    def append(self, payload: bytes) -> int:
        """Add an entry and return its index; on disk when this returns."""
        with _sqlite_errors(self.folder):
            return int(self.tree.append_entry(payload)) - 1

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the RFC 9162 inclusion path of an entry in the log of `size` entries."""
        return tuple(self.tree.prove_inclusion(index + 1, size).path[1:])

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """Return the RFC 9162 consistency path between two sizes; empty from an empty log and between equal sizes."""
        if old_size in (0, new_size):
            return ()
        proof = self.tree.prove_consistency(old_size, new_size)
        return _rfc_order(proof.path, proof.subset)

    def save_checkpoint(self, data: bytes) -> None:
        """Keep the newest signed head."""
        write_bytes(self.folder / CHECKPOINT, data)


@contextmanager
def open_log(folder: Path, *, origin: str | None, default: str, key: str) -> Iterator[Log]:
    """Open the log in `folder`, or begin it there under `origin` (else `default`) and the key with id `key`.

    UsageError when it has another origin; TrustError when another key began it; SourceError when another program
    holds it or the disk fails; ClaimError when it does not contain the checkpoint that it signed last.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("wb") as lock:
            _hold(lock.fileno(), folder)
            name = _identity(folder, origin=origin, default=default, key=key)
            with _tree(folder) as tree:
                log = Log(origin=name, key=key, folder=folder, tree=tree)
                _check_last(log)
                yield log
    except OSError as error:
        raise explain(error, folder) from None


def first_key(folder: Path, key: str, chain: KeyChain | None) -> str:
    """Return the id under which a log is opened to be signed by `key`: its first key, where that one is succeeded.

    `chain` is the exchange's own key file; without one, or where it says nothing of the two, `key` itself. UsageError
    `key-role` when it says that the key signs no logs.
    """
    if chain is None:
        return key
    entry = chain.newest.find(key)
    if entry is not None and PREPARER not in entry.roles:
        raise UsageError(
            f"the key {entry.name!r} is of no {PREPARER} by the key file, and only theirs sign the log",
            code="key-role",
            hint=f"sign with a key of the role {PREPARER}; others add theirs with `por countersign`",
        )
    if not log_begun(folder):
        if entry is None or entry.succeeds is not None:
            whose = "is not in the key file" if entry is None else f"goes on with the log of {entry.succeeds!r}"
            raise UsageError(
                f"{folder}: there is no log, and this key begins none: it {whose}",
                code="key-role",
                hint="give the folder of the log that there is; a second one would hide a second history",
            )
        return key
    first = _read_identity(folder)["key"]
    return first if key in {row.key.keyid for row in chain.newest.heirs(first)} else key


def log_begun(folder: Path) -> bool:
    """Tell whether there is a log in `folder`, or anything left of one."""
    return any((folder / name).exists() for name in (_IDENTITY, _TREE, CHECKPOINT))


@contextmanager
def reopen_log(folder: Path) -> Iterator[Log]:
    """Open the log that stands in `folder`, as its own log.json says; InputError `log-missing` when there is none."""
    if not log_begun(folder):
        raise InputError(f"{folder}: not a log", code="log-missing", hint="give the folder of `por attest --log`")
    with open_log(folder, origin=None, default="", key=_read_identity(folder)["key"]) as log:
        yield log


def last_entry(folder: Path) -> bytes | None:
    """Return the newest payload of the log in `folder`, or None when there is no log or nothing in it."""
    if not log_begun(folder):
        return None
    value = _read_identity(folder)
    with open_log(folder, origin=None, default="", key=value["key"]) as log:
        return log.entry(log.size - 1) if log.size else None


def read_checkpoint(folder: Path) -> note.Checkpoint | None:
    """Return the head that the log in `folder` signed last, unverified, or None when it has not signed any."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    return note.parse_checkpoint(note.parse_note(read_bytes(path), where=str(path)), where=str(path))


def _hold(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SourceError(
            f"{folder}: another program is working on this log",
            code="log-busy",
            hint="wait until it has ended; two at once would give one sequence two statements",
        ) from None


def _identity(folder: Path, *, origin: str | None, default: str, key: str) -> str:
    path = folder / _IDENTITY
    if not path.exists():
        if (folder / _TREE).exists() or (folder / CHECKPOINT).exists():
            raise _damaged(f"{path} is missing")
        name = check_name(origin if origin is not None else default)
        write_bytes(path, canonical.encode({"format": FORMAT, "origin": name, "key": key}))
        return name
    value = _read_identity(folder)
    if origin is not None and value["origin"] != origin:
        raise UsageError(
            f"{folder}: this log is {value['origin']}, not {origin}",
            code="log-origin",
            hint="leave out the origin; a log keeps its own",
        )
    if value["key"] != key:
        raise TrustError(
            f"{folder}: this log was begun with key {str(value['key'])[:16]}..., not {key[:16]}...",
            code="log-key",
            hint="sign with the key that began the log, or with its successor: --key-file with the file that says so",
        )
    return check_name(value["origin"])


def _read_identity(folder: Path) -> dict[str, str]:
    path = folder / _IDENTITY
    if not path.exists():
        raise _damaged(f"{path} is missing")
    value = canonical.decode(read_bytes(path), where=str(path))
    good = isinstance(value, dict) and set(value) == {"format", "origin", "key"} and value["format"] == FORMAT
    if not good or not all(isinstance(item, str) for item in value.values()):
        raise InputError(f"{path}: not of the format {FORMAT}", code="log-malformed", hint=_RESTORE)
    return dict(value)


@contextmanager
def _tree(folder: Path) -> Iterator[SqliteTree]:
    try:
        from pymerkle import SqliteTree
    except ImportError:
        raise UsageError(
            "keeping a log needs the library pymerkle", code="extra-missing", hint="pip install 'por[exchange]'"
        ) from None
    with _sqlite_errors(folder):
        try:
            tree = SqliteTree(str(folder / _TREE))
        except ValueError:
            raise _damaged(f"{folder / _TREE} has gaps") from None
    try:
        sync_folder(folder)
        with _sqlite_errors(folder):
            yield tree
    finally:
        tree.close()


@contextmanager
def _sqlite_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        full = "full" in str(error)
        raise SourceError(
            f"{folder / _TREE}: {error}",
            code="disk-full" if full else "log-unreachable",
            hint="free some space and run the same command again" if full else f"check the disk, else {_RESTORE}",
        ) from None


def _check_last(log: Log) -> None:
    """A log must never sign what does not contain all that it signed before."""
    last = read_checkpoint(log.folder)
    if last is None:
        return
    if last.origin != log.origin or last.size > log.size or log.head(last.size) != last:
        raise _damaged(f"{log.folder} does not contain the checkpoint that it signed at {last.size} entries")


def _rfc_order(path: Sequence[bytes], subset: Sequence[int]) -> tuple[bytes, ...]:
    """Turn pymerkle's consistency path into that of RFC 9162 section 2.1.4.1.

    pymerkle walks down to one leaf where the old tree ends on a subtree's border; RFC 9162 stops at the subtree. So
    what stands before the first hash of the old tree is folded into one, and goes behind that hash. The RFC leaves
    out the old root where the old tree is one whole subtree.
    """
    first = list(subset).index(1)
    if first == 0:
        return tuple(path)
    right = path[0]
    for sibling in path[1:first]:
        right = merkle.node_hash(right, sibling)
    old = () if sum(subset) == 1 else (path[first],)
    return (*old, right, *path[first + 1 :])


def _damaged(message: str) -> PorError:
    return ClaimError(f"the log is damaged: {message}", code="log-damaged", hint=_RESTORE)
