"""`por keys page`: what it writes into the one file, and what it refuses."""

from __future__ import annotations

import pytest

from tests.attestation.keyworld import Keys, small, write
from tests.conftest import good, por


@pytest.fixture
def versions(tmp_path):
    keys = Keys()
    first = small(keys)
    given = [keys.signed(file, "keeper 1", "keeper 2") for file in (first, keys.next(first))]
    return write(tmp_path / "keys", *given)


@pytest.fixture
def public(tmp_path):
    good("keys", "new", tmp_path / "attest.pem", "--name", "example.jp/reserves", "--no-passphrase")
    return tmp_path / "attest.pub"


def test_a_verifier_line_and_its_own_name(public, tmp_path):
    line = good("keys", "show", public, "--name", "example.jp/reserves").out.split()[-1]
    good("keys", "page", line, "-o", tmp_path / "verify.html")
    text = (tmp_path / "verify.html").read_text()
    assert f'<meta name="por-key" content="{line}">' in text
    assert '<meta name="por-issuer" content="example.jp/reserves">' in text


def test_a_pub_file_needs_the_name_that_people_know(public, tmp_path):
    assert por("keys", "page", public, "-o", tmp_path / "x.html").code == 2
    found = good("keys", "page", public, "--issuer", 'A "<b>" K.K.', "-o", tmp_path / "x.html", "--json").document
    assert found["issuer"] == 'A "<b>" K.K.'
    assert 'content="A &quot;&lt;b&gt;&quot; K.K."' in (tmp_path / "x.html").read_text()
    assert por("keys", "page", public, "--issuer", "A\u202eB", "-o", tmp_path / "x.html").code == 3


def test_the_same_file_for_the_same_key(public, tmp_path):
    for name in ("one.html", "two.html"):
        good("keys", "page", public, "--issuer", "Example", "-o", tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_all_versions_of_a_key_file(versions, tmp_path):
    good("keys", "page", versions, "-o", tmp_path / "verify.html")
    text = (tmp_path / "verify.html").read_text()
    assert '<meta name="por-issuer" content="Example Exchange K.K.">' in text
    assert text.count("application/vnd.por.keys+json&quot;") == 2


def test_what_no_page_may_be_made_of(versions, public, tmp_path):
    (versions / "3.keys.json").write_bytes((versions / "1.keys.json").read_bytes().replace(b'"sig":"', b'"sig":"A', 1))
    assert por("keys", "page", versions, "-o", tmp_path / "x.html").code == 3
    draft = tmp_path / "keys.toml"
    row = public.read_text().splitlines()[1]
    head = 'format = "por-keys/1"\nissuer = "E"\nversion = 1\nfrom = "2026-01-01T00:00:00Z"\n'
    rest = f'[thresholds]\npreparer = 1\n[[key]]\nname = "a"\npublic = "{row}"\nroles = ["preparer"]\n'
    draft.write_text(f'{head}until = "2028-01-01T00:00:00Z"\n{rest}')
    ran = por("keys", "page", draft, "-o", tmp_path / "x.html")
    assert (ran.code, "nobody signed" in ran.err) == (2, True)
    assert not (tmp_path / "x.html").exists()
