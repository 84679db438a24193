"""Where each key of a TOML text stands, against the standard library's parser for what there is."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from por.lines import Places, first_text, lines, nearest

TANGLED = '''# a comment with [brackets] = and "quotes"
a.b."c d" = 1
[x]
y = """
[not.a.table]
k = "v" """
z = [
  1,  # a comment, with a comma
  { q = 2, r = 's' }, [3,
  4],
]
[[t]]
[[t.u]]
k = 1
[t.u.v]
w = 2026-11-20
[[t]]
[[t.u]]
k = "# no comment"
'''


def shipped() -> list[str]:
    folder = resources.files("por.solvency").joinpath("packs")
    return [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")]


def paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found.union(*(paths(item, (*path, key)) for key, item in rows))


@pytest.mark.parametrize("text", [TANGLED, *shipped()])
def test_exactly_what_the_parser_finds_has_a_line(text: str) -> None:
    assert set(lines(text)) == paths(tomllib.loads(text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_lines_are_those_a_person_counts(end: str) -> None:
    found = lines(TANGLED.replace("\n", end))
    assert found["a", "b", "c d"] == 2
    assert found["x", "y"] == 4
    assert (found["x", "z", 1, "r"], found["x", "z", 2, 1]) == (9, 10)
    assert (found["t", 0, "u", 0, "k"], found["t", 0, "u", 0, "v", "w"]) == (14, 16)
    assert (found["t", 1], found["t", 1, "u", 0, "k"]) == (17, 19)


def test_what_is_missing_is_where_it_should_be() -> None:
    found = lines(TANGLED)
    assert nearest(found, ("t", 1, "missing")) == 17
    assert nearest(found, ("x", "a-tag", "z", 0)) == 8
    assert nearest(found, ("nowhere",)) == 1
    assert Places(found, "my.toml")("t", 1, "u", 0, "k") == "my.toml: line 19: t[1].u[0].k"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'# c\nformat = "por-scenario/1"\n[scenario]\n', "por-scenario/1"),
        (b'format="x"', "x"),
        (b'[scenario]\nformat = "inside"\n', None),
        (b'formats = "x"\n', None),
        (b'format = "\xff"\n', None),
        (b"", None),
    ],
)
def test_the_first_text_is_that_of_the_file_itself(data: bytes, found: str | None) -> None:
    assert first_text(data, "format") == found


def test_a_table_whose_parent_is_nowhere_has_its_line() -> None:
    found = lines("[a.b]\nc = 1\n\n[a.d]\ne = 2\n")
    assert nearest(found, ("a", "d", "e")) == 5 and nearest(found, ("a", "d", "f")) == 4
