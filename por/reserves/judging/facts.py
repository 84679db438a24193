"""What the evidence files hold, once each is shown to have its digest and its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from por import canonical
from por.errors import ClaimError, PorError
from por.reserves.control import ControlFile
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import AccountClaim, Bundle, verify_bundle
from por.reserves.report import ChainReport, Report


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
        _headers(chain, facts)
        _bundles(chain, facts)
        for holding in chain.holdings:
            name = holding.control.digest
            if name in facts.files and name not in facts.controls:
                try:
                    facts.controls[name] = ControlFile.from_bytes(facts.files[name], where=f"evidence/{name}")
                except PorError as error:
                    facts.faults.append(error.message)
    return facts


def _headers(chain: ChainReport, facts: Facts) -> None:
    for name, place in zip(chain.evidence, (facts.pinned, facts.successors), strict=False):
        if name not in facts.files:
            continue
        try:
            place[chain.chain] = headers.decode(facts.files[name], where=f"evidence/{name}")
        except PorError as error:
            facts.faults.append(error.message)
    header = facts.pinned.get(chain.chain)
    if header is None:
        return
    if not headers.has_codec(chain.chain):
        facts.faults.append(f"{chain.chain}: nothing here reads its headers, so nothing can be proven on it")
        del facts.pinned[chain.chain]
    elif "0x" + header.hash.hex() != chain.block.hash or header.number != chain.block.number:
        facts.faults.append(f"{chain.chain}: the header in the evidence is not that of block {chain.block.number}")
        del facts.pinned[chain.chain]


def _bundles(chain: ChainReport, facts: Facts) -> None:
    header = facts.pinned.get(chain.chain)
    names = {name for holding in chain.holdings for name in holding.evidence if name in facts.files}
    for name in sorted(names):
        where = f"evidence/{name}"
        try:
            bundle = Bundle.from_bytes(facts.files[name], where=where)
            if header is None or bundle.chain != chain.chain:
                raise ClaimError(
                    f"{where}: there is no header to prove it under",
                    code="evidence-no-header",
                    hint="the report names the header of the block and its successor's",
                )
            facts.proven[chain.chain, name] = verify_bundle(bundle, header, where=where)
        except PorError as error:
            facts.faults.append(error.message)
