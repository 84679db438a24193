"""What the evidence files hold, once each is shown to have its digest and its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from por import canonical
from por.errors import PorError
from por.reserves.control import ControlFile
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import AccountClaim
from por.reserves.evidence.utxo.header import UtxoHeader
from por.reserves.evidence.utxo.outputs import Block, Output
from por.reserves.report import Report


@dataclass(slots=True)
class OutputFacts:
    """What was shown of a chain of the Bitcoin family: headers that lead up to the pinned block (its own is the last),
    their hashes, the height that the pinned block names, blocks by hash, and outputs by the file that shows them."""

    run: tuple[UtxoHeader, ...] = ()
    linked: frozenset[bytes] = frozenset()
    height: int | None = None
    blocks: dict[bytes, Block] = field(default_factory=dict)
    outputs: dict[str, list[Output]] = field(default_factory=dict)
    of_script: dict[tuple[str, bytes], list[Output]] = field(default_factory=dict)
    """The same by file and script: a file of thousands of outputs is asked for each account."""


class Sound(Mapping[str, bytes]):
    """Files that have been seen to have their digests: read again when needed, so that memory does not hold them."""

    def __init__(self, evidence: Mapping[str, bytes]) -> None:
        self._evidence, self._names = evidence, set[str]()

    def vouch(self, name: str) -> None:
        """Let a file be read from now on."""
        self._names.add(name)

    def __getitem__(self, name: str) -> bytes:
        if name not in self._names:
            raise KeyError(name)
        return self._evidence[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


@dataclass(slots=True)
class Facts:
    """Files by digest, and what was read and proven from them; `faults` are in words."""

    files: Sound
    faults: list[str] = field(default_factory=list)
    pinned: dict[str, headers.BlockHeader] = field(default_factory=dict)
    successors: dict[str, headers.BlockHeader] = field(default_factory=dict)
    proven: dict[tuple[str, str], dict[str, AccountClaim]] = field(default_factory=dict)
    """(chain, digest of a bundle) -> its claims by address, all of them proven."""
    outputs: dict[str, OutputFacts] = field(default_factory=dict)
    controls: dict[str, ControlFile] = field(default_factory=dict)


def gather(report: Report, evidence: Mapping[str, bytes]) -> Facts:
    """Read every file that the report names and prove what the bundles claim; what fails is a fault, never an error."""
    from por.reserves.judging import families  # each family's judge reads facts

    facts = Facts(files=Sound(evidence))
    for name in sorted(report.digests()):
        data = evidence.get(name)
        if data is None:
            facts.faults.append(f"evidence/{name} is missing")
        elif canonical.digest(data) != name:
            facts.faults.append(f"evidence/{name} does not have the digest that it is named after")
        else:
            facts.files.vouch(name)
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
