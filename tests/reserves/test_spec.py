"""The examples of docs/spec are read by the readers that they specify."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from fixtures.chain import address_of, key
from por import canonical
from por.errors import ClaimError
from por.outcomes import Basis
from por.reserves.addresses.networks import NETWORKS
from por.reserves.annex import Annex
from por.reserves.caip import parse_account
from por.reserves.challenge import parse_challenge
from por.reserves.control import ControlFile, check_signature
from por.reserves.evidence import account, headers, trie
from por.reserves.evidence.bundle import Bundle, parse_shared, shared_bytes
from por.reserves.ownership import _SCHEMES, scheme
from por.reserves.ownership.eip191 import Eip191
from por.reserves.report import Report
from tests.evm import HEADER

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec"


def block(page: str, kind: str, nth: int = 0) -> str:
    found = re.findall(rf"^```{kind}\n(.*?)\n```$", (SPEC / page).read_text(), re.DOTALL | re.MULTILINE)
    return str(found[nth])


def example(page: str) -> bytes:
    return canonical.encode(json.loads(block(page, "json")))


def test_challenge() -> None:
    text = block("challenge.md", "")
    found = parse_challenge(text, where="challenge.md")
    assert (found.issuer, found.snapshot) == (HEADER.issuer, HEADER.id.hex())
    signature = bytes.fromhex(block("challenge.md", "", 1)[2:])
    holder = parse_account(found.account, where="challenge.md")
    assert holder.address == address_of(key("docs"))
    Eip191().verify(account=holder, message=text, signature=signature, contract=None, where="challenge.md")


def test_every_refusal_of_a_challenge_is_on_its_page() -> None:
    source = "".join(
        (SPEC.parents[1] / "por" / "reserves" / name).read_text() for name in ("challenge.py", "control.py")
    )
    codes = set(re.findall(r'code="(challenge-[a-z-]+)"', source))
    assert codes == set(re.findall(r"`(challenge-[a-z-]+)`", (SPEC / "challenge.md").read_text()))


def test_control() -> None:
    found = ControlFile.from_bytes(example("control.md"), where="control.md")
    assert found.message == block("challenge.md", "")
    assert found.signature.hex() == block("challenge.md", "", 1)[2:]


@pytest.mark.parametrize(("nth", "name"), [(1, "bip322"), (2, "message-multisig"), (3, "published")])
def test_control_of_each_scheme(nth: int, name: str) -> None:
    data = canonical.encode(json.loads(block("control.md", "json", nth)))
    found = ControlFile.from_bytes(data, where="control.md")
    known = scheme(found.scheme)
    assert known is not None and known.name == name
    assert found.to_bytes() == data
    assert check_signature(known, found, where="control.md")
    if known.dated:
        assert parse_challenge(found.message, where="control.md").account == found.account
    with pytest.raises(ClaimError):
        check_signature(known, replace(found, message=found.message + " "), where="control.md")


def test_accounts() -> None:
    page = (SPEC / "accounts.md").read_text()
    for line in block("accounts.md", "").split("\n"):
        assert str(parse_account(line, where="accounts.md")) == line
    for network in NETWORKS:
        versions = f"{network.p2pkh:02x}, {network.p2sh:02x}"
        prefix = network.hrp or network.cashaddr
        row = f"| `{network.chain}` | {network.title} | {versions} | {prefix} | `slip44:{network.coin}` |"
        assert row in page
    assert page.count("| `bip122:") == len(NETWORKS)


def test_every_scheme_is_on_the_pages() -> None:
    for name in _SCHEMES:
        assert f"`{name}`" in (SPEC / "challenge.md").read_text()
        assert f"`{name}`" in (SPEC / "control.md").read_text()


def test_reserves() -> None:
    found = Report.from_bytes(example("reserves.md"))
    assert found.to_bytes() == example("reserves.md")
    assert {row.basis for row in found.chains[0].holdings} == {Basis.PROVEN, Basis.NODE}
    assert canonical.digest(example("evidence.md")) in found.digests()


def test_evidence() -> None:
    found = Bundle.from_bytes(example("evidence.md"), where="evidence.md")
    (node,) = found.nodes
    assert keccak(node).hex() in (SPEC / "evidence.md").read_text()
    (claim,) = found.accounts
    address = bytes.fromhex(claim.address[2:])
    value = trie.lookup(keccak(node), address, [node], where="evidence.md")
    assert account.decode_account(value, where="evidence.md") == claim.state


def test_shared_nodes() -> None:
    data = canonical.encode(json.loads(block("evidence.md", "json", 1)))
    assert shared_bytes(parse_shared(data, where="evidence.md")) == data


def test_every_family_of_chains_is_on_its_page() -> None:
    page = (SPEC / "evidence.md").read_text()
    for chain, family in headers.CODECS.items():
        assert f"| {family} |" in page
        assert chain.partition(":")[2] in page


def test_annex() -> None:
    assert Annex.from_bytes(example("annex.md")).to_bytes() == example("annex.md")
