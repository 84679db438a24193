"""Signed tokens (JWT, RFC 7519): which keys may have signed, and what a token must say.

The key is chosen by configuration and `kid`, never by anything else that the token brings (`jwk`, `jku`, `x5c` are not
looked at), and the algorithm must be one that the configuration lists and that the key is for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from por import files
from por.errors import PorError, TrustError
from por.publish.service.config import TokenTable
from por.publish.service.identity import Refused

MAX_KEYS = 1 << 20
"""Bytes of a file of keys."""

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}

SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
"""RFC 7518 3.2: a secret is as long as the hash."""


class _Twice(ValueError):
    pass


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise _Twice
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys by their `kid`, with the algorithms that each may be used with; `only` is for tokens without a `kid`."""

    named: Mapping[str, tuple[Any, frozenset[str]]]
    only: tuple[Any, frozenset[str]] | None

    def find(self, kid: object, algorithm: str) -> Any:
        """Return the key of a token's header; Refused when there is none of that name for the algorithm."""
        found = self.only if kid is None else self.named.get(kid) if isinstance(kid, str) else None
        if found is None or algorithm not in found[1]:
            raise Refused(401, "token-key")
        return found[0]


def load_keys(table: TokenTable, base: Path) -> Keys:
    """Read the keys of the sign-in: a JWKS, a PEM public key or, for HS256 and its like, a secret.

    Raises TrustError (`auth-key`) when they are malformed, private, too weak, or fit none of the algorithms.
    """
    import warnings

    from joserfc.errors import JoseError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weak keys are refused here in words of our own
        try:
            if table.secret_file is not None:
                return _secret(table, base / table.secret_file)
            path = base / (table.keys or "")
            data = files.read_bytes(path, limit=MAX_KEYS)
            return _pem(table, data, path) if data.lstrip().startswith(b"-----") else _set(table, data, path)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            place = table.secret_file or table.keys
            raise _bad(place, "holds no keys that can be read", "give a JWKS or a PEM public key") from None


def _secret(table: TokenTable, path: Path) -> Keys:
    from joserfc.jwk import OctKey

    secret = files.read_bytes(path, limit=4096).strip()
    if secret.startswith((b"-----", b"{", b"ssh-")):
        raise _bad(path.name, "holds a key and no secret", "a public key taken for a secret would let anybody sign")
    needed = max(SECRET_BYTES[name] for name in table.algorithms)
    if len(secret) < needed:
        raise _bad(path.name, f"is shorter than {needed} bytes", "make one with: openssl rand -hex 64")
    found = (OctKey.import_key(secret), frozenset(table.algorithms))
    return Keys(named={}, only=found)


def _pem(table: TokenTable, data: bytes, path: Path) -> Keys:
    from joserfc.jwk import ECKey, OKPKey, RSAKey

    if b"PRIVATE" in data:
        raise _private(path)
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            key = kind.import_key(data)
        except Exception:
            continue
        found = _usable(table, key, path)
        if found is not None:
            return Keys(named={}, only=found)
    raise _bad(path.name, "holds no key for the algorithms listed", "list the algorithm that its key is for")


def _set(table: TokenTable, data: bytes, path: Path) -> Keys:
    from joserfc.jwk import JWKRegistry

    document = json.loads(data, object_pairs_hook=_pairs)
    rows = document.get("keys", [document])
    named: dict[str, tuple[Any, frozenset[str]]] = {}
    loose: list[tuple[Any, frozenset[str]]] = []
    for row in rows:
        if row.get("kty") == "oct" or "d" in row:
            raise _private(path)
        if row.get("kty") not in ("RSA", "EC", "OKP"):
            continue  # RFC 7517, 5: what is not understood is left out
        found = _usable(table, JWKRegistry.import_key(row), path)
        if found is None:
            continue
        kid = row.get("kid")
        if kid in named:
            raise _bad(path.name, "has two keys of one kid", "leave one of them out")
        loose.append(found)
        if isinstance(kid, str):
            named[kid] = found
    if not loose:
        raise _bad(path.name, "holds no key for the algorithms listed", "list the algorithm that its keys are for")
    return Keys(named=named, only=loose[0] if len(loose) == 1 else None)


def _usable(table: TokenTable, key: Any, path: Path) -> tuple[Any, frozenset[str]] | None:
    """Return the key with the listed algorithms that it is for, None when there are none."""
    if key.is_private:
        raise _private(path)
    row = key.as_dict()
    if row.get("use", "sig") != "sig" or "verify" not in row.get("key_ops", ["verify"]):
        return None
    if key.key_type == "RSA" and key.raw_value.key_size < 2048:
        raise _bad(path.name, "holds an RSA key of fewer than 2048 bits", "have the sign-in use a longer one")
    fits = [
        name
        for name in table.algorithms
        if row.get("alg", name) == name
        and (row["kty"] == "RSA" if name[:2] in ("RS", "PS") else row.get("crv") == CURVES.get(name))
    ]
    return (key, frozenset(fits)) if fits else None


def _private(path: Path) -> TrustError:
    return _bad(path.name, "holds a private key", "give only the public keys: who has this file could sign as anybody")


def _bad(place: str | None, what: str, hint: str) -> TrustError:
    return TrustError(f"{place}: {what}", code="auth-key", hint=hint)


@dataclass(slots=True, kw_only=True)
class Tokens:
    """Judges tokens by `table`. `keys` may be replaced while it runs; `now` returns seconds since 1970."""

    table: TokenTable
    keys: Keys
    now: Callable[[], float] = time.time

    def account(self, token: bytes) -> str:
        """Return the account id of a token (compact JWS); Refused when anything about it does not hold."""
        from joserfc import jws
        from joserfc.errors import JoseError

        registry = jws.JWSRegistry(algorithms=self.table.algorithms, strict_check_header=False)
        registry.max_header_length = 4096
        try:
            parts = jws.extract_compact(token, registry=registry)
            header = parts.headers()
            algorithm = header.get("alg")
            if algorithm not in self.table.algorithms:
                raise Refused(401, "token-algorithm")
            if "crit" in header or "b64" in header:
                raise Refused(401, "token-header")
            key = self.keys.find(header.get("kid"), algorithm)
            if not jws.validate_compact(parts, key, self.table.algorithms, registry):
                raise Refused(401, "token-signature")
            claims = json.loads(parts.payload or b"", object_pairs_hook=_pairs)
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
            raise Refused(401, "token-malformed") from None
        self._check_type(header.get("typ"))
        return self._claimed(claims)

    def _check_type(self, given: object) -> None:
        wanted = self.table.type
        if wanted is None:
            return
        if not isinstance(given, str) or given.lower().removeprefix("application/") != wanted.lower():
            raise Refused(401, "token-type")

    def _claimed(self, claims: object) -> str:
        if not isinstance(claims, dict):
            raise Refused(401, "token-malformed")
        if claims.get("iss") != self.table.issuer:
            raise Refused(401, "token-issuer")
        audience = claims.get("aud")
        if self.table.audience not in (audience if isinstance(audience, list) else [audience]):
            raise Refused(401, "token-audience")
        self._check_times(claims)
        account = claims.get(self.table.claim)
        if not isinstance(account, str) or not 1 <= len(account) <= 255:
            raise Refused(401, "token-account")
        return account

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        until, since = (_moment(claims.get(name)) for name in ("exp", "nbf"))
        issued = _moment(claims["iat"]) if "iat" in claims else since
        now, leeway = self.now(), self.table.leeway_seconds
        if now >= until + leeway:
            raise Refused(401, "token-expired")
        if now < max(since, issued) - leeway:
            raise Refused(401, "token-early")
        if until - min(since, issued) > self.table.longest_seconds:
            raise Refused(401, "token-long")


def _moment(value: object) -> float:
    """NumericDate: a number, and none that Python's JSON alone knows (NaN, infinity)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 40:
        raise Refused(401, "token-times")
    return float(value)


def refresh(tokens: Tokens, base: Path) -> PorError | None:
    """Read the keys again; those in use stay when the file is faulty, and the fault is returned."""
    try:
        tokens.keys = load_keys(tokens.table, base)
    except PorError as error:
        return error
    return None
