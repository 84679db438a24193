"""Policy packs, from a file or shipped with the program, checked whole before anything is judged."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from por import amounts, canonical, documents
from por.errors import InputError, TrustError
from por.files import read_bytes
from por.header import check_text
from por.reserves import caip
from por.reserves.tables import Windows
from por.solvency.business_days import check_calendar
from por.solvency.pack_document import PackDocument, PricesTable, WindowsTable
from por.solvency.pack_formula import fault, formulas, period
from por.solvency.pack_lines import lines_named
from por.solvency.pack_ratios import ratios
from por.solvency.pack_rules import rule_settings, sentence
from por.solvency.pack_tables import tables
from por.solvency.settings import Freshness, Pack, PriceMethod

__all__ = ["Pack", "load_pack", "parse_pack", "shipped", "shipped_ids"]

MAX_PACK = 4 << 20
"""Bytes of a pack: ours have some 10,000; a table of 20,000 tokens would fit."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_CLASS = re.compile(r"[a-z-]{1,24}", re.ASCII)
_RESERVE_RULE = "liability-reserve"
_LONGEST_DAYS = 3660
"""No window of a pack is longer than ten years; a longer one is a slip of the pen."""


def load_pack(path: Path) -> Pack:
    """Read a pack from a file; InputError names the key that is wrong, SourceError a file out of reach."""
    return parse_pack(read_bytes(path, limit=MAX_PACK), where=path.name)


def shipped_ids() -> tuple[str, ...]:
    """Return the ids of the packs shipped with the program."""
    return tuple(sorted({pack.id for pack in _all_shipped()}))


def shipped(id: str, version: str | None = None, sha256: str | None = None) -> Pack:
    """Return the shipped pack of an id, the newest unless a version is given; TrustError when there is none.

    With `sha256` (hex, of the pack's bytes) a pack that differs from the shipped one of that name is a TrustError.
    """
    found = [pack for pack in _all_shipped() if pack.id == id and version in (None, pack.version)]
    if not found:
        name = id if version is None else f"{id}, version {version},"
        raise TrustError(
            f"no policy pack {name} is shipped with this program",
            code="policy-unknown",
            hint=f"give a pack's file with --policy; shipped are {', '.join(shipped_ids())}",
        )
    pack = max(found, key=lambda pack: [int(part) for part in pack.version.split(".")])
    if sha256 is not None and pack.sha256 != sha256:
        raise TrustError(
            f"the policy pack named {pack.id}, version {pack.version}, is not the one shipped with this program",
            code="policy-differs",
            hint="read the pack that was used and, if you accept it, give it with --policy",
        )
    return pack


def parse_pack(data: bytes, *, where: str = "policy.toml") -> Pack:
    """Check the bytes of a pack, all of it: a mistake is found here and not when a rule needs the value.

    Raises InputError that names the key: unknown keys, missing references, reversed or overlapping dates, rules and
    formula inputs that do not exist, anything that stands twice.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    with lines_named(text, where=where):
        doc = documents.read(PackDocument, documents.read_toml(text, where=where), where=where)
        return _pack(doc, data, where)


def _pack(doc: PackDocument, data: bytes, where: str) -> Pack:
    head, place = doc.pack, f"{where}: pack"
    if not _SLUG.fullmatch(head.id):
        raise fault(f"{place}.id", "not a name of small letters, digits and dashes", "pack-malformed")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}", head.version, re.ASCII):
        raise fault(f"{place}.version", "not a version such as 1 or 1.2", "pack-malformed")
    chains = _once([caip.parse_chain(chain, where=f"{place}.chains") for chain in head.chains], f"{place}.chains")
    fiat = _once([_base(code, f"{place}.fiat") for code in head.fiat], f"{place}.fiat")
    for name in _once(head.excluded_classes, f"{place}.excluded_classes"):
        if not _CLASS.fullmatch(name):
            raise fault(f"{place}.excluded_classes", f"{name!r} is not a class of balances", "pack-malformed")
    if not -720 <= head.utc_offset_minutes <= 840 or not 1 <= head.business_year_starts <= 12:
        raise fault(
            place, "utc_offset_minutes is not -720 to 840, or business_year_starts not 1 to 12", "pack-malformed"
        )
    rules = rule_settings(doc.rules, f"{where}: rules")
    dated = formulas(doc.formulas, f"{where}: formulas")
    needs = next((n for n, rule in enumerate(rules) if rule.id == _RESERVE_RULE), None)
    if needs is not None and not dated:
        raise fault(
            f"{where}: rules[{needs}]",
            f"the rule {_RESERVE_RULE} needs a formula and there is none",
            "pack-formula-missing",
            hint="add one of [[formulas]], or take the rule out",
        )
    if head.calendar is not None:
        check_calendar(head.calendar, where=f"{place}.calendar")
    windows, freshness = _windows(doc.windows, f"{where}: windows")
    return Pack(
        id=head.id,
        version=head.version,
        title=check_text(head.title, where=f"{place}.title"),
        data=data,
        sha256=canonical.digest(data),
        period=period(head.first, head.last, place),
        chains=chains,
        fiat=frozenset(fiat),
        excluded_classes=frozenset(head.excluded_classes),
        tables=tables(doc.assets, doc.tokens, doc.faces, fiat=frozenset(fiat), where=where),
        windows=windows,
        freshness=freshness,
        rules=rules,
        formulas=dated,
        limitations=tuple(sentence(text, f"{place}.limitations") for text in head.limitations),
        utc_offset_minutes=head.utc_offset_minutes,
        year_starts=head.business_year_starts,
        prices=_prices(doc.prices, f"{where}: prices"),
        calendar=head.calendar,
        ratios=ratios(doc.ratios, f"{where}: ratios"),
    )


def _all_shipped() -> list[Pack]:
    folder = resources.files("por.solvency").joinpath("packs")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return [parse_pack(file.read_bytes(), where=file.name) for file in files]


def _windows(doc: WindowsTable, where: str) -> tuple[Windows, Freshness]:
    limits = {
        "challenge_max_age_days": _LONGEST_DAYS,
        "issued_after_as_of_hours": _LONGEST_DAYS * 24,
        "max_skew_seconds": _LONGEST_DAYS * 86400,
        "max_tip_skew_seconds": _LONGEST_DAYS * 86400,
        "price_hours": _LONGEST_DAYS * 24,
        "declared_days": _LONGEST_DAYS,
        "reserve_days": _LONGEST_DAYS,
    }
    for name, limit in limits.items():
        if not 0 <= getattr(doc, name) <= limit:
            raise fault(f"{where}.{name}", f"not 0 to {limit}", "pack-malformed")
    windows = Windows(
        challenge_max_age_days=doc.challenge_max_age_days,
        issued_after_as_of_hours=doc.issued_after_as_of_hours,
        max_skew_seconds=doc.max_skew_seconds,
        max_tip_skew_seconds=doc.max_tip_skew_seconds,
    )
    return windows, Freshness(
        price_hours=doc.price_hours, declared_days=doc.declared_days, reserve_days=doc.reserve_days
    )


def _prices(doc: PricesTable, where: str) -> PriceMethod:
    if not 1 <= doc.min_sources <= 100:
        raise fault(f"{where}.min_sources", "not 1 to 100", "pack-malformed")
    outlier = None if doc.outlier is None else amounts.parse_exact(doc.outlier, where=f"{where}.outlier")
    if outlier is not None and outlier > 1:
        raise fault(f"{where}.outlier", "more than the whole", "pack-malformed", hint='write a share such as "0.1"')
    return PriceMethod(min_sources=doc.min_sources, outlier=outlier)


def _base(code: str, where: str) -> str:
    if amounts.split_asset(amounts.check_asset(code, where=where))[1]:
        raise fault(where, f"{code} is a class of balances, not an asset", "pack-malformed")
    return code


def _once(names: list[str], where: str) -> tuple[str, ...]:
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise fault(where, f"{twice} stands twice", "pack-twice", hint="keep one of the two")
    return tuple(names)
