"""BIP-322: an address of the Bitcoin family signs by unlocking a virtual output, whatever its script is.

A signature is valid "at time T and age S". T may not lie after the challenge's recent block or time of issue, and S
must be none: an age holds only for coins that have it, which a signature cannot show. A proof of funds is taken as a
signature for the address; its further outpoints must be signed too but are counted nowhere: balances come from the
chain, and each account has a control file of its own.
"""

from __future__ import annotations

from por.errors import ClaimError
from por.reserves import caip
from por.reserves.bitcoin import bip322
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.bitcoin.machine import LOCK_BY_TIME
from por.reserves.challenge import parse_challenge
from por.reserves.ownership import ContractCall, unfit
from por.reserves.ownership.signature_text import ascii_text


class Bip322:
    """Signatures as text, with a prefix smp, ful or pof and base64; without one they are simple."""

    name = "bip322"
    namespaces = (caip.UTXO,)
    needs_node = False
    dated = True
    text = True
    scripted = False

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Refuse addresses of Bitcoin Cash: its transactions are signed in another way, and BIP-322 is silent on it."""
        if caip.network(account.chain, where=where).cashaddr is not None:
            raise unfit(where, self.name, account, "use bip137 or message-multisig for Bitcoin Cash")

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Refuse what is not canonical base64; ClaimError."""
        try:
            bip322.decode(ascii_text(signature))
        except BadSignature as error:
            raise error.at(where) from None

    def verify(
        self,
        *,
        account: caip.Account,
        message: str,
        signature: bytes,
        script: bytes | None = None,
        contract: ContractCall | None = None,
        where: str,
    ) -> None:
        """Check the signature and its locks; ClaimError(code="bip322-locked") where they are not open."""
        self.check_account(account, where=where)
        try:
            valid = bip322.verify(ascii_text(signature), message=message, script=account.script)
        except BadSignature as error:
            raise error.at(where) from None
        if valid.age:
            raise _locked(where, f"it holds only for coins of an age (sequence {valid.age})")
        if valid.lock_time:
            said = parse_challenge(message, where=where)
            reached = said.block_number if valid.lock_time < LOCK_BY_TIME else said.issued
            if valid.lock_time > reached:
                raise _locked(where, f"it holds only from time {valid.lock_time} on, after the challenge")


def _locked(where: str, what: str) -> ClaimError:
    return ClaimError(
        f"{where}: the signature is bound to a time lock: {what}",
        code="bip322-locked",
        hint="sign with the path of the wallet's policy that needs no waiting",
    )
