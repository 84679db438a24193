"""The shell lines of docs/VERIFY.md, as they stand there, against real publications, good and tampered with."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from por import canonical
from por.attestation import envelope, logproof, private
from por.attestation.countersign import countersign
from por.attestation.keys import Algorithm
from por.attestation.tsa import stamp
from tests.attestation import samples
from tests.attestation.keyworld import LATER, Keys, small, write
from tests.tsa import authority

PAGE = Path(__file__).parents[2] / "docs" / "VERIFY.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("openssl", "jq", "sha256sum", "basenc")),
    reason="needs openssl, jq and coreutils",
)


def _run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh"], input="".join(BLOCKS), cwd=folder, capture_output=True, text=True, check=False)


def _publish(folder: Path, algorithm: Algorithm, statements: int) -> samples.Exchange:
    exchange = samples.exchange(folder, algorithm)
    for number in range(statements):
        exchange = exchange.next() if number else exchange
        exchange.attest()
    private.write_public(folder / "attest.pub", exchange.signer.public)
    return exchange


@pytest.mark.parametrize(
    ("algorithm", "statements"),
    [(Algorithm.ED25519, 1), (Algorithm.ED25519, 2), (Algorithm.ED25519, 3), (Algorithm.P256, 4), (Algorithm.P256, 7)],
)
def test_the_lines_pass_on_a_good_publication(algorithm: Algorithm, statements: int, tmp_path: Path) -> None:
    exchange = _publish(tmp_path, algorithm, statements)
    done = _run(tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    signed = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a")
    assert signed.digest in done.stdout
    assert exchange.signer.public.keyid in done.stdout
    assert done.stdout.count("Signature Verified Successfully") == 2
    assert '"verdict": "holds"' in done.stdout


def test_a_countersigned_publication_passes(tmp_path: Path) -> None:
    exchange = _publish(tmp_path, Algorithm.ED25519, 1)
    path = exchange.out / "attestation.json"
    payload = envelope.parse(path.read_bytes(), where="a").payload
    path.write_bytes(envelope.sign(payload, [exchange.signer, private.generate(Algorithm.P256)]).to_bytes())
    assert _run(tmp_path).returncode == 0


def _flip(name: str, at: int) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        path = folder / "publication" / name
        data = path.read_bytes()
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    return spoil


def _edit(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    """Edit the statement inside the envelope, and keep the signature."""

    def spoil(folder: Path) -> None:
        path = folder / "publication" / "attestation.json"
        document = json.loads(path.read_bytes())
        statement = json.loads(canonical.decode_base64(document["payload"], where="a"))
        change(statement)
        document["payload"] = canonical.encode_base64(canonical.encode(statement))
        path.write_bytes(canonical.encode(document))

    return spoil


def _swap_log(name: str) -> Callable[[Path], None]:
    """Take a log file of another exchange's publication that is signed by nobody we know."""

    def spoil(folder: Path) -> None:
        other = samples.exchange(folder / "other")
        other.attest()
        other = other.next()
        other.attest()
        shutil.copy(other.out / name, folder / "publication" / name)

    return spoil


def _another_key(folder: Path) -> None:
    (folder / "attest.pub").write_bytes(private.generate().public.pem)


SPOILERS: dict[str, Callable[[Path], None]] = {
    "liabilities": _flip("liabilities.json", 300),
    "reserves": _flip("reserves.json", 200),
    "prices": _flip("prices.csv", 30),
    "policy": _flip("policy.toml", 5),
    "declared": _flip("declared.toml", 40),
    "signature": _flip("attestation.json", -20),
    "checkpoint-size": _flip("log/checkpoint", 31),
    "checkpoint-signature": _flip("log/checkpoint", -20),
    "inclusion-path": _flip("log/inclusion.json", 70),
    "statement": _edit(lambda doc: doc.update(verdict="holds")),
    "stranger": _another_key,
    "other-checkpoint": _swap_log(logproof.CHECKPOINT),
    "other-inclusion": _swap_log(logproof.INCLUSION),
    "evidence-missing": lambda folder: next((folder / "publication/evidence").iterdir()).unlink(),
    "evidence-differs": lambda folder: next((folder / "publication/evidence").iterdir()).write_bytes(b"x"),
    "file-missing": lambda folder: (folder / "publication/prices.csv").unlink(),
    "file-added": lambda folder: (folder / "publication/note.txt").write_text("trust me"),
    "log-missing": lambda folder: (folder / "publication/log/checkpoint").unlink(),
}


@pytest.mark.parametrize("name", SPOILERS)
def test_the_lines_fail_on_a_tampered_publication(name: str, tmp_path: Path) -> None:
    _publish(tmp_path, Algorithm.ED25519, 3)
    SPOILERS[name](tmp_path)
    assert _run(tmp_path).returncode != 0


@pytest.mark.parametrize("block", range(1, len(BLOCKS)))
def test_no_block_passes_on_nothing(block: int, tmp_path: Path) -> None:
    """Each block by itself needs what it says it looks at."""
    done = subprocess.run(
        ["sh"], input=BLOCKS[0] + BLOCKS[block], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


FURTHER = dict(re.findall(r"^```sh ([a-z]+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def _further(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run the first two steps, which those of further signatures need, and one of these."""
    lines = "".join(BLOCKS[:3]) + FURTHER[name]
    return subprocess.run(["sh"], input=lines, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_the_lines_on_a_countersignature(algorithm: Algorithm, tmp_path: Path) -> None:
    exchange, other = _publish(tmp_path, Algorithm.ED25519, 1), private.generate(algorithm)
    private.write_public(tmp_path / "other.pub", other.public)
    assert _further(tmp_path, "other").returncode != 0
    countersign(exchange.out, other)
    done = _further(tmp_path, "other")
    assert done.returncode == 0 and done.stdout.count("Signature Verified Successfully") == 2, done.stderr
    shutil.copy(tmp_path / "attest.pub", tmp_path / "other.pub")  # one signer counted twice
    assert _further(tmp_path, "other").returncode != 0


def test_the_lines_on_a_timestamp(tmp_path: Path) -> None:
    exchange = _publish(tmp_path, Algorithm.P256, 1)
    with authority() as tsa, authority() as stranger:
        stamp(exchange.out, [tsa.url])
        shutil.copy(tsa.root, tmp_path / "tsa.pem")
        done = _further(tmp_path, "timestamp")
        assert done.returncode == 0 and "Time stamp: Nov 21 00:00:00 2026 GMT" in done.stdout, done.stderr
        assert _run(tmp_path).returncode == 0
        shutil.copy(stranger.root, tmp_path / "tsa.pem")
        assert _further(tmp_path, "timestamp").returncode != 0
        shutil.copy(tsa.root, tmp_path / "tsa.pem")
        exchange = exchange.next()
        (token,) = (tmp_path / "publication/timestamps").iterdir()
        kept = token.read_bytes()
        exchange.attest()
        token.parent.mkdir()
        token.write_bytes(kept)
        assert _further(tmp_path, "timestamp").returncode != 0  # of the statement before


def test_the_lines_on_key_files(tmp_path: Path) -> None:
    _publish(tmp_path, Algorithm.ED25519, 1)
    keys = Keys()
    one = small(keys)
    two = keys.next(one, lambda rows: rows["attest"].update(revoked={"at": LATER, "reason": "stolen"}))
    both = ("keeper 1", "keeper 3")
    write(tmp_path / "keys", keys.signed(one, *both))
    assert _further(tmp_path, "keys").returncode == 0
    write(tmp_path / "keys", keys.signed(two, *both))
    done = _further(tmp_path, "keys")
    assert done.returncode == 0 and "stolen" in done.stdout, done.stderr
    for names in (("keeper 1",), ("keeper 1", "attest"), ("stranger 1", "stranger 2")):
        write(tmp_path / "keys", keys.signed(two, *names))
        assert _further(tmp_path, "keys").returncode != 0, names
    spoiled = bytearray((tmp_path / "keys/1.keys.json").read_bytes())
    write(tmp_path / "keys", keys.signed(two, *both))
    write(tmp_path / "keys", keys.signed(small(keys, issuer="Another"), *both))  # another first version
    assert _further(tmp_path, "keys").returncode != 0
    (tmp_path / "keys/1.keys.json").write_bytes(bytes(spoiled))
    assert _further(tmp_path, "keys").returncode == 0
