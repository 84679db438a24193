"""`por init`: a folder to start from, every line explained."""

from __future__ import annotations

import os
import re
import tempfile
import time
from importlib import resources
from pathlib import Path

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError
from por.header import parse_time, show_time

FILES = {
    "snapshot.toml": "snapshot.toml",
    "wallets.csv": "wallets.csv",
    "declared.toml": "declared.toml",
    "prices.csv": "prices.csv",
    ".gitignore": "gitignore",
    "por.toml": "por.toml",
}
"""What is laid out, and its template. por.toml comes last: where it is, the others are."""

SECRETS = "secret"

DAY = 86_400
MIDNIGHT_IN_JAPAN = 15 * 3600
"""Of the day, in UTC."""

APRIL = 4
"""The month in which Japan's business years begin."""


@click.command()
@options.in_path("folder", metavar="DIR")
@click.option("--as-of", metavar="TIME", help="Moment of the first statement; the last midnight in Japan if not given.")
@options.common
def init(folder: Path, as_of: str | None) -> Result:
    """Lay out a folder to start from: por.toml and the files it names, every line explained.

    Nothing that is there is overwritten. Lines to change are marked FILL IN.
    """
    now = int(time.time())
    at = now - (now - MIDNIGHT_IN_JAPAN) % DAY if as_of is None else parse_time(as_of, where="--as-of")
    there = [name for name in (*FILES, SECRETS) if os.path.lexists(folder / name)]
    if os.path.lexists(folder) and not folder.is_dir():
        there = [folder.name]
    if there:
        raise UsageError(
            f"{folder}: {', '.join(there)} {'is' if len(there) == 1 else 'are'} there already",
            code="init-occupied",
            hint="nothing was written; name another folder, or move what is there",
        )
    _lay_out(folder, {name: dated(template(name), at) for name in FILES})
    return Result(
        outcome="done",
        show=lambda: _tell(folder),
        fields={"folder": str(folder), "files": [*FILES], "as_of": show_time(at)},
    )


def template(name: str) -> str:
    """Return a template as it is in the package, with example dates."""
    return resources.files("por.cli").joinpath("templates", FILES[name]).read_text(encoding="utf-8")


def dated(text: str, at: int) -> str:
    """Put the dates around the moment `at` (Unix seconds) where a template has those around its own example."""
    moment = show_time(at)
    first = int(moment[:4]) - (int(moment[5:7]) < APRIL)
    ours = {
        "2026-11-20T15:00:00Z": moment,
        "2026-11-20": moment[:10],
        "2026-04-01": f"{first}-04-01",
        "2027-03-31": f"{first + 1}-03-31",
        **{f"year = {2026 - ago}": f"year = {first - ago}" for ago in range(3)},
    }
    # In one pass, so that what was put in is not taken for an example again.
    return re.sub("|".join(map(re.escape, ours)), lambda found: ours[found[0]], text)


def _lay_out(folder: Path, texts: dict[str, str]) -> None:
    """Make everything out of sight first, then put it in place: all of it or nothing."""
    there = folder.is_dir()
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=".por-init.", dir=folder if there else folder.absolute().parent
        ) as name:
            made = Path(name) / "folder"
            (made / SECRETS).mkdir(mode=0o700, parents=True)
            for file, text in texts.items():
                files.write_bytes(made / file, text.encode())
            # A rename takes the place of nothing but an empty folder.
            _fill(folder, made, texts) if there else made.rename(folder)
        files.sync_folder(folder)
    except OSError as error:
        raise files.explain(error, folder) from None


def _fill(folder: Path, made: Path, texts: dict[str, str]) -> None:
    """Add the files to a folder that is there, and take them away again when one cannot be added."""
    done: list[Path] = []
    try:
        (folder / SECRETS).mkdir(mode=0o700)
        done.append(folder / SECRETS)
        for name in texts:
            # A link, unlike a rename, never takes the place of what somebody put there meanwhile.
            (folder / name).hardlink_to(made / name)
            done.append(folder / name)
    except BaseException:
        for path in reversed(done):
            path.rmdir() if path.is_dir() else path.unlink()
        raise


def _tell(folder: Path) -> None:
    say = terminal.say
    say(f"wrote {folder}: {', '.join(FILES)} and {SECRETS}/")
    say()
    say(f"1. Mend the lines marked FILL IN, and put the ledger where por.toml says: grep -n 'FILL IN' {folder}/*.*")
    say(
        "2. Make the keys, once; without --no-passphrase they are encrypted, and por.toml names their passphrase files:"
    )
    say(f"     por keys new {folder}/secret/attest.pem --name example.jp/reserves --no-passphrase")
    say(f"     por keys new {folder}/secret/master.key --master --no-passphrase")
    say("3. Let every wallet sign its text, and take the signatures in:")
    say(f"     por wallets challenge {folder}/wallets.csv --snapshot {folder}/snapshot.toml --node CAIP2=URL \\")
    say(f"         -o {folder}/challenges")
    say(f"     por wallets import {folder}/wallets.csv --signatures {folder}/challenges -o {folder}/control")
    say("4. Publish, now and whenever something has changed:")
    say(f"     por run {folder}/por.toml")
