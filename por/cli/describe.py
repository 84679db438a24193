"""Tells what a file of ours says, for a person. It parses; it checks no signature, hash or proof, and says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from por import amounts, canonical
from por.cli import keyfiles, whatif
from por.errors import InputError

Lines = list[tuple[str, str]]
"""What a description is: pairs of a label and a text."""


def describe(data: bytes, *, name: str) -> tuple[str, Lines]:
    """Return the kind of a file and what it says; InputError when it is none of ours."""
    if data.startswith(b"-----BEGIN PUBLIC KEY"):
        return "public key", _public_key(data, name)
    if b"PRIVATE KEY-----" in data[:200]:
        raise InputError(f"{name}: this is a private key", code="key-private", hint="look at its .pub file instead")
    if data[:1] == b"{":
        return _of_reserves(data, name) or _json(data, name)
    if data.startswith(b"<!doctype html>"):
        return "page", _page(data)
    if name.endswith(".tsr"):
        return "timestamp (RFC 3161)", keyfiles.described_timestamp(data, name)
    if b"\n\n\xe2\x80\x94 " in data:
        return "checkpoint of a log", _checkpoint(data, name)
    planned = whatif.described(data, name) if name.endswith(".toml") else None
    if planned is not None:
        return planned
    for suffix, kind, reader in _TEXTS:
        if name.endswith(suffix):
            return kind, reader(data, name)
    found = _of_reserves(data, name)
    if found is not None:
        return found
    raise InputError(f"{name}: none of our files", code="file-unknown", hint="por inspect shows files that por wrote")


def _page(data: bytes) -> Lines:
    """Name a page and what it is known by: what it says is for a browser, and whether it is true for an audit."""
    import html
    import re

    title = re.search(r"<title>([^<]{1,400})</title>", data.decode("utf-8", "replace"))
    return [
        ("title", re.sub("[\u2068\u2069]", "", html.unescape(title[1])) if title else "none"),
        ("sha256", canonical.digest(data)),
        ("to read it", "open it in a browser, report.html#ja is the report in Japanese"),
        ("what it says", "is not looked at here: por audit makes a publication's report again and compares"),
    ]


def _of_reserves(data: bytes, name: str) -> tuple[str, Lines] | None:
    from por.reserves.describe import describe as describe_reserves

    found = describe_reserves(data, where=name)
    return (found.title, list(found.rows)) if found is not None else None


def _json(data: bytes, name: str) -> tuple[str, Lines]:
    value = canonical.decode(data, where=name)
    kind, reader = _FORMATS.get(str(value.get("format")), ("", None))
    if value.get("payloadType") == keyfiles.PAYLOAD_TYPE:
        return "key file (one version, signed)", keyfiles.described(data, name)
    if "payloadType" in value:
        kind, reader = "attestation (signed statement)", lambda _, name: _attestation(data, name)
    if reader is None:
        raise InputError(f"{name}: JSON, but none of our formats", code="file-unknown", hint="is this the right file?")
    try:
        return kind, reader(value, name)
    except (KeyError, TypeError, AttributeError):
        # A person may look at a broken file too: say that it is broken instead of where this reader stumbled.
        raise InputError(f"{name}: a damaged {kind}", code="file-malformed", hint="fetch it again") from None


def _attestation(data: bytes, name: str) -> Lines:
    from por.attestation.envelope import parse
    from por.attestation.statement import head

    envelope = parse(data, where=name)
    found = head(envelope.payload, where=name)
    lines = [
        ("statement", found.digest),
        ("issuer", f"{found.header.issuer} ({found.header.scope})"),
        ("as of", found.header.as_of),
        ("sequence", str(found.header.sequence)),
        ("snapshot", found.snapshot_id.hex()),
        ("policy", "{id} version {version}".format(**found.predicate["policy"])),
        ("states", found.verdict.value),
        ("log", f"entry {found.log.index} of {found.log.origin}"),
        ("predecessor", found.previous.digest if found.previous else "none: the first"),
    ]
    lines += [("replaces", f"{found.replaces.sequence}: {found.replaces.reason}")] if found.replaces else []
    lines += [_asset_line(row.document()) for row in found.assets]
    lines += [(f"rule {r.id}", f"{r.outcome.value}: {r.left} {r.relation} {r.right} {r.unit}") for r in found.rules]
    lines += [("gap", gap) for gap in found.gaps]
    return lines + [("signature by", signature.keyid) for signature in envelope.signatures]


def _asset_line(row: Mapping[str, Any]) -> tuple[str, str]:
    total = amounts.show(amounts.parse_units(row["total"], where="total"), row["decimals"])
    return f"owed {row['asset']}", f"{total} to {row['count']:,} leaves, root {row['root'][:16]}..."


def _manifest(value: Any, name: str) -> Lines:
    from por.liabilities.manifest import Manifest

    found = Manifest.from_bytes(canonical.encode(value), where=name)
    lines = [
        ("issuer", f"{found.header.issuer} ({found.header.scope})"),
        ("as of", found.header.as_of),
        ("sequence", str(found.header.sequence)),
        ("snapshot", found.header.id.hex()),
        ("account id", found.account_id_kind),
    ]
    return lines + [_asset_line(row.document()) for row in found.assets]


def _proof(value: Any, name: str) -> Lines:
    lines = [("snapshot", str(value["snapshot_id"]))]
    for entry in value["entries"]:
        for number, piece in enumerate(entry["pieces"]):
            text = f"{piece['amount']} base units at leaf {piece['index']}, a path of {len(piece['path'])} steps"
            lines.append((f"{entry['asset']}, piece {number}", text))
    attestation = value.get("attestation")
    if attestation:
        carries = "and carries it, signed" if "envelope" in attestation else "and does not carry it"
        lines.append(("for statement", f"{attestation['digest']}, {carries}"))
    return [*lines, ("account id", "not in the file; `por verify` asks for it")]


def _plain(value: Any, name: str) -> Lines:
    """Show a small document's values as they are, long ones cut."""
    lines: Lines = []
    for key, item in value.items():
        if isinstance(item, list):
            lines.append((key, f"{len(item)} entries"))
        elif isinstance(item, dict):
            lines += [(f"{key}.{inner}", _cut(text)) for inner, text in item.items()]
        else:
            lines.append((key, _cut(item)))
    return lines


def _sides(value: Any, name: str) -> Lines:
    lines: Lines = []
    for number, side in enumerate(value["sides"], 1):
        if "statement" in side:
            shown = _attestation(canonical.encode(side["statement"]), name)
        else:
            shown = _checkpoint(side["checkpoint"].encode(), name)
        lines += [(f"side {number}", f"a {'statement' if 'statement' in side else 'checkpoint'}"), *shown]
    return [*lines, ("judged by", "por audit --evidence FILE --key KEY")]


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 700 else f"{text[:64]}... ({len(text):,} characters)"


def _public_key(data: bytes, name: str) -> Lines:
    from por.attestation.keys import parse_public

    key = parse_public(data, where=name)
    return [("algorithm", key.algorithm.value), ("fingerprint", key.keyid)]


def _checkpoint(data: bytes, name: str) -> Lines:
    from por.attestation.note import parse_checkpoint, parse_note

    signed = parse_note(data, where=name)
    found = parse_checkpoint(signed, where=name)
    lines = [("log", found.origin), ("entries", str(found.size)), ("root", found.root.hex())]
    return lines + [("signature by", f"{row.name}, key {row.id.hex()}") for row in signed.signatures]


def _snapshot(data: bytes, name: str) -> Lines:
    from por import documents
    from por.snapshot import Snapshot

    found = Snapshot.parse(documents.read_toml(_text(data, name), where=name), where=name)
    lines = [(key, str(item)) for key, item in found.header.document().items()]
    lines += [("snapshot", found.header.id.hex()), ("amounts", found.amounts), ("account id", found.account_id_kind)]
    return lines + [
        (f"asset {code}", f"{row.decimals} decimals, {row.pieces} pieces") for code, row in found.assets.items()
    ]


def _policy(data: bytes, name: str) -> Lines:
    from por.solvency.pack import parse_pack

    found = parse_pack(data, where=name)
    lines = [("pack", f"{found.id}, version {found.version}"), ("title", found.title), ("sha256", found.sha256)]
    lines += [(f"rule {rule.id}", f"{rule.title} ({rule.reference})") for rule in found.rules]
    return lines + [(f"backs {row.asset}", f"{row.id}, {row.decimals} decimals") for row in found.tables.backings]


def _prices(data: bytes, name: str) -> Lines:
    from por.solvency.prices import parse_prices

    parse_prices(data, where=name)
    return [(f"line {number}", line) for number, line in enumerate(_text(data, name).splitlines(), 1)]


def _declared(data: bytes, name: str) -> Lines:
    from por.reserves.declared import parse_declared

    found = parse_declared(_text(data, name), where=name)
    lines: Lines = [
        (row.kind, f"{row.amount} {row.asset} at {row.institution}, {row.at}, {row.document}") for row in found.holdings
    ]
    if found.reserve:
        lines += [("reserve fund", f"{row.amount} JPY at {row.institution}, {row.at}") for row in found.reserve.funds]
        lines += [("insurance", f"{row.limit} JPY by {row.insurer}") for row in found.reserve.insurance]
    return lines + [(key, f"{item} (as given)") for key, item in (found.company or {}).items()]


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{name}: not UTF-8 text", code="file-not-text", hint="is this the right file?") from None


_FORMATS: dict[str, tuple[str, Callable[[Any, str], Lines]]] = {
    "por-liabilities/1": ("liabilities manifest", _manifest),
    "por-proof/1": ("inclusion proof", _proof),
    "por-inclusion/1": ("inclusion proof of a log", _plain),
    "por-consistency/1": ("consistency proof of a log", _plain),
    "por-log/1": ("identity of a log", _plain),
    "por-equivocation/1": ("evidence: an exchange's statements or checkpoints that contradict each other", _sides),
}

_TEXTS: tuple[tuple[str, str, Callable[[bytes, str], Lines]], ...] = (
    ("snapshot.toml", "snapshot", _snapshot),
    ("policy.toml", "policy pack", _policy),
    ("prices.csv", "prices", _prices),
    ("declared.toml", "declarations", _declared),
    (".toml", "policy pack", _policy),
)
