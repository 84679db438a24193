"""Every transcript is played: what is printed, the exit code, and that --json says the same.

POR_UPDATE=1 writes what was printed into the transcripts instead; read the difference before it is committed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.cli import script as scripts
from tests.cli.stage import HERE, Stage, load_preparations, play, raised, variables
from tests.conftest import Ran, World, por

TRANSCRIPTS = sorted((HERE / "transcripts").glob("*.txtar"))
UPDATE = bool(os.environ.get("POR_UPDATE"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    load_preparations()
    monkeypatch.chdir(tmp_path)
    script = scripts.parse(path)
    later: list[Callable[[], None]] = []
    with ExitStack() as stack:
        stage = Stage(world=world, folder=tmp_path, monkeypatch=monkeypatch, stack=stack)
        stage.variables.update(variables(world, tmp_path))
        for name, text in script.files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(scripts.expand(text, stage.variables))
        for step in script.steps:
            words = step.words(stage.variables)
            if step.exit is None:
                play(stage, words)
            else:
                run(script, step, words, stage.variables, later)
    for write in later:
        write()
    assert any(step.exit for step in script.steps), "nothing failed"


def run(
    script: scripts.Script,
    step: scripts.Step,
    words: list[str],
    known: dict[str, str],
    later: list[Callable[[], None]],
) -> None:
    """Play one command, and once more with --json when it is to fail."""
    with raised() as codes:
        ran = por(*words)
    err = ran.err.splitlines()
    again = por(*words, "--json") if ran.code else None
    rows = again.document.get("checks", []) if again else []
    if UPDATE:
        bad = [scripts.check_line(row) for row in rows if row["outcome"] in ("does-not-hold", "undecided")]
        # Written once the preparations are undone: a full disk is one of them.
        later.append(partial(scripts.update, script, step, code=ran.code, err=err, checks=bad, variables=dict(known)))
        return
    assert ran.code == step.exit, f"{step.line}\n{ran.out}{ran.err}"
    same = len(err) == len(step.err) and all(map(lambda a, b: scripts.matches(a, b, known), step.err, err))
    assert same, f"{step.line}\nwanted:\n" + "\n".join(step.err) + f"\nfound:\n{ran.err}"
    for line in step.out:
        assert any(scripts.matches(line, row, known) for row in ran.out.splitlines()), f"{line}\nnot in\n{ran.out}"
    shown = [scripts.check_line(row) for row in rows]
    for line in step.checks:
        assert any(scripts.matches(line, row, known) for row in shown), f"{line}\nnot in\n" + "\n".join(shown)
    if again is not None:
        assert step.err or step.out or step.checks, f"{step.line}: say what it prints"
        assert script.code in codes, f"{step.line}: {script.code} is not among {sorted(codes)}"
        check_json(script, step, again)


def check_json(script: scripts.Script, step: scripts.Step, ran: Ran) -> None:
    """One document, the same exit code; the code, when the command failed instead of answering."""
    document = ran.document
    assert ran.code == step.exit, ran.out
    assert document["format"] == "por-result/1"
    if document["outcome"] == "error":
        error = document["error"]
        assert error["code"] == script.code
        assert error["message"] and error["hint"], "an error says what to do next"
        assert not error["message"][:1].isupper() or error["message"][:2].isupper(), "messages are in lower case"
    else:
        assert not any(line.startswith("error: ") for line in step.err)
