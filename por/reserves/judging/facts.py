"""What the evidence files hold, once each is shown to have its digest and its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from por import canonical
from por.errors import PorError
from por.reserves.control import ControlFile
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import AccountClaim
from por.reserves.report import Report


@dataclass(slots=True)
class Facts:
    """Files by digest, and what was read and proven from them; `faults` are in words."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    pinned: dict[str, headers.BlockHeader] = field(default_factory=dict)
    successors: dict[str, headers.BlockHeader] = field(default_factory=dict)
    proven: dict[tuple[str, str], dict[str, AccountClaim]] = field(default_factory=dict)
    """(chain, digest of a bundle) -> its claims by address, all of them proven."""
    controls: dict[str, ControlFile] = field(default_factory=dict)


def gather(report: Report, evidence: Mapping[str, bytes]) -> Facts:
    """Read every file that the report names and prove what the bundles claim; what fails is a fault, never an error."""
    from por.reserves.judging import families  # each family's judge reads facts

    facts = Facts()
    for name in sorted(report.digests()):
        data = evidence.get(name)
        if data is None:
            facts.faults.append(f"evidence/{name} is missing")
        elif canonical.digest(data) != name:
            facts.faults.append(f"evidence/{name} does not have the digest that it is named after")
        else:
            facts.files[name] = data
    for chain in report.chains:
        try:
            families.judge(chain.chain).gather(chain, facts)
        except PorError as error:
            facts.faults.append(error.message)
        for holding in chain.holdings:
            name = holding.control.digest
            if name in facts.files and name not in facts.controls:
                try:
                    facts.controls[name] = ControlFile.from_bytes(facts.files[name], where=f"evidence/{name}")
                except PorError as error:
                    facts.faults.append(error.message)
    return facts
