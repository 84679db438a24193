"""Rows 17, 25, 35, 36: replayed, undated, malleable and borrowed signatures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from por.errors import ClaimError, PorError
from por.header import Header
from por.outcomes import Outcome
from por.reserves.control import ControlFile, verify_control
from por.reserves.ownership.eip191 import ORDER
from por.reserves.tables import Windows
from tests.attacks.reserves_world import fails, hot_control, judge, resigned, signed_again, with_control
from tests.evm import AS_OF, COLD, HEADER, STRANGER, Exchange, needs_anvil

pytestmark = needs_anvil
WINDOWS = Windows(challenge_max_age_days=100, issued_after_as_of_hours=48, max_skew_seconds=3600)
HOUR = 3600
LOGIN = """exchange.example wants you to sign in with your Ethereum account:
{address}

Sign in to Example Exchange.

URI: https://exchange.example
Version: 1
Chain ID: 1
Nonce: 32891756abcdef
Issued At: 2026-11-20T14:00:00Z"""


def verify(control: ControlFile, *, header: Header = HEADER, windows: Windows = WINDOWS, **more: Any) -> None:
    verify_control(control, account=control.account, header=header, windows=windows, where="control", **more)


def refused(control: ControlFile, code: str, **more: Any) -> None:
    with pytest.raises(PorError) as caught:
        verify(control, **more)
    assert caught.value.code == code
    assert caught.value.hint


def test_the_honest_one_holds(ex: Exchange) -> None:
    verify(hot_control(ex))


def test_another_issuers(ex: Exchange) -> None:
    refused(signed_again(hot_control(ex), issuer="Other Exchange K.K."), "challenge-issuer")


def test_another_account(ex: Exchange) -> None:
    control = hot_control(ex)
    refused(signed_again(control, account=ex.wallets[1].account), "challenge-account")
    # the other wallet's own file under this wallet's name
    with pytest.raises(ClaimError) as caught:
        verify_control(control, account=ex.wallets[1].account, header=HEADER, windows=WINDOWS, where="control")
    assert caught.value.code == "control-account"


def test_another_chain(ex: Exchange) -> None:
    refused(signed_again(hot_control(ex), block_chain="eip155:1"), "challenge-chain")


def test_another_snapshot_unless_it_is_the_one_replaced(ex: Exchange) -> None:
    other = replace(HEADER, sequence=8)
    control = hot_control(ex)
    refused(control, "challenge-snapshot", header=other)
    verify(control, header=other, replaced=[HEADER.id])
    verify(signed_again(control, snapshot="any"), header=other)


def test_expired(ex: Exchange) -> None:
    refused(signed_again(hot_control(ex), expires=AS_OF), "challenge-expired")
    verify(signed_again(hot_control(ex), expires=AS_OF + 1))


def test_future_dated(ex: Exchange) -> None:
    control = hot_control(ex)
    issued = AS_OF + 22 * HOUR
    verify(signed_again(control, issued=issued))
    narrow = replace(WINDOWS, issued_after_as_of_hours=21)
    refused(signed_again(control, issued=issued), "challenge-future", windows=narrow)


def test_too_old(ex: Exchange) -> None:
    later = replace(HEADER, as_of="2027-02-01T15:00:00Z")
    control = signed_again(hot_control(ex), snapshot="any")
    verify(control, header=later)
    refused(control, "challenge-too-old", header=later, windows=replace(WINDOWS, challenge_max_age_days=72))


def test_made_years_ahead_shows_by_its_block(ex: Exchange) -> None:
    control = hot_control(ex)
    block = AS_OF - HOUR - 600 + 1
    verify(signed_again(control, issued=block + 24 * HOUR))
    refused(signed_again(control, issued=block + 24 * HOUR + 1), "challenge-block-old")
    refused(signed_again(control, issued=block - 1), "challenge-block-future")


def test_block_without_or_with_another_header(ex: Exchange) -> None:
    control = hot_control(ex)
    successor = ex.evidence()[ex.report.chains[0].evidence[1]]
    refused(replace(control, header=None), "control-header-missing")
    refused(replace(control, header=successor), "control-header")
    refused(replace(control, header=control.header[:-1] if control.header else None), "block-header-malformed")
    refused(signed_again(control, block_hash=b"\1" * 32), "control-header")
    refused(signed_again(control, block_number=3), "control-header")


def test_a_customers_login(ex: Exchange) -> None:
    control = hot_control(ex)
    text = LOGIN.format(address=ex.wallets[0].parsed.address)
    refused(resigned(control, text), "challenge-login")
    # nor one that is wrapped in our own words
    refused(resigned(control, f"{control.message}\n{text}"), "challenge-login")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("no login", "a login"),
        lambda text: text.replace("nonce: ", "nonce:  "),
        lambda text: text.replace("issued: 2026", "issued: 02026"),
        lambda text: text[:-1],
        lambda text: text.upper(),
        lambda text: text.replace(" 0x", " "),
        lambda text: text.split("\n", 1)[1],
        lambda text: "",
    ],
)
def test_another_wording(ex: Exchange, change: Any) -> None:
    control = hot_control(ex)
    refused(resigned(control, change(control.message)), "challenge-malformed")


def test_another_signer(ex: Exchange) -> None:
    control = hot_control(ex)
    for signer in (COLD, STRANGER):
        refused(resigned(control, control.message, signer=signer), "signature-other-signer")


def test_malleable_twins_and_odd_encodings(ex: Exchange) -> None:
    control = hot_control(ex)
    good = control.signature
    high = (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    twin = good[:32] + high + bytes([55 - good[64]])
    cases = {
        "signature-high-s": [twin],
        "signature-v": [good[:64] + bytes([v]) for v in (0, 1, 26, 29, 35, 37, 255)],
        "signature-length": [b"", good[:64], good + b"\0", good[:-2]],
        "signature-range": [
            bytes(32) + good[32:],
            good[:32] + bytes(32) + good[64:],
            ORDER.to_bytes(32, "big") + good[32:],
            good[:32] + ORDER.to_bytes(32, "big") + good[64:],
            (5).to_bytes(32, "big") + good[32:],  # x = 5 is no point of the curve
        ],
    }
    for code, signatures in cases.items():
        for signature in signatures:
            refused(replace(control, signature=signature), code)


def test_the_audit_sees_it(ex: Exchange) -> None:
    control = hot_control(ex)
    fails(judge(ex, **with_control(ex, signed_again(control, issuer="Other K.K."))), "control", "Other K.K.")
    fails(judge(ex, **with_control(ex, replace(control, signature=bytes(65)))), "control", "signature")
    assert judge(ex)["control"].outcome is Outcome.HOLDS


def test_the_report_gives_another_time(ex: Exchange) -> None:
    text = ex.report.to_bytes().replace(b'"issued":"2026-11-20T14:00:00Z"', b'"issued":"2026-11-20T13:00:00Z"')
    fails(judge(ex, report=text), "control", "another scheme or time")
