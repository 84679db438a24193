"""The customer's check: a signed statement, and a proof that a balance is counted under its root.

Stays light (no pydantic, no chain code), because `por verify` must answer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from por import canonical
from por.attestation import note
from por.attestation.envelope import Envelope, parse, parse_object
from por.attestation.keys import PublicKey
from por.attestation.statement import Head, head
from por.attestation.trust import Signed, Stamps, Trust
from por.audit.equivocation import Side, compare_sides, compare_statements, of_checkpoint, of_statement
from por.audit.evidence import convicting
from por.errors import ClaimError, InputError, TrustError
from por.liabilities.verify import Found, verify_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a customer's check found: who signed which statement, and the balances counted in it.

    `absent` are the statement's assets that the proof does not mention; `elsewhere` tells whether a statement that
    was got from another place is the same one; `log_known` whether its log is one that a key of the verifier's began.
    """

    envelope: Envelope
    statement: Head
    signers: tuple[Signed, ...]
    found: tuple[Found, ...]
    absent: tuple[str, ...]
    elsewhere: bool
    log_known: bool


def check_proof(
    proof: bytes,
    *,
    keys: Sequence[PublicKey] | Trust,
    account_id: str,
    statement: bytes | None = None,
    checkpoint: bytes | None = None,
    stamps: Callable[[Envelope, Head], Stamps] | None = None,
) -> Counted:
    """Check everything of docs/spec/proof.md in its order; `statement` is attestation.json got from elsewhere.

    `checkpoint` is the head of the log that was got with it: neither statement may contradict it.
    `stamps` judges the timestamps that were got with it, which only the statements of keys revoked since need.

    Raises InputError when a file is malformed, ClaimError (EquivocationError) when something does not hold and
    TrustError when there is no statement to check against.
    """
    document = canonical.decode(proof, where="proof")
    embedded, digest = _embedded(document)
    given = parse(statement, where="statement") if statement is not None else None
    envelope = given or embedded
    if envelope is None:
        raise TrustError(
            "the proof carries no signed statement, and none was given",
            code="statement-missing",
            hint="give the exchange's publication: --statement FOLDER, or its attestation.json",
        )
    trust = Trust.of(keys)
    trust.open(envelope, where="statement")
    found = head(envelope.payload, where="statement")
    signers = trust.judge(
        envelope, time=found.header.time, where="statement", stamps=stamps(envelope, found) if stamps else None
    )
    if embedded is not None and given is not None:
        trust.open(embedded, where="the statement in the proof")
        inner = head(embedded.payload, where="the statement in the proof")
        if inner.digest != found.digest:  # whoever signs in no role that counts must not have the exchange accused
            trust.judge(
                embedded,
                time=inner.header.time,
                where="the statement in the proof",
                stamps=stamps(embedded, inner) if stamps else None,
            )
        with convicting(trust):
            _compare((embedded, inner), (given, found), checkpoint, trust)
    if digest is not None and digest != envelope.digest:
        raise ClaimError(
            f"the proof names the statement {digest[:16]}..., not {envelope.digest[:16]}...",
            code="attestation-digest",
            hint="the proof belongs to another statement; fetch it again",
        )
    balances = verify_proof(document, snapshot_id=found.snapshot_id, roots=found.roots, account_id=account_id)
    if not balances:
        raise ClaimError(
            "the proof has no entries: nothing was counted for anybody",
            code="proof-empty",
            hint="ask the exchange for your proof again; if you had a balance, keep this file",
        )
    mentioned = {balance.asset for balance in balances}
    return Counted(
        envelope=envelope,
        statement=found,
        signers=tuple(row for row in signers if row.fault is None),
        found=balances,
        absent=tuple(row.asset for row in found.assets if row.asset not in mentioned),
        elsewhere=given is not None and embedded is not None,
        log_known=trust.knows_log(found.log),
    )


def _compare(
    embedded: tuple[Envelope, Head], given: tuple[Envelope, Head], checkpoint: bytes | None, trust: Trust
) -> None:
    if checkpoint is not None:
        log_head = _log_head(checkpoint, trust, given[1])
        compare_sides((of_statement(*embedded, trust=trust), of_statement(*given, trust=trust), log_head))
    compare_statements(embedded, given, trust=trust)


def _log_head(checkpoint: bytes, trust: Trust, statement: Head) -> Side:
    signed = note.parse_note(checkpoint, where="log/checkpoint")
    found = note.parse_checkpoint(signed, where="log/checkpoint")
    keys = trust.log_keys(statement.log, time=statement.header.time)
    note.verify_note(signed, name=statement.log.origin, keys=keys, where="log/checkpoint")
    part, signers = note.signed_by(signed, name=statement.log.origin, keys=keys)
    return of_checkpoint(part, found, signers=signers, trust=trust)


def _embedded(document: object) -> tuple[Envelope | None, str | None]:
    """Return the envelope and the digest that the proof carries; the rest of its form is the verifier's matter."""
    attestation = document.get("attestation") if isinstance(document, dict) else None
    if attestation is None:
        return None, None
    if not isinstance(attestation, dict):
        raise InputError("proof: attestation is not an object", code="proof-malformed", hint="fetch the proof again")
    digest = canonical.parse_hex(attestation.get("digest"), 32, where="proof: attestation.digest").hex()
    if "envelope" not in attestation:
        return None, digest
    return parse_object(attestation["envelope"], where="proof: attestation.envelope"), digest
