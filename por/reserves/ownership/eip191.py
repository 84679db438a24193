"""EIP-191 version 0x45 ("personal_sign"): an account with a key signs the text as it is."""

from __future__ import annotations

from eth_hash.auto import keccak

from por.errors import ClaimError
from por.reserves import caip
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.bitcoin.signatures import ORDER, recover
from por.reserves.ownership import ContractCall


def text_hash(message: str) -> bytes:
    """Return the 32 bytes that a wallet signs for a text: keccak(0x19 "Ethereum Signed Message:" LF length text)."""
    data = message.encode("utf-8")
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode("ascii") + data)


class Eip191:
    """Signatures of 65 bytes r ‖ s ‖ v; v is 27 or 28, s in the lower half (EIP-2), so that there are no twins."""

    name = "eip191"
    namespaces = (caip.EVM,)
    needs_node = False
    dated = True
    text = False
    scripted = False

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Every account of the chain may have a key, so nothing is refused here."""

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Refuse another length, v other than 27 and 28, zero, out-of-range or high values; ClaimError."""
        if len(signature) != 65:
            raise _refused(where, f"{len(signature)} bytes instead of 65", "signature-length", _LENGTH)
        r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
        if v not in (27, 28):
            raise _refused(where, f"v is {v}, not 27 or 28", "signature-v", _V)
        if not (0 < r < ORDER and 0 < s < ORDER):
            raise _refused(where, "r or s is out of range", "signature-range")
        if s > ORDER // 2:
            raise _refused(where, "s is in the upper half (a malleable twin)", "signature-high-s", _HIGH)

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
        """Recover the signer and compare it with the account; ClaimError when it is another one."""
        self.check_shape(signature, where=where)
        try:
            found = signer(signature, text_hash(message))
        except BadSignature as error:
            raise _refused(where, error.what, error.code) from None
        if found != account.raw:
            made_by = caip.checksum(found)
            raise _refused(
                where, f"it was made by {made_by}, not by {account.address}", "signature-other-signer", _SIGNER
            )


def signer(signature: bytes, digest: bytes) -> bytes:
    """Return the 20 bytes of the address whose key made r ‖ s ‖ v over 32 bytes; BadSignature when no key did."""
    key = recover(signature[:64] + bytes([signature[64] - 27]), digest, compressed=False)
    return keccak(key[1:])[-20:]


_ANEW = "sign the challenge's text as it is with the account's own key (personal_sign)"
_LENGTH = "it has r, s and v, 130 hex digits in all; copy it again, whole"
_V = "the last byte is 1b or 1c; a tool that gives 00 or 01 means these, so add 27"
_HIGH = "sign again with a wallet that follows EIP-2, as all common ones do"
_SIGNER = f"is it the wallet of this account, and was the text signed as it is, no line end added? if not, {_ANEW}"


def _refused(where: str, what: str, code: str, hint: str = _ANEW) -> ClaimError:
    return ClaimError(f"{where}: the signature does not hold: {what}", code=code, hint=hint)
