"""[identity], [[custodian]], [[encumbrance]] and insurance's perils and haircut of declared.toml."""

from __future__ import annotations

from fractions import Fraction

import pytest

from por.errors import InputError
from por.reserves.declared import parse_declared

DIGEST = "sha256:" + "ab" * 32
TEXT = f"""
[identity]
legal_entity = "Example Exchange K.K."
platforms = ["example.jp", "app"]
out_of_scope = [{{ platform = "staking", reason = "another company's" }}]

[[custodian]]
name = "Example Custody"
jurisdiction = "Japan"

[[encumbrance]]
asset = "ETH"
amount = "5"
in_favour_of = "Example Bank"
reason = "pledged"
document = "{DIGEST}"

[[reserve.insurance]]
limit = "1000"
deductible = "100"
from = "2026-04-01"
to = "2027-03-31"
insurer = "Example Insurance"
document = "{DIGEST}"
perils = "theft"
haircut = "0.1"
"""


def test_what_is_given_is_what_is_read() -> None:
    found = parse_declared(TEXT)
    assert found.identity is not None
    assert (found.identity.legal_entity, found.identity.licence) == ("Example Exchange K.K.", "")
    assert found.identity.out_of_scope == (("staking", "another company's"),)
    assert [row.document() for row in found.custodians] == [
        {"name": "Example Custody", "jurisdiction": "Japan", "licence": ""}
    ]
    assert [row.amount for row in found.encumbrances] == [5]


def test_a_haircut_lowers_what_insurance_pays() -> None:
    # 1000 - 100 = 900, less a tenth: 810.
    assert found_insurance(TEXT) == 810
    assert found_insurance(TEXT.replace('haircut = "0.1"\n', "")) == 900
    assert found_insurance(TEXT.replace('"1000"', '"50"')) == 0


def found_insurance(text: str) -> Fraction:
    reserve = parse_declared(text).reserve
    assert reserve is not None
    return reserve.insurance[0].pays


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('haircut = "0.1"', 'haircut = "1.1"', "declared-insurance"),
        ('perils = "theft"', 'peril = "theft"', "declared-insurance"),
        ('jurisdiction = "Japan"', 'country = "Japan"', "document-malformed"),
        (
            "[[encumbrance]]",
            '[[custodian]]\nname = "Example Custody"\njurisdiction = "Jersey"\n[[encumbrance]]',
            "declared-twice",
        ),
        (f'reason = "pledged"\ndocument = "{DIGEST}"', 'reason = "pledged"\ndocument = "none"', "digest-malformed"),
        ('amount = "5"', 'amount = "0.5"', "amount-not-canonical"),
        ('asset = "ETH"', 'asset = "ether"', "asset-malformed"),
        ('platforms = ["example.jp", "app"]', 'platforms = ["a\\u202eb"]', "text-malformed"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, code: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        parse_declared(TEXT.replace(old, new, 1))
    assert caught.value.code == code and caught.value.hint
