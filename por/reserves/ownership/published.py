"""Texts that exchanges have published with their addresses ("I am an OKX address"), signed once and for all.

Such a text names no date, no account and no recent block: anybody who has it can show it again at any time, and it
may have been signed by a former owner of the key. It shows that the key's owner once signed that text and nothing
more. So it is a control of its own kind, `undated`, and never passes for a challenge.

The forms are those of github.com/okx/proof-of-reserves for accounts of chains that are read here:
- EVM: keccak(0x19 "Ethereum Signed Message:" LF "32" ‖ keccak(text)), or EIP-191 over the text itself, or
  keccak(size "OKX Signed Message:" LF ‖ size text); 65 bytes r ‖ s ‖ v in hex.
- Bitcoin family: signed messages (BIP-137) of the address's key, or of distinct keys of its multisig script.
"""

from __future__ import annotations

from collections.abc import Callable

from eth_hash.auto import keccak

from por.errors import ClaimError
from por.reserves import caip
from por.reserves.addresses.scripts import Kind, read
from por.reserves.bitcoin import messages
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.bitcoin.transactions import sized
from por.reserves.challenge import check_no_login
from por.reserves.ownership import ContractCall, unfit
from por.reserves.ownership.eip191 import Eip191, signer, text_hash
from por.reserves.ownership.message_multisig import verify_multisig
from por.reserves.ownership.signature_text import ascii_text

_OKX = b"OKX Signed Message:\n"


class Published:
    """Signatures as text: 0x and 130 hex digits on EVM chains, base64 with a blank between several on the others."""

    name = "published"
    namespaces = (caip.EVM, caip.UTXO)
    needs_node = False
    dated = False
    text = True
    scripted = True

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Refuse taproot addresses, which cannot sign in the older form."""
        found = None if account.namespace == caip.EVM else read(account.script)
        if found is not None and found[0] not in (Kind.P2PKH, Kind.P2SH, Kind.P2WPKH, Kind.P2WSH):
            raise unfit(where, self.name, account, "use bip322")

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Nothing is known of a signature's shape before its account is."""

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
        """Check the signature over the published text; ClaimError when it does not hold or the text is a login."""
        self.check_account(account, where=where)
        check_no_login(message, where=where)
        try:
            if account.namespace == caip.EVM:
                _evm(account, message, ascii_text(signature), where)
            elif script is not None:
                verify_multisig(account, message, signature, script, where=where)
            else:
                data = messages.decode(ascii_text(signature))
                magic = caip.network(account.chain, where=where).magic
                if not messages.unlocks(messages.signer(data, messages.digest(magic, message)), account.script):
                    raise BadSignature("it was made by another key than the address's", code="signature-other-signer")
        except BadSignature as error:
            raise error.at(where) from None


def _evm(account: caip.Account, message: str, text: str, where: str) -> None:
    digits = text.removeprefix("0x")
    if not text.startswith("0x") or not set(digits) <= set("0123456789abcdef") or len(digits) % 2:
        raise BadSignature(
            "it is not 0x and lower-case hex",
            code="signature-malformed",
            hint="copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
        )
    data = bytes.fromhex(digits)
    Eip191().check_shape(data, where=where)
    encoded = message.encode("utf-8")
    digests: tuple[Callable[[], bytes], ...] = (
        lambda: keccak(b"\x19Ethereum Signed Message:\n32" + keccak(encoded)),
        lambda: text_hash(message),
        lambda: keccak(sized(_OKX) + sized(encoded)),
    )
    if not any(_made(data, digest(), account.raw) for digest in digests):
        raise ClaimError(
            f"{where}: the signature does not hold: it was made by another key than {account.address}'s",
            code="signature-other-signer",
            hint="copy address, text and signature again from what was published",
        )


def _made(signature: bytes, digest: bytes, address: bytes) -> bool:
    try:
        return signer(signature, digest) == address
    except BadSignature:
        return False
