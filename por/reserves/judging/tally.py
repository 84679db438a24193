"""What one check of a report finds, piece by piece, and the one line that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from por.errors import PorError, SourceError, UsageError
from por.outcomes import Basis, Check, Outcome, weakest

MAX_FAULTS = 20
"""Faults named in one check; more would bury the first."""


@dataclass(slots=True)
class Tally:
    """What one check found so far."""

    id: str
    faults: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    good: list[str] = field(default_factory=list)
    bases: list[Basis] = field(default_factory=list)
    whole: bool = False
    """True where one part left open keeps the check from holding: it must not hide behind the others."""

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Note what goes wrong in the block: a source out of reach decides nothing, whatever else is a fault.

        A UsageError is the caller's and passes.
        """
        try:
            yield
        except UsageError:
            raise
        except SourceError as error:
            self.undecided.append(error.message)
        except PorError as error:
            self.faults.append(error.message)

    def check(self, basis: Basis | None = None) -> Check:
        """Make one line of it: a failure first, then what stayed undecided, what holds, what was not covered."""
        rest = self.open + self.good
        for outcome, lines in (
            (Outcome.DOES_NOT_HOLD, self.faults),
            (Outcome.UNDECIDED, self.undecided),
            (Outcome.NOT_COVERED, rest if self.open and (self.whole or not self.good) else []),
            (Outcome.HOLDS, self.good and self.good + self.open),
        ):
            if lines:
                shown = lines[:MAX_FAULTS] + (
                    [f"and {len(lines) - MAX_FAULTS} more"] if len(lines) > MAX_FAULTS else []
                )
                settled = outcome in (Outcome.HOLDS, Outcome.DOES_NOT_HOLD)
                return Check(
                    id=self.id,
                    outcome=outcome,
                    basis=(basis or weakest(self.bases)) if settled else None,
                    detail="; ".join(shown),
                )
        return Check(id=self.id, outcome=Outcome.NOT_COVERED, detail="the report has nothing of this kind")
