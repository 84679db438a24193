"""The program: lazy commands, one place where errors become words and exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

import por
from por import files
from por.cli import exits, language, terminal
from por.cli.result import Result, dump, error_document
from por.errors import PorError, UsageError

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("por.cli.commands.init:init", "Lay out a folder to start from, every line explained."),
    "keys": ("por.cli.commands.keys:keys", "Make and show signing keys, the master key and snapshot keys."),
    "liabilities": ("por.cli.commands.liabilities:liabilities", "Build trees over what is owed; write proofs."),
    "wallets": ("por.cli.commands.wallets:wallets", "Show that wallets are controlled."),
    "reserves": ("por.cli.commands.reserves:reserves", "Read what the wallets hold, with evidence."),
    "rules": ("por.cli.commands.rules:rules", "List the rules that a policy pack runs."),
    "stress": ("por.cli.commands.stress:stress", "What if: hot wallets drained, a custodian gone, the past again."),
    "reserve": ("por.cli.commands.reserve:reserve", "Plan a liability reserve: what formulas ask for, cost and pay."),
    "attest": ("por.cli.commands.attest:attest", "Judge, sign and write the publication."),
    "countersign": ("por.cli.commands.countersign:countersign", "Add a signature to a statement or a key file."),
    "timestamp": ("por.cli.commands.timestamp:timestamp", "Have signatures stamped by an RFC 3161 authority."),
    "run": ("por.cli.commands.run:run", "Do all of it from one file."),
    "publish": ("por.cli.commands.publish:publish", "Make a static site out of a history of publications."),
    "proofs": ("por.cli.commands.serve:proofs", "Hand signed-in customers their proof."),
    "verify": ("por.cli.commands.verify:verify", "Check that a customer was counted."),
    "audit": ("por.cli.commands.audit:audit", "Check a whole publication from outside."),
    "inspect": ("por.cli.commands.inspect:inspect", "Show any of our files to a person."),
    "log": ("por.cli.commands.log:log", "Check the log on its own; have witnesses cosign it."),
    "witness": ("por.cli.commands.witness:witness", "Cosign others' logs, as long as they only grow."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(por.__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Proof of reserves: what is owed, what is held, and whether it covers.

    An exchange builds and signs, a customer runs `por verify`, an auditor runs `por audit`.
    Exit codes: 0 holds, 1 does not hold, 2 usage, 3 malformed input, 4 undecided, 5 trust material missing.
    """


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; everything that can go wrong is told here."""
    as_json = "--json" in arguments
    command = _command_name(arguments)
    language.use(arguments if command == "verify" else ["--lang=en"])
    try:
        found = cli.main(args=arguments, prog_name="por", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        told = PorError("interrupted", code="interrupted", hint="what was finished stays; run the same command again")
        return _fail(command, told, as_json, exits.INTERRUPTED)
    except click.ClickException as error:
        return _fail(command, _usage(error), as_json, exits.USAGE)
    except PorError as error:
        return _fail(command, error, as_json, exits.BY_KIND.get(error.kind, exits.BUG))
    except BrokenPipeError:
        _drop_stdout()
        return exits.INTERRUPTED
    except OSError as error:
        # What no command foresaw is still the machine's or the path's matter, such as a name that is too long.
        told = files.explain(error, "the operating system")
        return _fail(command, told, as_json, exits.BY_KIND[told.kind])
    except Exception as error:
        return _bug(command, error, as_json)
    return _finish(command, found, as_json) if isinstance(found, Result) else int(found or 0)


def _finish(command: str, result: Result, as_json: bool) -> int:
    try:
        if as_json:
            sys.stdout.write(dump(result.document(command)) + "\n")
        else:
            result.show()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away (`por audit | head`); what was found stays what it is.
        _drop_stdout()
    except OSError as error:
        # A full disk behind a redirection: nothing more can be said there, in JSON neither.
        _drop_stdout()
        return _fail(command, files.explain(error, "standard output"), False, exits.UNDECIDED)
    except Exception as error:
        return _bug(command, error, as_json)
    return result.exit


def _drop_stdout() -> None:
    """Let the interpreter flush into nothing at its end, instead of tracing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(command: str, error: PorError, as_json: bool, code: int) -> int:
    if as_json:
        try:
            sys.stdout.write(dump(error_document(command, error)) + "\n")
            sys.stdout.flush()
            return code
        except OSError:
            _drop_stdout()  # nobody reads there, or the disk is full: it is told on stderr
    for line in language.current().error(error):
        terminal.note(line)
    return code


def _usage(error: click.ClickException) -> UsageError:
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "por"
    return UsageError(message[:1].lower() + message[1:], code="usage", hint=f"`{path} --help` shows what it takes")


def _bug(command: str, error: Exception, as_json: bool) -> int:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    told = PorError(
        f"a bug of ours: {type(error).__name__} at {place}",
        code="bug",
        hint="please report it with the command and this place; POR_TRACEBACK=1 shows the whole trace",
    )
    if os.environ.get("POR_TRACEBACK"):
        traceback.print_exception(error)
    return _fail(command, told, as_json, exits.BUG)


def _command_name(arguments: list[str]) -> str:
    """Return the words of the command for result documents: `liabilities build`."""
    words: list[str] = []
    node: Any = cli
    for word in arguments:
        if word.startswith("-") or not isinstance(node, click.Group):
            break
        words.append(word)
        if node is cli:
            if word not in COMMANDS:
                break
            node = cli.get_command(click.Context(cli), word)
        else:
            node = node.commands.get(word)
    return " ".join(words)


def entry() -> None:
    """The console script."""
    terminal.forgive(sys.stdout, sys.stderr)
    code = main(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # nowhere to write any more; the interpreter's own end says what it can
    # All is written and closed; taking the libraries apart again would cost a tenth of a second after a build.
    os._exit(code)
