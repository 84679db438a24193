"""The edge where files become values: strict pydantic models, TOML, and errors that name the place."""

from __future__ import annotations

import os
import re
import tomllib
from typing import Annotated, Any, TypeVar

# Nothing that happens to be installed beside us may change how documents are read; looking for it also takes time.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from por.errors import InputError

MAX_TOML = 4 << 20
"""Bytes of a TOML file: a policy pack of 20,000 tokens would fit, and no other file of ours comes near."""

MAX_DEPTH = 16
"""Brackets inside brackets in TOML; ours nest 3. The parser recurses."""

MAX_DOTS = 8
"""Dots between keys on one line of TOML; ours have 1. The parser's memory grows with their square."""

MAX_KEYS = 10_000
"""Keys of one object. Each that is wrong costs a kilobyte before the first can be named."""

_TOML_TOKEN = re.compile(
    r""""{3}(?:[^"\\]++|\\.|"(?!""))*+(?:"{3})?|'{3}(?:[^']++|'(?!''))*+(?:'{3})?"""
    r"""|"(?:[^"\\\n]++|\\.)*+"?|'[^'\n]*+'?|\#[^\n]*+|[\[\]{}.\n]""",
    re.S,
)
"""A string or comment, in which nothing counts, or what does: a bracket, a dot, a line's end."""


class Document(BaseModel):
    """Base of every wire or configuration document: no coercion, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


D = TypeVar("D", bound=Document)
T = TypeVar("T")

Rows = Annotated[list[T], FailFast()]
"""A list that is given up at its first wrong entry: a megabyte of wrong ones would cost a gigabyte of errors."""


def read(model: type[D], value: Any, *, where: str) -> D:
    """Validate a parsed JSON or TOML value; raise InputError that names file, field and what is wrong with it."""
    _refuse_crowds(value, where)
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
    """Parse TOML; raise InputError with the line that is wrong, or when it is larger or deeper than ours are."""
    if len(text) > MAX_TOML:
        raise InputError(f"{where}: larger than {MAX_TOML:,} bytes", code="file-too-large", hint="is it one of ours?")
    _refuse_tangles(text, where)
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and what Python says of a number with thousands of digits
        raise InputError(f"{where}: not TOML: {error}", code="toml-malformed", hint="mend the line named") from None


def _refuse_tangles(text: str, where: str) -> None:
    """Refuse what costs tomllib more than its size: it recurses into brackets and copies dotted keys at each dot."""
    depth = dots = 0
    line = 1
    for token in _TOML_TOKEN.finditer(text.replace("\r\n", "\n")):
        found = token[0]
        if found == "\n":
            dots = 0
        elif found in ("[", "{"):
            depth += 1
        elif found in ("]", "}"):
            depth -= 1
        elif found == ".":
            dots += 1
        line += found.count("\n")
        if depth > MAX_DEPTH or dots > MAX_DOTS:
            what = "brackets nest too deeply" if depth > MAX_DEPTH else "a key has too many dots"
            raise InputError(
                f"{where}: not TOML of ours: {what} (at line {line})", code="toml-malformed", hint="mend the line named"
            )


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
