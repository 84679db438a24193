"""The door to the Rust kernel: imported late, and its errors told in the package's own classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from por.errors import InputError, PorError, SourceError, TrustError, UsageError

CLASSES: dict[str, type[PorError]] = {
    "disk-full": SourceError,
    "file-unreachable": SourceError,
    "memory-exhausted": SourceError,
    "key-malformed": TrustError,
    "key-mismatch": TrustError,
}


def load() -> Any:
    """Import por_kernel; raise UsageError when the small installation lacks it."""
    try:
        import por_kernel
    except ImportError:
        raise UsageError(
            "this command needs the Rust kernel, which is not installed",
            code="extra-missing",
            hint="pip install 'por[exchange]'",
        ) from None
    return por_kernel


_ON_DISK = {"disk-full": "the disk is full", "file-missing": "no such file or folder"}
"""What the operating system says in other words elsewhere."""


@contextmanager
def explained(place: str, *, hints: dict[str, str] | None = None, written: str | None = None) -> Iterator[None]:
    """Turn a KernelError inside the block into a PorError of the same code, with `place` before its message.

    Errors of the disk name `written` instead, when it is given: what was read is not at fault then.
    """
    kernel = load()
    try:
        yield
    except kernel.KernelError as error:
        kind = CLASSES.get(error.code, InputError)
        hint = (hints or {}).get(error.code, error.hint)
        if written is not None and issubclass(kind, SourceError):
            place = written
        # Errors of a store name their file already.
        message = _ON_DISK.get(error.code, error.message.removeprefix(f"{place}: "))
        raise kind(f"{place}: {message}", code=error.code, hint=hint) from None
