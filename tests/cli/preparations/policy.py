"""Policy packs to be spoiled, and packages that offer rules."""

from __future__ import annotations

from por.solvency.pack import shipped
from tests.cli.stage import Stage, preparation


@preparation("pack")
def pack(stage: Stage, name: str, without: str = "") -> None:
    """`setup pack own.toml tokens`: the demonstration's pack as a file, all tables of one name left out."""
    tables = shipped("demo").data.decode().split("\n[[")
    kept = [table for table in tables if not without or not table.startswith((f"{without}]]", f"{without}."))]
    (stage.folder / name).write_text("\n[[".join(kept))


@preparation("rule-package")
def package(stage: Stage, rule: str, module: str, source: str) -> None:
    """`setup rule-package ID MODULE 'class Rule: pass'`: an installed package that offers MODULE:Rule as a rule."""
    folder = stage.folder / f"site-{module}"
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(source + "\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[por.rules]\n{rule} = {module}:Rule\n")
    stage.monkeypatch.syspath_prepend(str(folder))
