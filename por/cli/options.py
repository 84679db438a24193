"""Options that several commands share, and how secrets reach the program without standing in argv."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from por import files
from por.cli import terminal
from por.errors import InputError, TrustError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from por.attestation.keychain import KeyChain
    from por.attestation.keys import Signer
    from por.attestation.trust import Trust
    from por.solvency.settings import Pack

F = TypeVar("F", bound=Callable[..., Any])

READING_PACKS = ("japan", "demo")
"""Shipped packs that a table of coins is taken from without asking; foreign ones are asked for by name."""

MAX_SECRET = 4096
"""Longest passphrase or account id that is read from a file or a pipe."""

MAX_CERTIFICATES = 4 << 20
"""Bytes of a file of certificates: all authorities that a system trusts have half a megabyte."""


def _set_color(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    terminal.Settings.color = value


def common(function: F) -> F:
    """Add --json and --color, which every command has; --json itself is acted on in `por.cli.main`."""
    function = click.option(
        "--json", "_json", is_flag=True, expose_value=False, help="Print one JSON document, on failure too."
    )(function)
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        expose_value=False,
        callback=_set_color,
        help="Colours; NO_COLOR is honoured.",
    )(function)


def in_path(name: str, *, folder: bool = False, **settings: Any) -> Callable[[F], F]:
    """Return an argument that names a file (or folder) to read; that it exists is judged when it is read."""
    return click.argument(name, type=click.Path(path_type=Path), **settings)


def path_option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Return an option that names a file or folder."""
    return click.option(*names, type=click.Path(path_type=Path), **settings)


def passphrase(function: F) -> F:
    """Add --passphrase-fd and --passphrase-file, which together become one `secret` (a Passphrase)."""
    function = click.option(
        "--passphrase-file", type=click.Path(path_type=Path), help="File whose first line is the passphrase."
    )(function)
    return click.option("--passphrase-fd", type=int, help="File descriptor to read the passphrase from.")(function)


class Passphrase:
    """Where a passphrase comes from: a descriptor, a file, or a prompt on the terminal; read when first needed."""

    def __init__(self, *, fd: int | None, file: Path | None) -> None:
        if fd is not None and file is not None:
            raise UsageError(
                "--passphrase-fd and --passphrase-file exclude each other", code="usage", hint="give one of them"
            )
        self._fd, self._file, self._known = fd, file, None

    _known: bytes | None

    def __call__(self, what: str, *, confirm: bool = False) -> bytes:
        """Return the passphrase for `what`; TrustError when there is none to be had."""
        if self._known is None:
            self._known = self._read(what, confirm=confirm)
        return self._known

    def _read(self, what: str, *, confirm: bool) -> bytes:
        if self._fd is not None:
            try:
                with os.fdopen(self._fd, "rb", closefd=False) as stream:
                    found = stream.readline(MAX_SECRET)
            except OSError as error:
                raise TrustError(
                    f"no passphrase on descriptor {self._fd}: {(error.strerror or '').lower()}",
                    code="passphrase-missing",
                    hint="open it for reading, as in --passphrase-fd 3 3<FILE",
                ) from None
        elif self._file is not None:
            found = files.read_bytes(self._file, limit=MAX_SECRET).partition(b"\n")[0]
        elif sys.stdin.isatty():
            text = click.prompt(f"passphrase for {what}", hide_input=True, err=True, confirmation_prompt=confirm)
            found = str(text).encode()
        else:
            raise TrustError(
                f"{what} needs a passphrase",
                code="passphrase-missing",
                hint="give --passphrase-file FILE or --passphrase-fd N (or --no-passphrase when making a key)",
            )
        found = found.rstrip(b"\r\n")
        if not found:
            raise TrustError(
                f"the passphrase for {what} is empty",
                code="passphrase-missing",
                hint="its first line is the passphrase",
            )
        return found


def read_account(source: str | None, question: str) -> str:
    """Return the account id from a file, from stdin (`-`), or by asking; outer line ends are taken off."""
    if source is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "no account id, and no terminal to ask for it",
                code="account-id-missing",
                hint="give --account-id-file FILE, or - for standard input",
            )
        return str(click.prompt(question, err=True))
    data = sys.stdin.buffer.read(MAX_SECRET) if source == "-" else files.read_bytes(Path(source), limit=MAX_SECRET)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{source}: the account id is not UTF-8 text",
            code="account-id-malformed",
            hint="write the id alone into the file, in one line",
        ) from None
    return text.removesuffix("\n").removesuffix("\r")


def parse_nodes(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read `CAIP2=URL` or `CAIP2=@FILE` options into chain -> URLs, in the order given; the URL is never shown."""
    nodes: dict[str, tuple[str, ...]] = {}
    for value in values:
        chain, sign, url = value.partition("=")
        if not sign or not url or ":" not in chain:
            raise UsageError("--node takes CAIP2=URL", code="node-malformed", hint="for example --node eip155:1=@FILE")
        if url.startswith("@"):
            url = files.read_text(Path(url[1:]), limit=MAX_SECRET).strip()
        nodes[chain] = (*nodes.get(chain, ()), url)
    return nodes


key_option = click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="The exchange's .pub file, its one-line key, or its key file (the first one named is trusted).",
)

tsa_option = path_option("--tsa-ca", help="Certificates (PEM) of the timestamping authorities that you trust.")


def signer(function: F) -> F:
    """Add --key and --public, which name a signing key."""
    function = path_option("--public", help="The .pub file of a key that is named by URI.")(function)
    return click.option(
        "--key", required=True, metavar="KEY", help="The signing key: a file, or a URI such as pkcs11:..."
    )(function)


node_option = click.option(
    "--node", "nodes", multiple=True, metavar="CAIP2=URL", help="A chain's node; CAIP2=@FILE reads the URL from a file."
)


def write_out(path: str, data: bytes, *, mode: int = 0o644) -> None:
    """Write a result file, or stdout when the name is `-`."""
    if path == "-":
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise files.explain(error, "standard output") from None
    else:
        files.write_bytes(Path(path), data, mode=mode)


def open_secret(path: Path, ask: Passphrase) -> bytes:
    """Open a master or snapshot key, asking for its passphrase only when it is encrypted."""
    from por.attestation.private import passphrase_needed
    from por.attestation.secretfile import load_secret

    return load_secret(path, ask(str(path)) if passphrase_needed(path) else None)


def load_trust(values: Sequence[str]) -> Trust:
    """Load the public keys, or the key file, that the person brought; TrustError when there is nothing."""
    from por.attestation.keysource import load_trust as load

    return load(values)


def load_authorities(path: Path | None) -> list[Certificate]:
    """Load the certificates of the timestamping authorities that the person trusts."""
    if path is None:
        return []
    from por.attestation.timestamps import read_roots

    return read_roots(files.read_bytes(path, limit=MAX_CERTIFICATES), where=str(path))


def load_chain(path: Path | None) -> KeyChain | None:
    """Load the exchange's own key file, or the folder of its versions."""
    return None if path is None else load_trust([str(path)]).chain


def read_in(path: str, *, limit: int) -> bytes:
    """Read a file, or standard input when the name is `-`, up to `limit` bytes."""
    if path != "-":
        return files.read_bytes(Path(path), limit=limit)
    data = sys.stdin.buffer.read(limit + 1)
    if len(data) > limit:
        raise InputError("standard input: too large", code="file-too-large", hint="is this the right file?")
    return data


def load_policy(value: str) -> Pack:
    """Load a policy pack: a shipped one by its id, or a file."""
    from por.solvency.pack import load_pack, shipped, shipped_ids

    if value in shipped_ids():
        return shipped(value)
    path = Path(value)
    if not path.exists():
        raise TrustError(
            f"no policy pack {value}", code="policy-unknown", hint=f"give a file, or one of {', '.join(shipped_ids())}"
        )
    return load_pack(path)


def parse_blocks(values: Sequence[str]) -> dict[str, str]:
    """Read `CAIP2=HASH` options into chain -> block hash (0x and 64 hex digits, lower case)."""
    blocks = {}
    for value in values:
        chain, sign, digest = value.partition("=")
        plain = digest.lower().removeprefix("0x")
        if not sign or ":" not in chain or len(plain) != 64 or not set(plain) <= set("0123456789abcdef"):
            raise UsageError(
                f"--block {value} is not CAIP2=HASH", code="block-malformed", hint="write eip155:1=0x and 64 hex digits"
            )
        blocks[chain] = "0x" + plain
    return blocks


def open_signer(value: Path | str, ask: Passphrase, public: Path | None = None) -> Signer:
    """Open a signing key: a file, or a URI of a token or a service; the passphrase is asked for when one is needed."""
    from por.attestation.keys import load_public
    from por.attestation.signers import open_signer as open_any

    return open_any(str(value), ask=ask, public=None if public is None else load_public(public))


def policy_for(value: str | None, chains: set[str]) -> Pack:
    """Load the pack that was named, or the first shipped one whose chains include these (docs/adr/0005)."""
    from por.solvency.pack import shipped

    if value is not None:
        return load_policy(value)
    packs = [shipped(id) for id in READING_PACKS]
    # The pack with the fewest chains that has them all: real chains are judged by Japan's, the local one by the demo's.
    fitting = sorted((pack for pack in packs if chains <= set(pack.chains)), key=lambda pack: len(pack.chains))
    if not fitting:
        raise TrustError(
            f"no shipped policy pack covers {', '.join(sorted(chains))}",
            code="policy-unknown",
            hint="give a pack with the coins of these chains: --policy FILE",
        )
    return fitting[0]


def one_node_each(values: Sequence[str]) -> dict[str, str]:
    """Read --node options where each chain has one node; UsageError when a chain stands twice."""
    nodes = parse_nodes(values)
    for chain, urls in nodes.items():
        if len(urls) > 1:
            raise UsageError(f"{chain} has several nodes", code="node-repeated", hint="give one --node for each chain")
    return {chain: urls[0] for chain, urls in nodes.items()}
