"""What must hold for any bytes whatever. Each target returns whether they were accepted, and raises when it does not.

Refused means a PorError: anything else that comes out of a parser is a find. Accepted means true: what is read
re-encodes to the very same bytes, and what a proof shows is in the trees. And all verifiers give the same answer.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import struct
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fixtures import exchange
from fixtures.cases import jcs
from por import canonical
from por.errors import PorError
from por.liabilities.manifest import FORMAT, Manifest
from por.liabilities.proofs_file import ProofsFile
from por.snapshot import AssetSettings
from tests.liabilities import reference, verifiers

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
WHO = exchange.ALICE
KERNEL_KEY = b"one snapshot key and always same"
STATEMENT = jcs(exchange.STATEMENT).encode()
PROOF = jcs(exchange.proof(WHO)).encode()
MANIFEST = jcs(
    {
        "format": FORMAT,
        "snapshot": exchange.HEADER,
        "snapshot_id": exchange.SNAPSHOT_ID.hex(),
        "account_id_kind": "login e-mail",
        "assets": exchange.STATEMENT["assets"],
    }
).encode()
OWN = {asset: reference.entry(asset, leaves, WHO) for asset, leaves in exchange.LEAVES.items()}


def ask(proof: bytes, statement: bytes) -> dict[str, int] | str:
    """The answer of all verifiers."""
    answers = [verifier(proof, statement, WHO) for verifier in verifiers.VERIFIERS]
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


def proof(data: bytes) -> bool:
    """Any bytes as a proof: the verifiers agree, and an accepted piece is one of the person's own."""
    answer = ask(data, STATEMENT)
    if isinstance(answer, str):
        return False
    for entry in json.loads(data)["entries"]:
        own = OWN[entry["asset"]]
        assert own is not None and all(piece in own["pieces"] for piece in entry["pieces"]), entry
    return True


def statement(data: bytes) -> bool:
    """Any bytes as a statement: the verifiers agree, and a good proof shows nothing but the balance."""
    answer = ask(PROOF, data)
    if isinstance(answer, str):
        return False
    assert answer == {asset: int(units) for asset, units in exchange.found(WHO).items()}
    return True


def manifest(data: bytes) -> bool:
    """Any bytes as a manifest: it is read whole and re-encodes to itself, or refused; the kernel reads its rows too."""
    try:
        found = Manifest.from_bytes(data, where="fuzz")
    except PorError as error:
        assert error.code and error.hint, error
        return False
    assert found.to_bytes() == data
    assert found == Manifest.from_bytes(found.to_bytes(), where="again")
    signed = {"snapshot_id": found.header.id.hex(), "assets": found.document()["assets"]}
    empty = canonical.encode({"format": "por-proof/1", "snapshot_id": found.header.id.hex(), "entries": []})
    assert ask(empty, canonical.encode(signed)) == {}
    return True


@cache
def honest_file() -> tuple[bytes, dict[str, bytes]]:
    """A file of all proofs, made once, and the proofs of two people in it and of one who is not."""
    from por.liabilities.build import build_liabilities
    from por.liabilities.prove_all import prove_all
    from tests.liabilities.ledgers import MASTER_KEY, SNAPSHOT_KEY, snapshot, write_csv

    assets = {"BTC": AssetSettings(decimals=8), "ETH": AssetSettings(decimals=18, pieces=3, split_above=5)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger = write_csv(folder / "l.csv", [(f"p{n}", asset, n) for n in range(20) for asset in assets])
        build_liabilities(ledger=[ledger], snapshot=snapshot(**assets), snapshot_key=SNAPSHOT_KEY, out=folder / "o")
        prove_all(folder / "o", where=[ledger], master_key=MASTER_KEY, out=folder / "all", payload_digest="ab" * 32)
        with ProofsFile(folder / "all") as proofs:
            return (folder / "all").read_bytes(), {who: proofs.proof(who) for who in ("p3", "p17")}


def proofs_file(data: bytes) -> bool:
    """Any bytes as a file of all proofs: refused, or the very proofs that were put in."""
    _, good = honest_file()
    found = read_file(data)
    assert found is None or found == good
    return found is not None


def mended_file(data: bytes) -> bool:
    """The same with digests mended, so that mutants get past them: still no piece that the trees do not have."""
    return honest_pieces(mend(data))


def directory(data: bytes) -> bool:
    """Any bytes as the directory of a file that is otherwise honest."""
    honest = honest_file()[0]
    at, _ = struct.unpack_from(">QQ", honest, len(honest) - 64)
    packed = zlib.compress(data)
    trailer = struct.pack(">QQ", at, len(packed)) + hashlib.sha256(packed).digest() + honest[-16:]
    return honest_pieces(honest[:at] + packed + trailer)


def honest_directory() -> bytes:
    honest = honest_file()[0]
    at, length = struct.unpack_from(">QQ", honest, len(honest) - 64)
    return zlib.decompress(honest[at : at + length])


def honest_pieces(data: bytes) -> bool:
    """Whether a file was read; what it gives are pieces that the trees have."""
    _, good = honest_file()
    found = read_file(data)
    for who, proof in (found or {}).items():
        own = [piece for entry in json.loads(good[who])["entries"] for piece in entry["pieces"]]
        shown = json.loads(proof).get("entries", [{"pieces": ["nothing"]}])  # under whatever names the file has
        assert all(piece in own for entry in shown for piece in entry["pieces"]), proof
    return found is not None


def read_file(data: bytes) -> dict[str, bytes] | None:
    """The proofs of two people; None when the file is refused."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as file:
        file.write(data)
        file.flush()
        try:
            with ProofsFile(Path(file.name)) as proofs:
                return {who: proofs.proof(who) for who in honest_file()[1]}
        except PorError as error:
            assert error.code and error.hint, error
            return None


def mend(data: bytes) -> bytes:
    """Put right digests over whatever the trailer calls the directory."""
    if len(data) < 80:
        return data
    at, length = struct.unpack_from(">QQ", data, len(data) - 64)
    packed = data[at : at + length]
    try:
        directory = json.loads(zlib.decompress(packed))
        index = directory["index"]
        table = data[index["at"] : at]
        pages = 1 << index["bits"]
        starts = struct.unpack_from(f">{pages + 1}Q", table)
        digests = [hashlib.sha256(data[a:b]).digest() for a, b in itertools.pairwise(starts)]
        table = table[: 8 * (pages + 1)] + b"".join(digests)
        index["digest"] = canonical.digest(table)
        packed = zlib.compress(canonical.encode(directory))
        at = index["at"] + len(table)
        data = data[: index["at"]] + table + packed + struct.pack(">QQ", at, len(packed)) + data[-48:]
    except (zlib.error, ValueError, KeyError, TypeError, struct.error, IndexError, OverflowError, MemoryError):
        pass
    return data[:-48] + hashlib.sha256(packed).digest() + data[-16:]


def stores() -> list[bytes]:
    """Stores of the kernel to be spoiled by its own fuzzer (kernel/fuzz), which knows this key."""
    from por.liabilities.build import build_liabilities
    from tests.liabilities.ledgers import snapshot, write_csv

    found = []
    for people, pieces in ((0, 1), (1, 1), (17, 1), (40, 3)):
        of = snapshot(BTC=AssetSettings(decimals=8, pieces=pieces), JPY=AssetSettings(decimals=0))
        rows = [("user-0", "JPY", 1), *((f"user-{number}", "BTC", 1000 * number) for number in range(people))]
        with tempfile.TemporaryDirectory() as name:
            ledger, out = write_csv(Path(name) / "l.csv", rows), Path(name) / "out"
            build_liabilities(ledger=[ledger], snapshot=of, snapshot_key=KERNEL_KEY, out=out)
            found.append((out / "BTC.tree").read_bytes())
    return found


def vectors(key: str) -> list[bytes]:
    """The bytes of every vector's proof or statement."""
    found = []
    for path in sorted(VECTORS.glob("*.json")):
        vector: dict[str, Any] = json.loads(path.read_text())
        found.append(verifiers.text_of(vector, key))
    return found


TARGETS: dict[str, tuple[Callable[[bytes], bool], Callable[[], list[bytes]]]] = {
    "proof": (proof, lambda: [*[PROOF] * 40, *vectors("proof")]),
    "statement": (statement, lambda: [*[STATEMENT] * 40, *vectors("statement")]),
    "proofs-file": (proofs_file, lambda: [honest_file()[0]]),
    "proofs-file-directory": (directory, lambda: [honest_directory()]),
    "proofs-file-mended": (mended_file, lambda: [honest_file()[0]]),
    "manifest": (manifest, lambda: [*[MANIFEST] * 40, STATEMENT, PROOF]),
}
"""Name to target and the corpus that mutation starts from (good documents several times, to be drawn more often)."""
