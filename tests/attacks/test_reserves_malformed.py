"""Row 24: every document changed by a byte is refused as malformed or as untrue, and never crashes a reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from por import canonical
from por.errors import PorError
from por.outcomes import Outcome
from por.reserves.annex import Annex
from por.reserves.control import ControlFile
from por.reserves.describe import describe
from por.reserves.evidence import headers
from por.reserves.evidence.bundle import Bundle
from por.reserves.report import Report
from tests.attacks.reserves_world import judge
from tests.evm import Exchange, needs_anvil

pytestmark = needs_anvil
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def mutated(data: bytes, at: int, how: int, byte: int) -> bytes:
    at %= len(data)
    if how == 0:
        return data[:at] + bytes([byte]) + data[at + 1 :]
    if how == 1:
        return data[:at] + bytes([byte]) + data[at:]
    return data[:at] + data[at + 1 + byte % 8 :]


@FUZZ
@given(st.integers(0, 6), st.integers(0, 10**6), st.integers(0, 2), st.integers(0, 255))
def test_evidence_with_a_changed_byte_never_holds(ex: Exchange, which: int, at: int, how: int, byte: int) -> None:
    """Published under its own new digest, as a forger would, so that only the content can betray it."""
    honest = ex.evidence()
    name = sorted(honest)[which]
    bad = mutated(honest[name], at, how, byte)
    if bad == honest[name]:
        return
    text = ex.report.to_bytes().replace(name.encode(), canonical.digest(bad).encode())
    checks = judge(ex, report=text, evidence={**honest, canonical.digest(bad): bad}, nodes=ex.nodes)
    assert any(check.outcome is Outcome.DOES_NOT_HOLD for check in checks.values()), (name, bad)


@FUZZ
@given(st.integers(0, 10**6), st.integers(0, 2), st.integers(0, 255))
def test_readers_refuse_or_read_but_never_crash(ex: Exchange, at: int, how: int, byte: int) -> None:
    out = ex.folder / "out"
    readers: list[tuple[Callable[[bytes], object], bytes]] = [
        (lambda data: Report.from_bytes(data), (out / "reserves.json").read_bytes()),
        (lambda data: Annex.from_bytes(data), (out / "annex.json").read_bytes()),
    ]
    for data in ex.evidence().values():
        readers += [
            (lambda d: Bundle.from_bytes(d, where="x"), data),
            (lambda d: ControlFile.from_bytes(d, where="x"), data),
            (lambda d: headers.decode(d, where="x"), data),
            (lambda d: describe(d, where="x"), data),
        ]
    for reader, data in readers:
        try:
            reader(mutated(data, at, how, byte))
        except PorError as error:
            assert error.code and error.hint


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[]", b"null", b'"x"', b'{"format":"por-reserves/1"}', b"\xff", b"{" * 999]
)
def test_other_documents(value: bytes) -> None:
    for reader in (
        lambda: Report.from_bytes(value),
        lambda: Annex.from_bytes(value),
        lambda: Bundle.from_bytes(value, where="x"),
        lambda: ControlFile.from_bytes(value, where="x"),
        lambda: headers.decode(value, where="x"),
    ):
        with pytest.raises(PorError):
            reader()
