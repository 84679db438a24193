"""The exchange's sign-in, as far as tests need one: keys, their public halves as files, and tokens of any kind."""

from __future__ import annotations

import base64
import json
import time
import warnings
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from tests.publish.service.world import AUDIENCE, ISSUER

ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
OTHER = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})


def claims(account: str, **more: Any) -> dict[str, Any]:
    """What a good token says; None takes a claim out."""
    now = int(time.time())
    found = {"iss": ISSUER, "aud": AUDIENCE, "sub": account, "nbf": now - 5, "iat": now - 5, "exp": now + 300, **more}
    return {key: value for key, value in found.items() if value is not None}


def token(account: str, *, key: Any = ED, header: dict[str, Any] | None = None, **more: Any) -> str:
    """A token of ours; `header` changes or takes out (None) what its header says."""
    head = {"alg": "EdDSA", "kid": "ed", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return signed(head, json.dumps(claims(account, **more)).encode(), key)


def signed(head: dict[str, Any], payload: bytes, key: Any) -> str:
    warnings.simplefilter("ignore", SecurityWarning)  # EdDSA, by the name that most sign-ins still use
    registry = jws.JWSRegistry(algorithms=list(jws.JWSRegistry.algorithms), strict_check_header=False)
    return jws.serialize_compact(head, payload, key, registry=registry)


def unsigned(head: dict[str, Any], payload: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = (json.dumps(head).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def write_jwks(path: Path, *keys: Any) -> Path:
    path.write_text(json.dumps(KeySet(list(keys)).as_dict(private=False)))
    return path


__all__ = ["EC", "ED", "OTHER", "RSA", "OctKey", "claims", "signed", "token", "unsigned", "write_jwks"]
