"""How the demonstration tells what it does: numbered chapters, the commands as typed, the lines that matter."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = 8
"""Lines of a command's output that the story repeats; the rest is the reader's to run."""


class Story:
    """Runs `por` as people type it and says what came of it."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.chapters = 0
        self.bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.chapters += 1
        line = f"{self.chapters}. {title}"
        print(f"\n\033[1m{line}\033[0m" if self.bold else f"\n{line}", flush=True)

    def say(self, text: str) -> None:
        """Say a sentence."""
        print(f"   {text}", flush=True)

    def run(self, *words: object, expect: int = 0, show: int = 0, stdin: str | None = None) -> str:
        """Run `por` with these words; show the command, and `show` lines of its result; insist on its exit code."""
        told = " ".join(shlex.quote(_short(word)) for word in words)
        print(f"   $ por {told}", flush=True)
        program = Path(sys.executable).with_name("por")
        done = subprocess.run(
            [str(program), *map(_short, words)], capture_output=True, text=True, cwd=ROOT, input=stdin, check=False
        )
        lines = (done.stdout + done.stderr if expect else done.stdout).splitlines()
        for line in lines[:show] if show > 0 else []:
            print(f"     | {line}", flush=True)
        if len(lines) > show > 0:
            print(f"     | ... {len(lines) - show} more lines", flush=True)
        if done.returncode != expect:
            sys.stdout.write(done.stdout)
            sys.stderr.write(done.stderr)
            raise SystemExit(f"por {told} ended with {done.returncode}, not {expect}")
        return done.stdout

    def end(self) -> None:
        """Say how long it took."""
        print(f"\ndone in {time.monotonic() - self.begun:.0f} seconds", flush=True)


def _short(word: object) -> str:
    """Show paths as they are typed in the checkout."""
    return str(word).replace(f"{ROOT}/", "")
