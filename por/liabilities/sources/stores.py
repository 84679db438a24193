"""Object stores (S3 and others) through fsspec: any file system that it knows and that is installed.

Credentials come from where each file system looks for them (environment, profile, instance), never from the URL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from por.errors import InputError, PorError, SourceError, UsageError
from por.liabilities.sources.places import LocalPlace, Place, choose

if TYPE_CHECKING:
    import duckdb

    from por.liabilities.sources.bridge import Bridge

T = TypeVar("T")

_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("abfs", "abfss", "az"), "adlfs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlace:
    """One object in a store; `url` names it, `bridge` is how DuckDB reads it."""

    files: Any
    url: str
    bridge: Bridge

    @property
    def label(self) -> str:
        """The URL."""
        return self.url

    @property
    def identity(self) -> str:
        """The URL."""
        return self.url

    @property
    def name(self) -> str:
        """What DuckDB knows it by."""
        return self.bridge.name

    def open(self) -> IO[bytes]:
        """Open it to read; raises InputError or SourceError."""
        stream: IO[bytes] = _reached(self.url, lambda: self.files.open(self.url, "rb"))
        return cast(IO[bytes], Told(stream, self.url))

    def size(self) -> int | None:
        """Return its bytes."""
        size: int = self.bridge.size(self.name)
        return size

    def version(self) -> object:
        """Return what the store gives a file's state by (an ETag, a time), or its size."""
        self.files.invalidate_cache()
        found = _reached(self.url, lambda: self.files.info(self.url))
        return tuple((key, str(found[key])) for key in sorted(found) if key.lower() not in ("created", "url"))

    def digest(self) -> str | None:
        """Return the ETag that the store gives; None without one, and for a weak one, which equal contents share."""
        self.files.invalidate_cache()
        found = _reached(self.url, lambda: self.files.info(self.url))
        tags = [str(value) for key, value in found.items() if key.lower() == "etag" and value]
        return f"etag {tags[0]}" if tags and not tags[0].startswith("W/") else None

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read through the bridge."""
        if self.bridge.protocol not in connection.list_filesystems():
            connection.register_filesystem(self.bridge)

    def failure(self) -> PorError | KeyboardInterrupt | None:
        """Return what the store has failed with while DuckDB read."""
        for error in self.bridge.failures:
            return error if isinstance(error, KeyboardInterrupt) else _failed(self.url, error)
        return None


class Told:
    """A file whose failures are told as ours."""

    def __init__(self, file: IO[bytes], url: str) -> None:
        self._file, self._url = file, url

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *ignored: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._file, name)
        if not callable(found):
            return found
        return lambda *given, **named: _reached(self._url, lambda: found(*given, **named))


def expand_url(url: str) -> Sequence[Place]:
    """Return the objects that a URL names: one, those under a prefix, or those that match a pattern."""
    scheme = _check(url)
    try:
        import fsspec
        from fsspec.implementations.local import LocalFileSystem

        from por.liabilities.sources.bridge import Bridge
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
    if isinstance(files, LocalFileSystem):
        return [LocalPlace(path=path)]

    def place(name: str, info: Mapping[str, Any]) -> StoredPlace:
        url = str(files.unstrip_protocol(name))
        bridge = Bridge(open_object=lambda: files.open(url, "rb"), size=_size(info, url))
        return StoredPlace(files=files, url=url, bridge=bridge)

    info = _reached(url, lambda: _info(files, path))
    if info is not None and info.get("type") != "directory":
        return [place(path, info)]
    if info is None:
        if not re.search(r"[*?\[]", path):
            raise InputError(f"{url}: no such object or folder", code="file-missing", hint="check the URL")
        found = _reached(url, lambda: files.glob(path, detail=True))
        found = {name: info for name, info in found.items() if info.get("type") != "directory"}
        if not found:
            raise InputError(f"{url}: no object matches", code="file-missing", hint="check the pattern, and quote it")
        return [place(name, found[name]) for name in sorted(found)]
    prefix = path.rstrip("/") + "/"
    found = _reached(url, lambda: files.find(path, detail=True))
    names = {str(name).removeprefix(prefix): name for name in found}
    return [place(names[short], found[names[short]]) for short in choose(names, url)]


def _info(files: Any, path: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = files.info(path)
    except FileNotFoundError as error:
        cause = error.__cause__
        # fsspec's HTTP says so of everything that fails; only two answers mean that nothing is there.
        broken = isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)
        if cause is not None and (broken or getattr(cause, "status", 404) not in (404, 410)):
            raise cause from None
        return None
    return found


def _size(info: Mapping[str, Any], url: str) -> int:
    size = info.get("size")
    if not isinstance(size, int):
        raise SourceError(
            f"{url}: the store does not say how long it is",
            code="store-unreachable",
            hint="use a store that tells sizes and answers ranges, or copy the file here first",
        )
    return size


def _check(url: str) -> str:
    """Refuse what would put a secret into a process list, a log or an error; return the scheme."""
    parts = urlsplit(url)
    # Elsewhere a question mark is part of a name or of a pattern.
    query = parts.query if parts.scheme.lower() in ("http", "https") else ""
    if "@" in parts.netloc or query or "::" in url:
        raise UsageError(
            f"{parts.scheme.rpartition(':')[2]}://: a ledger's URL has no user, no query and no chain of file systems",
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
        raise _failed(label, error) from None


def _failed(label: str, error: BaseException) -> PorError:
    return SourceError(
        f"{label}: the store cannot be read ({type(error).__name__})",
        code="store-unreachable",
        hint="check the store's address and credentials in the environment, and that they allow reading",
    )
