"""Makes the static site, for `por publish` and at the end of `por run`, and says what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import por
from por import files
from por.attestation.keyfile import MAX_FILE
from por.attestation.keysource import SUFFIX
from por.cli import options, terminal
from por.cli.evidence import keep_evidence
from por.cli.result import Result
from por.errors import UsageError
from por.outcomes import Outcome

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from por.attestation.trust import Trust
    from por.pipeline.config import Config
    from por.pipeline.site import SitePlan
    from por.pipeline.steps import Step
    from por.publish.site.values import Gap, Site
    from por.publish.site.write import Written

_URL = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/\-]*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a site is made of: publications, the exchange's keys as they were given, the log's folder, the address."""

    publications: Sequence[Path]
    keys: Sequence[str]
    trust: Trust
    out: Path
    log: Path | None = None
    url: str = ""
    authorities: Sequence[Certificate] = ()


def make_site(order: Order) -> tuple[Site, Written]:
    """Verify the publications and the log, and write the site; evidence of a contradiction is kept where we are."""
    from por.audit.equivocation import EquivocationError
    from por.audit.series import gaps_of, verify_log, verify_series
    from por.publish.site.values import Site
    from por.publish.site.write import check_target, write_site

    check_target(order.out)
    _check_apart(order)
    try:
        issues = verify_series(order.publications, trust=order.trust, authorities=order.authorities)
    except EquivocationError as error:
        terminal.note(f"wrote {keep_evidence(error)}: what the exchange signed and cannot all be true")
        raise
    log = None if order.log is None else verify_log(order.log, issues, trust=order.trust)
    site = Site(
        issues=issues,
        gaps=gaps_of(issues, size=None if log is None else log.size),
        log=log,
        key_files=_key_files(order),
        url=site_url(order.url),
    )
    return site, write_site(site, order.out)


def site_step(config: Config, plan: SitePlan) -> Step:
    """Return the step of `por run` that makes the site of all that the log has and that stands published."""
    from por.pipeline.site import publications_of, site_inputs
    from por.pipeline.steps import Step

    def action() -> None:
        order = Order(
            publications=publications_of(config),
            keys=plan.keys,
            trust=options.load_trust(plan.keys),
            out=plan.folder,
            log=config.log,
            url=plan.url,
            authorities=options.load_authorities(config.authorities_ca),
        )
        for gap in make_site(order)[0].gaps:
            terminal.note(f"not on the site: {shown_gap(gap)}")

    return Step(
        name="site",
        inputs=lambda: dict(site_inputs(config, plan, por.__version__)),
        output=plan.folder,
        action=action,
    )


def site_url(text: str) -> str:
    """Return the address of a site with a slash at its end, or nothing for nothing; UsageError for what is none."""
    if not text:
        return ""
    if not _URL.fullmatch(text):
        raise UsageError(
            f"{text!r} is not a site's address",
            code="site-url",
            hint="write it like https://example.com/reserves/, without a user, a query or a fragment",
        )
    return text if text.endswith("/") else f"{text}/"


def site_result(site: Site, written: Written) -> Result:
    """Say what is on the site; a verdict that fails is the statement's, and no failure to publish it."""
    newest = site.newest.statement

    def tell() -> None:
        terminal.say(f"wrote {written.folder}: {len(site.issues)} statements, {written.files:,} files")
        terminal.say(f"the newest is {newest.header.sequence}, as of {newest.header.as_of}: {newest.verdict.value}")
        for gap in site.gaps:
            terminal.say(f"not on it: {shown_gap(gap)}")
        terminal.say(f"open {written.folder}/index.html, or have any web server hand the folder out")

    fields: dict[str, Any] = {
        "site": str(written.folder),
        "files": written.files,
        "bytes": written.size,
        "statements": [
            {"sequence": row.sequence, "digest": row.statement.digest, "verdict": row.statement.verdict.value}
            for row in site.issues
        ],
        "gaps": [{"count": gap.count, "after": gap.after, "before": gap.before} for gap in site.gaps],
    }
    return Result(outcome=Outcome.HOLDS.value, show=tell, fields=fields)


def shown_gap(gap: Gap) -> str:
    """Say which entries of the log are not on a site."""
    entries = f"{gap.count} {'entry' if gap.count == 1 else 'entries'} of the log"
    if gap.after is None:
        return f"{entries} before statement {gap.before}"
    if gap.before is None:
        return f"{entries} after statement {gap.after}"
    return f"{entries} between statements {gap.after} and {gap.before}"


def _check_apart(order: Order) -> None:
    """Refuse a site within what it is made of: it would be a stray file there, or be part of itself."""
    out = order.out.absolute()
    for place in [*order.publications, *([order.log] if order.log else [])]:
        if place.absolute().resolve() in [out.resolve(), *out.resolve().parents]:
            raise UsageError(
                f"{order.out}: within {place}", code="out-occupied", hint="give a folder outside of what is published"
            )


def _key_files(order: Order) -> dict[str, bytes]:
    """Return the signed versions of the key file that were followed, as N.keys.json, oldest first."""
    from por.attestation.keyfile import parse_signed

    if order.trust.chain is None:
        return {}
    followed = {file.digest: file.version for file in order.trust.chain.files}
    found: dict[int, bytes] = {}
    for value in map(Path, order.keys):
        for path in sorted(value.iterdir()) if value.is_dir() else [value]:
            if path.name.endswith(SUFFIX if value.is_dir() else ".json"):
                data = files.read_bytes(path, limit=MAX_FILE)
                _, file = parse_signed(data, where=str(path))
                if file.digest in followed:
                    found[file.version] = data
    return {f"{version}{SUFFIX}": found[version] for version in sorted(found)}
