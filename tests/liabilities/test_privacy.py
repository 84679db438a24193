"""The figures of privacy against what they claim: all coalitions of small trees, all draws of checkers, real splits."""

import itertools
import json
import math
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from por.errors import UsageError
from por.liabilities import chances, privacy
from por.liabilities.build import build_liabilities
from por.liabilities.manifest import AssetLiabilities
from por.liabilities.privacy_leaves import Leaves, read_leaves
from por.liabilities.proofs_layout import path_nodes
from por.snapshot import AssetSettings
from tests.conftest import por
from tests.liabilities import reference
from tests.liabilities.ledgers import SNAPSHOT_KEY, snapshot, write_csv


def row(count, total=0, pieces=1, split_above=0):
    return AssetLiabilities(
        asset="BTC",
        decimals=8,
        count=count,
        total=total,
        root=bytes(32),
        pieces=pieces,
        split_above=split_above,
        excluded_rows=0,
        excluded_amount=0,
    )


@pytest.mark.parametrize("count", range(70))
def test_siblings(count):
    lengths = [len(list(path_nodes(index, count))) for index in range(count)]
    assert privacy.path_lengths(count) == ((min(lengths), max(lengths)) if lengths else (0, 0))


def seen(count, members):
    """Leaves that a coalition sees exactly, and groups of others of which it knows a sum but no smaller one."""
    known = {(0, index) for index in members}
    for index in members:
        known |= set(path_nodes(index, count))
    exact, groups = set(), set()
    for level, index in known:
        spanned = range(index << level, min((index + 1) << level, count))
        if not set(spanned) & set(members):  # a last leaf without a neighbour stands on higher levels too
            (exact if len(spanned) == 1 else groups).add(spanned)
    return exact, groups


@pytest.mark.parametrize("count", range(1, 11))
def test_coalitions_see_no_more_than_is_said_and_on_average_just_that(count):
    for members in range(1, count + 1):
        found = privacy.asset_privacy(row(count, total=1), coalitions=[members], store=None).coalitions[0]
        exact, groups = zip(
            *(seen(count, drawn) for drawn in itertools.combinations(range(count), members)), strict=True
        )
        assert max(map(len, exact)) <= found.leaves_at_most
        assert Fraction(sum(map(len, exact)), len(exact)) == found.leaves_expected
        assert max(len(e) + len(g) for e, g in zip(exact, groups, strict=True)) <= found.groups_at_most
        assert max(map(len, exact)) == found.leaves_at_most or members > count // 2
        assert found.own_expected == Fraction(members, count)
    assert privacy.asset_privacy(row(count), coalitions=[count + 1], store=None).coalitions == ()


@pytest.mark.parametrize("count", range(2, 40))
def test_the_last_leaf_of_an_odd_tree_is_seen_by_many(count):
    sees = [seen(count, [index])[0] for index in range(count)]
    last = range(count - 1, count)
    found = privacy.asset_privacy(row(count), coalitions=[], store=None)
    assert found.last_seen_by == sum(last in exact for exact in sees)
    assert found.again == Fraction(sum(map(len, sees)), count * (count - 1))
    assert privacy.last_seen_by(2**20 + 1) == 2**20


def test_draws_without_a_marked_one_are_what_they_are_however_many():
    draws = list(itertools.combinations(range(9), 4))
    for marked in range(10):
        none = sum(not set(draw) & set(range(marked)) for draw in draws)
        assert chances.none_drawn(9, marked, 4) == Fraction(none, len(draws))
    near = chances.none_drawn(10**5, 300, 400)
    exact = Fraction(math.comb(10**5 - 300, 400), math.comb(10**5, 400))
    assert near != exact and abs(near / exact - 1) < Fraction(1, 10**40)


def test_bounds_on_the_number_of_accounts_hold_for_every_way_to_split():
    key = reference.asset_key(SNAPSHOT_KEY, "BTC")
    for amounts in itertools.product((0, 3, 4, 50), repeat=3):
        for pieces, above in ((1, 0), (2, 3), (4, 3), (3, 0), (5, 40)):
            balances = {f"user-{number}": units for number, units in enumerate(amounts)}
            leaves = reference.leaves(key, balances, pieces, above)
            least, most = privacy.accounts(row(len(leaves), sum(amounts), pieces, above))
            assert least <= len(balances) <= most, (amounts, pieces, above)
    assert privacy.accounts(row(7, 100)) == (7, 7)
    assert privacy.accounts(row(8, 100, 4, 10)) == (2, 5), "8 leaves of at most 10 are not 100: somebody was split"


@pytest.mark.parametrize("pieces", [2, 4, 8])
def test_pieces_are_as_large_as_is_said(pieces):
    """Of 3,000 balances cut by the format's own rule; a tolerance of four standard errors."""
    key, whole = reference.asset_key(SNAPSHOT_KEY, "BTC"), 10**15
    largest = [max(reference.split(key, f"user-{number}", whole, pieces, 0)) for number in range(3000)]
    said = privacy.splitting(row(9, 9, pieces))
    assert abs(sum(largest) / len(largest) / whole - said.largest_piece) < 4 * 0.25 / math.sqrt(3000)
    share = sum(piece > whole / 2 for piece in largest) / 3000
    assert abs(share - said.half_seen) < 4 * 0.5 / math.sqrt(3000)


def test_nothing_is_hidden_where_nothing_is_split():
    said = privacy.splitting(row(9, 9))
    assert (said.largest_piece, said.half_seen) == (1, 1)


def test_the_page_states_the_figures_of_splitting():
    page = (Path(__file__).parents[2] / "docs/privacy.md").read_text()
    shares, halves = (
        re.findall(r"([0-9.]+) for ([0-9]+)", line) for line in re.findall(r"^- the .*: (.*)[;]$", page, re.M)
    )
    assert [pieces for _, pieces in shares] == [pieces for _, pieces in halves] == ["2", "4", "8", "16"]
    for stated, pieces in shares:
        assert round(float(privacy.splitting(row(1, 1, int(pieces))).largest_piece), 2) == float(stated)
    for stated, pieces in halves:
        assert f"{float(privacy.splitting(row(1, 1, int(pieces))).half_seen):.1g}" == f"{float(stated):.1g}"


# --- chances -----------------------------------------------------------------------------------------------------


def test_the_chance_that_k_go_unnoticed_is_exact():
    for percent, omitted in itertools.product((0, 1, 5, 50, 100), (0, 1, 2, 7)):
        share = Fraction(percent, 100)
        assert chances.unnoticed(share, omitted) == chances.decimal((1 - share) ** omitted)
        among = chances.unnoticed_among(40, share, omitted)
        checkers = round(40 * share)
        wanted = Fraction(math.comb(40 - omitted, checkers), math.comb(40, checkers))
        assert abs(among - chances.decimal(wanted)) < Decimal("1e-45")


def test_drawing_without_replacement_is_what_counting_every_draw_gives():
    draws = list(itertools.combinations(range(9), 3))
    unnoticed = sum(not set(drawn) & {0, 1} for drawn in draws)
    assert chances.show(chances.unnoticed_among(9, Fraction(1, 3), 2)) == chances.show(Fraction(unnoticed, len(draws)))


def test_figures_are_shown_to_six_digits():
    assert chances.show(Fraction(95, 100) ** 100) == "0.00592053"
    assert chances.show(chances.unnoticed(Fraction(1, 10), 1000)) == "1.74787e-46"
    assert chances.show(chances.unnoticed(Fraction(1, 2), 1_000_000)).endswith("e-301030")
    shown = [
        chances.show(Fraction(*pair))
        for pair in ((0, 1), (1, 1), (1, 3), (200, 3), (12, 1), (1, 10**6), (2 * 10**7, 3))
    ]
    assert shown == ["0", "1", "0.333333", "66.6667", "12", "0.000001", "6666670"]


def test_impossible_questions_are_refused():
    for ask in (
        lambda: chances.unnoticed(Fraction(3, 2), 1),
        lambda: chances.unnoticed(Fraction(1, 2), chances.MAX_OMITTED + 1),
        lambda: chances.unnoticed_among(3, Fraction(1, 2), 4),
    ):
        with pytest.raises(UsageError):
            ask()


# --- a snapshot --------------------------------------------------------------------------------------------------

AMOUNTS = [0, 0, 5, 5, 7, 2**70, 2**100, 1, 2, 3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("privacy")
    rows = [(f"user-{number}", "BTC", units) for number, units in enumerate(AMOUNTS)]
    rows += [(f"user-{number}", "ETH", 10**6) for number in range(6)]
    split = AssetSettings(decimals=18, pieces=4, split_above=10)
    of = snapshot(BTC=AssetSettings(decimals=8), ETH=split, XRP=AssetSettings(decimals=6))
    ledger = write_csv(made / "l.csv", rows)
    build_liabilities(ledger=[ledger], snapshot=of, snapshot_key=SNAPSHOT_KEY, out=made / "out")
    return made / "out"


def test_the_store_tells_the_largest_and_those_like_no_other(folder):
    manifest = json.loads((folder / "liabilities.json").read_text())
    btc = replace(row(10, sum(AMOUNTS)), root=bytes.fromhex(manifest["assets"][0]["root"]))
    found = read_leaves(folder, btc, coalitions=[1, 3, 1000])
    best = sorted(AMOUNTS, reverse=True)
    assert found == Leaves(tops=tuple((k, sum(best[:k])) for k in (1, 2, 3, 6, 10)), unique=6, zero=2)
    group = privacy.asset_privacy(btc, coalitions=[3], store=found).coalitions[0]
    assert group.known_at_most == Fraction(sum(best[:6]), sum(AMOUNTS)) > group.own_at_most


def test_the_command_tells_all_of_it(folder):
    ran = por("liabilities", "privacy", folder, "--checking", "5", "--omitted", "100", "--coalition", "2", "--json")
    found = ran.document["privacy"]
    btc, eth, xrp = found["assets"]
    assert (btc["leaves"], btc["siblings"], btc["accounts"]) == (10, {"least": 2, "most": 4}, {"least": 10, "most": 10})
    assert eth["accounts"] == {"least": 6, "most": 21} and eth["splitting"]["largest_piece_expected"] == "0.520833"
    assert xrp["coalitions"] == [] and xrp["store"]["largest_leaf"] == "0"
    assert [group["balances_seen_expected"] for group in btc["coalitions"]] == ["1.77778"]
    assert found["omission"] == {
        "customers": 24,
        "rows": [
            {
                "checking": "0.05",
                "omitted": 100,
                "unnoticed": "0.00592053",
                "unnoticed_without_replacement": chances.show(Fraction(math.comb(24, 6), math.comb(124, 6))),
            }
        ],
    }
    text = por("liabilities", "privacy", folder)
    assert text.code == 0 and "a cheat picks accounts that sleep" in text.out and "1.74787e-46" in text.out


def test_without_the_store_the_manifest_still_tells(folder, tmp_path):
    (tmp_path / "liabilities.json").write_bytes((folder / "liabilities.json").read_bytes())
    ran = por("liabilities", "privacy", tmp_path, "--json")
    assert ran.code == 0 and {asset["store"] for asset in ran.document["privacy"]["assets"]} == {None}
    assert "the store is not there" in por("liabilities", "privacy", tmp_path).out


def test_wrong_options_are_told(folder):
    for words, code in ((("--checking", "101"), 2), (("--checking", "five"), 3), (("--omitted", "2000000"), 2)):
        assert por("liabilities", "privacy", folder, *words).code == code
    assert por("liabilities", "privacy", folder / "nowhere").code == 3
