"""Rows 17, 18, 19, 25, 35, 36 for the Bitcoin family: every scheme, each way to cheat with a signature."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from por.errors import InputError, PorError
from por.outcomes import Basis
from por.reserves import caip
from por.reserves.bitcoin import bip322, sighash
from por.reserves.bitcoin.signatures import ORDER
from por.reserves.control import ControlFile
from tests.attacks.bitcoin_world import (
    AS_OF,
    CHAIN,
    HEADER,
    HONEST,
    NETWORK,
    TWO_OF_THREE,
    A,
    B,
    C,
    mined,
    signed,
    verify,
)
from tests.reserves.signing import address, high_s, multisig, p2pkh, p2sh, p2wpkh, p2wsh, sign_p2wsh, simple

SCHEMES = sorted(HONEST)
LOGIN = """exchange.example wants you to sign in with your Bitcoin account:
{address}

Sign in to Example Exchange.

URI: https://exchange.example
Version: 1
Nonce: 32891756abcdef
Issued At: 2026-11-20T14:00:00Z"""


def refused(control: ControlFile, code: str, **more: Any) -> None:
    with pytest.raises(PorError) as caught:
        verify(control, **more)
    assert caught.value.code == code, caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_honest_one_holds(scheme: str) -> None:
    found = verify(HONEST[scheme]())
    assert found.signed
    assert found.basis is Basis.PROVEN
    again = ControlFile.from_bytes(HONEST[scheme]().to_bytes(), where="again")
    assert again == HONEST[scheme]()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": "Other Exchange K.K."}, "challenge-issuer"),
        ({"snapshot": "ab" * 32}, "challenge-snapshot"),
        ({"account": f"{CHAIN}:{address(p2pkh(B.public), NETWORK)}"}, "challenge-account"),
        ({"block_chain": "bip122:000000000019d6689c085ae165831e93"}, "challenge-chain"),
        ({"expires": AS_OF}, "challenge-expired"),
        ({"issued": AS_OF + 49 * 3600}, "challenge-future"),
        ({"issued": AS_OF - 101 * 86_400}, "challenge-too-old"),
        # row 36: made long after its block, or before it
        ({"issued": AS_OF - 7200 + 86_401}, "challenge-block-old"),
        ({"issued": AS_OF - 7201}, "challenge-block-future"),
    ],
)
def test_replayed_or_of_another_time(scheme: str, changes: dict[str, Any], code: str) -> None:
    refused(HONEST[scheme](**changes), code)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_block_than_the_texts(scheme: str) -> None:
    control = HONEST[scheme]()
    refused(replace(control, header=mined(AS_OF - 7201)), "control-header")
    refused(replace(control, header=None), "control-header-missing")
    with pytest.raises(PorError) as caught:
        verify(replace(control, header=mined(AS_OF - 7200)[:-1] + b"\xff"))
    assert caught.value.code in ("control-header", "block-work")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_changed_text_is_not_signed(scheme: str) -> None:
    control = HONEST[scheme]()
    changed = replace(control, message=control.message.replace("nonce: 0", "nonce: 1"))
    assert changed.message != control.message
    with pytest.raises(PorError) as caught:
        verify(changed)
    assert caught.value.code in ("signature-other-signer", "bip322-invalid")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_login_is_no_control(scheme: str) -> None:
    account = HONEST[scheme]().account
    text = LOGIN.format(address=account.rpartition(":")[2])
    refused(replace(HONEST[scheme](), message=text), "challenge-login")
    published = ControlFile(
        account=account, scheme="published", message=text, signature=A.message(text).encode(), header=None
    )
    refused(published, "challenge-login")


def test_one_key_signs_a_multisig_twice() -> None:
    """Row 18: 2 of 3 with one signature repeated, or with two signatures by one key."""
    twice: Callable[[str], str] = lambda text: f"{A.message(text)} {A.message(text)}"  # noqa: E731
    refused(signed("message-multisig", p2sh(TWO_OF_THREE), twice, inner=TWO_OF_THREE), "multisig-signed-twice")
    # the same key under the header of its other form is the same key
    other = lambda text: f"{A.message(text)} {A.message(text, header=27)}"  # noqa: E731
    refused(signed("message-multisig", p2sh(TWO_OF_THREE), other, inner=TWO_OF_THREE), "multisig-signed-twice")
    one = lambda text: A.message(text)  # noqa: E731
    refused(signed("message-multisig", p2sh(TWO_OF_THREE), one, inner=TWO_OF_THREE), "multisig-too-few")
    refused(
        signed("bip322", p2wsh(TWO_OF_THREE), lambda text: sign_p2wsh(TWO_OF_THREE, [A, A], text)), "bip322-invalid"
    )
    # a script that names one key twice, also once in each form
    for keys in ([A.public, A.public, B.public], [A.public, A.long, B.public]):
        script = multisig(2, keys)
        both = lambda text: f"{A.message(text)} {B.message(text)}"  # noqa: E731
        refused(signed("message-multisig", p2sh(script), both, inner=script), "multisig-key-twice")


def test_a_script_of_ones_own_choice() -> None:
    mine = multisig(1, [A.public])
    control = signed("message-multisig", p2sh(TWO_OF_THREE), A.message, inner=mine)
    refused(control, "multisig-script")
    refused(replace(control, script=None), "multisig-script")
    bare = p2pkh(A.public)
    refused(signed("message-multisig", p2sh(bare), A.message, inner=bare), "multisig-script")
    refused(replace(HONEST["bip137"](), script=mine), "control-part")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "address-checksum"),
        ("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "address-network"),
        ("xyz", "address-malformed"),
        ("bc1pfeessrawgf", "address-unsupported"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "address-spelling"),
    ],
)
def test_an_address_that_does_not_decode_is_not_fine(address: str, code: str) -> None:
    """Row 19."""
    control = replace(HONEST["bip137"](), account=f"bip122:000000000019d6689c085ae165831e93:{address}")
    with pytest.raises(InputError) as caught:
        ControlFile.from_bytes(control.to_bytes(), where="control")
    assert caught.value.code == code
    with pytest.raises(InputError):
        verify(control)


def test_the_high_s_twin() -> None:
    """Row 25: a signature that anybody can make from a good one."""
    control = HONEST["bip137"]()
    data = base64.b64decode(control.signature)
    s = ORDER - int.from_bytes(data[33:], "big")
    twin = bytes([27 + 4 + ((data[0] - 31) ^ 1)]) + data[1:33] + s.to_bytes(32, "big")
    refused(replace(control, signature=base64.b64encode(twin)), "signature-high-s")
    text = HONEST["bip322"]().message
    script = p2wpkh(A.public)
    digest = sighash.segwit(bip322.to_sign(text, script), 0, p2pkh(A.public), 0)
    witness = simple((high_s(A.ecdsa(digest)), A.public))
    refused(replace(HONEST["bip322"](), signature=witness.encode()), "signature-high-s")


@pytest.mark.parametrize("header", [26, 27, 30, 35, 38, 39, 42, 43, 0, 255])
def test_odd_headers(header: int) -> None:
    control = HONEST["bip137"]()
    data = base64.b64decode(control.signature)
    if header == data[0]:
        return
    with pytest.raises(PorError) as caught:
        verify(replace(control, signature=base64.b64encode(bytes([header]) + data[1:])))
    assert caught.value.code in ("signature-header", "signature-other-signer", "signature-range")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_around_a_signature(scheme: str) -> None:
    control = HONEST[scheme]()
    text = control.signature
    for other in (text + b" ", b" " + text, text + b"\n", text[:-4], text + b"====", text.replace(b"=", b""), b""):
        if other == text:
            continue
        with pytest.raises(PorError) as caught:
            verify(replace(control, signature=other))
        assert caught.value.code in ("signature-malformed", "signature-length"), other


def test_another_chains_scheme() -> None:
    control = HONEST["bip137"]()
    refused(replace(control, scheme="eip191", signature=bytes(65)), "scheme-chain")
    # a contract wallet's scheme asks a node, so that it would pass unasked
    refused(replace(control, scheme="eip1271", signature=bytes(65)), "scheme-chain")
    refused(replace(control, scheme="bip32"), "scheme-unknown")


def test_the_same_key_on_another_chain_is_another_account() -> None:
    control = HONEST["bip137"]()
    main = f"bip122:000000000019d6689c085ae165831e93:{address(p2pkh(A.public))}"
    refused(control, "control-account", account=main)
    assert caip.parse_account(main, where="x").script == caip.parse_account(control.account, where="x").script
    refused(replace(control, account=main), "challenge-account", account=main, header=HEADER)


def test_a_published_text_never_passes_for_a_challenge() -> None:
    text = "I am an address of Example Exchange"
    control = ControlFile(
        account=HONEST["bip137"]().account,
        scheme="published",
        message=text,
        signature=A.message(text).encode(),
        header=None,
    )
    found = verify(control)
    assert (found.challenge, found.issued, found.basis) == (None, "undated", Basis.DECLARED)
    refused(replace(control, scheme="bip137"), "challenge-malformed")
    # and a challenge signed under the name of the other scheme gains nothing: it is undated
    dressed = replace(HONEST["bip137"](), scheme="published", header=None)
    assert verify(dressed).issued == "undated"
    refused(replace(dressed, header=mined(AS_OF - 7200)), "control-part")


def test_another_keys_message() -> None:
    for scheme, sign in (("bip137", B.message), ("published", B.message)):
        control = replace(
            HONEST["bip137"](), scheme=scheme, header=None if scheme == "published" else mined(AS_OF - 7200)
        )
        refused(replace(control, signature=sign(control.message).encode()), "signature-other-signer")
    third = lambda text: f"{A.message(text)} {C.message(text)}"  # noqa: E731
    stranger = multisig(2, [A.public, B.public])
    refused(signed("message-multisig", p2wsh(stranger), third, inner=stranger), "signature-other-signer")
