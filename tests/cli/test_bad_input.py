"""Bad input gets a clear error with a hint and the right exit code, and earlier output stays as it was."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from fixtures.chain import LocalChain, key, sign_text
from tests.conftest import Ran, World, por
from tests.reserves.spoiled import spoiled

HEAD = "account_id,asset,amount\n"


def text(content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "ledger.csv"
        path.write_text(content)
        return path

    return write


def parquet(query: str, *, cut: int = 0) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "ledger.parquet"
        duckdb.sql(query).write_parquet(str(path))
        if cut:
            path.write_bytes(path.read_bytes()[:-cut])
        return path

    return write


LEDGERS = {
    "empty": (text(""), "ledger"),
    "header-only": (text(HEAD), "no rows"),
    "float-column": (parquet("select 'a' account_id, 'ETH' asset, 1.5::double amount"), "float"),
    "negative": (text(HEAD + "a,ETH,5\nb,ETH,-5\n"), "2"),
    "repeated-row": (text(HEAD + "a,ETH,5\nb,ETH,1\na,ETH,6\n"), "3"),
    "unknown-asset": (text(HEAD + "a,DOGE,5\n"), "DOGE"),
    "long-id": (text(HEAD + "x" * 256 + ",ETH,5\n"), "255"),
    "id-with-blank": (text(HEAD + "a b,ETH,5\n"), "blank"),
    "truncated-parquet": (parquet("select 'a' account_id, 'ETH' asset, 5::bigint amount", cut=30), "ledger.parquet"),
    "missing-column": (text("account_id,amount\na,5\n"), "asset"),
    "text-amount": (text(HEAD + "a,ETH,5.5\n"), "1"),
}


@pytest.mark.parametrize("name", LEDGERS)
def test_a_bad_ledger_is_told_and_nothing_is_lost(world: World, tmp_path: Path, name: str) -> None:
    make, told = LEDGERS[name]
    good = tmp_path / "good.csv"
    good.write_text(HEAD + "a,ETH,5\n")
    out = tmp_path / "out"
    assert build(world, good, out).code == 0
    before = contents(out)
    ran = build(world, make(tmp_path), out)
    assert ran.code == 3, ran.err
    assert ran.err.startswith("error: ") and "\nhint: " in ran.err
    assert told in ran.err
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def build(world: World, ledger: Path, out: Path) -> Ran:
    return por(
        *("liabilities", "build", ledger, "--snapshot", world.folder / "first.toml"),
        *("--master-key", world.secret / "master.key", "-o", out),
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reserves(world: World, out: Path, *, node: str, control: Path | None = None) -> Ran:
    shop = world.shop
    return por(
        *("reserves", "check", shop.folder / "wallets.csv", "--control", control or shop.folder / "control"),
        *("--snapshot", shop.folder / "snapshot.toml", "--node", f"eip155:31337={node}", "-o", out),
    )


def test_a_node_of_another_chain(world: World, tmp_path: Path) -> None:
    assert reserves(world, tmp_path / "out", node=world.shop.chain.url).code == 0
    before = contents(tmp_path / "out")
    with LocalChain(start=1_700_000_000, chain_id=1) as other:
        ran = reserves(world, tmp_path / "out", node=other.url)
    assert ran.code == 4 and "eip155:1" in ran.err and "eip155:31337" in ran.err and "hint: " in ran.err
    assert contents(tmp_path / "out") == before


def test_a_node_that_stops_half_way(world: World, tmp_path: Path) -> None:
    assert reserves(world, tmp_path / "out", node=world.shop.chain.url).code == 0
    before = contents(tmp_path / "out")
    with spoiled(world.shop.chain.port) as (url, spoiler):
        # Told True, the proxy has nothing more to say and closes the connection.
        spoiler.reply = lambda handler, questions: len(spoiler.asked) > 12
        ran = reserves(world, tmp_path / "out", node=url)
    assert "s3cretpass" not in ran.err
    assert ran.code == 4 and "hint: " in ran.err, ran.err
    assert contents(tmp_path / "out") == before


def test_a_signature_by_the_wrong_key(world: World, tmp_path: Path) -> None:
    shop, folder = world.shop, tmp_path / "challenges"
    folder.mkdir()
    for path in (shop.folder / "challenges").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    signed = next(folder.glob(f"*{shop.addresses.hot}.sig"))
    signed.write_text(sign_text(key("a stranger"), signed.with_suffix(".txt").read_text()))
    ran = por("wallets", "import", shop.folder / "wallets.csv", "--signatures", folder, "-o", tmp_path / "control")
    assert ran.code == 1 and shop.addresses.hot in ran.err and "hint: " in ran.err
    assert not (tmp_path / "control").exists()


def test_a_full_disk(world: World, tmp_path: Path) -> None:
    """A limit on file sizes stands in for the disk, in a process of its own: the same error arises in a write."""
    ledger = tmp_path / "ledger.csv"
    ledger.write_text(HEAD + "".join(f"account-{n},ETH,{n}\n" for n in range(20_000)))
    out = tmp_path / "out"
    assert build(world, ledger, out).code == 0
    before = contents(out)
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "from por.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["liabilities", "build", ledger, "--snapshot", world.folder / "first.toml", "-o", out]
    words += ["--master-key", world.secret / "master.key"]
    ran = subprocess.run([sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=False)
    assert ran.returncode == 4, ran.stderr
    assert "full" in ran.stderr and "hint: " in ran.stderr
    assert contents(out) == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["rules", "list"], 4, "standard output: the disk is full"),
        (["rules", "list", "--json"], 4, "standard output: the disk is full"),
        (["rules", "list", "--policy", "nowhere", "--json"], 5, "no policy pack nowhere"),
    ],
)
def test_a_full_standard_output(words: list[str], code: int, told: str) -> None:
    program = "import sys; from por.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", program, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ran.returncode == code
    assert ran.stderr.startswith(f"error: {told}\nhint: ")
    assert "Exception" not in ran.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nonsense"], 2),
        (["verify"], 2),
        (["verify", "missing.json", "--key", "missing.pub"], 5),
        (["audit", "/nonexistent", "--key", "missing.pub"], 5),
        (["keys", "show", "missing.pub"], 5),
        (["rules", "list", "--policy", "nowhere"], 5),
        (["inspect", "missing.json"], 3),
        (["reserves", "check", "missing.csv", "--control", "c", "--snapshot", "s", "-o", "o"], 3),
        (["audit", "x", "--key", "k", "--node", "nonsense"], 5),
    ],
)
def test_errors_are_one_document_with_json(words: list[str], code: int) -> None:
    plain, ran = por(*words), por(*words, "--json")
    assert plain.code == ran.code == code
    assert plain.err.startswith("error: ") and "hint: " in plain.err and plain.out == ""
    document = ran.document
    assert document["format"] == "por-result/1" and document["outcome"] == "error"
    assert document["error"]["kind"] and document["error"]["message"] and document["error"]["hint"]
