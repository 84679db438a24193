"""Evidence files of the command line: kept where the person is, and judged by the key alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError

if TYPE_CHECKING:
    from por.audit.equivocation import EquivocationError


def keep_evidence(error: EquivocationError) -> Path:
    """Write a contradiction's evidence here, and return where; other evidence that stands there stays."""
    number = 1
    while True:
        path = Path(f"equivocation-{error.sequence}{'' if number == 1 else f'-{number}'}.json")
        if not path.exists():
            files.write_bytes(path, error.evidence)
            return path
        if files.read_bytes(path) == error.evidence:
            return path
        number += 1


def evidence_result(publication: Path | None, path: Path, keys: tuple[str, ...]) -> Result:
    """Judge an evidence file: it holds when the exchange signed both sides and they contradict each other."""
    from por.audit.evidence import check_evidence_file

    if publication is not None:
        raise UsageError(
            "--evidence and a PUBLICATION exclude each other", code="usage", hint="evidence is judged by the key alone"
        )
    checks = tuple(check_evidence_file(files.read_bytes(path), keys=options.load_trust(keys)))

    def tell() -> None:
        terminal.table(
            ("check", "outcome", "basis", "detail"),
            [(check.id, check.outcome.value, check.basis or "", check.detail) for check in checks],
        )
        terminal.say("THE EVIDENCE HOLDS: the key's owner signed both, and they cannot both be true")

    return Result(outcome="holds", show=tell, checks=checks, fields={"evidence": str(path)})
