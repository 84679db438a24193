"""`por publish`: a static site out of a history of publications."""

from __future__ import annotations

from pathlib import Path

import click

from por.cli import options
from por.cli.result import Result


@click.command()
@options.in_path("publications", metavar="PUBLICATION...", nargs=-1, required=True)
@options.path_option("-o", "out", required=True, metavar="SITE", help="The site's folder; an earlier one is replaced.")
@options.key_option
@options.path_option("--log", metavar="LOGDIR", help="The log's folder: its public files become part of the site.")
@click.option("--url", default="", metavar="URL", help="Where the site will be, for the feed's links.")
@options.tsa_option
@options.common
def publish(
    publications: tuple[Path, ...], out: Path, keys: tuple[str, ...], log: Path | None, url: str, tsa_ca: Path | None
) -> Result:
    """Make a static site: the latest verdict, each statement with its files, the verifier page, keys, log and feed.

    Each PUBLICATION is a folder or a .zip of it. Its signatures, its files and its place in the log are verified
    first, and so is that no two contradict each other. Nothing but what was signed goes out: customers' proofs,
    annexes and stores never do.
    """
    from por.cli.publishing import Order, make_site, site_result

    site, written = make_site(
        Order(
            publications=publications,
            keys=keys,
            trust=options.load_trust(keys),
            out=out,
            log=log,
            url=url,
            authorities=options.load_authorities(tsa_ca),
        )
    )
    return site_result(site, written)
