"""Has witnesses cosign the head of a statement that was just published, as por.toml names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from por.attestation.cosignature import Witness, WitnessPolicy, parse_witness
from por.attestation.cosigning import cosign_newest
from por.attestation.keychain import KeyChain
from por.attestation.keys import PublicKey
from por.attestation.log import reopen_log
from por.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessPlan:
    """Which witnesses a run asks: addresses, which may be secrets, and keys where no key file names them."""

    urls: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def policy(self, chain: KeyChain | None, *, where: str) -> WitnessPolicy | None:
        """Return whose cosignatures are taken and how many are needed; None where no witness is asked.

        The key file says how many; of those that only por.toml names, all are needed. InputError when nothing names
        the keys of those that are asked.
        """
        if not self.urls:
            return None
        own = [parse_witness(line, where=f"{where}: witnesses.keys") for line in self.lines]
        named = None if chain is None else chain.newest.witnesses
        if named is not None:
            more = tuple(row for row in own if row not in named.witnesses)
            return WitnessPolicy(needed=named.needed, witnesses=(*named.witnesses, *more))
        if not own:
            raise InputError(
                f"{where}: witnesses.urls without their keys",
                code="witness-keys",
                hint="give their one-line keys under witnesses.keys, or name them in the key file",
            )
        return WitnessPolicy(needed=len(own), witnesses=tuple(own))


def cosign_published(
    log_dir: Path,
    publication: Path,
    *,
    urls: Sequence[str],
    keys: Sequence[PublicKey],
    policy: WitnessPolicy,
    notice: Callable[[str], None] | None,
) -> tuple[Witness, ...]:
    """Ask every witness and return those whose cosignature the publication's head has now.

    One that cannot be had is told to `notice`; the first one's error is raised when fewer than are needed are left, and
    a witness that saw another history (ClaimError) is always an error. What the others signed is kept either way.
    """
    with reopen_log(log_dir) as log:
        found = cosign_newest(log, urls, keys=keys, witnesses=policy.witnesses, publication=publication)
    witnesses = tuple(dict.fromkeys(row.witness for row in found.cosigned))
    for error in found.failed:
        if notice is not None:
            notice(f"{error.message}; {error.hint}")
    worst = [error for error in found.failed if error.kind == "claim"]
    if worst or (found.failed and len(witnesses) < policy.needed):
        raise (worst or list(found.failed))[0]
    return witnesses
