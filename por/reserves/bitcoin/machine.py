"""Evaluation of the scripts that wallets make, under BIP-322's required rules, and a record of which keys signed.

This is no general interpreter: what Miniscript does not use is `inconclusive`. Limits are consensus limits or tighter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from por.reserves.addresses.scripts import hash160, ripemd160
from por.reserves.bitcoin.bad_signature import BadSignature, NotJudged
from por.reserves.bitcoin.opcodes import Push, parse
from por.reserves.bitcoin.signatures import is_key
from por.reserves.bitcoin.transactions import SEQUENCE_FINAL, sha256d

MAX_OPERATIONS = 201
MAX_STACK = 1000
MAX_KEYS = 20
LOCK_BY_TIME = 500_000_000
"""A lock time below is a block's height, from here on Unix seconds."""
RELATIVE_OFF, RELATIVE_BY_TIME, RELATIVE_MASK = 1 << 31, 1 << 22, 0xFFFF
"""BIP-68: bit that turns a relative lock off, bit for units of 512 seconds, and the value's bits."""

Era = Literal["legacy", "segwit", "tapscript"]
CheckSignature = Callable[[bytes, bytes], bool]
"""Told a signature that is not empty and a key; True when it holds, BadSignature when a rule is broken."""


@dataclass(slots=True)
class Machine:
    """One script's evaluation. `signers` collects the keys whose signatures held, each once."""

    era: Era
    check: CheckSignature
    version: int
    lock_time: int
    sequence: int
    stack: list[bytes]
    beside: list[bytes] = field(default_factory=list)
    signers: set[bytes] = field(default_factory=set)
    _branches: list[bool] = field(default_factory=list)
    _operations: int = 0

    def run(self, script: bytes) -> None:
        """Evaluate a script to its end; BadSignature unless exactly one true element is left (CLEANSTACK)."""
        for step in parse(script):
            running = all(self._branches)
            if isinstance(step, Push):
                if running:
                    self.stack.append(step.data)
            else:
                self._count(1)
                if running or step in ("IF", "NOTIF", "ELSE", "ENDIF"):
                    self._step(step, running)
            if len(self.stack) + len(self.beside) > MAX_STACK:
                raise BadSignature("a stack grows too large")
        if self._branches:
            raise BadSignature("OP_IF without OP_ENDIF")
        if len(self.stack) != 1 or not truth(self.stack[0]):
            raise BadSignature(
                "the script is not satisfied" if len(self.stack) < 2 else "the stack is not clean at the end"
            )

    def _count(self, number: int) -> None:
        self._operations += number
        if self.era != "tapscript" and self._operations > MAX_OPERATIONS:
            raise BadSignature(f"more than {MAX_OPERATIONS} operations")

    def _step(self, name: str, running: bool) -> None:
        if name in ("IF", "NOTIF"):
            self._branches.append(running and self._condition() is (name == "IF"))
        elif name in ("ELSE", "ENDIF"):
            if not self._branches:
                raise BadSignature(f"OP_{name} without OP_IF")
            last = self._branches.pop()
            if name == "ELSE":
                self._branches.append(not last)
        elif name.startswith("CHECK") and "SIG" in name:
            self._signed(name)
        elif name in ("CHECKLOCKTIMEVERIFY", "CHECKSEQUENCEVERIFY"):
            (self._absolute if "LOCK" in name else self._relative)(number(self._top(), 5))
        elif name in _HASHES:
            self.stack.append(_HASHES[name](self._pop()))
        else:
            self._plain(name)

    def _condition(self) -> bool:
        found = self._pop()
        if found not in (b"", b"\1"):
            raise BadSignature("a condition is neither empty nor 1 (MINIMALIF)")
        return bool(found)

    def _plain(self, name: str) -> None:
        stack = self.stack
        if name == "VERIFY":
            self._verify()
        elif name == "TOALTSTACK":
            self.beside.append(self._pop())
        elif name == "FROMALTSTACK":
            if not self.beside:
                raise BadSignature("the stack is too short")
            stack.append(self.beside.pop())
        elif name == "DROP":
            self._pop()
        elif name == "DUP" or (name == "IFDUP" and truth(self._top())):
            stack.append(self._top())
        elif name == "SIZE":
            stack.append(encode(len(self._top())))
        elif name == "SWAP":
            last, before = self._pop(), self._pop()
            stack += [last, before]
        elif name == "0NOTEQUAL":
            stack.append(encode(number(self._pop()) != 0))
        elif name in ("EQUAL", "EQUALVERIFY"):
            stack.append(encode(self._pop() == self._pop()))
        elif name in _NUMBERS:
            right, left = number(self._pop()), number(self._pop())
            stack.append(encode(_NUMBERS[name](left, right)))
        if name in ("EQUALVERIFY", "NUMEQUALVERIFY"):
            self._verify()

    def _signed(self, name: str) -> None:
        if name.startswith("CHECKMULTISIG"):
            if self.era == "tapscript":
                raise BadSignature("OP_CHECKMULTISIG is no tapscript")
            self.stack.append(encode(self._multisig()))
        elif name == "CHECKSIGADD":
            if self.era != "tapscript":
                raise NotJudged("OP_CHECKSIGADD outside of tapscript is not judged here")
            key, count, signature = self._pop(), number(self._pop()), self._pop()
            self.stack.append(encode(count + self._one(signature, key)))
        else:
            key, signature = self._pop(), self._pop()
            self.stack.append(encode(self._one(signature, key)))
        if name.endswith("VERIFY"):
            self._verify()

    def _one(self, signature: bytes, key: bytes) -> bool:
        self._check_key(key)
        if not signature:
            return False
        if not self.check(signature, key):
            raise BadSignature("it was made by another key or over another text")  # NULLFAIL: a wrong one must be empty
        self.signers.add(key)
        return True

    def _check_key(self, key: bytes) -> None:
        if self.era == "tapscript" and len(key) != 32:
            raise NotJudged("a tapscript key of another length than 32 bytes is not judged here")
        if self.era != "tapscript" and not is_key(key):
            raise BadSignature("a key is neither compressed nor uncompressed (STRICTENC)")
        if self.era == "segwit" and len(key) != 33:
            raise NotJudged("an uncompressed key in a witness script cannot be relayed, and is not judged here")

    def _multisig(self) -> bool:
        keys = self._several(MAX_KEYS)
        self._count(len(keys))
        for key in keys:
            self._check_key(key)
        if len(set(keys)) != len(keys):
            raise BadSignature(
                "the script names one key twice, so one signature could count twice",
                code="multisig-key-twice",
                hint="such a script needs fewer people than it says; leave the account out",
            )
        signatures = self._several(len(keys))
        if self._pop():
            raise BadSignature("the element below a multisig's signatures is not empty (NULLDUMMY)")
        if not any(signatures):
            return not signatures
        left = list(keys)
        for signature in signatures:
            # in the keys' order, each key at most once
            while left:
                key = left.pop(0)
                if signature and self.check(signature, key):
                    self.signers.add(key)
                    break
            else:
                raise BadSignature(
                    "a signature of the multisig was made by another key, over another text, or stands there twice"
                )
        return True

    def _several(self, most: int) -> list[bytes]:
        count = number(self._pop())
        if not 0 <= count <= most:
            raise BadSignature("a multisig's numbers are out of range")
        return [self._pop() for _ in range(count)][::-1]

    def _absolute(self, lock: int) -> None:
        if lock < 0 or (lock < LOCK_BY_TIME) is not (self.lock_time < LOCK_BY_TIME) or lock > self.lock_time:
            raise BadSignature("the script's lock time is not reached by the signature's")
        if self.sequence == SEQUENCE_FINAL:
            raise BadSignature("the input's sequence turns its lock time off")

    def _relative(self, lock: int) -> None:
        if lock < 0:
            raise BadSignature("a negative relative lock")
        if lock & RELATIVE_OFF:
            return
        if self.version < 2 or self.sequence & RELATIVE_OFF:
            raise BadSignature("the script asks for an age, but the signature's version or sequence turns it off")
        if (lock ^ self.sequence) & RELATIVE_BY_TIME or lock & RELATIVE_MASK > self.sequence & RELATIVE_MASK:
            raise BadSignature("the script's relative lock is not reached by the signature's sequence")

    def _verify(self) -> None:
        if not truth(self._pop()):
            raise BadSignature("the script is not satisfied")

    def _top(self) -> bytes:
        if not self.stack:
            raise BadSignature("the stack is too short")
        return self.stack[-1]

    def _pop(self) -> bytes:
        self._top()
        return self.stack.pop()


_NUMBERS: dict[str, Callable[[int, int], int]] = {
    "ADD": lambda left, right: left + right,
    "BOOLAND": lambda left, right: bool(left and right),
    "BOOLOR": lambda left, right: bool(left or right),
    "NUMEQUAL": lambda left, right: left == right,
    "NUMEQUALVERIFY": lambda left, right: left == right,
}
_HASHES: dict[str, Callable[[bytes], bytes]] = {
    "RIPEMD160": ripemd160,
    "SHA256": lambda data: sha256(data).digest(),
    "HASH160": hash160,
    "HASH256": sha256d,
}


def truth(data: bytes) -> bool:
    """Whether an element counts as true: anything but zero and negative zero."""
    return any(data[:-1]) or (bool(data) and data[-1] not in (0, 0x80))


def number(data: bytes, most: int = 4) -> int:
    """Read a script number of at most `most` bytes in its shortest form; BadSignature otherwise."""
    if len(data) > most or (data and not data[-1] & 0x7F and (len(data) == 1 or not data[-2] & 0x80)):
        raise BadSignature("a number of a script is too long or not in its shortest form")
    if not data:
        return 0
    found = int.from_bytes(data[:-1] + bytes([data[-1] & 0x7F]), "little")
    return -found if data[-1] & 0x80 else found


def encode(value: int) -> bytes:
    """Write a script number in its shortest form."""
    if not value:
        return b""
    data = abs(value).to_bytes(abs(value).bit_length() // 8 + 1, "little")
    return data[:-1] + bytes([data[-1] | 0x80]) if value < 0 else data


def check_elements(items: Sequence[bytes]) -> list[bytes]:
    """Return a witness's elements as a stack; BadSignature when one is too long."""
    if any(len(item) > 520 for item in items) or len(items) > MAX_STACK:
        raise BadSignature("an element of the witness is too long, or there are too many")
    return list(items)
