"""What an accountant files of an audit: every holding, liability, rule with its steps, evidence digest and check.

The tables hold what was published, and, when the annex was given, how each holding is stored: then they are as
confidential as the annex. They are the auditor's papers and no opinion; nothing in them is signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import por
from por import amounts, canonical, files
from por.audit.case import Case, Documents
from por.audit.files import EVIDENCE
from por.audit.paperrules import rule_papers
from por.audit.papers import Paper, paper
from por.audit.rules import judge_again
from por.audit.run import Audit
from por.errors import InputError, PorError
from por.outcomes import Check
from por.reserves.report import ChainReport, Holding
from por.solvency.verdict import Verdict

README, SUMS = "README.txt", "SHA256SUMS"


def write_workpapers(found: Audit, out: Path) -> tuple[str, ...]:
    """Write the papers of an audit into the folder `out`, mode 0700, in one step; return their names.

    Earlier papers are replaced. Raises InputError when `out` holds something else, SourceError on disk faults.
    """
    _refuse_others(out)
    papers = list(papers_of(found))
    contents = {row.name: row.to_bytes() for row in papers}
    contents[README] = _readme(found, papers).encode()
    sums = "".join(f"{canonical.digest(data)}  {name}\n" for name, data in sorted(contents.items()))
    with files.new_folder(out, mode=0o700) as folder:
        for name, data in {**contents, SUMS: sums.encode()}.items():
            files.write_bytes(folder / name, data, mode=0o600)
    return (*sorted(contents), SUMS)


def papers_of(found: Audit) -> Iterator[Paper]:
    """Make the tables; those of documents that could not be read are left out, and the checks say so."""
    case = found.case
    yield _checks(found.checks)
    yield _files(case)
    if case.documents is None:
        return
    yield _liabilities(case.documents)
    yield _holdings(case, case.documents)
    yield _declared(case.documents)
    yield _prices(case.documents)
    yield _evidence(case, case.documents)
    if case.pack is not None:
        try:
            verdict = judge_again(case, case.documents)
        except PorError:
            return  # documents that do not belong together: the check of the rules says why
        yield _positions(verdict)
        yield from rule_papers(verdict)


def _refuse_others(out: Path) -> None:
    if not out.exists():
        return
    inside = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if not out.is_dir() or (inside and not {README, SUMS} <= inside):
        raise InputError(
            f"{out}: holds other things than an earlier audit's papers",
            code="out-occupied",
            hint="name a new folder; earlier papers are replaced, other files never",
        )


def _checks(checks: tuple[Check, ...]) -> Paper:
    return paper(
        "checks.csv",
        "every check of this audit with its outcome and what it rests on",
        ("check", "outcome", "basis", "detail"),
        ((row.id, row.outcome, row.basis, row.detail) for row in checks),
    )


def _files(case: Case) -> Paper:
    signed = case.statement.subjects
    return paper(
        "files.csv",
        "every file of the publication, its SHA-256, and the digest that is signed",
        ("file", "bytes", "sha256", "signed_sha256"),
        (
            (name, len(data), canonical.digest(data), signed.get(name, ""))
            for name, data in sorted(case.publication.files.items())
        ),
    )


def _liabilities(documents: Documents) -> Paper:
    return paper(
        "liabilities.csv",
        "what customers are owed, a row for each asset and class: total in whole and in base units, root of the tree",
        (
            *("asset", "decimals", "accounts", "total", "total_base_units", "root", "pieces", "split_above"),
            *("negative_rows_left_out", "negative_base_units_left_out"),
        ),
        (
            (
                *(row.asset, row.decimals, row.count, _units(row.total, row.decimals), row.total, row.root.hex()),
                *(row.pieces, row.split_above, row.excluded_rows, row.excluded_amount),
            )
            for row in documents.manifest.assets
        ),
    )


def _holdings(case: Case, documents: Documents) -> Paper:
    annex = case.annex()
    stored = {} if annex is None else {(row.account, row.asset): row for row in annex.holdings}

    def rows() -> Iterator[tuple[object, ...]]:
        for chain in documents.report.chains:
            for row in chain.holdings:
                kept = stored.get((row.account, row.asset))
                yield (
                    *_place(chain),
                    *(row.account, row.asset, *_backed(case, row), row.purpose, row.basis),
                    *(row.control.scheme, row.control.issued, row.control.digest, " ".join(row.evidence)),
                    *(("", "", "") if kept is None else (kept.storage, kept.custodian, kept.label)),
                )

    return paper(
        "holdings.csv",
        "every holding on a chain at its block, with proof of control and evidence; storage only with the annex",
        (
            *("chain", "block", "block_hash", "block_time", "source", "account", "id", "asset", "amount", "base_units"),
            *("purpose", "basis", "control", "control_issued", "control_sha256", "evidence_sha256"),
            *("storage", "custodian", "label"),
        ),
        rows(),
    )


def _place(chain: ChainReport) -> tuple[object, ...]:
    return (chain.chain, chain.block.number, chain.block.hash, chain.block.time, chain.source)


def _backed(case: Case, row: Holding) -> tuple[object, ...]:
    """Asset, amount and base units; an id that backs nothing in the auditor's pack has no asset and no decimals."""
    backing = None if case.pack is None else case.pack.tables.backing_of(row.asset)
    if backing is None:
        return ("", "", row.amount)
    return (backing.asset, _units(row.amount, backing.decimals), row.amount)


def _declared(documents: Documents) -> Paper:
    return paper(
        "declared.csv",
        "what documents state, each named by its digest; nobody here has opened them",
        ("kind", "asset", "base_units", "purpose", "at", "institution", "document_sha256"),
        (
            (
                row.kind,
                row.asset,
                row.amount,
                row.purpose,
                row.at,
                row.institution,
                row.document.removeprefix("sha256:"),
            )
            for row in documents.report.declared
        ),
    )


def _prices(documents: Documents) -> Paper:
    return paper(
        "prices.csv",
        "every quote as published; rules.csv and steps.csv say which price was made of them",
        ("asset", "yen", "at", "source"),
        ((row["asset"], row["yen"], row["at"], row["source"]) for row in documents.prices.document()),
    )


def _evidence(case: Case, documents: Documents) -> Paper:
    found = {
        name.removeprefix(EVIDENCE): data for name, data in case.publication.files.items() if name.startswith(EVIDENCE)
    }
    named: dict[str, list[str]] = {}
    for chain in documents.report.chains:
        for digest in chain.evidence:
            named.setdefault(digest, []).append(f"block of {chain.chain}")
        for row in chain.holdings:
            named.setdefault(row.control.digest, []).append(f"control of {row.account}")
            for digest in row.evidence:
                named.setdefault(digest, []).append(f"{row.asset} of {row.account}")
    return paper(
        "evidence.csv",
        "every evidence file by its SHA-256, what names it, and whether the file is there and is what its name says",
        ("sha256", "bytes", "there", "named_by"),
        (
            (digest, *_there(found, digest), "; ".join(sorted(set(named.get(digest, ["nothing"])))))
            for digest in sorted({*named, *found})
        ),
    )


def _there(found: Mapping[str, bytes], digest: str) -> tuple[object, object]:
    data = found.get(digest)
    if data is None:
        return ("", "missing")
    return (len(data), "yes" if canonical.digest(data) == digest else "differs")


def _positions(verdict: Verdict) -> Paper:
    return paper(
        "positions.csv",
        "per asset: owed and held for customers by basis, in whole units, and in yen (owed up, covered down)",
        ("asset", "fiat", "owed", "proven", "node", "declared", "held", "owed_yen", "covered_yen"),
        (
            (
                *(row.asset, "yes" if row.fiat else "no"),
                *(
                    _units(amount, row.decimals)
                    for amount in (row.liabilities, row.proven, row.node, row.declared, row.counted)
                ),
                *(row.owed_yen, row.covered_yen),
            )
            for row in verdict.assets
        ),
    )


def _readme(found: Audit, papers: list[Paper]) -> str:
    case, header = found.case, found.statement.header
    pack = "none" if case.pack is None else f"{case.pack.id}, version {case.pack.version}, sha256 {case.pack.sha256}"
    annex = "given; these papers are as confidential as it is" if case.annex() is not None else "not given"
    width = max(len(row.name) for row in papers)
    rows = "\n".join(f"{row.name.ljust(width)}  {len(row.rows):,} rows: {row.says}" for row in papers)
    return f"""Working papers of checks on a proof of reserves. They are no audit and no opinion.

issuer     {header.issuer} ({header.scope})
as of      {header.as_of}
sequence   {header.sequence}
statement  {found.statement.digest}
made with  por {found.statement.software}
checked    por {por.__version__}
pack       {pack}
annex      {annex}

{rows}

CSV as RFC 4180 has it, UTF-8 with a byte order mark. A text that a spreadsheet would run as a formula has an apostrophe
before it. {SUMS} lists the SHA-256 of every file here: `sha256sum -c {SUMS}`.
"""


def _units(amount: int, decimals: int) -> str:
    return amounts.show(amount, decimals).replace(",", "")
