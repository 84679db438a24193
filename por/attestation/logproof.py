"""What a publication carries to show its place in the log: checkpoint, inclusion.json and consistency.json.

Reads and checks only; needs neither the log nor pymerkle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from por import canonical
from por.attestation import merkle, note
from por.attestation.keys import PublicKey
from por.attestation.position import Position, keys_of, malformed, parse_size
from por.errors import ClaimError, InputError

INCLUSION_FORMAT = "por-inclusion/1"
CONSISTENCY_FORMAT = "por-consistency/1"
CHECKPOINT, INCLUSION, CONSISTENCY = "log/checkpoint", "log/inclusion.json", "log/consistency.json"
"""Names in a publication."""

MAX_PATH = 64
"""Hashes of a path: a log of 2^53 entries needs 53, and its consistency proofs one more."""


def write_inclusion(*, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the bytes of inclusion.json."""
    return canonical.encode(
        {"format": INCLUSION_FORMAT, "index": index, "size": size, "path": [item.hex() for item in path]}
    )


def write_consistency(*, old: note.Checkpoint, new: note.Checkpoint, path: Sequence[bytes]) -> bytes:
    """Return the bytes of consistency.json; for the first statement `old` is the empty log and the path is empty."""
    return canonical.encode(
        {
            "format": CONSISTENCY_FORMAT,
            "from": {"size": old.size, "root": old.root.hex()},
            "to": {"size": new.size, "root": new.root.hex()},
            "path": [item.hex() for item in path],
        }
    )


def verify_place(
    *, position: Position, payload: bytes, files: Mapping[str, bytes], keys: Sequence[PublicKey]
) -> note.Checkpoint:
    """Check a publication's three log files against its statement, and return the signed head.

    `files` maps names in the publication to bytes. InputError when a file is missing or malformed; ClaimError when the
    checkpoint is not signed under the log's name by one of `keys`, when the statement is not in it, or when it does
    not extend the checkpoint that the statement names.
    """
    signed = note.parse_note(_file(files, CHECKPOINT), where=CHECKPOINT)
    head = note.parse_checkpoint(signed, where=CHECKPOINT)
    note.verify_note(signed, name=position.origin, keys=keys, where=CHECKPOINT)
    if head.origin != position.origin:
        raise ClaimError(
            f"{CHECKPOINT}: of the log {head.origin}, but the statement names {position.origin}",
            code="checkpoint-origin",
            hint="keep both as evidence and ask the exchange",
        )
    index, size, path = _parse_inclusion(_file(files, INCLUSION))
    if index != position.index or size != head.size:
        raise ClaimError(
            f"{INCLUSION}: for entry {index} of {size}, not for entry {position.index} of {head.size}",
            code="log-inclusion",
            hint="the files are not of one publication; fetch it again",
        )
    leaf = merkle.leaf_hash(payload)
    merkle.verify_inclusion(leaf=leaf, index=index, size=size, root=head.root, path=path, where=INCLUSION)
    old, new, path = _parse_consistency(_file(files, CONSISTENCY))
    if old != (position.index, position.before) or new != (head.size, head.root):
        raise ClaimError(
            f"{CONSISTENCY}: not between the checkpoint that the statement names and the one beside it",
            code="log-consistency",
            hint="the files are not of one publication; fetch it again",
        )
    merkle.verify_consistency(
        old_size=old[0], old_root=old[1], new_size=new[0], new_root=new[1], path=path, where=CONSISTENCY
    )
    return head


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise InputError(f"{name} is missing", code="publication-incomplete", hint="fetch the publication again, whole")
    return files[name]


def _parse_inclusion(data: bytes) -> tuple[int, int, list[bytes]]:
    where = INCLUSION
    row = keys_of(canonical.decode(data, where=where), {"format", "index", "size", "path"}, where=where)
    if row["format"] != INCLUSION_FORMAT:
        raise malformed(f"{where}: not of the format {INCLUSION_FORMAT}")
    index, size = (parse_size(row[name], where=f"{where}: {name}") for name in ("index", "size"))
    return index, size, _path(row["path"], where=where)


def _parse_consistency(data: bytes) -> tuple[tuple[int, bytes], tuple[int, bytes], list[bytes]]:
    where = CONSISTENCY
    row = keys_of(canonical.decode(data, where=where), {"format", "from", "to", "path"}, where=where)
    if row["format"] != CONSISTENCY_FORMAT:
        raise malformed(f"{where}: not of the format {CONSISTENCY_FORMAT}")
    ends = []
    for name in ("from", "to"):
        end = keys_of(row[name], {"size", "root"}, where=f"{where}: {name}")
        root = canonical.parse_hex(end["root"], 32, where=f"{where}: {name}.root")
        ends.append((parse_size(end["size"], where=f"{where}: {name}.size"), root))
    return ends[0], ends[1], _path(row["path"], where=where)


def _path(value: object, *, where: str) -> list[bytes]:
    if not isinstance(value, list) or len(value) > MAX_PATH:
        raise malformed(f"{where}: path is no list of at most {MAX_PATH} hashes")
    return [canonical.parse_hex(item, 32, where=f"{where}: path[{i}]") for i, item in enumerate(value)]
