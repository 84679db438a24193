"""On a real terminal: progress is shown, and the command ends as it does without one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.conftest import World

POR = Path(sys.executable).with_name("por")


def on_a_terminal(*words: object) -> tuple[int, str]:
    """Run `por` with a pseudo-terminal as its output and errors; return its exit code and what it showed."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen([str(POR), *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return done.wait(), shown.decode("utf-8", "replace")


def test_a_build_shows_progress_and_ends_well(world: World, tmp_path: Path) -> None:
    code, shown = on_a_terminal(
        *("liabilities", "build", world.ledger, "--snapshot", world.folder / "first.toml"),
        *("--master-key", world.secret / "master.key", "-o", tmp_path / "out"),
    )
    assert code == 0, shown
    assert "rows" in shown and "wrote " in shown
    assert (tmp_path / "out/liabilities.json").is_file()


def test_a_run_shows_progress_and_ends_with_its_verdict(world: World) -> None:
    code, shown = on_a_terminal("run", world.shop.folder / "por.toml")
    assert code == 1, shown
    assert "a bug of ours" not in shown
