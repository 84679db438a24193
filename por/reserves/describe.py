"""Our files in words, for `por inspect`. Describes what a file says and never whether it is true."""

from __future__ import annotations

from dataclasses import dataclass

from por import canonical
from por.errors import ClaimError, InputError
from por.header import show_time
from por.reserves import annex, challenge, control, describe_outputs, report
from por.reserves.evidence import bundle, headers
from por.reserves.evidence.utxo import outputs
from por.reserves.ownership import scheme

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A title and (name, value) rows to show."""

    title: str
    rows: Rows


def describe(data: bytes, *, where: str) -> Description | None:
    """Describe a report, annex, control file, evidence file or raw block header; None when it is none of these.

    Raises InputError when the file says that it is one of them but is malformed.
    """
    if not data.startswith(b"{"):
        return _header(data, where)
    try:
        value = canonical.decode_json(data, where=where)
    except InputError:
        return None
    name = value.get("format") if isinstance(value, dict) else None
    makers = {
        report.FORMAT: _report,
        control.FORMAT: _control,
        bundle.FORMAT: _bundle,
        bundle.SHARED_FORMAT: _shared,
        annex.FORMAT: _annex,
        outputs.FORMAT: _outputs,
    }
    return makers[name](data, where) if isinstance(name, str) and name in makers else None


def _header(data: bytes, where: str) -> Description | None:
    try:
        found = headers.decode(data, where=where)
    except ClaimError:
        rows = describe_outputs.run_rows(data, where=where)
        return None if rows is None else Description(title="raw headers of a chain of the Bitcoin family", rows=rows)
    return Description(
        title="raw header of an EVM block",
        rows=(
            ("block", str(found.number)),
            ("time", show_time(found.time)),
            ("hash", "0x" + found.hash.hex()),
            ("parent", "0x" + found.parent.hex()),
            ("state root", "0x" + found.state_root.hex()),
        ),
    )


def _report(data: bytes, where: str) -> Description:
    found = report.Report.from_bytes(data, where=where)
    rows: list[tuple[str, str]] = [("snapshot", found.snapshot_id.hex())]
    for chain in found.chains:
        rows.append(("chain", f"{chain.chain} at block {chain.block.number}, {chain.block.time}"))
        rows += [
            (f"  {row.account}", f"{row.amount} of {row.asset}, {row.purpose}, {row.basis.value}, {row.control.scheme}")
            for row in chain.holdings
        ]
        rows += [("  supply", f"{row.amount} of {row.asset}, {row.basis.value}") for row in chain.supplies]
    rows += [("declared", f"{row.amount} {row.asset}, {row.kind}, {row.institution}") for row in found.declared]
    return Description(title="reserves report", rows=tuple(rows))


def _control(data: bytes, where: str) -> Description:
    found = control.ControlFile.from_bytes(data, where=where)
    rows = [("account", found.account), ("scheme", found.scheme), ("signature", _signature(found))]
    if found.script is not None:
        rows.append(("script", found.script.hex()))
    try:
        said = challenge.parse_challenge(found.message, where=where)
    except ClaimError as error:
        rows.append(("text", repr(found.message[:200])))
        rows.append(("challenge", f"none of ours: {error.message}"))
    else:
        rows += [
            ("issuer", said.issuer),
            ("snapshot", said.snapshot),
            ("recent block", f"{said.block_chain} {said.block_number}"),
            ("issued", show_time(said.issued)),
            ("expires", show_time(said.expires)),
        ]
    return Description(title="control file", rows=tuple(rows))


def _signature(found: control.ControlFile) -> str:
    known = scheme(found.scheme)
    return found.signature.decode("ascii") if known is not None and known.text else found.signature.hex()


def _bundle(data: bytes, where: str) -> Description:
    found = bundle.Bundle.from_bytes(data, where=where)
    rows: list[tuple[str, str]] = [
        ("block", f"{found.chain} {found.number} 0x{found.hash.hex()}"),
        ("trie nodes", str(len(found.nodes))),
    ]
    for row in found.accounts:
        rows.append((row.address, f"{row.state.balance} wei, code {row.state.code_hash.hex()}"))
        rows += [(f"  word {key.hex()}", str(value)) for key, value in sorted(row.storage.items())]
    return Description(title="evidence bundle (claims, with the trie nodes that are to prove them)", rows=tuple(rows))


def _shared(data: bytes, where: str) -> Description:
    found = bundle.parse_shared(data, where=where)
    return Description(title="trie nodes that several evidence bundles need", rows=(("trie nodes", str(len(found))),))


def _outputs(data: bytes, where: str) -> Description:
    return Description(
        title="outputs of a chain of the Bitcoin family (claims, with the transactions that are to prove them)",
        rows=describe_outputs.bundle_rows(data, where=where),
    )


def _annex(data: bytes, where: str) -> Description:
    found = annex.Annex.from_bytes(data, where=where)
    rows = [("snapshot", found.snapshot_id.hex())]
    for row in found.holdings:
        by = f", with {row.custodian}" if row.custodian else ""
        rows.append((f"{row.account} {row.asset}", f"{row.storage}{by}: {row.label}"))
    rows += [(f"{row.purpose}, {row.storage}", f"{row.amount} of {row.asset}") for row in found.totals]
    return Description(title="annex, for the auditor only", rows=tuple(rows))
