"""Texts from outside in every field: they may neither run, nor turn our words around, nor widen the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fixtures import exchange
from por import canonical
from por.publish.verifier import verifier_page
from tests.web.differential import numbers
from tests.web.differential.small import RULE, Case, later, predicate, statement

MARKUP = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>{name}{key}\u0022'&lt;"
RIGHT_TO_LEFT = "\u05d0\u05d1\u05d2 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 123 (\u05d3)"
LONG = "W" * 185
FILE_NAMES = [MARKUP.replace("/", "\u2215"), f"{RIGHT_TO_LEFT}\u202e.json", "\u2066\u200b" + LONG]
TEXTS = [MARKUP, RIGHT_TO_LEFT, LONG]

RULE_FIELDS = ("title", "reference", "left", "relation", "right", "unit")
HEADER_FIELDS = ("issuer", "scope")
FIELDS = [*RULE_FIELDS, *HEADER_FIELDS, "reason", "gaps", "limitations"]

SAFE = """marker => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.includes(marker)) continue;
    const alone = node.parentElement.closest("bdi, code");
    const isolated = alone !== null && getComputedStyle(alone).unicodeBidi.startsWith("isolate");
    found.push(isolated && alone.textContent === node.data);
  }
  return found;
}"""


def safe(opened: Any, marker: str) -> None:
    """The text is shown, alone in its own isolated element, and has neither run nor widened the page."""
    found = opened.page.evaluate(SAFE, marker)
    assert found and all(found)
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.evaluate("document.querySelectorAll('img, script:not([src])').length") == 0
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert opened.faults == []


@pytest.mark.parametrize("text", TEXTS, ids=["markup", "right to left", "long"])
def test_a_statements_texts(small, opening, address, text):
    own = {field: text + field for field in FIELDS}
    header = {**exchange.HEADER, **{field: own[field] for field in HEADER_FIELDS}}
    rule = {**RULE, "outcome": "does-not-hold", **{field: own[field] for field in RULE_FIELDS}}
    body = later(
        verdict="does-not-hold",
        snapshot=header,
        snapshot_id=exchange.reference.snapshot_id(header).hex(),
        solvency={"gaps": [own["gaps"]], "rules": [rule]},
        limitations=[own["limitations"]],
    )
    body["predicate"]["replaces"]["reason"] = own["reason"]
    proof = {**exchange.proof(), "snapshot_id": body["predicate"]["snapshot_id"]}
    data = canonical.encode(small.carried(body, "attest", proof=proof))
    opened = opening(address, width=320)
    opened.give(Case(data, exchange.ALICE, (small.line("attest"),)))
    for language in ("en", "ja"):
        opened.page.click(f"[data-language={language}]")
        for marker in own.values():
            safe(opened, marker)


@pytest.mark.parametrize("text", TEXTS, ids=["markup", "right to left", "long"])
@pytest.mark.parametrize("field", ["name", "reason"])
def test_a_key_files_texts(small, opening, address, field, text):
    from tests.attestation.keyworld import small as first_version

    rows = first_version(small.keys).document()["keys"]
    revoked = next(row for row in rows if row["name"] == "accountant p256")
    revoked["revoked"] = {"at": "2026-01-01T00:00:00Z", "reason": text if field == "reason" else "lost"}
    if field == "name":
        revoked["name"] = text
    key_file = small.keys.file(rows, {"keys": 2, "preparer": 1})
    data = canonical.encode(small.carried(statement(), "attest", "accountant p256"))
    opened = opening(address, width=320)
    opened.give(Case(data, exchange.ALICE, (small.version(key_file, "keeper 1", "keeper 2"),)))
    assert "does not count" in opened.answer
    safe(opened, text)


@pytest.mark.parametrize("name", ["<b>x</b>&\"'", "\u05d0\u05d1\u05d2(1", "W" * 299])
def test_the_name_in_a_verifier_line(small, opening, address, tmp_path, name):
    public = small.keys["attest"].public
    line = numbers.line(name, public.spki[-32:], kind=1).decode()
    data = canonical.encode(small.carried(statement(), "attest"))
    opened = opening(address, width=320)
    opened.fill(data, exchange.ALICE, line)
    assert "You were counted" in opened.answer
    safe(opened, name)
    page = tmp_path / "verify.html"
    page.write_bytes(verifier_page(key=line, issuer=RIGHT_TO_LEFT + MARKUP))
    shipped = opening(page, width=320)
    assert shipped.page.evaluate(SAFE, RIGHT_TO_LEFT + MARKUP) == [True]
    assert shipped.page.evaluate("window.hacked") is None
    assert shipped.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", FILE_NAMES, ids=["markup", "right to left", "long"])
def test_names_of_files(small, opening, address, name):
    data = canonical.encode(small.carried(statement(), "attest", "director"))
    first = (name, small.chain()[0][1])
    case = Case(data, exchange.ALICE, (first, ("other.txt", b"PK\3\4")))
    opened = opening(address, width=320)
    with pytest.raises(AssertionError):  # the test itself would see a text that is not isolated
        opened.page.evaluate("marker => document.querySelector('main p').append(marker)", name)
        safe(opened, name)
    opened = opening(address, width=320)
    opened.give(case)
    safe(opened, name)
    broken = replace(case, keys=((name, first[1].replace(b'"sig":"', b'"sig":"A', 1)),))
    opened = opening(address, width=320)
    opened.give(broken)
    opened.page.get_by_text("Details").click()
    assert opened.page.evaluate("window.hacked") is None
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert opened.page.locator("#result .mono bdi").inner_text().startswith(name[:5])


def test_texts_of_the_fields_are_put_in_once(small, opening, address):
    """A text that looks like one of our own placeholders stays what it is."""
    body = statement(limitations=["{issuer} {scope}"])
    opened = opening(address)
    opened.fill(canonical.encode(small.carried(body, "attest")), exchange.ALICE, small.line("attest")[1].decode())
    assert "{issuer} {scope}" in opened.answer
    assert predicate()["snapshot"]["issuer"] in opened.answer
