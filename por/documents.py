"""The edge where files become values: strict pydantic models, and errors that name the place."""

from __future__ import annotations

import os
from typing import Annotated, Any, TypeVar

# Nothing that happens to be installed beside us may change how documents are read; looking for it also takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from por.errors import InputError
from por.lines import Places, nearest
from por.toml import read_toml

__all__ = ["Document", "Rows", "read", "read_toml"]

MAX_KEYS = 10_000
"""Keys of one object. Each that is wrong costs a kilobyte before the first can be named."""


class Document(BaseModel):
    """Base of every wire or configuration document: no coercion, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


D = TypeVar("D", bound=Document)
T = TypeVar("T")

Rows = Annotated[list[T], FailFast()]
"""A list that is given up at its first wrong entry: a megabyte of wrong ones would cost a gigabyte of errors."""


def read(model: type[D], value: Any, *, where: str, places: Places | None = None) -> D:
    """Validate a parsed JSON or TOML value; raise InputError that names file, field and what is wrong with it.

    With `places` (of a TOML text) the line is named too.
    """
    _refuse_crowds(value, where)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        first = faults[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        unknown = first["type"] == "extra_forbidden"
        line = f"line {nearest(places.found, first['loc'])}: " if places is not None else ""
        raise InputError(
            f"{where}: {line}{place}: {'unknown key' if unknown else first['msg'].lower()}{more}",
            code="document-unknown-key" if unknown else "document-malformed",
            hint="remove or rename the key" if unknown else "compare the file with its page in docs/spec",
        ) from None


def _refuse_crowds(value: Any, where: str) -> None:
    """Refuse an object of more keys than any of ours has, and texts that no file or terminal takes."""
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            if len(item) > MAX_KEYS:
                raise InputError(
                    f"{where}: an object of {len(item):,} keys", code="document-malformed", hint="is it one of ours?"
                )
            left += item.values()
        elif isinstance(item, list):
            left += item
        elif isinstance(item, str) and "\0" in item:
            raise InputError(
                f"{where}: {item[:20]!r} holds a null character", code="document-malformed", hint="remove it"
            )
