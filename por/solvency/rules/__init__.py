"""The rules, one a file, and the table that finds them: ours below, others' through the entry points `por.rules`."""

from __future__ import annotations

from importlib import metadata

from por.errors import UsageError
from por.solvency.rules.base import Rule
from por.solvency.rules.cold_rest import ColdRest
from por.solvency.rules.combined_coverage import CombinedCoverage
from por.solvency.rules.compensation import Compensation
from por.solvency.rules.fiat_trust import FiatTrust
from por.solvency.rules.guarantee import Guarantee
from por.solvency.rules.hot_limit import HotLimit
from por.solvency.rules.independent_audit import IndependentAudit
from por.solvency.rules.liability_reserve import LiabilityReserve
from por.solvency.rules.net_assets import NetAssets
from por.solvency.rules.segregation import Segregation
from por.solvency.rules.stablecoin_funds import StablecoinFundsTransfer
from por.solvency.rules.stablecoin_trust import StablecoinTrust

GROUP = "por.rules"
"""The entry point group in which a package offers rules, named by their id."""

_OURS: tuple[Rule, ...] = (
    Segregation(),
    HotLimit(),
    ColdRest(),
    Guarantee(),
    FiatTrust(),
    NetAssets(),
    LiabilityReserve(),
    CombinedCoverage(),
    StablecoinFundsTransfer(),
    StablecoinTrust(),
    Compensation(),
    IndependentAudit(),
)


def find_rule(id: str) -> Rule | None:
    """Return the rule of an id, or None; ours go first, so that no package can replace one.

    Raises UsageError when a package offers the rule but it cannot be loaded.
    """
    for rule in _OURS:
        if rule.id == id:
            return rule
    for entry in metadata.entry_points(group=GROUP, name=id):
        try:
            loaded = entry.load()
            found: Rule = loaded() if isinstance(loaded, type) else loaded
        except Exception as error:  # somebody else's code may raise anything
            raise UsageError(
                f"the rule {id} of {entry.value} cannot be loaded: {error}",
                code="rule-broken",
                hint="mend or remove the package that offers it",
            ) from error
        if getattr(found, "id", None) != id or not isinstance(getattr(found, "parameters", None), frozenset):
            raise UsageError(
                f"{entry.value} is not the rule {id}",
                code="rule-broken",
                hint="a rule has an id, a frozenset of parameters and judge(case, settings)",
            )
        return found
    return None


def rule_ids() -> tuple[str, ...]:
    """Return the ids of every rule that can be found here, ours first."""
    others = sorted({entry.name for entry in metadata.entry_points(group=GROUP)} - {rule.id for rule in _OURS})
    return (*(rule.id for rule in _OURS), *others)
