"""The customer's page in a real browser: what it says, what it refuses, and that it talks to nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from por import canonical
from por.attestation.envelope import sign
from por.attestation.keys import _FIELD, _SMALL_ORDER, Algorithm, parse_public
from por.attestation.private import generate
from por.errors import InputError
from por.publish.verifier import verifier_page, web_folder

VECTORS = sorted((Path(__file__).parents[2] / "fixtures" / "vectors").glob("*.json"))


@pytest.fixture
def key(world):
    return world.key.read_text()


@pytest.fixture
def shortfall_proof(world, tmp_path):
    from tests.conftest import good

    store = next(world.shop.folder.rglob("liabilities.json")).parent
    if not list(store.glob("*.tree")):
        store = next(path.parent for path in world.shop.folder.rglob("*.tree"))
    out = tmp_path / "shortfall.json"
    master = world.secret / "master.key"
    words = ["liabilities", "prove", store, world.account, "--master-key", master, "--attestation", world.shortfall]
    good(*words, "-o", out)
    return out.read_bytes()


def test_a_good_proof_is_told_in_words_and_nothing_is_sent(world, key, opening, address):
    opened = opening(address)
    before = list(opened.requests)
    assert all(url.startswith((address, "data:")) for url in before)
    opened.fill(world.proof.read_bytes(), world.account, key)
    text = opened.answer
    assert "You were counted" in text
    assert "Example Exchange K.K." in text
    assert "What this does not prove" in text
    statement = json.loads((world.publication / "attestation.json").read_text())["payload"]
    assert canonical.digest(canonical.decode_base64(statement, where="payload")) in text
    assert opened.page.evaluate("document.activeElement.id") == "result"
    assert opened.requests == before  # after loading itself the page asks for nothing
    assert opened.faults == []


def test_its_own_rules_forbid_it_any_connection(opening, address):
    opened = opening(address)
    for attempt in (
        "fetch('/leak').then(() => 'sent', () => 'refused')",
        "new Promise(done => {const image = new Image(); image.onload = image.onerror = e => done(e.type);"
        " image.src = 'http://127.0.0.1:9/leak'})",
        "Promise.resolve(navigator.sendBeacon('/leak', 'x')).then(() => 'queued')",
    ):
        opened.page.evaluate(attempt)
    assert not any("leak" in url and not url.endswith("leak") for url in opened.requests)
    assert sum("Content Security Policy" in fault for fault in opened.faults) >= 3


def test_a_shortfall_comes_first(world, key, opening, address, shortfall_proof):
    opened = opening(address)
    opened.fill(shortfall_proof, world.account, key)
    lines = opened.answer.splitlines()
    assert lines[0] == "The statement itself admits a failed test"
    assert lines.index("You were counted") > 0


@pytest.mark.parametrize(
    ("spoil", "title", "said"),
    [
        (lambda proof, account: (proof, account + "x"), "This proof does not hold", "Did you type the id exactly"),
        (
            lambda proof, account: (proof.replace(b'"index":', b'"index": ', 1), account),
            "could not be checked",
            "editor",
        ),
        (lambda proof, account: (proof[:-10], account), "could not be checked", "damaged"),
        (lambda proof, account: (b"%PDF-1.7", account), "could not be checked", "not a proof"),
        (lambda proof, account: (proof, "two words"), "could not be checked", "blanks"),
    ],
    ids=["other account", "edited", "cut", "other file", "blanks"],
)
def test_what_does_not_hold_or_cannot_be_read_is_told_apart(world, key, opening, address, spoil, title, said):
    opened = opening(address)
    proof, account = spoil(world.proof.read_bytes(), world.account)
    opened.fill(proof, account, key)
    assert title in opened.answer
    assert said in opened.answer
    assert "You were counted" not in opened.answer
    assert opened.faults == []


def test_a_strangers_key_and_a_private_one(world, opening, address, tmp_path):
    from tests.conftest import good

    good("keys", "new", tmp_path / "other.pem", "--name", "other.jp", "--no-passphrase")
    opened = opening(address)
    opened.fill(world.proof.read_bytes(), world.account, (tmp_path / "other.pub").read_text())
    assert "not signed by the key that you gave" in opened.answer
    opened.fill(world.proof.read_bytes(), world.account, (tmp_path / "other.pem").read_text())
    assert "private key" in opened.answer


def test_ed25519_keys_of_small_order_are_refused(opening, address):
    opened = opening(address)
    code = "key => por.parseKey(key).then(() => 'taken', error => error.code)"
    for y in sorted(_SMALL_ORDER | {_FIELD - 3, 7}):
        spki = bytes.fromhex("302a300506032b6570032100") + y.to_bytes(32, "little")
        pem = f"-----BEGIN PUBLIC KEY-----\n{canonical.encode_base64(spki)}\n-----END PUBLIC KEY-----\n"
        try:
            ours = parse_public(pem.encode(), where="key") and "taken"
        except InputError as error:
            ours = error.code
        assert opened.page.evaluate(code, pem) == ours
        assert y not in _SMALL_ORDER or ours == "key-malformed"


def test_one_line_keys(world, opening, address):
    from tests.conftest import good

    line = good("keys", "show", world.key).out.splitlines()
    verifier = next(word for text in line for word in text.split() if word.count("+") >= 2)
    opened = opening(address)
    opened.fill(world.proof.read_bytes(), world.account, verifier)
    assert "You were counted" in opened.answer
    broken = verifier[:-6] + ("A" if verifier[-6] != "A" else "B") + verifier[-5:]
    opened.fill(world.proof.read_bytes(), world.account, broken)
    assert "no readable public key" in opened.answer


def test_p256_signatures_and_their_spoiled_twins(world, opening, address):
    signer = generate(Algorithm.P256)
    proof = json.loads(world.proof.read_bytes())
    payload = canonical.decode_base64(proof["attestation"]["envelope"]["payload"], where="payload")
    opened = opening(address)
    for _ in range(8):  # signatures differ in length by their leading zeros
        envelope = sign(payload, [signer])
        proof["attestation"]["envelope"] = envelope.document()
        opened.fill(canonical.encode(proof), world.account, signer.public.pem.decode())
        assert "You were counted" in opened.answer
    good = envelope.signatures[0].sig
    for spoiled in (good[:-1], good + b"\0", b"\x30\x81" + good[1:], good[:3] + b"\0" + good[3:], good[:-1] + b"\1"):
        proof["attestation"]["envelope"]["signatures"][0]["sig"] = canonical.encode_base64(spoiled)
        opened.fill(canonical.encode(proof), world.account, signer.public.pem.decode())
        assert "The signature is false" in opened.answer


def test_missing_parts_are_asked_for_in_their_field(opening, address):
    opened = opening(address)
    opened.page.click("#check")
    assert opened.page.inner_text("#result") == "Choose or paste the proof first."
    assert opened.page.evaluate("document.activeElement.id") == "file"


def test_the_path_is_walked_to_the_signed_total(world, key, opening, address):
    opened = opening(address)
    opened.fill(world.proof.read_bytes(), world.account, key)
    walk = opened.page.locator("#result .walk").first
    said = opened.page.locator("#result [aria-live]").first
    assert "hashed together with your account id" in said.inner_text()
    steps = 0
    while walk.locator("button").nth(1).is_enabled():
        walk.locator("button").nth(1).click()
        steps += 1
        assert steps < 64
    assert "you are in that total" in said.inner_text()
    assert opened.page.evaluate("document.activeElement.textContent") == "Back"
    assert opened.page.evaluate("document.querySelector('.picture').scrollTop") == 0


def test_japanese_by_the_browser_and_by_hand(world, key, opening, address):
    opened = opening(address, locale="ja-JP")
    assert opened.page.evaluate("document.documentElement.lang") == "ja"
    opened.fill(world.proof.read_bytes(), world.account, key)
    assert "あなたの残高は含まれています" in opened.answer
    assert "日本時間" in opened.answer
    opened.page.click("[data-language=en]")
    assert "You were counted" in opened.answer


def test_every_word_has_both_languages(opening, address):
    opened = opening(address)
    pairs = opened.page.evaluate("Object.entries(por.WORDS)")
    for name, (english, japanese) in pairs:
        assert english and japanese, name
        assert sorted(re.findall(r"\{[a-z]+\}", english)) == sorted(re.findall(r"\{[a-z]+\}", japanese)), name
    used = opened.page.evaluate("[...document.querySelectorAll('[data-word]')].map(e => e.dataset.word)")
    assert set(used) <= {name for name, _ in pairs}


@pytest.mark.parametrize("width", [320, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_for_axe_and_no_sideways_scrolling(world, key, opening, address, width, scheme, shortfall_proof):
    from axe_playwright_python.sync_playwright import Axe

    opened = opening(address, width=width, scheme=scheme)
    for proof in (None, world.proof.read_bytes(), shortfall_proof, b"{}"):
        if proof is not None:
            opened.fill(proof, world.account, key)
        found = Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_one_file_works_from_the_disk_with_the_exchanges_key(world, key, opening, tmp_path):
    page = tmp_path / "verify.html"
    page.write_bytes(verifier_page(key=key, issuer='Example "Exchange" <K.K.>'))
    opened = opening(page)
    assert 'Example "Exchange" <K.K.>' in opened.page.inner_text("#shipped")
    opened.fill(world.proof.read_bytes(), world.account, None)
    assert "You were counted" in opened.answer
    assert [url for url in opened.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert opened.faults == []


def test_every_vector_in_the_browser(opening, address):
    opened = opening(address)
    runner = (Path(__file__).parent / "answer.js").read_text()
    vectors = [json.loads(path.read_text()) for path in VECTORS]
    found = opened.page.evaluate(f"async vectors => {{ {runner}; return Promise.all(vectors.map(answer)); }}", vectors)
    wanted = [[vector["expect"], vector.get("found") if vector["expect"] == "ok" else None] for vector in vectors]
    assert [row for row in zip(VECTORS, found, wanted, strict=True) if row[1] != row[2]] == []


def test_the_page_reads_the_predicate_that_the_program_writes():
    from por.attestation.statement import PREDICATE_KEYS, REQUIRED_SUBJECTS, SUBJECTS

    text = (web_folder() / "statement.js").read_text()
    for name in (*PREDICATE_KEYS, *SUBJECTS, *REQUIRED_SUBJECTS):
        assert name in text
