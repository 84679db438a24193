"""Steps that know when they are done: by the digest of what went in and of what came out, kept in a small file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from por import canonical, files
from por.errors import InputError, PorError
from por.files import digest_file
from por.pipeline.events import Listener, nobody

STATE = "run.json"
FORMAT = "por-run/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its name, the digests of what it reads (files and settings), the folder it writes, how to do it.

    An input without a digest (None) is one that nothing tells apart, such as a database: the step is done again each
    time, until `closed` says that what comes of it is out.
    """

    name: str
    inputs: Callable[[], Mapping[str, str | None]]
    output: Path
    action: Callable[[], None]
    closed: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step went: whether it had to be done, and the seconds it took."""

    name: str
    ran: bool
    seconds: float


def run_steps(steps: Sequence[Step], *, work: Path, tell: Listener = nobody) -> list[Done]:
    """Do the steps in order, leaving out those whose inputs and output are what they were; errors pass through.

    The state is written after each step, so a run that breaks goes on where it stopped.
    """
    finished = []
    for step in steps:
        begun = time.monotonic()
        try:
            ran = _do(step, work, tell)
        except PorError as error:
            tell("step-failed", step=step.name, kind=error.kind, code=error.code, message=error.message)
            raise
        done = Done(name=step.name, ran=ran, seconds=time.monotonic() - begun)
        tell("step-done" if ran else "step-unchanged", step=step.name, seconds=round(done.seconds, 3))
        finished.append(done)
    return finished


def _do(step: Step, work: Path, tell: Listener) -> bool:
    state = _load(work / STATE)
    given = dict(step.inputs())
    inputs = canonical.digest(canonical.encode(given))
    known = state.get(step.name)
    same = known is not None and known["inputs"] == inputs and known["output"] == digest_folder(step.output)
    if same and (None not in given.values() or step.closed()):
        return False
    tell("step-started", step=step.name)
    step.action()
    state[step.name] = {"inputs": inputs, "output": digest_folder(step.output)}
    files.write_bytes(work / STATE, canonical.encode({"format": FORMAT, "steps": state}), mode=0o600)
    return True


def digest_folder(path: Path) -> str:
    """Return one digest over the names and contents below a folder; of no folder, the empty string."""
    if not path.is_dir():
        return ""
    names = sorted(item.relative_to(path).as_posix() for item in path.rglob("*") if item.is_file())
    return canonical.digest(canonical.encode([[name, digest_file(path / name)] for name in names]))


def _load(path: Path) -> dict[str, dict[str, str]]:
    if not path.exists():
        return {}
    try:
        found = canonical.decode(files.read_bytes(path), where=path.name)
        steps = found["steps"] if found["format"] == FORMAT else {}
        return {name: {"inputs": row["inputs"], "output": row["output"]} for name, row in steps.items()}
    except (InputError, KeyError, TypeError, AttributeError):
        # The state only saves work: without it everything is done again.
        return {}
