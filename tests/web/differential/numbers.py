"""Other spellings of numbers, base64, signatures and keys: those that readers disagree about."""

from __future__ import annotations

import base64
import hashlib
from random import Random

from por.attestation.keys import _FIELD, _SMALL_ORDER

WHOLE = [0, 1, -1, 2, 7, 255, 256, 257, 2**31, 2**32, 2**53 - 1, -(2**53) + 1, 1000]

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
_ED25519 = bytes.fromhex("302a300506032b6570032100")
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def lax_base64(rng: Random, text: str) -> str:
    """The same bytes to a lax reader, or nearly."""
    return rng.choice(
        [
            *(text.rstrip("="), text + "=", text[:4] + "\n" + text[4:], text.replace("+", "-").replace("/", "_")),
            *(
                " " + text,
                text + "====",
                text[:-3] + "/" + text[-2:],
                text[:-1],
                text + "\u00e9",
                "",
                "=",
                "A",
                "AA==",
                "AB==",
            ),
        ]
    )


def der(r: int, s: int) -> bytes:
    """An ECDSA signature in DER, of any two whole numbers."""

    def integer(value: int) -> bytes:
        data = value.to_bytes(max(1, value.bit_length() // 8 + 1), "big", signed=True)
        return b"\x02" + bytes([len(data)]) + data

    body = integer(r) + integer(s)
    return b"\x30" + bytes([len(body)]) + body


def resigned(rng: Random, sig: bytes) -> bytes:
    """A signature's twins and near twins."""
    if len(sig) == 64:  # Ed25519: R, S
        r, s = sig[:32], int.from_bytes(sig[32:], "little")
        more = min(s + ED25519_ORDER, 2**256 - 1).to_bytes(32, "little")
        small = rng.choice(sorted(_SMALL_ORDER)).to_bytes(32, "little")
        return rng.choice(
            [
                r + more,
                sig + b"\0",
                sig[:-1],
                b"",
                small + bytes(32),
                r + bytes(32),
                sig[32:] + r,
                sig[:31] + b"\xff" + sig[32:],
            ]
        )
    if sig[:1] != b"\x30" or len(sig) < 9:
        return sig + b"\0"
    length = sig[3]
    r = int.from_bytes(sig[4 : 4 + length], "big")
    s = int.from_bytes(sig[6 + length :], "big")
    return rng.choice(
        [
            *(der(r, P256_ORDER - s), der(r + P256_ORDER, s), der(r, s + P256_ORDER), der(0, 0), der(1, 1), der(r, 0)),
            *(
                der(-r, s),
                der(s, r),
                b"\x30\x81" + sig[1:],
                b"\x31" + sig[1:],
                sig + b"\0",
                sig[:-1],
                b"\x30\x80" + sig[2:],
            ),
            *(sig[:3] + bytes([length + 1]) + b"\0" + sig[4:], bytes([0x30, sig[1] + 1]) + sig[2:] + b"\0"),
            *(r.to_bytes(33, "big")[-32:] + s.to_bytes(33, "big")[-32:], b"", b"\x30", b"\x30\x06\x02\x01\x01\x02\x01"),
        ]
    )


def pem(spki: bytes, *, wide: int = 64, end: str = "\n") -> bytes:
    text = base64.b64encode(spki).decode()
    lines = [text[at : at + wide] for at in range(0, len(text), wide)]
    return end.join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]).encode()


def line(name: str, key: bytes, *, kind: int, id: str | None = None) -> bytes:
    data = bytes([kind]) + key
    hashed = name.encode("utf-8", "surrogatepass") + b"\n" + data if kind != 2 else key
    found = id or hashlib.sha256(hashed).hexdigest()[:8]
    return f"{name}+{found}+{base64.b64encode(data).decode()}".encode("utf-8", "surrogatepass")


def other_key(rng: Random, data: bytes) -> bytes:
    """The same key in another spelling, or an odd key."""
    point = rng.choice([*_SMALL_ORDER, _FIELD, _FIELD + 1, _FIELD - 3, 2, 7, 2**255 - 1])
    encoded = (point | rng.choice((0, 1 << 255)) if point < 1 << 255 else point).to_bytes(32, "little")
    name = rng.choice(
        [
            "a",
            "a b",
            "a\u00a0b",
            "\ufeffa",
            "a\x85b",
            "a\x1cb",
            "",
            "x" * 300,
            "x" * 301,
            "a\u0378",
            "a\U000323b0",
            "\u202ea",
        ]
    )
    twisted = _P256[:-1] + b"\x02" + rng.randbytes(32)
    return rng.choice(
        [
            *(
                pem(_ED25519 + encoded),
                pem(_ED25519 + encoded[:31]),
                pem(_P256 + b"\x04" + rng.randbytes(64)),
                pem(twisted),
            ),
            *(line(name, encoded, kind=1), line(name, encoded[:31], kind=1), line(name, encoded, kind=4)),
            *(line(name, _P256 + b"\x04" + rng.randbytes(64), kind=2), line(name, _ED25519 + encoded, kind=2)),
            *(
                line(name, encoded, kind=1, id="00000000"),
                b"junk\n" + data + b"\xff\xfe",
                data + data,
                data * 3,
                b" " + data,
            ),
            *(
                data.replace(b"\n", b"\r\n"),
                data + b"\n",
                data.rstrip(),
                data.replace(b"A", b"\xc2\xa0A", 1),
                data + b"\r\n",
            ),
            *(
                data.replace(b"PUBLIC", b"PRIVATE"),
                data.replace(b"-----B", b"------B", 1),
                b"\xef\xbb\xbf" + data,
                data.upper(),
            ),
            *(data.replace(b"\n", b"\x1c\n"), data.replace(b"\n", b"\x0b\n"), data.replace(b"=", b""), pem(b""), b""),
        ]
    )
