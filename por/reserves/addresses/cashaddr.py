"""CashAddr, Bitcoin Cash's addresses (spec/cashaddr.md of the Bitcoin Cash Node project).

The prefix takes part in the checksum but is not written here: a CAIP-10 account may hold no further colon.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import xor

from por.reserves.addresses.bech32 import ALPHABET, regroup

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_GENERATOR = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
_STEPS = tuple(
    reduce(xor, (generator for n, generator in enumerate(_GENERATOR) if top >> n & 1), 0) for top in range(32)
)
_SIZES = (20, 24, 28, 32, 40, 48, 56, 64)
_MAX_TEXT = 112


def encode(prefix: str, kind: int, digest: bytes) -> str:
    """Write a digest (kind 0: of a key, 1: of a script) without the prefix, in lower case."""
    words = regroup(bytes([kind << 3 | _SIZES.index(len(digest))]) + digest, 8, 5, pad=True)
    rest = _polymod([*_expand(prefix), *words, 0, 0, 0, 0, 0, 0, 0, 0])
    return "".join(ALPHABET[word] for word in [*words, *(rest >> 5 * (7 - n) & 31 for n in range(8))])


def decode(prefix: str, text: str) -> tuple[int, bytes] | str:
    """Return (kind, digest) of a text in lower case without prefix, or "malformed" or "checksum"."""
    if not 8 < len(text) <= _MAX_TEXT or any(character not in _VALUES for character in text):
        return "malformed"
    words = [_VALUES[character] for character in text]
    if _polymod([*_expand(prefix), *words]):
        return "checksum"
    data = bytes(regroup(words[:-8], 5, 8, pad=False))
    if not data or data[0] & 0x80 or len(data) - 1 != _SIZES[data[0] & 7]:
        return "malformed"
    return data[0] >> 3, data[1:]


def _expand(prefix: str) -> Iterable[int]:
    return [*(ord(character) & 31 for character in prefix), 0]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x07FFFFFFFF) << 5 ^ value ^ _STEPS[check >> 35]
    return check ^ 1
