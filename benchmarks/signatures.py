"""Address signatures verified per second on one core, scheme by scheme, as JSON lines.

Every signature is of another key over another text, so that nothing is remembered. `signature` is the scheme alone,
`control` a whole control file: its text, times, recent block's header and signature. The yardstick is an exchange's
published Go verifier, which took 0.38 ms an EVM address and 0.52 ms a Bitcoin one on such a machine.

    python benchmarks/signatures.py [--count N]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eth_hash.auto import keccak

from fixtures.chain import sign_text
from por.header import Header, parse_time
from por.reserves import blocks, caip
from por.reserves.addresses.scripts import Kind, make
from por.reserves.challenge import Challenge
from por.reserves.control import ControlFile, verify_control
from por.reserves.ownership import scheme
from por.reserves.tables import Windows
from tests.reserves.signing import (
    Key,
    address,
    multisig,
    p2pkh,
    p2sh,
    p2wpkh,
    p2wsh,
    sign_p2pkh,
    sign_p2wpkh,
    sign_p2wsh,
    sign_taproot,
    sign_wrapped,
)

GO_MILLISECONDS = {"eip155": 0.38, "bip122": 0.52}
AS_OF = parse_time("2026-11-20T15:00:00Z", where="benchmark")
HEADER = Header(issuer="Example Exchange K.K.", scope="Japan, spot", as_of="2026-11-20T15:00:00Z", sequence=7)
EVM, REGTEST = "eip155:31337", "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"


@dataclass(frozen=True)
class Case:
    """A scheme for one kind of address: what account a number has, and how it signs a text."""

    name: str
    scheme: str
    chain: str
    address: Callable[[int], str]
    sign: Callable[[int, str], str]
    script: Callable[[int], bytes] | None = None


def key(number: int) -> Key:
    return Key.of(1000 + number)


def keys(number: int) -> list[Key]:
    return [Key.of(10_000 + 3 * number + n) for n in range(3)]


def two_of_three(number: int) -> bytes:
    return multisig(2, [one.public for one in keys(number)])


def on_regtest(script: bytes) -> str:
    return address(script, caip.network(REGTEST, where="benchmark"))


def published(number: int, text: str) -> str:
    """As an exchange publishes it: the text's own hash under Ethereum's prefix."""
    digest = keccak(b"\x19Ethereum Signed Message:\n32" + keccak(text.encode()))
    data = key(number).secret.sign_recoverable(digest, hasher=None)
    return "0x" + (data[:64] + bytes([27 + data[64]])).hex()


def cases() -> Iterator[Case]:
    yield Case(
        "eip191",
        "eip191",
        EVM,
        lambda n: caip.checksum(keccak(key(n).long[1:])[-20:]),
        lambda n, text: sign_text(key(n).secret, text).removeprefix("0x"),
    )
    yield Case(
        "published, EVM",
        "published",
        EVM,
        lambda n: caip.checksum(keccak(key(n).long[1:])[-20:]),
        published,
    )
    message: Callable[[int, str], str] = lambda n, text: key(n).message(text)  # noqa: E731
    yield Case("bip137 p2pkh", "bip137", REGTEST, lambda n: on_regtest(p2pkh(key(n).public)), message)
    yield Case("published p2pkh", "published", REGTEST, lambda n: on_regtest(p2pkh(key(n).public)), message)
    yield Case(
        "message-multisig 2 of 3",
        "message-multisig",
        REGTEST,
        lambda n: on_regtest(p2wsh(two_of_three(n))),
        lambda n, text: " ".join(one.message(text) for one in keys(n)[:2]),
        two_of_three,
    )
    for name, script, sign in (
        ("p2wpkh", lambda one: p2wpkh(one.public), sign_p2wpkh),
        ("p2sh-p2wpkh", lambda one: p2sh(p2wpkh(one.public)), sign_wrapped),
        ("p2pkh (full)", lambda one: p2pkh(one.public), sign_p2pkh),
        ("p2tr", lambda one: make(Kind.P2TR, one.tweaked().x), sign_taproot),
    ):
        yield Case(
            f"bip322 {name}",
            "bip322",
            REGTEST,
            lambda n, script=script: on_regtest(script(key(n))),  # type: ignore[misc]
            lambda n, text, sign=sign: sign(key(n), text),  # type: ignore[misc]
        )
    yield Case(
        "bip322 p2wsh 2 of 3",
        "bip322",
        REGTEST,
        lambda n: on_regtest(p2wsh(two_of_three(n))),
        lambda n, text: sign_p2wsh(two_of_three(n), keys(n)[:2], text),
    )


def recent(chain: str) -> bytes | None:
    """A block's header that the chain's codec takes: mined for the test network; the EVM's needs a node, so none."""
    if chain == EVM:
        return None
    start = bytes(36) + b"\x11" * 32 + (AS_OF - 7200).to_bytes(4, "little") + bytes.fromhex("ffff7f20")
    for nonce in range(1000):
        raw = start + nonce.to_bytes(4, "little")
        try:
            blocks.decode(chain, raw, where="mined")
        except Exception:
            continue
        return raw
    raise SystemExit("no block found")


def controls(case: Case, count: int) -> list[ControlFile]:
    raw = recent(case.chain)
    block = blocks.decode(case.chain, raw, where="mined").hash if raw is not None else bytes(32)
    found = []
    for number in range(count):
        account = f"{case.chain}:{case.address(number)}"
        text = Challenge(
            issuer=HEADER.issuer,
            account=account,
            snapshot=HEADER.id.hex(),
            block_chain=case.chain,
            block_number=1,
            block_hash=block,
            issued=AS_OF - 3600,
            expires=AS_OF + 86_400,
            nonce=f"{number:032x}",
        ).text()
        signed = case.sign(number, text)
        known = scheme(case.scheme)
        assert known is not None
        found.append(
            ControlFile(
                account=account,
                scheme=case.scheme,
                message=text,
                signature=signed.encode() if known.text else bytes.fromhex(signed),
                script=None if case.script is None else case.script(number),
                header=raw if known.dated else None,
            )
        )
    return found


def measure(case: Case, count: int) -> dict[str, object]:
    known = scheme(case.scheme)
    assert known is not None
    files = controls(case, count)
    accounts = [caip.parse_account(file.account, where="benchmark") for file in files]
    started = time.process_time()
    for file, account in zip(files, accounts, strict=True):
        known.verify(account=account, message=file.message, signature=file.signature, script=file.script, where="x")
    alone = (time.process_time() - started) / count
    whole = None
    if not (
        known.dated and case.chain == EVM
    ):  # a dated EVM control wants a real chain's header: benchmarks/reserves.py
        raws = [file.to_bytes() for file in files]
        started = time.process_time()
        for raw, file in zip(raws, files, strict=True):
            read = ControlFile.from_bytes(raw, where="x")
            verify_control(read, account=file.account, header=HEADER, windows=Windows(), where="x")
        whole = (time.process_time() - started) / count
    yardstick = GO_MILLISECONDS[case.chain.partition(":")[0]]
    return {
        "benchmark": "signatures",
        "scheme": case.name,
        "count": count,
        "signature_milliseconds": round(alone * 1e3, 4),
        "signatures_per_second_and_core": round(1 / alone),
        "control_milliseconds": None if whole is None else round(whole * 1e3, 4),
        "go_verifier_milliseconds": yardstick,
        "times_faster_than_go": round(yardstick / (alone * 1e3), 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=2000, help="signatures of each scheme")
    count = options.parse_args().count
    for case in cases():
        measure(case, min(count, 50))  # imports and first calls
        print(json.dumps(measure(case, count)), flush=True)


if __name__ == "__main__":
    main()
