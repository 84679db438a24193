"""The customer's language: what `por verify` says, in English (which stands in the code) or from a gettext catalogue.

A catalogue also has, for each error code, a sentence (context `error`) and a mend (context `hint`), and names of rules
and units (contexts `rule`, `unit`) beside the signed English ones. Errors are keyed by code, because their messages
name places in files, and a customer needs to know what it means and what to do.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from por.errors import PorError

if TYPE_CHECKING:
    from gettext import NullTranslations

F = TypeVar("F", bound=Callable[..., Any])

LANGUAGES = ("en", "ja")
DOMAIN = "por"
CATALOGUES = Path(__file__).parent / "locale"

HOURS_OF_JAPAN = 9
"""Ahead of UTC; Japan has no summer time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. `catalogue` is None for English."""

    language: str
    catalogue: NullTranslations | None = None

    def __call__(self, text: str, /, **values: object) -> str:
        """Return the sentence for an English one, with its {values} put in."""
        found = text if self.catalogue is None else self.catalogue.gettext(text)
        return found.format(**values)

    def named(self, context: str, key: str) -> str | None:
        """Return what the catalogue has for a key in a context, or None."""
        found = key if self.catalogue is None else self.catalogue.pgettext(context, key)
        return found if found != key else None

    def moment(self, text: str) -> str:
        """Return a UTC time (YYYY-MM-DDThh:mm:ssZ) with the reader's own beside it, where that is one time."""
        if self.language != "ja":
            return text
        from por.header import parse_time, show_time

        there = show_time(parse_time(text, where="time") + HOURS_OF_JAPAN * 3600)
        return f"{text}（日本時間 {there[:10]} {there[11:19]}）"

    def error(self, error: PorError) -> Iterator[str]:
        """Yield the lines that tell an error; in English when the catalogue does not know its code."""
        sentence, hint = self.named("error", error.code), self.named("hint", error.code)
        if sentence is None:
            yield f"error: {error.message}"
            yield from (f"hint: {line}" for line in error.hint.splitlines())
            return
        yield f"エラー: {sentence}"
        if hint is not None:
            yield f"ヒント: {hint}"
        yield f"詳細（英語）: {error.message}"


_current = Words(language="en")


def use(arguments: Sequence[str]) -> None:
    """Set the language of what this command says."""
    global _current
    _current = words(arguments)


def current() -> Words:
    """Return the language of what this command says."""
    return _current


def option(function: F) -> F:
    """Add --lang, which is acted on in `por.cli.main`, so that mistakes in other options are told in it too."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="Language of the answer; your locale's when left out.",
    )(function)


class Command(click.Command):
    """A command whose help is told in the reader's language too; click's own layout is for words with blanks."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write usage, text and options, each option's sentence below it."""
        words = current()
        if words.catalogue is None:
            super().format_help(ctx, formatter)
            return
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), words("Usage: "))
        for text in helps(self, ctx)[:1]:
            formatter.write(f"\n{words(text)}\n")
        formatter.write(f"\n{words('Options:')}\n")
        for name, text in _records(self, ctx):
            formatter.write(f"  {name}\n      {words(text)}\n")


def helps(command: click.Command, ctx: click.Context) -> list[str]:
    """Return what a command's help says in sentences: its own text, and that of each option."""
    return [inspect.cleandoc(command.help or ""), *(text for _, text in _records(command, ctx))]


def _records(command: click.Command, ctx: click.Context) -> list[tuple[str, str]]:
    found = [param.get_help_record(ctx) for param in command.get_params(ctx)]
    return [record for record in found if record is not None and record[1]]


def words(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Words:
    """Return the language that --lang asks for, else that of the locale."""
    language = _asked(arguments) or _of_locale(environment)
    if language == "en" or not _shows("あ"):
        return Words(language="en")
    import gettext  # only where it is needed, as everything in a customer's check

    return Words(language=language, catalogue=gettext.translation(DOMAIN, CATALOGUES, [language]))


def _asked(arguments: Sequence[str]) -> str | None:
    found = None
    for word, following in zip(arguments, [*arguments[1:], ""], strict=False):
        value = following if word == "--lang" else word.removeprefix("--lang=") if word.startswith("--lang=") else ""
        found = value if value in LANGUAGES else found
    return found


def _of_locale(environment: Mapping[str, str]) -> str:
    """Follow GNU gettext: LANGUAGE is a list of wishes, unless the locale is plainly C; else the locale's language.

    gettext's own search is not used, because it knows no catalogue of the code's own English: LANGUAGE=en:ja would be
    Japanese.
    """
    locale = next((found for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := environment.get(name))), "")
    if locale in ("C", "POSIX"):
        return "en"
    for wish in [*environment.get("LANGUAGE", "").split(":"), locale]:
        language = wish.partition(".")[0].partition("@")[0].partition("_")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"


def _shows(text: str) -> bool:
    """Tell whether what we print can be printed: a customer gets English rather than a failure."""
    try:
        for stream in (sys.stdout, sys.stderr):
            text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
