"""The text that an account signs to show who controls it: bound to issuer, account, snapshot and a recent block.

It is plain text for a hardware wallet's small screen and must not look like a login: a customer's sign-in
(EIP-4361) must never pass as the exchange's reserves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from por.errors import ClaimError, InputError, PorError
from por.header import check_text, parse_time, show_time
from por.reserves import blocks, caip

ANY = "any"
"""In place of a snapshot id, for cold wallets that do not sign each month."""

_STATES = " states that it controls"
_PURPOSE = "for its proof of reserves. This is no login and moves no funds."
_LOGIN = " wants you to sign in with your "
_LINES = 9
_HEX32 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NONCE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_BLOCK = re.compile(r"(\S+) (0|[1-9][0-9]{0,15}) (\S+)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One account's challenge: `snapshot` is hex or "any", times are Unix seconds, `block_hash` has 32 bytes."""

    issuer: str
    account: str
    snapshot: str
    block_chain: str
    block_number: int
    block_hash: bytes
    issued: int
    expires: int
    nonce: str

    def text(self) -> str:
        """Return the text to sign: lines end in LF, none after the last."""
        return "\n".join(
            (
                f"{self.issuer}{_STATES}",
                self.account,
                _PURPOSE,
                "",
                f"snapshot: {self.snapshot}",
                f"recent block: {self.block_chain} {self.block_number} "
                f"{blocks.show_hash(self.block_chain, self.block_hash)}",
                f"issued: {show_time(self.issued)}",
                f"expires: {show_time(self.expires)}",
                f"nonce: {self.nonce}",
            )
        )


def parse_nonce(text: object, *, where: str) -> str:
    """Return a nonce of 32 hex digits (an auditor may give it); InputError otherwise."""
    if isinstance(text, str) and _NONCE.fullmatch(text):
        return text
    raise InputError(f"{where}: not a nonce", code="nonce-malformed", hint="give 32 lower-case hex digits")


def parse_challenge(text: str, *, where: str) -> Challenge:
    """Read a signed text; ClaimError (`challenge-login`, `challenge-malformed`) when it is not ours to the byte."""
    check_no_login(text, where=where)
    lines = text.split("\n")
    try:
        found = _parse(lines, where) if len(lines) == _LINES else None
    except PorError as error:
        raise _malformed(where, error.message) from None
    # rebuilding is the check: whatever the parts above let through must give the same bytes
    if found is None or found.text() != text:
        raise _malformed(where, "another wording")
    if found.expires <= found.issued:
        raise _malformed(where, "it expires before it is issued")
    return found


def check_no_login(text: str, *, where: str) -> None:
    """Refuse a customer's sign-in (EIP-4361); ClaimError(code="challenge-login")."""
    if _LOGIN in text:
        raise ClaimError(
            f"{where}: the signed text is a login (EIP-4361), not a statement of control",
            code="challenge-login",
            hint="a customer's login proves nothing about reserves; sign the text that `por wallets challenge` writes",
        )


def _parse(lines: list[str], where: str) -> Challenge | None:
    fields = []
    for line, name in zip(lines[4:], ("snapshot", "recent block", "issued", "expires", "nonce"), strict=True):
        if not line.startswith(f"{name}: "):
            return None
        fields.append(line[len(name) + 2 :])
    snapshot, recent, issued, expires, nonce = fields
    block = _BLOCK.fullmatch(recent)
    if not lines[0].endswith(_STATES) or block is None or not (snapshot == ANY or _HEX32.fullmatch(snapshot)):
        return None
    chain = caip.parse_chain(block.group(1), where=where)
    return Challenge(
        issuer=check_text(lines[0][: -len(_STATES)], where=where),
        account=str(caip.parse_account(lines[1], where=where)),
        snapshot=snapshot,
        block_chain=chain,
        block_number=int(block.group(2)),
        block_hash=blocks.parse_hash(chain, block.group(3), where=where),
        issued=parse_time(issued, where=where),
        expires=parse_time(expires, where=where),
        nonce=parse_nonce(nonce, where=where),
    )


def _malformed(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: the signed text is not a challenge of ours ({what})",
        code="challenge-malformed",
        hint="sign the text that `por wallets challenge` writes, unchanged",
    )
