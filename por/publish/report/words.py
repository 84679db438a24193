"""What a report says, in English and Japanese. {names} are put in escaped; nothing else in it comes from outside.

Words: 報告書 statement, 基準 test or rule, 預かり高 what customers are owed, 保有高 what is held for them, 充足 holds,
不足 fails; as in the customer's page and in the command line's catalogue.
"""

from __future__ import annotations

from markupsafe import Markup

from por.publish.report.words_figures import FIGURES
from por.publish.report.words_ground import GROUND

LANGUAGES = ("en", "ja")

FRAME: dict[str, tuple[str, str]] = {
    "title": ("Proof of reserves: {issuer}, statement {sequence}", "準備金の証明：{issuer}、第 {sequence} 号"),
    "kind": ("Proof of reserves: report", "準備金の証明：報告書"),
    "of": ("Statement {sequence}: {scope}, as of {time}", "第 {sequence} 号報告書：{scope}、{time}時点"),
    "issued": ("signed on {time}, as the issuer says", "発行者の申告による署名日時：{time}"),
    "replaces": ("It replaces statement {sequence}: {reason}", "第 {sequence} 号を訂正するものです：{reason}"),
    "own-word": (
        "This is the issuer's own assertion with its evidence. It is not an audit.",
        "発行者自身による、裏付けを添えた報告です。監査ではありません。",
    ),
    "verdict-holds": ("Every test that was judged holds", "判定したすべての基準を満たしています"),
    "verdict-short": ("Shortfall: less is held than is owed", "不足：預かり高より保有高が少ない資産があります"),
    "verdict-fails": ("Shortfall: a test does not hold", "不足：満たしていない基準があります"),
    "verdict-undecided": ("Not everything could be decided", "判定できない基準があります"),
    "counts": (
        "{holds} of {all} tests hold, {fails} fail, {undecided} undecided, {aside} not covered.",
        "全 {all} 基準のうち、充足 {holds}、不足 {fails}、判定不能 {undecided}、対象外 {aside}。",
    ),
    "missing": (
        "{asset}: {missing} missing. Held {held} of {owed} owed, {share}.",
        "{asset}：{missing} 不足。預かり高 {owed} に対し保有高 {held}（{share}）。",
    ),
    "sides": (
        "{left} {unit}; asked for: {asked}",
        "{left} {unit}（求められる値：{asked}）",
    ),
    "asked->=": ("at least {right}", "{right} 以上"),
    "asked-<=": ("at most {right}", "{right} 以下"),
    "asked": ("{relation} {right}", "{relation} {right}"),
    "colon": (": ", "："),
    "cure": (
        "To be cured within {days} business days, by {date}.",
        "{days} 営業日以内（{date} まで）の解消が必要です。",
    ),
    "none": ("none", "なし"),
    "yen": ("{amount} yen", "{amount} 円"),
    "base-units": ("{amount} base units", "{amount}（最小単位）"),
}

_WORDS = {**FRAME, **FIGURES, **GROUND}


def word(language: str, name: str, /, **values: object) -> Markup:
    """Return a sentence; values that are no Markup are escaped."""
    text = _WORDS[name][LANGUAGES.index(language)]
    return Markup(text).format(**values)


def plain(language: str, name: str, /, **values: object) -> str:
    """Return a sentence as text, with nothing escaped: for a place that escapes it whole."""
    return _WORDS[name][LANGUAGES.index(language)].format(**values)


def has(name: str) -> bool:
    """Tell whether there are such words."""
    return name in _WORDS
