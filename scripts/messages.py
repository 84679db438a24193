"""Compiles the catalogues in por/cli/locale: each por.po becomes the por.mo beside it (GNU gettext's binary form).

    python scripts/messages.py

A few lines of our own, because the files are simple and a customer's check should need no more than Python has:
no plurals, no fuzzy entries, every string in double quotes.
"""

from __future__ import annotations

import ast
import re
import struct
import sys
from pathlib import Path

CATALOGUES = Path(__file__).resolve().parents[1] / "por/cli/locale"
MAGIC = 0x950412DE
BETWEEN = "\x04"
"""Stands between an entry's context and its text."""


def parse(text: str) -> dict[str, str]:
    """Return each entry's translation by its text, with the context before it; ValueError names a line."""
    entries: dict[str, str] = {}
    parts: dict[str, str] = {}
    word = ""
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        found = re.fullmatch(r'(?:(msgctxt|msgid|msgstr) )?(".*")', line)
        if found:
            word = found[1] or word
            if found[1] in parts or not word:
                raise ValueError(f"line {number}: {line}")
            parts[word] = parts.get(word, "") + ast.literal_eval(found[2])
        elif line and not line.startswith("#"):
            raise ValueError(f"line {number}: {line}")
        elif parts:
            key = parts["msgctxt"] + BETWEEN + parts["msgid"] if "msgctxt" in parts else parts["msgid"]
            if key in entries or not parts.get("msgstr"):
                raise ValueError(f"line {number}: the entry before it stands twice or is not translated")
            entries[key] = parts["msgstr"]
            parts, word = {}, ""
    return entries


def compiled(entries: dict[str, str]) -> bytes:
    """Return the bytes of a .mo file: a header, two tables of lengths and places, the strings, sorted by key."""
    keys = sorted(key.encode() for key in entries)
    strings = keys + [entries[key.decode()].encode() for key in keys]
    place = 7 * 4 + len(strings) * 8
    table = b""
    for string in strings:
        table += struct.pack("<II", len(string), place)
        place += len(string) + 1
    first = 7 * 4
    header = struct.pack("<7I", MAGIC, 0, len(keys), first, first + len(keys) * 8, 0, first + len(strings) * 8)
    return header + table + b"".join(string + b"\0" for string in strings)


def main() -> None:
    """Write every por.mo."""
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/*.po")):
        path.with_suffix(".mo").write_bytes(compiled(parse(path.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    sys.exit(main())
