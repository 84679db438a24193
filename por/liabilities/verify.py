"""Check an inclusion proof: is this person's balance counted under the root that was signed?

This file, `por.errors` and `por.amounts` are all there is to it, over the standard library; docs/spec/proof.md
says the same in words. The caller has already checked who signed the statement and that the proof is RFC 8785
JSON without repeated keys; everything else happens here, in this order, and every failure has a code of its own:

    account_id          1 to 255 characters of printable ASCII, typed by the person
    form                exactly the known keys, types and spellings            InputError: not a proof
    statement           the same snapshot, assets once and in order            ClaimError from here on
    shape               indices, path lengths and number of pieces are those that the statement gives
    hashes              leaf and path give the statement's root and total

A step is done for the whole document before the next begins, so nothing is hashed before all of it has its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from por.amounts import LIMIT, parse_units
from por.errors import ClaimError, InputError

FORMAT = "por-proof/1"

MAX_PIECES = 256
"""Pieces a balance may be split into; more would make proofs too long to hand out."""

_ACCOUNT_ID = re.compile(r"[\x21-\x7e]{1,255}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_FALSE_HINT = "do not accept it, keep the file: it is not what the exchange signed"
_TYPING_HINT = "was the account id typed exactly as the exchange has it? if so, keep the file: the proof is false"
_OTHER_HINT = "fetch the proof and the statement of the same snapshot"
_VERSION_HINT = "this program reads version 1; a newer one may be needed"
_FORM_HINT = "the file is damaged or not a proof of ours; fetch it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRoot:
    """What the statement says of one asset: `count` leaves under `root` (32 bytes), summing to `total` base units."""

    asset: str
    decimals: int
    count: int
    total: int
    root: bytes
    pieces: int
    split_above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the proof shows for the person: `amount` base units of `asset`, at these leaves of the tree."""

    asset: str
    decimals: int
    amount: int
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A leaf as a proof has it: `amount` base units, `nonce` (16 bytes), and its siblings' (hash, sum) from below."""

    where: str
    amount: int
    nonce: bytes
    index: int
    path: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """The pieces of one asset; `where` names the place for errors."""

    where: str
    asset: str
    pieces: tuple[Piece, ...]


def verify_proof(
    proof: Mapping[str, object], *, snapshot_id: bytes, roots: Mapping[str, AssetRoot], account_id: str
) -> tuple[Found, ...]:
    """Return what `proof` (a decoded por-proof/1 document) shows for `account_id`, one Found per asset.

    `snapshot_id` (32 bytes) and `roots` (asset code to root) come from a statement whose signature was checked,
    never from the proof. Raises InputError when the document is malformed and ClaimError when it does not hold.
    """
    check_account_id(account_id)
    proved_id, entries = _read(proof)
    _check_statement(proved_id, entries, snapshot_id, roots)
    return verify_entries(entries, roots=roots, account_id=account_id)


def verify_entries(entries: tuple[Entry, ...], *, roots: Mapping[str, AssetRoot], account_id: str) -> tuple[Found, ...]:
    """Check shape and hashes of entries that have the form of a proof; raise ClaimError when they do not hold."""
    for entry in entries:
        _check_shape(entry, roots[entry.asset])
    for entry in entries:
        _check_hashes(entry, roots[entry.asset], account_id.encode("ascii"))
    return tuple(
        Found(
            asset=entry.asset,
            decimals=roots[entry.asset].decimals,
            amount=sum(piece.amount for piece in entry.pieces),
            indices=tuple(piece.index for piece in entry.pieces),
        )
        for entry in entries
    )


def check_account_id(account_id: object) -> str:
    """Return an id of 1 to 255 characters 0x21 to 0x7E; raise InputError (the id itself is not repeated in it)."""
    if not isinstance(account_id, str) or not _ACCOUNT_ID.fullmatch(account_id):
        raise InputError(
            "the account id is not 1 to 255 characters of printable ASCII without blanks",
            code="account-id-malformed",
            hint="type it as the exchange writes it, without blanks around it",
        )
    return account_id


# --- the statement and the shape -------------------------------------------------------------------------------


def _check_statement(
    proved_id: bytes, entries: tuple[Entry, ...], snapshot_id: bytes, roots: Mapping[str, AssetRoot]
) -> None:
    if proved_id != snapshot_id:
        raise _refuse(
            "proof", "it is for another snapshot than the statement", code="snapshot-mismatch", hint=_OTHER_HINT
        )
    seen: list[str] = []
    for entry in entries:
        if entry.asset in seen:
            raise _refuse(entry.where, f"{entry.asset[:40]!r} stands twice", code="asset-repeated")
        if seen and entry.asset < seen[-1]:
            raise _refuse(entry.where, "entries are not sorted by asset", code="asset-order")
        if entry.asset not in roots:
            raise _refuse(entry.where, f"the statement has no asset {entry.asset[:40]!r}", code="asset-unknown")
        seen.append(entry.asset)


def _check_shape(entry: Entry, root: AssetRoot) -> None:
    """Everything that (count, pieces, split_above) of the statement fixes, before anything is hashed."""
    for piece in entry.pieces:
        if not 0 <= piece.index < root.count:
            raise _refuse(piece.where, f"there is no leaf {piece.index} of {root.count}", code="index-out-of-range")
        wanted = len(path_sides(piece.index, root.count))
        if len(piece.path) != wanted:
            raise _refuse(piece.where, f"the path has {len(piece.path)} steps, not {wanted}", code="path-length")
    if len({piece.index for piece in entry.pieces}) != len(entry.pieces):
        raise _refuse(entry.where, "two pieces are one leaf", code="index-repeated")
    balance = sum(piece.amount for piece in entry.pieces)
    if balance >= LIMIT:
        raise _refuse(entry.where, "the pieces add up to 2^128 or more", code="sum-overflow")
    expected = root.pieces if balance > root.split_above else 1
    if len(entry.pieces) != expected:
        raise _refuse(entry.where, f"{len(entry.pieces)} pieces, not {expected}", code="pieces-count")


def path_sides(index: int, count: int) -> tuple[bool, ...]:
    """Return, from leaf `index` of `count` up to the root, whether each sibling stands on the left (RFC 9162 2.1.1).

    On each level the last node has no sibling when its place is even: it goes up alone and adds no step.
    """
    sides, last = [], count - 1
    while last > 0:
        if index & 1 or index < last:
            sides.append(bool(index & 1))
        index, last = index >> 1, last >> 1
    return tuple(sides)


# --- the hashes ------------------------------------------------------------------------------------------------


def _check_hashes(entry: Entry, root: AssetRoot, account_id: bytes) -> None:
    for piece in entry.pieces:
        digest, total = hash_leaf(piece.nonce, piece.amount, account_id), piece.amount
        for left, sibling in zip(path_sides(piece.index, root.count), piece.path, strict=True):
            here = (digest, total)
            digest = hash_node(sibling, here) if left else hash_node(here, sibling)
            total += sibling[1]
            if total >= LIMIT:
                raise _refuse(piece.where, "the sums of the path reach 2^128", code="sum-overflow")
        if digest != root.root:
            raise _refuse(
                piece.where, "it does not lead to the root of the statement", code="root-mismatch", hint=_TYPING_HINT
            )
        if total != root.total:
            raise _refuse(piece.where, "its sums are not the total of the statement", code="total-mismatch")


def hash_leaf(nonce: bytes, amount: int, account_id: bytes) -> bytes:
    """H(0x00 || nonce(16) || amount(16) || account_id): fixed widths, and one variable field at the end."""
    return sha256(b"\x00" + nonce + amount.to_bytes(16, "big") + account_id).digest()


def hash_node(left: tuple[bytes, int], right: tuple[bytes, int]) -> bytes:
    """H(0x01 || left.hash || left.sum(16) || right.hash || right.sum(16)): each child's own sum is hashed."""
    return sha256(b"\x01" + left[0] + left[1].to_bytes(16, "big") + right[0] + right[1].to_bytes(16, "big")).digest()


# --- the form of the document ----------------------------------------------------------------------------------


def _read(proof: object) -> tuple[bytes, tuple[Entry, ...]]:
    """Keys and types of the whole document first, then the spelling of its values."""
    document = _check_form(proof)
    snapshot_id = _hex(document["snapshot_id"], 32, where="snapshot_id")
    if "attestation" in document:
        _hex(document["attestation"]["digest"], 32, where="attestation.digest")
    return snapshot_id, tuple(_read_entry(entry, where) for where, entry in _numbered(document["entries"], "entries"))


def _read_entry(entry: Mapping[str, Any], where: str) -> Entry:
    pieces = tuple(_read_piece(piece, place) for place, piece in _numbered(entry["pieces"], f"{where}.pieces"))
    return Entry(where, entry["asset"], pieces)


def _read_piece(piece: Mapping[str, Any], where: str) -> Piece:
    return Piece(
        where,
        parse_units(piece["amount"], where=f"{where}.amount"),
        _hex(piece["nonce"], 16, where=f"{where}.nonce"),
        piece["index"],
        tuple(
            (_hex(step["hash"], 32, where=f"{place}.hash"), parse_units(step["sum"], where=f"{place}.sum"))
            for place, step in _numbered(piece["path"], f"{where}.path")
        ),
    )


def _check_form(proof: object) -> dict[str, Any]:
    if not isinstance(proof, dict) or not isinstance(proof.get("format"), str):
        raise _malformed("proof", "not an object with a format")
    if proof["format"] != FORMAT:
        raise InputError(
            f"proof: of the format {proof['format'][:40]!r}, not {FORMAT}", code="proof-format", hint=_VERSION_HINT
        )
    fields: dict[str, type] = {"format": str, "snapshot_id": str, "entries": list}
    _object(proof, fields, where="proof", optional={"attestation": dict})
    for where, entry in _numbered(proof["entries"], "entries"):
        _object(entry, {"asset": str, "pieces": list}, where=where)
        for place, piece in _numbered(entry["pieces"], f"{where}.pieces"):
            _object(piece, {"amount": str, "nonce": str, "index": int, "path": list}, where=place)
            for step_place, step in _numbered(piece["path"], f"{place}.path"):
                _object(step, {"hash": str, "sum": str}, where=step_place)
    if "attestation" in proof:
        _object(proof["attestation"], {"digest": str}, where="attestation", optional={"envelope": dict})
    return proof


def _object(
    value: object, fields: Mapping[str, type], *, where: str, optional: Mapping[str, type] = MappingProxyType({})
) -> None:
    """Exactly these keys, exactly these types: `type(...) is`, because Python's True is an int."""
    if not isinstance(value, dict) or not fields.keys() <= value.keys() <= fields.keys() | optional.keys():
        raise _malformed(where, f"not an object of {', '.join(fields)}")
    for key, item in value.items():
        kind = fields.get(key) or optional[key]
        if type(item) is not kind:
            raise _malformed(f"{where}.{key}", f"not of the type {kind.__name__}")


def _hex(text: str, length: int, *, where: str) -> bytes:
    if len(text) != 2 * length or not _HEX.fullmatch(text):
        raise InputError(f"{where}: not {length} bytes of lower-case hex", code="hex-malformed", hint=_FORM_HINT)
    return bytes.fromhex(text)


def _numbered(items: list[Any], where: str) -> Iterator[tuple[str, Any]]:
    return ((f"{where}[{number}]", item) for number, item in enumerate(items))


def _malformed(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="proof-malformed", hint=_FORM_HINT)


def _refuse(where: str, what: str, *, code: str, hint: str = _FALSE_HINT) -> ClaimError:
    return ClaimError(f"{where}: {what}", code=code, hint=hint)
