"""How control of each wallet stands: what is proven, what expires when, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from por.errors import InputError, PorError
from por.header import Header, show_time
from por.reserves.challenge import Challenge, parse_challenge
from por.reserves.check import load_control
from por.reserves.control import ControlFile, check_scheme, check_signature, verify_control
from por.reserves.descriptors import expand_known, read_known
from por.reserves.ownership import scheme
from por.reserves.tables import Windows
from por.reserves.wallets import Wallet

State = Literal["proven", "undated", "node", "expired", "missing", "refused"]
"""`undated`: a published text was signed, no challenge; `node`: only a node can say (contract wallets)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One wallet's control. `issued` and `expires` (Unix seconds) are there where a challenge was signed."""

    wallet: Wallet
    state: State
    issued: int | None = None
    expires: int | None = None
    detail: str = ""


def control_status(
    *,
    wallets: Sequence[Wallet],
    control: Path,
    header: Header | None = None,
    windows: Windows | None = None,
    now: int | None = None,
) -> tuple[Status, ...]:
    """Say for each wallet how its control file stands.

    With `header` also whether it serves that snapshot, as of the snapshot's moment; without it and with `now` (Unix
    seconds) a challenge that has expired by now is said to be.
    """
    wallets = expand_known(wallets, read_known(control))
    return tuple(_one(wallet, control, header, windows or Windows(), now) for wallet in wallets)


def _one(wallet: Wallet, folder: Path, header: Header | None, windows: Windows, now: int | None) -> Status:
    if wallet.descriptor is not None:
        return Status(wallet=wallet, state="missing", detail=f"{wallet.where}: no challenge was made for its addresses")
    try:
        file = load_control(folder, wallet)
        challenge, state = _judge(wallet, file, header, windows)
    except PorError as error:
        state = "missing" if error.code == "control-missing" else "refused"
        return Status(wallet=wallet, state=state, detail=error.message)
    if challenge is None:
        return Status(wallet=wallet, state="undated", detail=f"signed {_short(file.message)!r}, without a date")
    detail = ""
    if header is None and now is not None and challenge.expires <= now:
        state, detail = "expired", f"the challenge expired {show_time(challenge.expires)}"
    return Status(wallet=wallet, state=state, issued=challenge.issued, expires=challenge.expires, detail=detail)


def _judge(
    wallet: Wallet, file: ControlFile, header: Header | None, windows: Windows
) -> tuple[Challenge | None, State]:
    where = f"{wallet.name}.json"
    found = scheme(file.scheme)
    if found is None or file.scheme != wallet.scheme:
        raise InputError(
            f"{where}: scheme {file.scheme[:30]}, but {wallet.where} says {wallet.scheme}",
            code="control-scheme",
            hint="sign and import again, or mend the line",
        )
    if header is not None:
        verified = verify_control(file, account=wallet.account, header=header, windows=windows, where=where)
        return verified.challenge, "proven" if verified.signed else "node"
    check_scheme(found, file, where=where)
    challenge = parse_challenge(file.message, where=where) if found.dated else None
    return challenge, "proven" if check_signature(found, file, where=where) else "node"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
