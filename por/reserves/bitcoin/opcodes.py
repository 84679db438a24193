"""Scripts as a list of opcodes and pushes. Only what Miniscript's scripts are made of is known here."""

from __future__ import annotations

from dataclasses import dataclass

from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged

NAMES = {
    0x61: "NOP",
    0x63: "IF",
    0x64: "NOTIF",
    0x67: "ELSE",
    0x68: "ENDIF",
    0x69: "VERIFY",
    0x6B: "TOALTSTACK",
    0x6C: "FROMALTSTACK",
    0x73: "IFDUP",
    0x75: "DROP",
    0x76: "DUP",
    0x7C: "SWAP",
    0x82: "SIZE",
    0x87: "EQUAL",
    0x88: "EQUALVERIFY",
    0x92: "0NOTEQUAL",
    0x93: "ADD",
    0x9A: "BOOLAND",
    0x9B: "BOOLOR",
    0x9C: "NUMEQUAL",
    0x9D: "NUMEQUALVERIFY",
    0xA6: "RIPEMD160",
    0xA8: "SHA256",
    0xA9: "HASH160",
    0xAA: "HASH256",
    0xAC: "CHECKSIG",
    0xAD: "CHECKSIGVERIFY",
    0xAE: "CHECKMULTISIG",
    0xAF: "CHECKMULTISIGVERIFY",
    0xB1: "CHECKLOCKTIMEVERIFY",
    0xB2: "CHECKSEQUENCEVERIFY",
    0xBA: "CHECKSIGADD",
}
_CODESEPARATOR = 0xAB
_PUSHES = {0x4C: 1, 0x4D: 2, 0x4E: 4}
MAX_ELEMENT = 520
"""Bytes of one element (consensus)."""


@dataclass(frozen=True, slots=True)
class Push:
    """Bytes to put on the stack; `number` is set for OP_1NEGATE and OP_1 to OP_16, which push small numbers."""

    data: bytes


Step = Push | str


def parse(script: bytes) -> list[Step]:
    """Read a whole script, executed or not; NotJudged for an opcode that is not known here.

    Raises BadSignature for a push that is cut off, too long, or not the shortest one (MINIMALDATA).
    """
    steps: list[Step] = []
    at = 0
    while at < len(script):
        code = script[at]
        at += 1
        if code <= 0x4E:
            width = _PUSHES.get(code, 0)
            length = int.from_bytes(script[at : at + width], "little") if width else code
            at += width
            data = script[at : at + length]
            at += length
            if at > len(script) or length > MAX_ELEMENT:
                raise BadSignature("a push of a script is cut off or too long")
            if push(data) != script[at - length - width - 1 : at]:
                raise BadSignature("a push is not the shortest one (MINIMALDATA)")
            steps.append(Push(data))
        elif code == 0x4F or 0x51 <= code <= 0x60:
            steps.append(Push(b"\x81" if code == 0x4F else bytes([code - 0x50])))
        elif code == _CODESEPARATOR:
            raise BadSignature("OP_CODESEPARATOR is forbidden in signed messages")
        elif code in NAMES:
            steps.append(NAMES[code])
        else:
            raise NotJudged(f"opcode 0x{code:02x} is not judged here")
    return steps


def push(data: bytes) -> bytes:
    """Return the shortest script that pushes these bytes."""
    if not data:
        return b"\0"
    if len(data) == 1 and (1 <= data[0] <= 16 or data[0] == 0x81):
        return bytes([0x4F if data[0] == 0x81 else 0x50 + data[0]])
    if len(data) <= 75:
        return bytes([len(data)]) + data
    width = 1 if len(data) < 1 << 8 else 2
    return bytes([0x4B + width]) + len(data).to_bytes(width, "little") + data
