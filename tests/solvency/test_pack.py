"""Policy packs: what is shipped, and that every slip in one is found when it is loaded."""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from por.errors import InputError, TrustError
from por.reserves.caip import checksum
from por.reserves.tables import FULL_WORD
from por.solvency.pack import load_pack, parse_pack, shipped, shipped_ids
from tests.solvency.cases import edited, japan

RULES = (
    "segregation", "hot-limit", "cold-rest", "guarantee", "fiat-trust", "net-assets", "liability-reserve",
    "combined-coverage", "stablecoin-funds-transfer", "stablecoin-trust",
)  # fmt: skip


def test_what_is_shipped() -> None:
    assert shipped_ids() == ("demo", "dubai", "hong-kong", "japan")
    for id in shipped_ids():
        pack = shipped(id, "1")
        assert (pack.id, pack.version) == (id, "1")
        assert pack.sha256 == hashlib.sha256(pack.data).hexdigest()
        assert pack.rule_ids() == RULES or id not in ("demo", "japan")
        assert all(rule.reference for rule in pack.rules)


def test_a_pack_that_is_not_shipped_is_missing_trust_material() -> None:
    with pytest.raises(TrustError) as found:
        shipped("atlantis")
    assert found.value.code == "policy-unknown"
    with pytest.raises(TrustError) as found:
        shipped("japan", "99")
    assert found.value.code == "policy-unknown"


def test_a_pack_under_the_name_of_a_shipped_one_is_noticed() -> None:
    assert shipped("japan", "1", shipped("japan").sha256) == shipped("japan")
    other = japan(("declared_days = 7", "declared_days = 700"))
    with pytest.raises(TrustError) as found:
        shipped(other.id, other.version, other.sha256)
    assert found.value.code == "policy-differs"


def test_a_pack_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(edited("japan", ("^declared_days = 7", "declared_days = 3")))
    assert load_pack(path).freshness.declared_days == 3
    path.write_bytes(b"\xff")
    with pytest.raises(InputError) as found:
        load_pack(path)
    assert found.value.code == "file-not-text"


def test_real_ids_of_japan() -> None:
    tables = shipped("japan").tables
    assert tables.backing_of("eip155:1/slip44:60").asset == "ETH"  # type: ignore[union-attr]
    usdc = tables.backing_of("eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
    assert usdc is not None and (usdc.asset, usdc.decimals) == ("USDC", 6)
    chains = [row.chain for row in tables.backings if row.asset == "JPYC"]
    assert chains == ["eip155:1", "eip155:137", "eip155:43114", "eip155:8217"]
    assert {row.decimals for row in tables.backings if row.asset == "JPYC"} == {18}
    wrapped = "eip155:1/erc20:0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    prepaid = "eip155:1/erc20:0x431D5dfF03120AFA4bDf332c61A6e1766eF37BDB"
    assert tables.backing_of(wrapped) is None
    assert tables.backing_of(prepaid) is None
    assert shipped("japan").fiat == {"JPY"}


def test_demo_is_japan_and_the_local_chain() -> None:
    read = {
        id: tomllib.loads(resources.files("por.solvency").joinpath("packs", f"{id}.toml").read_text("utf-8"))
        for id in ("japan", "demo")
    }
    demo, real = read["demo"], read["japan"]
    assert demo["pack"].pop("chains") == ["eip155:31337"]
    assert not any(chain.startswith("eip155:31337") for chain in real["pack"].pop("chains"))
    assert demo["pack"].pop("id") == "demo" and real["pack"].pop("id") == "japan"
    assert demo["pack"].pop("title") == real["pack"].pop("title").replace("Japan", "Demonstration of Japan", 1)
    assert "says anything of real coins" in demo["pack"]["limitations"].pop(0)
    for row in demo["assets"]:
        row["ids"] = [entry for entry in row["ids"] if not entry["id"].startswith("eip155:31337/")]
    local = [row for row in demo.pop("tokens") if row["chain"] == "eip155:31337"]
    assert len(local) == 2
    assert "tokens" not in real
    assert demo == real


def test_the_local_chain_backs_eth_jpyc_and_usdc() -> None:
    pack = shipped("demo")
    local = {row.asset: row.decimals for row in pack.tables.backings if row.chain == "eip155:31337"}
    assert local == {"ETH": 18, "USDC": 6, "JPYC": 18}
    for token in pack.tables.tokens:
        assert (token.slot, token.key_order, token.mask) == (0, "slot-key", FULL_WORD)


def test_the_day_of_the_law_is_japans() -> None:
    pack = japan()
    assert pack.day(1_795_186_799) == "2026-11-20"  # 14:59:59Z
    assert pack.day(1_795_186_800) == "2026-11-21"  # 15:00:00Z is midnight in Tokyo
    assert pack.business_year("2027-03-31") == 2026
    assert pack.business_year("2027-04-01") == 2027


RULE = '[[rules]]\nid = "segregation"\ntitle = "t"\nreference = "r"\nfrom = "{}"\n\n[[rules]]\nid = "fiat-trust"'


@pytest.mark.parametrize(
    ("pattern", "replacement", "code", "named"),
    [
        ("^format = .*", 'format = "por-policy/2"', "document-malformed", "format"),
        ("^price_hours = 24", "price_days = 24", "document-malformed", "windows.price_hours"),
        ("^days_to_cure = 5", "days_to_mend = 5", "document-unknown-key", "days_to_mend"),
        ('^days_to_cure = 5', 'days_to_cure = "5"', "document-malformed", "days_to_cure"),
        ("^days_to_cure = 5", "days_to_cure = -1", "pack-malformed", "segregation"),
        ('^reference = "Payment Services.*', "", "document-malformed", "reference"),
        ('^reference = "Payment Services.*', 'reference = " "', "pack-reference-missing", "segregation"),
        ('^reference = "FIEA.*', 'reference = ""', "pack-reference-missing", "securities-firms"),
        ('^days_to_cure = 5', 'to = "2020-04-30"', "pack-dates-reversed", "segregation"),
        ('^days_to_cure = 5', 'to = "2020-13-01"', "date-malformed", "segregation"),
        ('^\\[\\[rules\\]\\]\nid = "fiat-trust"', RULE.format("2026-01-01"), "pack-dates-overlap", "segregation"),
        ('^id = "fiat-trust"', 'id = "segregation"', "pack-dates-overlap", "segregation"),
        ('^id = "fiat-trust"', 'id = "feel-good"', "pack-rule-unknown", "feel-good"),
        ("^days_to_cure = 5", 'parameters = { mercy = "1" }', "pack-parameter-unknown", "mercy"),
        ('^spot = "0.2"', 'tulips = "0.2"', "pack-formula-input", "tulips"),
        ('^spot = "0.2"', 'spot = "-0.2"', "decimal-malformed", "spot"),
        ('^kind = "volume-coefficient"', 'kind = "wishful"', "document-malformed", "parts"),
        ("^years = 3", "years = 0", "pack-malformed", "parts"),
        ('^insurance_share = "0.5"', 'insurance_share = "1.5"', "pack-malformed", "insurance_share"),
        ('^insurance_share = "0.5"', 'insurance_share = "0.5"\nfloor = "9"\ncap = "8"', "pack-malformed", "cap"),
        ('^code = "LTC"', 'code = "BTC"', "pack-twice", "BTC"),
        ('^code = "LTC"', 'code = "LTC:lent"', "pack-malformed", "LTC:lent"),
        ('^code = "LTC"', 'code = "JPY"', "pack-fiat-backed", "JPY"),
        ("slip44:2", "slip45:2", "asset-id-malformed", "LTC"),
        ("12a765e31ffd4059bada1e25190f6e98/slip44:2", "000000000019d6689c085ae165831e93/slip44:0", "pack-twice", "LTC"),
        ("slip44:60\", decimals = 18", 'slip44:60", decimals = 78', "pack-malformed", "ETH"),
        ("0xA0b86991", "0xa0b86991", "address-checksum", "USDC"),
        ('^  "eip155:137",', '  "eip155:1",', "pack-twice", "eip155:1"),
        ('^id = "japan"', 'id = "Japan!"', "pack-malformed", "id"),
        ('^version = "1"', 'version = "new"', "pack-malformed", "version"),
        ("^utc_offset_minutes = 540", "utc_offset_minutes = 5400", "pack-malformed", "utc_offset"),
        ("^declared_days = 7", "declared_days = -7", "pack-malformed", "declared_days"),
        ('^excluded_classes = .*', 'excluded_classes = ["LENT"]', "pack-malformed", "LENT"),
        ("^\\[windows\\]", "[windows", "toml-malformed", "line"),
    ],
)  # fmt: skip
def test_a_slip_is_named(pattern: str, replacement: str, code: str, named: str) -> None:
    with pytest.raises(InputError) as found:
        japan((pattern, replacement))
    assert found.value.code == code, found.value.message
    assert named in found.value.message
    assert found.value.hint


def test_two_formulas_for_one_day() -> None:
    text = edited("japan").decode()
    start, end = text.index("[[formulas]]"), text.index("# What backs what")
    with pytest.raises(InputError) as found:
        parse_pack((text + "\n" + text[start:end]).encode())
    assert found.value.code == "pack-dates-overlap"


def test_a_reserve_rule_without_a_formula() -> None:
    text = edited("japan").decode()
    start, end = text.index("[[formulas]]"), text.index("# What backs what")
    with pytest.raises(InputError) as found:
        parse_pack((text[:start] + text[end:]).encode())
    assert found.value.code == "pack-formula-missing"


@pytest.mark.parametrize(
    ("pattern", "replacement", "code"),
    [
        ('^contract = "0xA15B', 'contract = "0x700b6A60ce7EaaEA56F065753d8dcB9653dbAD35" #', "pack-twice"),
        ('^contract = "0xA15BB6', 'contract = "0xa15BB6', "address-checksum"),
        ("^contract = .*", 'contract = "0x0000000000000000000000000000000000001271"', "pack-token-unbacked"),
        ('^code_hash = "ab', 'code_hash = "', "hex-malformed"),
        ("^slot = 0", "slot = -1", "pack-malformed"),
        ("^slot = 0", 'slot = "0xZZ"', "pack-malformed"),
        ("^slot = 0", 'slot = "0x1' + 64 * "0" + '"', "pack-malformed"),
        ("^key_order = .*", 'key_order = "any"', "document-malformed"),
    ],
)
def test_a_slip_in_the_token_table(pattern: str, replacement: str, code: str) -> None:
    with pytest.raises(InputError) as found:
        parse_pack(edited("demo", (pattern, replacement)), where="demo.toml")
    assert found.value.code == code, found.value.message


def test_a_slot_beyond_tomls_integers_and_a_mask() -> None:
    wide = "0x" + "5a" * 32
    pack = parse_pack(edited("demo", ("^slot = 0", f'slot = "{wide}"\nmask = "0x7f"')))
    assert (pack.tables.tokens[0].slot, pack.tables.tokens[0].mask) == (int(wide, 16), 0x7F)


def test_kinds_of_formula_that_japan_does_not_use() -> None:
    parts = """[[formulas.parts]]
kind = "share-of-custody"
share = "0.001"

[[formulas.parts]]
kind = "plus-incidents"
years = 10
share = "0.1"
of = "largest"

[[formulas.parts]]
kind = "tiers"
input = "custody"
tiers = [{ above = "0", rate = "0.01" }, { above = "100", rate = "0.005" }]

# What backs what"""
    assert len(japan(("^# What backs what", parts)).formulas[0].formula.parts) == 4
    for good, bad, code in (
        ('input = "custody"', 'input = "mood"', "pack-formula-input"),
        ('above = "100"', 'above = "0"', "pack-malformed"),
        ('above = "0"', 'above = "1"', "pack-malformed"),
        ("years = 10", "years = 0", "pack-malformed"),
    ):
        with pytest.raises(InputError) as found:
            japan(("^# What backs what", parts.replace(good, bad)))
        assert found.value.code == code


def test_a_rule_may_change_with_the_day() -> None:
    later = RULE.format("2027-07-23").replace('reference = "r"', 'reference = "the new Act"')
    pack = japan(
        ('^from = "2020-05-01"\ndays_to_cure = 5', 'from = "2020-05-01"\nto = "2027-07-22"'),
        ('^\\[\\[rules\\]\\]\nid = "fiat-trust"', later),
    )
    before, after = pack.rule("segregation", "2027-07-22"), pack.rule("segregation", "2027-07-23")
    assert before is not None and "63-11(2)" in before.reference
    assert after is not None and after.reference == "the new Act"
    assert pack.rule("segregation", "2020-04-30") is None
    assert pack.rule_ids().count("segregation") == 1


def test_the_demos_tokens_are_the_contract_in_fixtures() -> None:
    """Code hash and addresses follow from the source and from the deployer's first two transactions."""
    import rlp  # type: ignore[import-untyped]
    import vyper  # type: ignore[import-untyped]
    from eth_hash.auto import keccak

    source = Path(__file__).parents[2] / "fixtures" / "contracts" / "erc20.vy"
    compiled = vyper.compile_code(source.read_text("utf-8"), output_formats=["bytecode_runtime"])
    code = bytes.fromhex(compiled["bytecode_runtime"].removeprefix("0x"))
    deployer = bytes.fromhex("a0ee7a142d267c1f36714e4a8f75612f20a79720")  # the local node's tenth account
    tokens = shipped("demo").tables.tokens
    assert {token.code_hash for token in tokens} == {keccak(code)}
    for nonce, token in enumerate(tokens):
        assert token.contract == checksum(keccak(rlp.encode([deployer, nonce]))[12:])
