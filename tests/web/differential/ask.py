"""Asks both verifiers: the program's own check in this process, and the page's scripts in one of node's."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from por.attestation.keysource import load_trust
from por.audit.customer import check_proof
from por.errors import PorError
from tests.web.differential.small import Case

CHECKER = Path(__file__).parents[1] / "check.mjs"


def python(case: Case) -> list[Any]:
    """["ok", what was found, the statement] or [code, "claim" or "unread", None], as `por verify` judges."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number, (name, data) in enumerate(case.keys):
                path = Path(folder) / str(number) / name
                path.parent.mkdir()
                path.write_bytes(data)
                names.append(str(path))
            trust = load_trust(names)
        counted = check_proof(case.proof, keys=trust, account_id=case.account, statement=case.statement)
    except PorError as error:
        return [error.code, "claim" if error.kind == "claim" else "unread", None]
    found = {row.asset: str(row.amount) for row in counted.found}
    signed = sorted((row.key.keyid, list(row.roles)) for row in counted.signers)
    return [
        "ok",
        found,
        [counted.statement.digest, [list(row) for row in signed], list(counted.absent), counted.log_known],
    ]


def document(case: Case) -> dict[str, Any]:
    """The case as JSON, for check.mjs and for a browser."""

    def shown(data: bytes | None) -> str | None:
        return None if data is None else base64.b64encode(data).decode()

    return {
        "proof": shown(case.proof),
        "statement": shown(case.statement),
        "account": case.account,
        "keys": [{"name": name, "bytes": shown(data)} for name, data in case.keys],
    }


def page(cases: Iterable[Case]) -> list[list[Any]]:
    """The answers of the page's scripts under node, in order."""
    lines = "".join(json.dumps(document(case)) + "\n" for case in cases)
    ran = subprocess.run(["node", str(CHECKER)], input=lines, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]
