"""Killed at any moment, or with a full disk, the next run ends in the same bytes as an undisturbed one.

A child of this process runs the job; an audit hook counts whatever Python asks of the file system and kills the child,
as SIGKILL would, at a given count. The product code has no hooks for this.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.demo.exchange import FIRST, SECOND
from por.attestation.log import last_entry, read_checkpoint
from tests.conftest import por
from tests.pipeline.conftest import Night

WRITES = frozenset({"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "sqlite3.connect", "os.chmod"})
STEPS = 45
"""Moments at which the run is killed, spread evenly over all that there are."""


def counted(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return event in WRITES


def in_child(work: Callable[[], int]) -> int:
    """Run `work` in a child and return its wait status."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(work())
        except BaseException:
            os._exit(99)
    return os.waitpid(child, 0)[1]


def killed_at(night: Night, moment: int, *words: object) -> bool:
    """Run the job in a child that dies at its `moment`th write; tell whether it died."""

    def work() -> int:
        seen = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if counted(event, arguments):
                seen += 1
                if seen == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        return night.run(*words).code

    return os.WIFSIGNALED(in_child(work))


def moments(night: Night) -> int:
    """How many writes an undisturbed run asks for."""
    reader, writer = os.pipe()

    def work() -> int:
        seen = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            seen += counted(event, arguments)

        sys.addaudithook(hook)
        code = night.run().code
        os.write(writer, str(seen).encode())
        return code

    assert os.WEXITSTATUS(in_child(work)) == 1
    os.close(writer)
    found = int(os.read(reader, 100))
    os.close(reader)
    return found


def test_killed_anywhere_the_next_run_ends_in_the_same_bytes(night: Night, night_inputs: Path) -> None:
    whole = moments(night)
    assert whole > STEPS
    wanted = night.written()
    assert len([name for name in wanted if name.startswith("publications/2/")]) > 10
    died = 0
    for number in range(STEPS):
        renew(night, night_inputs)
        died += killed_at(night, 1 + number * whole // STEPS)
        if (night.publication() / "attestation.json").exists():
            assert por("audit", night.publication(), "--key", night.key).code == 1, "what stands verifies at any time"
        assert night.run().code == 1
        assert night.written() == wanted, f"killed at write {1 + number * whole // STEPS} of {whole}"
        assert not list(night.folder.rglob(".*.*")), "leftovers are cleared"
        assert entries(night) == 1
    assert died == STEPS


def test_killed_in_the_second_night_the_first_publication_stays(night: Night, night_inputs: Path) -> None:
    config = night.config.read_text().replace('"publications/{sequence}"', '"latest"')
    night.config.write_text(config)
    latest = night.folder / "latest"

    def first() -> bytes:
        renew(night, night_inputs)
        night.config.write_text(config)
        assert night.run("--as-of", FIRST).code in (0, 1)
        return (latest / "attestation.json").read_bytes()

    old = first()
    assert night.run("--as-of", SECOND).code == 1
    new = (latest / "attestation.json").read_bytes()
    assert new != old
    for moment in range(1, 160, 20):
        assert first() == old
        killed_at(night, moment, "--as-of", SECOND)
        stands = (latest / "attestation.json").read_bytes()
        assert stands in (old, new)
        assert por("audit", latest, "--key", night.key, "--json").document["outcome"] != "error"
        assert night.run("--as-of", SECOND).code == 1
        assert (latest / "attestation.json").read_bytes() == new
        assert entries(night) == 2


def test_cut_off_between_log_and_folder_the_next_night_finishes_both(night: Night, night_inputs: Path) -> None:
    whole = moments(night)
    for moment in range(whole, 0, -1):
        renew(night, night_inputs)
        killed_at(night, moment, "--as-of", FIRST)
        if last_entry(night.folder / "log") is not None and not night.publication(2).exists():
            break
    else:
        pytest.fail("no moment lies between the log and the folder")
    with (night.folder / "ledger.csv").open("a") as ledger:
        ledger.write("new.customer@example.jp,JPY,1\r\n")
    assert night.run("--as-of", SECOND).code == 1
    assert entries(night) == 2
    assert por("audit", night.publication(2), "--key", night.key, "--json").code in (0, 1)
    audited = por("audit", night.publication(3), "--key", night.key, "--previous", night.publication(2), "--json")
    assert {check["id"]: check["outcome"] for check in audited.document["checks"]}["history"] == "holds"


@pytest.mark.parametrize("limit", [100, 1_000, 4_000, 12_000, 20_000])
def test_a_full_disk_is_told_and_the_next_run_goes_on(night: Night, limit: int) -> None:
    def work() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return night.run().code

    (night.folder / "por.toml").write_text(night.config.read_text().partition("[report]")[0])
    assert os.WEXITSTATUS(in_child(work)) == 4
    assert not night.publication().exists()
    assert night.run().code == 1
    assert entries(night) == 1
    assert por("audit", night.publication(), "--key", night.key, "--json").code == 1


def renew(night: Night, inputs: Path) -> None:
    shutil.rmtree(night.folder)
    shutil.copytree(inputs, night.folder)


def entries(night: Night) -> int:
    head = read_checkpoint(night.folder / "log")
    assert head is not None
    return head.size
