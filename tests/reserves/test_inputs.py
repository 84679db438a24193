"""wallets.csv, declared.toml, CAIP names: what is read, and that everything else is refused by name."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from por.errors import InputError, PorError
from por.reserves import caip
from por.reserves.declared import parse_declared
from por.reserves.wallets import parse_wallets

HEAD = "account,assets,purpose,storage,scheme,custodian,label\n"
ONE = "eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
TWO = "eip155:1:0xDe5ae63A348C4d63343C8E20Fb6286909418c8A4"
DOGECOIN = "bip122:1a91e3dace36e2be3bf030a65679fe82:DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"
BITCOIN = "bip122:000000000019d6689c085ae165831e93:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
DIGEST = "sha256:" + "ab" * 32
# EIP-55's own test vectors
EIP55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


def test_wallets() -> None:
    line = f'{ONE},ETH JPYC,customers,hot,eip191,,"a, ""quoted"" label"\r'
    first, second = parse_wallets(f"{HEAD}# hot\n{line}\n\n{TWO},ETH,own,third-party,eip1271,Cust,x\n")
    assert (first.assets, first.label, first.where) == (("ETH", "JPYC"), 'a, "quoted" label', "wallets.csv line 3")
    assert (second.purpose, second.storage, second.custodian) == ("own", "third-party", "Cust")
    assert first.name == "eip155-1-0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "wallets-header"),
        (HEAD, "wallets-empty"),
        (HEAD.replace("label", "name") + f"{ONE},ETH,own,hot,eip191,,", "wallets-header"),
        (HEAD + f"{ONE},ETH,own,hot,eip191,", "csv-columns"),
        (HEAD + f'{ONE},"ETH,own,hot,eip191,,', "csv-malformed"),
        (HEAD + f"{ONE},,own,hot,eip191,,", "wallet-assets"),
        (HEAD + f"{ONE},BTC:lent,own,hot,eip191,,", "wallet-assets"),
        (HEAD + f"{ONE},eth,own,hot,eip191,,", "asset-malformed"),
        (HEAD + f"{ONE},ETH,mine,hot,eip191,,", "wallet-purpose"),
        (HEAD + f"{ONE},ETH,own,warm,eip191,,", "wallet-storage"),
        (HEAD + f"{ONE},ETH,own,hot,rot13,,", "scheme-unknown"),
        (HEAD + f"{ONE},ETH,own,hot,eip191,,a\x07b", "text-malformed"),
        (HEAD + "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B,ETH,own,hot,eip191,,", "account-malformed"),
        (HEAD + f"{ONE[:-1]}C,ETH,own,hot,eip191,,", "address-checksum"),
        (HEAD + f"{ONE[:-1]},ETH,own,hot,eip191,,", "address-malformed"),
        (HEAD + f"{ONE.lower()},ETH,own,hot,eip191,,", "address-no-checksum"),
        (HEAD + f"{ONE.replace(':1:', ':01:')},ETH,own,hot,eip191,,", "chain-malformed"),
        (HEAD + f"{BITCOIN},BTC,own,hot,eip191,,", "scheme-chain"),
        (HEAD + f"{DOGECOIN},DOGE,own,hot,eip191,,", "chain-unsupported"),
    ],
)
def test_wallets_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_wallets(text)
    assert caught.value.code == code
    assert "wallets.csv" in caught.value.message
    assert caught.value.hint


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_noise_is_an_input_error(text: str) -> None:
    for reader in (parse_wallets, lambda t: parse_wallets(HEAD + t), parse_declared):
        with contextlib.suppress(PorError):
            reader(text)
    for name in (caip.parse_account, caip.parse_asset, caip.parse_chain, caip.parse_address):
        with pytest.raises(InputError):
            name(text + "\x00", where="here")


def test_checksums() -> None:
    for address in EIP55:
        assert caip.checksum(bytes.fromhex(address[2:])) == address
        assert caip.parse_address(address, where="here") == address
        with pytest.raises(InputError):
            caip.parse_address("0x" + address[2:].swapcase(), where="here")


def test_asset_ids() -> None:
    assert caip.parse_asset("eip155:1/slip44:60", where="here").contract is None
    token = caip.parse_asset("eip155:1/erc20:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B", where="here")
    assert (token.chain, len(token.raw)) == ("eip155:1", 20)
    for bad in ("eip155:1/slip44:060", "eip155:1/erc721:1", "eip155:1", "eip155:1/erc20:0x1", "eip155:1/slip44:"):
        with pytest.raises(InputError):
            caip.parse_asset(bad, where="here")


TERM = 'from = "2026-04-01", to = "2027-03-31"'
FULL = f"""
[[holding]]
kind = "bank-deposit"
asset = "JPY"
amount = "5"
at = "2026-11-20"
institution = "Bank"
document = "{DIGEST}"

[reserve]
funds = [{{ amount = "300", at = "2026-11-20", institution = "Bank", document = "{DIGEST}" }}]
insurance = [{{ {TERM}, limit = "100", deductible = "5", insurer = "I", document = "{DIGEST}" }}]
volumes = [{{ year = 2025, spot = "1", margin = "2" }}, {{ year = 2026, spot = "3" }}]
incidents = [{{ at = "2024-05-31", loss = "48200000000" }}]

[company]
net_assets = "1"
"""


def test_declared() -> None:
    found = parse_declared(FULL)
    assert [(row.kind, row.amount, row.purpose) for row in found.holdings] == [("bank-deposit", 5, "customers")]
    assert found.reserve is not None
    assert [fund.amount for fund in found.reserve.funds] == [300]
    assert [(i.limit, i.deductible, i.from_, i.to) for i in found.reserve.insurance] == [
        (100, 5, "2026-04-01", "2027-03-31")
    ]
    assert [(v.year, dict(v.by)) for v in found.reserve.volumes] == [
        (2025, {"margin": 2, "spot": 1}),
        (2026, {"spot": 3}),
    ]
    assert [row.loss for row in found.reserve.incidents] == [48200000000]
    assert found.company == {"net_assets": "1"}
    assert parse_declared("").holdings == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('amount = "5"', "amount = 5"),
        ('amount = "5"', 'amount = "-5"'),
        ('amount = "5"', 'amount = "05"'),
        ('"2026-11-20"\ninst', '"2026-11-31"\ninst'),
        ('"2026-11-20"\ninst', "2026-11-20\ninst"),
        ("bank-deposit", "bank"),
        ('asset = "JPY"', 'asset = "jpy"'),
        ("sha256:", "sha1:"),
        ("[company]", "[companies]"),
        ("year = 2025", "year = 2026"),
        ("year = 2025", 'year = "2025"'),
        ("year = 2025, ", ""),
        ('from = "2026-04-01", ', ""),
        ("2027-03-31", "2025-03-31"),
        ("incidents", "accidents"),
        ('institution = "Bank"\n', 'institution = ""\n'),
    ],
)
def test_declared_refused(old: str, new: str) -> None:
    assert old in FULL
    with pytest.raises(InputError) as caught:
        parse_declared(FULL.replace(old, new, 1))
    assert "declared.toml" in caught.value.message
    assert caught.value.hint
