"""A chain of the Bitcoin family through one source: identity, tip, balances as outputs, and whether they moved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from por import canonical
from por.errors import ClaimError, InputError
from por.outcomes import Basis
from por.reserves import addresses, caip
from por.reserves.chains import Pinned, Reading, Readings, Wish
from por.reserves.chains.utxo.gather import Gathered, gather_block, headers_to
from por.reserves.chains.utxo.source import Found, Source, Tip
from por.reserves.evidence.utxo import header as headers
from por.reserves.evidence.utxo.outputs import Output, OutputBundle
from por.reserves.tables import ReserveTables

BLOCKS_IN_BUNDLE = 256
"""A block takes one to three kilobytes of hex: half a megabyte a file."""

DEPTH = 6
"""Blocks on top of the one that challenges name, so that it stays in the chain."""

_FORKED = {
    # a chain that forked off another has its genesis block: CAIP-2 names it by its first own block
    "bip122:000000000000000000651ef99cb9fcbe": 478_559,
}
_NOT = {"bip122:000000000019d6689c085ae165831e93": (478_559, "000000000000000000651ef99cb9fcbe")}
_TOKEN = 0xEF
"""The first byte of a Bitcoin Cash output that carries tokens (CHIP-2022-02); its coins are left out."""


class UtxoChain:
    """See `chains.Chain` and `chains.outputs.OutputChain`."""

    def __init__(self, *, chain: str, source: Source) -> None:
        self.chain, self._from = chain, source
        self.source = source.host
        self._network = caip.network(chain, where=chain)
        wanted = chain.partition(":")[2]
        found = source.hash_at(_FORKED.get(chain, 0))
        other = _NOT.get(chain)
        stranger = other is not None and (source.hash_at(other[0]) or "").startswith(other[1])
        if found is None or not found.startswith(wanted) or stranger:
            raise source.wrong(
                f"it is of another chain than {chain} ({self._network.title})",
                code="node-wrong-chain",
                hint="give each chain its own node: --node CAIP2=URL",
            )

    def pin(self, as_of: int) -> Pinned:
        """Return the tip: outputs are told as of the tip only. Its distance to as_of is the policy's matter."""
        return self._pinned(self._from.tip())

    def recent(self) -> Pinned:
        """Return the block under the six newest, which is final enough for a challenge."""
        number = max(self._from.tip().number - DEPTH, 0)
        return self._pinned(Tip(number=number, hash=self.hashes_at([number])[0]))

    def read(
        self, pinned: Pinned, wishes: Sequence[Wish], tables: ReserveTables, *, work: Path | None = None
    ) -> Readings:
        """Read the outputs of all accounts at the source's present tip, with their evidence."""
        scripts = {caip.parse_account(wish.account, where=wish.account).script: wish for wish in wishes if wish.assets}
        tip, found = self._from.unspent({script: wish.account.rpartition(":")[2] for script, wish in scripts.items()})
        plain = [row for row in found if row.script[:1] != bytes([_TOKEN])]
        blocks = self._blocks(plain, tip)
        first = min([row.height for row in plain if tip.number - row.height < self._from.reach], default=tip.number)
        run = headers_to(self._from, tip, first)
        if self._from.height_of(tip.hash) != tip.number:
            raise self._from.wrong(
                f"block {tip.number} left the chain meanwhile", code="node-reorg", hint="run the same command again"
            )
        files, names = self._bundles(blocks)
        # the tip's coinbase names its height, which its header does not
        top = OutputBundle(chain=self.chain, blocks=(gather_block(self._from, tip.number, (), tip).claim,)).to_bytes()
        files[canonical.digest(top)] = top
        owned: dict[bytes, list[tuple[int, str]]] = {}
        for block in blocks:
            for row in block.outputs:
                owned.setdefault(row.script, []).append((row.value, names[block.hash]))
        rows = []
        for script, wish in scripts.items():
            mine = owned.get(script, [])
            evidence = tuple(sorted({name for _, name in mine}))
            rows.append(
                Reading(
                    account=wish.account,
                    asset=wish.assets[0],
                    amount=sum(value for value, _ in mine),
                    basis=Basis.PROVEN if evidence else Basis.NODE,
                    evidence=evidence,
                )
            )
        rows.sort(key=lambda row: (row.account, row.asset))
        notices = self._notices(blocks, found, plain, tip)
        return Readings(
            pinned=self._pinned(tip, run),
            rows=tuple(rows),
            files=files,
            shared=(canonical.digest(top),),
            notices=notices,
        )

    def call(self, pinned: Pinned, contract: bytes, data: bytes) -> bytes:
        """Refuse: there are no contracts here."""
        raise InputError(
            f"{self.chain} has no contracts", code="chain-no-contracts", hint="use bip322 for its accounts"
        )

    def hashes_at(self, numbers: Sequence[int]) -> list[str]:
        """Return the hashes that the source has at these heights."""
        found = []
        for number in numbers:
            block = self._from.hash_at(number)
            if block is None:
                raise self._from.wrong(f"it has no block {number}", code="node-null", hint="is it in step?")
            found.append(block)
        return found

    def height_of(self, block: str) -> int | None:
        """Return the height of a block; None when it is not in the source's chain."""
        return self._from.height_of(block)

    def verify_unspent(self, *, number: int, block: str, outputs: Sequence[Output]) -> int:
        """Refuse outputs spent at or before block `number`, which must be the source's own; count those spent since."""
        if self.hashes_at([number]) != [block]:
            raise ClaimError(
                f"{self.chain}: block {number} is not {block} at {self.source}",
                code="block-not-canonical",
                hint="the block of the report is none of this chain, or your source is on another one",
            )
        spent = self._from.spent([(output.point, output.value) for output in outputs], number)
        early = sorted(point for point, later in spent.items() if not later)
        if early:
            more = f" and {len(early) - 1} more" if len(early) > 1 else ""
            raise ClaimError(
                f"{self.chain}: {early[0]}{more} was spent at or before block {number}, or never there",
                code="output-spent",
                hint="the report counts coins that had gone by then",
            )
        return len(spent)

    def expand(self, descriptors: Sequence[str], *, where: str) -> tuple[tuple[str, ...], int]:
        """Return the funded addresses of descriptors, sorted, and how many funded scripts have no address."""
        scripts = self._from.expand(descriptors, where=where)
        found = [addresses.address_of(self._network, script) for script in scripts]
        return tuple(sorted(text for text in found if text is not None)), found.count(None)

    def _pinned(self, tip: Tip, run: bytes | None = None) -> Pinned:
        raw = self._from.header(tip.hash) if run is None else run[-headers.LENGTH :]
        try:
            header = headers.decode(self.chain, raw, where=f"block {tip.number}")
        except ClaimError as error:
            raise self._from.wrong(error.message, code="node-header", hint=error.hint) from None
        if header.hash.hex() != tip.hash:
            raise self._from.wrong(
                f"the header of block {tip.number} has another hash", code="node-header", hint="use another node"
            )
        return Pinned(
            chain=self.chain, number=tip.number, hash=tip.hash, time=header.time, header=None, headers=(run or raw,)
        )

    def _blocks(self, found: Sequence[Found], tip: Tip) -> list[Gathered]:
        heights: dict[int, list[Found]] = {}
        for row in found:
            heights.setdefault(row.height, []).append(row)
        return [gather_block(self._from, number, rows, tip) for number, rows in sorted(heights.items())]

    def _bundles(self, blocks: Sequence[Gathered]) -> tuple[dict[str, bytes], dict[str, str]]:
        files, names = {}, {}
        # of a block whose outputs are all immature nothing is shown
        shown = [row for row in sorted(blocks, key=lambda row: row.hash) if row.outputs]
        for start in range(0, len(shown), BLOCKS_IN_BUNDLE):
            part = shown[start : start + BLOCKS_IN_BUNDLE]
            data = OutputBundle(chain=self.chain, blocks=tuple(row.claim for row in part)).to_bytes()
            name = canonical.digest(data)
            files[name] = data
            names.update({row.hash: name for row in part})
        return files, names

    def _notices(
        self, blocks: Sequence[Gathered], found: Sequence[Found], plain: Sequence[Found], tip: Tip
    ) -> tuple[str, ...]:
        said = []
        young = [row for block in blocks for row in block.immature]
        if young:
            said.append(f"{self.chain}: {len(young)} newly mined outputs cannot be spent yet and are left out")
        if len(plain) < len(found):
            said.append(f"{self.chain}: {len(found) - len(plain)} outputs carry tokens and are left out")
        old = sum(tip.number - row.height >= self._from.reach for row in plain)
        if old:
            said.append(f"{self.chain}: {old} outputs are too old for headers to link them to block {tip.number}")
        return tuple(said)
