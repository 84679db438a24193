"""What must hold of any exchange, whatever its figures: tried on hundreds of random ones."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from por.outcomes import Basis, Outcome
from por.reserves.report import Holding
from por.solvency.pack import Pack
from por.solvency.verdict import Verdict
from tests.solvency.cases import chain, document, fund, held, japan, owed, prices, reserve, result, rule, stated

# A pack whose assets have ids of several decimals on one chain, so that mixing them is the rule and not the exception.
IDS = {
    "AAA": (
        ("eip155:1/erc20:0x0000000000000000000000000000000000000901", 0),
        ("eip155:1/erc20:0x0000000000000000000000000000000000000902", 3),
        ("eip155:1/erc20:0x0000000000000000000000000000000000000903", 18),
    ),
    "BBB": (
        ("eip155:1/erc20:0x0000000000000000000000000000000000000911", 8),
        ("eip155:1/erc20:0x0000000000000000000000000000000000000912", 6),
    ),
    "CCC": (("eip155:1/erc20:0x0000000000000000000000000000000000000921", 2),),
}


def _pack() -> Pack:
    tables = "".join(
        f'[[assets]]\ncode = "{code}"\nids = ['
        + ", ".join(f'{{ id = "{id}", decimals = {decimals} }}' for id, decimals in ids)
        + "]\n\n"
        for code, ids in IDS.items()
    )
    return japan(("^# What backs what", tables + "# What backs what"))


PACK = _pack()
ORDER = {Outcome.DOES_NOT_HOLD: 0, Outcome.HOLDS: 1}
small = st.integers(0, 30)


@dataclass(frozen=True)
class Exchange:
    """Owed: (code, class, decimals, amount); held: (id, basis, amount), each in an account of its own."""

    owed: tuple[tuple[str, str, int, int], ...]
    held: tuple[tuple[str, Basis, int], ...]
    yen: int
    fund: int
    prices: tuple[str, str, str]

    def judge(self) -> Verdict:
        ledger = tuple(owed(f"{code}{kind}", amount, decimals) for code, kind, decimals, amount in self.owed)
        return rule(
            (*ledger, owed("JPY", 7, 0)),
            (chain(*self.holdings()),),
            holdings=(stated("JPY", self.yen),),
            reserve=reserve(fund(self.fund)),
            prices=prices(**dict(zip(IDS, self.prices, strict=True))),
            pack=PACK,
        )

    def holdings(self) -> tuple[Holding, ...]:
        return tuple(
            held(id, amount, account=f"eip155:1:account{index}", basis=basis)
            for index, (id, basis, amount) in enumerate(self.held)
        )

    def value(self, code: str, side: str) -> Fraction:
        """Whole units by school arithmetic, to compare with."""
        if side == "owed":
            rows = (
                (decimals, amount) for name, kind, decimals, amount in self.owed if name == code and kind != ":lent"
            )
        else:
            decimals_of = dict(IDS[code])
            rows = ((decimals_of[id], amount) for id, _, amount in self.held if id in decimals_of)
        return sum((Fraction(amount, 10**decimals) for decimals, amount in rows), Fraction(0))


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    rows = [
        (code, kind, draw(st.sampled_from((0, 3, 8))), draw(small))
        for code in IDS
        for kind in ("", ":margin", ":lent")
        if kind == "" or draw(st.booleans())
    ]
    ids = [id for entries in IDS.values() for id, _ in entries]
    holdings = draw(
        st.lists(
            st.tuples(st.sampled_from(ids), st.sampled_from((Basis.PROVEN, Basis.NODE)), st.integers(0, 10**19)),
            max_size=6,
        )
    )
    price = st.sampled_from(("0.5", "3", "1000000", "0.00000001"))
    return Exchange(
        owed=tuple(rows),
        held=tuple(holdings),
        yen=draw(small),
        fund=draw(st.sampled_from((0, 1, 599_999, 600_000, 10**8))),
        prices=(draw(price), draw(price), draw(price)),
    )


@settings(max_examples=150, deadline=None)
@given(exchanges())
def test_the_outcomes_are_those_of_school_arithmetic(exchange: Exchange) -> None:
    verdict = exchange.judge()
    full = all(exchange.value(code, "held") >= exchange.value(code, "owed") for code in IDS)
    assert (result(verdict, "segregation").outcome is Outcome.HOLDS) == full
    for line in result(verdict, "segregation").lines:
        assert Fraction(line.left) == exchange.value(line.label, "held")
        assert Fraction(line.right) == exchange.value(line.label, "owed")
        assert (line.outcome is Outcome.HOLDS) == (Fraction(line.left) >= Fraction(line.right))
    assert (result(verdict, "fiat-trust").outcome is Outcome.HOLDS) == (exchange.yen >= 7)
    assert (result(verdict, "liability-reserve").outcome is Outcome.HOLDS) == (exchange.fund >= 600_000)
    rates = dict(zip(IDS, map(Fraction, exchange.prices), strict=True))
    missing = sum(
        (rates[code] * max(Fraction(0), exchange.value(code, "owed") - exchange.value(code, "held")) for code in IDS),
        Fraction(max(0, 7 - exchange.yen)),
    )
    assert (result(verdict, "combined-coverage").outcome is Outcome.HOLDS) == (exchange.fund >= missing)


def decided(before: Verdict, after: Verdict) -> list[tuple[Outcome, Outcome]]:
    """The outcomes of rules that both verdicts decide: segregation, money in trust, the reserve, coverage."""
    pairs = [(old.outcome, new.outcome) for old, new in zip(before.rules, after.rules, strict=True)]
    found = [pair for pair in pairs if set(pair) <= set(ORDER)]
    assert len(found) >= 4
    return found


@settings(max_examples=150, deadline=None)
@given(exchanges(), st.sampled_from([id for entries in IDS.values() for id, _ in entries]), st.integers(1, 10**19))
def test_more_assets_never_turn_holds_into_does_not_hold(exchange: Exchange, id: str, more: int) -> None:
    richer = Exchange(
        owed=exchange.owed,
        held=(*exchange.held, (id, Basis.NODE, more)),
        yen=exchange.yen + more,
        fund=exchange.fund + more,
        prices=exchange.prices,
    )
    before, after = exchange.judge(), richer.judge()
    for old, new in decided(before, after):
        assert ORDER[old] <= ORDER[new]
    assert int(before.yen.covered) <= int(after.yen.covered)


@settings(max_examples=100, deadline=None)
@given(exchanges(), st.sampled_from(list(IDS)), st.integers(1, 10**6))
def test_more_liabilities_never_turn_does_not_hold_into_holds(exchange: Exchange, code: str, more: int) -> None:
    poorer = Exchange(
        owed=(*exchange.owed, (code, ":pending-withdrawal", 3, more)),
        held=exchange.held,
        yen=exchange.yen,
        fund=exchange.fund,
        prices=exchange.prices,
    )
    for old, new in decided(exchange.judge(), poorer.judge()):
        assert ORDER[old] >= ORDER[new]


@settings(max_examples=100, deadline=None)
@given(exchanges())
def test_what_is_shown_errs_on_the_safe_side(exchange: Exchange) -> None:
    verdict = exchange.judge()
    rates = dict(zip(IDS, map(Fraction, exchange.prices), strict=True))
    for row in verdict.assets:
        if row.asset in IDS:
            exact = rates[row.asset] * exchange.value(row.asset, "owed")
            covered = rates[row.asset] * min(exchange.value(row.asset, "owed"), exchange.value(row.asset, "held"))
            assert row.owed_yen is not None and 0 <= int(row.owed_yen) - exact < 1
            assert row.covered_yen is not None and 0 <= covered - int(row.covered_yen) < 1


@settings(max_examples=100, deadline=None)
@given(exchanges())
def test_nothing_counts_twice_and_nothing_is_lost(exchange: Exchange) -> None:
    verdict = exchange.judge()
    for row in verdict.assets:
        if row.asset in IDS:
            assert Fraction(row.counted, 10**row.decimals) == exchange.value(row.asset, "held")
    twice = rule(
        tuple(owed(code, 1, 0) for code in IDS),
        (chain(*exchange.holdings(), *exchange.holdings()),),
        pack=PACK,
    )
    assert all(row.counted == 0 for row in twice.assets)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_one_document_is_either_the_customers_or_the_reserves(trust: int, money: int, share: int) -> None:
    verdict = rule(
        (owed("JPY", 7, 0),),
        holdings=(stated("JPY", trust, document=document("a")),),
        reserve=reserve(fund(money, document=document("a")), fund(share, document=document("b"))),
    )
    assert verdict.reserve is not None
    assert verdict.reserve.funds == str(share)
    assert int(verdict.yen.covered) == min(7, trust)
