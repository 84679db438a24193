"""`python -m tests.fuzz TARGET... [--seconds N] [--seed N] [--engine own|atheris]`: exit 1 with what broke it.

`own` mutates by itself and needs nothing. `atheris` is guided by coverage (libFuzzer); its corpus is in .make/fuzz.
"""

import argparse
import json
import secrets
import sys
import time
import traceback
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".make" / "fuzz" / "python"


def own(name: str, *, seed: int, seconds: float | None = None, rounds: int | None = None) -> dict[str, object]:
    """Mutate for so long or so often; returns a line to print; raises what the target raises, the input in a note."""
    from tests.fuzz.every import TARGETS
    from tests.fuzz.mutate import mutate

    target, corpus_of = TARGETS[name]
    corpus, rng, end = corpus_of(), Random(seed), time.monotonic() + (seconds or 0)
    done = accepted = 0
    while (rounds is None or done < rounds) and (seconds is None or time.monotonic() < end):
        data = corpus[done] if done < len(corpus) else mutate(rng, corpus)
        try:
            accepted += target(data)
        except BaseException as error:
            error.add_note(f"target {name}, seed {seed}, round {done}, input {data!r}")
            raise
        done += 1
    return {"figure": f"fuzz {name}", "engine": "own", "seed": seed, "inputs": done, "accepted": accepted, "finds": 0}


def with_atheris(name: str, *, seed: int, seconds: float) -> None:
    """Hand over to libFuzzer, which ends the process; a find is written below .make/fuzz/python."""
    import atheris

    with atheris.instrument_imports(include=["por", "json", "rfc8785"]):
        from tests.fuzz.every import TARGETS
        from tests.fuzz.mutate import mutate
    target, corpus_of = TARGETS[name]
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    corpus = corpus_of()
    for number, data in enumerate(dict.fromkeys(corpus)):
        (folder / f"seed-{number:03}").write_bytes(data)

    def shape(data: bytes, limit: int, number: int) -> bytes:
        rng = Random(number)
        return atheris.Mutate(data, limit) if rng.random() < 0.5 else mutate(rng, [data, *corpus])[:limit]

    words = [f"-max_total_time={max(1, round(seconds))}", f"-seed={seed % 2**31}", "-max_len=65536"]
    words += [f"-artifact_prefix={folder}-", "-print_final_stats=1", str(folder)]
    atheris.Setup([sys.argv[0], *words], lambda data: target(data) and None, custom_mutator=shape)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=None, help="default: a new one each time")
    parser.add_argument("--engine", choices=["own", "atheris"], default="own")
    given = parser.parse_args()
    seed = secrets.randbelow(2**31) if given.seed is None else given.seed
    if given.engine == "atheris":
        if len(given.targets) != 1:
            parser.error("atheris takes one target, since it ends the process")
        with_atheris(given.targets[0], seed=seed, seconds=given.seconds)
    from tests.fuzz.every import TARGETS

    for name in given.targets or TARGETS:
        try:
            print(json.dumps(own(name, seed=seed, seconds=given.seconds)), flush=True)
        except BaseException:
            traceback.print_exc()
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
