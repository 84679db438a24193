"""A short run of the targets about reserves, and what each of them finds when its part lets things pass."""

from types import SimpleNamespace

import pytest

from tests.fuzz import reserves
from tests.fuzz import reserves_corpus as corpus
from tests.fuzz.__main__ import own

ROUNDS = {
    "trie-proof": 3000,
    "trie-second": 3000,
    "rlp": 6000,
    "bundle": 1500,
    "header": 4000,
    "control": 1000,
    "reserves": 500,
    "evidence": 200,
    "outputs": 2500,
    "transaction": 5000,
    "bip322": 3000,
    "names": 3000,
}


@pytest.mark.parametrize("name", reserves.TARGETS)
def test_seeded_mutation_finds_nothing(name):
    found = own(name, seed=20261122, rounds=ROUNDS[name])
    assert 0 < found["accepted"] < found["inputs"]


def test_the_corpus_is_honest():
    """Every file of it is accepted as it is, and the whole report holds."""
    for name in ("trie-proof", "trie-second", "bundle", "header", "control", "reserves", "evidence", "outputs"):
        target, files = reserves.TARGETS[name]
        assert all(target(data) for data in files()), name


def lenient_bundle(found, pinned, *, where, shared=None):
    return {claim.address: claim for claim in found.accounts}


def own_output(found, *, where):
    return [], [SimpleNamespace(value=1, script=b"")]


LENIENT = {
    "trie-proof": ("trie.lookup", lambda *given, where: None),
    "trie-second": ("trie.lookup", lambda *given, where: b"anything"),
    "rlp": ("words.decode_list", lambda data, *, limit, where: []),
    "bundle": ("verify_bundle", lenient_bundle),
    "header": ("headers.decode", lambda data, *, where: SimpleNamespace(raw=b"x", hash=bytes(32))),
    "control": ("verify_control", lambda control, **given: None),
    "reserves": ("recheck", lambda **given: [SimpleNamespace(id=n, outcome=None) for n in CHECKS]),
    "evidence": ("recheck", lambda **given: []),
    "outputs": ("outputs.verify_bundle", own_output),
    "transaction": ("transactions.parse", lambda data, *, where: corpus.craft.coinbase(1)),
    "bip322": ("bip322.verify", lambda text, *, message, script: SimpleNamespace(keys=set())),
    "names": ("caip.parse_account", lambda text, *, where: "eip155:1"),
}
CHECKS = ("evidence", "control", "block-choice", "holdings-once", *"56789")


@pytest.mark.parametrize("name", reserves.TARGETS)
def test_a_target_tells_what_is_wrong(name, monkeypatch):
    place, instead = LENIENT[name]
    corpus.evidence(), corpus.report()  # what is honest is made before anything is let pass
    monkeypatch.setattr(f"tests.fuzz.reserves.{place}", instead)
    with pytest.raises((AssertionError, KeyError)):
        own(name, seed=1, rounds=2000)
