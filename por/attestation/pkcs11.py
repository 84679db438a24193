"""Signs with a key in a PKCS#11 token (a hardware module, a smart card, SoftHSM), named by an RFC 7512 URI.

    pkcs11:token=por;object=attest?module-path=/usr/lib/softhsm/libsofthsm2.so

The path names token, serial, object (label) and id; the query the module, and `pin-source=file:PATH` if the PIN comes
from a file. A PIN in the URI itself is refused: a secret is never an argument. The token also holds the public key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_to_bytes

from por.attestation.keys import Algorithm, PublicKey, from_spki
from por.attestation.signers import Ask
from por.errors import InputError, PorError, SourceError, TrustError, UsageError
from por.files import read_bytes

if TYPE_CHECKING:
    from pkcs11 import Session

MODULE = "POR_PKCS11_MODULE"
"""Environment variable with the module's path where the URI has none."""

MAX_PIN = 4096

_PATH = frozenset({"token", "serial", "object", "id", "type"})
_QUERY = frozenset({"module-path", "pin-source"})
_EXAMPLE = "write it like 'pkcs11:token=por;object=attest?module-path=/usr/lib/softhsm/libsofthsm2.so'"

_ED25519_PARAMS = frozenset({bytes.fromhex("130c656477617264733235353139"), bytes.fromhex("06032b6570")})
_P256_PARAMS = bytes.fromhex("06082a8648ce3d030107")
"""CKA_EC_PARAMS (PKCS#11 3.0, 6.3): the curve by name or by object identifier."""

_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
_P256_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URI in parts. `module` is the path of the library, `pin_source` a file or None."""

    token: dict[str, str]
    object: dict[str, Any]
    module: str
    pin_source: Path | None

    @property
    def shown(self) -> str:
        """The key for messages."""
        return (
            f"{self.object.get('label') or self.object['id'].hex()} in {'/'.join(self.token.values()) or 'the token'}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSigner:
    """A private key that stays in its token, of which a session is open."""

    public: PublicKey
    where: str
    session: Session = field(repr=False)
    private: Any = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign; P-256 signatures are others each time, with whatever nonce the token makes. SourceError on faults."""
        import hashlib

        from pkcs11 import Mechanism
        from pkcs11.exceptions import PKCS11Error

        try:
            if self.public.algorithm is Algorithm.ED25519:
                return bytes(self.private.sign(message, mechanism=Mechanism.EDDSA))
            raw = bytes(self.private.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA))
        except PKCS11Error as error:
            raise unreachable(f"{self.where}: {_reason(error)}") from None
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def parse_uri(uri: str) -> Address:
    """Read an RFC 7512 URI; UsageError `signer-uri` when it is none of ours or holds a PIN."""
    path, _, query = uri.removeprefix("pkcs11:").partition("?")
    named = _attributes(path, ";", _PATH)
    asked = _attributes(query, "&", _QUERY)
    if not named.keys() & {"object", "id"} or named.get("type", "private") != "private":
        raise _malformed("a key in a token is named by object or id")
    wanted: dict[str, Any] = {"label": unquote(named["object"])} if "object" in named else {}
    if "id" in named:
        wanted["id"] = unquote_to_bytes(named["id"])
    module = unquote(asked.get("module-path", "")) or os.environ.get(MODULE, "")
    if not module:
        raise _malformed(f"no module: neither module-path in the URI nor {MODULE} in the environment")
    source = unquote(asked.get("pin-source", ""))
    if source and not source.removeprefix("file:").startswith("/"):
        raise _malformed("pin-source is not file: and an absolute path")
    token = {
        f"token_{'label' if name == 'token' else name}": unquote(named[name])
        for name in ("token", "serial")
        if name in named
    }
    return Address(
        token=token,
        object=wanted,
        module=module,
        pin_source=Path(source.removeprefix("file:").removeprefix("//")) if source else None,
    )


def open_token(uri: str, *, ask: Ask) -> TokenSigner:
    """Log in to a token and find a key pair in it; raises as `por.attestation.signers.open_signer` does."""
    address = parse_uri(uri)
    try:
        import pkcs11
        from pkcs11 import ObjectClass
        from pkcs11.exceptions import (
            NoSuchKey,
            NoSuchToken,
            PinIncorrect,
            PinLenRange,
            PKCS11Error,
            UserAlreadyLoggedIn,
        )
    except ImportError:
        raise UsageError(
            "signing with a token needs the library python-pkcs11",
            code="extra-missing",
            hint="pip install 'por[hsm]'",
        ) from None
    pin = _pin(address, ask)
    try:
        token = pkcs11.lib(address.module).get_token(**{k: _sought(k, v) for k, v in address.token.items()})
        try:
            session = token.open(user_pin=pin)
        except UserAlreadyLoggedIn:  # a login is the whole program's: another key of this token is open
            session = token.open()
        private = session.get_key(object_class=ObjectClass.PRIVATE_KEY, **address.object)
        public = session.get_key(object_class=ObjectClass.PUBLIC_KEY, **address.object)
        key = _public(public, where=address.shown)
    except (PinIncorrect, PinLenRange):
        raise TrustError(
            f"{address.shown}: the PIN does not open the token",
            code="passphrase-wrong",
            hint="check the PIN; tokens lock themselves after a few wrong ones",
        ) from None
    except (NoSuchKey, pkcs11.MultipleObjectsReturned):
        raise TrustError(
            f"{address.shown}: not one key pair of this name",
            code="signer-missing",
            hint="list what the token has: pkcs11-tool --module MODULE --login --list-objects",
        ) from None
    except (NoSuchToken, pkcs11.MultipleTokensReturned):
        raise unreachable(f"{address.shown}: not one token of this name") from None
    except PKCS11Error as error:
        raise unreachable(f"{address.shown}: {_reason(error)}") from None
    return TokenSigner(public=key, where=address.shown, session=session, private=private)


def _sought(name: str, value: str) -> str | bytes:
    return value.encode() if name == "token_serial" else value


def _pin(address: Address, ask: Ask) -> str:
    if address.pin_source is not None:
        found = read_bytes(address.pin_source, limit=MAX_PIN).partition(b"\n")[0].rstrip(b"\r")
    else:
        found = ask(f"the token with {address.shown} (its PIN)")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError:
        raise TrustError(
            f"{address.shown}: the PIN is not text", code="passphrase-wrong", hint="a PIN is on the first line"
        ) from None


def _public(key: Any, *, where: str) -> PublicKey:
    from pkcs11 import Attribute

    params, point = bytes(key[Attribute.EC_PARAMS]), bytes(key[Attribute.EC_POINT])
    if params in _ED25519_PARAMS:
        # an OCTET STRING around the key, as PKCS#11 3.0 has it, or the bare key of some modules
        return from_spki(_ED25519_SPKI + point.removeprefix(b"\x04\x20")[-32:], where=where)
    if params == _P256_PARAMS:
        return from_spki(_P256_SPKI + (point[2:] if point[:2] == b"\x04\x41" else point), where=where)
    raise InputError(
        f"{where}: neither an Ed25519 nor a P-256 key",
        code="key-algorithm",
        hint="make one: pkcs11-tool --keypairgen --key-type EC:prime256v1",
    )


def _attributes(text: str, separator: str, known: frozenset[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        if name == "pin-value":
            raise _malformed("a PIN in the URI shows in the list of processes")
        if name not in known or name in found or not value:
            raise _malformed(f"{name[:30]!r} is unknown here, empty or stands twice")
        found[name] = value
    return found


def _reason(error: Exception) -> str:
    """Return a fault in words: python-pkcs11 mostly has only the exception's name, as in DeviceRemoved."""
    return str(error) or type(error).__name__


def _malformed(message: str) -> PorError:
    return UsageError(message, code="signer-uri", hint=_EXAMPLE)


def unreachable(message: str) -> PorError:
    """Return the error for a token or a service that cannot be used now."""
    return SourceError(
        message,
        code="signer-unreachable",
        hint="check that it is there and that this machine may use it; nothing was signed",
    )
