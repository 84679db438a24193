"""Errors, named by whose fault they are.

Every error carries a `code` (a stable slug that names what is wrong), a message in lower case that names the
place, and a hint that names the mend. Only `por.cli` turns them into exit codes.
"""

from __future__ import annotations


class PorError(Exception):
    """The root of everything this package raises on purpose."""

    kind = "error"

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint


class UsageError(PorError):
    """The request itself cannot be served: flags that do not go together, a missing extra."""

    kind = "usage"


class InputError(PorError):
    """A file or a value that was given is malformed."""

    kind = "input"


class TrustError(PorError):
    """Trust material (a key, a policy pack, a passphrase) is missing or cannot be opened."""

    kind = "trust"


class SourceError(PorError):
    """A source or a resource is out of reach: a node, a disk, a database."""

    kind = "source"


class ClaimError(PorError):
    """A claim was checked and does not hold."""

    kind = "claim"
