"""Ctrl-C and progress in a real process: nothing half-made stays, and a terminal sees rows, speed and time left."""

import gzip
import os
import pty
import re
import select
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.liabilities.ledgers import MASTER_KEY, snapshot, write_csv

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"}

WAITING = """
    import sys, time
    import pyarrow as pa
    from pathlib import Path
    from por.errors import PorError
    from tests.liabilities.reading import build

    kinds = {{"account_id": pa.string(), "asset": pa.string(), "amount": pa.int64(), "kind": pa.string()}}
    schema = pa.schema(list(kinds.items()))

    def batches():
        for number in range(10_000):
            names = [f"user-{{number}}-{{row}}" for row in range(1000)]
            yield pa.record_batch([names, ["BTC"] * 1000, [1] * 1000, ["spot"] * 1000], schema=schema)
            if number == 3:
                print("reading", flush=True)
            time.sleep(0.01)

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    try:
        build(reader, out=Path(sys.argv[1]), {options})
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("options", ['ignored=("kind",)', 'class_column="kind"'])
def test_an_interrupted_build_leaves_nothing_and_the_earlier_one_as_it_was(tmp_path, options):
    out = tmp_path / "work" / "out"
    out.mkdir(parents=True)
    (out / "liabilities.json").write_text("earlier")
    program = textwrap.dedent(WAITING.format(options=options))
    child = subprocess.Popen(
        [sys.executable, "-c", program, out], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert child.stdout.readline() == "reading\n", child.stderr.read()
    child.send_signal(signal.SIGINT)
    asked = time.monotonic()
    told, errors = child.communicate(timeout=20)
    assert told == "interrupted\n", errors
    assert time.monotonic() - asked < 10
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert [path.name for path in out.iterdir()] == ["liabilities.json"]


@pytest.fixture
def exchange(tmp_path):
    """Inputs of `por liabilities build` in a folder: snapshot, master key, and no ledger yet."""
    (tmp_path / "snapshot.toml").write_text(snapshot().to_toml())
    key = tmp_path / "master.key"
    key.write_text(MASTER_KEY.hex() + "\n")
    key.chmod(0o600)
    return tmp_path


def command(exchange, *words):
    fixed = ["--snapshot", "snapshot.toml", "--master-key", "master.key", "-o", "out"]
    return [sys.executable, "-c", "from por.cli.main import entry; entry()", "liabilities", "build", *words, *fixed]


def many(path, count):
    write_csv(path, [(f"user-{number:07}@example.jp", "BTC", number) for number in range(count)])
    return path


def on_terminal(words, folder):
    """Run a command with a terminal as its stderr; return exit code, stdout and what the terminal got."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=follower, env=ENVIRONMENT)
    os.close(follower)
    shown = b""
    while True:
        ready, _, _ = select.select([leader], [], [], 30)
        try:
            got = os.read(leader, 65536) if ready else b""
        except OSError:  # the other end is closed
            got = b""
        if not got:
            break
        shown += got
    os.close(leader)
    out = child.stdout.read().decode()
    return child.wait(timeout=30), out, shown.decode(errors="replace")


def test_a_terminal_sees_rows_and_speed_and_stdout_stays_the_result(exchange):
    many(exchange / "ledger.csv", 400_000)
    code, out, shown = on_terminal(command(exchange, "ledger.csv"), exchange)
    assert code == 0, shown
    assert "reading the ledger" in shown and re.search(r"[1-9][0-9,]* rows \([0-9,]*/s\)", shown), shown[-2000:]
    assert "BTC" in out and "\x1b" not in out


def test_without_a_terminal_nothing_is_shown(exchange):
    many(exchange / "ledger.csv", 1000)
    done = subprocess.run(
        command(exchange, "ledger.csv"), cwd=exchange, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_command_interrupted_ends_with_130_and_leaves_nothing(exchange):
    packed = exchange / "ledger.csv.gz"
    packed.write_bytes(gzip.compress(many(exchange / "plain.csv", 1_500_000).read_bytes(), compresslevel=1))
    before = sorted(path.name for path in exchange.iterdir())
    child = subprocess.Popen(
        command(exchange, packed.name), cwd=exchange, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    began = exchange / "began"
    for _ in range(1000):  # the build has begun when its folder beside `out` is there
        if any(path.name.startswith(".out.") for path in exchange.iterdir()) or child.poll() is not None:
            began = None
            break
        time.sleep(0.01)
    assert began is None
    time.sleep(
        0.2
    )  # into the reading; what a signal leaves between two steps of making the folder, the next run sweeps
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    told = b"error: interrupted\nhint: what was finished stays; run the same command again"
    assert (child.returncode, errors.strip()) == (130, told)
    assert sorted(path.name for path in exchange.iterdir()) == before
