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


@contextmanager
def explained(place: str, *, hints: dict[str, str] | None = None) -> Iterator[None]:
    """Turn a KernelError inside the block into a PorError of the same code, with `place` before its message."""
    kernel = load()
    try:
        yield
    except kernel.KernelError as error:
        kind = CLASSES.get(error.code, InputError)
        hint = (hints or {}).get(error.code, error.hint)
        raise kind(f"{place}: {error.message}", code=error.code, hint=hint) from None
