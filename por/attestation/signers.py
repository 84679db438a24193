"""Opens what `--key` names for signing: a file, or by URI a key in a PKCS#11 token, a cloud's KMS or Vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from por.attestation.keys import PublicKey, Signer
from por.errors import TrustError, UsageError

Ask = Callable[[str], bytes]
"""Returns the passphrase or PIN for what it is told; called only when one is needed."""

TOKEN = "pkcs11"
SERVICES = {
    "awskms": ("AWS KMS", "boto3"),
    "azurekms": ("Azure Key Vault", "azure-identity azure-keyvault-keys"),
    "gcpkms": ("Google Cloud KMS", "google-cloud-kms"),
    "hv": ("HashiCorp Vault", "hvac"),
    "file2": ("a key file, read by securesystemslib", "securesystemslib"),
}
"""URI schemes of securesystemslib that hold Ed25519 or P-256 keys, what stands behind each, and what it needs."""


def scheme_of(value: str) -> str | None:
    """Return the scheme when a key is named by one of our URIs; None for a file."""
    scheme = value.partition(":")[0]
    return scheme if ":" in value and (scheme == TOKEN or scheme in SERVICES) else None


def open_signer(value: str, *, ask: Ask, public: PublicKey | None = None) -> Signer:
    """Return the signer of a key file's path or a key's URI.

    `public` is its public part: services need it, and a token or a file must agree with it. Raises TrustError when
    the key is not there, is not that one or does not open, SourceError when the token or service is out of reach,
    UsageError for a URI that is none and for a library that is not installed.
    """
    scheme = scheme_of(value)
    if scheme is None:
        signer = _from_file(Path(value), ask)
    elif scheme == TOKEN:
        from por.attestation.pkcs11 import open_token

        signer = open_token(value, ask=ask)
    else:
        from por.attestation.services import open_service

        if public is None:
            raise UsageError(
                f"{scheme}: the public part of the key is not known",
                code="signer-public",
                hint="give it as a .pub file: --public FILE (or attestation_public in por.toml)",
            )
        return open_service(value, public=public)
    if public is not None and signer.public.keyid != public.keyid:
        raise differs(value.partition("?")[0], signer.public, public)
    return signer


def differs(where: str, found: PublicKey, wanted: PublicKey) -> TrustError:
    """Return the error for a key that is another than its public part says."""
    return TrustError(
        f"{where}: the key is {found.keyid[:16]}..., not {wanted.keyid[:16]}...",
        code="signer-differs",
        hint="name the key that belongs to the .pub file",
    )


def _from_file(path: Path, ask: Ask) -> Signer:
    from por.attestation.private import load_private, passphrase_needed

    return load_private(path, ask(str(path)) if passphrase_needed(path) else None)
