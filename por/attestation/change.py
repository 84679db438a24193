"""What the statement before said, in short, as the next one repeats it: the predicate's `change`.

It lets a reader of one statement see what moved since the last, without the last. Whoever has both compares, because
this is the issuer's word until then: an auditor with `--previous`, and whoever verifies the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from por.attestation.statement import Head
from por.errors import InputError

_SIDES = ("liabilities", "proven", "node", "declared")
_TOTALS = ("owed", "covered", "reserve")


def repeated(before: Head) -> dict[str, Any]:
    """Return `change` of the statement that follows `before`; InputError when that one's figures are malformed.

    Sequence and digest stand in `previous`. Amounts are what they were there: whole base units as text, and yen.
    """
    where = f"statement {before.header.sequence}"
    solvency = _object(before.predicate["solvency"], where)
    reserve = solvency.get("reserve")
    return {
        "as_of": before.header.as_of,
        "verdict": str(before.verdict),
        "policy": {name: before.predicate["policy"][name] for name in ("id", "version")},
        "rules": [{"id": rule.id, "outcome": str(rule.outcome)} for rule in before.rules],
        "assets": [_asset(row, where) for row in _list(solvency.get("assets"), where)],
        "reserve": None if reserve is None else _reserve(_object(reserve, where), where),
        "yen": _yen(_object(solvency.get("yen"), where), where),
    }


def _asset(value: object, where: str) -> dict[str, Any]:
    row = _object(value, where)
    decimals = row.get("decimals")
    if type(decimals) is not int:
        raise _malformed(where)
    return {
        "asset": _text(row.get("asset"), where),
        "decimals": decimals,
        **{name: _text(row.get(name), where) for name in _SIDES},
    }


def _reserve(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    required = row.get("required")
    return {
        "required": None if required is None else _text(required, where),
        "held": _text(row.get("held"), where),
    }


def _yen(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {
        **{name: _text(row.get(name), where) for name in _TOTALS},
        "unpriced": [_text(name, where) for name in _list(row.get("unpriced"), where)],
    }


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(where)
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _malformed(where)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _malformed(where)
    return value


def _malformed(where: str) -> InputError:
    return InputError(
        f"{where}: its assets, reserve or totals are malformed",
        code="statement-malformed",
        hint="the file is damaged or of another version; compare it with docs/spec/statement.md",
    )
