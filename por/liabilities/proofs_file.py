"""Reads single proofs out of a file of all proofs, without any key and without the kernel (docs/spec/proofs-file.md).

The file is mapped into memory and only what a proof needs is looked at: one page of the index, and the nodes of its
paths. A proof is verified before it is returned, so a damaged file gives an error and never a wrong proof.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from por import canonical
from por.amounts import LIMIT
from por.errors import ClaimError, InputError, PorError
from por.files import explain
from por.liabilities import proof_document
from por.liabilities import proofs_layout as layout
from por.liabilities.manifest import Manifest
from por.liabilities.proofs_layout import TreeLayout, damaged
from por.liabilities.verify import Piece, check_account_id, hash_node

MAX_DIRECTORY = 64 << 20
"""Bytes of the directory, unpacked: 65,536 assets and an envelope stay below; a bound for hostile files."""

_KEYS = {"format", "liabilities", "trees", "index"}
_INDEX = {"at": int, "rows": int, "bits": int, "salt": str, "digest": str}
_TREE = {"at": int, "leaf_bytes": int, "sum_bytes": int}


@dataclass(frozen=True, slots=True)
class _Tree:
    count: int
    levels: Mapping[int, tuple[int, int, int]]


class ProofsFile:
    """An open file of all proofs. Safe to share between threads; close it, or use it as a context manager.

    Raises InputError (`proofs-file-damaged`, or that it is none of ours) and SourceError when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._map: mmap.mmap | bytes = b""
        try:
            with path.open("rb") as file:
                if file.read(len(layout.MAGIC)) != layout.MAGIC:
                    raise InputError(
                        f"{path}: not a file of all proofs",
                        code="proofs-file-unknown",
                        hint="it is written by `por liabilities prove DIR --all`",
                    )
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise explain(error, path) from None
        try:
            self._open()
        except PorError:
            self.close()
            raise

    def __enter__(self) -> ProofsFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._map, mmap.mmap):
            self._map.close()

    @property
    def statement(self) -> str | None:
        """The digest of the statement that its proofs name, None when they were written before it was signed."""
        digest = (self._attestation or {}).get("digest")
        return digest if isinstance(digest, str) else None

    def proof(self, account_id: str) -> bytes:
        """Return the por-proof/1 bytes of an account, verified: the same that `por liabilities prove` writes.

        Raises ClaimError (`account-not-found`) and InputError (`account-id-malformed`, `proofs-file-damaged`).
        """
        check_account_id(account_id)
        found: dict[int, list[Piece]] = {}
        before = -1
        for number, index, nonce in self._rows(layout.account_tag(self._salt, account_id)):
            if number < before or number >= len(self._trees):
                raise self._damaged("the index names assets that are not there")
            found.setdefault(number, []).append(self._piece(self._trees[number], index, nonce))
            before = number
        if not found:
            raise ClaimError(
                f"{self.where}: the account has no balance in any asset",
                code="account-not-found",
                hint="type the id exactly as the ledger has it; an account without rows has nothing to prove",
            )
        return proof_document.finish(
            [proof_document.entry(self.manifest.assets[number].asset, pieces) for number, pieces in found.items()],
            frame=self._frame,
            account_id=account_id,
            refuse=lambda why: self._damaged(f"it gives no valid proof ({why})"),
        )

    # --- the index -------------------------------------------------------------------------------------------

    def _rows(self, tag: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield (asset's number, leaf's index, nonce) of each piece; the page has its digest."""
        page = int.from_bytes(tag, "big") >> (8 * layout.TAG_BYTES - self._bits)
        start, end = struct.unpack_from(">QQ", self._table, 8 * page)
        data = self._slice(start, end - start)
        if not self._checked[page]:
            place = 8 * ((1 << self._bits) + 1) + 32 * page
            if end - start < 12 or hashlib.sha256(data).digest() != self._table[place : place + 32]:
                raise self._damaged(f"page {page} of the index is not as it was written")
            self._checked[page] = 1  # as long as the file is open: the digest would take longer than all the rest
        accounts, rows, packed = struct.unpack_from(">III", data)
        tags = data[12 : 12 + 16 * accounts]
        columns = self._unpack(data[12 + 16 * accounts :][:packed], 4 * accounts + 8 * rows)
        nonces = data[12 + 16 * accounts + packed :]
        if (len(columns), len(nonces)) != (4 * accounts + 8 * rows, 16 * rows):
            raise self._damaged(f"page {page} of the index has another length than its rows")
        at = bisect_left(range(accounts), tag, key=lambda number: tags[16 * number : 16 * number + 16])
        if at == accounts or tags[16 * at : 16 * at + 16] != tag:
            return
        counts = struct.unpack_from(f">{at + 1}I", columns)
        first = sum(counts[:at])
        if first + counts[at] > rows:
            raise self._damaged(f"page {page} of the index has fewer rows than it says")
        for row in range(first, first + counts[at]):
            (place,) = struct.unpack_from(">Q", columns, 4 * accounts + 8 * row)
            yield place >> layout.INDEX_BITS, place & ((1 << layout.INDEX_BITS) - 1), nonces[16 * row : 16 * row + 16]

    # --- the trees -------------------------------------------------------------------------------------------

    def _piece(self, tree: _Tree, index: int, nonce: bytes) -> Piece:
        if index >= tree.count:
            raise self._damaged("the index names leaves that are not there")
        path = [self._node(tree, level, at) for level, at in layout.path_nodes(index, tree.count)]
        return proof_document.piece(amount=self._node(tree, 0, index)[1], nonce=nonce, index=index, path=path)

    def _node(self, tree: _Tree, level: int, index: int) -> tuple[bytes, int]:
        if 0 < level < layout.STORED_LEVEL:
            left = self._node(tree, level - 1, 2 * index)
            if 2 * index + 1 == layout.width(tree.count, level - 1):
                return left
            right = self._node(tree, level - 1, 2 * index + 1)
            if left[1] + right[1] >= LIMIT:
                raise self._damaged("its sums reach 2^128")
            return hash_node(left, right), left[1] + right[1]
        hashes, sums, wide = tree.levels[level]
        total = int.from_bytes(self._slice(sums + wide * index, wide), "big")
        return self._slice(hashes + 32 * index, 32), total

    # --- opening ---------------------------------------------------------------------------------------------

    def _open(self) -> None:
        size = len(self._map)
        trailer = self._slice(size - layout.TRAILER, layout.TRAILER)
        if trailer[48:] != layout.END:
            raise self._damaged("its end is missing")
        at, length = struct.unpack_from(">QQ", trailer)
        packed = self._slice(at, length)
        if at + length != size - layout.TRAILER or hashlib.sha256(packed).digest() != trailer[16:48]:
            raise self._damaged("its directory is not as it was written")
        found = canonical.decode(self._unpack(packed, MAX_DIRECTORY), where=f"{self.where}: directory")
        if not isinstance(found, dict) or not _KEYS <= found.keys() <= _KEYS | {"attestation"}:
            raise self._damaged("its directory has other keys")
        if found["format"] != layout.FORMAT:
            raise self._damaged("it is of another version")
        self._attestation: dict[str, Any] | None = found.get("attestation")
        if not isinstance(self._attestation, dict) and "attestation" in found:
            raise self._damaged("its attestation is no object")
        self.manifest = Manifest.from_document(found["liabilities"], where=f"{self.where}: liabilities")
        self._frame = proof_document.frame(self.manifest, self._attestation)
        self._open_trees(found["trees"])
        self._open_index(self._fields(found["index"], _INDEX))

    def _open_trees(self, trees: object) -> None:
        if not isinstance(trees, list) or len(trees) != len(self.manifest.assets):
            raise self._damaged("its directory has no tree for each asset")
        self._trees: list[_Tree] = []
        for row, tree in zip(self.manifest.assets, trees, strict=True):
            fields = self._fields(tree, _TREE)
            if not 1 <= fields["leaf_bytes"] <= 16 or not 1 <= fields["sum_bytes"] <= 16:
                raise self._damaged("its directory has a width of sums that cannot be")
            made = TreeLayout(count=row.count, **fields)
            if made.at < 0 or made.end > len(self._map):
                raise self._damaged(f"the tree of {row.asset} does not fit into it")
            self._trees.append(_Tree(made.count, made.levels()))

    def _open_index(self, index: Mapping[str, Any]) -> None:
        self.rows: int = index["rows"]
        self._bits, self._salt = index["bits"], canonical.parse_hex(index["salt"], 32, where=f"{self.where}: salt")
        if self.rows < 0 or self._bits != layout.page_bits(self.rows):
            raise self._damaged("its directory has another number of pages than rows give")
        self._table = self._slice(index["at"], 8 * ((1 << self._bits) + 1) + (32 << self._bits))
        if hashlib.sha256(self._table).hexdigest() != index["digest"]:
            raise self._damaged("the table of pages is not as it was written")
        self._checked = bytearray(1 << self._bits)

    def _fields(self, value: object, kinds: Mapping[str, type]) -> dict[str, Any]:
        if not isinstance(value, dict) or value.keys() != kinds.keys():
            raise self._damaged("its directory has other keys")
        if any(type(value[key]) is not kind for key, kind in kinds.items()):
            raise self._damaged("its directory has other types")
        return value

    def _slice(self, at: int, length: int) -> bytes:
        if at < 0 or length < 0 or at + length > len(self._map):
            raise self._damaged("it is cut short")
        return self._map[at : at + length]

    def _unpack(self, data: bytes, limit: int) -> bytes:
        """Unpack zlib; never more than `limit` bytes, whatever a hostile file says."""
        inflater = zlib.decompressobj()
        try:
            found = inflater.decompress(data, limit + 1)
        except zlib.error:
            raise self._damaged("a packed part is not as it was written") from None
        if len(found) > limit or not inflater.eof or inflater.unused_data:
            raise self._damaged("a packed part has another length than it says")
        return found

    def _damaged(self, what: str) -> InputError:
        return damaged(self.where, what)
