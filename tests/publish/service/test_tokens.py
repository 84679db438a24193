"""Tokens that do not hold get nobody's proof: by the judge itself, and over a socket."""

from __future__ import annotations

import hmac
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from por.errors import TrustError
from por.publish.service.config import TokenTable
from por.publish.service.identity import Refused
from por.publish.service.tokens import Tokens, load_keys
from tests.publish.service import world
from tests.publish.service.signing import EC, ED, OTHER, RSA, claims, signed, token, unsigned, write_jwks
from tests.publish.service.world import ALICE, AUDIENCE, BOB, BY_TOKEN, ISSUER, Reply, Service, Statements

PEM = ED.as_pem(private=False)


pytestmark = pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")


def tokens(folder: Path, *keys: Any, **more: Any) -> Tokens:
    path = write_jwks(folder / "keys.json", *(keys or (ED, EC, RSA)))
    settings = {"algorithms": ["EdDSA", "ES256", "RS256"], "keys": path.name, **more}
    table = TokenTable(issuer=ISSUER, audience=AUDIENCE, **settings)
    return Tokens(table=table, keys=load_keys(table, folder))


def now() -> int:
    return int(time.time())


def test_good_tokens(tmp_path: Path) -> None:
    judge = tokens(tmp_path)
    assert judge.account(token(ALICE).encode()) == ALICE
    assert judge.account(token(ALICE, key=EC, header={"alg": "ES256", "kid": "ec"}).encode()) == ALICE
    assert judge.account(token(ALICE, key=RSA, header={"alg": "RS256", "kid": "rsa"}).encode()) == ALICE
    assert judge.account(token(ALICE, aud=["other", AUDIENCE]).encode()) == ALICE
    assert judge.account(token(ALICE, exp=now() - 10, nbf=now() - 100, iat=now() - 100).encode()) == ALICE
    assert tokens(tmp_path, ED).account(token(ALICE, header={"kid": None}).encode()) == ALICE
    assert tokens(tmp_path, claim="customer").account(token(BOB, customer=ALICE).encode()) == ALICE
    assert tokens(tmp_path, type="at+jwt").account(token(ALICE, header={"typ": "application/AT+JWT"}).encode()) == ALICE


def confused() -> str:
    """The classic: HS256, with the public key's file as the secret."""
    head, payload, _ = unsigned({"alg": "HS256", "kid": "ed"}, claims(ALICE)).split(".")
    return unsigned(
        {"alg": "HS256", "kid": "ed"}, claims(ALICE), hmac.new(PEM, f"{head}.{payload}".encode(), "sha256").digest()
    )


BAD: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: token(ALICE, exp=now() - 40), "token-expired"),
    "not yet": (lambda: token(ALICE, nbf=now() + 600, iat=None, exp=now() + 900), "token-early"),
    "issued in the future": (lambda: token(ALICE, iat=now() + 600), "token-early"),
    "too long a life": (lambda: token(ALICE, exp=now() + 90_000), "token-long"),
    "too long a life, hidden": (lambda: token(ALICE, iat=now() - 9000, nbf=now()), "token-long"),
    "never ends": (lambda: token(ALICE, exp=None), "token-times"),
    "no beginning": (lambda: token(ALICE, nbf=None), "token-times"),
    "ends in words": (lambda: token(ALICE, exp="2099-01-01"), "token-times"),
    "ends at true": (lambda: token(ALICE, exp=True), "token-times"),
    "ends at infinity": (
        lambda: signed({"alg": "EdDSA", "kid": "ed"}, json.dumps(claims(ALICE, exp=float("inf"))).encode(), ED),
        "token-times",
    ),
    "wrong issuer": (lambda: token(ALICE, iss="https://login.example.evil"), "token-issuer"),
    "no issuer": (lambda: token(ALICE, iss=None), "token-issuer"),
    "wrong audience": (lambda: token(ALICE, aud="web-shop"), "token-audience"),
    "no audience": (lambda: token(ALICE, aud=None), "token-audience"),
    "audience in parts": (lambda: token(ALICE, aud=list(AUDIENCE)), "token-audience"),
    "no account": (lambda: token(ALICE, sub=None), "token-account"),
    "account is a number": (lambda: token(ALICE, sub=7), "token-account"),
    "account is a list": (lambda: token(ALICE, sub=[ALICE]), "token-account"),
    "no algorithm at all": (lambda: unsigned({"alg": "none"}, claims(ALICE)), "token-algorithm"),
    "alg none, other letters": (lambda: unsigned({"alg": "nOnE", "kid": "ed"}, claims(ALICE), b"x"), "token-algorithm"),
    "alg missing": (lambda: unsigned({"kid": "ed"}, claims(ALICE), b"x"), "token-malformed"),
    "alg is a list": (lambda: unsigned({"alg": ["EdDSA"], "kid": "ed"}, claims(ALICE), b"x"), "token-algorithm"),
    "an algorithm that is not listed": (
        lambda: token(ALICE, key=RSA, header={"alg": "PS256", "kid": "rsa"}),
        "token-algorithm",
    ),
    "the public key as a secret": (
        lambda: confused(),
        "token-algorithm",
    ),
    "another key under the same name": (lambda: token(ALICE, key=OTHER), "token-signature"),
    "signed by nobody": (lambda: unsigned({"alg": "EdDSA", "kid": "ed"}, claims(ALICE), bytes(64)), "token-signature"),
    "a key of another algorithm": (lambda: token(ALICE, key=EC, header={"alg": "ES256", "kid": "ed"}), "token-key"),
    "an unknown key": (lambda: token(ALICE, header={"kid": "stranger"}), "token-key"),
    "no key named, of several": (lambda: token(ALICE, header={"kid": None}), "token-key"),
    "kid is a list": (lambda: unsigned({"alg": "EdDSA", "kid": ["ed"]}, claims(ALICE), bytes(64)), "token-key"),
    "a key brought along": (
        lambda: token(ALICE, key=OTHER, header={"kid": None, "jwk": OTHER.as_dict(private=False)}),
        "token-key",
    ),
    "a key fetched from elsewhere": (
        lambda: token(ALICE, key=OTHER, header={"kid": "evil", "jku": "https://evil.example/jwks"}),
        "token-key",
    ),
    "critical and unknown": (
        lambda: unsigned({"alg": "EdDSA", "kid": "ed", "crit": ["exp"], "exp": 1}, claims(ALICE), b"x"),
        "token-header",
    ),
    "unencoded payload": (
        lambda: unsigned({"alg": "EdDSA", "kid": "ed", "b64": False}, claims(ALICE), b"x"),
        "token-malformed",
    ),
    "header is a list": (lambda: unsigned([], claims(ALICE), b"x"), "token-malformed"),  # type: ignore[arg-type]
    "header is a text": (lambda: unsigned("alg", claims(ALICE), b"x"), "token-malformed"),  # type: ignore[arg-type]
    "payload is a list": (lambda: signed({"alg": "EdDSA", "kid": "ed"}, b"[]", ED), "token-malformed"),
    "payload is no JSON": (lambda: signed({"alg": "EdDSA", "kid": "ed"}, b"{", ED), "token-malformed"),
    "two accounts": (
        lambda: signed(
            {"alg": "EdDSA", "kid": "ed"},
            json.dumps(claims(ALICE)).replace('"sub"', f'"sub": "{BOB}", "sub"').encode(),
            ED,
        ),
        "token-malformed",
    ),
    "deep": (lambda: signed({"alg": "EdDSA", "kid": "ed"}, b"[" * 30_000, ED), "token-malformed"),
}


@pytest.mark.parametrize(("given", "reason"), BAD.values(), ids=BAD)
def test_bad_tokens(tmp_path: Path, given: Callable[[], str], reason: str) -> None:
    with pytest.raises(Refused) as found:
        tokens(tmp_path).account(given().encode())
    assert (found.value.status, found.value.reason) == (401, reason)


def test_every_changed_letter_of_a_signature_is_noticed(tmp_path: Path) -> None:
    judge, good = tokens(tmp_path), token(ALICE)
    head, payload, signature = good.split(".")
    for at in range(0, len(payload), 7):
        changed = payload[:at] + ("A" if payload[at] != "A" else "B") + payload[at + 1 :]
        with pytest.raises(Refused):
            judge.account(f"{head}.{changed}.{signature}".encode())


def test_a_secret_is_used_only_when_it_is_declared_one(tmp_path: Path) -> None:
    secret = b"k" * 32
    (tmp_path / "secret").write_bytes(secret + b"\n")
    table = TokenTable(issuer=ISSUER, audience=AUDIENCE, algorithms=["HS256"], secret_file="secret")
    judge = Tokens(table=table, keys=load_keys(table, tmp_path))
    good = signed({"alg": "HS256"}, json.dumps(claims(ALICE)).encode(), OctKey.import_key(secret))
    assert judge.account(good.encode()) == ALICE
    head, payload, _ = good.split(".")
    forged = hmac.new(b"", f"{head}.{payload}".encode(), "sha256").digest()
    with pytest.raises(Refused, match="token-signature"):
        judge.account(unsigned({"alg": "HS256"}, claims(ALICE), forged).encode())
    with pytest.raises(Refused, match="token-algorithm"):
        judge.account(token(ALICE).encode())


def test_a_type_is_asked_for(tmp_path: Path) -> None:
    for head in ({"typ": "JWT"}, {"typ": None}):
        with pytest.raises(Refused, match="token-type"):
            tokens(tmp_path, type="at+jwt").account(token(ALICE, header=head).encode())


with warnings.catch_warnings(action="ignore"):
    WEAK = RSAKey.generate_key(1024, parameters={"kid": "weak"})
FAULTY: dict[str, bytes] = {
    "a private key": json.dumps({"keys": [ED.as_dict(private=True)]}).encode(),
    "a private PEM": ED.as_pem(private=True),
    "a secret": json.dumps({"keys": [OctKey.import_key(b"k" * 32).as_dict(private=True)]}).encode(),
    "a weak key": json.dumps(WEAK.as_dict(private=False)).encode(),
    "two of a name": json.dumps({"keys": [ED.as_dict(private=False), OTHER.as_dict(private=False)]}).encode(),
    "for encryption": json.dumps({"keys": [{**ED.as_dict(private=False), "use": "enc"}]}).encode(),
    "for another algorithm": json.dumps({"keys": [RSA.as_dict(private=False)]}).encode(),
    "no keys": b'{"keys": []}',
    "nothing": b"",
    "a list": b"[]",
    "garbage": b"\xff\xfe",
    "a broken PEM": b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "a key without its numbers": b'{"keys": [{"kty": "OKP", "crv": "Ed25519"}]}',
}


@pytest.mark.parametrize("data", FAULTY.values(), ids=FAULTY)
def test_faulty_keys_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "keys.json").write_bytes(data)
    table = TokenTable(issuer=ISSUER, audience=AUDIENCE, algorithms=["EdDSA"], keys="keys.json")
    with pytest.raises(TrustError) as found:
        load_keys(table, tmp_path)
    assert found.value.code == "auth-key"


def test_a_weak_rsa_key_is_refused_where_rsa_is_listed(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(FAULTY["a weak key"])
    table = TokenTable(issuer=ISSUER, audience=AUDIENCE, algorithms=["RS256"], keys="keys.json")
    with pytest.raises(TrustError, match="2048"):
        load_keys(table, tmp_path)


def test_a_pem_serves_as_well(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(PEM)
    table = TokenTable(issuer=ISSUER, audience=AUDIENCE, algorithms=["EdDSA"], keys="key.pem")
    judge = Tokens(table=table, keys=load_keys(table, tmp_path))
    assert judge.account(token(ALICE, header={"kid": None}).encode()) == ALICE


# --- over a socket -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory, statements: Statements) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("token")
    (folder / "8.proofs").hardlink_to(statements.file(8))
    write_jwks(folder / "login.jwks.json", ED, EC)
    with world.running(world.config(folder, BY_TOKEN)) as found:
        yield found


def ask(service: Service, value: str, **more: str) -> Reply:
    return service.get("/proof", {"Authorization": value, **more})


def test_a_token_gets_its_own_proof(signing: Service, statements: Statements) -> None:
    for account in (ALICE, BOB):
        assert ask(signing, f"Bearer {token(account)}").body == statements.proof(8, account)
    assert ask(signing, f"bearer  {token(ALICE)}").status == 200


@pytest.mark.parametrize(
    "name", ["expired", "no algorithm at all", "wrong audience", "another key under the same name"]
)
def test_bad_tokens_all_look_the_same(signing: Service, name: str) -> None:
    reply = ask(signing, f"Bearer {BAD[name][0]()}")
    missing = signing.get("/proof")
    assert (reply.status, reply.body) == (401, missing.body) and reply.code == "not-signed-in"
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_header_names_nobody_where_tokens_do(signing: Service, statements: Statements) -> None:
    reply = ask(signing, f"Bearer {token(ALICE)}", **{"X-Account-Id": BOB, "X-Forwarded-User": BOB})
    assert reply.body == statements.proof(8, ALICE)
    assert signing.get("/proof", {"X-Account-Id": BOB}).status == 401


@pytest.mark.parametrize(
    "value",
    [
        "Basic YTpi",
        "Bearer",
        "Bearer a.b",
        "Bearer {0} {0}",
        "Bearer {0},Bearer {0}",
        "{0}",
        "Bearer {0}.x",
        "Bearer={0}",
    ],
)
def test_not_a_bearer_token(signing: Service, value: str) -> None:
    assert ask(signing, value.format(token(ALICE))).status == 400


def test_two_tokens_are_none(signing: Service) -> None:
    lines = "".join(f"Authorization: Bearer {token(who)}\r\n" for who in (ALICE, BOB))
    found = signing.send(f"GET /proof HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    assert [reply.status for reply in found] == [400]


def test_a_cookie_or_the_address_is_no_token(signing: Service) -> None:
    assert signing.get("/proof", {"Cookie": f"token={token(ALICE)}"}).status == 401
    assert signing.get(f"/proof?access_token={token(ALICE)}").status == 400


def test_an_account_that_no_ledger_can_have_has_no_balance(signing: Service) -> None:
    for account in ("ユーザー", "a b", "a\n", "x" * 255):
        assert ask(signing, f"Bearer {token(account)}").code == "no-balance"
