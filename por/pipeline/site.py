"""[site] of por.toml: the static site that a run brings up to date when it has published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from por import documents
from por.attestation.log import log_begun, reopen_log
from por.attestation.publication import ATTESTATION
from por.errors import InputError
from por.files import digest_file
from por.pipeline.steps import digest_folder

if TYPE_CHECKING:
    from por.pipeline.config import Config

SEQUENCE = "{sequence}"


class SiteTable(documents.Document):
    """[site]: its folder and address, and the keys by which publications are judged before they go in."""

    folder: str | None = None
    url: str | None = None
    keys: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """Where the site goes. `keys` are what `--key` of `por publish` takes."""

    folder: Path
    url: str
    keys: tuple[str, ...]


def plan_site(table: SiteTable, *, base: Path, own: Path, publication: str, where: str) -> SitePlan | None:
    """Return what por.toml asks for, or None without a folder; InputError when statements would not be kept.

    `own` is the exchange's key file, or its public key.
    """
    if table.folder is None:
        return None
    if SEQUENCE not in publication:
        raise InputError(
            f"{where}: site.folder: each publication takes the place of the one before it, so a site has no history",
            code="config-site",
            hint=f'keep each statement: publication = "publication/{SEQUENCE}" under [output]',
        )
    keys = [base / name if (base / name).exists() else name for name in table.keys or ()] or [own]
    return SitePlan(folder=base / table.folder, url=table.url or "", keys=tuple(str(key) for key in keys))


def publications_of(config: Config) -> list[Path]:
    """Return the folders of the log's statements that stand where they belong, oldest first."""
    if not log_begun(config.log):
        return []
    with reopen_log(config.log) as log:
        folders = [config.publication_of(log.sequence(index)) for index in range(log.size)]
    return [folder for folder in folders if (folder / ATTESTATION).is_file()]


def site_inputs(config: Config, plan: SitePlan, software: str) -> dict[str, str]:
    """Return the digests of all that a site is made of."""
    inputs = {str(folder): digest_folder(folder) for folder in publications_of(config)}
    for key in map(Path, plan.keys):
        inputs[f"key {key}"] = digest_folder(key) if key.is_dir() else digest_file(key) if key.is_file() else ""
    return {**inputs, "log": digest_folder(config.log / "public"), "url": plan.url, "software": software}
