"""`por proofs serve`: hand signed-in customers their proof over HTTP."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError

LIBRARIES = ("uvicorn", "httptools", "joserfc")
"""What the extra `serve` brings."""


@click.group()
def proofs() -> None:
    """Hand signed-in customers their proof."""


@proofs.command()
@options.in_path("config", metavar="[proofs.toml]", default="proofs.toml")
@click.option("--check", is_flag=True, help="Read the configuration, open files and keys, and stop.")
@options.common
def serve(config: Path, check: bool) -> Result:
    """Serve proofs out of files of all proofs (`por liabilities prove --all`), until told to end.

    It stands behind your own sign-in and a proxy with TLS; who is asking comes from a signed token or a header, never
    from the URL. SIGHUP takes a new configuration without turning anybody away; new files are taken by themselves.
    """
    try:
        for library in LIBRARIES:
            import_module(library)
        from por.publish.service.supervisor import Supervisor

        if check:
            return _check(config)
        service = Supervisor(config, tell=_tell)
    except ModuleNotFoundError as error:
        raise _missing(error) from None
    service.run()
    return Result(outcome="done", show=lambda: None, fields={})


def _check(path: Path) -> Result:
    from por.publish.service.config import load_config
    from por.publish.service.worker import open_all

    found = load_config(path)
    opened = open_all(found)
    latest = opened.shelf.latest
    assert latest is not None
    who = "a signed token" if found.token is not None else "a header of the proxy"
    fields = {"files": len(opened.shelf.books), "newest": latest.sequence, "address": str(found.address)}
    opened.shelf.close()

    def show() -> None:
        terminal.say(f"{fields['files']} files of all proofs, the newest of statement {fields['newest']}")
        terminal.say(f"would listen on {fields['address']}; who is asking is known by {who}")

    return Result(outcome="done", show=show, fields=fields)


def _missing(error: ModuleNotFoundError) -> Exception:
    library = (error.name or "").partition(".")[0]
    if library not in LIBRARIES:
        return error
    return UsageError(
        f"handing out proofs needs the library {library}", code="extra-missing", hint="pip install 'por[serve]'"
    )


def _tell(event: str, **facts: Any) -> None:
    """Write one JSON line to stderr, in one piece: processes share it."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({"time": stamp, "event": event, **facts}, ensure_ascii=True)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
