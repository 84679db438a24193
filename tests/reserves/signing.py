"""A wallet for tests: keys, the addresses of each kind, and signatures as wallets make them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import coincurve

from por.reserves import addresses
from por.reserves.addresses import networks
from por.reserves.addresses.scripts import Kind, hash160, make
from por.reserves.bitcoin import bip322, messages, sighash
from por.reserves.bitcoin.opcodes import push
from por.reserves.bitcoin.signatures import ORDER, tweak
from por.reserves.bitcoin.transactions import Output, Transaction, stack, tagged

BTC = networks.NETWORKS[0]


@dataclass(frozen=True)
class Key:
    """A private key by number."""

    secret: coincurve.PrivateKey

    @classmethod
    def of(cls, number: int) -> Key:
        return cls(coincurve.PrivateKey(sha256(b"tests %d" % number).digest()))

    @property
    def public(self) -> bytes:
        return self.secret.public_key.format()

    @property
    def long(self) -> bytes:
        return self.secret.public_key.format(compressed=False)

    @property
    def x(self) -> bytes:
        return self.public[1:]

    def ecdsa(self, digest: bytes, kind: int = sighash.ALL) -> bytes:
        return self.secret.sign(digest, hasher=None) + bytes([kind])

    def schnorr(self, digest: bytes) -> bytes:
        return self.secret.sign_schnorr(digest)

    def tweaked(self, root: bytes = b"") -> Key:
        """The key of a taproot output (BIP-341)."""
        secret = int.from_bytes(self.secret.secret, "big")
        if self.public[0] == 3:
            secret = ORDER - secret
        secret = (secret + int.from_bytes(tagged("TapTweak", self.x + root), "big")) % ORDER
        return Key(coincurve.PrivateKey(secret.to_bytes(32, "big")))

    def message(self, text: str, *, network: networks.Network = BTC, header: int = 31) -> str:
        """A signed message of the older form; `header` is the first of the four for its kind."""
        compact = self.secret.sign_recoverable(messages.digest(network.magic, text), hasher=None)
        return base64.b64encode(bytes([header + compact[64]]) + compact[:64]).decode()


def address(script: bytes, network: networks.Network = BTC) -> str:
    found = addresses.address_of(network, script)
    assert found is not None
    return found


def multisig(needed: int, keys: Sequence[bytes]) -> bytes:
    return push(bytes([needed])) + b"".join(map(push, keys)) + push(bytes([len(keys)])) + b"\xae"


def p2pkh(key: bytes) -> bytes:
    return make(Kind.P2PKH, hash160(key))


def p2wpkh(key: bytes) -> bytes:
    return make(Kind.P2WPKH, hash160(key))


def p2sh(inner: bytes) -> bytes:
    return make(Kind.P2SH, hash160(inner))


def p2wsh(inner: bytes) -> bytes:
    return make(Kind.P2WSH, sha256(inner).digest())


def simple(witness: Sequence[bytes]) -> str:
    return "smp" + base64.b64encode(stack(tuple(witness))).decode()


def full(transaction: Transaction) -> str:
    return "ful" + base64.b64encode(transaction.to_bytes()).decode()


def with_input(transaction: Transaction, **changes: object) -> Transaction:
    """The transaction with changed fields in its first input."""
    first = replace(transaction.inputs[0], **changes)  # type: ignore[arg-type]
    return replace(transaction, inputs=(first, *transaction.inputs[1:]))


def sign_p2wpkh(key: Key, text: str) -> str:
    script = p2wpkh(key.public)
    digest = sighash.segwit(bip322.to_sign(text, script), 0, p2pkh(key.public), 0)
    return simple((key.ecdsa(digest), key.public))


def sign_wrapped(key: Key, text: str) -> str:
    script = p2sh(p2wpkh(key.public))
    digest = sighash.segwit(bip322.to_sign(text, script), 0, p2pkh(key.public), 0)
    return simple((key.ecdsa(digest), key.public))


def sign_p2pkh(key: Key, text: str, public: bytes | None = None) -> str:
    public = public or key.public
    script = p2pkh(public)
    bare = bip322.to_sign(text, script)
    signature = key.ecdsa(sighash.legacy(bare, 0, script))
    return full(with_input(bare, script=push(signature) + push(public)))


def sign_taproot(key: Key, text: str) -> str:
    script = make(Kind.P2TR, key.tweaked().x)
    bare = bip322.to_sign(text, script)
    digest = sighash.taproot(bare, 0, [Output(value=0, script=script)], hash_type=0)
    return simple((key.tweaked().schnorr(digest),))


def sign_p2wsh(inner: bytes, keys: Sequence[Key], text: str, *, before: Sequence[bytes] = (b"",)) -> str:
    """Sign for a multisig in P2WSH: `before` stands below the signatures."""
    bare = bip322.to_sign(text, p2wsh(inner))
    digest = sighash.segwit(bare, 0, inner, 0)
    return simple((*before, *(key.ecdsa(digest) for key in keys), inner))


def sign_p2sh(inner: bytes, keys: Sequence[Key], text: str) -> str:
    bare = bip322.to_sign(text, p2sh(inner))
    digest = sighash.legacy(bare, 0, inner)
    pushes = b"\0" + b"".join(push(key.ecdsa(digest)) for key in keys) + push(inner)
    return full(with_input(bare, script=pushes))


def leaf_address(key: Key, script: bytes) -> tuple[bytes, bytes]:
    """The output script of a taproot key with one leaf, and the leaf's control block."""
    root = sighash.leaf_hash(script)
    output, parity = tweak(key.x, tagged("TapTweak", key.x + root))
    return make(Kind.P2TR, output), bytes([0xC0 | parity]) + key.x


def high_s(der: bytes) -> bytes:
    """The twin of a DER signature (with its hash type) whose s is in the upper half."""
    length = der[3]
    r, s = der[4 : 4 + length], int.from_bytes(der[6 + length : -1], "big")
    twin = (ORDER - s).to_bytes(33, "big").lstrip(b"\0")
    twin = (b"\0" if twin[0] & 0x80 else b"") + twin
    body = b"\x02" + bytes([len(r)]) + r + b"\x02" + bytes([len(twin)]) + twin
    return b"\x30" + bytes([len(body)]) + body + der[-1:]
