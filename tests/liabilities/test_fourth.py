"""fixtures/README.md is enough to write a verifier: one written from it passes every vector, and agrees on mutants."""

import ast
import json
import sys
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import targets
from tests.fuzz.mutate import mutate
from tests.liabilities import fourth, verifiers

VECTORS = sorted((Path(__file__).parents[2] / "fixtures" / "vectors").glob("*.json"))
PAGE = (Path(__file__).parents[2] / "fixtures" / "README.md").read_text()


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path):
    vector = json.loads(path.read_text())
    proof, statement = (verifiers.text_of(vector, key) for key in ("proof", "statement"))
    answer = fourth.verify(statement, proof, vector["account_id"])
    if vector["expect"] == "ok":
        assert answer == {asset: int(units) for asset, units in vector["found"].items()}
    else:
        assert answer == vector["expect"]


@pytest.mark.parametrize("key", ["proof", "statement"])
def test_it_agrees_with_the_others_on_mutants(key):
    rng, corpus = Random(3), targets.TARGETS[key][1]()
    for _ in range(600):
        data = mutate(rng, corpus)
        proof, statement = (data, targets.STATEMENT) if key == "proof" else (targets.PROOF, data)
        assert fourth.verify(statement, proof, targets.WHO) == targets.ask(proof, statement), data


def test_it_knows_nothing_but_the_page():
    tree = ast.parse(Path(fourth.__file__).read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not any(isinstance(node, ast.ImportFrom) for node in ast.walk(tree))
    assert imported <= set(sys.stdlib_module_names)


def test_the_page_names_every_code_of_the_vectors():
    codes = {json.loads(path.read_text())["expect"] for path in VECTORS}
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
