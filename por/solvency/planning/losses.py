"""A stated distribution of losses: how often, and how much (docs/spec/losses.md); read strictly, or fitted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from por import amounts, documents
from por.errors import InputError
from por.files import read_bytes
from por.header import check_text
from por.lines import Places, lines
from por.solvency.planning.history import History

MAX_LOSSES = 1 << 20
"""Bytes of a distribution's file."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_FEWEST = 3
"""Losses needed to fit a distribution: of fewer the deviation says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """Yen of one loss: half of them are above `median`; `sigma` is the deviation of the natural logarithm."""

    median: float
    sigma: float

    def sentence(self) -> str:
        """Say it in words."""
        return f"lognormal, median {self.median:,.0f} yen, sigma {self.sigma:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto:
    """Yen of one loss: at least `minimum`; above x with the chance (minimum / x) ** alpha."""

    minimum: float
    alpha: float

    def sentence(self) -> str:
        """Say it in words."""
        return f"Pareto, minimum {self.minimum:,.0f} yen, alpha {self.alpha:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Losses of one exchange: Poisson with `per_year` a year on average, each of the severity stated."""

    id: str
    title: str
    per_year: float
    severity: Lognormal | Pareto
    about: str = ""
    sources: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say the distribution in one sentence."""
        return f"{self.title}: Poisson, {self.per_year:g} losses a year; each {self.severity.sentence()}"


def shipped_losses(id: str) -> Losses | None:
    """Return the distribution shipped under an id, or None."""
    if not _SLUG.fullmatch(id):
        return None
    file = resources.files("por.solvency.planning").joinpath("data", f"losses-{id}.toml")
    return parse_losses(file.read_bytes(), where=file.name) if file.is_file() else None


def load_losses(path: Path) -> Losses:
    """Read a distribution from a file; InputError names the line, SourceError a file out of reach."""
    return parse_losses(read_bytes(path, limit=MAX_LOSSES), where=path.name)


def fitted(history: History) -> Losses:
    """Fit to the history's own losses: their number over its years, and the moments of their logarithms.

    Raises InputError when there are fewer than three, or all are alike.
    """
    first, last = history.years[0], history.years[-1]
    sizes = [math.log(row.loss) for row in history.incidents if row.loss]
    if len(sizes) < _FEWEST or len(set(sizes)) == 1:
        raise InputError(
            f"{len(sizes)} losses in the history; {_FEWEST} of different size are needed to fit a distribution",
            code="losses-too-few",
            hint="state a distribution with --losses FILE, or take --losses japan",
        )
    mean = math.fsum(sizes) / len(sizes)
    deviation = math.sqrt(math.fsum((size - mean) ** 2 for size in sizes) / (len(sizes) - 1))
    return Losses(
        id="fitted",
        title=f"Fitted to the {len(sizes)} losses of {first} to {last}",
        per_year=len(sizes) / len(history.years),
        severity=Lognormal(median=math.exp(mean), sigma=deviation),
    )


def parse_losses(data: bytes, *, where: str) -> Losses:
    """Check the bytes of a distribution, all of it; InputError names the line and the key."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{where}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None
    place = Places(lines(text), where)
    doc = documents.read(_LossesDocument, documents.read_toml(text, where=where), where=where, places=place)
    if not _SLUG.fullmatch(doc.losses.id):
        raise _fault(place("losses", "id"), "not a name of small letters, digits and dashes")
    return Losses(
        id=doc.losses.id,
        title=check_text(doc.losses.title, where=place("losses", "title")),
        about=doc.losses.about,
        sources=tuple(doc.losses.sources),
        per_year=_number(doc.frequency.per_year, place("frequency", "per_year"), most=1000),
        severity=_severity(doc.severity, place),
    )


def _severity(doc: _Lognormal | _Pareto, place: Places) -> Lognormal | Pareto:
    if isinstance(doc, _Lognormal):
        return Lognormal(
            median=_number(doc.median, place("severity", "median"), most=1e18),
            sigma=_number(doc.sigma, place("severity", "sigma"), most=10),
        )
    return Pareto(
        minimum=_number(doc.minimum, place("severity", "minimum"), most=1e18),
        alpha=_number(doc.alpha, place("severity", "alpha"), most=100),
    )


def _number(text: str, where: str, *, most: float) -> float:
    found = float(amounts.parse_exact(text, where=where))
    if not 0 < found <= most:
        raise _fault(where, f"{text} is not above 0 and at most {most:,.0f}")
    return found


def _fault(where: str, what: str) -> InputError:
    return InputError(f"{where}: {what}", code="losses-malformed", hint="compare it with docs/spec/losses.md")


class _Head(documents.Document):
    id: str
    title: str
    about: str = ""
    sources: list[str] = Field(default_factory=list)


class _Frequency(documents.Document):
    kind: Literal["poisson"]
    per_year: str


class _Lognormal(documents.Document):
    kind: Literal["lognormal"]
    median: str
    sigma: str


class _Pareto(documents.Document):
    kind: Literal["pareto"]
    minimum: str
    alpha: str


class _LossesDocument(documents.Document):
    format: Literal["por-losses/1"]
    losses: _Head
    frequency: _Frequency
    severity: Annotated[_Lognormal | _Pareto, Field(discriminator="kind")]
