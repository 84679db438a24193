"""[[staked]] of declared.toml: validators by their withdrawal address, listed apart and counted nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from por.errors import InputError
from por.reserves.check import check_reserves
from por.reserves.declared import Declared, parse_declared
from por.solvency.beside import staked
from tests.evm import QUICK, Exchange, needs_anvil, snapshot

KEY = "0x" + "ab" * 48
TEXT = f"""
[[staked]]
withdrawal = "eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
validators = ["{KEY}", "0x{"cd" * 48}"]
amount = "64000000000000000000"
at = "2026-11-20"
document = "sha256:{"12" * 32}"
"""


def test_what_is_given_is_what_is_read() -> None:
    (row,) = parse_declared(TEXT).staked
    assert (row.amount, len(row.validators), row.at) == (64 * 10**18, 2, "2026-11-20")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (KEY, "0x" + "AB" * 48, "staked-malformed"),
        (KEY, KEY[:-2], "staked-malformed"),
        (f'"0x{"cd" * 48}"', f'"{KEY}"', "staked-malformed"),
        (f'"{KEY}", "0x{"cd" * 48}"', "", "staked-malformed"),
        ("eip155:1:0xAb58", "eip155:1:0xab58", "address-checksum"),
        ('"2026-11-20"', '"2026-11-31"', "date-malformed"),
        ("sha256:12", "sha256:1", "staked-malformed"),
        ('"64000', '"-64000', "amount-not-canonical"),
        ("amount =", "units =", "document-unknown-key"),
    ],
)
def test_what_is_malformed(old: str, new: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_declared(TEXT.replace(old, new))
    assert caught.value.code in (code, "document-malformed")


@needs_anvil
def test_the_withdrawal_address_is_a_wallet_of_ours(ex: Exchange, tmp_path: Path) -> None:
    def run(account: str) -> None:
        path = tmp_path / "declared.toml"
        path.write_text(TEXT.replace("eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B", account))
        check_reserves(
            wallets=ex.wallets,
            control=ex.control,
            snapshot=snapshot(),
            nodes=ex.nodes,
            tables=ex.tables,
            declared=path,
            out=tmp_path / "out",
            limits=QUICK,
        )

    with pytest.raises(InputError) as caught:
        run("eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B")
    assert caught.value.code == "staked-withdrawal"
    assert not (tmp_path / "out").exists()
    run(ex.wallets[1].account)
    assert (tmp_path / "out" / "reserves.json").read_bytes() == ex.report.to_bytes()  # it counts for nothing


@needs_anvil
def test_the_statement_says_so(ex: Exchange) -> None:
    (row,) = parse_declared(TEXT).staked
    ours = Declared(staked=(replace(row, withdrawal=ex.wallets[1].account), row))
    first, second = staked(ex.report, ours)
    assert first.startswith("64 ether of 2 validators") and first.endswith("control of that address is shown")
    assert second.endswith("control of that address is not shown")
    assert "counted nowhere" in first


@needs_anvil
def test_a_text_without_a_date_shows_no_control(ex: Exchange) -> None:
    """Of an address whose only signature is a published text nothing present is known."""
    (row,) = parse_declared(TEXT).staked
    account = ex.wallets[1].account
    (chain,) = ex.report.chains
    undated = tuple(
        replace(held, control=replace(held.control, scheme="published", issued="undated"))
        for held in chain.holdings
        if held.account == account
    )
    report = replace(ex.report, chains=(replace(chain, holdings=undated),))
    for shown, words in ((ex.report, "is shown"), (report, "is not shown")):
        (sentence,) = staked(shown, Declared(staked=(replace(row, withdrawal=account),)))
        assert sentence.endswith(f"control of that address {words}"), sentence
