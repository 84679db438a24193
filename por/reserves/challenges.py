"""Challenges as files for people to sign, and their signatures as control files.

DIR/NAME.txt is the text to sign as it is, DIR/NAME.sig the signature in hex that came back, NAME the account as
`eip155-1-0xAb58…`. DIR/challenges.json keeps the recent blocks' headers, which go into the control files.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from por import canonical, documents
from por.errors import ClaimError, InputError, PorError, SourceError, UsageError
from por.files import new_folder, read_bytes, read_text, write_bytes
from por.header import Header, show_time
from por.reserves import blocks
from por.reserves.chains import Limits, Pinned, open_chain
from por.reserves.challenge import ANY, Challenge, parse_challenge, parse_nonce
from por.reserves.check import load_control
from por.reserves.control import BLOCK_AGE, MAX_MESSAGE, MAX_SIGNATURE, ControlFile, verify_control
from por.reserves.ownership import scheme
from por.reserves.tables import Windows
from por.reserves.wallets import Wallet

FORMAT = "por-challenges/1"
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Accounts whose control files were written, and those whose signatures are still missing."""

    written: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One wallet's control: "holds", "missing", "refused" with the reason, or "node" when only a node can say."""

    wallet: Wallet
    state: str
    detail: str = ""


def write_challenges(
    *,
    wallets: Sequence[Wallet],
    header: Header,
    nodes: Mapping[str, str],
    out: Path,
    issued: int,
    expires: int,
    nonce: str | None = None,
    any_snapshot: bool = False,
    limits: Limits | None = None,
) -> tuple[Challenge, ...]:
    """Write a text for each wallet, with the newest final block of its chain; the folder appears whole or not at all.

    `issued` and `expires` are Unix seconds (now, and say three months later), `nonce` 32 hex digits that an auditor
    gave for all of them, else each gets its own. Raises UsageError without a node, SourceError when a node does not
    deliver or its newest final block is not within 24 hours before `issued`.
    """
    if nonce is not None:
        parse_nonce(nonce, where="--nonce")
    recent = {
        chain: _recent(chain, nodes, issued, limits or Limits()) for chain in {row.parsed.chain for row in wallets}
    }
    found = []
    for wallet in wallets:
        block = recent[wallet.parsed.chain]
        found.append(
            Challenge(
                issuer=header.issuer,
                account=wallet.account,
                snapshot=ANY if any_snapshot else header.id.hex(),
                block_chain=block.chain,
                block_number=block.number,
                block_hash=blocks.parse_hash(block.chain, block.hash, where=block.chain),
                issued=issued,
                expires=expires,
                nonce=nonce or secrets.token_hex(NONCE_BYTES),
            )
        )
    headers = {chain: block.ends[0].hex() for chain, block in recent.items() if block.ends}
    index = {"format": FORMAT, "headers": headers, "accounts": [wallet.account for wallet in wallets]}
    with new_folder(out) as folder:
        for wallet, challenge in zip(wallets, found, strict=True):
            write_bytes(folder / f"{wallet.name}.txt", challenge.text().encode("utf-8"))
        write_bytes(folder / "challenges.json", canonical.encode(index))
    return tuple(found)


def import_signatures(
    *, wallets: Sequence[Wallet], signatures: Path, out: Path, header: Header | None = None
) -> Imported:
    """Read DIR/NAME.sig beside the challenges and write `out`/NAME.json for each that is there.

    Every signature that can be judged without a node is (and with `header` the text's issuer and snapshot too): a
    wrong one is refused now, while the person who signed is still at hand, and nothing is written. Raises InputError
    for a file, ClaimError for a signature that does not hold.
    """
    index = documents.read(
        _Index,
        canonical.decode(read_bytes(signatures / "challenges.json"), where="challenges.json"),
        where="challenges.json",
    )
    if index.format != FORMAT:
        raise InputError("challenges.json: not one of ours", code="format-unknown", hint="run `por wallets challenge`")
    controls: dict[str, ControlFile] = {}
    missing = []
    for wallet in wallets:
        if not (signatures / f"{wallet.name}.sig").is_file():
            missing.append(wallet.account)
            continue
        controls[wallet.name] = _import(wallet, signatures, index.headers, header)
    out.mkdir(parents=True, exist_ok=True)
    for name, control in controls.items():
        write_bytes(out / f"{name}.json", control.to_bytes())
    return Imported(written=tuple(control.account for control in controls.values()), missing=tuple(missing))


def control_status(
    *, wallets: Sequence[Wallet], control: Path, header: Header | None = None, windows: Windows | None = None
) -> tuple[Status, ...]:
    """Say for each wallet how its control file stands; with `header` also whether it serves that snapshot."""
    found = []
    for wallet in wallets:
        try:
            file = load_control(control, wallet)
            signed = _judge(wallet, file, header, windows)
        except PorError as error:
            state = "missing" if error.code == "control-missing" else "refused"
            found.append(Status(wallet=wallet, state=state, detail=error.message))
        else:
            found.append(Status(wallet=wallet, state="holds" if signed else "node"))
    return tuple(found)


def _judge(wallet: Wallet, file: ControlFile, header: Header | None, windows: Windows | None) -> bool:
    if header is not None:
        return verify_control(
            file, account=wallet.account, header=header, windows=windows or Windows(), where=wallet.name
        ).signed
    return _check_signature(wallet, file)


def _import(wallet: Wallet, folder: Path, headers: Mapping[str, str], header: Header | None) -> ControlFile:
    where = f"{wallet.name}.sig"
    text = "".join(read_text(folder / where, limit=8 * MAX_SIGNATURE).split())
    digits = text.removeprefix("0x")
    if len(digits) % 2 or not set(digits) <= set("0123456789abcdefABCDEF") or len(digits) > 2 * MAX_SIGNATURE:
        raise InputError(f"{where}: not hex", code="hex-malformed", hint="paste the signature as the wallet shows it")
    message = read_text(folder / f"{wallet.name}.txt", limit=4 * MAX_MESSAGE)
    raw = headers.get(wallet.parsed.chain)
    control = ControlFile(
        account=wallet.account,
        scheme=wallet.scheme,
        message=message,
        signature=bytes.fromhex(digits),
        header=None if raw is None else canonical.parse_hex(raw, None, where="challenges.json: headers"),
    )
    challenge = parse_challenge(message, where=f"{wallet.name}.txt")
    if challenge.account != wallet.account or (header is not None and challenge.issuer != header.issuer):
        raise ClaimError(
            f"{wallet.name}.txt: the challenge is {challenge.issuer}'s for {challenge.account}",
            code="challenge-account",
            hint="run `por wallets challenge` again with this snapshot.toml and wallets.csv",
        )
    _check_signature(wallet, control)
    return control


def _check_signature(wallet: Wallet, control: ControlFile) -> bool:
    found = scheme(control.scheme)
    if found is None:
        raise InputError(f"{wallet.name}: scheme is not known", code="scheme-unknown", hint="is it one of ours?")
    if found.needs_node:
        found.check_shape(control.signature, where=wallet.name)
        return False
    found.verify(
        account=wallet.parsed, message=control.message, signature=control.signature, contract=None, where=wallet.name
    )
    return True


def _recent(chain: str, nodes: Mapping[str, str], issued: int, limits: Limits) -> Pinned:
    if chain not in nodes:
        raise UsageError(f"no node for {chain}", code="node-missing", hint=f"add --node {chain}=URL")
    block = open_chain(chain, nodes[chain], limits).recent()
    if not block.time <= issued <= block.time + BLOCK_AGE:
        raise SourceError(
            f"{chain}: the newest final block is of {show_time(block.time)}, not within 24 hours before "
            f"{show_time(issued)}",
            code="node-stale",
            hint="is the node in step with the chain, and is this machine's clock right?",
        )
    return block


class _Index(documents.Document):
    format: str
    headers: dict[str, str]
    accounts: list[str]
