"""Signs with a key in a cloud's KMS or in Vault, by URI, through securesystemslib's signers.

    awskms:KEY   azurekms://NAME.vault.azure.net/keys/KEY/VERSION   gcpkms:projects/.../cryptoKeyVersions/1   hv:KEY/1

Whom it signs in as is the environment's matter, as each service has it. Nothing of this is imported before a key is
named in this way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from por.attestation.keys import PublicKey
from por.attestation.pkcs11 import unreachable
from por.attestation.signers import SERVICES
from por.errors import ClaimError, TrustError, UsageError

if TYPE_CHECKING:
    from securesystemslib.signer import Signer as TheirSigner

_SHAPES = {
    "awskms": re.compile(r"[A-Za-z0-9:/_+=,.@-]{1,2048}"),
    "azurekms": re.compile(r"//[A-Za-z0-9.-]+/keys/[A-Za-z0-9-]+/[A-Za-z0-9]+"),
    "gcpkms": re.compile(
        r"projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+/cryptoKeyVersions/[0-9]+"
    ),
    "hv": re.compile(r"[A-Za-z0-9_.-]+/[1-9][0-9]{0,8}"),
    "file2": re.compile(r"[^\0]+"),
}
"""What stands behind each scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSigner:
    """A key that stays with its service."""

    public: PublicKey
    where: str
    theirs: TheirSigner = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign, and look that it is the key's signature; SourceError when the service does not, TrustError else."""
        try:
            sig = bytes.fromhex(self.theirs.sign(message).signature)
        except Exception as error:  # each service's client raises its own
            raise unreachable(f"{self.where}: {_told(error)}") from None
        try:
            self.public.verify(sig, message, where=self.where)
        except ClaimError:
            raise unreachable(f"{self.where}: what came back is no signature of the key in the .pub file") from None
        return sig


def open_service(uri: str, *, public: PublicKey) -> ServiceSigner:
    """Return the signer of a key's URI; UsageError for what is not installed or no URI, SourceError out of reach."""
    scheme, _, path = uri.partition(":")
    service, needs = SERVICES[scheme]
    if not _SHAPES[scheme].fullmatch(path):
        raise _malformed(uri, service)
    try:
        from cryptography.hazmat.primitives.serialization import load_der_public_key
        from securesystemslib.exceptions import KeyMismatchError, UnsupportedLibraryError
        from securesystemslib.signer import Signer, SSlibKey
    except ImportError:
        raise _lacking(service, "securesystemslib") from None
    key = SSlibKey.from_crypto(load_der_public_key(public.spki), public.keyid)
    try:
        theirs = Signer.from_priv_key_uri(uri, key)
    except UnsupportedLibraryError:
        raise _lacking(service, needs) from None
    except KeyMismatchError:
        raise TrustError(
            f"{service}: the key is not {public.keyid[:16]}...",
            code="signer-differs",
            hint="name the key that belongs to the .pub file",
        ) from None
    except Exception as error:
        raise unreachable(f"{service}: {_told(error)}") from None
    return ServiceSigner(public=public, where=service, theirs=theirs)


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _lacking(service: str, needs: str) -> UsageError:
    return UsageError(
        f"signing with {service} needs {needs}", code="extra-missing", hint=f"pip install securesystemslib {needs}"
    )


def _malformed(uri: str, service: str) -> UsageError:
    return UsageError(
        f"{uri[:80]}: not the URI of a key in {service}",
        code="signer-uri",
        hint="docs/spec/signing-key.md shows one for each service",
    )
