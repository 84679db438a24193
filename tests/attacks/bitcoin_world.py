"""Control files for addresses of Bitcoin's test network, with a recent block that this file mines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from por.header import Header, parse_time
from por.reserves import caip
from por.reserves.challenge import Challenge
from por.reserves.control import ControlFile, VerifiedControl, verify_control
from por.reserves.evidence.utxo.header import decode
from por.reserves.tables import Windows
from tests.reserves.signing import Key, address, multisig, p2pkh, p2sh, p2wpkh, p2wsh, sign_p2wpkh, sign_p2wsh

CHAIN = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
NETWORK = caip.network(CHAIN, where="test")
AS_OF = parse_time("2026-11-20T15:00:00Z", where="test")
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of="2026-11-20T15:00:00Z", sequence=7)
WINDOWS = Windows(challenge_max_age_days=100, issued_after_as_of_hours=48)
A, B, C = (Key.of(n) for n in range(60, 63))
TWO_OF_THREE = multisig(2, [A.public, B.public, C.public])
Sign = Callable[[str], str]


@lru_cache
def mined(time: int) -> bytes:
    """A header of that time with the work that the test network asks for: two hashes on average."""
    start = (
        (4).to_bytes(4, "little") + bytes(32) + b"\x11" * 32 + time.to_bytes(4, "little") + bytes.fromhex("ffff7f20")
    )
    for nonce in range(1000):
        raw = start + nonce.to_bytes(4, "little")
        try:
            decode(CHAIN, raw, where="mined")
        except Exception:
            continue
        return raw
    raise AssertionError("no luck in a thousand tries")


def challenge(script: bytes, **changes: Any) -> Challenge:
    """A challenge that is issued an hour before the snapshot, an hour after its block."""
    block = mined(AS_OF - 7200)
    return replace(
        Challenge(
            issuer=HEADER.issuer,
            account=f"{CHAIN}:{address(script, NETWORK)}",
            snapshot=HEADER.id.hex(),
            block_chain=CHAIN,
            block_number=700_000,
            block_hash=decode(CHAIN, block, where="mined").hash,
            issued=AS_OF - 3600,
            expires=AS_OF + 90 * 86_400,
            nonce="0" * 32,
        ),
        **changes,
    )


def signed(scheme: str, script: bytes, sign: Sign, *, inner: bytes | None = None, **changes: Any) -> ControlFile:
    """A control file over a challenge with changes."""
    text = challenge(script, **changes).text()
    return ControlFile(
        account=f"{CHAIN}:{address(script, NETWORK)}",
        scheme=scheme,
        message=text,
        signature=sign(text).encode(),
        script=inner,
        header=mined(AS_OF - 7200),
    )


def verify(control: ControlFile, **more: Any) -> VerifiedControl:
    """Verify a control file for its own account."""
    return verify_control(
        control,
        account=more.pop("account", control.account),
        header=more.pop("header", HEADER),
        windows=WINDOWS,
        where="control",
        **more,
    )


HONEST: dict[str, Callable[..., ControlFile]] = {
    "bip137": lambda **changes: signed("bip137", p2pkh(A.public), A.message, **changes),
    "bip322": lambda **changes: signed("bip322", p2wpkh(A.public), lambda text: sign_p2wpkh(A, text), **changes),
    "bip322-multisig": lambda **changes: signed(
        "bip322", p2wsh(TWO_OF_THREE), lambda text: sign_p2wsh(TWO_OF_THREE, [A, C], text), **changes
    ),
    "message-multisig": lambda **changes: signed(
        "message-multisig",
        p2sh(TWO_OF_THREE),
        lambda text: f"{C.message(text)} {A.message(text)}",
        inner=TWO_OF_THREE,
        **changes,
    ),
}
"""One honest control file of each scheme; changes are the challenge's."""
