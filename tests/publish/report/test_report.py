"""The report's bytes: what is in them, that they are always the same, and that nothing else can get in."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from por.publish.report import render_report
from tests.publish.report import statements


class Reader(HTMLParser):
    """Elements with their attributes, and the text of each language's part."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {"en": [], "ja": []}
        self.part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.part = str(dict(attrs)["id"]) if tag == "article" else self.part

    def handle_data(self, data: str) -> None:
        if self.part:
            self.texts[self.part].append(data)

    def said(self, part: str) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts[part]))


def read(predicate: dict[str, Any]) -> Reader:
    reader = Reader()
    reader.feed(render_report(predicate).decode("utf-8"))
    return reader


@pytest.mark.parametrize("name", statements.CASES)
def test_one_page_of_its_own_that_runs_nothing(name: str) -> None:
    page = render_report(statements.CASES[name]()).decode("utf-8")
    reader = Reader()
    reader.feed(page)
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "input", "base", "foreignobject"}
    for tag, attributes in reader.elements:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")], tag
        assert (attributes.get("href") or "#").startswith("#")
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = (row["content"] for tag, row in reader.elements if row.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style.replace("url(#", "") and "@import" not in style
    ids = [row["id"] for _, row in reader.elements if "id" in row]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("part", ["en", "ja"])
def test_everything_that_a_reader_needs_is_there(part: str) -> None:
    predicate = statements.second()
    said = read(predicate).said(part)
    solvency = predicate["solvency"]
    wanted = [predicate["snapshot"]["issuer"], predicate["snapshot"]["scope"], predicate["snapshot_id"], "a typo"]
    wanted += [predicate["log"]["origin"], predicate["log"]["key"], predicate["previous"]["digest"]]
    wanted += [predicate["policy"]["sha256"], predicate["account_id_kind"], "por 0.1.0"]
    wanted += [row["id"] for row in solvency["rules"]] + [row["asset"] for row in solvency["assets"]]
    wanted += [row["root"] for row in predicate["liabilities"]]
    wanted += [row["block"]["hash"] for row in predicate["chains"]] + ["node.example"]
    wanted += [row["document"] for row in predicate["declared"]["holdings"]]
    wanted += ["Example Trust Bank", "Example Insurance", "Kanto Local Finance Bureau 00099", "Example Custody", "135"]
    wanted += ["por audit statement-8 --key exchange.pub --previous statement-7"]
    wanted += ["por audit statement-8 --key exchange.pub --node eip155:31337=URL"]
    wanted += ["por rules explain segregation statement-8"]
    assert [text for text in wanted if text not in said] == []
    for yen in (solvency["reserve"]["required"], solvency["reserve"]["held"], solvency["yen"]["owed"]):
        assert f"{int(yen):,}" in said
    cure = next(row["cure_by"] for row in solvency["rules"] if row["id"] == "segregation")
    assert cure is not None and cure in said


def test_the_shortfall_comes_first_and_in_figures() -> None:
    said = read(statements.second()).said("en")
    verdict = said.index("Shortfall: less is held than is owed")
    assert verdict < said.index("What is owed and what is held") < said.index("Tests")
    assert "ETH: 3 ETH missing. Held 6 of 9 owed, 66.66 %." in said
    assert "5 " in said[verdict:] and "To be cured within 5 business days" in said
    assert "segregation: was holds, is fails" in said
    assert "held before" in said and "+4" in said, "what is owed has moved by four"
    japanese = read(statements.second()).said("ja")
    assert japanese.index("不足：預かり高より保有高が少ない資産があります") < japanese.index("預かり高と保有高")
    assert "お客様の暗号資産と同種同量を分別して保有していること" in japanese


def test_what_is_good_what_is_open_and_what_is_first() -> None:
    good = read(statements.first()).said("en")
    assert "Every test that was judged holds" in good and "Shortfall" not in good
    assert "This is the first statement of its log." in good
    assert "Not everything could be decided" in read(statements.bare()).said("en")
    assert "The rules ask for no liability reserve." in read(statements.bare()).said("en")


def test_a_failed_test_without_a_shortfall_of_assets() -> None:
    predicate = statements.first()
    predicate["solvency"]["rules"][-1]["outcome"] = predicate["verdict"] = "does-not-hold"
    assert "Shortfall: a test does not hold" in read(predicate).said("en")


def test_a_missing_asset_is_told_whatever_the_verdict_says() -> None:
    predicate = statements.second()
    for rule in predicate["solvency"]["rules"]:
        rule["outcome"] = "holds"
    predicate["verdict"] = "holds"
    said = read(predicate).said("en")
    assert said.index("Shortfall: less is held than is owed") < said.index("3 ETH missing")
    assert "Every test that was judged holds" not in said


def test_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    """In another place, language, time zone and order of hashing, and with the keys in another order."""
    predicate = statements.second()
    (tmp_path / "p.json").write_text(json.dumps(dict(reversed(predicate.items()))))
    program = "import json, sys; from por.publish.report import render_report as r;"
    program += "sys.stdout.buffer.write(r(json.load(open('p.json'))))"
    root = str(Path(__file__).parents[3])
    for settings in ({"TZ": "Asia/Tokyo", "LC_ALL": "ja_JP.UTF-8", "PYTHONHASHSEED": "1"}, {"TZ": "America/New_York"}):
        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root, **settings},
            capture_output=True,
            check=True,
        )
        assert ran.stdout == render_report(predicate)


def test_every_part_of_the_predicate_that_is_shown_changes_the_page() -> None:
    """Whatever text of the statement is changed, the page is another one, or the value is not of those shown."""
    predicate = statements.second()
    page = render_report(predicate)
    silent = {
        "/".join(str(key) for key in path if not isinstance(key, int))
        for path in statements.texts(predicate)
        if render_report(statements.put(predicate, path, "another text")) == page
    }
    assert silent == {
        *("assets/asset", "assets/id", "assets/oldest_control", "assets/purpose"),  # totals stand in solvency
        *("liabilities/split_above", "liabilities/total", "log/before/root", "policy/from", "replaces/digest"),
        *("prices/asset", "prices/at", "prices/yen"),  # the used ones stand in solvency
        *("solvency/beside/figure", "solvency/pack/id", "solvency/pack/version", "solvency/day"),
        *(f"solvency/rules/{name}" for name in ("left", "relation", "unit")),  # of rules that have no sides
        *(f"solvency/rules/lines/{name}" for name in ("label", "left", "right", "unit")),  # of those that hold
        "solvency/rules/steps",
    }


@pytest.mark.parametrize("id", ["x; rm -rf ~", "$(id)", "`id`", "a b", "", "-o", "a\nb", "A" * 70])
def test_what_people_paste_is_never_somebody_elses_word(id: str) -> None:
    predicate = statements.second()
    for rule in predicate["solvency"]["rules"]:
        rule["id"] = id
    for chain in predicate["chains"]:
        chain["chain"] = id
    page = render_report(predicate).decode("utf-8")
    commands = re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    assert len(commands) == 6 and not any("explain" in line or "--node" in line for line in commands)
