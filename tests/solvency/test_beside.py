"""Ratios stand beside the tests as given, unverified; encumbrances are said and taken off nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from por.errors import InputError
from por.reserves.declared import Declared
from por.reserves.identity import Encumbrance
from por.solvency.beside import UNVERIFIED
from por.solvency.pack import shipped
from por.solvency.verdict import Verdict
from tests.solvency.cases import document, japan
from tests.solvency.whatif.exchange import facts


def judged(**other: object) -> Verdict:
    given = facts()
    assert given.declared is not None
    declared: Declared = replace(given.declared, **other)  # type: ignore[arg-type]
    return replace(given, declared=declared).judge(shipped("japan"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("318", ()),
        ("140", ()),  # daily filing is for less than 140 per cent
        ("139.9", ("under 140: filed every day",)),
        ("119", ("under 140: filed every day", "under 120: under the minimum")),
        ("99", ("under 140: filed every day", "under 120: under the minimum", "under 100: business may be suspended")),
        ("plenty", ("what is given is no number",)),
    ],
)
def test_the_capital_ratio_as_given(given: str, says: tuple[str, ...]) -> None:
    (found,) = judged(company={"capital_ratio_percent": given}).beside
    assert found.given == given and found.says == (UNVERIFIED, *says)
    assert found.document()["verified"] is False


def test_a_bad_ratio_fails_no_test() -> None:
    bad, none = judged(company={"capital_ratio_percent": "1"}), judged(company={})
    assert [row.outcome for row in bad.rules] == [row.outcome for row in none.rules]
    assert bad.beside and not none.beside


def test_a_bank_s_ratio_is_another() -> None:
    (found,) = judged(company={"bank_capital_ratio_percent": "6"}).beside
    assert found.says[1:] == ("under 8: under the minimum of banks with business abroad",)


def test_an_encumbrance_is_a_sentence_and_lowers_nothing() -> None:
    claim = Encumbrance(
        asset="ETH", amount=25 * 10**17, in_favour_of="A Bank", reason="pledged", document=document("pledge")
    )
    found, plain = judged(encumbrances=(claim,)), judged()
    assert set(found.gaps) - set(plain.gaps) == {
        "ETH: 2.5 are declared to be encumbered in favour of A Bank (pledged); they are not taken off what is held"
    }
    assert [row.outcome for row in found.rules] == [row.outcome for row in plain.rules]


@pytest.mark.parametrize(
    ("pattern", "new", "words"),
    [
        ('below = "120"', 'below = "150"', "ratios[0].marks: the marks do not fall"),
        ('below = "120"', 'below = "much"', "ratios[0].marks[1].below"),
        ('^reference = "FIEA Art. 46-6 and 53"', 'reference = " "', "ratios[0].reference: a ratio needs its legal"),
        (
            '^figure = "bank_capital_ratio_percent"',
            'figure = "capital_ratio_percent"',
            "ratios[1].figure: capital_ratio",
        ),
        ('^figure = "capital_ratio_percent"', 'figure = "Capital"', "ratios[0].figure: 'Capital' is no key"),
    ],
)
def test_a_mistake_in_a_ratio_is_named_with_its_line(pattern: str, new: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        japan((pattern, new))
    assert words in caught.value.message and "japan.toml: line " in caught.value.message
