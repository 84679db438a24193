"""Judges an evidence file with nothing but the exchange's key: did it sign what cannot all be true?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from por import canonical
from por.attestation import note
from por.attestation.envelope import parse_object, signed_part
from por.attestation.keys import PublicKey
from por.attestation.statement import head
from por.attestation.trust import Trust
from por.audit.equivocation import FORMAT, EquivocationError, Side, compare_sides, of_checkpoint, of_statement
from por.errors import ClaimError, InputError, PorError, TrustError
from por.outcomes import Basis, Check, Outcome


def check_evidence_file(data: bytes, *, keys: Sequence[PublicKey] | Trust) -> Iterator[Check]:
    """Verify both sides' signatures and that they contradict each other.

    InputError when the file is malformed; ClaimError when a signature is not the exchange's, or when nothing in it
    contradicts anything; TrustError when the key that began the log was not brought.
    """
    trust = Trust.of(keys)
    sides = []
    for number, value in enumerate(parse_sides(data), 1):
        side, detail = _verified(value, trust, where=f"side {number}")
        sides.append(side)
        yield Check(id=f"side:{number}", outcome=Outcome.HOLDS, basis=Basis.SIGNED, detail=detail)
    try:
        compare_sides(sides)
    except EquivocationError as error:
        yield Check(id="contradiction", outcome=Outcome.HOLDS, basis=Basis.RECOMPUTED, detail=error.message)
        return
    raise ClaimError(
        "what is signed in this file can all be true: it proves nothing",
        code="evidence-proves-nothing",
        hint="the two are not of one log, or fit each other; with a key file whose keys succeed one another, give that",
    )


@contextmanager
def convicting(trust: Trust) -> Iterator[None]:
    """Let an EquivocationError pass only with evidence that convicts by these keys; else a ClaimError says why not.

    Somebody who signed in no role that counts, or with a key revoked since, must not have the exchange accused.
    """
    try:
        yield
    except EquivocationError as error:
        try:
            for _ in check_evidence_file(error.evidence, keys=trust):
                pass
        except PorError as reason:
            raise ClaimError(
                f"{error.message}; but that convicts nobody: {reason.message}",
                code=error.code,
                hint="do not rely on either: keep both, and ask the exchange",
            ) from None
        raise


def parse_sides(data: bytes) -> list[dict[str, Any]]:
    """Read an evidence file's two sides; raise InputError. Nothing in them is looked at."""
    value = canonical.decode(data, where="evidence")
    sides = value.get("sides") if isinstance(value, dict) and value.keys() == {"format", "sides"} else None
    good = isinstance(sides, list) and len(sides) == 2 and isinstance(value, dict) and value["format"] == FORMAT
    if not good or not isinstance(sides, list) or not all(_is_side(side) for side in sides):
        raise InputError(
            f"evidence: not of the format {FORMAT} with two sides, each a statement or a checkpoint",
            code="equivocation-malformed",
            hint="compare the file with docs/spec/equivocation.md; it is worth nothing once it was edited",
        )
    return sides


def _is_side(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return set(value) == {"statement"} or (set(value) == {"checkpoint"} and isinstance(value["checkpoint"], str))


def _verified(value: dict[str, Any], trust: Trust, *, where: str) -> tuple[Side, str]:
    if "statement" in value:
        envelope = signed_part(parse_object(value["statement"], where=where), trust.keys)
        statement = head(envelope.payload, where=where)
        judged = trust.judge(envelope, time=statement.header.time, where=where)
        if trust.chain is None and not trust.knows_log(statement.log):
            raise TrustError(
                f"{where}: of a log begun with key {statement.log.key[:16]}..., which you did not bring",
                code="key-missing",
                hint="give --key with the exchange's first key too, or its key file",
            )
        header = statement.header
        detail = (
            f"statement {header.sequence} of {header.issuer}, entry {statement.log.index} of {statement.log.origin}"
        )
        by = ", ".join(row.shown for row in judged if row.fault is None)
        return of_statement(envelope, statement, trust=trust), f"{detail}, signed by {by}"
    signed = note.parse_note(value["checkpoint"].encode(), where=where)
    found = note.parse_checkpoint(signed, where=where)
    part, signers = note.signed_by(signed, name=found.origin, keys=trust.log_signers)
    if not signers:
        note.verify_note(signed, name=found.origin, keys=trust.log_signers, where=where)  # says why
    if not trust.heads_of(signers):
        raise ClaimError(
            f"{where}: signed only by keys that were revoked since",
            code="key-revoked",
            hint="whoever stole a key can sign any head of a log: this shows nothing of the exchange",
        )
    names = ", ".join(key.name or f"{key.keyid[:16]}..." for key in signers)
    detail = f"checkpoint of {found.origin}: {found.size} entries, root {found.root.hex()[:16]}..., signed by {names}"
    return of_checkpoint(part, found, signers=signers, trust=trust), detail
