"""Evidence of outputs (`por-outputs/1`): blocks with their work, transactions in them, and outputs of these.

Transactions are kept without witnesses, so that their bytes hash to their txid. Amounts and scripts are read from them
and stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from por import canonical, documents
from por.errors import ClaimError, InputError
from por.reserves import caip
from por.reserves.bitcoin.transactions import Transaction, parse, sha256d
from por.reserves.evidence.utxo import merkleblock
from por.reserves.evidence.utxo.coinbase import HEIGHT_SINCE, MATURITY, height, is_coinbase
from por.reserves.evidence.utxo.header import UtxoHeader, decode

FORMAT = "por-outputs/1"
INNER_NODE = 64
"""A transaction of this length could be an inner node of the tree, passed for a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Outpoint:
    """An output's name: the txid as it is shown (hex), and its index."""

    txid: str
    index: int

    def __str__(self) -> str:
        return f"{self.txid}:{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockClaim:
    """One block: a serialised Merkle block, raw transactions without witnesses (the coinbase first), outpoints."""

    proof: bytes
    transactions: tuple[bytes, ...]
    outputs: tuple[Outpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputBundle:
    """Claims about one chain, by the blocks' hashes."""

    chain: str
    blocks: tuple[BlockClaim, ...]

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        return canonical.encode(
            {
                "format": FORMAT,
                "chain": self.chain,
                "blocks": [
                    {
                        "proof": row.proof.hex(),
                        "transactions": [raw.hex() for raw in row.transactions],
                        "outputs": [{"txid": point.txid, "index": point.index} for point in row.outputs],
                    }
                    for row in self.blocks
                ],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> OutputBundle:
        """Read JCS bytes; InputError when malformed or out of order. Proves nothing yet."""
        value = canonical.decode(data, where=where)
        if isinstance(value, dict) and value.get("format") != FORMAT:
            raise InputError(f"{where}: not a {FORMAT} document", code="format-unknown", hint="is this the right file?")
        doc = documents.read(_BundleDocument, value, where=where)
        return cls(
            chain=caip.network(caip.parse_chain(doc.chain, where=f"{where}: chain"), where=where).chain,
            blocks=tuple(_claim(row, f"{where}: blocks[{n}]") for n, row in enumerate(doc.blocks)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block that was shown: its header, its height where its coinbase names one, and what its shown transactions
    spent."""

    header: UtxoHeader
    height: int | None
    spends: frozenset[Outpoint] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An output that was shown: its outpoint, amount in base units, script and block."""

    point: Outpoint
    value: int
    script: bytes
    block: Block
    coinbase: bool

    def verify_age(self, number: int, *, where: str) -> None:
        """Refuse an output made after block `number`, or a coinbase whose coins could not be spent then; ClaimError."""
        made = self.block.height
        if made is None and self.block.header.time < HEIGHT_SINCE:
            return
        if made is None or made > number:
            raise ClaimError(
                f"{where}: {self.point} was made at height {made}, not at or before {number}",
                code="output-late",
                hint="it did not exist yet at the block of the report",
            )
        if self.coinbase and number + 1 - made < MATURITY:
            raise ClaimError(
                f"{where}: {self.point} is newly mined, and could not be spent before block {made + MATURITY}",
                code="output-immature",
                hint=f"coins of a coinbase count once {MATURITY} blocks stand on theirs",
            )


def verify_bundle(bundle: OutputBundle, *, where: str) -> tuple[list[Block], list[Output]]:
    """Prove every claim and return the blocks and the outputs.

    Raises ClaimError: work too low, a tree that does not lead to the header's root, a transaction that is not in it, of
    64 bytes, not a coinbase where one belongs, an output that its transaction does not have, or anything left over.
    """
    proven, outputs = [], []
    for n, claim in enumerate(bundle.blocks):
        block, found = _verify_block(bundle.chain, claim, where=f"{where}: blocks[{n}]")
        proven.append(block)
        outputs += found
    hashes = [block.header.hash for block in proven]
    if hashes != sorted(set(hashes)):
        raise _order(where, "blocks are")
    return proven, outputs


def _verify_block(chain: str, claim: BlockClaim, *, where: str) -> tuple[Block, list[Output]]:
    tree = merkleblock.parse(claim.proof, where=where)
    if tree.to_bytes() != claim.proof:
        raise ClaimError(f"{where}: another encoding of its proof", code="merkle-malformed", hint="it is damaged")
    header = decode(chain, tree.header, where=where)
    places = merkleblock.verify(tree, root=header.merkle_root, where=where)
    known: dict[str, Transaction] = {}
    order = []
    for raw in claim.transactions:
        txid = sha256d(raw)
        if len(raw) == INNER_NODE:
            raise _refused(f"{where}: a transaction of {INNER_NODE} bytes could be an inner node", "transaction-64")
        transaction = parse(raw, where=where)
        if transaction.stripped() != raw:
            raise _refused(f"{where}: a transaction is not given without its witnesses", "transaction-witness")
        if txid not in places:
            raise _refused(f"{where}: transaction {txid[::-1].hex()} is not in the block", "transaction-elsewhere")
        if is_coinbase(transaction) != (places[txid] == 0):
            raise _refused(f"{where}: its first transaction is no coinbase, or another one is", "transaction-coinbase")
        order.append(places[txid])
        known[txid[::-1].hex()] = transaction
    if order != sorted(set(order)) or order[:1] != [0] or len(order) != len(places):
        raise _order(where, "the coinbase is missing, or transactions are missing or")
    block = Block(
        header=header,
        height=height(header, known[sha256d(claim.transactions[0])[::-1].hex()]),
        spends=frozenset(
            Outpoint(txid=row.txid[::-1].hex(), index=row.index) for found in known.values() for row in found.inputs
        ),
    )
    return block, list(_outputs(claim, block, known, where))


def _outputs(claim: BlockClaim, block: Block, known: dict[str, Transaction], where: str) -> Iterable[Output]:
    if list(claim.outputs) != sorted(set(claim.outputs)):
        raise _order(where, "outputs are")
    for point in claim.outputs:
        transaction = known.get(point.txid)
        if transaction is None or point.index >= len(transaction.outputs):
            raise _refused(f"{where}: there is no output {point}", "output-missing")
        found = transaction.outputs[point.index]
        coinbase = is_coinbase(transaction)
        yield Output(point=point, value=found.value, script=found.script, block=block, coinbase=coinbase)
    idle = set(known) - {point.txid for point in claim.outputs}
    if any(not is_coinbase(known[txid]) for txid in idle):
        raise _refused(f"{where}: a transaction of which no output is claimed", "evidence-extra")


def link(chain: str, data: bytes, *, where: str) -> Sequence[UtxoHeader]:
    """Read headers one after the other, each standing on the one before and each with its work; ClaimError."""
    count, rest = divmod(len(data), 80)
    if rest or not 0 < count <= MOST_LINKED:
        raise ClaimError(
            f"{where}: not 1 to {MOST_LINKED} headers of 80 bytes", code="block-header-malformed", hint="it is damaged"
        )
    found = [decode(chain, data[80 * n : 80 * n + 80], where=f"{where}: header {n}") for n in range(count)]
    for n, header in enumerate(found[1:], 1):
        if header.parent != found[n - 1].hash:
            raise ClaimError(
                f"{where}: header {n} does not stand on the one before it",
                code="block-not-linked",
                hint="the evidence does not prove what it says",
            )
    return found


MOST_LINKED = 20_000
"""Headers in one run: 1.6 MB, four months of Bitcoin or five weeks of Litecoin."""


def _claim(doc: _BlockDocument, where: str) -> BlockClaim:
    for row in doc.outputs:
        canonical.parse_hex(row.txid, 32, where=f"{where}.outputs.txid")
        if not 0 <= row.index < 1 << 32:
            raise InputError(f"{where}: an index out of range", code="document-malformed", hint="the file is damaged")
    return BlockClaim(
        proof=canonical.parse_hex(doc.proof, None, where=f"{where}.proof"),
        transactions=tuple(canonical.parse_hex(raw, None, where=f"{where}.transactions") for raw in doc.transactions),
        outputs=tuple(Outpoint(txid=row.txid, index=row.index) for row in doc.outputs),
    )


def _order(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: {what} out of order, or one stands twice",
        code="evidence-order",
        hint="the evidence is damaged; fetch it again",
    )


def _refused(message: str, code: str) -> ClaimError:
    return ClaimError(message, code=code, hint="the evidence does not prove what it says")


class _OutputDocument(documents.Document):
    txid: str
    index: int


class _BlockDocument(documents.Document):
    proof: str
    transactions: documents.Rows[str]
    outputs: documents.Rows[_OutputDocument]


class _BundleDocument(documents.Document):
    format: str
    chain: str
    blocks: documents.Rows[_BlockDocument]
