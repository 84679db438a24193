"""What a statement repeats of the one before it is what that one said."""

from __future__ import annotations

from collections.abc import Iterator

from por import canonical
from por.attestation.change import repeated
from por.attestation.statement import Head
from por.errors import InputError
from por.outcomes import Basis, Check, Outcome


def check_change(statement: Head, before: Head | None) -> Iterator[Check]:
    """Compare with the predecessor, whose signature was verified; None: the auditor did not bring it."""
    named = statement.previous
    if named is None:
        return  # the first of its log repeats nothing, and was refused if it did
    if before is None or before.digest != named.digest:
        detail = f"what it repeats of statement {named.sequence} is its word until you give that one: --previous"
        yield Check(id="change", outcome=Outcome.NOT_COVERED, detail=detail)
        return
    wrong = misquoted(statement, before)
    if wrong is None:
        detail = f"what it repeats of statement {named.sequence} is what that one said"
        yield Check(id="change", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
    else:
        yield Check(id="change", outcome=Outcome.DOES_NOT_HOLD, basis=Basis.SIGNED, detail=wrong)


def misquoted(statement: Head, before: Head | None) -> str | None:
    """Return what `statement` says otherwise of its predecessor than `before`, which is that one; None: nothing.

    Compared as bytes. A predecessor whose own figures are malformed cannot have been quoted truly.
    """
    if before is None:
        return None
    stated = statement.predicate["change"]
    try:
        true = repeated(before)
    except InputError as error:
        return error.message
    wrong = sorted(name for name in {*stated, *true} if not _same(stated.get(name), true.get(name)))
    if statement.previous is not None and statement.previous.sequence != before.header.sequence:
        wrong.append("its sequence")
    return f"of statement {before.header.sequence} it says otherwise: {', '.join(wrong)}" if wrong else None


def _same(one: object, other: object) -> bool:
    return canonical.encode(one) == canonical.encode(other)
