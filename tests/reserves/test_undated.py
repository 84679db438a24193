"""A published text in place of a challenge: shown as what it is by every check, and weaker than all others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fixtures.chain import CHAIN, sign_text
from por import canonical
from por.errors import InputError
from por.outcomes import Basis, Outcome
from por.reserves.control import ControlFile
from por.reserves.report import Report
from por.solvency.holdings import on_chain
from por.solvency.pack import shipped
from tests.attacks.reserves_world import fails, hot_control, judge, with_control
from tests.evm import HOT, Exchange, needs_anvil

TEXT = "I am an address of Example Exchange"


def published(ex: Exchange, text: str = TEXT) -> ControlFile:
    return replace(
        hot_control(ex), scheme="published", message=text, signature=sign_text(HOT, text).lower().encode(), header=None
    )


def claimed(ex: Exchange, control: ControlFile, **changes: str) -> dict[str, Any]:
    """Report and evidence of an exchange whose hot wallet shows this control file, and says so."""
    found = with_control(ex, control)
    document = json.loads(found["report"])
    for row in document["chains"][0]["holdings"]:
        if row["account"] == control.account:
            row["control"].update({"scheme": control.scheme, "issued": "undated"} | changes)
    return {**found, "report": canonical.encode(document)}


@needs_anvil
def test_it_is_listed_apart_and_holds_nobody(ex: Exchange) -> None:
    checks = judge(ex, **claimed(ex, published(ex)))
    assert checks["control-undated"].outcome is Outcome.NOT_COVERED
    assert f"{published(ex).account} signed '{TEXT}'" in checks["control-undated"].detail
    assert checks["control"].outcome is Outcome.HOLDS
    assert "1 accounts signed no challenge of ours" in checks["control"].detail
    assert judge(ex)["control-undated"].detail == "the report has nothing of this kind"


@needs_anvil
def test_it_never_passes_for_a_dated_one(ex: Exchange) -> None:
    control = published(ex)
    dated = hot_control(ex).message.split("issued: ")[1][:20]
    fails(judge(ex, **claimed(ex, control, issued=dated)), "control", "another scheme or time")
    fails(judge(ex, **claimed(ex, control, scheme="eip191")), "control", "another scheme or time")
    # and a dated one cannot hide its date
    fails(judge(ex, **claimed(ex, hot_control(ex))), "control", "another scheme or time")
    wrong = replace(control, message=TEXT + "!")
    fails(judge(ex, **claimed(ex, wrong)), "control", "another key")


@needs_anvil
def test_what_it_shows_counts_as_declared(ex: Exchange) -> None:
    report = Report.from_bytes(claimed(ex, published(ex))["report"])
    pack = shipped("demo")
    plain, _ = on_chain(pack, ex.report)
    found, _ = on_chain(pack, report)
    assert {row.basis for row in found if row.account == published(ex).account} == {Basis.DECLARED}
    assert {row.basis for row in plain if row.account == published(ex).account} == {Basis.PROVEN}


@needs_anvil
def test_the_word_stands_for_nothing_else(ex: Exchange) -> None:
    with pytest.raises(InputError):
        Report.from_bytes(claimed(ex, published(ex), issued="Undated")["report"])
    assert CHAIN in published(ex).account
