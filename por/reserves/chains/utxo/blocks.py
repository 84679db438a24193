"""Whole blocks as a node gives them: which outputs they spend, and transactions without what txids leave out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from por.errors import PorError
from por.reserves.bitcoin.transactions import Reader, parse
from por.reserves.evidence.utxo.header import LENGTH
from por.reserves.evidence.utxo.outputs import Outpoint

_WITNESS, _MWEB = 1, 8
"""Flags behind the marker byte: BIP-144's, and Litecoin's for a block's last transaction since MWEB (LIP-0002)."""


def read_spends(raw: bytes, *, wanted: Collection[Outpoint], where: str) -> Iterator[Outpoint]:
    """Yield those of the wanted outputs that a raw block spends; InputError when it is malformed.

    What stands behind the transactions (Litecoin's extension block) is not read: it spends no outputs of the chain.
    """
    names = {(bytes.fromhex(point.txid)[::-1], point.index): point for point in wanted}
    reader = Reader(raw, where=where)
    reader.take(LENGTH)
    for _ in range(reader.count()):
        yield from (names[spent] for spent in _spends(reader) if spent in names)


def _spends(reader: Reader) -> list[tuple[bytes, int]]:
    reader.take(4)
    flags = 0
    if reader.peek()[:1] == b"\0":
        flags = reader.take(2)[1]
    found = []
    for _ in range(reader.count()):
        found.append((reader.take(32), reader.number(4)))
        reader.sized()
        reader.take(4)
    for _ in range(reader.count()):
        reader.take(8)
        reader.sized()
    if flags & _WITNESS:
        for _ in found:
            reader.stack()
    if flags & _MWEB and reader.take(1) != b"\0":
        raise reader.fault("a transaction of hidden amounts inside a block")
    reader.take(4)
    return found


def stripped(raw: bytes, *, where: str) -> bytes:
    """Return a raw transaction as its txid hashes it; InputError when it is malformed."""
    try:
        return parse(raw, where=where).stripped()
    except PorError:
        # the last transaction of a Litecoin block with an extension block has a flag and a byte of its own
        if len(raw) < 20 or raw[4] or raw[5] & ~(_WITNESS | _MWEB) or not raw[5] & _MWEB or raw[-5]:
            raise
        mark = b"\0\1" if raw[5] & _WITNESS else b""
        return parse(raw[:4] + mark + raw[6:-5] + raw[-4:], where=where).stripped()
