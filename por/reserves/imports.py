"""Signatures become control files, each judged while the person who signed is still at hand.

Beside DIR/NAME.txt, the text, stands DIR/NAME.sig or DIR/NAME.json: the signature as the wallet gives it. Texts that an
exchange published instead of challenges (scheme `published`) stand in DIR/published.csv, or in files of the same names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from por import canonical, documents
from por.errors import ClaimError, InputError
from por.files import read_bytes, read_text, write_bytes
from por.header import Header
from por.reserves import addresses, caip
from por.reserves.addresses.scripts import Kind, read
from por.reserves.challenge import parse_challenge
from por.reserves.challenges import FORMAT
from por.reserves.control import MAX_MESSAGE, MAX_SIGNATURE, ControlFile, check_scheme, check_signature
from por.reserves.descriptors import expand_known, write_known
from por.reserves.ownership import OwnershipScheme, scheme
from por.reserves.published_table import PublishedTable, read_table
from por.reserves.wallet_exports import Given, as_bytes, as_message, read_export, with_header
from por.reserves.wallets import Wallet

MAX_TABLE = 1 << 28
"""Bytes of a published table: hundreds of thousands of addresses."""
_SUFFIXES = (".sig", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Accounts whose control files were written, and those whose signatures are still missing."""

    written: tuple[str, ...]
    missing: tuple[str, ...]


def import_signatures(
    *, wallets: Sequence[Wallet], signatures: Path, out: Path, header: Header | None = None
) -> Imported:
    """Read the signature of each wallet that is there and write `out`/NAME.json.

    Every signature that can be judged without a node is (and with `header` the text's issuer too): a wrong one is
    refused now, and nothing is written. Raises InputError for a file, ClaimError for a signature that does not hold.
    """
    headers, expanded = _index(signatures) if any(_scheme(wallet).dated for wallet in wallets) else ({}, {})
    wallets = expand_known(wallets, expanded)
    table_path = signatures / "published.csv"
    table = (
        read_table(read_text(table_path, limit=MAX_TABLE), where=table_path.name)
        if table_path.is_file()
        else PublishedTable()
    )
    controls: dict[str, ControlFile] = {}
    missing = []
    for wallet in wallets:
        control = None if wallet.descriptor is not None else _import(wallet, signatures, headers, table, header)
        if control is None:
            missing.append(wallet.account)
        else:
            controls[wallet.name] = control
    out.mkdir(parents=True, exist_ok=True)
    if expanded:
        write_known(out, expanded)
    for name, control in controls.items():
        write_bytes(out / f"{name}.json", control.to_bytes())
    return Imported(written=tuple(control.account for control in controls.values()), missing=tuple(missing))


def _index(folder: Path) -> tuple[Mapping[str, str], Mapping[str, Sequence[str]]]:
    value = canonical.decode(read_bytes(folder / "challenges.json"), where="challenges.json")
    index = documents.read(_Index, value, where="challenges.json")
    if index.format != FORMAT:
        raise InputError("challenges.json: not one of ours", code="format-unknown", hint="run `por wallets challenge`")
    return index.headers, index.expanded or {}


def _import(
    wallet: Wallet, folder: Path, headers: Mapping[str, str], table: PublishedTable, header: Header | None
) -> ControlFile | None:
    found = _scheme(wallet)
    given, where = _given(wallet, folder, table, several=found.scripted)
    if given is None:
        return None
    _check_address(wallet, given, where)
    message = _message(wallet, folder, given, where, dated=found.dated)
    raw = headers.get(wallet.parsed.chain) if found.dated else None
    control = ControlFile(
        account=wallet.account,
        scheme=wallet.scheme,
        message=message,
        signature=_signature(wallet, found, given, where),
        script=given.script if found.scripted else None,
        header=None if raw is None else canonical.parse_hex(raw, None, where="challenges.json: headers"),
    )
    if found.dated:
        challenge = parse_challenge(message, where=f"{wallet.name}.txt")
        if challenge.account != wallet.account or (header is not None and challenge.issuer != header.issuer):
            raise ClaimError(
                f"{wallet.name}.txt: the challenge is {challenge.issuer}'s for {challenge.account}",
                code="challenge-account",
                hint="run `por wallets challenge` again with this snapshot.toml and wallets.csv",
            )
    check_scheme(found, control, where=where)
    check_signature(found, control, where=where)
    return control


def _given(wallet: Wallet, folder: Path, table: PublishedTable, *, several: bool) -> tuple[Given | None, str]:
    for suffix in _SUFFIXES:
        path = folder / f"{wallet.name}{suffix}"
        if path.is_file():
            text = read_text(path, limit=8 * MAX_SIGNATURE)
            return read_export(text, several=several, where=path.name), path.name
    if wallet.scheme != "published":
        return None, wallet.name
    return table.find(wallet.parsed), "published.csv"


def _message(wallet: Wallet, folder: Path, given: Given, where: str, *, dated: bool) -> str:
    path = folder / f"{wallet.name}.txt"
    if not dated and given.message is not None and not path.is_file():
        return given.message
    message = read_text(path, limit=4 * MAX_MESSAGE)
    if given.message is not None and given.message.strip("\n") != message.strip("\n"):
        raise ClaimError(
            f"{where}: another text was signed than that of {path.name}",
            code="import-message",
            hint="sign the challenge's text as it is; is the signature of an earlier challenge?",
        )
    return message


def _check_address(wallet: Wallet, given: Given, where: str) -> None:
    if given.address is not None and not _same(wallet.parsed, given.address):
        raise ClaimError(
            f"{where}: it says that {given.address[:90]} signed, not {wallet.parsed.address}",
            code="import-address",
            hint="each account's signature belongs into its own file",
        )


def _same(account: caip.Account, address: str) -> bool:
    """Whether an address in any spelling is the account's."""
    if account.namespace == caip.EVM:
        return address.lower() == account.address.lower()
    try:
        network = caip.network(account.chain, where=account.chain)
        return addresses.read_any(network, address, where="address") == account.script
    except InputError:
        return False


def _signature(wallet: Wallet, found: OwnershipScheme, given: Given, where: str) -> bytes:
    if not given.signatures and found.needs_node:
        return b""  # a contract may have approved the text on the chain, and then wants no signature
    if not given.signatures:
        raise InputError(
            f"{where}: there is no signature in it",
            code="signature-export",
            hint="paste the signature as the wallet shows it",
        )
    if not found.text:
        data = as_bytes(given.signatures[0]) if len(given.signatures) == 1 else None
        if data is None or len(data) > MAX_SIGNATURE:
            raise InputError(
                f"{where}: not hex", code="hex-malformed", hint="paste the signature as the wallet shows it"
            )
        return data
    account = wallet.parsed
    if account.namespace == caip.EVM:
        texts = ["0x" + one.removeprefix("0x").lower() for one in given.signatures]
    elif wallet.scheme == "bip322":
        texts = list(given.signatures)
    else:
        texts = [as_message(one, parted=given.parted) for one in given.signatures]
    if wallet.scheme == "bip137":
        kind = read(account.script)
        first = {Kind.P2SH: 35, Kind.P2WPKH: 39}.get(kind[0], 31) if kind is not None else 31
        texts = [with_header(text, first) for text in texts]
    joined = " ".join(texts)
    if len(joined) > MAX_SIGNATURE or not joined.isascii() or not joined.isprintable():
        raise InputError(
            f"{where}: no text of a signature",
            code="signature-export",
            hint="paste the signature as the wallet shows it",
        )
    return joined.encode("ascii")


def _scheme(wallet: Wallet) -> OwnershipScheme:
    found = scheme(wallet.scheme)
    if found is None:
        raise InputError(f"{wallet.where}: scheme is not known", code="scheme-unknown", hint="is it one of ours?")
    return found


class _Index(documents.Document):
    format: str
    headers: dict[str, str]
    accounts: list[str]
    expanded: dict[str, list[str]] | None = None
