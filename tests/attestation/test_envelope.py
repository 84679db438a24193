"""The envelope: strict to read, the same bytes each time, and understood by others."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from por import canonical
from por.attestation import envelope, private
from por.attestation.keys import Algorithm, from_spki
from por.errors import ClaimError, InputError, TrustError

PAYLOAD = b'{"_type":"x"}'


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_is_signed_verifies_and_repeats(algorithm: Algorithm) -> None:
    signer = private.generate(algorithm)
    data = envelope.sign(PAYLOAD, [signer]).to_bytes()
    assert envelope.sign(PAYLOAD, [signer]).to_bytes() == data
    read = envelope.parse(data, where="a")
    assert read.payload == PAYLOAD and read.to_bytes() == data
    assert read.digest == canonical.digest(PAYLOAD)
    assert envelope.verify_envelope(read, [signer.public], where="a") == (signer.public,)


def test_signers_stand_in_the_order_of_their_ids() -> None:
    signers = [private.generate(algorithm) for algorithm in Algorithm for _ in range(4)]
    made = envelope.sign(PAYLOAD, signers)
    assert made.to_bytes() == envelope.sign(PAYLOAD, signers[::-1]).to_bytes()
    keys = [signer.public for signer in signers]
    assert envelope.verify_envelope(envelope.parse(made.to_bytes(), where="a"), keys, where="a") == tuple(keys)


def test_unknown_signers_are_passed_over_but_not_alone() -> None:
    ours, theirs = private.generate(), private.generate()
    both = envelope.sign(PAYLOAD, [ours, theirs])
    assert envelope.verify_envelope(both, [ours.public], where="a") == (ours.public,)
    with pytest.raises(ClaimError) as caught:
        envelope.verify_envelope(envelope.sign(PAYLOAD, [theirs]), [ours.public], where="a")
    assert caught.value.code == "signer-unknown"
    with pytest.raises(TrustError) as missing:
        envelope.verify_envelope(both, [], where="a")
    assert missing.value.code == "key-missing"


def test_a_failing_signature_of_a_known_key_fails_the_whole() -> None:
    """Beside a good one, too: somebody changed something."""
    one, two = private.generate(), private.generate()
    good = envelope.sign(PAYLOAD, [one, two])
    spoilt = envelope.Envelope(
        payload=PAYLOAD,
        signatures=tuple(
            envelope.Signature(keyid=item.keyid, sig=item.sig if item.keyid == one.public.keyid else bytes(64))
            for item in good.signatures
        ),
    )
    with pytest.raises(ClaimError) as caught:
        envelope.verify_envelope(spoilt, [one.public, two.public], where="a")
    assert caught.value.code == "signature-invalid"


def _document() -> dict[str, Any]:
    return envelope.sign(PAYLOAD, [private.generate(), private.generate()]).document()


SPOILERS: list[Callable[[dict[str, Any]], object]] = [
    lambda doc: doc.update(extra=1),
    lambda doc: doc.pop("payloadType"),
    lambda doc: doc.update(payloadType="application/json"),
    lambda doc: doc.update(payloadType="application/vnd.in-toto+json "),
    lambda doc: doc.update(payload=doc["payload"].rstrip("=")),
    lambda doc: doc.update(payload=doc["payload"] + "\n"),
    lambda doc: doc.update(payload=base64.urlsafe_b64encode(b"\xff\xff\xff").decode()),
    lambda doc: doc.update(payload=None),
    lambda doc: doc.update(signatures=[]),
    lambda doc: doc.update(signatures={}),
    lambda doc: doc["signatures"].reverse(),
    lambda doc: doc["signatures"].append(doc["signatures"][1]),
    lambda doc: doc["signatures"][0].update(role="accountant"),
    lambda doc: doc["signatures"][0].pop("keyid"),
    lambda doc: doc["signatures"][0].update(keyid=doc["signatures"][0]["keyid"].upper()),
    lambda doc: doc["signatures"][0].update(keyid="ab"),
    lambda doc: doc["signatures"][0].update(sig=5),
    lambda doc: doc["signatures"].__setitem__(0, "x"),
    lambda doc: doc.update(signatures=[{"keyid": f"{n:064x}", "sig": ""} for n in range(65)]),
]


@pytest.mark.parametrize("spoil", SPOILERS)
def test_other_shapes_are_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    document = _document()
    spoil(document)
    with pytest.raises(InputError):
        envelope.parse_object(document, where="a")


def test_other_bytes_are_refused() -> None:
    data = canonical.encode(_document())
    for spoilt in (data + b"\n", b" " + data, data.replace(b":", b": ", 1), json.dumps(_document(), indent=1).encode()):
        with pytest.raises(InputError):
            envelope.parse(spoilt, where="a")
    doubled = b'{"payload":"",' + data[1:]
    with pytest.raises(InputError) as caught:
        envelope.parse(doubled, where="a")
    assert caught.value.code == "json-malformed"


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(max_size=9), lambda x: st.lists(x)).map(
        lambda value: canonical.encode({"payload": value, "payloadType": value, "signatures": value})
    )
)
def test_whatever_comes_in_only_input_errors_come_out(data: bytes) -> None:
    with pytest.raises(InputError):
        envelope.parse(data, where="a")


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_securesystemslib_verifies_ours(algorithm: Algorithm) -> None:
    signer = private.generate(algorithm)
    other = OtherEnvelope.from_dict(envelope.sign(PAYLOAD, [signer]).document())
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = SSlibKey.from_crypto(load_pem_public_key(signer.public.pem), keyid=signer.public.keyid)
    assert other.verify([key], 1) == {signer.public.keyid: key}
    assert other.pae() == envelope.pae(PAYLOAD)


@pytest.mark.parametrize("make", [CryptoSigner.generate_ed25519, CryptoSigner.generate_ecdsa])
def test_ours_verifies_securesystemslib(make: Callable[[], CryptoSigner]) -> None:
    signer = make()
    spki = signer._private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = from_spki(spki, where="other")
    assert isinstance(signer.public_key, SSlibKey)
    signer._public_key = SSlibKey(
        key.keyid, signer.public_key.keytype, signer.public_key.scheme, signer.public_key.keyval
    )
    made = OtherEnvelope(PAYLOAD, envelope.PAYLOAD_TYPE, {})
    made.sign(signer)
    read = envelope.parse(canonical.encode(made.to_dict()), where="other")
    assert envelope.verify_envelope(read, [key], where="other") == (key,)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_openssl_verifies_ours(algorithm: Algorithm, tmp_path: Path) -> None:
    signer = private.generate(algorithm)
    made = envelope.sign(PAYLOAD, [signer])
    private.write_public(tmp_path / "attest.pub", signer.public)
    (tmp_path / "message").write_bytes(envelope.pae(PAYLOAD))
    (tmp_path / "sig").write_bytes(made.signatures[0].sig)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "attest.pub"]
    command += ["-rawin", "-in", "message", "-sigfile", "sig"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "message").write_bytes(envelope.pae(PAYLOAD + b" "))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_the_published_dsse_vector() -> None:
    """The example of the DSSE protocol page: its pre-authentication encoding."""
    expected = b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"
    assert envelope.pae(b"hello world") == expected
