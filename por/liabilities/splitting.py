"""Who decides how balances are split: snapshot.toml, a build's own options, and for a rebuild what was signed.

`pieces` and `split_above` stand in the manifest and so in the signed statement, for each asset: they are no secret, and
a proof is judged by them. So a build may be told other ones, and an auditor takes those of the statement.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from por import amounts
from por.errors import InputError, UsageError
from por.liabilities.manifest import AssetLiabilities
from por.liabilities.verify import MAX_PIECES
from por.snapshot import Snapshot

Splitting = Mapping[str, tuple[int | None, int | None]]
"""Assets to (pieces, split_above), each None where it was not given."""


def parse_splitting(pieces: Sequence[str], split_above: Sequence[str]) -> dict[str, tuple[int | None, int | None]]:
    """Read `ASSET=K` and `ASSET=UNITS` (base units, as in snapshot.toml) as asset to (pieces, split_above).

    What was not given is None. Raises UsageError.
    """
    counts = {asset: _count(asset, text) for asset, text in _pairs(pieces, "--pieces").items()}
    bounds = {asset: _units(asset, text) for asset, text in _pairs(split_above, "--split-above").items()}
    return {asset: (counts.get(asset), bounds.get(asset)) for asset in sorted({*counts, *bounds})}


def split_as(snapshot: Snapshot, splitting: Splitting) -> Snapshot:
    """Return the snapshot with these in place of its own; pieces 1 takes a split_above of snapshot.toml away.

    Raises UsageError for an asset that the snapshot lacks, and for a bound without pieces.
    """
    assets = dict(snapshot.assets)
    for asset, (pieces, above) in splitting.items():
        if asset not in assets:
            raise _refused(f"{asset}: the snapshot has no such asset", f"it has {', '.join(list(assets)[:8])}")
        own = assets[asset]
        count = own.pieces if pieces is None else pieces
        bound = above if above is not None else own.split_above if count > 1 else 0
        if count == 1 and bound:
            raise _refused(f"{asset}: --split-above without pieces", f"say into how many: --pieces {asset}=8")
        assets[asset] = dataclasses.replace(own, pieces=count, split_above=bound)
    return dataclasses.replace(snapshot, assets=assets)


def split_as_signed(snapshot: Snapshot, rows: Sequence[AssetLiabilities]) -> Snapshot:
    """Return the snapshot split as a manifest or statement says, so that a rebuild gives its trees."""
    signed = {row.asset: (row.pieces, row.split_above) for row in rows if row.asset in snapshot.assets}
    return split_as(snapshot, signed)


def _pairs(values: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        asset, sign, text = value.partition("=")
        if not sign or asset in found:
            raise _refused(f"{option} takes ASSET=NUMBER, each asset once", f"for example {option} BTC=8")
        found[asset] = text
    return found


def _count(asset: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_PIECES):
        raise _refused(f"--pieces {asset}={text[:20]}: not from 1 to {MAX_PIECES}", "8 pieces are a common choice")
    return int(text)


def _units(asset: str, text: str) -> int:
    try:
        return amounts.parse_units(text, where=f"--split-above {asset}")
    except InputError as error:
        raise _refused(error.message, "whole base units, as in snapshot.toml") from None


def _refused(what: str, hint: str) -> UsageError:
    return UsageError(what, code="splitting", hint=hint)
