"""Multisig in the older form: so many distinct keys of the address's script each sign the text as a message.

BIP-137 knows single keys only. Devices that cannot sign BIP-322 for a multisig wallet can sign a text with each key;
the control file brings the script, which the address commits to, and the signatures of distinct keys are counted.
"""

from __future__ import annotations

from por.errors import ClaimError
from por.reserves import caip
from por.reserves.bitcoin import messages
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.ownership import ContractCall, unfit
from por.reserves.ownership.signature_text import ascii_text


class MessageMultisig:
    """Signatures of 65 bytes in base64 with a blank between them, as many as the script asks for or more."""

    name = "message-multisig"
    namespaces = (caip.UTXO,)
    needs_node = False
    dated = True
    text = True
    scripted = True

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Refuse addresses that cannot hide a multisig script."""
        if not messages.is_multisig_address(account.script):
            raise unfit(where, self.name, account, "use bip322 or bip137")

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Refuse what is not signatures in canonical base64; ClaimError."""
        try:
            _split(signature)
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
        """Count the distinct keys that signed; ClaimError when they are fewer than the script asks for."""
        self.check_account(account, where=where)
        if script is None:
            raise ClaimError(
                f"{where}: the script of the multisig is missing",
                code="multisig-script",
                hint="import it with the signatures: `script`, the redeem or witness script in hex",
            )
        try:
            verify_multisig(account, message, signature, script, where=where)
        except BadSignature as error:
            raise error.at(where) from None


def verify_multisig(account: caip.Account, message: str, signature: bytes, script: bytes, *, where: str) -> None:
    """Count the distinct keys of a multisig script that signed a text; BadSignature when they are too few."""
    needed, keys = messages.multisig(script, account.script)
    magic = caip.network(account.chain, where=where).magic
    signed = messages.count_signers(_split(signature), messages.digest(magic, message), keys)
    if signed < needed:
        raise BadSignature(
            f"{signed} of {needed} keys signed",
            code="multisig-too-few",
            hint="let more keys of the script sign the same text, and import all of their signatures",
        )


def _split(signature: bytes) -> list[bytes]:
    return [messages.decode(part) for part in ascii_text(signature).split(" ")]
