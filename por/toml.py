"""TOML that people wrote: parsed within bounds, and errors that name the line."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from por.errors import InputError

MAX_TOML = 4 << 20
"""Bytes of a TOML file: a policy pack of 20,000 tokens would fit, and no other file of ours comes near."""

MAX_DEPTH = 16
"""Brackets inside brackets in TOML; ours nest 3. The parser recurses."""

MAX_DOTS = 8
"""Dots between keys on one line of TOML; ours have 1. The parser's memory grows with their square."""

_TOML_TOKEN = re.compile(
    r""""{3}(?:[^"\\]++|\\.|"(?!""))*+(?:"{3})?|'{3}(?:[^']++|'(?!''))*+(?:'{3})?"""
    r"""|"(?:[^"\\\n]++|\\.)*+"?|'[^'\n]*+'?|\#[^\n]*+|[\[\]{}.\n]""",
    re.S,
)
"""A string or comment, in which nothing counts, or what does: a bracket, a dot, a line's end."""


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
