"""The transparency-dev Go module judges our log's roots and proofs, good and spoilt, and agrees with our verifier."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from por import canonical
from por.attestation import log, merkle
from por.errors import ClaimError

GO = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
SIZE = 70
needs_go = pytest.mark.skipif(GO is None, reason="Go is not installed; test_log.py compares with a model of the RFC")

Case = dict[str, Any]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("peer") / "peer"
    built = subprocess.run(
        [str(GO), "build", "-o", program, "."], cwd=Path(__file__).parent / "peer", capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    return program


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[log.Log]:
    folder = tmp_path_factory.mktemp("log")
    with log.open_log(folder, origin="example.com/log", default="", key="ab" * 32) as found:
        for sequence in range(SIZE):
            found.append(canonical.encode({"predicate": {"snapshot": {"sequence": sequence}}}))
        yield found


def asked(program: Path, entries: list[bytes], cases: list[Case]) -> list[str]:
    def text(value: Any) -> Any:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return [text(item) for item in value] if isinstance(value, list | tuple) else value

    document = {"entries": text(entries), "cases": [{key: text(item) for key, item in row.items()} for row in cases]}
    ran = subprocess.run([program], input=json.dumps(document), capture_output=True, text=True, check=True)
    found: list[str] = json.loads(ran.stdout)
    assert len(found) == len(cases)
    return found


def ours(case: Case) -> str:
    try:
        if case["kind"] == "inclusion":
            merkle.verify_inclusion(
                leaf=case["leaf"],
                index=case["index"],
                size=case["size"],
                root=case["root"],
                path=case["path"],
                where="x",
            )
        else:
            merkle.verify_consistency(
                old_size=case["index"],
                old_root=case["old_root"],
                new_size=case["size"],
                new_root=case["root"],
                path=case["path"],
                where="x",
            )
    except ClaimError as error:
        return error.message
    return ""


def proofs(opened: log.Log) -> Iterator[Case]:
    for size in range(1, SIZE + 1):
        root = opened.head(size).root
        for index in range(size):
            leaf = merkle.leaf_hash(opened.entry(index))
            path = list(opened.inclusion(index, size))
            yield {"kind": "inclusion", "index": index, "size": size, "leaf": leaf, "path": path, "root": root}
            old, steps = opened.head(index + 1).root, list(opened.consistency(index + 1, size))
            yield {
                "kind": "consistency",
                "index": index + 1,
                "size": size,
                "path": steps,
                "old_root": old,
                "root": root,
            }


@needs_go
def test_roots_and_proofs_of_every_size(peer: Path, opened: log.Log) -> None:
    entries = [opened.entry(index) for index in range(SIZE)]
    roots: list[Case] = [{"kind": "root", "size": size, "root": opened.head(size).root} for size in range(SIZE + 1)]
    good = list(proofs(opened))
    assert len(good) == SIZE * (SIZE + 1)
    assert set(asked(peer, entries, [*roots, *good])) == {""}
    wrong = asked(peer, entries, [{"kind": "root", "size": 3, "root": opened.head(4).root}])
    assert wrong[0].startswith("root ")


def spoilt(case: Case, chance: random.Random) -> Case:
    """Change one thing: a bit of a hash, the order or number of hashes, an index or a size by one."""
    found = dict(case, path=list(case["path"]))
    kinds = ["root", "index", "size", "longer", *(["bit", "shorter"] if found["path"] else [])]
    kind = chance.choice([*kinds, "swap"] if len(set(found["path"])) > 1 else kinds)
    at = chance.randrange(len(found["path"])) if found["path"] else 0
    if kind == "bit":
        found["path"][at] = bytes([found["path"][at][0] ^ 1]) + found["path"][at][1:]
    elif kind == "shorter":
        del found["path"][at]
    elif kind == "longer":
        found["path"].insert(at, bytes(32))
    elif kind == "swap":
        found["path"].reverse()
    elif kind == "root":
        found["root"] = bytes(32)
    else:
        found[kind] += chance.choice([1, -1] if found[kind] > 1 else [1])
    return found


@needs_go
def test_what_is_spoilt_both_judge_alike(peer: Path, opened: log.Log) -> None:
    chance = random.Random(9162)
    cases = [spoilt(case, chance) for case in proofs(opened) for _ in range(2)]
    theirs = asked(peer, [], cases)
    differ = [
        (case, them, us)
        for case, them, us in ((case, them, ours(case)) for case, them in zip(cases, theirs, strict=True))
        if bool(them) != bool(us)
    ]
    assert not differ, differ[:3]
    # A size gives a path its shape only, and neighbours often share it: it is the signed checkpoint that binds it.
    assert sum(map(bool, theirs)) > len(cases) * 0.8
    kept = [them for case, them in zip(cases, theirs, strict=True) if case["root"] == bytes(32)]
    assert kept and all(kept)
