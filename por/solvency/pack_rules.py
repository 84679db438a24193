"""The rules of a policy pack: from the TOML's tables to settings, every slip named."""

from __future__ import annotations

from por.errors import InputError
from por.header import check_text
from por.solvency.pack_document import RuleTable
from por.solvency.pack_formula import fault, period, refuse_overlaps
from por.solvency.rules import find_rule, rule_ids
from por.solvency.rules.base import Rule
from por.solvency.settings import RuleSettings


def rule_settings(rows: list[RuleTable], where: str) -> tuple[RuleSettings, ...]:
    """Check the rules of a pack: installed, with a reference, parameters that the rule can work with, no overlaps."""
    if not rows:
        raise fault(where, "there is none", "pack-malformed")
    found = []
    for index, row in enumerate(rows):
        place = f"{where}[{index}] ({row.id})"
        rule = find_rule(row.id)
        if rule is None:
            known = ", ".join(rule_ids())
            raise fault(place, "no such rule", "pack-rule-unknown", hint=f"rules here: {known}")
        strangers = sorted(set(row.parameters) - rule.parameters)
        if strangers:
            raise fault(
                f"{place}.parameters",
                f"{strangers[0]} is unknown to the rule",
                "pack-parameter-unknown",
                hint=f"it takes {', '.join(sorted(rule.parameters)) or 'none'}",
            )
        if row.days_to_cure is not None and not 0 <= row.days_to_cure <= 366:
            raise fault(f"{place}.days_to_cure", "not 0 to 366", "pack-malformed")
        if not row.reference.strip():
            raise fault(
                f"{place}.reference",
                "a rule needs its legal reference",
                "pack-reference-missing",
                hint="name the law and the article",
            )
        settings = RuleSettings(
            id=row.id,
            title=check_text(row.title, where=f"{place}.title"),
            reference=check_text(row.reference, where=f"{place}.reference"),
            period=period(row.first, row.last, place),
            days_to_cure=row.days_to_cure,
            note=sentence(row.note, f"{place}.note") if row.note else "",
            parameters=dict(sorted(row.parameters.items())),
        )
        _try_parameters(rule, settings, place)
        found.append(settings)
    refuse_overlaps([(rule.id, rule.period) for rule in found], where)
    return tuple(found)


def _try_parameters(rule: Rule, settings: RuleSettings, place: str) -> None:
    """Let the rule refuse parameters that it cannot work with; it names itself and the parameter, we the place."""
    check = getattr(rule, "check", None)
    if check is None:
        return
    try:
        check(settings)
    except InputError as error:
        raise InputError(f"{place}.parameters: {error.message}", code=error.code, hint=error.hint) from None
    except Exception as error:  # somebody else's code may raise anything
        raise fault(
            f"{place}.parameters", f"the rule breaks on them: {error}", "pack-malformed", hint="write to its makers"
        ) from error


def sentence(text: str, where: str) -> str:
    """Return a plain sentence of at most 1000 characters; InputError otherwise."""
    if not 1 <= len(text) <= 1000 or text != text.strip() or not text.isprintable():
        raise fault(where, "not a plain sentence of at most 1000 characters", "pack-malformed")
    return text
