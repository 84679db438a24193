"""Writes values as one language shows them: escaped, set apart from our own words, exact."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from por import amounts
from por.header import parse_time, show_time
from por.publish.report import words
from por.publish.report.figures import Sides
from por.publish.report.sentences import japanese, named

_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_RULE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_CHAIN = re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}", re.ASCII)
"""A chain's name of CAIP-2. What is put into a command is one of these, since people paste commands."""

WIDE = 20
"""Characters of a number that fit everywhere."""

_HOURS_OF_JAPAN = 9
_YEARS = ("1970", "9999")
"""Between these a time of Japan is shown beside: every platform writes such years alike."""

ALL = 6_000
"""Where a bar has all that is owed, in hundredths of a per cent of its width; the rest is for a surplus."""

LEAST = 60
"""What a part is drawn with at least, so that it is seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: which, and where it begins and how wide it is, in per cent of the whole."""

    kind: str
    at: str
    width: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """One language of the page; what it returns is markup."""

    language: str

    def __call__(self, name: str, /, **values: object) -> Markup:
        """Return a sentence of ours with values set apart."""
        shown = {
            key: value if isinstance(value, Markup | int) else self.text(str(value)) for key, value in values.items()
        }
        return words.word(self.language, name, **shown)

    def plain(self, name: str, /, **values: object) -> str:
        """Return a sentence for an attribute: isolated by characters, escaped by the template."""
        isolated = {key: f"\u2068{value}\u2069" for key, value in values.items()}
        return words.plain(self.language, name, **isolated)

    def text(self, text: str) -> Markup:
        """Return a text from outside: escaped, and unable to reorder what stands around it."""
        return Markup("<bdi>{}</bdi>").format(text)

    def mono(self, text: str) -> Markup:
        """Return a name or digest."""
        return Markup('<bdi class="mono">{}</bdi>').format(text)

    def said(self, sentence: str) -> Markup:
        """Return a sentence of the statement, in Japanese where there is one, else marked as English."""
        if self.language == "en":
            return self.text(sentence)
        found = japanese(sentence)
        return escape(found) if found is not None else Markup('<bdi lang="en">{}</bdi>').format(sentence)

    def rule(self, id: str) -> Markup:
        """Return a rule's name: its id, and what Japanese readers call it."""
        found = named("rule", id) if self.language == "ja" else None
        return self.text(id) if found is None else Markup("{}").format(found)

    def unit(self, unit: str) -> Markup:
        """Return what a figure counts."""
        found = named("unit", unit) if self.language == "ja" else None
        return escape(found) if found is not None else self.said(unit)

    def named(self, prefix: str, name: str) -> Markup:
        """Return our word for one of a few names, or the name itself."""
        key = f"{prefix}{name}"
        return words.word(self.language, key) if words.has(key) else self.text(name)

    def amount(self, units: int, decimals: int | None, asset: str) -> Markup:
        """Return an exact amount with its asset."""
        if decimals is None:
            return Markup("{} {}").format(
                words.word(self.language, "base-units", amount=_broken(f"{units:,}")), self.text(asset)
            )
        return Markup("{} {}").format(self.units(units, decimals), self.text(asset))

    def units(self, units: int, decimals: int) -> Markup:
        """Return an exact amount without its asset."""
        return _broken(amounts.show(units, decimals))

    def yen(self, amount: int) -> Markup:
        """Return whole yen."""
        return words.word(self.language, "yen", amount=_broken(f"{amount:,}"))

    def count(self, number: int) -> Markup:
        """Return a whole number."""
        return _broken(f"{number:,}")

    def figure(self, text: str) -> Markup:
        """Return a figure of a rule: a decimal with separators, anything else as it stands."""
        found = _NUMBER.fullmatch(text)
        if found is None or len(text) > 200:
            return self.text(text)
        return _broken(f"{int(found[1]):,}{found[2] or ''}")

    def asked(self, relation: str, right: str) -> Markup:
        """Return what a rule asks for."""
        name = f"asked-{relation}"
        return self(name if words.has(name) else "asked", relation=relation, right=self.figure(right))

    def share(self, sides: Sides) -> str:
        """Return held by owed in per cent."""
        found = sides.hundredths
        return "–" if found is None else f"{found // 100:,}.{found % 100:02d} %"

    def difference(self, sides: Sides) -> Markup:
        """Return what is missing or held beyond, with its sign."""
        if sides.short:
            return Markup("−{}").format(self.units(sides.short, sides.decimals))
        return Markup("{}{}").format("+" if sides.over else "", self.units(sides.over, sides.decimals))

    def moved(self, was: Sides | None, now: Sides | None, name: str) -> Markup:
        """Return by how much what is `owed` or `held` has moved; nothing where it has not, or where one is missing."""
        if was is None or now is None:
            return Markup()
        decimals = max(was.decimals, now.decimals)
        old, new = (getattr(row, name) * 10 ** (decimals - row.decimals) for row in (was, now))
        if old == new:
            return Markup()
        return Markup("{}{}").format("+" if new > old else "−", self.units(abs(new - old), decimals))

    def time(self, text: str) -> Markup:
        """Return a UTC time, for Japanese readers with Japan's beside it."""
        shown = Markup('<time datetime="{}">{}</time>').format(text, f"{text[:10]} {text[11:19]} UTC")
        if self.language == "en" or not _YEARS[0] <= text[:4] < _YEARS[1]:
            return shown
        there = show_time(parse_time(text, where="time") + _HOURS_OF_JAPAN * 3600)
        return Markup("{}（日本時間 {} {}）").format(shown, there[:10], there[11:19])

    def is_rule(self, id: str) -> bool:
        """Tell whether a rule's id may stand in a command that people paste."""
        return _RULE.fullmatch(id) is not None

    def is_chain(self, chain: str) -> bool:
        """Tell whether a chain's name may stand in a command that people paste."""
        return _CHAIN.fullmatch(chain) is not None


def bar(sides: Sides) -> tuple[Part, ...]:
    """Return the parts of an asset's bar: what is held by basis, and what is missing. Of nothing owed there is none."""
    if not sides.owed:
        return ()
    parts: list[Part] = []
    held = at = 0
    for kind, amount in sides.shared:
        held += amount
        end = max(min(held * ALL // sides.owed, 10_000), min(at + LEAST, 10_000))
        if sides.short:
            end = min(end, ALL - LEAST)
        parts.append(_part(kind, at, end))
        at = end
    if sides.short:
        parts.append(_part("missing", at, ALL))
    return tuple(part for part in parts if part.width != "0.00%")


def _part(kind: str, at: int, end: int) -> Part:
    return Part(kind, _per_cent(at), _per_cent(end - at))


def _per_cent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _broken(number: str) -> Markup:
    """Let a long number break before its decimals, and one that is longer than any line after its separators."""
    if len(number) <= WIDE:
        return escape(number)
    whole, point, decimals = number.partition(".")
    parts = re.split(r"(?<=,)", whole) if len(whole) > WIDE else [whole]
    return Markup("<wbr>").join([*parts, point + decimals] if point else parts)
