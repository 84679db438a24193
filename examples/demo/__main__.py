"""`make demo`: an exchange publishes, a customer, a stranger and an auditor check, and a shortfall is stated."""

from __future__ import annotations

import json
import shutil
import sys
from decimal import Decimal
from pathlib import Path

from examples.demo import customers
from examples.demo.exchange import FIRST, GENESIS, SECOND, Exchange, unix
from examples.demo.story import ROOT, Story
from fixtures.chain import LocalChain

DEMO = ROOT / "demo"
CUSTOMER = 4242


def main() -> None:
    """Tell the whole story in demo/."""
    story = Story()
    if DEMO.exists():
        shutil.rmtree(DEMO)
    DEMO.mkdir()
    with LocalChain(start=unix(GENESIS)) as chain:
        tell(story, chain)
    story.end()


def tell(story: Story, chain: LocalChain) -> None:
    """Run the chapters."""
    publication, key = DEMO / "publication", DEMO / "attest.pub"
    story.chapter("An exchange: customers, wallets on a local chain, money in trust")
    totals = customers.write_ledger(DEMO / "ledger.csv")
    shop = Exchange(folder=DEMO / "exchange", chain=chain, totals=totals)
    shop.fund()
    shop.write_inputs(as_of=FIRST, sequence=1, publication="../publication")
    secret = shop.folder / "secret"
    secret.mkdir(mode=0o700)
    story.say(f"{customers.ACCOUNTS:,} accounts in demo/ledger.csv; the exchange owes them:")
    for holding in customers.HOLDINGS:
        whole = Decimal(totals[holding.asset]).scaleb(-holding.decimals)
        story.say(f"  {whole:>22,.2f} {holding.asset}")
    story.say("a hot wallet, a treasury contract and a wallet of its own coins hold ether and two tokens.")

    story.chapter("Keys, once")
    run = story.run
    run("keys", "new", secret / "attest.pem", "--name", "example.jp/reserves", "--no-passphrase")
    run("keys", "new", secret / "master.key", "--master", "--no-passphrase")
    shutil.copy(secret / "attest.pub", key)

    story.chapter("Liabilities: one sum tree per asset")
    run(
        *("liabilities", "build", DEMO / "ledger.csv", "--snapshot", shop.folder / "snapshot.toml"),
        *("--master-key", secret / "master.key", "-o", shop.folder / "work/liabilities"),
        show=10,
    )

    story.chapter("Reserves: each wallet signs, balances are read with proofs at one block")
    shop.prove_control(run, as_of=FIRST)
    shop.pass_cut_off(as_of=FIRST)
    run(
        *("reserves", "check", shop.folder / "wallets.csv", "--control", shop.folder / "control"),
        *("--snapshot", shop.folder / "snapshot.toml", "--node", shop.node, "--policy", "demo"),
        *("--declared", shop.folder / "declared.toml", "-o", shop.folder / "work/reserves"),
        show=18,
    )

    story.chapter("The rule book, the signature, the log, the publication")
    run(
        *("attest", "--liabilities", shop.folder / "work/liabilities", "--reserves", shop.folder / "work/reserves"),
        *("--policy", "demo", "--prices", shop.folder / "prices.csv", "--key", secret / "attest.pem"),
        *("--log", shop.folder / "log", "-o", publication),
        show=16,
    )
    story.say("which wallets are hot is for the auditor alone; whoever holds the annex redoes it by hand:")
    run("rules", "explain", "hot-limit", publication, "--annex", shop.folder / "work/reserves/annex.json", show=30)

    story.chapter("A customer verifies")
    account = customers.account_name(CUSTOMER)
    (DEMO / "account.txt").write_text(account + "\n")
    run(
        *("liabilities", "prove", shop.folder / "work/liabilities", account, "--master-key", secret / "master.key"),
        *("--attestation", publication, "-o", DEMO / "proof.json"),
    )
    run("verify", DEMO / "proof.json", "--key", key, "--account-id-file", DEMO / "account.txt", show=12)

    story.chapter("A tampered proof is refused")
    tampered = tamper(DEMO / "proof.json", DEMO / "tampered.json")
    story.say(f"somebody adds to the balance in the proof: {tampered}")
    run("verify", DEMO / "tampered.json", "--key", key, "--account-id-file", DEMO / "account.txt", expect=1, show=3)

    story.chapter("An auditor re-checks, with nothing but the publication and the key")
    run("audit", publication, "--key", key, show=40)
    story.say("... and with the ledger and the key of this one snapshot, every tree is built again:")
    run(
        *("keys", "snapshot", "--master-key", secret / "master.key", "--snapshot", shop.folder / "snapshot.toml"),
        *("--no-passphrase", "-o", shop.folder / "snapshot.key"),
    )
    audited = run(
        *("audit", publication, "--key", key, "--ledger", DEMO / "ledger.csv", "--node", shop.node, "--json"),
        *("--annex", shop.folder / "work/reserves/annex.json"),
        *("--snapshot", shop.folder / "snapshot.toml", "--snapshot-key", shop.folder / "snapshot.key"),
    )
    for check in json.loads(audited)["checks"]:
        if check["id"] in ("liabilities-rebuilt", "control-contract", "block-canonical", "rule:hot-limit"):
            story.say(f"{check['id']}: {check['outcome']} ({check['basis']}): {check['detail'][:100]}")

    story.chapter("The next day: a theft, and a shortfall that is stated")
    stolen = totals["USDC"] // 50
    shop.lose_tokens(shop.usdc, stolen)
    story.say(f"{stolen / 10**6:,.2f} USDC leave the hot wallet for an unknown address.")
    shop.write_inputs(as_of=SECOND, sequence=2, publication="../shortfall")
    shop.prove_control(run, as_of=SECOND)
    shop.pass_cut_off(as_of=SECOND)
    run("run", shop.folder / "por.toml", expect=1, show=22)
    run("audit", DEMO / "shortfall", "--key", key, "--previous", publication, "--json", expect=1)
    run("rules", "explain", "segregation", DEMO / "shortfall", show=40)
    story.say("por audit says so too, with exit code 1, and that the log only grew since yesterday.")

    story.chapter("Pages for everybody: a static site of both days")
    run(
        *("publish", publication, DEMO / "shortfall", "-o", DEMO / "site", "--key", key),
        *("--log", shop.folder / "log"),
        show=4,
    )
    story.say(
        "a shortfall comes first on its page; the page for customers has the key in it and works without a network."
    )

    story.chapter("Where things are")
    for path, what in (
        ("demo/ledger.csv", "what the exchange owes (secret)"),
        ("demo/publication/", "what it publishes: holds"),
        ("demo/shortfall/", "the next day's: states a shortfall"),
        ("demo/site/", "the site: any web server can hold it, and it opens from the disk"),
        ("demo/proof.json", "one customer's proof, with the signed statement in it"),
        ("demo/account.txt", "that customer's account id"),
        ("demo/attest.pub", "the exchange's public key"),
        ("demo/exchange/", "the exchange's own folder: inputs, secrets, store, log"),
    ):
        story.say(f"{path:20} {what}")
    story.say("try: .venv/bin/por verify demo/proof.json --key demo/attest.pub --account-id-file demo/account.txt")
    story.say("     .venv/bin/por audit demo/publication --key demo/attest.pub")
    story.say(f"open the site in a browser: {(DEMO / 'site/index.html').as_uri()}")
    story.say(f"and check the proof there: {(DEMO / 'site/verify.html').as_uri()}, account {account}")


def tamper(source: Path, target: Path) -> str:
    """Change one amount in a proof as a hopeful forger would; return what was changed."""
    proof = json.loads(source.read_bytes())
    piece = proof["entries"][0]["pieces"][0]
    before, piece["amount"] = piece["amount"], str(int(piece["amount"]) * 2 + 1)
    target.write_bytes(json.dumps(proof, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode())
    return f"{before} becomes {piece['amount']} base units of {proof['entries'][0]['asset']}"


if __name__ == "__main__":
    sys.exit(main())
