"""Predicates to render: made by the program itself of a small exchange, then changed as a test needs it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from por.attestation import envelope
from por.attestation.publication import Correction
from tests.attestation import samples
from tests.publish.hostile import TEXTS

__all__ = ["TEXTS"]


@cache
def _made() -> tuple[str, str]:
    found = []
    with TemporaryDirectory() as folder:
        exchange = samples.exchange(Path(folder))
        for options in ({}, {"issued": "2026-11-21T00:00:00Z", "replaces": Correction(sequence=7, reason="a typo")}):
            exchange.attest(**options)
            payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
            found.append(json.dumps(json.loads(payload)["predicate"]))
            exchange = exchange.next(eth=9 * 10**18)
    return found[0], found[1]


def first() -> dict[str, Any]:
    """Everything holds; there is no statement before."""
    found: dict[str, Any] = json.loads(_made()[0])
    return found


def second() -> dict[str, Any]:
    """Ether is missing, it corrects the first, and says when it was signed."""
    found: dict[str, Any] = json.loads(_made()[1])
    return found


def bare() -> dict[str, Any]:
    """Nothing but what must be there: no reserve, documents, chains, prices, assets or rules."""
    found = first()
    found.update(assets=[], chains=[], liabilities=[], prices=[], limitations=[], verdict="undecided")
    found["declared"].update(holdings=[], reserve=None, company=None, identity=None, custodians=[], encumbrances=[])
    found["solvency"].update(rules=[], assets=[], reserve=None, issues=[], beside=[], gaps=[])
    found["solvency"]["prices"]["used"] = []
    found["solvency"]["yen"].update(owed="0", covered="0", reserve="0", unpriced=[])
    return found


def many(count: int = 150, digits: int = 0) -> dict[str, Any]:
    """As many assets; with `digits`, amounts of so many digits."""
    found = second()
    position, tree, row = (found["solvency"]["assets"][0], found["liabilities"][0], found["change"]["assets"][0])
    names = [f"COIN{number:03}" for number in range(count)]
    amounts = {"liabilities": "9" * digits, "proven": "8" * digits, "node": "7" * digits} if digits else {}
    found["solvency"]["assets"] = [{**position, "asset": name, **amounts} for name in names]
    found["change"]["assets"] = [{**row, "asset": name, **amounts} for name in names]
    found["liabilities"] = [{**tree, "asset": name} for name in names]
    if digits:
        found["solvency"]["yen"].update(owed="9" * digits, covered="8" * digits)
        found["solvency"]["reserve"].update(required="9" * digits, held="1" * digits)
    return found


CASES = {"first": first, "second": second, "bare": bare, "150 assets": many, "huge": lambda: many(3, 78)}


def leaves(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value that is no object and no list, and of every empty one."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = False
    for key, child in rows:
        found = True
        yield from leaves(child, (*above, key))
    if not found:
        yield above


def put(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a copy with another value at a place."""
    found = copy.deepcopy(document)
    place: Any = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return found


SHAPED = {
    "amount",
    "liabilities",
    "proven",
    "node",
    "declared",
    "owed_yen",
    "covered_yen",
    "owed",
    "covered",
    "reserve",
}
SHAPED |= {"required", "held", "funds", "insurance", "insurance_counted", "limit", "as_of", "time", "outcome", "basis"}
SHAPED |= {"verdict", "issued", "loss", "spot"}
"""Keys whose texts are numbers, times or one of a few words."""


def texts(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return the place of every text that may hold anything."""
    found = []
    for path in leaves(document):
        value: Any = document
        for key in path:
            value = value[key]
        free = path[-1] not in SHAPED or (
            path[-2:]
            in {
                ("policy", "from"),
            }
        )
        if isinstance(value, str) and free:
            found.append(path)
    return found


def hostile(text: str) -> dict[str, Any]:
    """The second statement with `text` in every place that may hold one, and in keys that the issuer chooses."""
    found = second()
    found["declared"]["company"]["figures"] = {text: text}
    found["solvency"]["issues"] = [
        {"asset": text, "type": text, "currency": text, "supplies": [], "own": text, "non_redeemable": text}
        | {"outstanding": text, "yen": None}
    ]
    found["solvency"]["yen"]["unpriced"] = [text]
    found["solvency"]["assets"][0]["other"] = [{"purpose": text, "amount": "1"}]
    found["declared"]["reserve"]["uses"] = [{"at": text, "amount": "5", "reason": text}]
    rule = found["solvency"]["rules"][0]
    rule.update(cure_by="2026-12-01", lines=[{**line, "outcome": "does-not-hold"} for line in rule["lines"]])
    for path in texts(found):
        found = put(found, path, text)
    return found
