"""What a forger can do to a proof. Each move changes the document in place; some need parts of other people's proofs.

A move that does not apply raises Skip. All keep the document well-formed most of the time, because what is malformed is
refused before anything interesting happens; the parsers have fuzzers of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.attacks.forger.world import Document, World, fresh, pieces_of

TOP = 2**128
Move = Callable[[Random, World, Document], None]


class Skip(Exception):
    """The move does not apply to this document."""


def pick(rng: Random, items: list[Any]) -> Any:
    if not items:
        raise Skip
    return rng.choice(items)


def somebody(rng: Random, world: World) -> Document:
    return world.proofs[rng.choice(list(world.proofs))]


def near(rng: Random, value: int) -> int:
    """A number that a forger would rather have."""
    step = 1 << rng.randrange(0, 128, rng.choice((1, 8, 64)))
    return max(0, min(TOP - 1, rng.choice((value + 1, value - 1, value + step, value - step, value * 2, 0, TOP - 1))))


def flip(rng: Random, text: str) -> str:
    data = bytearray.fromhex(text)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data.hex()


def amount(rng: Random, world: World, proof: Document) -> None:
    piece = pick(rng, pieces_of(proof))
    piece["amount"] = str(near(rng, int(piece["amount"])))


def amount_of_another(rng: Random, world: World, proof: Document) -> None:
    pick(rng, pieces_of(proof))["amount"] = pick(rng, pieces_of(somebody(rng, world)))["amount"]


def moved_to_sibling(rng: Random, world: World, proof: Document) -> None:
    """The total stays: what the leaf loses, a sibling gains."""
    piece = pick(rng, pieces_of(proof))
    step = pick(rng, piece["path"])
    low, high = -int(step["sum"]), int(piece["amount"])
    change = rng.choice((low, high, rng.randint(low, high)))
    piece["amount"], step["sum"] = str(int(piece["amount"]) - change), str(int(step["sum"]) + change)


def moved_between_siblings(rng: Random, world: World, proof: Document) -> None:
    path = pick(rng, pieces_of(proof))["path"]
    one, other = pick(rng, path), pick(rng, path)
    change = rng.randint(0, int(one["sum"]))
    one["sum"], other["sum"] = str(int(one["sum"]) - change), str(int(other["sum"]) + change)


def moved_between_pieces(rng: Random, world: World, proof: Document) -> None:
    pieces = pick(rng, proof["entries"])["pieces"]
    one, other = pick(rng, pieces), pick(rng, pieces)
    change = rng.randint(0, int(one["amount"]))
    one["amount"], other["amount"] = str(int(one["amount"]) - change), str(int(other["amount"]) + change)


def nonce(rng: Random, world: World, proof: Document) -> None:
    piece = pick(rng, pieces_of(proof))
    piece["nonce"] = rng.choice((flip(rng, piece["nonce"]), pick(rng, pieces_of(somebody(rng, world)))["nonce"]))


def index(rng: Random, world: World, proof: Document) -> None:
    piece = pick(rng, pieces_of(proof))
    here = piece["index"]
    others = [other["index"] for other in pieces_of(somebody(rng, world))] or [0]
    piece["index"] = rng.choice((here + 1, here - 1, here ^ 1 << rng.randrange(40), rng.randrange(12), *others))


def leaf_of_another(rng: Random, world: World, proof: Document) -> None:
    piece, other = pick(rng, pieces_of(proof)), pick(rng, pieces_of(somebody(rng, world)))
    for key in rng.sample(["amount", "nonce", "index", "path"], rng.randint(1, 3)):
        piece[key] = fresh(other[key])


def step_hash(rng: Random, world: World, proof: Document) -> None:
    step = pick(rng, pick(rng, pieces_of(proof))["path"])
    other = pick(rng, pick(rng, pieces_of(somebody(rng, world)))["path"])
    step["hash"] = rng.choice((flip(rng, step["hash"]), other["hash"]))


def step_sum(rng: Random, world: World, proof: Document) -> None:
    step = pick(rng, pick(rng, pieces_of(proof))["path"])
    step["sum"] = str(near(rng, int(step["sum"])))


def steps_exchanged(rng: Random, world: World, proof: Document) -> None:
    path = pick(rng, pieces_of(proof))["path"]
    one, other = pick(rng, range(len(path))), pick(rng, range(len(path)))
    keys = rng.choice((["hash"], ["sum"], ["hash", "sum"]))
    for key in keys:
        path[one][key], path[other][key] = path[other][key], path[one][key]


def path_cut(rng: Random, world: World, proof: Document) -> None:
    path = pick(rng, pieces_of(proof))["path"]
    del path[pick(rng, range(len(path)))]


def path_extended(rng: Random, world: World, proof: Document) -> None:
    path = pick(rng, pieces_of(proof))["path"]
    other = pick(rng, pick(rng, pieces_of(somebody(rng, world)))["path"])
    zero = {"hash": "00" * 32, "sum": "0"}
    path.insert(rng.randint(0, len(path)), rng.choice((fresh(other), zero, {**other, "sum": "0"})))


def path_spliced(rng: Random, world: World, proof: Document) -> None:
    """The lower part of one path under the upper part of another."""
    path = pick(rng, pieces_of(proof))["path"]
    other = pick(rng, pieces_of(somebody(rng, world)))["path"]
    at = rng.randint(0, len(path))
    path[at:] = fresh(other[rng.randint(0, len(other)) :] if rng.random() < 0.3 else other[at:])


def two_leaves_as_one(rng: Random, world: World, proof: Document) -> None:
    """The parent offered as a leaf: the path without its first step, the amount with that step's sum."""
    piece = pick(rng, pieces_of(proof))
    if not piece["path"]:
        raise Skip
    piece["amount"] = str(min(TOP - 1, int(piece["amount"]) + int(piece["path"].pop(0)["sum"])))
    piece["index"] //= 2


def piece_dropped(rng: Random, world: World, proof: Document) -> None:
    pieces = pick(rng, proof["entries"])["pieces"]
    del pieces[pick(rng, range(len(pieces)))]


def piece_doubled(rng: Random, world: World, proof: Document) -> None:
    pieces = pick(rng, proof["entries"])["pieces"]
    pieces.insert(rng.randint(0, len(pieces)), fresh(pick(rng, pieces)))


def piece_of_another(rng: Random, world: World, proof: Document) -> None:
    pieces, other = pick(rng, proof["entries"])["pieces"], fresh(pick(rng, pieces_of(somebody(rng, world))))
    if rng.random() < 0.5:
        pieces.append(other)
    else:
        pieces[pick(rng, range(len(pieces)))] = other


def pieces_shuffled(rng: Random, world: World, proof: Document) -> None:
    rng.shuffle(pick(rng, proof["entries"])["pieces"])


def entry_of_another(rng: Random, world: World, proof: Document) -> None:
    other = fresh(pick(rng, somebody(rng, world)["entries"]))
    kept = [entry for entry in proof["entries"] if entry["asset"] != other["asset"]]
    proof["entries"] = sorted([*kept, other], key=lambda entry: str(entry["asset"]))


def entry_doubled(rng: Random, world: World, proof: Document) -> None:
    entries = proof["entries"]
    entries.insert(rng.randint(0, len(entries)), fresh(pick(rng, entries)))


def entry_dropped(rng: Random, world: World, proof: Document) -> None:
    entries = proof["entries"]
    del entries[pick(rng, range(len(entries)))]


def entry_of_another_asset(rng: Random, world: World, proof: Document) -> None:
    entry = pick(rng, proof["entries"])
    entry["asset"] = rng.choice(list(world.trees))
    proof["entries"].sort(key=lambda entry: str(entry["asset"]))


def entries_merged(rng: Random, world: World, proof: Document) -> None:
    one, other = pick(rng, proof["entries"]), pick(rng, proof["entries"])
    if one is other:
        raise Skip
    one["pieces"] += fresh(other["pieces"])
    if rng.random() < 0.5:
        proof["entries"].remove(other)


def another_snapshot(rng: Random, world: World, proof: Document) -> None:
    proof["snapshot_id"] = flip(rng, proof["snapshot_id"])


MOVES: list[Move] = [
    *(amount, amount_of_another, moved_to_sibling, moved_between_siblings, moved_between_pieces, nonce, index),
    *(leaf_of_another, step_hash, step_sum, steps_exchanged, path_cut, path_extended, path_spliced, two_leaves_as_one),
    *(piece_dropped, piece_doubled, piece_of_another, pieces_shuffled, entry_of_another, entry_doubled, entry_dropped),
    *(entry_of_another_asset, entries_merged, another_snapshot),
]
