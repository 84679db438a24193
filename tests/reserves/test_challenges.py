"""Texts to sign, signatures back, and where each wallet stands."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.chain import CHAIN, sign_text
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.reserves.challenge import Challenge, parse_challenge
from por.reserves.challenges import write_challenges
from por.reserves.imports import import_signatures
from por.reserves.status import control_status
from por.reserves.tables import Windows
from tests.evm import COLD, EXPIRES, HEADER, HOT, QUICK, Exchange, needs_anvil

EXAMPLE = """Example Exchange K.K. states that it controls
eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B
for its proof of reserves. This is no login and moves no funds.

snapshot: 5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
recent block: eip155:1 23223655 0x8d96f79997a305853cbb6886915209bccfb0c71156c2ed560b040f1d30fc3265
issued: 2026-11-20T12:00:00Z
expires: 2027-02-20T12:00:00Z
nonce: 000102030405060708090a0b0c0d0e0f"""


def test_the_texts_form() -> None:
    found = parse_challenge(EXAMPLE, where="example")
    assert found == Challenge(
        issuer="Example Exchange K.K.",
        account="eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B",
        snapshot="5f" * 32,
        block_chain="eip155:1",
        block_number=23223655,
        block_hash=bytes.fromhex("8d96f79997a305853cbb6886915209bccfb0c71156c2ed560b040f1d30fc3265"),
        issued=1795176000,
        expires=1803124800,
        nonce="000102030405060708090a0b0c0d0e0f",
    )
    assert found.text() == EXAMPLE


@pytest.mark.parametrize("line", range(9))
def test_every_line_counts(line: int) -> None:
    lines = EXAMPLE.split("\n")
    for other in (lines[line] + " ", " " + lines[line], lines[line][:-1] if lines[line] else "x"):
        if other != lines[line]:
            with pytest.raises(ClaimError):
                parsed = parse_challenge("\n".join([*lines[:line], other, *lines[line + 1 :]]), where="example")
                # a name cut by one letter is another issuer, which the caller compares
                if parsed.issuer != "Example Exchange K.K.":
                    raise ClaimError("issuer", code="challenge-issuer")


def test_expiry_before_issue() -> None:
    with pytest.raises(ClaimError):
        parse_challenge(EXAMPLE.replace("2027-02-20", "2025-02-20"), where="example")


def write(ex: Exchange, out: Path, *, issued: int, **more: Any) -> tuple[Challenge, ...]:
    return write_challenges(
        wallets=ex.wallets,
        header=HEADER,
        nodes=more.pop("nodes", ex.nodes),
        out=out,
        issued=issued,
        expires=EXPIRES,
        limits=QUICK,
        **more,
    )


def head_time(ex: Exchange) -> int:
    return int(ex.chain.call("eth_getBlockByNumber", "finalized", False)["timestamp"], 16)


@needs_anvil
def test_one_text_for_each_wallet(ex: Exchange, tmp_path: Path) -> None:
    now = head_time(ex)
    found = write(ex, tmp_path / "sign", issued=now, nonce="ab" * 16)
    assert {path.name for path in (tmp_path / "sign").iterdir()} == {
        "challenges.json",
        *(f"{wallet.name}.txt" for wallet in ex.wallets),
    }
    for wallet, challenge in zip(ex.wallets, found, strict=True):
        text = (tmp_path / "sign" / f"{wallet.name}.txt").read_text()
        assert text == challenge.text()
        assert parse_challenge(text, where="text") == challenge
        assert (challenge.issuer, challenge.account, challenge.nonce) == (HEADER.issuer, wallet.account, "ab" * 16)
        assert challenge.snapshot == HEADER.id.hex()
    assert len({challenge.nonce for challenge in write(ex, tmp_path / "two", issued=now)}) == 3
    assert {c.snapshot for c in write(ex, tmp_path / "any", issued=now, any_snapshot=True)} == {"any"}


@needs_anvil
def test_challenges_that_cannot_be_made(ex: Exchange, tmp_path: Path) -> None:
    now = head_time(ex)
    cases: list[tuple[type[PorError], str, dict[str, Any]]] = [
        (SourceError, "node-stale", {"issued": now + 24 * 3600 + 1}),
        (SourceError, "node-stale", {"issued": now - 1}),
        (UsageError, "node-missing", {"issued": now, "nodes": {}}),
        (SourceError, "node-unreachable", {"issued": now, "nodes": {CHAIN: "http://127.0.0.1:9"}}),
        (InputError, "nonce-malformed", {"issued": now, "nonce": "AB" * 16}),
    ]
    for kind, code, arguments in cases:
        with pytest.raises(kind) as caught:
            write(ex, tmp_path / "sign", **arguments)
        assert caught.value.code == code
        assert list(tmp_path.iterdir()) == []


@pytest.fixture
def signed(ex: Exchange, tmp_path: Path) -> Path:
    shutil.copytree(ex.folder / "sign", tmp_path / "sign")
    return tmp_path / "sign"


@needs_anvil
def test_import_tells_what_is_missing(ex: Exchange, signed: Path, tmp_path: Path) -> None:
    (signed / f"{ex.wallets[1].name}.sig").unlink()
    found = import_signatures(wallets=ex.wallets, signatures=signed, out=tmp_path / "control", header=HEADER)
    assert found.missing == (ex.wallets[1].account,)
    assert found.written == (ex.wallets[0].account, ex.wallets[2].account)
    assert len(list((tmp_path / "control").iterdir())) == 2


@needs_anvil
@pytest.mark.parametrize(
    ("text", "code"),
    [("zz", "hex-malformed"), ("0x1", "hex-malformed"), ("", "signature-export"), ("00" * 65, "signature-v")],
)
def test_import_refuses_signatures_at_once(ex: Exchange, signed: Path, tmp_path: Path, text: str, code: str) -> None:
    (signed / f"{ex.wallets[1].name}.sig").write_text(text)
    with pytest.raises(PorError) as caught:
        import_signatures(wallets=ex.wallets, signatures=signed, out=tmp_path / "control", header=HEADER)
    assert caught.value.code == code
    assert ex.wallets[1].name in caught.value.message
    assert not (tmp_path / "control").exists()


@needs_anvil
def test_import_refuses_another_wallets_signature(ex: Exchange, signed: Path, tmp_path: Path) -> None:
    text = (signed / f"{ex.wallets[1].name}.txt").read_text()
    (signed / f"{ex.wallets[1].name}.sig").write_text(sign_text(HOT, text))
    with pytest.raises(ClaimError) as caught:
        import_signatures(wallets=ex.wallets, signatures=signed, out=tmp_path / "control")
    assert caught.value.code == "signature-other-signer"
    (signed / f"{ex.wallets[1].name}.sig").write_text(sign_text(COLD, text).upper().replace("0X", "0x"))
    assert len(import_signatures(wallets=ex.wallets, signatures=signed, out=tmp_path / "control").written) == 3


@needs_anvil
def test_status(ex: Exchange, tmp_path: Path) -> None:
    control = tmp_path / "control"
    shutil.copytree(ex.control, control)
    states = [row.state for row in control_status(wallets=ex.wallets, control=control, header=HEADER)]
    assert states == ["proven", "proven", "node"]
    (control / f"{ex.wallets[0].name}.json").unlink()
    (control / f"{ex.wallets[1].name}.json").write_text("{}")
    found = control_status(wallets=ex.wallets, control=control)
    assert [row.state for row in found] == ["missing", "refused", "node"]
    assert all(row.detail for row in found[:2])
    other = control_status(wallets=ex.wallets, control=ex.control, header=replace(HEADER, sequence=9))
    assert {row.state for row in other} == {"refused"}
    old = control_status(
        wallets=ex.wallets, control=ex.control, header=HEADER, windows=Windows(challenge_max_age_days=0)
    )
    assert {row.state for row in old} == {"refused"}
