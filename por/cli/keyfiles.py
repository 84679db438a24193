"""What `por keys sign`, `por keys show` and `por inspect` say of key files, and of timestamps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from por.attestation.keyfile import PAYLOAD_TYPE
from por.attestation.keysource import is_key_file as _is_key_file
from por.cli import terminal
from por.cli.result import Result
from por.header import show_time

if TYPE_CHECKING:
    from por.attestation.keyfile import KeyEntry, KeyFile
    from por.attestation.keys import Signer


__all__ = ["PAYLOAD_TYPE", "described", "described_timestamp", "is_key_file", "shown_result", "signed_result"]


def is_key_file(value: str) -> bool:
    """Tell whether a value names a key file or a folder of them."""
    return _is_key_file(Path(value))


def signed_result(draft: Path, signer: Signer, out: Path) -> Result:
    """Sign the next version into a folder, and say what it still needs."""
    from por.attestation.keyversions import sign_version

    path, file, lacking = sign_version(draft, signer, out)

    def tell() -> None:
        terminal.say(f"wrote {path}: version {file.version}, identity {file.digest}")
        if lacking:
            terminal.say(f"{lacking} more keepers must sign it before it counts: por countersign {path} --key ...")
        else:
            terminal.say("signed by enough keepers; publish it beside the versions before it")

    fields = {"file": str(path), "version": file.version, "digest": file.digest, "lacking": lacking}
    return Result(outcome="done", show=tell, fields=fields)


def shown_result(value: str) -> Result:
    """Follow a key file or a folder of them from its oldest version, and show the newest."""
    from por.attestation.keysource import load_trust

    chain = load_trust([value]).chain
    assert chain is not None
    newest, oldest = chain.newest, chain.files[0]

    def tell() -> None:
        terminal.say(f"{newest.issuer}: version {newest.version}, speaks until {show_time(newest.last)}")
        terminal.say(f"identity {newest.digest}")
        if newest is not oldest:
            terminal.say(f"followed from version {oldest.version} ({oldest.digest[:16]}...), each by its predecessor")
        asked = ", ".join(f"{number} {role}" for role, number in newest.statement_thresholds.items())
        terminal.say(f"a statement since {show_time(newest.first)} needs: {asked}")
        for label, text in _witnesses(newest):
            terminal.say(f"{label}: {text}")
        terminal.table(("key", "fingerprint", "roles", "validity"), [_row(row) for row in newest.keys])

    return Result(outcome="done", show=tell, fields={"versions": [_version(file) for file in chain.files]})


def _row(entry: KeyEntry) -> tuple[str, str, str, str]:
    from por.attestation.keychain import validity

    told = validity(entry)
    if entry.revoked is not None:
        told = f"REVOKED at {show_time(entry.revoked.at)}: {entry.revoked.reason}"
    return entry.name, f"{entry.key.keyid[:16]}...", ", ".join(entry.roles), told


def _witnesses(file: KeyFile) -> list[tuple[str, str]]:
    policy = file.witnesses
    if policy is None:
        return []
    shown = [(f"witness {row.name}", row.line) for row in policy.witnesses]
    return [("witnesses needed", f"{policy.needed} of {len(policy.witnesses)}"), *shown]


def _version(file: KeyFile) -> dict[str, Any]:
    return {"digest": file.digest, **file.document()}


def described(data: bytes, name: str) -> list[tuple[str, str]]:
    """Return what one version says, for `por inspect`: pairs of a label and a text."""
    from por.attestation.keyfile import parse_signed

    envelope, file = parse_signed(data, where=name)
    lines = [
        ("issuer", file.issuer),
        ("version", str(file.version)),
        ("identity", file.digest),
        ("previous", file.previous or "none: the first"),
        ("in force", f"from {show_time(file.first)}, speaks until {show_time(file.last)}"),
    ]
    lines += [(f"threshold {role}", str(number)) for role, number in sorted(file.thresholds.items())]
    lines += [(f"key {row[0]}", f"{row[1]} {row[2]}; {row[3]}") for row in map(_row, file.keys)]
    lines += _witnesses(file)
    return lines + [("signature by", item.keyid) for item in envelope.signatures]


def described_timestamp(data: bytes, name: str) -> list[tuple[str, str]]:
    """Return what a timestamp says, for `por inspect`."""
    from por.attestation.timestamps import read_token

    token = read_token(data, where=name)
    return [("at the latest", show_time(token.latest)), (f"over ({token.algorithm})", token.imprint.hex())]
