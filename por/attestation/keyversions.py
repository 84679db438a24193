"""Makes the next version of a key file from what a person wrote as TOML."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from por.attestation import envelope, keyfile
from por.attestation.keychain import Given, check_history, short_of
from por.attestation.keyfile import KEEPERS, KeyFile
from por.attestation.keys import Signer
from por.attestation.keysource import SUFFIX, load_key_files
from por.errors import TrustError, UsageError
from por.files import make_folder, write_bytes


def sign_version(draft: Path, signer: Signer, folder: Path) -> tuple[Path, KeyFile, int]:
    """Write N.keys.json into the folder of versions, signed by one keeper; return it and how many keepers it lacks.

    The version before it is read there and named by its digest. Raises InputError when the draft is malformed,
    ClaimError when it contradicts the version before, TrustError when that one is missing or the signer is no keeper,
    UsageError when another file of this version is there.
    """
    (given,) = load_key_files(draft)
    file = given.file
    if KEEPERS not in file.thresholds:
        raise keyfile.malformed(f"{draft}: no threshold for the role {KEEPERS!r}, whose keys sign the next version")
    before = _before(folder, file.version)
    file = replace(file, previous=None if before is None else before.file.digest)
    if before is not None:
        check_history(before.file, file, where=str(draft))
    keepers = {row.key.keyid for one in (file, before.file if before else file) for row in one.keepers}
    if signer.public.keyid not in keepers:
        raise TrustError(
            f"{signer.public.keyid[:16]}...: not a key of the role {KEEPERS!r}, in this version or the one before it",
            code="keyfile-keeper",
            hint="sign with a keeper's key, or give it this role in the file",
        )
    path = folder / f"{file.version}{SUFFIX}"
    made = envelope.sign(file.payload, [signer], kind=keyfile.PAYLOAD_TYPE)
    if path.exists():
        (there,) = load_key_files(path)
        if there.envelope is None or there.file.digest != file.digest:
            raise UsageError(
                f"{path}: another version {file.version} is there",
                code="keyfile-exists",
                hint="two files of one version would be a fork: take the next version number",
            )
        made = envelope.merge(made, there.envelope)
    make_folder(folder)
    write_bytes(path, made.to_bytes())
    lacking = [short_of(made, one, file.first) for one in (file, before.file if before else file)]
    return path, file, max(lacking)


def _before(folder: Path, version: int) -> Given | None:
    if version == 1:
        return None
    path = folder / f"{version - 1}{SUFFIX}"
    if not path.is_file():
        raise TrustError(
            f"{path}: version {version - 1} is missing",
            code="keyfile-missing",
            hint="each version names the one before it: sign into the folder that has them all",
        )
    (found,) = load_key_files(path)
    return found
