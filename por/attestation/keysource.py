"""What stands behind `--key`: bare public keys, or a key file, a folder of its versions, or several of these.

Of key files the first that is named is what the verifier trusts: of a folder its oldest version. All others only
count as far as they follow from it, so they may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from por import files
from por.attestation.keychain import Given, follow, pinned_of
from por.attestation.keyfile import MAX_FILE, parse_signed, parse_toml
from por.attestation.keys import load_public
from por.attestation.trust import Trust
from por.errors import TrustError, UsageError

SUFFIX = ".keys.json"
"""How the name of a signed version ends: 1.keys.json, 2.keys.json, ..."""

_ENDINGS = (".toml", ".json")


def load_trust(values: Sequence[str]) -> Trust:
    """Read what the verifier brought; TrustError when there is nothing, UsageError for keys mixed with key files.

    Raises what `load_public`, the reader of key files and `follow` raise.
    """
    if not values:
        raise TrustError(
            "no key was given, and a key that came with the file proves nothing",
            code="key-missing",
            hint="take the exchange's key from its website or your help page and give it: --key FILE or --key LINE",
        )
    given = [list(load_key_files(Path(value))) if is_key_file(Path(value)) else [] for value in values]
    if not any(given):
        return Trust(keys=tuple(load_public(value) for value in values))
    if not all(given):
        raise UsageError(
            "bare keys and key files do not go together",
            code="keys-mixed",
            hint="roles come from one key file: add the key to a file of your own (TOML), or give only keys",
        )
    pinned = pinned_of(given[0])
    chain = follow(pinned, (row for rows in given for row in rows if row is not pinned))
    return Trust(keys=chain.keys, chain=chain)


def load_key_files(path: Path) -> Iterator[Given]:
    """Yield the key files at a path: one file, or every N.keys.json of a folder; TrustError when it has none."""
    if path.is_dir():
        names = sorted(item for item in path.iterdir() if item.name.endswith(SUFFIX))
        if not names:
            raise TrustError(
                f"{path}: no key file in this folder",
                code="key-missing",
                hint=f"its versions are called 1{SUFFIX}, 2{SUFFIX}, ...",
            )
        for item in names:
            yield from load_key_files(item)
    elif path.suffix == ".toml":
        from por.toml import read_toml

        text = files.read_text(path, limit=MAX_FILE)
        yield Given(where=str(path), file=parse_toml(read_toml(text, where=str(path)), where=str(path)), envelope=None)
    else:
        envelope, file = parse_signed(files.read_bytes(path, limit=MAX_FILE), where=str(path))
        yield Given(where=str(path), file=file, envelope=envelope)


def is_key_file(path: Path) -> bool:
    """Tell whether a value of `--key` names a key file or a folder of them, and not a bare key."""
    try:
        return path.suffix in _ENDINGS or path.is_dir()
    except OSError:  # a verifier key is no path, and may be too long for one
        return False
