"""`por timestamp`: a timestamping authority's word on when a statement was signed."""

from __future__ import annotations

from pathlib import Path

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result


@click.command()
@options.in_path("publication", metavar="PUBLICATION")
@click.option("--tsa", "urls", multiple=True, required=True, metavar="URL", help="An RFC 3161 authority; @FILE too.")
@options.tsa_option
@options.common
def timestamp(publication: Path, urls: tuple[str, ...], tsa_ca: Path | None) -> Result:
    """Have every signature of a publication stamped, so that it still counts if its key is revoked later.

    Timestamps that are there stay; run it again after a countersignature.
    """
    from por.attestation.tsa import stamp

    known = options.load_authorities(tsa_ca)
    asked = [
        files.read_text(Path(url[1:]), limit=options.MAX_SECRET).strip() if url[:1] == "@" else url for url in urls
    ]
    made = stamp(publication, asked, roots=known)

    def tell() -> None:
        for name in made:
            terminal.say(f"wrote {publication / name}")
        terminal.say("each signature has its timestamps" if made else "each signature had its timestamps already")
        if not known:
            terminal.say("over the right signatures; whose they are was not checked: --tsa-ca FILE")

    return Result(outcome="done", show=tell, fields={"written": made, "verified": bool(known)})


def _url(value: str) -> str:
    return files.read_text(Path(value[1:]), limit=options.MAX_SECRET).strip() if value.startswith("@") else value
