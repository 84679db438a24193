"""BIP-137: a key signs a text in the older form, which wallets and hardware devices know as "sign message"."""

from __future__ import annotations

from por.reserves import caip
from por.reserves.addresses.scripts import Kind, read
from por.reserves.bitcoin import messages
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.ownership import ContractCall, unfit
from por.reserves.ownership.signature_text import ascii_text


class Bip137:
    """Signatures of 65 bytes in base64, whose header names the kind of the address; s in the lower half."""

    name = "bip137"
    namespaces = (caip.UTXO,)
    needs_node = False
    dated = True
    text = True
    scripted = False

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Refuse addresses that no single key's hash stands behind: taproot and scripts (P2SH may wrap a key's)."""
        found = read(account.script)
        if found is None or found[0] not in (Kind.P2PKH, Kind.P2SH, Kind.P2WPKH):
            raise unfit(where, self.name, account, "use bip322")

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Refuse what is not 65 bytes in canonical base64 with one of BIP-137's headers; ClaimError."""
        try:
            messages.decode(ascii_text(signature))
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
        """Recover the key and compare its address with the account; ClaimError when it is another one."""
        self.check_account(account, where=where)
        magic = caip.network(account.chain, where=where).magic
        try:
            data = messages.decode(ascii_text(signature))
            found = read(account.script)
            if found is None or found[0] is not messages.header_kind(data[0]):
                raise BadSignature(
                    f"its header {data[0]} is for an address of kind {messages.header_kind(data[0])}",
                    code="signature-header",
                )
            if not messages.unlocks(messages.signer(data, messages.digest(magic, message)), account.script):
                raise BadSignature("it was made by another key than the address's", code="signature-other-signer")
        except BadSignature as error:
            raise error.at(where) from None
