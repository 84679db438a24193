"""Control files (`por-control/1`): a challenge, its signature and the raw header of the block it names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from por import canonical, documents
from por.errors import ClaimError, InputError
from por.header import Header, show_time
from por.outcomes import Basis
from por.reserves import blocks, caip
from por.reserves.challenge import ANY, Challenge, parse_challenge
from por.reserves.ownership import ContractCall, OwnershipScheme, scheme
from por.reserves.report import UNDATED
from por.reserves.tables import Windows

FORMAT = "por-control/1"

_ANEW = "make a new challenge with `por wallets challenge`, sign it and import it"

BLOCK_AGE = 24 * 3600
"""A challenge is issued at most this many seconds after its recent block, so that signatures cannot be made in
advance and the key then be sold."""

MAX_MESSAGE = 2000
MAX_SIGNATURE = 20 << 10
"""Contract wallets concatenate their owners' signatures, a proof of funds brings the transactions that it spends from;
an EIP-191 signature has 65 bytes."""

MAX_SCRIPT = 10_000
"""Bytes of a script that an address commits to (consensus)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFile:
    """A control file as a value; `header` is the raw bytes, or None where no codec reads the chain's headers.

    `signature` is bytes, or a text's ASCII bytes where the scheme's signatures are text; `script` is the multisig
    script that the address commits to, where the scheme needs one.
    """

    account: str
    scheme: str
    message: str
    signature: bytes
    header: bytes | None
    script: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        document = {
            "format": FORMAT,
            "account": self.account,
            "scheme": self.scheme,
            "message": self.message,
            "signature": self.signature.decode("ascii") if _is_text(self.scheme) else self.signature.hex(),
        }
        if self.script is not None:
            document["script"] = self.script.hex()
        if self.header is not None:
            document["header"] = self.header.hex()
        return canonical.encode(document)

    @classmethod
    def from_bytes(cls, data: bytes, *, where: str) -> ControlFile:
        """Read JCS bytes; InputError names what is malformed. Checks shape only."""
        value = canonical.decode(data, where=where)
        if isinstance(value, dict) and value.get("format") != FORMAT:
            raise InputError(f"{where}: not a {FORMAT} document", code="format-unknown", hint="is this the right file?")
        doc = documents.read(_ControlDocument, value, where=where)
        caip.parse_account(doc.account, where=f"{where}: account")
        if len(doc.message) > MAX_MESSAGE or len(doc.signature) > 2 * MAX_SIGNATURE:
            raise InputError(
                f"{where}: a message of more than {MAX_MESSAGE} characters, or a signature of more than "
                f"{MAX_SIGNATURE} bytes",
                code="control-too-long",
                hint="import the signature again, with the text that was signed",
            )
        if doc.script is not None and len(doc.script) > 2 * MAX_SCRIPT:
            raise InputError(
                f"{where}: a script of more than {MAX_SCRIPT} bytes", code="control-too-long", hint="no address has one"
            )
        return cls(
            account=doc.account,
            scheme=doc.scheme,
            message=doc.message,
            signature=_read_signature(doc, where),
            script=None if doc.script is None else canonical.parse_hex(doc.script, None, where=f"{where}: script"),
            header=None if doc.header is None else canonical.parse_hex(doc.header, None, where=f"{where}: header"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedControl:
    """A control file that holds, and what that rests on; `signed` is False where only a node could say.

    `challenge` is None where what was signed is a published text without a date, which proves no present control.
    """

    challenge: Challenge | None
    scheme: str
    basis: Basis
    signed: bool

    @property
    def issued(self) -> str:
        """The time of issue as text, or "undated"."""
        return UNDATED if self.challenge is None else show_time(self.challenge.issued)


def verify_control(
    control: ControlFile,
    *,
    account: str,
    header: Header,
    windows: Windows,
    contract: ContractCall | None = None,
    replaced: Collection[bytes] = (),
    where: str,
) -> VerifiedControl:
    """Check a control file for `account` and a snapshot header; ClaimError with its own code for each way it fails.

    `contract` answers EIP-1271 questions at the pinned block; without it the signature of a contract wallet is not
    checked (`signed` is False). `replaced` are snapshot ids that this snapshot corrects.
    """
    found = scheme(control.scheme)
    if found is None:
        raise InputError(
            f"{where}: scheme {control.scheme[:30]!r} is not known", code="scheme-unknown", hint="is it one of ours?"
        )
    if control.account != account:
        raise ClaimError(
            f"{where}: it is about {control.account}, not {account}",
            code="control-account",
            hint="each account signs its own challenge",
        )
    check_scheme(found, control, where=where)
    challenge = None
    if found.dated:
        challenge = parse_challenge(control.message, where=where)
        check_words(challenge, account=account, header=header, replaced=replaced, where=where)
        check_windows(challenge, header=header, windows=windows, where=where)
        _check_block(challenge, control.header, where)
    signed = check_signature(found, control, contract, where=where)
    return VerifiedControl(challenge=challenge, scheme=found.name, basis=_basis(found, control), signed=signed)


def _basis(found: OwnershipScheme, control: ControlFile) -> Basis:
    if not found.dated:
        return Basis.DECLARED
    return Basis.PROVEN if control.header is not None and not found.needs_node else Basis.NODE


def check_scheme(found: OwnershipScheme, control: ControlFile, *, where: str) -> None:
    """Refuse a scheme that does not speak for the account, and parts that it does not know; ClaimError."""
    account = caip.parse_account(control.account, where=where)
    if account.namespace not in found.namespaces:
        raise ClaimError(
            f"{where}: {found.name} is no scheme for accounts of {account.namespace}",
            code="scheme-chain",
            hint="sign and import again with a scheme of the account's own chain",
        )
    found.check_account(account, where=where)
    if (control.script is not None and not found.scripted) or (control.header is not None and not found.dated):
        raise ClaimError(
            f"{where}: {found.name} knows no {'header' if not found.dated else 'script'}",
            code="control-part",
            hint="import the signature again",
        )


def check_words(challenge: Challenge, *, account: str, header: Header, replaced: Collection[bytes], where: str) -> None:
    """Refuse a challenge of another issuer, account, snapshot or chain; ClaimError."""
    if challenge.issuer != header.issuer:
        raise ClaimError(
            f"{where}: the challenge is {challenge.issuer}'s, not {header.issuer}'s",
            code="challenge-issuer",
            hint="make challenges with this snapshot.toml, whose issuer they name, and sign those",
        )
    if challenge.account != account:
        raise ClaimError(
            f"{where}: the text in it is for {challenge.account}",
            code="challenge-account",
            hint="each account signs its own challenge",
        )
    accepted = {header.id.hex(), *(id.hex() for id in replaced)}
    if challenge.snapshot != ANY and challenge.snapshot not in accepted:
        raise ClaimError(
            f"{where}: the challenge is for another snapshot",
            code="challenge-snapshot",
            hint="make new challenges with this snapshot.toml, or ones for any snapshot",
        )
    if challenge.block_chain != caip.parse_account(account, where=where).chain:
        raise ClaimError(
            f"{where}: the recent block is of {challenge.block_chain}",
            code="challenge-chain",
            hint=f"the recent block belongs to the account's own chain; {_ANEW}",
        )


def check_windows(challenge: Challenge, *, header: Header, windows: Windows, where: str) -> None:
    """Refuse a challenge that is expired, future-dated or too old at as_of (never today's clock); ClaimError."""
    as_of = header.time
    if as_of >= challenge.expires:
        raise ClaimError(
            f"{where}: the challenge expired {show_time(challenge.expires)}, before {header.as_of}",
            code="challenge-expired",
            hint=_ANEW,
        )
    if challenge.issued > as_of + windows.issued_after_as_of_hours * 3600:
        raise ClaimError(
            f"{where}: the challenge was issued {show_time(challenge.issued)}, more than "
            f"{windows.issued_after_as_of_hours} hours after {header.as_of}",
            code="challenge-future",
            hint="challenges are signed before the moment of the statement, or soon after it",
        )
    if challenge.issued < as_of - windows.challenge_max_age_days * 86400:
        raise ClaimError(
            f"{where}: the challenge was issued {show_time(challenge.issued)}, more than "
            f"{windows.challenge_max_age_days} days before {header.as_of}",
            code="challenge-too-old",
            hint=_ANEW,
        )


def _check_block(challenge: Challenge, raw: bytes | None, where: str) -> None:
    if raw is None:
        if blocks.has_codec(challenge.block_chain):
            raise ClaimError(
                f"{where}: the recent block's header is missing",
                code="control-header-missing",
                hint="without it nobody can tell when the signature was made; import the signature again",
            )
        return
    block = blocks.decode(challenge.block_chain, raw, where=f"{where}: header")
    if block.hash != challenge.block_hash or block.number not in (None, challenge.block_number):
        raise ClaimError(
            f"{where}: the header is not that of the recent block in the challenge",
            code="control-header",
            hint="import the signature again, with the challenge that was signed",
        )
    if challenge.issued < block.time:
        raise ClaimError(
            f"{where}: issued {show_time(challenge.issued)}, before its recent block of {show_time(block.time)}",
            code="challenge-block-future",
            hint=_ANEW,
        )
    if challenge.issued > block.time + BLOCK_AGE:
        raise ClaimError(
            f"{where}: issued {show_time(challenge.issued)}, more than 24 hours after its recent block of "
            f"{show_time(block.time)}",
            code="challenge-block-old",
            hint=f"the time of issue is not what it says; {_ANEW}",
        )


def check_signature(
    found: OwnershipScheme, control: ControlFile, contract: ContractCall | None = None, *, where: str
) -> bool:
    """Check the signature alone; ClaimError when it does not hold, False when only a node could say."""
    if found.needs_node and contract is None:
        found.check_shape(control.signature, where=where)
        return False
    found.verify(
        account=caip.parse_account(control.account, where=where),
        message=control.message,
        signature=control.signature,
        script=control.script,
        contract=contract,
        where=where,
    )
    return True


def _is_text(name: str) -> bool:
    found = scheme(name)
    return found is not None and found.text


def _read_signature(doc: _ControlDocument, where: str) -> bytes:
    if not _is_text(doc.scheme):
        return canonical.parse_hex(doc.signature, None, where=f"{where}: signature")
    if not doc.signature.isascii() or not doc.signature.isprintable():
        raise InputError(
            f"{where}: signature: not the text of one",
            code="control-signature",
            hint="import it again, as the wallet gave it",
        )
    return doc.signature.encode("ascii")


class _ControlDocument(documents.Document):
    format: str
    account: str
    scheme: str
    message: str
    signature: str
    script: str | None = None
    header: str | None = None
