"""Coinbases: a block's first transaction, which makes coins and names the block's height (BIP-34)."""

from __future__ import annotations

from por.header import parse_time
from por.reserves.bitcoin.transactions import Transaction
from por.reserves.evidence.utxo.header import VERSION_WITH_HEIGHT, UtxoHeader

MATURITY = 100
"""Blocks on top of a coinbase's before its coins may be spent, on all these networks."""

HEIGHT_SINCE = parse_time("2016-01-01T00:00:00Z", where="BIP-34")
"""By then every network here asked for heights (Bitcoin from 2013, Litecoin from 2015 on); earlier blocks of a low
version have none."""


def is_coinbase(transaction: Transaction) -> bool:
    """Say whether a transaction spends nothing but makes coins."""
    first = transaction.inputs[0]
    return len(transaction.inputs) == 1 and first.txid == bytes(32) and first.index == 0xFFFFFFFF


def height(header: UtxoHeader, coinbase: Transaction) -> int | None:
    """Return the height that a block names; None for one from before heights were named, or with none that reads."""
    script = coinbase.inputs[0].script
    if header.version < VERSION_WITH_HEIGHT or not script:
        return None
    size = script[0]
    if size == 0:
        return 0
    if 0x51 <= size <= 0x60:
        return size - 0x50
    digits = script[1 : 1 + size]
    if not 1 <= size <= 5 or len(digits) != size or digits[-1] & 0x80:
        return None
    return int.from_bytes(digits, "little")
