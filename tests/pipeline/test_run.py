"""The nightly job: what it leaves, what it does not do again, drafts, corrections, rehearsals."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

from examples.demo.exchange import FIRST, SECOND
from por.liabilities.manifest import Manifest
from tests.conftest import good, por
from tests.pipeline.conftest import PASSPHRASE, Night


def sequence(night: Night, number: int) -> Manifest:
    return Manifest.from_bytes((night.publication(number) / "liabilities.json").read_bytes(), where="manifest")


def test_a_run_publishes_and_a_second_one_does_nothing(night: Night) -> None:
    first = night.run("--json")
    assert first.code == 1, first.err
    assert [step["ran"] for step in first.document["steps"]] == [True, True, True]
    assert por("audit", night.publication(), "--key", night.key).code == 1
    before = night.written()
    again = night.run("--json")
    assert again.code == 1 and [step["ran"] for step in again.document["steps"]] == [False, False, False]
    assert night.written() == before


def test_what_changed_is_done_again_and_no_more(night: Night) -> None:
    assert night.run("--draft", "--json").code == 1
    with (night.folder / "ledger.csv").open("a") as ledger:
        ledger.write("new.customer@example.jp,JPY,1\r\n")
    ran = night.run("--json")
    assert ran.code == 1
    assert [step["ran"] for step in ran.document["steps"]] == [True, False, True]


def test_a_published_sequence_is_not_stated_twice(night: Night) -> None:
    assert night.run().code == 1
    before = night.written()
    with (night.folder / "ledger.csv").open("a") as ledger:
        ledger.write("new.customer@example.jp,JPY,1\r\n")
    ran = night.run("--json")
    assert ran.code == 2 and ran.document["error"]["code"] == "sequence-taken"
    publications = {name: data for name, data in before.items() if name.startswith(("publications", "log"))}
    assert publications.items() <= night.written().items()


def test_sequence_and_moment_come_from_log_and_clock(night: Night) -> None:
    assert night.run("--as-of", FIRST).code in (0, 1)
    assert sequence(night, 2).header.as_of == FIRST, "the first of a log takes the sequence of snapshot.toml"
    ran = night.run("--as-of", FIRST, "--json")
    assert [step["ran"] for step in ran.document["steps"]] == [False, False, False], "the same moment again"
    assert night.run("--as-of", SECOND).code == 1
    assert sequence(night, 3).header.as_of == SECOND
    audited = por("audit", night.publication(3), "--key", night.key, "--previous", night.publication(2), "--json")
    history = next(check for check in audited.document["checks"] if check["id"] == "history")
    assert history["outcome"] == "holds"
    assert night.run("--as-of", FIRST, "--json").document["error"]["code"] == "schedule-past"
    assert night.run("--as-of", "2126-01-01T00:00:00Z", "--json").document["error"]["code"] == "as-of-future"


def test_a_correction_takes_the_next_sequence_and_says_why(night: Night) -> None:
    assert night.run().code == 1
    with (night.folder / "ledger.csv").open("a") as ledger:
        ledger.write("new.customer@example.jp,JPY,1\r\n")
    assert night.run("--replaces", "2", "--reason", "an account was missing").code == 1
    assert sequence(night, 3).header.as_of == SECOND
    shown = good("inspect", night.publication(3)).out
    assert "an account was missing" in shown
    assert por("audit", night.publication(3), "--key", night.key, "--json").code == 1
    assert night.run("--replaces", "2").code == 2, "a correction says why"


def test_a_draft_shows_and_sign_goes_on(night: Night) -> None:
    assert night.run("--sign", "--json").document["error"]["code"] == "draft-missing"
    drafted = night.run("--draft")
    assert drafted.code == 1 and "DRAFT of statement 2" in drafted.out and "por run --sign" in drafted.out
    assert not (night.folder / "log").exists() and not night.publication().exists()
    shown = night.run("--draft", "--json").document
    assert shown["draft"]["verdict"] == "does-not-hold" and shown["before"] is None
    signed = night.run("--sign", "--json")
    assert signed.code == 1 and signed.document["statement"]["digest"] == shown["draft"]["digest"]


def test_a_draft_marks_large_moves_and_only_that_draft_is_signed(night: Night) -> None:
    assert night.run("--as-of", FIRST).code in (0, 1)
    rows = (night.folder / "ledger.csv").read_text().splitlines()
    kept = [row for row in rows if ",USDC," not in row or row.split(",")[0] < "k"]
    (night.folder / "ledger.csv").write_text("\r\n".join(kept) + "\r\n")
    drafted = night.run("--as-of", SECOND, "--draft", "--json").document
    marked = {row["asset"]: row["marked"] for row in drafted["assets"]}
    assert marked["USDC"] == ["owed"] and marked["ETH"] == []
    with (night.folder / "ledger.csv").open("a") as ledger:
        ledger.write("new.customer@example.jp,JPY,1\r\n")
    ran = night.run("--as-of", SECOND, "--sign", "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "draft-differs"
    assert not night.publication(3).exists()


def test_two_at_once(night: Night) -> None:
    (night.folder / "work").mkdir()
    with (night.folder / "work/lock").open("wb") as held:
        fcntl.flock(held.fileno(), fcntl.LOCK_EX)
        ran = night.run("--json")
    assert ran.code == 4 and ran.document["error"]["code"] == "run-busy"


def test_a_rehearsal_looks_at_everything_and_writes_nothing(night: Night) -> None:
    before = sorted(night.folder.rglob("*"))
    ran = night.run("--check", "--json")
    assert sorted(night.folder.rglob("*")) == before
    found = {check["id"]: check["outcome"] for check in ran.document["checks"]}
    for name in ("snapshot", "policy", "wallets", "control", "declared", "keys", "ledger", "disk", "prices"):
        assert found[name] == "holds", (name, ran.out)
    assert found["node:eip155:31337"] == "holds"
    assert "challenges-expire" in found


def test_a_rehearsal_names_each_fault(night: Night) -> None:
    (night.folder / "prices.csv").write_text("asset,yen,at,source\n")
    (night.folder / "secret/passphrase").write_text("wrong\n")
    next((night.folder / "control").iterdir()).unlink()
    (night.folder / "secret/node.url").write_text("http://127.0.0.1:9/\n")
    ran = night.run("--check", "--json")
    assert ran.code == 1
    found = {check["id"]: check["outcome"] for check in ran.document["checks"]}
    assert found["control"] == found["prices"] == found["keys"] == "does-not-hold"
    assert found["node:eip155:31337"] == "undecided"


def test_events_and_metrics_tell_what_happened(night: Night) -> None:
    assert night.run().code == 1
    events = [json.loads(line) for line in (night.folder / "run.log").read_text().splitlines()]
    names = [event["event"] for event in events]
    assert names[0] == "run-started" and names[-1] == "run-ended"
    assert names.count("step-done") == 3 and "published" in names
    assert all(event["time"].endswith("Z") for event in events)
    metrics = metric(night)
    assert metrics["por_last_run_exit_code"] == "1" and metrics["por_statement_sequence"] == "2"
    assert float(metrics['por_coverage_ratio{asset="USDC"}']) < 1 < float(metrics['por_coverage_ratio{asset="ETH"}'])
    assert metrics['por_rule_holds{rule="segregation"}'] == "0"
    assert float(metrics["por_challenge_expires_days"]) > 0
    success = metrics["por_last_success_timestamp_seconds"]
    (night.folder / "prices.csv").unlink()
    assert night.run().code == 3
    assert metric(night)["por_last_success_timestamp_seconds"] == success
    assert metric(night)["por_last_run_exit_code"] == "3"
    last = json.loads((night.folder / "run.log").read_text().splitlines()[-2])
    assert last["event"] == "run-failed" and last["code"] == "file-missing"


def metric(night: Night) -> dict[str, str]:
    lines = [line for line in (night.folder / "por.prom").read_text().splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)  # type: ignore[arg-type]


def test_no_secret_is_in_anything_written_or_printed(night: Night) -> None:
    ran = night.run()
    checked, failed = night.run("--check"), night.run("--as-of", "nonsense")
    (night.folder / "secret/node.url").write_text("http://user:hunter2@127.0.0.1:9/?key-0123456789-in-the-path\n")
    (night.folder / "wallets.csv").write_text((night.folder / "wallets.csv").read_text() + "\n")
    broken = night.run("--as-of", SECOND, "--draft")
    private = (night.folder / "secret/attest.pem").read_text().splitlines()[1]
    master = (night.folder / "secret/master.key").read_text().strip()
    secrets = [PASSPHRASE, "key-0123456789-in-the-path", "hunter2", private, master]
    printed = "".join(row.out + row.err for row in (ran, checked, failed, broken))
    for secret in secrets:
        assert secret not in printed
        for path in night.folder.rglob("*"):
            if path.is_file() and path.parent.name != "secret":
                assert secret.encode() not in path.read_bytes(), path
                assert bytes.fromhex(master) not in path.read_bytes(), path


def test_p256_keys_serve_as_well(night: Night, tmp_path: Path) -> None:
    for name in ("attest.pem", "attest.pub"):
        (night.folder / "secret" / name).unlink()
    good(
        *("keys", "new", night.folder / "secret/attest.pem", "--name", "n", "--algorithm", "p256"),
        *("--passphrase-file", night.folder / "secret/passphrase"),
    )
    assert night.run().code == 1
    before = night.written()
    for path in sorted(night.publication().rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert night.run().code == 1
    assert night.written() == before, "deterministic signatures: the same bytes again"
    found = por("audit", night.publication(), "--key", night.key, "--json").document["checks"]
    assert next(check for check in found if check["id"] == "signature")["outcome"] == "holds"
