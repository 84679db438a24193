"""`por stress`: what if; the same rules over what a scenario leaves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from por.solvency.settings import Pack
    from por.solvency.whatif.facts import Facts
    from por.solvency.whatif.scenario import Scenario
    from por.solvency.whatif.stress import Stressed


@click.command()
@options.in_path("publication", required=False, metavar="[PUBLICATION]")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO]...")
@click.option("--list", "listing", is_flag=True, help="List the shipped scenarios.")
@click.option("--together", is_flag=True, help="All of them at once, in this order.")
@click.option("--hot-drained", metavar="PERCENT", help="Hot wallets lose this much of what is in them.")
@click.option("--custodian-gone", metavar="NAME", help="A custodian, bank or insurer fails; `largest` finds it.")
@click.option("--prices-down", metavar="PERCENT", help="Crypto falls by this much.")
@click.option("--fraud", metavar="YEN", help="So much is embezzled, of all balances alike.")
@options.path_option("--annex", help="annex.json: which wallets are hot, and who keeps them.")
@click.option("--hot-share", metavar="PERCENT", help="Without the annex: how much of each coin to take as hot.")
@click.option("--policy", metavar="PACK", help="Another pack than the publication's own.")
@options.common
def stress(
    publication: Path | None,
    scenarios: tuple[str, ...],
    listing: bool,
    together: bool,
    hot_drained: str | None,
    custodian_gone: str | None,
    prices_down: str | None,
    fraud: str | None,
    annex: Path | None,
    hot_share: str | None,
    policy: str | None,
) -> Result:
    """Ask what if: which tests fail then, how much the reserve covers, how long there is to cure.

    PUBLICATION gives the figures; they are taken as they are, and `por audit` checks them. SCENARIO is a shipped one's
    name or a file; without any, all shipped ones. What the options say makes one more, all of it at once.
    """
    from por.solvency.whatif.scenario import shipped_scenarios
    from por.solvency.whatif.stress import stress as run

    if listing:
        return _list(shipped_scenarios())
    if publication is None:
        raise UsageError("missing the publication", code="usage", hint="give its folder, or --list")
    chosen = [_scenario(name) for name in scenarios]
    chosen += _given(hot_drained, custodian_gone, prices_down, fraud)
    chosen = _assuming(chosen or list(shipped_scenarios()), hot_share)
    if together:
        from por.solvency.whatif.scenario import together as joined

        chosen = [joined(chosen)]
    pack, facts = _facts(publication, policy, annex)
    found = [run(pack, facts, row) for row in chosen]
    return Result(
        outcome="done",
        show=lambda: _tell(pack, found),
        fields={
            "policy": {"id": pack.id, "version": pack.version, "sha256": pack.sha256},
            "scenarios": [_document(row) for row in found],
        },
    )


def _facts(place: Path, policy: str | None, annex: Path | None) -> tuple[Pack, Facts]:
    from por.audit.case import open_documents
    from por.audit.publication import open_publication
    from por.reserves.annex import Annex, verify_annex
    from por.solvency.pack import parse_pack
    from por.solvency.whatif.facts import Facts

    publication = open_publication(place)
    documents = open_documents(publication)
    pack = options.load_policy(policy) if policy else parse_pack(publication.read("policy.toml"))
    stored = None if annex is None else Annex.from_bytes(files.read_bytes(annex), where=annex.name)
    if stored is not None:
        verify_annex(stored, documents.report)
    return pack, Facts(
        manifest=documents.manifest,
        report=documents.report,
        declared=documents.declared,
        prices=documents.prices,
        annex=stored,
    )


def _scenario(name: str) -> Scenario:
    from por.solvency.whatif.scenario import load_scenario, shipped_scenarios

    known = {row.id: row for row in shipped_scenarios()}
    if name in known:
        return known[name]
    if not Path(name).exists():
        raise UsageError(
            f"no scenario {name}", code="scenario-unknown", hint=f"give a file, or one of {', '.join(known)}"
        )
    return load_scenario(Path(name))


def _given(hot: str | None, custodian: str | None, down: str | None, fraud: str | None) -> list[Scenario]:
    """Make one scenario of the options, as if a file had said it; InputError names the option."""
    from por import amounts
    from por.solvency.whatif.scenario import Scenario
    from por.solvency.whatif.shocks import CustodianGone, HotWallets, Loss, PriceMove, Shock

    shocks: list[Shock] = []
    if hot is not None:
        shocks.append(HotWallets(share=_percent(hot, "--hot-drained")))
    if custodian is not None:
        shocks.append(CustodianGone(name=custodian, share=Fraction(1)))
    if fraud is not None:
        shocks.append(Loss(yen=amounts.parse_exact(fraud, where="--fraud"), share=None))
    if down is not None:
        shocks.append(PriceMove(factor=1 - _percent(down, "--prices-down", under=True)))
    return [Scenario(id="given", title="As given", shocks=tuple(shocks))] if shocks else []


def _percent(text: str, where: str, *, under: bool = False) -> Fraction:
    from por import amounts

    found = amounts.parse_exact(text.removesuffix("%"), where=where) / 100
    if found > 1 or (under and found == 1):
        raise UsageError(f"{where} {text} is too much", code="usage", hint="give per cent, less than all of it")
    return found


def _assuming(scenarios: Sequence[Scenario], hot_share: str | None) -> list[Scenario]:
    """Let every shock on hot wallets that states no share of its own assume this one."""
    from por.solvency.whatif.shocks import HotWallets

    if hot_share is None:
        return list(scenarios)
    assumed = _percent(hot_share, "--hot-share")
    return [
        replace(
            row,
            shocks=tuple(
                replace(shock, assumed=assumed) if isinstance(shock, HotWallets) and shock.assumed is None else shock
                for shock in row.shocks
            ),
        )
        for row in scenarios
    ]


def _list(scenarios: Sequence[Scenario]) -> Result:
    def tell() -> None:
        terminal.table(("scenario", "what happens"), [(row.id, row.title) for row in scenarios])
        for row in scenarios:
            if row.about:
                terminal.say(f"{row.id}: {row.about}")
            for source in row.sources:
                terminal.say(f"  source: {source}")

    rows = [
        {"id": row.id, "title": row.title, "about": row.about, "incident": row.incident, "sources": list(row.sources)}
        for row in scenarios
    ]
    return Result(outcome="done", show=tell, fields={"scenarios": rows})


def _tell(pack: Pack, found: Sequence[Stressed]) -> None:
    from por.solvency.figures import yen_down

    terminal.say(f"What if, judged by {pack.id}, version {pack.version}; the publication's figures as they are:")
    heads = ("scenario", "tests that fail", "held", "guarantee", "with reserve", "yen left", "days to cure")
    terminal.table(heads, [_row(row) for row in found], right=heads[2:])
    for row in found:
        terminal.say(f"{row.scenario.id}: {row.scenario.title}")
        if row.missing:
            terminal.say(f"  not played: {row.missing}")
            continue
        for step in row.steps:
            terminal.say(f"  {step}")
        told = [change for change in row.changes if change.matters]
        for change in told:
            terminal.say(f"  {_change(change)}")
        if not told:
            terminal.say("  every test comes out as before")
    before = found[0].before
    terminal.say(
        f"The reserve of {terminal.grouped(yen_down(before.reserve))} yen is {_share(before.share(before.reserve))} of "
        "customers' balances as they are."
    )
    terminal.say(
        "held, with own guarantee coins, with the reserve: of customers' balances in yen, asset by asset. The reserve "
        "never cures a shortfall in kind, and insurance is counted as if it paid for this."
    )


def _row(row: Stressed) -> tuple[str, ...]:
    from por.solvency.figures import yen_up

    if row.missing:
        return (row.scenario.id, "not played", "", "", "", "", "")
    after = row.after
    return (
        row.scenario.id,
        ", ".join(rule.id for rule in row.failing) or "none",
        _share(after.share(after.covered)),
        _share(after.share(after.covered + after.guarantee)),
        _share(after.share(after.covered + after.guarantee + after.paid)),
        terminal.grouped(yen_up(after.left)),
        "-" if row.days_to_cure is None else str(row.days_to_cure),
    )


def _change(change: Any) -> str:
    rule = change.after
    words = f"{rule.id}: {rule.outcome.value}"
    if rule.outcome is not change.before:
        words += f" (before: {change.before.value})"
    if rule.right:
        words += f", {terminal.grouped(rule.left)} {rule.relation} {terminal.grouped(rule.right)} {rule.unit}"
    if rule.outcome.value == "does-not-hold" and rule.days_to_cure is not None:
        words += f"; {rule.days_to_cure} business days to cure"
        words += f", by {rule.cure_by}" if rule.cure_by else ""
    return words


def _share(share: Fraction) -> str:
    """Show a share in per cent with two decimals, rounded down."""
    return f"{share * 10_000 // 1 / 100:.2f} %"


def _document(row: Stressed) -> dict[str, Any]:
    from por.solvency.figures import yen_down, yen_up

    balances = {
        name: {
            "owed": yen_up(it.owed),
            "covered": yen_down(it.covered),
            "guarantee": yen_down(it.guarantee),
            "reserve": yen_down(it.reserve),
            "paid_by_reserve": yen_down(it.paid),
            "left": yen_up(it.left),
            "unpriced": list(it.unpriced),
        }
        for name, it in (("before", row.before), ("after", row.after))
    }
    return {
        "id": row.scenario.id,
        "title": row.scenario.title,
        "missing": row.missing or None,
        "steps": list(row.steps),
        "yen": balances,
        "failing": [rule.id for rule in row.failing],
        "broken": [change.after.id for change in row.changes if change.broken],
        "days_to_cure": row.days_to_cure,
        "rules": [{**change.after.document(), "before": change.before.value} for change in row.changes],
    }
