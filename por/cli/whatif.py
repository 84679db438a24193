"""Shows the files that what-if questions are asked with, for `por inspect`; each says in its first key what it is."""

from __future__ import annotations

from por import lines

Lines = list[tuple[str, str]]


def described(data: bytes, name: str) -> tuple[str, Lines] | None:
    """Return the kind of a scenario, history, candidates or distribution and what it says; None for another file."""
    found = lines.first_text(data, "format")
    if found == "por-scenario/1":
        return "scenario", _scenario(data, name)
    if found == "por-history/1":
        return "history of an exchange", _history(data, name)
    if found == "por-formulas/1":
        return "candidate formulas", _candidates(data, name)
    if found == "por-losses/1":
        return "distribution of losses", _losses(data, name)
    return None


def _scenario(data: bytes, name: str) -> Lines:
    from por.solvency.whatif.scenario import parse_scenario

    found = parse_scenario(data, where=name)
    rows = [("scenario", found.id), ("title", found.title)]
    rows += [("incident", found.incident)] if found.incident else []
    rows += [("scaled", found.about)] if found.about else []
    rows += [("source", source) for source in found.sources]
    return rows + [("shock", type(shock).__name__) for shock in found.shocks]


def _history(data: bytes, name: str) -> Lines:
    from por.solvency.planning.history import parse_history_bytes

    found = parse_history_bytes(data, where=name)
    rows = [("title", found.title), ("source", found.source)]
    rows += [(f"traded {row.year}", f"{sum(row.by.values()):,} yen") for row in found.volumes]
    return rows + [(f"lost {row.at}", f"{row.loss:,} yen") for row in found.incidents]


def _candidates(data: bytes, name: str) -> Lines:
    from por.solvency.planning.candidates import parse_candidates

    return [(row.formula.id, f"{row.title}: {row.formula.reference}") for row in parse_candidates(data, where=name)]


def _losses(data: bytes, name: str) -> Lines:
    from por.solvency.planning.losses import parse_losses

    found = parse_losses(data, where=name)
    rows = [("distribution", found.sentence())] + ([("how", found.about)] if found.about else [])
    return rows + [("source", source) for source in found.sources]
