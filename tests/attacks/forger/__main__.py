"""The long search: `python -m tests.attacks.forger [--seconds N] [--seed N]`; one JSON line, exit 1 on a forgery."""

import argparse
import json
import secrets
import sys
import time
from random import Random

from tests.attacks.forger.liar import search
from tests.attacks.forger.search import Forger


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one each time, which is printed")
    given = parser.parse_args()
    seed = secrets.randbelow(2**32) if given.seed is None else given.seed
    found = Forger(seed).run(seconds=given.seconds * 0.7)
    rng, end, tried, held = Random(seed), time.monotonic() + given.seconds * 0.3, 0, 0
    while time.monotonic() < end:
        more = search(rng, 1)
        tried, held = tried + more[0], held + more[1]
    print(
        json.dumps(
            {
                "figure": "forger",
                "seed": seed,
                "spoiled_proofs": found.tries,
                "answers": dict(found.answers.most_common()),
                "paths_of_lying_trees": tried,
                "of_which_hold": held,
                "forgeries": len(found.forgeries),
            }
        )
    )
    for forgery in found.forgeries[:5]:
        print(json.dumps(forgery), file=sys.stderr)
    return 1 if found.forgeries else 0


if __name__ == "__main__":
    sys.exit(main())
