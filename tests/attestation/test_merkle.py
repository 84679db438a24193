"""Log proofs against the recursive definitions of RFC 9162, and every way to spoil them."""

from __future__ import annotations

import pytest

from por.attestation import merkle
from por.errors import ClaimError
from tests.attestation import model

ENTRIES = [bytes([n]) * (n % 5) for n in range(70)]
SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70]


def _included(index: int, size: int, path: list[bytes], root: bytes | None = None, leaf: bytes | None = None) -> None:
    merkle.verify_inclusion(
        leaf=merkle.leaf_hash(ENTRIES[index]) if leaf is None else leaf,
        index=index,
        size=size,
        root=model.root(ENTRIES[:size]) if root is None else root,
        path=path,
        where="x",
    )


def _consistent(
    old: int, new: int, path: list[bytes], old_root: bytes | None = None, new_root: bytes | None = None
) -> None:
    merkle.verify_consistency(
        old_size=old,
        old_root=model.root(ENTRIES[:old]) if old_root is None else old_root,
        new_size=new,
        new_root=model.root(ENTRIES[:new]) if new_root is None else new_root,
        path=path,
        where="x",
    )


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_is_shown_and_no_other(size: int) -> None:
    for index in range(size):
        path = model.inclusion(index, ENTRIES[:size])
        _included(index, size, path)
        spoilt = [path[:-1], path[1:], [*path, bytes(32)], [*path[:-1], bytes(32)], [*path[:-1], b"short"]]
        for wrong in spoilt:
            if wrong != path:
                with pytest.raises(ClaimError) as caught:
                    _included(index, size, wrong)
                assert caught.value.code == "log-inclusion"
        for other in {(index + 1) % size, index ^ 1} - {index}:
            if other < size:
                with pytest.raises(ClaimError):
                    _included(other, size, path, leaf=merkle.leaf_hash(ENTRIES[index]))


@pytest.mark.parametrize("new", SIZES)
def test_every_growth_is_shown_and_no_other(new: int) -> None:
    for old in range(1, new):
        path = model.consistency(old, ENTRIES[:new])
        _consistent(old, new, path)
        for wrong in (path[:-1], path[1:], [*path, bytes(32)], [bytes(32), *path[1:]], path[::-1]):
            if wrong != path:
                with pytest.raises(ClaimError) as caught:
                    _consistent(old, new, wrong)
                assert caught.value.code == "log-consistency"
        with pytest.raises(ClaimError):
            _consistent(old, new, path, old_root=bytes(32))
        with pytest.raises(ClaimError):
            _consistent(old, new, path, new_root=bytes(32))


def test_nothing_before_and_nothing_new() -> None:
    for size in SIZES:
        _consistent(0, size, [])
        _consistent(size, size, [])
        for old in (0, size):
            with pytest.raises(ClaimError):
                _consistent(old, size, [bytes(32)])
            with pytest.raises(ClaimError):
                _consistent(old, size, [], old_root=bytes(32))
    _consistent(0, 0, [])
    with pytest.raises(ClaimError):
        _consistent(0, 0, [], new_root=bytes(32), old_root=merkle.EMPTY_ROOT)
    with pytest.raises(ClaimError):
        _consistent(2, 1, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 4), (1 << 60, 4)])
def test_indices_outside_are_refused(index: int, size: int) -> None:
    with pytest.raises(ClaimError):
        merkle.verify_inclusion(leaf=bytes(32), index=index, size=size, root=bytes(32), path=[], where="x")


def test_an_inner_node_is_no_leaf() -> None:
    """Leaves and nodes are hashed apart, and a path one short is refused before anything is hashed."""
    node = merkle.node_hash(merkle.leaf_hash(ENTRIES[0]), merkle.leaf_hash(ENTRIES[1]))
    with pytest.raises(ClaimError):
        _included(0, 4, model.inclusion(0, ENTRIES[:4])[1:], leaf=node)


def test_the_rfc_6962_vectors() -> None:
    """Leaves and roots published with the certificate transparency test suite, repeated by most logs since."""
    entries = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert model.root(entries[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert model.root(entries).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
