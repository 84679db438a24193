"""`por countersign`: a further signature on a statement, or on a key file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from por.cli import options, terminal
from por.cli.result import Result

if TYPE_CHECKING:
    from por.attestation.countersign import Countersigned


@click.command()
@options.in_path("publication", metavar="PUBLICATION|FILE")
@options.signer
@click.option("--statement", "expected", metavar="DIGEST", help="Sign only if this is its identity.")
@options.passphrase
@options.common
def countersign(
    publication: Path,
    key: str,
    public: Path | None,
    expected: str | None,
    passphrase_fd: int | None,
    passphrase_file: Path | None,
) -> Result:
    """Add a signature to what others signed: a publication's statement, or N.keys.json of a key file.

    What it means is what your role says; look at it first with `por audit` or `por inspect`. Its identity stays.
    """
    from por.attestation.countersign import countersign as add

    signer = options.open_signer(key, options.Passphrase(fd=passphrase_fd, file=passphrase_file), public)
    found = add(publication, signer, expected=expected)
    return Result(
        outcome="done",
        show=lambda: _tell(found, signer.public.keyid),
        fields={
            "file": str(found.path),
            "statement" if found.statement else "key_file": {"digest": found.envelope.digest},
            "keyid": signer.public.keyid,
            "added": found.added,
            "signed_by": [item.keyid for item in found.envelope.signatures],
        },
    )


def _tell(found: Countersigned, keyid: str) -> None:
    if found.statement is not None:
        header = found.statement.header
        terminal.say(f"{header.issuer} ({header.scope}), statement {header.sequence}, as of {header.as_of}")
        terminal.say(f"it states: {found.statement.verdict.value}")
        terminal.say(f"statement {found.envelope.digest}")
    elif found.keys is not None:
        terminal.say(f"{found.keys.issuer}: version {found.keys.version} of the key file")
        terminal.say(f"identity {found.envelope.digest}")
    if found.added:
        terminal.say(f"signed by {keyid[:16]}...; {len(found.envelope.signatures)} signatures now")
    else:
        terminal.say(f"{keyid[:16]}... had signed it already; nothing was changed")
