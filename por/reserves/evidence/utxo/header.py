"""Block headers of the Bitcoin family: 80 bytes, with the work that their own bits ask for and the network's floor."""

from __future__ import annotations

from dataclasses import dataclass

from por.errors import ClaimError
from por.header import show_time
from por.reserves.evidence.utxo.work import WORK, hashes, sha256d

LENGTH = 80
VERSION_WITH_HEIGHT = 2
"""BIP-34: blocks from this version on name their height in their coinbase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UtxoHeader:
    """A header whose work was checked. `hash` and `parent` are in the order in which they are shown, `merkle_root` in
    that in which it is hashed; `number` is None, since headers do not name their height."""

    raw: bytes
    hash: bytes
    parent: bytes
    merkle_root: bytes
    version: int
    time: int
    target: int
    number: int | None = None

    @property
    def cost(self) -> int:
        """How many hashes such a header takes on average."""
        return hashes(self.target)


def has_work(chain: str) -> bool:
    """Say whether the work of this chain (CAIP-2) is known here."""
    return chain in WORK


def block_hash(raw: bytes) -> bytes:
    """Return the hash of a raw header as it is shown (SHA-256d on all these networks, whatever their work is)."""
    return sha256d(raw)[::-1]


def decode(chain: str, raw: bytes, *, where: str) -> UtxoHeader:
    """Read 80 bytes and check their work; ClaimError when malformed or when inventing it would have been too cheap.

    `chain-unsupported`: nobody knows the chain's work;
    `block-header-malformed`: the length, or bits that are no target; `block-work`: the work does not reach the bits;
    `block-work-low`: the bits ask for less than this network's blocks of that time took.
    """
    header = read(raw, where=where)
    work = WORK.get(chain)
    if work is None:
        raise ClaimError(
            f"{where}: the chain {chain} is not supported",
            code="chain-unsupported",
            hint="nothing here knows what its blocks cost",
        )
    if header.target > work.limit:
        raise _cheap(where, "its bits ask for less work than the network ever allows")
    if header.cost < work.least(header.time):
        raise _cheap(where, f"blocks of {show_time(header.time)} took more work than its bits ask for")
    if int.from_bytes(work.digest(raw), "little") > header.target:
        raise ClaimError(
            f"{where}: the header's hash does not reach the work that it claims",
            code="block-work",
            hint="the header is invented or damaged, or of another chain",
        )
    return header


def read(raw: bytes, *, where: str) -> UtxoHeader:
    """Read 80 bytes without checking their work; ClaimError(code="block-header-malformed") for another shape."""
    if len(raw) != LENGTH:
        raise _malformed(where, f"{len(raw)} bytes instead of {LENGTH}")
    return UtxoHeader(
        raw=raw,
        hash=block_hash(raw),
        parent=raw[4:36][::-1],
        merkle_root=raw[36:68],
        version=int.from_bytes(raw[:4], "little", signed=True),
        time=int.from_bytes(raw[68:72], "little"),
        target=_target(int.from_bytes(raw[72:76], "little"), where),
    )


def _target(bits: int, where: str) -> int:
    size, mantissa = bits >> 24, bits & 0xFFFFFF
    if not 0 < mantissa < 0x800000 or not 0 < size <= 32:
        raise _malformed(where, f"bits {bits:08x} are no target")
    target = mantissa << 8 * (size - 3) if size >= 3 else mantissa >> 8 * (3 - size)
    if not 0 < target < 1 << 256:
        raise _malformed(where, f"bits {bits:08x} are no target")
    return target


def _cheap(where: str, why: str) -> ClaimError:
    return ClaimError(
        f"{where}: the header could have been invented at little cost: {why}",
        code="block-work-low",
        hint="a real block of that time has more work; ask where this one comes from",
    )


def _malformed(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: not a block header of the Bitcoin family ({what})",
        code="block-header-malformed",
        hint="the header is damaged or of another chain",
    )
