"""`por verify` speaks Japanese to those who want it: every sentence, every error it can meet, and nothing else."""

from __future__ import annotations

import ast
import gettext
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from por.cli import language
from por.cli.commands import verify
from por.errors import InputError
from por.solvency.pack import shipped, shipped_ids
from scripts import messages
from tests.conftest import World, good, por

PO = language.CATALOGUES / "ja/LC_MESSAGES/por.po"
ENTRIES = messages.parse(PO.read_text(encoding="utf-8"))
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
ROOM = Path(language.__file__).parent


def test_the_compiled_catalogue_is_the_text() -> None:
    """As GNU's msgfmt would say too: Python's own reader gives each entry."""
    data = PO.with_suffix(".mo").read_bytes()
    assert data == messages.compiled(ENTRIES), "run python scripts/messages.py"
    with PO.with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    for key, text in ENTRIES.items():
        context, between, plain = key.partition(messages.BETWEEN)
        if key:
            assert (read.pgettext(context, plain) if between else read.gettext(key)) == text


@pytest.mark.parametrize(
    "text", ['msgid "a"\n', 'msgid "a"\nmsgstr ""\n', 'msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', "msgid a\n"]
)
def test_a_bad_catalogue_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        messages.parse(text)


def test_every_sentence_is_translated_and_none_is_left_over() -> None:
    context = click.Context(verify.verify, help_option_names=["--help"])
    helps = language.helps(verify.verify, context)
    assert len(helps) > 7
    said = {*sentences(), *helps}
    assert said == {key for key in ENTRIES if key and messages.BETWEEN not in key}


def sentences() -> Iterator[str]:
    """What the command line passes through `words(...)`."""
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words" and node.args:
                if isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)
                else:  # help texts
                    assert path.name == "language.py", f"{path}: what is translated stands in the code"


@pytest.mark.parametrize("key", ENTRIES)
def test_a_translation_is_japanese_and_keeps_its_places(key: str) -> None:
    text, plain = ENTRIES[key], key.rpartition(messages.BETWEEN)[2]
    if not key:
        assert "charset=UTF-8" in text
        return
    assert JAPANESE.search(text)
    assert sorted(re.findall(r"\{\w*\}", text)) == sorted(re.findall(r"\{\w*\}", plain))
    for encoding in ("euc_jp", "cp932"):  # older terminals and Windows
        text.encode(encoding)


def codes(*modules: str) -> set[str]:
    """The error codes that stand in these modules: every constant in a `code=` argument."""
    found = set()
    for name in modules:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.keyword) and node.arg == "code":
                inner = [leaf.value for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant)]
                found |= {text for text in inner if isinstance(text, str)}
    return found


def tree(module: str) -> ast.Module:
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    return ast.parse(Path(spec.origin).read_text())


def imported(module: str) -> set[str]:
    """A module of ours and all it imports, at its top or inside, theirs included."""
    seen: set[str] = set()
    waiting = {module}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        for node in ast.walk(tree(name)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            waiting |= {name for name in names if ours(name)} - seen
    return seen


def ours(name: str) -> bool:
    if not name.startswith("por."):
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # a class or function: por.errors.InputError
        return False


OTHER_COMMANDS = {
    *("block-malformed", "node-malformed", "node-repeated", "passphrase-missing", "policy-unknown"),
}
"""Codes in por/cli/options.py that no option of `por verify` leads to."""


def test_every_error_that_a_customer_can_meet_is_translated() -> None:
    rooms = (
        imported("por.audit.customer")
        | imported("por.attestation.keysource")
        | {
            *("por.cli.commands.verify", "por.cli.options", "por.cli.main", "por.audit.publication"),
            *("por.attestation.timestamps", "por.audit.timestamps", "por.audit.memory"),
        }
    )
    assert {"por.liabilities.verify", "por.attestation.keys", "por.canonical", "por.files"} <= rooms
    met = codes(*rooms) - OTHER_COMMANDS
    assert {"root-mismatch", "signature-invalid", "expect-differs", "usage"} <= met and len(met) > 50
    for context in ("error", "hint"):
        told = {key.partition(messages.BETWEEN)[2] for key in ENTRIES if key.startswith(context + messages.BETWEEN)}
        assert told == met, f"{context}: add or remove {sorted(told ^ met)}"


def test_every_rule_and_unit_is_named() -> None:
    words = language.words(["--lang", "ja"])
    for rule in (rule for id in shipped_ids() for rule in shipped(id).rules):
        assert words.named("rule", rule.id)
    assert words.named("unit", "assets held in full") and words.named("unit", "JPY") is None


@pytest.mark.parametrize(
    ("settings", "language_"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "en_US", "LC_ALL": "ja_JP.eucJP"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "ja"}, "ja"),
        ({"LANGUAGE": "ja"}, "ja"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "ja"}, "ja"),
        ({"LANG": "C", "LANGUAGE": "ja"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LANGUAGE": "en:ja"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:ja:en"}, "ja"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_locale_decides_unless_told(settings: dict[str, str], language_: str) -> None:
    assert language.words([], settings).language == language_
    for wish in ("en", "ja"):
        assert language.words(["--lang", wish], settings).language == wish
        assert language.words([f"--lang={wish}"], settings).language == wish


def test_verify_answers_in_japanese(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("verify", world.proof, "--key", world.key, "--account-id-file", world.account_file)
    english, document = good(*words), good(*words, "--json").document
    ran = good(*words, "--lang", "ja")
    assert "計上されています" in ran.out and "日本時間 2026-11-21 00:00:00" in ran.out
    for row in document["found"]:
        assert f"{row['shown']} {row['asset']} " in ran.out and f"{row['shown']} {row['asset']} " in english.out
    assert document["statement"]["digest"] in ran.out
    # What is left of Latin letters stands in the signed statement, or is typed by the customer.
    for line in ran.out.splitlines():
        assert not line or JAPANESE.search(line), line
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert good(*words).out == ran.out
    assert good(*words, "--json").document == document
    assert good(*words, "--lang", "en").out == english.out
    audited = good("audit", world.publication, "--key", world.key).out
    assert not JAPANESE.search(audited), "other commands speak English"


def test_help_is_told_in_japanese_too() -> None:
    english, ran = good("verify", "--help"), good("verify", "--lang", "ja", "--help")
    assert ran.out.startswith("使い方: por verify [OPTIONS] PROOF") and "--expect ASSET=AMOUNT" in ran.out
    assert english.out.startswith("Usage: ") and not JAPANESE.search(english.out)


def test_an_admitted_shortfall_comes_first_in_japanese_too(world: World, tmp_path: Path) -> None:
    good(
        *("liabilities", "prove", world.shop.folder / "work/liabilities", world.account),
        *("--master-key", world.secret / "master.key", "--attestation", world.shortfall, "-o", tmp_path / "proof.json"),
    )
    words = ("verify", tmp_path / "proof.json", "--key", world.key, "--account-id-file", world.account_file)
    ran = good(*words, "--lang", "ja")
    assert ran.out.startswith("【重要】") and "暗号資産の分別管理" in ran.out.splitlines()[0]


def test_failures_are_told_in_japanese(world: World, tmp_path: Path) -> None:
    key = ("--key", world.key)
    stranger = tmp_path / "account.txt"
    stranger.write_text("somebody.else@example.jp\n")
    for words, code, told in (
        (("verify", world.proof, *key, "--account-id-file", stranger), 1, "署名された報告書と一致しません"),
        (("verify", world.proof, "--account-id-file", stranger), 5, "公開鍵が指定されていない"),
        (("verify", world.proof, "--nonsense"), 2, "使い方"),
        (("verify", world.key, *key, "--account-id-file", stranger), 3, "JSON"),
        (("verify", tmp_path / "none.json", *key), 3, "見つかりません"),
        (("verify", world.proof, *key, "--expect", "BTC"), 2, "--expect BTC=1.5"),
    ):
        english, ran = por(*words), por(*words, "--lang", "ja")
        assert english.code == ran.code == code and english.err.isascii(), ran.err
        assert ran.err.startswith("エラー: ") and "\nヒント: " in ran.err and told in ran.err
        assert f"詳細（英語）: {english.err.partition('error: ')[2].splitlines()[0]}" in ran.err
        assert por(*words, "--lang", "ja", "--json").document == por(*words, "--json").document


def test_an_unknown_code_is_told_in_english() -> None:
    told = language.words(["--lang", "ja"]).error(InputError("somewhere: new", code="not-yet-known", hint="one\ntwo"))
    assert list(told) == ["error: somewhere: new", "hint: one", "hint: two"]


def test_a_terminal_that_cannot_show_it_gets_english(world: World) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from por.cli.main import entry; entry()", "verify", "--lang", "ja", str(world.proof)],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 5 and ran.stderr.startswith("error: no key was given")
