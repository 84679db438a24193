"""Files are written to a temporary name and renamed, so that a failure leaves what was there as it was."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from por.errors import InputError, PorError, SourceError

MAX_DOCUMENT = 256 << 20
"""Larger than any document of ours; a bound so that a wrong path (a disk image) is refused instead of read."""


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of Linux's renameat2(2)."""


def read_bytes(path: Path, *, limit: int = MAX_DOCUMENT) -> bytes:
    """Read a whole file of at most `limit` bytes; SourceError when it cannot be opened, InputError when too large."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise explain(error, path) from None
    if len(data) > limit:
        raise InputError(f"{path}: larger than {limit:,} bytes", code="file-too-large", hint="is this the right file?")
    return data


def read_text(path: Path, *, limit: int = MAX_DOCUMENT) -> str:
    """Read a UTF-8 file; InputError when it is not UTF-8."""
    try:
        return read_bytes(path, limit=limit).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text", code="file-not-text", hint="save the file as UTF-8") from None


def write_bytes(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write `data` beside `path`, flush it to disk, and rename it into place; SourceError when that fails."""
    import tempfile  # with shutil, a tenth of the start of `por verify`, which writes nothing

    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


@contextmanager
def new_file(path: Path, *, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Yield a file beside `path` that takes its place, flushed, when the block ends well and vanishes when it fails."""
    import tempfile

    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path, *, mode: int = 0o755) -> Iterator[Path]:
    """Yield an empty folder beside `path` that takes its place when the block ends well and vanishes when it fails.

    What stood at `path` stays until the moment of the exchange. OSErrors inside surface as SourceError.
    """
    import shutil
    import tempfile

    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise explain(error, path) from None
    try:
        yield temporary
        temporary.chmod(mode)
        sync_folder(temporary)
        _exchange(temporary, path)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _exchange(new: Path, path: Path) -> None:
    import shutil
    import tempfile

    if not (path.exists() or path.is_symlink()):
        new.rename(path)
    elif not _swap(new, path):
        old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent)) / "folder"
        path.rename(old)
        try:
            new.rename(path)
        except OSError:
            old.rename(path)
            raise
        finally:
            shutil.rmtree(old.parent, ignore_errors=True)
    sync_folder(path.parent)


def _swap(new: Path, path: Path) -> bool:
    """Exchange two names in one step, so that `path` is there at every moment; False where the system cannot."""
    import ctypes  # here, because a customer's check reads files and never replaces a folder

    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(path), _RENAME_EXCHANGE) == 0)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to disk, so that a rename survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def explain(error: OSError, path: Path | str) -> PorError:
    """Turn an OSError at `path` into a SourceError (or an InputError for a file that is not there)."""
    place = error.filename or path
    if error.errno == errno.ENOENT:
        return InputError(f"{place}: no such file or folder", code="file-missing", hint="check the path")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return SourceError(
            f"{place}: the disk is full",
            code="disk-full",
            hint="free some space and run the same command again; nothing was replaced",
        )
    return SourceError(
        f"{place}: {(error.strerror or str(error)).lower()}",
        code="file-unreachable",
        hint="check the path and its permissions",
    )


def make_folder(path: Path) -> None:
    """Make a folder and those above it, when they are not there; SourceError when that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, path) from None
