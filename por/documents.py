"""The edge where files become values: strict pydantic models, TOML, and errors that name the place."""

from __future__ import annotations

import tomllib
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from por.errors import InputError


class Document(BaseModel):
    """Base of every wire or configuration document: no coercion, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


D = TypeVar("D", bound=Document)


def read(model: type[D], value: Any, *, where: str) -> D:
    """Validate a parsed JSON or TOML value; raise InputError that names file, field and what is wrong with it."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        first = faults[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        unknown = first["type"] == "extra_forbidden"
        raise InputError(
            f"{where}: {place}: {'unknown key' if unknown else first['msg'].lower()}{more}",
            code="document-unknown-key" if unknown else "document-malformed",
            hint="remove or rename the key" if unknown else "compare the file with its page in docs/spec",
        ) from None


def read_toml(text: str, *, where: str) -> dict[str, Any]:
    """Parse TOML; raise InputError with the line that is wrong."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not TOML: {error}", code="toml-malformed", hint="mend the line named") from None
