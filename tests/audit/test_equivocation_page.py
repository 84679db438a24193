"""The example on docs/spec/equivocation.md is of the form that the program reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from por import canonical
from por.attestation import note
from por.audit.evidence import parse_sides
from por.errors import InputError

PAGE = Path(__file__).parents[2] / "docs/spec/equivocation.md"


def test_the_example() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    sides = parse_sides(canonical.encode(json.loads(block)))
    heads = [
        note.parse_checkpoint(note.parse_note(side["checkpoint"].encode(), where="page"), where="page")
        for side in sides[:1]
    ]
    assert heads[0].size == 3
    with pytest.raises(InputError):
        note.parse_note(sides[1]["checkpoint"].encode(), where="page")
