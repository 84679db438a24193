"""Canonical JSON, hex and base64: one encoding each, everything else refused."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from por import canonical
from por.errors import InputError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_encoded_is_read_again(value: Any) -> None:
    assert canonical.decode(canonical.encode(value), where="here") == value


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nul",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b"[NaN]",
        b"[Infinity]",
        b"[-0]",
        b"[9007199254740992]",
        b"[" + b"9" * 5000 + b"]",
        b'["\\u0061"]',
        b'["\\ud800"]',
        b'["\xff"]',
        b"\xef\xbb\xbf[]",
        b"[" * 33 + b"]" * 33,
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        canonical.decode(data, where="here")
    assert "here" in caught.value.message and caught.value.hint


def test_deep_nesting_is_refused_before_the_parser_recurses() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        for data in (b"[" * 1_000_000, b'{"a":' * 500_000):
            with pytest.raises(InputError):
                canonical.decode(data, where="here")
    finally:
        sys.setrecursionlimit(limit)


def test_brackets_in_strings_do_not_count() -> None:
    text = "[" * 100 + '"\\' + "{" * 100
    assert canonical.decode(canonical.encode([text]), where="here") == [text]


@pytest.mark.parametrize("text", ["AB", "a", "0x00", "g0", " 00", None, 5, "00 "])
def test_hex_has_one_form(text: object) -> None:
    with pytest.raises(InputError):
        canonical.parse_hex(text, None, where="here")
    assert canonical.parse_hex("00ff", 2, where="here") == b"\x00\xff"


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "Q Q=", "QQ==\n", "QQ-_", "é===", None, 5])
def test_base64_has_one_form(text: object) -> None:
    with pytest.raises(InputError):
        canonical.decode_base64(text, where="here")
    assert canonical.decode_base64("QQ==", where="here") == b"A"
