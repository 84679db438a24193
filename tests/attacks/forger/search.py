"""The search: spoil honest proofs, keep what gets further than anything before, spoil it again."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fixtures.cases import jcs
from tests.attacks.forger import moves, world
from tests.attacks.forger.world import Document, World, fresh
from tests.liabilities import verifiers

STAGES = [
    *("json-malformed", "json-not-canonical", "account-id-malformed", "proof-malformed", "proof-format"),
    *("hex-malformed", "amount-not-canonical", "amount-too-large", "snapshot-mismatch", "asset-repeated"),
    *("asset-order", "asset-unknown", "index-out-of-range", "path-length", "index-repeated", "sum-overflow"),
    *("pieces-count", "root-mismatch", "total-mismatch"),
]
"""Reasons in the order of the checks: a forgery refused late is nearer than one refused early."""

POOL = 200
"""Forgeries that are kept to go on from; more only slow the search down."""


@dataclass
class Found:
    """What a search has seen: tries, answers by code, and forgeries (there must be none)."""

    tries: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    forgeries: list[dict[str, Any]] = field(default_factory=list)


class Forger:
    """Deterministic for a seed and a number of tries."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.found = Found()
        self._new_world()

    def run(self, *, tries: int | None = None, seconds: float | None = None, first: bool = False) -> Found:
        """Try so often, or so long, or until the `first` forgery; a new world now and then."""
        end = time.monotonic() + seconds if seconds is not None else None
        while (tries is None or self.found.tries < tries) and (end is None or time.monotonic() < end):
            if self.found.tries % 2000 == 1999:
                self._new_world()
            self._try()
            if first and self.found.forgeries:
                break
        return self.found

    def _new_world(self) -> None:
        self.world: World = world.make(self.rng)
        self.signed = jcs(self.world.statement).encode()
        self.pool: list[tuple[int, str, Document]] = []

    def _try(self) -> None:
        account_id, proof = self._start()
        for _ in range(self.rng.choice((1, 1, 1, 2, 2, 3, 5))):
            move = self.rng.choice(moves.MOVES)
            try:
                move(self.rng, self.world, proof)
            except moves.Skip:
                continue
            self.found.used[move.__name__] += 1
        if self.rng.random() < 0.1:
            account_id = self.rng.choice(list(self.world.proofs))
        answer = self._ask(account_id, proof)
        if isinstance(answer, str):
            self._keep(answer, account_id, proof)
        else:
            self._judge(account_id, proof, answer)

    def _start(self) -> tuple[str, Document]:
        if self.pool and self.rng.random() < 0.4:
            _, account_id, proof = self.rng.choice(self.pool)
        else:
            account_id, proof = self.rng.choice(list(self.world.proofs.items()))
        return account_id, fresh(proof)

    def _ask(self, account_id: str, proof: Document) -> dict[str, int] | str:
        """All verifiers; that they differ is a find in itself."""
        self.found.tries += 1
        data = jcs(proof).encode()
        answers = [verifier(data, self.signed, account_id) for verifier in verifiers.VERIFIERS]
        if any(answer != answers[0] for answer in answers):
            self._report("the verifiers differ", account_id, proof, answers)
        self.found.answers["ok" if isinstance(answers[0], dict) else answers[0]] += 1
        return answers[0]

    def _keep(self, code: str, account_id: str, proof: Document) -> None:
        reached = STAGES.index(code)
        if len(self.pool) < POOL:
            self.pool.append((reached, account_id, proof))
            return
        place = self.rng.randrange(POOL)
        if reached >= self.pool[place][0]:
            self.pool[place] = (reached, account_id, proof)

    def _judge(self, account_id: str, proof: Document, answer: dict[str, int]) -> None:
        for entry in proof["entries"]:
            why = self.world.honest(account_id, entry)
            shown = sum(int(piece["amount"]) for piece in entry["pieces"])
            if why is None and answer.get(entry["asset"]) != shown:
                why = "another amount than its pieces"
            if why is not None:
                self._report(why, account_id, proof, answer)
        if proof["snapshot_id"] != self.world.statement["snapshot_id"]:
            self._report("of another snapshot", account_id, proof, answer)

    def _report(self, why: str, account_id: str, proof: Document, answer: object) -> None:
        row = {"why": why, "account_id": account_id, "proof": proof, "statement": self.world.statement}
        self.found.forgeries.append({**row, "answer": repr(answer)})
