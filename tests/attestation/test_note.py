"""Signed notes and checkpoints, against the examples and the failure cases of the C2SP pages."""

from __future__ import annotations

import base64

import pytest

from por.attestation import keys, note, private
from por.attestation.keys import Algorithm
from por.errors import ClaimError, InputError, TrustError

NAME = "example.com/reserves"
CHECKPOINT = note.Checkpoint(origin=NAME, size=3, root=bytes(range(32)))

# From the documentation of golang.org/x/mod/sumdb/note: a note with its verifier key.
PETER = keys.load_public("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
ENCRYPTION = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def test_a_published_note_verifies() -> None:
    read = note.parse_note(ENCRYPTION, where="n")
    assert note.verify_note(read, name="PeterNeumann", keys=[PETER], where="n") == (PETER,)
    with pytest.raises(ClaimError) as caught:
        note.verify_note(
            note.parse_note(ENCRYPTION.replace(b"answer", b"Answer"), where="n"),
            name="PeterNeumann",
            keys=[PETER],
            where="n",
        )
    assert caught.value.code == "signature-invalid"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_checkpoint_goes_out_and_comes_back(algorithm: Algorithm) -> None:
    signer = private.generate(algorithm)
    made = note.sign_note(CHECKPOINT.text(), name=NAME, signers=[signer])
    data = made.to_bytes()
    assert note.sign_note(CHECKPOINT.text(), name=NAME, signers=[signer]).to_bytes() == data
    read = note.parse_note(data, where="n")
    assert note.parse_checkpoint(read, where="n") == CHECKPOINT
    assert note.verify_note(read, name=NAME, keys=[signer.public], where="n") == (signer.public,)


def test_the_key_ids_of_the_specification() -> None:
    """Ed25519: name, newline, 0x01, key. ECDSA: the SubjectPublicKeyInfo alone."""
    import hashlib

    signer = private.generate(Algorithm.P256)
    assert signer.public.note_id(NAME) == hashlib.sha256(signer.public.spki).digest()[:4]
    raw = private.generate().public
    hashed = NAME.encode() + b"\n\x01" + raw.spki[-32:]
    assert raw.note_id(NAME) == hashlib.sha256(hashed).digest()[:4]


def test_signatures_of_others_are_passed_over() -> None:
    ours, witness = private.generate(), private.generate()
    both = note.sign_note(CHECKPOINT.text(), name=NAME, signers=[ours])
    seen = note.sign_note(CHECKPOINT.text(), name="witness.example", signers=[witness])
    joined = note.Note(text=both.text, signatures=(*seen.signatures, *both.signatures))
    read = note.parse_note(joined.to_bytes(), where="n")
    assert note.verify_note(read, name=NAME, keys=[ours.public], where="n") == (ours.public,)
    with pytest.raises(ClaimError) as caught:
        note.verify_note(read, name=NAME, keys=[witness.public], where="n")
    assert caught.value.code == "signer-unknown"
    with pytest.raises(TrustError):
        note.verify_note(read, name=NAME, keys=[], where="n")


def test_one_key_twice_is_one_signer() -> None:
    signer = private.generate()
    made = note.sign_note(CHECKPOINT.text(), name=NAME, signers=[signer, signer])
    assert note.verify_note(made, name=NAME, keys=[signer.public, signer.public], where="n") == (signer.public,)


def _good() -> str:
    return note.sign_note(CHECKPOINT.text(), name=NAME, signers=[private.generate()]).to_bytes().decode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-1],  # no line break at the end
        lambda text: text + "\n",
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\u2014 ", "- "),
        lambda text: text.replace("\u2014 ", "\u2014  "),
        lambda text: text.replace("\u2014 ", "\u2014\u00a0"),
        lambda text: text.replace(f"\u2014 {NAME}", "\u2014 a+b"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("3\n", "3\t\n", 1),
        lambda text: text + "\u2014 x\n",
        lambda text: text + "\u2014 x AAAA\n",  # three bytes: no key id
        lambda text: text + "\u2014 x AAAAAAA\n",  # not canonical base64
        lambda text: text + "\u2014 x AAAAAAA=\n" * 100,
        lambda text: text.split("\n\n")[1],
        lambda text: "\n\n" + text.split("\n\n")[1],
    ],
)
def test_other_notes_are_refused(spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(InputError):
        note.parse_note(spoil(_good()).encode(), where="n")


def test_what_is_not_utf8_or_too_long_is_refused() -> None:
    for data in (b"\xff" + _good().encode(), b"a" * (note.MAX_NOTE + 1)):
        with pytest.raises(InputError) as caught:
            note.parse_note(data, where="n")
        assert caught.value.code == "note-malformed"


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{NAME}\n3\n",
        f"{NAME}\n03\n{ROOT}\n",
        f"{NAME}\n-3\n{ROOT}\n",
        f"{NAME}\n+3\n{ROOT}\n",
        f"{NAME}\n\u0663\n{ROOT}\n",
        f"{NAME}\n\n{ROOT}\n",
        f"\n3\n{ROOT}\n",
        f"{NAME}\n{1 << 53}\n{ROOT}\n",
        f"{NAME}\n{'9' * 5000}\n{ROOT}\n",
        f"{NAME}\n3\n{ROOT[:-1]}\n",
        f"{NAME}\n3\n{base64.b64encode(bytes(20)).decode()}\n",
        f"{NAME}\n3\n{ROOT}\n\nextension\n",
    ],
)
def test_other_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        note.parse_checkpoint(note.Note(text=text, signatures=()), where="n")


def test_extension_lines_are_kept() -> None:
    text = f"{NAME}\n0\n{ROOT}\nmore\n"
    read = note.parse_checkpoint(note.Note(text=text, signatures=()), where="n")
    assert read.extensions == ("more",) and read.text() == text


@pytest.mark.parametrize("text", ["", "\n", "no line break", "tab\t\n"])
def test_what_cannot_be_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(InputError):
        note.sign_note(text, name=NAME, signers=[private.generate()])


def test_a_note_is_never_a_dsse_message() -> None:
    """Both are signed by one key: a note's text ends in a line break, and a DSSE message begins with DSSEv1 and
    ends in a JSON object's brace."""
    from por.attestation import envelope

    assert envelope.pae(b"{}").endswith(b"}")
    assert CHECKPOINT.text().endswith("\n")
