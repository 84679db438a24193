"""The page of a run that is cut off, gone on with by a program that would render another."""

from __future__ import annotations

from pathlib import Path

from por import canonical
from por.attestation import envelope, statement
from por.attestation.prepare import Settings, draft
from por.pipeline.page import as_signed, keeping
from tests.attestation import samples


def test_a_newer_program_publishes_the_page_that_was_signed(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    report = keeping(lambda predicate: b"page of old", tmp_path)
    exchange.attest(report=report)
    published = exchange.out / "report.html"
    assert published.read_bytes() == b"page of old"
    payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
    head = statement.head(payload, where="a")
    assert head.subjects["report.html"] == canonical.digest(b"page of old")
    newer = as_signed(lambda predicate: b"page of new", head, tmp_path)
    assert newer is not None
    again = exchange.attest(report=newer, out=tmp_path / "again")
    assert not again.appended and (tmp_path / "again/report.html").read_bytes() == b"page of old"


def test_a_page_that_is_another_statements_is_rendered_again(tmp_path: Path) -> None:
    exchange = samples.exchange(tmp_path)
    exchange.attest(report=lambda predicate: b"the page")
    payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
    head = statement.head(payload, where="a")
    for standing in (None, b"of another night"):
        if standing is not None:
            (tmp_path / "report.html").write_bytes(standing)
        report = as_signed(lambda predicate: b"the page", head, tmp_path)
        assert report is not None and report({}) == b"the page"


def test_without_a_page_there_is_none(tmp_path: Path) -> None:
    assert keeping(None, tmp_path) is None
    exchange = samples.exchange(tmp_path)
    exchange.attest()
    payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
    assert as_signed(lambda predicate: b"a page", statement.head(payload, where="a"), tmp_path) is None
    assert not (exchange.out / "report.html").exists()


def test_the_page_is_rendered_from_the_predicate_that_is_signed(tmp_path: Path) -> None:
    """And a draft names the same page as the statement that is signed then."""
    exchange = samples.exchange(tmp_path)
    drafted = draft(
        liabilities=exchange.liabilities,
        reserves=exchange.reserves,
        pack=samples.pack(),
        prices=samples.PRICES,
        key=exchange.signer.public.keyid,
        log_dir=exchange.log,
        settings=Settings(software="0.1.0", report=lambda predicate: canonical.encode(dict(predicate))),
    )
    done = exchange.attest(report=lambda predicate: canonical.encode(dict(predicate)))
    assert done.digest == drafted.digest
    payload = envelope.parse((exchange.out / "attestation.json").read_bytes(), where="a").payload
    predicate = canonical.decode(payload, where="a")["predicate"]
    assert (exchange.out / "report.html").read_bytes() == canonical.encode(predicate)
