"""Finalised partially signed transactions (BIP-174, version 0), as far as a BIP-322 proof of funds needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.transactions import Input, Output, Reader, Transaction, parse

_MAGIC = b"psbt\xff"
_GLOBAL_TX, _GLOBAL_MESSAGE, _GLOBAL_VERSION = b"\x00", b"\x09", b"\xfb"
_PREVIOUS, _WITNESS_OUTPUT, _FINAL_SCRIPT, _FINAL_WITNESS = b"\x00", b"\x01", b"\x07", b"\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finalised:
    """The signed transaction, what its inputs spend (None where the file does not say), and the message, if given."""

    transaction: Transaction
    spent: tuple[Output | None, ...]
    message: bytes | None


def read_finalised(data: bytes, *, where: str) -> Finalised:
    """Read a finalised PSBT; BadSignature when it is none, NotJudged for version 2, InputError where it is cut off.

    An output that a previous transaction shows is taken from there (its txid is computed, not believed), and a
    witness output given beside it must be the same. Fields that a finalised one does not need are passed over.
    """
    if not data.startswith(_MAGIC):
        raise BadSignature("it is no PSBT")
    reader = Reader(data[len(_MAGIC) :], where=where)
    top = _map(reader)
    if top.get(_GLOBAL_VERSION, bytes(4)) != bytes(4):
        raise NotJudged("a PSBT of another version than 0 is not judged here")
    if _GLOBAL_TX not in top:
        raise BadSignature("the PSBT has no transaction")
    bare = parse(top[_GLOBAL_TX], where=where)
    if any(row.script or row.witness for row in bare.inputs):
        raise BadSignature("the PSBT's transaction is not unsigned")
    maps = [_map(reader) for _ in bare.inputs]
    for _ in bare.outputs:
        _map(reader)
    reader.end()
    known: dict[bytes, Transaction] = {}
    spent = tuple(_spent(row, fields, known, where) for row, fields in zip(bare.inputs, maps, strict=True))
    inputs = tuple(_signed(row, fields, where) for row, fields in zip(bare.inputs, maps, strict=True))
    whole = Transaction(version=bare.version, inputs=inputs, outputs=bare.outputs, lock_time=bare.lock_time)
    return Finalised(transaction=whole, spent=spent, message=top.get(_GLOBAL_MESSAGE))


def _map(reader: Reader) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    while key := reader.sized():
        if key in found:
            raise BadSignature("a field of the PSBT stands there twice")
        found[key] = reader.sized()
    return found


def _spent(row: Input, fields: Mapping[bytes, bytes], known: dict[bytes, Transaction], where: str) -> Output | None:
    if _PREVIOUS in fields:
        before = parse(fields[_PREVIOUS], where=where)
        if before.txid != row.txid:
            raise BadSignature("a previous transaction in the PSBT is another one than the input names")
        known[before.txid] = before
    claimed = None
    if _WITNESS_OUTPUT in fields:
        reader = Reader(fields[_WITNESS_OUTPUT], where=where)
        claimed = Output(value=reader.number(8), script=reader.sized())
        reader.end()
    # BIP-322: an earlier input may have brought the transaction already
    if row.txid in known:
        outputs = known[row.txid].outputs
        if row.index >= len(outputs) or claimed not in (None, outputs[row.index]):
            raise BadSignature("an input of the PSBT contradicts its previous transaction")
        return outputs[row.index]
    # a signature without witness does not commit to what it spends, so only the transaction itself can say
    return claimed if _FINAL_WITNESS in fields else None


def _signed(row: Input, fields: Mapping[bytes, bytes], where: str) -> Input:
    witness: tuple[bytes, ...] = ()
    if _FINAL_WITNESS in fields:
        reader = Reader(fields[_FINAL_WITNESS], where=where)
        witness = reader.stack()
        reader.end()
    script = fields.get(_FINAL_SCRIPT, b"")
    if not witness and not script:
        raise BadSignature("an input of the PSBT is not signed")
    return Input(txid=row.txid, index=row.index, script=script, sequence=row.sequence, witness=witness)
