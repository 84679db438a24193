"""c2sp.org/tlog-cosignature: what is signed, byte by byte, and every way in which a line is none."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from por.attestation import cosignature, note, private
from por.attestation.keys import Algorithm, from_spki, parse_verifier_line
from por.attestation.note import Note, NoteSignature
from por.errors import ClaimError, InputError
from tests.attestation.keyworld import Keys, small

TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
NAME, TIME = "witness.example.com/w1", 1679315147
_FIXED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))  # tests are named after what it signs
SIGNER = private.FileSigner(
    public=from_spki(_FIXED.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), where="fixed"),
    private=_FIXED,
)
WITNESS = cosignature.witness_of(NAME, SIGNER.public)

EXAMPLE = f"""{TEXT}
— example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 \
jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
"""Of the specification."""


def signed(*lines: NoteSignature) -> Note:
    return Note(text=TEXT, signatures=lines)


def line(time: int = TIME) -> NoteSignature:
    return cosignature.cosign(TEXT, name=NAME, signer=SIGNER, time=time)


def verify(*lines: NoteSignature) -> tuple[cosignature.Cosigned, ...]:
    return cosignature.verify_cosignatures(signed(*lines), [WITNESS], where="c")


def test_the_specifications_example_has_our_form() -> None:
    found = note.parse_note(EXAMPLE.encode(), where="example").signatures[1]
    assert (found.name, len(found.sig), int.from_bytes(found.sig[:8], "big")) == (NAME, 72, TIME)
    assert note.parse_note(EXAMPLE.encode(), where="example").text == TEXT


def test_made_as_the_specification_says() -> None:
    """By hand, with nothing of ours but the key; Ed25519 gives the same bytes each time."""
    raw = SIGNER.public.spki[-32:]
    assert line().id == hashlib.sha256(NAME.encode() + b"\n\x04" + raw).digest()[:4]
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT.encode()
    assert line().sig == TIME.to_bytes(8, "big") + SIGNER.sign(message)
    assert WITNESS.line == f"{NAME}+{line().id.hex()}+{base64.b64encode(bytes([4]) + raw).decode()}"


def test_anothers_cosignature_verifies() -> None:
    """Made with the library alone, as any witness would."""
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    ident = hashlib.sha256(b"w.example\n\x04" + raw).digest()[:4]
    sig = key.sign(f"cosignature/v1\ntime {2**63 - 1}\n{TEXT}".encode())
    data = base64.b64encode(ident + (2**63 - 1).to_bytes(8, "big") + sig).decode()
    vkey = f"w.example+{ident.hex()}+{base64.b64encode(bytes([4]) + raw).decode()}"
    read = note.parse_note(f"{TEXT}\n— w.example {data}\n".encode(), where="n")
    found = cosignature.verify_cosignatures(read, [cosignature.parse_witness(vkey, where="w")], where="n")
    assert [(row.witness.name, row.time) for row in found] == [("w.example", 2**63 - 1)]


def test_a_witness_counts_once_with_its_latest_time() -> None:
    assert [row.time for row in verify(line(5), line(9), line(7))] == [9]


def test_lines_of_others_are_passed_over() -> None:
    other = cosignature.cosign(TEXT, name=NAME, signer=private.generate(), time=TIME)
    named = cosignature.cosign(TEXT, name="other", signer=SIGNER, time=TIME)
    plain = note.sign_note(TEXT, name=NAME, signers=[SIGNER]).signatures[0]  # type 01 of the same key and name
    assert verify(other, named, plain, NoteSignature(name="x", id=b"1234", sig=b"x")) == ()


@pytest.mark.parametrize(
    "sig",
    [
        line().sig[:-1],
        line().sig + b"\0",
        line().sig[8:],
        (TIME + 1).to_bytes(8, "big") + line().sig[8:],
        TIME.to_bytes(8, "little") + line().sig[8:],
        line().sig[:8] + bytes(64),
        (1 << 63).to_bytes(8, "big") + SIGNER.sign(cosignature.cosigned_bytes(TEXT, 1 << 63)),
        TIME.to_bytes(8, "big") + SIGNER.sign(TEXT.encode()),
        TIME.to_bytes(8, "big") + SIGNER.sign(f"cosignature/v1\ntime 0{TIME}\n{TEXT}".encode()),
        TIME.to_bytes(8, "big") + SIGNER.sign(f"cosignature/v1\ntime {TIME}\n{TEXT[:-1]}".encode()),
    ],
)
def test_a_wrong_line_of_a_known_witness_refuses_the_whole(sig: bytes) -> None:
    bad = NoteSignature(name=NAME, id=line().id, sig=sig)
    for lines in ((bad,), (line(), bad), (bad, line())):
        with pytest.raises(ClaimError) as caught:
            verify(*lines)
        assert caught.value.code == "signature-invalid"


def test_of_another_text_it_is_none() -> None:
    other = Note(text=TEXT.replace("20852163", "20852164"), signatures=(line(),))
    with pytest.raises(ClaimError):
        cosignature.verify_cosignatures(other, [WITNESS], where="c")


@pytest.mark.parametrize("time", [-1, 1 << 63])
def test_no_time_is_not_signed(time: int) -> None:
    with pytest.raises(InputError):
        line(time)


def test_a_p256_key_is_no_witness() -> None:
    with pytest.raises(InputError) as caught:
        cosignature.witness_of("w", private.generate(Algorithm.P256).public)
    assert caught.value.code == "key-algorithm"


def test_a_witness_line_is_read_and_no_exchange_key() -> None:
    assert cosignature.parse_witness(WITNESS.line, where="w") == WITNESS
    with pytest.raises(InputError):
        parse_verifier_line(WITNESS.line, where="w")


@pytest.mark.parametrize(
    "bad",
    [
        SIGNER.public.verifier_line(NAME),
        WITNESS.line.replace("w1", "w2"),
        WITNESS.line + "A",
        WITNESS.line[:-4],
        WITNESS.line + "\n",
        f"a b{WITNESS.line}",
        "",
        7,
        f"{NAME}+00000000+{WITNESS.line.rpartition('+')[2]}",
        f"{NAME}+00000000+{base64.b64encode(bytes([4]) + bytes(32)).decode()}",
    ],
    ids=[
        "other type",
        "other name",
        "longer",
        "shorter",
        "newline",
        "blank",
        "empty",
        "number",
        "other id",
        "no point",
    ],
)
def test_a_bad_witness_line_is_refused(bad: object) -> None:
    with pytest.raises(InputError):
        cosignature.parse_witness(bad, where="w")


def _others(number: int) -> list[str]:
    return [cosignature.witness_of(f"w{at}", private.generate().public).line for at in range(number)]


def test_a_key_file_names_witnesses() -> None:
    keys = Keys()
    policy = {"needed": 2, "keys": _others(3)}
    file = small(keys, witnesses=policy)
    assert file.document()["witnesses"] == policy
    assert file.witnesses is not None and file.witnesses.needed == 2
    assert "witnesses" not in small(keys).document()
    chain = keys.chain(small(keys), keys.next(small(keys), witnesses=policy))
    assert chain.in_force(0).witnesses is None and chain.newest.witnesses == file.witnesses


TWO = _others(2)


@pytest.mark.parametrize(
    "policy",
    [
        None,
        [],
        {"needed": 1},
        {"needed": 1, "keys": []},
        {"needed": 0, "keys": TWO},
        {"needed": 3, "keys": TWO},
        {"needed": True, "keys": TWO},
        {"needed": 1, "keys": [TWO[0], TWO[0]]},
        {"needed": 1, "keys": [WITNESS.line, cosignature.witness_of("w2", SIGNER.public).line]},
        {"needed": 1, "keys": [WITNESS.line, cosignature.witness_of(NAME, private.generate().public).line]},
        {"needed": 1, "keys": TWO, "more": 1},
        {"needed": 1, "keys": [1]},
    ],
)
def test_a_bad_policy_is_refused(policy: object) -> None:
    with pytest.raises(InputError):
        small(Keys(), witnesses=policy)


def test_nobody_is_the_witness_of_himself() -> None:
    keys = Keys()
    own = cosignature.witness_of("w", keys["attest"].public).line
    with pytest.raises(InputError, match="himself"):
        small(keys, witnesses={"needed": 1, "keys": [own]})


def test_merging_keeps_what_stands() -> None:
    mine = note.sign_note(TEXT, name="log", signers=[SIGNER])
    both = note.merge(mine, signed(line(9)), signed(line(5)), Note(text="x\n", signatures=(line(7),)))
    assert both.signatures == (*mine.signatures, line(9))
