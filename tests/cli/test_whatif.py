"""`por stress` and `por reserve plan` as people and machines read them, over a real publication."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.conftest import World, por

HISTORY = Path(__file__).parents[2] / "examples" / "plan" / "history.toml"


def test_every_shipped_scenario_over_a_publication(world: World) -> None:
    ran = por("stress", world.publication, "--annex", world.reserves / "annex.json", "--json")
    assert ran.code == 0, ran.out
    rows = {row["id"]: row for row in ran.document["scenarios"]}
    assert len(rows) == 9 and not any(row["missing"] for row in rows.values())
    drained = rows["hot-wallets-drained"]
    assert "segregation" in drained["broken"]
    assert int(drained["yen"]["after"]["covered"]) < int(drained["yen"]["before"]["covered"])
    assert drained["days_to_cure"] >= 5
    assert rows["prices-halved"]["yen"]["after"]["owed"] < rows["prices-halved"]["yen"]["before"]["owed"]
    segregation = next(row for row in drained["rules"] if row["id"] == "segregation")
    assert segregation["before"] == "holds" and segregation["outcome"] == "does-not-hold"


def test_a_person_reads_which_tests_fail_and_how_long_there_is(world: World) -> None:
    ran = por("stress", world.publication, "mt-gox", "--annex", world.reserves / "annex.json")
    assert ran.code == 0
    assert "mt-gox: Mt. Gox" in ran.out
    assert "segregation: does-not-hold (before: holds)" in ran.out
    assert "5 business days to cure, by 2026-" in ran.out
    assert "never cures" in ran.out


def test_without_the_annex_what_needs_it_is_said(world: World) -> None:
    ran = por("stress", world.publication, "hot-wallets-drained", "--json")
    (row,) = ran.document["scenarios"]
    assert "annex.json" in row["missing"] and row["yen"]["after"] == row["yen"]["before"]
    told = por("stress", world.publication, "hot-wallets-drained")
    assert "not played: which wallets are hot" in told.out
    (row,) = por("stress", world.publication, "hot-wallets-drained", "--hot-share", "5", "--json").document["scenarios"]
    assert row["missing"] is None and "segregation" in row["broken"]


def test_options_make_one_scenario_more(world: World) -> None:
    ran = por(
        *("stress", world.publication, "--fraud", "1000000", "--prices-down", "40", "--hot-drained", "50"),
        *("--custodian-gone", "largest", "--annex", world.reserves / "annex.json", "--json"),
    )
    (row,) = ran.document["scenarios"]
    assert row["id"] == "given" and len(row["steps"]) >= 4
    assert any("1000000 yen are to be lost" in step for step in row["steps"])


def test_several_at_once(world: World) -> None:
    apart = por("stress", world.publication, "inside-fraud", "prices-halved", "--json").document["scenarios"]
    (both,) = por("stress", world.publication, "inside-fraud", "prices-halved", "--together", "--json").document[
        "scenarios"
    ]
    assert len(apart) == 2 and both["id"] == "inside-fraud+prices-halved"
    # One per cent is lost before prices fall by half: half of what the fraud alone would leave open.
    alone, together = (int(row["yen"]["after"]["left"]) for row in (apart[0], both))
    assert together <= alone


def test_the_list_has_the_sources_of_past_incidents() -> None:
    ran = por("stress", "--list")
    assert ran.code == 0
    for words in ("2014-02-28", "4,502.9 BTC", "11.6 billion"):
        assert words in ran.out
    assert por("stress").code == 2


def test_an_annex_of_other_holdings_is_refused(world: World) -> None:
    ran = por("stress", world.shortfall, "dmm", "--annex", world.reserves / "annex.json", "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "annex-other-report"


def test_too_much_is_refused(world: World) -> None:
    for option in (("--prices-down", "100"), ("--hot-drained", "101"), ("--hot-share", "200")):
        assert por("stress", world.publication, *option).code == 2, option


def test_a_plan_in_words_csv_and_svg(tmp_path: Path) -> None:
    csv, svg = tmp_path / "plan.csv", tmp_path / "plan.svg"
    ran = por("reserve", "plan", HISTORY, "--monte-carlo", "2000", "--seed", "3", "--csv", csv, "--svg", svg)
    assert ran.code == 0, ran.err
    assert "Securities firms, ten times" in ran.out and "seed 3" in ran.out
    assert csv.read_text().count("\n") == 1 + 7 * (8 + 2 + 1)
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")


def test_a_plan_for_machines(world: World) -> None:
    ran = por("reserve", "plan", world.shop.folder / "declared.toml", "--policy", "demo", "--rate", "2.5", "--json")
    assert ran.code == 0, ran.out
    (row,) = ran.document["plan"]["formulas"]
    last = row["years"][-1]
    assert ran.document["plan"]["rate"] == "0.025"
    # 2.5 % of it a year, rounded up.
    assert int(last["cost"]) == -(-int(last["required"]) * 25 // 1000)
    # The statement asks for the same: a plan is reckoned by the formula itself.
    stated = por("rules", "explain", "liability-reserve", world.publication, "--json").document["stated"]
    assert stated["right"] == last["required"]


def test_formulas_are_either_of_a_file_or_of_a_pack() -> None:
    assert por("reserve", "plan", HISTORY, "--formulas", HISTORY, "--policy", "japan").code == 2


def test_inspect_shows_what_questions_are_asked_with() -> None:
    shipped = Path(__file__).parents[2] / "por" / "solvency"
    for path, kind in (
        (HISTORY, "history of an exchange"),
        (shipped / "whatif/scenarios/mt-gox.toml", "scenario"),
        (shipped / "planning/data/candidates.toml", "candidate formulas"),
        (shipped / "planning/data/losses-japan.toml", "distribution of losses"),
        (shipped / "packs/hong-kong.toml", "policy pack"),
    ):
        ran = por("inspect", path)
        assert ran.code == 0 and kind in ran.out, ran.out + ran.err
