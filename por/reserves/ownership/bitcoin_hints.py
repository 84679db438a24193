"""From a refusal deep in a signature to an error that names the place and the mend."""

from __future__ import annotations

from por.errors import ClaimError
from por.reserves.bitcoin.refused import Refused

_ANEW = "sign the challenge's text as it is with the account's own wallet"
_HINTS = {
    "bip322-inconclusive": "nothing is known to be wrong, but what is not judged proves nothing; sign with another "
    "path of the wallet's policy, or leave the account out",
    "bip322-keyless": "anybody can unlock such an output; leave the account out",
    "signature-malformed": "copy the signature again, whole, with its prefix smp, ful or pof and without blanks in it",
    "signature-high-s": "sign again with a wallet that gives low s values, as all common ones do",
    "signature-length": "copy the signature again, whole: it has 65 bytes, 88 characters of base64",
    "multisig-script": "give the script that the address was made from: redeemScript or witnessScript of the wallet",
    "multisig-key-twice": "such a script needs fewer people than it says; leave the account out",
    "multisig-too-few": "let more keys of the script sign the same text, and import all of their signatures",
    "multisig-signed-twice": "each signature comes from another key; one key is counted once",
}


def claim(error: Refused, *, where: str) -> ClaimError:
    """Make a ClaimError of a refusal."""
    return ClaimError(
        f"{where}: the signature does not hold: {error.what}", code=error.code, hint=_HINTS.get(error.code, _ANEW)
    )


def ascii_text(signature: bytes) -> str:
    """Return a text signature as text; what is no ASCII is refused as malformed."""
    try:
        return signature.decode("ascii")
    except UnicodeDecodeError:
        raise Refused("it is no text", code="signature-malformed") from None
