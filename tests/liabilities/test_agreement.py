"""The two verifiers on documents nobody wrote by hand: whatever the bytes, they give the same answer."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from por import canonical
from tests.liabilities import verifiers

VECTOR = json.loads((Path(__file__).parents[2] / "fixtures/vectors/good-split.json").read_text())
PROOF = canonical.encode(VECTOR["proof"])
STATEMENT = canonical.encode(VECTOR["statement"])

FRAGMENTS = [
    *(bytes([letter]) for letter in b'"{}[],:0- \n\\\x00\x7f\xff'),
    *(b"-0", b"01", b"+1", b".5", b"1.0", b"1e5", b"0x1", b"9" * 20, b"NaN", b"Infinity", b"null", b"true"),
    *(b"\\u0000", b"\\ud800", b"\\ud83d\\ude00", b"\\/", b"[" * 40, b'"format":"x",', b'"a":1,'),
    *(b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xf4\x90\x80\x80"),
]
edits = st.lists(
    st.tuples(st.integers(0, 2**20), st.integers(0, 12), st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=4))),
    min_size=1,
    max_size=3,
)


def edited(data: bytes, changes) -> bytes:
    for place, cut, put in changes:
        place %= len(data) + 1
        data = data[:place] + put + data[place + cut :]
    return data


def agree(proof: bytes, statement: bytes, account_id: str):
    python, rust = (check(proof, statement, account_id) for check in verifiers.VERIFIERS)
    assert python == rust
    return python


@settings(max_examples=600, deadline=None)
@given(edits)
def test_edited_proofs(changes):
    data = edited(PROOF, changes)
    result = agree(data, STATEMENT, VECTOR["account_id"])
    assert isinstance(result, str) or data == PROOF


@settings(max_examples=400, deadline=None)
@given(edits)
def test_edited_statements(changes):
    agree(PROOF, edited(STATEMENT, changes), VECTOR["account_id"])


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.text(max_size=8),
    st.sampled_from(["0", "00" * 32]),
)
keys = st.sampled_from(
    [
        "format",
        "snapshot_id",
        "entries",
        "asset",
        "pieces",
        "amount",
        "nonce",
        "index",
        "path",
        "hash",
        "sum",
        "x",
        "\u00e9",
    ]
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(values)
def test_any_json_value(value):
    agree(canonical.encode(value), STATEMENT, VECTOR["account_id"])
    agree(PROOF, canonical.encode(value), VECTOR["account_id"])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(keys, values, max_size=4), st.data())
def test_a_proof_with_some_part_replaced(parts, data):
    proof = json.loads(PROOF)
    holder = data.draw(st.sampled_from([proof, proof["entries"][0], proof["entries"][0]["pieces"][1]]))
    agree(canonical.encode({**proof, **parts}), STATEMENT, VECTOR["account_id"])
    holder.update(parts)
    agree(canonical.encode(proof), STATEMENT, VECTOR["account_id"])


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
@example("\ud800")
@example("\U0001f600")
def test_any_account_id(account_id):
    try:
        account_id.encode("utf-8")
    except UnicodeEncodeError:
        assert verifiers.python(PROOF, STATEMENT, account_id) == "account-id-malformed"
        return
    agree(PROOF, STATEMENT, account_id)


@pytest.mark.parametrize("depth", [31, 32, 33, 1000, 200_000])
@pytest.mark.parametrize("unit", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting(unit, depth):
    opening, closing = unit
    inner = b"" if opening == b"[" else b"1"
    assert agree(opening * depth + inner + closing * depth, STATEMENT, VECTOR["account_id"]) in (
        "proof-malformed",
        "json-malformed",
    )
