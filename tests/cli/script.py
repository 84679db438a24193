"""Transcripts: a txtar file (a comment, commands with what they print, then the files they read) run against `por`.

    # The same account and asset in two rows.

    setup copy $STORE store
    $ por liabilities build ledger.csv --snapshot $SNAPSHOT --master-key $MASTER -o out
    error: row 3: ...
    hint: ...
    exit 3

    -- ledger.csv --
    account_id,asset,amount

Under a command stand the lines of stderr, all of them; a line `> text` is one that stdout must have; a line
`| check | outcome | detail` is a check that --json lists, for a command that answers with checks; `exit N` ends it.
`$ANY` stands for any text within a line, `$NAME` for a variable of `tests/cli/stage.py`, also within files. `setup`
calls a preparation (tests/cli/preparations). Whatever exits with other than 0 runs a second time with --json, which
must give one document of the same exit code; the file's name is the error's code, and each such command must raise it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FILE = re.compile(r"^-- (\S+) --$")
_VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)")
_DIGEST = re.compile(r"\b[0-9a-f]{16}\.\.\.")
"""Of a key or a statement, which are others in each run."""

_STDOUT, _CHECK = "> ", "| "


@dataclass(kw_only=True)
class Step:
    """One line of a transcript: a command with what it must print, or a preparation (`exit` is None)."""

    line: str
    err: list[str] = field(default_factory=list)
    out: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    exit: int | None = None

    def words(self, variables: Mapping[str, str]) -> list[str]:
        """Return the words of the line after `$ por` or `setup`, variables filled in."""
        text = self.line.removeprefix("$ por").removeprefix("setup")
        return [expand(word, variables) for word in shlex.split(text)]


@dataclass(kw_only=True)
class Script:
    """A transcript in parts."""

    path: Path
    steps: list[Step]
    files: dict[str, str]

    @property
    def code(self) -> str:
        """The error's code, which the file is named after."""
        return self.path.stem


def parse(path: Path) -> Script:
    """Read a transcript; ValueError names the line that is none of ours."""
    text, files, name = [], {}, None
    for line in path.read_text().splitlines():
        if found := _FILE.match(line):
            name = found[1]
            files[name] = ""
        elif name is not None:
            files[name] += line + "\n"
        else:
            text.append(line)
    if not text or not text[0].startswith("# "):
        raise ValueError(f"{path.name}: begin with a comment that says what is provoked")
    return Script(path=path, steps=_steps(text, path), files=files)


def _steps(lines: list[str], path: Path) -> list[Step]:
    steps: list[Step] = []
    inside = False
    for number, line in enumerate(lines, 1):
        if line.startswith("$ por "):
            steps.append(Step(line=line))
            inside = True
        elif inside and (found := re.fullmatch(r"exit ([0-9]+)", line)):
            steps[-1].exit = int(found[1])
            inside = False
        elif inside and line.startswith(_STDOUT):
            steps[-1].out.append(line.removeprefix(_STDOUT))
        elif inside and line.startswith(_CHECK):
            steps[-1].checks.append(line)
        elif inside:
            steps[-1].err.append(line)
        elif line.startswith("setup "):
            steps.append(Step(line=line))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"{path.name}:{number}: neither a comment, a setup nor a command")
    if inside:
        raise ValueError(f"{path.name}: the last command has no `exit N`")
    return steps


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Fill in the variables; one that is not known stays as it is."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)


def matches(wanted: str, line: str, variables: Mapping[str, str]) -> bool:
    """Tell whether a line is the one wanted."""
    parts = [re.escape(expand(part, variables)) for part in wanted.split("$ANY")]
    return re.fullmatch(".*".join(parts), line) is not None


def check_line(row: Mapping[str, str]) -> str:
    """Write one check of a result document as a transcript shows it."""
    return f"{_CHECK}{row['id']} | {row['outcome']} | {row['detail']}"


def update(
    script: Script, step: Step, *, code: int, err: list[str], checks: list[str], variables: Mapping[str, str]
) -> None:
    """Put what a command printed into the transcript; lines that fit stay, in others variables stand for places."""
    old = [step.line, *step.err, *step.checks, *(_STDOUT + line for line in step.out), f"exit {step.exit}"]
    step.err = _renewed(step.err, err, variables)
    step.checks = [line for line in step.checks if any(matches(line, row, variables) for row in checks)] or _renewed(
        [], checks, variables
    )
    step.exit = code
    new = [step.line, *step.err, *step.checks, *(_STDOUT + line for line in step.out), f"exit {code}"]
    text = script.path.read_text()
    if "\n".join(old) not in text:
        raise ValueError(f"{script.path.name}: under a command stand stderr, then checks, then stdout")
    script.path.write_text(text.replace("\n".join(old), "\n".join(new), 1))


def _renewed(old: list[str], lines: list[str], variables: Mapping[str, str]) -> list[str]:
    # The longest first, so that a path is told by its nearest folder.
    known = sorted(((value, name) for name, value in variables.items() if len(value) > 5), key=lambda row: -len(row[0]))
    found = []
    for number, line in enumerate(lines):
        if number < len(old) and matches(old[number], line, variables):
            found.append(old[number])
            continue
        for value, name in known:
            line = line.replace(value, f"${name}")
        line = _DIGEST.sub("$ANY...", line)
        found.append(line)
    return found
