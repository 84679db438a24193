"""What the site says, in English and Japanese; {names} are put in escaped and set apart from our own words."""

from __future__ import annotations

import gettext
import unicodedata
from functools import cache
from pathlib import Path

from markupsafe import Markup

import por
from por.attestation.statement import RuleHead
from por.header import is_line, parse_time, show_time

LANGUAGES = ("en", "ja")
_CATALOGUES = Path(por.__file__).parent / "cli" / "locale"
"""The names of rules and units stand in the command line's catalogue."""

_HOURS_OF_JAPAN = 9
_YEARS = ("1970", "9999")
"""Between these a time of Japan is shown beside: every platform writes such years alike."""

WORDS: dict[str, tuple[str, str]] = {
    "subtitle": (
        "Proof of reserves: what customers are owed, what is held for them, signed.",
        "準備金の証明：お客様への負債と、そのために保有する資産についての、署名付きの報告です。",
    ),
    "title-index": ("{issuer}: proof of reserves", "{issuer}：準備金の証明"),
    "title-statement": ("{issuer}: statement {sequence}", "{issuer}：第 {sequence} 号報告書"),
    "title-history": ("{issuer}: all statements", "{issuer}：すべての報告書"),
    "holds": ("Every test that was judged holds", "判定したすべての基準を満たしています"),
    "does-not-hold": ("Shortfall: a test fails", "不足：満たしていない基準があります"),
    "short": ("Shortfall: less is held than is owed", "不足：預かり高より保有高が少ない資産があります"),
    "missing": ("{asset}: {amount} missing", "{asset}：{amount} 不足"),
    "undecided": ("Not everything could be decided", "判定できない基準があります"),
    "short-holds": ("holds", "充足"),
    "short-does-not-hold": ("fails", "不足"),
    "short-undecided": ("undecided", "判定不能"),
    "short-not-covered": ("not covered", "対象外"),
    "by-itself": (
        "This is what the exchange itself states and has signed, for {time}.",
        "{time} 時点について、取引所自身が述べ、署名した内容です。",
    ),
    "by-itself-short": (
        "These pages say what the exchange has signed; no script runs in them and they load nothing.",
        "取引所が署名した内容を示すページです。スクリプトも外部の読み込みもありません。",
    ),
    "sides": (
        "{left} {unit}, where {relation} {right} is asked for",
        "{left} {unit}（求められる値：{relation} {right}）",
    ),
    "line": (
        "{label}: {left} {unit}, where {relation} {right} is asked for",
        "{label}：{left} {unit}（求められる値：{relation} {right}）",
    ),
    "lines-more": ("and {count} more", "ほか {count} 件"),
    "unshown": (
        "Its figures are for those who hold the annex, such as an auditor.",
        "数値は、附属書を受け取った監査人などだけが確認できます。",
    ),
    "source": ("Asked for by: {reference}", "根拠：{reference}"),
    "statement": ("Statement {sequence}", "第 {sequence} 号"),
    "as-of": ("as of {time}", "{time} 時点"),
    "to-statement": ("This statement: every test, all its files", "この報告書：各基準の結果とすべてのファイル"),
    "to-report": ("Read the full report", "報告書の全文を読む"),
    "counted-title": (
        "Are you a customer? Check that you were counted",
        "お客様へ：ご自身の残高が含まれているか確認できます",
    ),
    "counted": (
        "Sign in at the exchange to get your own proof file, and open it on this page; it works on your device alone.",
        "取引所にログインしてご自身の証明ファイルを受け取り、次のページで開いてください。確認は端末の中だけで行われます。",
    ),
    "counted-link": ("Check your balance", "残高を確認する"),
    "history": ("History", "履歴"),
    "history-chart": (
        "{count} statements from the oldest to the newest: {holds} hold, {fails} fail, {undecided} undecided",
        "古い順に {count} 件の報告書：充足 {holds} 件、不足 {fails} 件、判定不能 {undecided} 件",
    ),
    "history-legend": (
        "Upwards: every test holds. Downwards: a test fails. Hollow: undecided. Dotted: not on this site.",
        "上向き：すべて充足。下向き：不足あり。白抜き：判定不能。点線：このサイトにないもの。",
    ),
    "history-all": ("All {count} statements", "すべての報告書（{count} 件）"),
    "corrects": ("corrects statement {sequence}: {reason}", "第 {sequence} 号の訂正：{reason}"),
    "corrected": (
        "Statement {sequence} has corrected this one: {reason}",
        "この報告書は第 {sequence} 号で訂正されています：{reason}",
    ),
    "gaps-title": ("Missing here", "ここにない報告書"),
    "gap-between": (
        "{count} in the log between statements {after} and {before}",
        "第 {after} 号と第 {before} 号の間に、記録（ログ）上 {count} 件",
    ),
    "gap-first": ("{count} in the log before statement {before}", "第 {before} 号より前に、記録（ログ）上 {count} 件"),
    "gap-last": ("{count} in the log after statement {after}", "第 {after} 号より後に、記録（ログ）上 {count} 件"),
    "tests": ("The tests", "各基準の結果"),
    "gaps-said": ("What the statement says is missing", "報告書に記載されている不足事項"),
    "limits": ("What the statement says it does not show", "報告書に記載されている限界"),
    "about": ("About this statement", "この報告書について"),
    "issuer": ("Issuer", "発行者"),
    "scope": ("Scope", "対象範囲"),
    "time": ("As of", "基準時点"),
    "digest": ("Number of the statement (SHA-256)", "報告書の識別番号（SHA-256）"),
    "digest-note": (
        "Everybody should see the same number. Two numbers for one statement would be a fraud.",
        "誰が見ても同じ番号のはずです。同じ報告書に番号が二つあれば不正です。",
    ),
    "signed-by": ("Signed by", "署名した鍵"),
    "place": ("Place in the log", "記録（ログ）での位置"),
    "entry": ("entry {index} of {origin}", "{origin} の {index} 番"),
    "older": ("Older: statement {sequence}", "前の報告書：第 {sequence} 号"),
    "newer": ("Newer: statement {sequence}", "次の報告書：第 {sequence} 号"),
    "home": ("Overview", "トップ"),
    "downloads": ("Downloads", "ダウンロード"),
    "whole": ("Everything in one file", "全ファイルをまとめたもの"),
    "bytes": ("{size} bytes", "{size} バイト"),
    "evidence": ("Evidence of balances: {count} files", "残高の証拠：{count} ファイル"),
    "evidence-note": ("Each file's name is its SHA-256.", "ファイル名がそのまま SHA-256 です。"),
    "check-title": ("Check it yourself", "ご自身で検証するには"),
    "check-note": (
        "With the program por and the exchange's key from a place that you trust, not from this site alone:",
        "プログラム por と、このサイト以外の信頼できる場所から入手した取引所の公開鍵を使います。",
    ),
    "keys": ("The exchange's keys", "取引所の公開鍵"),
    "keys-note": (
        "Compare them with the same keys elsewhere. A key that only this site shows proves nothing about this site.",
        "別の場所に掲載された鍵と見比べてください。このサイトにしかない鍵では、このサイト自体の証明になりません。",
    ),
    "key-line": ("In one line", "1行の形式"),
    "key-file": ("As a file", "ファイル"),
    "key-print": ("Fingerprint", "フィンガープリント"),
    "key-files": ("Key files, which say who may sign what", "鍵ファイル（署名の権限を定めたもの）"),
    "log": ("The log", "公開記録（ログ）"),
    "log-note": (
        "Every statement was entered here when it was signed, and nothing can be taken out unseen: {size} entries, as"
        " static tiles (C2SP tlog-tiles).",
        "報告書は署名のときにここへ記録され、気付かれずに取り除くことはできません。{size} 件、"
        "C2SP tlog-tiles 形式です。",
    ),
    "log-checkpoint": ("Newest signed head (checkpoint)", "署名された最新の状態（checkpoint）"),
    "feed": ("News of new statements (Atom feed)", "新しい報告書の通知（Atom フィード）"),
    "not-title": ("What this site does not show", "このサイトでは分からないこと"),
    "not-copy": (
        "That the exchange is honest: these pages are its own words. The files behind them can be checked by anybody.",
        "取引所が誠実であること。ページの文章は取引所自身のものですが、元のファイルは誰でも検証できます。",
    ),
    "not-later": (
        "Anything about the time after each statement.",
        "それぞれの基準時点より後のこと。",
    ),
    "not-proofs": (
        "Anybody's balance: customers' proofs are not part of it.",
        "個々のお客様の残高（証明ファイルはこのサイトに含まれません）。",
    ),
}


class Words:
    """One language of the site."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._at = LANGUAGES.index(language)

    def __call__(self, name: str, **values: object) -> Markup:
        """Return a sentence as markup, values in it escaped and set apart from our words' direction."""
        parts = {key: Markup("<bdi>{}</bdi>").format(visible(str(value))) for key, value in values.items()}
        return Markup(WORDS[name][self._at]).format(**parts)

    def plain(self, name: str, **values: object) -> str:
        """Return a sentence as plain text; values that run from right to left keep it to themselves."""
        return WORDS[name][self._at].format(**{key: apart(visible(str(value))) for key, value in values.items()})

    def moment(self, text: str) -> str:
        """Return a UTC time (YYYY-MM-DDThh:mm:ssZ) for readers, in Japanese with Japan's own beside it."""
        shown = f"{text[:10]} {text[11:19]} UTC"
        if self.language != "ja" or not _YEARS[0] <= text[:4] < _YEARS[1]:
            return shown
        there = show_time(parse_time(text, where="time") + _HOURS_OF_JAPAN * 3600)
        return f"{shown}（日本時間 {there[:10]} {there[11:19]}）"

    def rule(self, rule: RuleHead) -> str | None:
        """Return a rule's name in this language where it is not the signed English one."""
        return self._named("rule", rule.id)

    def unit(self, rule: RuleHead) -> str:
        """Return a rule's unit."""
        return self._named("unit", rule.unit) or rule.unit

    def _named(self, context: str, key: str) -> str | None:
        if self.language == "en":
            return None
        found = _catalogue(self.language).pgettext(context, key)
        return found if found != key else None


def relation(text: str) -> str:
    """Return a comparison as people write it."""
    return {">=": "≥", "<=": "≤"}.get(text, text)


def visible(text: str) -> str:
    """Return a text in which control and format characters are shown as what they are, such as \\u202e."""
    return "".join(char if is_line(char) else f"\\u{ord(char):04x}" for char in text)


def apart(text: str) -> str:
    """Return plain text between marks that keep its direction to itself, where it has any letter from right to left."""
    turns = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)
    return f"\u2068{text}\u2069" if turns else text


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("por", _CATALOGUES, [language])


def grouped(figure: str) -> str:
    """Write an exact decimal with thousands separators: 1234567.5 becomes 1,234,567.5; other text stays."""
    whole, dot, fraction = figure.partition(".")
    return f"{int(whole):,}{dot}{fraction}" if whole.isascii() and whole.isdigit() and len(whole) < 100 else figure
