"""The answer: what to compare it with, moments, the path by keyboard, other ways of seeing, large proofs."""

from __future__ import annotations

import json
import re

import pytest

from fixtures import exchange
from por import canonical
from tests.web import sparse
from tests.web.differential.small import RULE, later, statement


@pytest.fixture
def proof(small) -> bytes:
    return canonical.encode(small.carried(statement(), "attest"))


@pytest.fixture
def answered(small, proof, opening, address):
    """A function that opens the page and has it check the proof."""

    def answer(data: bytes = proof, **how):
        opened = opening(address, **how)
        opened.fill(data, exchange.ALICE, small.line("attest")[1].decode())
        return opened

    return answer


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("5000", "The same: 5,000."),
        ("5,000.00", "The same: 5,000."),
        ("\uff15\uff10\uff10\uff10", "The same: 5,000."),  # as a Japanese keyboard writes it
        ("5000.000001", "It differs: counted for you were 5,000, and your page says 5,000.000001."),
        ("0", "It differs: counted for you were 5,000, and your page says 0."),
        ("5000.0000001", "more decimals than the asset"),
        ("5e3", "Write the amount as 1234.5."),
        ("-5000", "Write the amount as 1234.5."),
        ("50,00", "Write the amount as 1234.5."),
        ("9" * 60, "Write the amount as 1234.5."),
        ("<b>1</b>", "Write the amount as 1234.5."),
    ],
)
def test_what_the_account_page_says(answered, typed, said):
    opened = answered()
    opened.page.get_by_label("Your account page says, of USDC").fill(typed)
    assert said in opened.page.locator("#result li", has_text="USDC").locator("[role=status]").inner_text()
    assert opened.faults == []


def test_an_asset_in_which_nothing_was_counted(answered):
    opened = answered()
    assert "Nothing was counted for you in JPY." in opened.answer
    opened.page.get_by_text("Your account page shows another asset?").click()
    opened.page.get_by_label("Asset", exact=True).select_option(label="JPY")
    opened.page.get_by_label("Your account page says", exact=True).fill("12")
    assert "It differs: counted for you were 0, and your page says 12." in opened.answer


def test_numbers_of_statements_are_compared(answered, proof):
    digest = json.loads(proof)["attestation"]["digest"]
    opened = answered()
    field = opened.page.get_by_label("The number that you got elsewhere")
    for typed, said in (
        (digest, "it is the same statement"),
        (f" {digest[:16].upper()}...", "it is the same statement"),
        ("0" * 64, "Another number. If it is for statement 7"),
        (digest + "0", "Another number"),
        (digest[:15], "at least its first 16"),
    ):
        field.fill(typed)
        assert said in opened.answer


def test_the_moment_is_told_in_the_readers_zone(answered):
    text = answered(timezone_id="America/New_York").answer
    assert "at 2026-11-20T15:00:00Z (statement 7)" in text
    assert "In your time zone that is 20 November 2026 at 10:00 GMT-5." in text or "10:00" in text.split("zone")[1]
    assert "In your time zone" not in answered(timezone_id="UTC").answer
    text = answered(timezone_id="Asia/Tokyo", locale="ja-JP").answer
    assert "日本時間 2026-11-21 00:00:00" in text and "お使いの端末の時刻" not in text


def test_old_statements_and_wrong_clocks_are_told(small, opening, address, proof):
    for now, said in (
        ("2027-03-01T00:00:00Z", "That was 100 days ago."),
        ("2020-01-01T00:00:00Z", "Is the clock right?"),
    ):
        opened = opening(address)
        opened.page.clock.set_fixed_time(now)
        opened.fill(proof, exchange.ALICE, small.line("attest")[1].decode())
        assert said in opened.answer


def test_a_shortfall_stands_above_what_is_undecided_and_what_was_found(small, answered):
    failed = {**RULE, "id": "liability-reserve", "title": "Reserve", "outcome": "does-not-hold", "left": "1234567"}
    rules = [RULE, {**RULE, "title": "Open", "outcome": "undecided"}, failed]
    body = later(verdict="does-not-hold", solvency={"gaps": [], "rules": rules})
    opened = answered(canonical.encode(small.carried(body, "attest")), locale="ja-JP")
    titles = opened.page.locator("#result h2").all_inner_texts()
    assert titles == [
        "この報告書自身が、満たしていない基準があると認めています",
        "この報告書では判定できていない基準があります",
        "あなたの残高は含まれています",
    ]
    assert "責任準備金（Reserve）：1,234,567 種類（全量を保有している資産の数）" in opened.answer
    opened.page.click("[data-language=en]")
    assert opened.answer.splitlines()[0] == "The statement itself admits a failed test"
    assert "It replaces statement 6: a wrong price" in opened.answer
    assert "all of its tests hold" not in opened.answer


def test_the_path_is_walked_by_keys_and_told_in_words(answered):
    opened = answered()
    page, said = opened.page, opened.page.locator("#result p[aria-live]")
    page.locator(".picture").focus()
    page.keyboard.press("End")
    assert "you are in that total" in said.inner_text()
    page.keyboard.press("ArrowDown")
    assert "Step 3 of 4" in said.inner_text()
    page.keyboard.press("Home")
    assert "hashed together with your account id" in said.inner_text()
    page.keyboard.press("ArrowUp")
    assert "Step 1 of 4" in said.inner_text()
    page.get_by_text("All steps in words").click()
    page.locator("#result .steps li").nth(4).wait_for()  # they are written when the part opens
    rows = page.locator("#result .steps li").all_inner_texts()
    assert len(rows) == 5
    root = exchange.STATEMENT["assets"][0]["root"]
    assert root in rows[-1] and "you are in that total" in rows[-1]
    page.get_by_label("Which balance").select_option(label="USDC")
    page.get_by_label("Part of it").select_option(index=2)
    assert re.search("USDC, leaf [0-9]+ of", opened.answer)
    assert "part 3 of 3" in page.get_by_label("Part of it").inner_text()


@pytest.mark.parametrize("how", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {"locale": "ja-JP"}])
def test_nothing_for_axe_with_everything_open(answered, how):
    from axe_playwright_python.sync_playwright import Axe

    opened = answered(width=320, **how)
    opened.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    opened.page.locator("#result input").first.fill("1")
    opened.page.locator("#result .steps li").first.wait_for()
    found = Axe().run(opened.page)
    assert found.violations_count == 0, found.generate_report()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_nothing_moves_for_whoever_asked_for_it(answered):
    moving = "getComputedStyle(document.documentElement).scrollBehavior"
    assert answered(reduced_motion="reduce").page.evaluate(moving) == "auto"
    assert answered(reduced_motion="no-preference").page.evaluate(moving) == "smooth"


def test_the_answer_prints_without_the_form(answered):
    opened = answered()
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    opened.page.emulate_media(media="print")
    assert not opened.page.is_visible("#form")
    assert opened.page.is_visible("#result .steps li")
    assert not opened.page.is_visible("#result .walk")
    assert len(opened.page.pdf(format="A4")) > 10_000


def test_a_proof_of_thousands_of_hashes_leaves_the_page_usable(small, opening, address):
    rows = [sparse.asset(f"A{number}", exchange.ALICE) for number in range(3)]
    body = statement(liabilities=[row for _, row in rows])
    whole = {**exchange.proof(), "entries": [entry for entry, _ in rows]}
    data = canonical.encode(small.carried(body, "attest", proof=whole))
    assert len(data) > 3 << 20
    opened = opening(address)
    page = opened.page
    page.set_input_files("#file", {"name": "large.json", "mimeType": "", "buffer": data})
    page.wait_for_selector("#given li")
    page.fill("#account", exchange.ALICE)
    page.fill("#key", small.line("attest")[1].decode())
    page.evaluate(  # what else the page does while it hashes, and that its words can be changed meanwhile
        """() => {
          const [result, words] = ["result", "busy-words"].map((id) => document.getElementById(id));
          window.ticks = 0;
          setInterval(() => {
            if (!result.hidden || !/[1-9]0 %/.test(words.textContent)) return;
            if (window.ticks === 0) document.querySelector("[data-language=ja]").click();
            window.ticks += 1;
          });
        }"""
    )
    page.click("#check")
    page.wait_for_selector("#result #result-title", timeout=120_000)
    assert page.evaluate("window.ticks") >= 5
    assert page.inner_text("#check") == "確認する"
    assert "あなたの残高は含まれています" in opened.answer
    assert page.is_hidden("#busy")
    assert page.evaluate("document.querySelectorAll('#result *').length") < 1500  # one walk at a time
    page.get_by_label("部分を選ぶ").select_option(index=255)
    page.locator(".picture").focus()
    page.keyboard.press("End")
    assert "52 段を経て" in opened.answer
    assert opened.faults == []


def test_too_large_a_file_is_refused_before_it_is_read(small, opening, address):
    opened = opening(address)
    opened.page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(17 * 1024 * 1024).fill(0x20)], "large.json"));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
        }"""
    )
    opened.page.wait_for_selector("#given li")
    opened.page.fill("#account", "a")
    opened.page.fill("#key", small.line("attest")[1].decode())
    opened.check()
    assert "The file is too large to be a proof." in opened.answer
