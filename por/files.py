"""Files are written to a temporary name and renamed, so that a failure leaves what was there as it was."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from por.errors import InputError, PorError, SourceError

MAX_DOCUMENT = 256 << 20
"""Larger than any document of ours; a bound so that a wrong path (a disk image) is refused instead of read."""


_UNFINISHED = ".unfinished"
"""How the names of folders end that are being filled."""

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
    """Yield a file that takes `path`'s place, flushed, when the block ends well and vanishes when it fails.

    It lies in a folder of its own beside `path`, which may hold scratch files too (`Path(file.name).parent`, 0700).
    OSErrors inside surface as SourceError. What a killed process has left of the same `path` is removed.
    """
    import shutil

    path = path.absolute()
    try:
        _sweep(path)
        folder, handle = _locked_folder(path)
    except OSError as error:
        raise explain(error, path) from None
    try:
        with (folder / "file").open("xb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        (folder / "file").replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise explain(error, path) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def new_folder(path: Path, *, mode: int = 0o755) -> Iterator[Path]:
    """Yield an empty folder beside `path` that takes its place when the block ends well and vanishes when it fails.

    What stood at `path` stays until the moment of the exchange. OSErrors inside surface as SourceError. What a killed
    process has left unfinished of the same `path` is removed; a folder that another process works in is not.
    """
    import shutil

    path = (path.resolve() if path.is_symlink() else path).absolute()  # a link stays, and so does what it is called
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        temporary, handle = _locked_folder(path)
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
        os.close(handle)


def _locked_folder(path: Path) -> tuple[Path, int]:
    """Make a folder beside `path` and lock it; the lock goes with the process, in whatever way that ends."""
    import tempfile

    while True:
        made = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=_UNFINISHED, dir=path.parent))
        try:
            handle = _lock(made)
        except BaseException:  # Ctrl-C, which must not leave the folder either
            made.rmdir()
            raise
        if handle is not None:
            return made, handle
        # another process swept it away between the two steps


def _lock(folder: Path) -> int | None:
    """Return a handle that holds the folder's lock; None when another process has it or the folder is gone."""
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), folder.stat(follow_symlinks=False)):
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def _sweep(path: Path) -> None:
    """Remove the unfinished folders of `path` that no living process works in."""
    import shutil

    for entry in path.parent.iterdir():
        if entry.name.startswith(f".{path.name}.") and entry.name.endswith(_UNFINISHED):
            handle = _lock(entry)
            if handle is not None:
                shutil.rmtree(entry, ignore_errors=True)
                os.close(handle)


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


def digest_file(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in pieces; SourceError or InputError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise explain(error, path) from None
