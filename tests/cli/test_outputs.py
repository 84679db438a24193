"""stdout is the result and nothing else; secrets reach nothing that is written; nothing foreign drives the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from por.cli import terminal
from tests.conftest import World, good, por


def test_verify_tells_in_words_what_was_found(world: World) -> None:
    ran = good("verify", world.proof, "--key", world.key, "--account-id-file", world.account_file)
    assert "We found " in ran.out and " for you." in ran.out
    assert "Compare this with your account page" in ran.out
    assert "does not prove" in ran.out and "is not covered" in ran.out
    assert world.account not in ran.out + ran.err
    assert ran.err == ""


def test_verify_expects(world: World) -> None:
    words = ("verify", world.proof, "--key", world.key, "--account-id-file", world.account_file)
    found = good(*words, "--json").document["found"]
    exact = [f"{row['asset']}={row['shown'].replace(',', '')}" for row in found]
    good(*words, *(word for text in exact for word in ("--expect", text)))
    ran = por(*words, "--expect", f"{found[0]['asset']}=123456789")
    assert ran.code == 1 and "not 123456789" in ran.err
    assert por(*words, "--expect", "DOGE=1").code == 1
    assert por(*words, "--expect", "ETH").code == 2


def test_verify_of_a_statement_that_admits_a_shortfall_says_so_first(world: World, tmp_path: Path) -> None:
    store, master = world.shop.folder / "work/liabilities", world.secret / "master.key"
    proof = tmp_path / "proof.json"
    good(
        *("liabilities", "prove", store, world.account, "--master-key", master),
        *("--attestation", world.shortfall, "-o", proof),
    )
    ran = good("verify", proof, "--key", world.key, "--account-id-file", world.account_file)
    assert ran.out.startswith("THE STATEMENT ITSELF ADMITS A FAILED TEST")


def test_verify_wants_the_account_and_a_key(world: World, tmp_path: Path) -> None:
    assert por("verify", world.proof, "--account-id-file", world.account_file).code == 5
    other = tmp_path / "account.txt"
    other.write_text("somebody.else@example.jp\n")
    assert por("verify", world.proof, "--key", world.key, "--account-id-file", other).code == 1
    other.write_text("two words\n")
    assert por("verify", world.proof, "--key", world.key, "--account-id-file", other).code == 3


def test_the_one_line_key_does(world: World) -> None:
    line = good("keys", "show", world.key, "--name", "example.jp/reserves", "--json").document["verifier_key"]
    good("verify", world.proof, "--key", line, "--account-id-file", world.account_file)
    good("audit", world.publication, "--key", line)


def test_every_command_has_one_json_document(world: World, tmp_path: Path) -> None:
    commands: list[tuple[object, ...]] = [
        ("rules", "list"),
        ("rules", "explain", "segregation", world.publication, "--policy", "demo"),
        ("inspect", world.publication),
        ("keys", "show", world.key),
        ("wallets", "status", world.shop.folder / "wallets.csv", "--control", world.shop.folder / "control"),
        ("keys", "new", tmp_path / "k.pem", "--name", "k", "--no-passphrase"),
    ]
    for words in commands:
        document = good(*words, "--json").document
        assert document["format"] == "por-result/1"
        assert document["command"] == " ".join(str(word) for word in words[: 1 if words[0] == "inspect" else 2])


def test_inspect_shows_every_file_and_never_says_valid(world: World) -> None:
    files = [path for path in world.publication.rglob("*") if path.is_file()]
    files += [world.proof, world.reserves / "annex.json", world.key, world.folder / "exchange/snapshot.toml"]
    for path in files:
        ran = good("inspect", path)
        assert "valid" not in ran.out.lower(), path
        assert "nothing was checked" in ran.out, path


def test_run_again_does_nothing_again(world: World) -> None:
    before = {path: path.read_bytes() for path in world.shortfall.rglob("*") if path.is_file()}
    ran = por("run", world.shop.folder / "por.toml", "--json")
    assert ran.code == 1, "the statement that stands states a shortfall"
    assert [step["ran"] for step in ran.document["steps"]] == [False, False, False]
    assert {path: path.read_bytes() for path in world.shortfall.rglob("*") if path.is_file()} == before


def test_nothing_published_holds_an_account_a_nonce_or_a_balance(world: World) -> None:
    published = {path: path.read_bytes() for path in world.publication.rglob("*") if path.is_file()}
    nonces, balances = secrets_of(world)
    accounts = [line.split(",")[0] for line in world.ledger.read_text().splitlines()[1:]]
    for path, data in published.items():
        for account in set(accounts):
            assert account.encode() not in data, path
        for nonce in nonces:
            assert nonce.encode() not in data and bytes.fromhex(nonce) not in data, path
        for balance in balances:
            assert f'"{balance}"'.encode() not in data, path


def secrets_of(world: World) -> tuple[set[str], set[str]]:
    """The nonces and amounts in proofs of some customers; round amounts could stand for something else."""
    nonces, balances = set(), set()
    accounts = sorted({line.split(",")[0] for line in world.ledger.read_text().splitlines()[1:]})[:20]
    for number, account in enumerate(accounts):
        out = world.folder / f"secret-{number}.json"
        good("liabilities", "prove", world.store, account, "--master-key", world.secret / "master.key", "-o", out)
        for entry in json.loads(out.read_bytes())["entries"]:
            nonces |= {piece["nonce"] for piece in entry["pieces"]}
            balances |= {piece["amount"] for piece in entry["pieces"] if len(piece["amount"]) > 5}
        out.unlink()
    assert len(nonces) > 30 and len(balances) > 20
    return nonces, balances


def test_secrets_reach_no_output(world: World) -> None:
    master = (world.secret / "master.key").read_text().strip()
    private = (world.secret / "attest.pem").read_text().splitlines()[1]
    store_names = {path.name for path in world.store.iterdir()}
    for path in [*world.publication.rglob("*"), *world.shop.folder.joinpath("log").rglob("*"), world.proof]:
        if path.is_file():
            data = path.read_bytes()
            assert master.encode() not in data and private.encode() not in data
            assert bytes.fromhex(master) not in data
    assert not store_names & {path.name for path in world.publication.rglob("*.tree")}
    assert (world.secret / "master.key").stat().st_mode & 0o777 == 0o600
    assert (world.store).stat().st_mode & 0o777 == 0o700


def test_foreign_text_cannot_drive_the_terminal() -> None:
    assert terminal.safe("\x1b[31mred\u202e") == "\\u001b[31mred\\u202e"
