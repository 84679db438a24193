"""Row 29: statement and manifest carry different roots; one signed source for each root."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from por import canonical
from por.attestation import envelope
from por.audit.case import Request
from por.audit.publication import open_publication
from por.audit.run import audit
from por.outcomes import Outcome
from tests.attestation import samples
from tests.attestation.samples import Exchange


def _outcome(exchange: Exchange, check: str) -> Outcome:
    found = audit(open_publication(exchange.out), Request(keys=[exchange.signer.public]))
    return {row.id: row.outcome for row in found.checks}[check]


def _resign(exchange: Exchange, manifest: bytes) -> None:
    """Put another manifest into the folder, and sign a statement that names its digest but keeps the old table."""
    path = exchange.out / "attestation.json"
    document = canonical.decode(envelope.parse(path.read_bytes(), where="a").payload, where="s")
    for subject in document["subject"]:
        if subject["name"] == "liabilities.json":
            subject["digest"]["sha256"] = canonical.digest(manifest)
    path.write_bytes(envelope.sign(canonical.encode(document), [exchange.signer]).to_bytes())
    (exchange.out / "liabilities.json").write_bytes(manifest)


@pytest.mark.parametrize("field", ["root", "total", "count", "decimals", "excluded_rows", "pieces"])
def test_a_differing_field_does_not_hold(field: str, tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    assert _outcome(exchange, "liabilities-table") is Outcome.HOLDS
    manifest = samples.manifest()
    other = {"root": bytes(32), "total": 1, "count": 4, "decimals": 17, "excluded_rows": 1, "pieces": 2}[field]
    changed = replace(manifest.assets[0], **{field: other})
    if field == "pieces":
        changed = replace(changed, split_above=5)
    _resign(exchange, replace(manifest, assets=(changed, *manifest.assets[1:])).to_bytes())
    assert _outcome(exchange, "files") is Outcome.HOLDS
    assert _outcome(exchange, "liabilities-table") is Outcome.DOES_NOT_HOLD


def test_a_missing_asset_does_not_hold(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    manifest = samples.manifest()
    _resign(exchange, replace(manifest, assets=manifest.assets[1:]).to_bytes())
    assert _outcome(exchange, "liabilities-table") is Outcome.DOES_NOT_HOLD
