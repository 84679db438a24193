"""Where a statement says that it stands in its log. Light: a customer's check reads it with every statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from por import canonical
from por.attestation.keys import check_name
from por.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a statement says it stands: the log, the id of its first key, its index, and the root before it."""

    origin: str
    key: str
    index: int
    before: bytes

    def document(self) -> dict[str, Any]:
        """Return the predicate's `log`."""
        return {
            "origin": self.origin,
            "key": self.key,
            "index": self.index,
            "before": {"size": self.index, "root": self.before.hex()},
        }

    @classmethod
    def parse(cls, value: object, *, where: str) -> Position:
        """Read the predicate's `log`; raise InputError."""
        row = keys_of(value, {"origin", "key", "index", "before"}, where=where)
        before = keys_of(row["before"], {"size", "root"}, where=f"{where}.before")
        index = parse_size(row["index"], where=f"{where}.index")
        if parse_size(before["size"], where=f"{where}.before.size") != index:
            raise malformed(f"{where}: the checkpoint before entry {index} has {index} entries")
        if not isinstance(row["origin"], str):
            raise malformed(f"{where}.origin: not a name")
        return cls(
            origin=check_name(row["origin"]),
            key=canonical.parse_hex(row["key"], 32, where=f"{where}.key").hex(),
            index=index,
            before=canonical.parse_hex(before["root"], 32, where=f"{where}.before.root"),
        )


def keys_of(value: object, wanted: set[str], *, where: str) -> dict[str, Any]:
    """Return an object that has exactly the wanted keys; raise InputError."""
    if not isinstance(value, dict) or set(value) != wanted:
        raise malformed(f"{where}: not an object of {', '.join(sorted(wanted))}")
    return value


def parse_size(value: object, *, where: str) -> int:
    """Return an index or a number of entries; raise InputError."""
    if type(value) is not int or not 0 <= value < canonical.INTEGER_LIMIT:
        raise malformed(f"{where}: not a whole number")
    return value


def malformed(message: str) -> InputError:
    """Return the error for what docs/spec/log.md does not allow."""
    return InputError(
        message, code="log-malformed", hint="the file is damaged or not one of ours; compare it with docs/spec/log.md"
    )
