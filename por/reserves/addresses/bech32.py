"""Segregated-witness addresses: Bech32 for version 0 (BIP-173), Bech32m for the later ones (BIP-350)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import xor

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
MAX_TEXT = 90
"""BIP-173: beyond it the checksum promises nothing."""
_BECH32, _BECH32M = 1, 0x2BC830A3
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_STEPS = tuple(
    reduce(xor, (generator for n, generator in enumerate(_GENERATOR) if top >> n & 1), 0) for top in range(32)
)
"""What the five bits that leave the checksum's register put back into it."""
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(hrp: str, version: int, program: bytes) -> str:
    """Write a witness program in lower case."""
    words = [version, *regroup(program, 8, 5, pad=True)]
    target = _BECH32M if version else _BECH32
    rest = _polymod([*_expand(hrp), *words, 0, 0, 0, 0, 0, 0]) ^ target
    return hrp + "1" + "".join(ALPHABET[word] for word in [*words, *(rest >> 5 * (5 - n) & 31 for n in range(6))])


def decode(text: str) -> tuple[str, int, bytes] | str:
    """Return (prefix, version, program) of a text in lower case, or a word for what is wrong with it.

    The words are "malformed", "checksum" and "encoding" (Bech32 where Bech32m belongs, or the other way round).
    """
    hrp, separator, data = text.rpartition("1")
    if not separator or not hrp or len(text) > MAX_TEXT or len(data) < 7:
        return "malformed"
    if any(not "!" <= character <= "~" for character in hrp) or any(character not in _VALUES for character in data):
        return "malformed"
    words = [_VALUES[character] for character in data]
    rest = _polymod([*_expand(hrp), *words])
    if rest not in (_BECH32, _BECH32M):
        return "checksum"
    version, program = words[0], regroup(words[1:-6], 5, 8, pad=False)
    if program is None or version > 16 or not 2 <= len(program) <= 40:
        return "malformed"
    if rest != (_BECH32M if version else _BECH32):
        return "encoding"
    return hrp, version, bytes(program)


def regroup(values: Iterable[int], size: int, into: int, *, pad: bool) -> list[int]:
    """Pack values of `size` bits into ones of `into` bits; without `pad`, left-over bits must be few and zero.

    Raises nothing: values that do not fit the rule give an empty list, which no program is.
    """
    held = bits = 0
    out = []
    for value in values:
        held, bits = held << size | value, bits + size
        while bits >= into:
            bits -= into
            out.append(held >> bits & (1 << into) - 1)
        held &= (1 << bits) - 1
    if pad:
        return [*out, held << into - bits] if bits else out
    return [] if bits >= size or held else out


def _expand(hrp: str) -> Sequence[int]:
    return [*(ord(character) >> 5 for character in hrp), 0, *(ord(character) & 31 for character in hrp)]


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _STEPS[check >> 25]
    return check
