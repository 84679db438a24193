"""Writes a site into a folder of its own and puts it in its place in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from por import canonical
from por.errors import ClaimError, InputError, UsageError
from por.files import explain, new_folder, read_bytes, sync_folder
from por.publish.site.archive import pack
from por.publish.site.feed import feed_name, page_name, write_feed
from por.publish.site.pages import RECENT, Pages, key_row
from por.publish.site.values import LOGGED, PUBLISHED, File, Issue, Site
from por.publish.site.words import LANGUAGES
from por.publish.verifier import verifier_page

FORMAT = "por-site/1"
MARKER = "site.json"
"""What a folder of ours has, by which it may be replaced (docs/spec/site.md)."""

VERIFIER, KEYS, LOG, STATEMENTS = "verify.html", "keys", "log", "statements"

_MAX_MARKER = 64 << 20
"""Bytes of a marker: a statement takes some three hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of it: the folder, and how many files of how many bytes are in it."""

    folder: Path
    files: int
    size: int


class _Folder:
    """A folder that is being filled: modes for web servers, each file flushed, everything counted."""

    def __init__(self, root: Path) -> None:
        self._root, self.files, self.size = root, 0, 0

    def write(self, name: str, data: bytes) -> None:
        path = self._root / name
        for parent in [*reversed(path.relative_to(self._root).parents)][1:]:
            if not (self._root / parent).is_dir():
                (self._root / parent).mkdir()
                (self._root / parent).chmod(0o755)
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        self.files, self.size = self.files + 1, self.size + len(data)

    def flush(self) -> None:
        for folder, _, _ in os.walk(self._root):
            sync_folder(Path(folder))


def write_site(site: Site, out: Path) -> Written:
    """Write the site to `out`: the same site gives the same bytes. An older site there is replaced in one step.

    UsageError `out-occupied` when `out` is something else, or has files that are not a site's; ClaimError when a file
    of a publication or of the log has a name that none of theirs has, or when a publication has changed since it was
    verified.
    """
    check_target(out)
    with new_folder(out) as root:
        folder = _Folder(root)
        archives = [_write_publication(folder, issue) for issue in site.issues]
        for language in LANGUAGES:
            _write_pages(folder, site, language, archives)
        for key in site.keys:
            folder.write(f"{KEYS}/{key_row(site, key)['file']}", key.pem)
        for name, data in site.key_files.items():
            folder.write(f"{KEYS}/{name}", data)
        for name, data in (site.log.files if site.log else {}).items():
            _check_name(name, LOGGED.fullmatch(name) is not None)
            folder.write(f"{LOG}/{name}", data)
        folder.write(VERIFIER, _verifier(site))
        folder.write(MARKER, canonical.encode(_marker(site, archives)))
        folder.flush()
    return Written(folder=out, files=folder.files, size=folder.size)


def check_target(out: Path) -> None:
    """Return when `out` is new, empty, or an earlier site with nothing of others in it; UsageError otherwise."""
    try:
        there = sorted(item.name for item in out.iterdir()) if out.exists() or out.is_symlink() else []
    except OSError as error:
        if not isinstance(error, NotADirectoryError):
            raise explain(error, out) from None
        there = [out.name]
    if there and not _is_site(out / MARKER):
        raise UsageError(
            f"{out}: something else than a site is there",
            code="out-occupied",
            hint="give a folder that is new, empty or holds an earlier site; its contents are replaced",
        )
    foreign = [name for name in there if name not in _top_names()]
    if foreign:
        raise UsageError(
            f"{out}: holds {foreign[0]!r} beside the site, which would be lost",
            code="site-foreign",
            hint="keep files of your own (robots.txt, .well-known) outside and have the web server add them",
        )


def _is_site(marker: Path) -> bool:
    try:
        found = canonical.decode(read_bytes(marker, limit=_MAX_MARKER), where=MARKER)
    except InputError:
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT


def _top_names() -> set[str]:
    pages = {page_name(stem, language) for stem in ("index", "history") for language in LANGUAGES}
    return pages | {feed_name(language) for language in LANGUAGES} | {VERIFIER, KEYS, LOG, STATEMENTS, MARKER}


def _write_publication(folder: _Folder, issue: Issue) -> File:
    """Write one publication and its .zip, and return what the .zip is."""
    files = issue.load()
    for name in files:
        _check_name(name, PUBLISHED.fullmatch(name) is not None)
    place = f"{STATEMENTS}/{issue.sequence}"
    for name, data in sorted(files.items()):
        folder.write(f"{place}/publication/{name}", data)
    name = f"statement-{issue.sequence}.zip"
    data = pack(files, top=f"statement-{issue.sequence}")
    folder.write(f"{place}/{name}", data)
    return File(name=name, size=len(data), sha256=canonical.digest(data))


def _check_name(name: str, good: bool) -> None:
    if not good:
        raise ClaimError(
            f"{name!r} is the name of no file that goes out",
            code="site-stray",
            hint="take it out of the folder; customers' proofs, annexes and stores are never published",
        )


def _write_pages(folder: _Folder, site: Site, language: str, archives: list[File]) -> None:
    pages = Pages(site, language)
    folder.write(page_name("index", language), pages.index())
    if len(site.issues) > RECENT:
        folder.write(page_name("history", language), pages.history())
    for at, issue in enumerate(site.issues):
        folder.write(f"{STATEMENTS}/{issue.sequence}/{page_name('index', language)}", pages.statement(at, archives[at]))
    folder.write(feed_name(language), write_feed(site, language))


def _verifier(site: Site) -> bytes:
    """Return the customer's page with the exchange's key files in it, else with the key of its newest statement."""
    issuer = site.newest.statement.header.issuer
    if site.key_files:
        return verifier_page(key_files=list(site.key_files.values()), issuer=issuer)
    return verifier_page(key=key_row(site, site.keys[0])["line"], issuer=issuer)


def _marker(site: Site, archives: list[File]) -> Mapping[str, object]:
    rows = [
        {
            "sequence": issue.sequence,
            "digest": issue.statement.digest,
            "as_of": issue.statement.header.as_of,
            "verdict": issue.statement.verdict.value,
            "archive": {"name": archive.name, "size": archive.size, "sha256": archive.sha256},
        }
        for issue, archive in zip(site.issues, archives, strict=True)
    ]
    return {"format": FORMAT, "url": site.url or None, "log": site.newest.statement.log.origin, "statements": rows}
