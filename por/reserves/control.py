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
from por.reserves.tables import Windows

FORMAT = "por-control/1"

_ANEW = "make a new challenge with `por wallets challenge`, sign it and import it"

BLOCK_AGE = 24 * 3600
"""A challenge is issued at most this many seconds after its recent block, so that signatures cannot be made in
advance and the key then be sold."""

MAX_MESSAGE = 2000
MAX_SIGNATURE = 8 << 10
"""Contract wallets concatenate their owners' signatures; an EIP-191 one has 65 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFile:
    """A control file as a value; `header` is the raw bytes, or None where no codec reads the chain's headers."""

    account: str
    scheme: str
    message: str
    signature: bytes
    header: bytes | None

    def to_bytes(self) -> bytes:
        """Return the JCS bytes."""
        document = {
            "format": FORMAT,
            "account": self.account,
            "scheme": self.scheme,
            "message": self.message,
            "signature": self.signature.hex(),
        }
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
        return cls(
            account=doc.account,
            scheme=doc.scheme,
            message=doc.message,
            signature=canonical.parse_hex(doc.signature, None, where=f"{where}: signature"),
            header=None if doc.header is None else canonical.parse_hex(doc.header, None, where=f"{where}: header"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedControl:
    """A control file that holds, and what that rests on; `signed` is False where only a node could say."""

    challenge: Challenge
    scheme: str
    basis: Basis
    signed: bool


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
    check_scheme(found, account, where=where)
    challenge = parse_challenge(control.message, where=where)
    check_words(challenge, account=account, header=header, replaced=replaced, where=where)
    check_windows(challenge, header=header, windows=windows, where=where)
    _check_block(challenge, control.header, where)
    signed = _check_signature(found, control, contract, where)
    proven = control.header is not None and not found.needs_node
    return VerifiedControl(
        challenge=challenge,
        scheme=found.name,
        basis=Basis.PROVEN if proven else Basis.NODE,
        signed=signed,
    )


def check_scheme(found: OwnershipScheme, account: str, *, where: str) -> None:
    """Refuse a scheme that does not speak for accounts of this chain; ClaimError."""
    namespace = caip.parse_account(account, where=where).namespace
    if namespace not in found.namespaces:
        raise ClaimError(
            f"{where}: {found.name} is no scheme for accounts of {namespace}",
            code="scheme-chain",
            hint="sign and import again with a scheme of the account's own chain",
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


def _check_signature(found: OwnershipScheme, control: ControlFile, contract: ContractCall | None, where: str) -> bool:
    account = caip.parse_account(control.account, where=where)
    if found.needs_node and contract is None:
        found.check_shape(control.signature, where=where)
        return False
    found.verify(account=account, message=control.message, signature=control.signature, contract=contract, where=where)
    return True


class _ControlDocument(documents.Document):
    format: str
    account: str
    scheme: str
    message: str
    signature: str
    header: str | None = None
