"""`por verify`: the customer's check, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from por import amounts, files
from por.cli import exits, options, terminal
from por.cli.result import Result
from por.errors import ClaimError, UsageError

if TYPE_CHECKING:
    from por.audit.customer import Counted

MAX_PROOF = 64 << 20
"""A proof with 256 pieces in each of 150 assets and an envelope stays below this."""


@click.command()
@click.argument("proof", metavar="PROOF")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="The exchange's .pub file, or its one-line key.")
@options.path_option("--statement", help="Publication or attestation.json that you got elsewhere, to compare.")
@click.option("--expect", "expected", multiple=True, metavar="ASSET=AMOUNT", help="What your account page shows.")
@click.option("--account-id-file", metavar="FILE", help="Read the account id from a file; - is standard input.")
@options.common
def verify(
    proof: str, keys: tuple[str, ...], statement: Path | None, expected: tuple[str, ...], account_id_file: str | None
) -> Result:
    """Check that a customer was counted: signature, statement and inclusion proof.

    PROOF is the file that the exchange gave you; it needs no network. The account id is asked for and stays here.
    """
    from por.audit.customer import check_proof
    from por.audit.equivocation import EquivocationError

    trusted = options.load_keys(keys)
    data = options.read_in(proof, limit=MAX_PROOF)
    other = _statement(statement) if statement is not None else None
    wanted = dict(_expectation(text) for text in expected)
    account = options.read_account(account_id_file)
    try:
        counted = check_proof(data, keys=trusted, account_id=account, statement=other)
    except EquivocationError as error:
        path = Path(f"equivocation-{error.sequence}.json")
        files.write_bytes(path, error.evidence)
        terminal.note(f"evidence: both statements are in {path}")
        raise
    _compare(counted, wanted)
    return Result(outcome="holds", show=lambda: _tell(counted, bool(wanted)), fields=_fields(counted), exit=exits.HOLDS)


def _statement(path: Path) -> bytes:
    if path.is_dir():
        return files.read_bytes(path / "attestation.json")
    if path.suffix == ".zip":
        from por.audit.publication import open_publication

        return open_publication(path).read("attestation.json")
    return files.read_bytes(path)


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


def _tell(counted: Counted, compared: bool) -> None:
    statement = counted.statement
    header = statement.header
    say = terminal.say
    for rule in statement.failed:
        say(f"THE STATEMENT ITSELF ADMITS A FAILED TEST: {rule.title}")
        left, right = terminal.grouped(rule.left), terminal.grouped(rule.right)
        say(f"  {left} {rule.unit} where {rule.relation} {right} {rule.unit} is asked for ({rule.reference})")
    if statement.failed:
        say()
    say(
        f"{header.issuer} ({header.scope}) states what it owes its customers at {header.as_of}"
        f" (statement {header.sequence})."
    )
    for key in counted.signers:
        say(f"Signed by key {key.keyid[:16]}...{f' ({key.name})' if key.name else ''}, which you brought.")
    say()
    for balance in counted.found:
        say(f"We found {amounts.show(balance.amount, balance.decimals)} {balance.asset} for you.")
    if not counted.found:
        say("We found no balance for you: the proof has no entries.")
    if counted.absent:
        say(f"Nothing was counted for you in {', '.join(counted.absent)}.")
    say()
    if not compared:
        say("Compare this with your account page as it was at that time. If an amount differs or is missing, keep the")
        say("proof file, ask the exchange, and if the answer does not satisfy you tell an auditor or the regulator.")
    say(f"Statement {statement.digest}")
    if counted.elsewhere:
        say("The statement that you got elsewhere is the same one.")
    else:
        say("That others have seen the same statement is not covered: compare its number above with other people's, or")
        say("give the statement you got elsewhere with --statement.")
    say("This does not prove that the exchange holds the coins (that is `por audit`'s matter), nor that every other")
    say("customer was counted: each of them has to check.")


def _fields(counted: Counted) -> dict[str, object]:
    statement = counted.statement
    return {
        "statement": {
            "digest": statement.digest,
            **statement.header.document(),
            "verdict": statement.verdict.value,
            "failed": [rule.id for rule in statement.failed],
        },
        "signed_by": [key.keyid for key in counted.signers],
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
    }
