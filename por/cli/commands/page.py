"""`por keys page`: the customer's verifier as one file, with the exchange's key and name in it."""

from __future__ import annotations

from pathlib import Path

import click

from por import files
from por.cli import options, terminal
from por.cli.result import Result
from por.errors import UsageError


@click.command()
@click.argument("key", metavar="FILE|LINE|DIR")
@options.path_option("-o", "out", required=True, help="File to write, such as verify.html.")
@click.option("--issuer", help="The name that people know the exchange by; a key file's own when left out.")
@options.common
def page(key: str, out: Path, issuer: str | None) -> Result:
    """Write the customer's verifier as one HTML file that works without a network, with your key and name in it.

    Of a key file give the folder of its signed versions: the page trusts the oldest and follows it to the newest.
    """
    from por.attestation.keysource import is_key_file, load_key_files
    from por.header import check_text
    from por.publish.verifier import verifier_page

    if is_key_file(Path(key)):
        given = sorted(load_key_files(Path(key)), key=lambda one: one.file.version)
        signed = [one.envelope.to_bytes() for one in given if one.envelope is not None]
        if len(signed) != len(given):
            raise UsageError(
                f"{key}: nobody signed this key file",
                code="keyfile-unsigned",
                hint="`por keys sign` makes 1.keys.json of it: customers' pages follow signed versions only",
            )
        name = check_text(issuer or given[-1].file.issuer, where="--issuer")
        data = verifier_page(key_files=signed, issuer=name)
    else:
        from por.attestation.keys import load_public

        found = load_public(key)
        name = issuer or found.name or ""
        if not name:
            raise UsageError(f"{key}: has no name", code="usage", hint="give --issuer 'Example Exchange K.K.'")
        check_text(name, where="--issuer")
        data = verifier_page(key=found.verifier_line(found.name) if found.name else found.pem.decode(), issuer=name)
    files.write_bytes(out, data)

    def tell() -> None:
        terminal.say(f"wrote {out}: open it in any browser, or put it on your site")
        terminal.say(f"it says that it came with the key of {name}; whoever gets it must get it from you")

    return Result(outcome="done", show=tell, fields={"file": str(out), "issuer": name})
