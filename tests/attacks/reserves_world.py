"""What the attacks on reserves start from: the honest exchange of tests/evm.py, and ways to change it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from coincurve import PrivateKey

from fixtures.chain import sign_text
from por import canonical
from por.errors import ClaimError
from por.outcomes import Check, Outcome
from por.reserves.challenge import Challenge, parse_challenge
from por.reserves.control import ControlFile
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import Bundle, Shared, parse_shared, shared_bytes, verify_bundle
from por.reserves.recheck import recheck
from por.reserves.report import Report
from por.reserves.tables import ReserveTables
from tests.evm import HEADER, HOT, QUICK, Exchange


def judge(
    ex: Exchange,
    *,
    report: Report | bytes | None = None,
    evidence: Mapping[str, bytes] | None = None,
    tables: ReserveTables | None = None,
    **more: Any,
) -> dict[str, Check]:
    """Run the offline check and return its lines by id."""
    checks = recheck(
        report=ex.report if report is None else report,
        evidence=ex.evidence() if evidence is None else evidence,
        header=more.pop("header", HEADER),
        tables=tables or ex.tables,
        limits=QUICK,
        **more,
    )
    return {check.id: check for check in checks}


def fails(checks: Mapping[str, Check], id_: str, words: str) -> None:
    """Assert that a check does not hold, for the reason given."""
    assert checks[id_].outcome is Outcome.DOES_NOT_HOLD, checks[id_]
    assert words in checks[id_].detail, checks[id_].detail


def with_document(report: Report, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return reserves.json with something changed."""
    document = json.loads(report.to_bytes())
    change(document)
    return canonical.encode(document)


def without_tokens(ex: Exchange) -> tuple[str, dict[str, bytes]]:
    """Return a file of shared nodes that has none of those which only tokens need, and the evidence with it."""
    chain = ex.report.chains[0]
    kept = set(parse_shared(ex.evidence()[chain.evidence[2]], where="test"))
    header = headers.decode(ex.evidence()[chain.evidence[0]], where="test")
    names = {row.evidence[0] for row in chain.holdings if "slip44" in row.asset and len(row.evidence) == 1}
    bundles = [Bundle.from_bytes(ex.evidence()[name], where="test") for name in names]
    for node in sorted(kept):
        shared = Shared()
        shared.add(shared_bytes(kept - {node}), where="test")
        try:
            for bundle in bundles:
                verify_bundle(bundle, header, where="test", shared=shared)
            kept.remove(node)
        except ClaimError:
            continue
    data = shared_bytes(kept)
    return canonical.digest(data), {**ex.evidence(), canonical.digest(data): data}


def hot_control(ex: Exchange) -> ControlFile:
    """Return the control file of the hot wallet."""
    path = ex.control / f"{ex.wallets[0].name}.json"
    return ControlFile.from_bytes(path.read_bytes(), where=path.name)


def signed_again(control: ControlFile, *, signer: PrivateKey = HOT, **changes: Any) -> ControlFile:
    """Return a control file whose challenge has other words, signed anew."""
    challenge: Challenge = replace(parse_challenge(control.message, where="test"), **changes)
    return resigned(control, challenge.text(), signer=signer)


def resigned(control: ControlFile, message: str, *, signer: PrivateKey = HOT) -> ControlFile:
    """Return a control file over another text, signed by `signer`."""
    return replace(control, message=message, signature=bytes.fromhex(sign_text(signer, message)[2:]))


def with_control(ex: Exchange, control: ControlFile) -> dict[str, Any]:
    """Return the report and evidence of an exchange that publishes another control file for its hot wallet."""
    old, data = canonical.digest(hot_control(ex).to_bytes()), control.to_bytes()
    new = canonical.digest(data)
    text = ex.report.to_bytes().replace(old.encode(), new.encode())
    return {"report": text, "evidence": {**ex.evidence(), new: data}}
