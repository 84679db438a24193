"""What customers, groups of them and readers of the manifest learn, in numbers, for one snapshot (docs/privacy.md).

From the manifest alone; what stands in the store sharpens it (`por.liabilities.privacy_leaves`). Figures are exact:
whole numbers and fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from por.liabilities import chances
from por.liabilities.manifest import AssetLiabilities, Manifest
from por.liabilities.privacy_leaves import Leaves, most_known
from por.liabilities.proofs_layout import width
from por.liabilities.verify import path_sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalition:
    """What `members` customers of one asset with a leaf each, who put their proofs together, learn.

    `leaves_at_most` balances of others exactly (their siblings' leaves), `leaves_expected` when they are drawn at
    random; of all others only sums of groups, `groups_at_most` of them. Shares of the total: their own balances are
    `own_expected` of it on average, with those that they see exactly `known_expected`; and at most, if members and
    neighbours happen to be the largest, `own_at_most` and `known_at_most` (None without the store).
    """

    members: int
    leaves_at_most: int
    leaves_expected: Fraction
    groups_at_most: int
    own_expected: Fraction
    known_expected: Fraction
    own_at_most: Fraction | None
    known_at_most: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """How far splitting hides a balance: `largest_piece` is the expected share of the largest piece, `half_seen` the
    chance that some neighbour sees more than half; both 1 where nothing is split."""

    pieces: int
    split_above: int
    largest_piece: Fraction
    half_seen: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPrivacy:
    """One asset: `siblings` are the shortest and the longest path, `accounts` the least and the most there can be.

    `sees_exactly` of the leaves have another leaf as their sibling. In a tree with an odd number of leaves the last one
    is a sibling further up instead, and `last_seen_by` others see its amount exactly. `again` is the chance that a
    customer who sees another one's leaf does so in the next snapshot too.
    """

    asset: str
    decimals: int
    leaves: int
    total: int
    siblings: tuple[int, int]
    accounts: tuple[int, int]
    sees_exactly: int
    last_seen_by: int
    again: Fraction
    splitting: Splitting
    coalitions: tuple[Coalition, ...]
    store: Leaves | None


def asset_privacy(row: AssetLiabilities, *, coalitions: Sequence[int], store: Leaves | None) -> AssetPrivacy:
    """Compute the figures of one asset; `coalitions` larger than the tree are left out."""
    return AssetPrivacy(
        asset=row.asset,
        decimals=row.decimals,
        leaves=row.count,
        total=row.total,
        siblings=path_lengths(row.count),
        accounts=accounts(row),
        sees_exactly=row.count // 2 * 2 if row.count > 1 else 0,
        last_seen_by=last_seen_by(row.count),
        again=_seen_by(row.count, 1) / (row.count - 1) if row.count > 1 else Fraction(0),
        splitting=splitting(row),
        coalitions=tuple(_coalition(row, k, store) for k in coalitions if 1 <= k <= row.count),
        store=store,
    )


def path_lengths(count: int) -> tuple[int, int]:
    """Return the shortest and the longest path of a tree: those of the last and of the first leaf."""
    return (len(path_sides(count - 1, count)), len(path_sides(0, count))) if count else (0, 0)


def last_seen_by(count: int) -> int:
    """Return how many customers have the last leaf itself, not a sum over several, as a sibling on their paths."""
    last = count - 1
    return last & -last if count > 1 else 0


def _seen_by(count: int, members: int) -> Fraction:
    """Return how many leaves of others a random coalition sees exactly on average, in a tree of two or more."""
    others, last = count - members, last_seen_by(count)
    paired = Fraction(count // 2 * 2 * members * others, count * (count - 1))
    if last == 1:  # an even number: the last leaf has its neighbour like all others
        return paired
    unseen = chances.none_drawn(count - 1, last, members)  # by those who would see the last leaf
    return paired + Fraction(others, count) * (1 - unseen)


def accounts(row: AssetLiabilities) -> tuple[int, int]:
    """Return the least and the most accounts that `count` leaves can be of.

    A split account has more than `split_above` in exactly `pieces` leaves; the others have one leaf each.
    """
    if row.pieces == 1:
        return row.count, row.count
    most_split = min(row.count // row.pieces, row.total // (row.split_above + 1))
    some_split = row.total > row.count * row.split_above  # unsplit leaves alone cannot add up to the total
    return row.count - most_split * (row.pieces - 1), row.count - (row.pieces - 1 if some_split else 0)


def splitting(row: AssetLiabilities) -> Splitting:
    """Pieces are the spacings of k - 1 uniform cuts: the largest expects H_k / k of the whole, and one of them exceeds
    half with probability k / 2^(k - 1)."""
    k = row.pieces
    harmonic = sum((Fraction(1, number) for number in range(1, k + 1)), Fraction(0))
    half = Fraction(1) if k == 1 else min(Fraction(1), Fraction(k, 2 ** (k - 1)))
    return Splitting(pieces=k, split_above=row.split_above, largest_piece=harmonic / k, half_seen=half)


def _coalition(row: AssetLiabilities, members: int, store: Leaves | None) -> Coalition:
    count, others = row.count, row.count - members
    expected = _seen_by(count, members) if count > 1 else Fraction(0)
    height = max(0, (count - 1).bit_length())
    own = known = None
    if store is not None:
        own, known = (Fraction(store.top(k), row.total or 1) for k in (members, most_known(members, count)))
    return Coalition(
        members=members,
        leaves_at_most=most_known(members, count) - members,
        leaves_expected=expected,
        groups_at_most=sum(min(members, width(count, level) // 2) for level in range(height)) if others else 0,
        own_expected=Fraction(members, count),
        known_expected=(members + expected) / count,
        own_at_most=own,
        known_at_most=known,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """The chance that `omitted` of `customers` go unnoticed when the share `checking` checks at random (decimals)."""

    checking: Fraction
    omitted: int
    independent: str
    without_replacement: str


def omissions(customers: int, *, checking: Sequence[Fraction], omitted: Sequence[int]) -> tuple[Omission, ...]:
    """Return the table of chances; the second form is for exactly round(p N) of N = customers + omitted who check."""
    return tuple(
        Omission(
            checking=share,
            omitted=left_out,
            independent=chances.show(chances.unnoticed(share, left_out)),
            without_replacement=chances.show(chances.unnoticed_among(customers + left_out, share, left_out)),
        )
        for share in checking
        for left_out in omitted
    )


def document(manifest: Manifest, assets: Sequence[AssetPrivacy], chance: Sequence[Omission], customers: int) -> Any:
    """Return all of it as JSON: amounts as strings of base units, shares as decimals of six digits."""
    return {
        "snapshot_id": manifest.header.id.hex(),
        "assets": [_asset(row) for row in assets],
        "omission": {
            "customers": customers,
            "rows": [
                {
                    "checking": chances.show(row.checking),
                    "omitted": row.omitted,
                    "unnoticed": row.independent,
                    "unnoticed_without_replacement": row.without_replacement,
                }
                for row in chance
            ],
        },
    }


def _asset(row: AssetPrivacy) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "leaves": row.leaves,
        "total": str(row.total),
        "siblings": {"least": row.siblings[0], "most": row.siblings[1]},
        "accounts": {"least": row.accounts[0], "most": row.accounts[1]},
        "leaves_that_see_a_balance": row.sees_exactly,
        "last_leaf_seen_by": row.last_seen_by,
        "same_neighbour_again": chances.show(row.again),
        "splitting": {
            "pieces": row.splitting.pieces,
            "split_above": str(row.splitting.split_above),
            "largest_piece_expected": chances.show(row.splitting.largest_piece),
            "more_than_half_seen": chances.show(row.splitting.half_seen),
        },
        "coalitions": [
            {
                "members": group.members,
                "balances_seen_at_most": group.leaves_at_most,
                "balances_seen_expected": chances.show(group.leaves_expected),
                "group_sums_at_most": group.groups_at_most,
                "own_share_expected": chances.show(group.own_expected),
                "known_share_expected": chances.show(group.known_expected),
                "own_share_at_most": None if group.own_at_most is None else chances.show(group.own_at_most),
                "known_share_at_most": None if group.known_at_most is None else chances.show(group.known_at_most),
            }
            for group in row.coalitions
        ],
        "store": None if row.store is None else row.store.document(row.total),
    }
