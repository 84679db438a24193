"""Object stores (S3 and others) through fsspec: any file system that it knows and that is installed.

Credentials come from where each file system looks for them (environment, profile, instance), never from the URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from por.errors import InputError, PorError, SourceError, UsageError
from por.liabilities.sources.places import LocalPlace, Place, choose

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az"), "adlfs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlace:
    """One object in a store; `name` is its URL without a query."""

    files: Any
    name: str

    @property
    def label(self) -> str:
        """The URL."""
        return self.name

    def open(self) -> IO[bytes]:
        """Open it to read; raises InputError or SourceError."""
        stream: IO[bytes] = _reached(self.name, lambda: self.files.open(self.name, "rb"))
        return stream

    def size(self) -> int | None:
        """Return its bytes, when the store tells."""
        size: int | None = _reached(self.name, lambda: self.files.info(self.name)).get("size")
        return size

    def version(self) -> object:
        """Return what the store gives a file's state by (an ETag, a time), or its size."""
        self.files.invalidate_cache()
        found = _reached(self.name, lambda: self.files.info(self.name))
        return tuple((key, str(found[key])) for key in sorted(found) if key.lower() not in ("created", "url"))

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read through this file system."""
        protocols = self.files.protocol if isinstance(self.files.protocol, tuple | list) else (self.files.protocol,)
        if not set(protocols) & set(connection.list_filesystems()):
            connection.register_filesystem(self.files)


def expand_url(url: str) -> Sequence[Place]:
    """Return the objects that a URL names: one, those under a prefix, or those that match a pattern."""
    scheme = _check(url)
    try:
        import fsspec
    except ImportError:
        raise _missing("fsspec", "reading object stores") from None
    if scheme in ("file", "local"):
        raise UsageError(f"{url}: a path on this machine", code="ledger-url", hint="give the path without file://")
    try:
        files, path = fsspec.core.url_to_fs(url)
    except ImportError:
        raise _missing(_PACKAGES.get(scheme, f"the fsspec file system for {scheme}"), f"{scheme}://") from None
    except ValueError:
        raise UsageError(
            f"{scheme}:// is no object store that fsspec knows", code="ledger-url", hint="for example s3://bucket/key"
        ) from None
    if isinstance(files, fsspec.implementations.local.LocalFileSystem):
        return [LocalPlace(path=path)]

    def full(name: str) -> str:
        return str(files.unstrip_protocol(name))

    if _reached(url, lambda: files.isfile(path)):
        return [StoredPlace(files=files, name=full(path))]
    if re.search(r"[*?\[]", path):
        matches = _reached(url, lambda: files.glob(path, detail=True))
        found = sorted(name for name, info in matches.items() if info.get("type") != "directory")
        if not found:
            raise InputError(f"{url}: no object matches", code="file-missing", hint="check the pattern, and quote it")
        return [StoredPlace(files=files, name=full(name)) for name in found]
    if not _reached(url, lambda: files.isdir(path)):
        raise InputError(f"{url}: no such object or folder", code="file-missing", hint="check the URL")
    prefix = path.rstrip("/") + "/"
    names = [str(name).removeprefix(prefix) for name in _reached(url, lambda: files.find(path))]
    return [StoredPlace(files=files, name=full(prefix + name)) for name in choose(names, url)]


def _check(url: str) -> str:
    """Refuse what would put a secret into a process list, a log or an error; return the scheme."""
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or "::" in url:
        raise UsageError(
            f"{parts.scheme}://: a ledger's URL has no user, no query and no chain of file systems",
            code="ledger-url",
            hint="credentials belong in the environment or in the store's own configuration, never in an argument",
        )
    return parts.scheme.lower()


def _missing(package: str, what: str) -> UsageError:
    hint = "pip install 'por[exchange]'" if package == "fsspec" else f"pip install {package}"
    return UsageError(f"{what} needs {package}, which is not installed", code="extra-missing", hint=hint)


def _reached(label: str, ask: Callable[[], T]) -> T:
    """Ask a store; every library has exceptions of its own, and what they say may hold credentials."""
    try:
        return ask()
    except FileNotFoundError:
        raise InputError(f"{label}: no such object or folder", code="file-missing", hint="check the URL") from None
    except PorError:
        raise
    except Exception as error:
        raise SourceError(
            f"{label}: the store cannot be read ({type(error).__name__})",
            code="store-unreachable",
            hint="check the store's address and credentials in the environment, and that they allow reading",
        ) from None
