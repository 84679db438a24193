"""Bad points, bad encodings, wrong lengths, swapped algorithms: of project Wycheproof, and a few of our own.

The vectors are a Go module (wycheproof/go.mod), which `make setup` fetches where there is Go.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from por.attestation import private
from por.attestation.keys import Algorithm, PublicKey, from_spki
from por.errors import ClaimError, InputError

HERE = Path(__file__).parent / "wycheproof"
MODULE = "github.com/c2sp/wycheproof"
ED25519 = bytes.fromhex("302a300506032b6570032100")
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
FIELD = 2**255 - 19
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def vectors() -> Path:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        pytest.skip("no Go, which fetches the Wycheproof vectors")
    ran = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", MODULE],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod"},
    )
    if ran.returncode or not ran.stdout.strip():
        pytest.skip("the Wycheproof vectors were not fetched: go mod download in tests/attestation/wycheproof")
    return Path(ran.stdout.strip()) / "testvectors_v1"


def accepted(key: PublicKey, test: dict[str, Any]) -> bool:
    try:
        key.verify(bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]), where="a")
    except ClaimError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "algorithm", "least"),
    [
        ("ed25519_test.json", Algorithm.ED25519, 150),
        ("ecdsa_secp256r1_sha256_test.json", Algorithm.P256, 480),
    ],
)
def test_signatures(name: str, algorithm: Algorithm, least: int, vectors: Path) -> None:
    document = json.loads((vectors / name).read_text())
    seen = 0
    for group in document["testGroups"]:
        key = from_spki(bytes.fromhex(group["publicKeyDer"]), where="a")
        assert key.algorithm is algorithm
        for test in group["tests"]:
            assert accepted(key, test) == (test["result"] == "valid"), f"{test['tcId']}: {test['comment']}"
            seen += 1
    assert seen == document["numberOfTests"] >= least


def test_keys(vectors: Path) -> None:
    """Of the keys for key agreement: whatever is not one P-256 point in its one encoding is refused."""
    document = json.loads((vectors / "ecdh_secp256r1_test.json").read_text())
    taken = refused = 0
    for test in (test for group in document["testGroups"] for test in group["tests"]):
        spki = bytes.fromhex(test["public"])
        try:
            assert from_spki(spki, where="a").spki == spki
            assert test["result"] == "valid", f"{test['tcId']}: {test['comment']}"
            taken += 1
        except InputError:
            assert test["result"] != "valid" or "CompressedPoint" in test["flags"], test["comment"]
            refused += 1
    assert taken > 200 and refused > 40


def point(y: int, sign: int = 0) -> bytes:
    return ED25519 + (y | sign << 255).to_bytes(32, "little")


ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7

BAD_KEYS = {
    **{
        f"small order {y % 1000}/{sign}": point(y, sign)
        for y in (0, 1, FIELD - 1, ORDER_8, FIELD - ORDER_8)
        for sign in (0, 1)
    },
    **{f"not canonical {y - FIELD}/{sign}": point(y, sign) for y in (FIELD, FIELD + 1, 2**255 - 1) for sign in (0, 1)},
    "no point": point(2),
    "31 bytes": ED25519 + bytes(31),
    "33 bytes": ED25519 + bytes(33),
    "point at infinity": P256 + bytes(65),
    "off the curve": P256 + b"\x04" + b"\x01" * 64,
    "x beyond the field": P256 + b"\x04" + b"\xff" * 64,
    "compressed": bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + b"\x02" + b"\x01" * 32,
    "hybrid": P256 + b"\x06" + b"\x01" * 64,
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_bad_keys_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        from_spki(BAD_KEYS[name], where="a")


def test_a_key_of_small_order_would_verify_anything() -> None:
    """Why they are refused: this signature is good under the neutral point, whatever was signed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    neutral = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"whatever")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_wrong_lengths_and_swapped_algorithms(algorithm: Algorithm) -> None:
    signer = private.generate(algorithm)
    other = private.generate(next(kind for kind in Algorithm if kind is not algorithm))
    message = b"message"
    sig = signer.sign(message)
    signer.public.verify(sig, message, where="a")
    bad = [b"", sig[:-1], sig + b"\0", b"\0" + sig, bytes(len(sig)), b"\xff" * len(sig), other.sign(message)]
    if algorithm is Algorithm.P256:
        bad += [encode_dss_signature(r, s) for r, s in ((0, 1), (1, 0), (1, ORDER), (ORDER, 1), (0, 0))]
        bad.append(sig[:1] + b"\x81" + sig[1:])  # a length in its long form
    else:
        scalar = int.from_bytes(sig[32:], "little")
        bad.append(sig[:32] + (scalar + 2**252 + 27742317777372353535851937790883648493).to_bytes(32, "little"))
    for wrong in bad:
        with pytest.raises(ClaimError):
            signer.public.verify(wrong, message, where="a")
    assert not other.public.spki.startswith(signer.public.spki[:12])
