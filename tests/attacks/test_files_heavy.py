"""Small files made to cost much: minutes in a pattern, gigabytes in a parser's tables or in errors, the stack."""

from __future__ import annotations

import time

import pytest

from por import canonical, documents
from por.errors import InputError
from por.reserves.declared import parse_declared
from por.reserves.report import Report

QUICK = 2.0
"""Seconds; each of these took ten times as long, or did not end."""


def refused(read: object, *, code: str) -> str:
    begun = time.monotonic()
    with pytest.raises(InputError) as caught:
        read()  # type: ignore[operator]
    assert time.monotonic() - begun < QUICK
    assert caught.value.code == code, caught.value.message
    return caught.value.message


@pytest.mark.parametrize("end", [b"", b"\\", b'"x'])
def test_json_string_without_its_end_full_of_quotes(end: bytes) -> None:
    data = b'"' + b'\\"' * 25_000 + end
    refused(lambda: canonical.decode(data, where="proof"), code="json-malformed")


def test_brackets_inside_of_strings_do_not_nest() -> None:
    for text in ("[" * 99, '"' + "[" * 99, "\\", '\\"[' * 99):
        assert canonical.decode(canonical.encode([text]), where="here") == [text]
    deep = b'["\\"",' * 40 + b"1" + b"]" * 40
    assert "nested too deeply" in refused(lambda: canonical.decode(deep, where="here"), code="json-malformed")


def test_toml_key_with_many_dots() -> None:
    refused(lambda: parse_declared(".".join(["a"] * 30_000) + " = 1"), code="toml-malformed")
    refused(lambda: parse_declared("[" + '."x"' * 30_000 + "]"), code="toml-malformed")


@pytest.mark.parametrize("bracket", ["[", "{a=", "[['''x''',"])
def test_toml_of_many_brackets(bracket: str) -> None:
    refused(lambda: parse_declared("x = " + bracket * 5_000), code="toml-malformed")


def test_toml_number_of_many_digits() -> None:
    refused(lambda: parse_declared("x = " + "9" * 5_000), code="toml-malformed")


def test_toml_without_bound() -> None:
    refused(lambda: parse_declared("# nothing\n" * 500_000), code="file-too-large")


def test_toml_strings_and_comments_may_hold_what_counts_elsewhere() -> None:
    dots = ". [ { " * 40
    text = f"a = '{dots}'  # {dots}'\n" + f'b = "{dots}\\""\n' + f"c = '''{dots}\n'{dots}'''\n" + f'd = """{dots}\n"""'
    found = documents.read_toml(text, where="here")
    assert (found["a"], found["b"], found["d"]) == (dots, dots + '"', dots + "\n")


def test_errors_are_not_collected_by_the_million() -> None:
    rows = b'{"chains":[],"declared":[],"format":"por-reserves/1","snapshot_id":"x"}'
    many = rows.replace(b'"chains":[]', b'"chains":[' + b"1," * 50_000 + b"1]")
    assert "more)" not in refused(lambda: Report.from_bytes(many), code="document-malformed")
    keys = ",".join(f'"k{n:06}":1' for n in range(20_000)).encode()
    crowd = rows.replace(b',"snapshot_id"', b"," + keys + b',"snapshot_id"')
    assert "20,004 keys" in refused(lambda: Report.from_bytes(crowd), code="document-malformed")
