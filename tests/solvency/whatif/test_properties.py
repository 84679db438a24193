"""Whatever is lost, nobody is better off for it, nothing breaks, and sums stay sums."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from por.solvency.whatif.scenario import Scenario
from por.solvency.whatif.shocks import CustodianGone, HotWallets, Loss, PriceMove, Shock
from por.solvency.whatif.stress import stress
from tests.solvency.cases import japan
from tests.solvency.whatif.exchange import facts

PACK, FACTS = japan(), facts()
shares = st.fractions(min_value=0, max_value=1, max_denominator=997)
names = st.sampled_from(["largest", "Example Trust Bank", "Example Custody", "Example Bank", "Nobody"])
groups = st.sampled_from(["all", "crypto", "fiat", ("ETH",), ("USDC", "JPY"), ("DOGE",)])
spreads = st.sampled_from(["alike", "largest-first"])
losses: st.SearchStrategy[Shock] = st.one_of(
    st.builds(HotWallets, share=shares, assumed=st.one_of(st.none(), shares)),
    st.builds(CustodianGone, name=names, share=shares),
    st.builds(Loss, yen=st.none(), share=shares, of=groups, taken=groups, spread=spreads),
    st.builds(Loss, yen=st.fractions(0, 10**7, max_denominator=7), share=st.none(), taken=groups, spread=spreads),
)
moves: st.SearchStrategy[Shock] = st.builds(PriceMove, factor=st.fractions(Fraction(1, 100), 10, max_denominator=100))


@settings(max_examples=120, deadline=None)
@given(st.lists(losses, min_size=1, max_size=4))
def test_losses_only_take_away(shocks: list[Shock]) -> None:
    found = stress(PACK, FACTS, Scenario(id="s", title="s", shocks=tuple(shocks)))
    assert found.after.owed == found.before.owed
    assert found.after.covered <= found.before.covered
    assert found.after.reserve <= found.before.reserve
    held = {row.asset: row.counted for row in found.verdict.assets}
    assert all(0 <= held[asset] <= most for asset, most in (("ETH", 10**19), ("USDC", 10**9), ("JPY", 10**6)))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(losses, moves), min_size=1, max_size=4))
def test_what_is_owed_is_held_made_good_or_left(shocks: list[Shock]) -> None:
    after = stress(PACK, FACTS, Scenario(id="s", title="s", shocks=tuple(shocks))).after
    assert after.covered + after.guarantee + after.paid + after.left == after.owed
    assert min(after.covered, after.guarantee, after.paid, after.left) >= 0


@settings(max_examples=60, deadline=None)
@given(shares, shares)
def test_a_larger_loss_takes_no_less(one: Fraction, other: Fraction) -> None:
    small, large = sorted((one, other))
    left = [
        stress(PACK, FACTS, Scenario(id="s", title="s", shocks=(Loss(yen=None, share=share),))).after.covered
        for share in (small, large)
    ]
    assert left[1] <= left[0]
