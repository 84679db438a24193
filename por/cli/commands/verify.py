"""`por verify`: the customer's check, in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from por import amounts, files
from por.cli import exits, language, options, remembering, terminal
from por.cli.result import Result
from por.errors import ClaimError, UsageError

if TYPE_CHECKING:
    from por.attestation.envelope import Envelope
    from por.attestation.statement import Head
    from por.attestation.trust import Stamps
    from por.audit.customer import Counted
    from por.audit.memory import Recalled

MAX_PROOF = 16 << 20
"""Bytes of a proof: 30 assets with 256 pieces each at 10 million leaves; larger ones only cost the reader time."""


@click.command(cls=language.Command)
@click.argument("proof", metavar="PROOF")
@options.key_option
@options.path_option("--statement", help="Publication or attestation.json that you got elsewhere, to compare.")
@options.tsa_option
@click.option("--expect", "expected", multiple=True, metavar="ASSET=AMOUNT", help="What your account page shows.")
@options.path_option("--remember", help="Your own record: keep what was seen in this file, and say what has changed.")
@click.option("--account-id-file", metavar="FILE", help="Read the account id from a file; - is standard input.")
@language.option
@options.common
def verify(
    proof: str,
    keys: tuple[str, ...],
    statement: Path | None,
    tsa_ca: Path | None,
    expected: tuple[str, ...],
    remember: Path | None,
    account_id_file: str | None,
) -> Result:
    """Check that a customer was counted: signature, statement and inclusion proof.

    PROOF is the file that the exchange gave you; it needs no network. The account id is asked for and stays here.
    """
    from por.audit.customer import check_proof
    from por.audit.equivocation import EquivocationError
    from por.cli.evidence import keep_evidence

    trusted = options.load_trust(keys)
    data = options.read_in(proof, limit=MAX_PROOF)
    other = _statement(statement) if statement is not None else None
    log_files = _log_files(statement) if statement is not None else {}
    wanted = dict(_expectation(text) for text in expected)
    words = language.current()
    account = options.read_account(account_id_file, words("your account id, as the exchange knows it"))
    try:
        counted = check_proof(
            data,
            keys=trusted,
            account_id=account,
            statement=other,
            checkpoint=log_files.get("log/checkpoint"),
            stamps=_stamps(statement, tsa_ca),
        )
        recalled = None
        if remember is not None:
            recalled = remembering.recall(remember, counted, account_id=account, trust=trusted, log_files=log_files)
    except EquivocationError as error:
        terminal.note(words("evidence: what contradicts itself is in {path}", path=keep_evidence(error)))
        raise
    _compare(counted, wanted)
    return Result(
        outcome="holds",
        show=lambda: _tell(counted, words, recalled, compared=bool(wanted)),
        fields={**_fields(counted), **({} if recalled is None else remembering.fields(recalled))},
        exit=exits.HOLDS,
    )


def _statement(path: Path) -> bytes:
    if path.is_dir():
        return files.read_bytes(path / "attestation.json")
    if path.suffix == ".zip":
        from por.audit.publication import open_publication

        return open_publication(path).read("attestation.json")
    return files.read_bytes(path)


def _log_files(path: Path) -> dict[str, bytes]:
    """Return what came of the log with a publication; nothing for a statement alone."""
    from por.attestation.logproof import CHECKPOINT, CONSISTENCY, INCLUSION

    names = (CHECKPOINT, INCLUSION, CONSISTENCY)
    if path.is_dir():
        return {name: files.read_bytes(path / name) for name in names if (path / name).is_file()}
    if path.suffix == ".zip":
        from por.audit.publication import open_publication

        found = open_publication(path).files
        return {name: found[name] for name in names if name in found}
    return {}


def _stamps(path: Path | None, tsa_ca: Path | None) -> Callable[[Envelope, Head], Stamps] | None:
    """Return what judges the timestamps of a whole publication; None where there is none, or nobody to judge them."""
    if path is None or tsa_ca is None:
        return None
    from por.audit.publication import open_publication
    from por.audit.timestamps import stamps_of

    found, roots = open_publication(path), options.load_authorities(tsa_ca)
    return lambda envelope, head: stamps_of(found.files, envelope, head, roots)


def _expectation(text: str) -> tuple[str, str]:
    asset, sign, amount = text.partition("=")
    if not sign or not asset or not amount:
        raise UsageError(
            f"--expect {text} is not ASSET=AMOUNT", code="expect-malformed", hint="for example --expect BTC=1.5"
        )
    return amounts.check_asset(asset, where="--expect"), amount


def _compare(counted: Counted, wanted: dict[str, str]) -> None:
    decimals = {row.asset: row.decimals for row in counted.statement.assets}
    found = {balance.asset: balance.amount for balance in counted.found}
    for asset, text in wanted.items():
        if asset not in decimals:
            raise ClaimError(
                f"the statement has no asset {asset}",
                code="expect-differs",
                hint=f"it has {', '.join(decimals)}; a missing asset is a reason to ask the exchange",
            )
        amount = amounts.parse_decimal(text, decimals[asset], where=f"--expect {asset}")
        if amount != found.get(asset, 0):
            shown = amounts.show(found.get(asset, 0), decimals[asset])
            raise ClaimError(
                f"counted for you: {shown} {asset}, not {text}",
                code="expect-differs",
                hint="look at your account page as of the statement's time; if it differs, keep this file and complain",
            )


def _tell(counted: Counted, words: language.Words, recalled: Recalled | None, *, compared: bool) -> None:
    statement = counted.statement
    header = statement.header
    say = terminal.say
    for rule in statement.failed:
        name = words.named("rule", rule.id)
        title = rule.title if name is None else f"{name} ({rule.title})"
        unit = words.named("unit", rule.unit) or rule.unit
        left, right = terminal.grouped(rule.left), terminal.grouped(rule.right)
        say(words("THE STATEMENT ITSELF ADMITS A FAILED TEST: {title}", title=title))
        say(
            words(
                "  {left} {unit} where {relation} {right} {unit} is asked for ({reference})",
                left=left,
                right=right,
                unit=unit,
                relation=rule.relation,
                reference=rule.reference,
            )
        )
    if statement.failed:
        say()
    say(
        words(
            "{issuer} ({scope}) states what it owes its customers at {moment} (statement {sequence}).",
            issuer=header.issuer,
            scope=header.scope,
            moment=words.moment(header.as_of),
            sequence=header.sequence,
        )
    )
    for signer in counted.signers:
        if signer.roles:
            roles = ", ".join(words.named("role", role) or role for role in signer.roles)
            say(words("Signed by key {name}, in your key file as {roles}.", name=signer.shown, roles=roles))
        else:
            say(words("Signed by key {name}, which you brought.", name=signer.shown))
    say()
    for balance in counted.found:
        amount = amounts.show(balance.amount, balance.decimals)
        say(words("We found {amount} {asset} for you.", amount=amount, asset=balance.asset))
    if counted.absent:
        say(words("Nothing was counted for you in {assets}.", assets=", ".join(counted.absent)))
    if recalled is not None:
        remembering.tell(recalled, counted, words)
    say()
    if not compared:
        say(
            words(
                "Compare this with your account page as it was at that time. If an amount differs or is missing,\n"
                "keep the proof file, ask the exchange, and if the answer does not satisfy you tell an auditor or\n"
                "the regulator."
            )
        )
    say(words("Statement {digest}", digest=statement.digest))
    if counted.elsewhere:
        say(words("The statement that you got elsewhere is the same one."))
    else:
        say(
            words(
                "That others have seen the same statement is not covered: compare its number above with other\n"
                "people's, or give the statement you got elsewhere with --statement."
            )
        )
    if not counted.log_known:
        say(
            words(
                "Its log was begun with a key that you did not bring. That there is no second log is not covered:\n"
                "give the exchange's key file, or its first key too."
            )
        )
    say(
        words(
            "This does not prove that the exchange holds the coins (that is `por audit`'s matter), nor that every\n"
            "other customer was counted: each of them has to check."
        )
    )


def _fields(counted: Counted) -> dict[str, object]:
    statement = counted.statement
    return {
        "statement": {
            "digest": statement.digest,
            **statement.header.document(),
            "verdict": statement.verdict.value,
            "failed": [rule.id for rule in statement.failed],
        },
        "signed_by": [signer.key.keyid for signer in counted.signers],
        "signed_as": {signer.key.keyid: list(signer.roles) for signer in counted.signers},
        "found": [
            {
                "asset": balance.asset,
                "amount": str(balance.amount),
                "shown": amounts.show(balance.amount, balance.decimals),
                "indices": list(balance.indices),
            }
            for balance in counted.found
        ],
        "absent": list(counted.absent),
        "same_statement_elsewhere": counted.elsewhere,
        "log_known": counted.log_known,
    }
