"""Signatures that are text."""

from __future__ import annotations

from por.reserves.bitcoin.bad_signature import BadSignature


def ascii_text(signature: bytes) -> str:
    """Return a text signature as text; BadSignature for what is no ASCII."""
    try:
        return signature.decode("ascii")
    except UnicodeDecodeError:
        raise BadSignature(
            "it is no text", code="signature-malformed", hint="copy the signature again, as the wallet gives it"
        ) from None
