"""Base58Check, as Bitcoin Core writes addresses: version byte and payload, then four bytes of SHA-256d."""

from __future__ import annotations

from hashlib import sha256

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
MAX_TEXT = 120
"""Addresses have 34 characters, extended keys 111; a longer text would only cost time."""
CHECKSUM = 4
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def encode(payload: bytes) -> str:
    """Write version and payload with their checksum."""
    data = payload + _checksum(payload)
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = ALPHABET[rest] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def decode(text: str) -> bytes | None:
    """Return version and payload, b"" where only the checksum is wrong, None for what is no Base58Check at all.

    One text for each payload: leading zero bytes are leading ones, nothing else is allowed around it.
    """
    if not 5 < len(text) <= MAX_TEXT or any(character not in _VALUES for character in text):
        return None
    number = 0
    for character in text:
        number = number * 58 + _VALUES[character]
    data = b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(data) <= CHECKSUM:
        return None
    payload, checksum = data[:-CHECKSUM], data[-CHECKSUM:]
    return payload if _checksum(payload) == checksum else b""


def _checksum(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:CHECKSUM]
