"""Headers of real chains: the hash that this code computes is the one that the chain knows them by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rlp

from por.errors import ClaimError
from por.reserves.evidence import headers, words

REAL: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "real_headers.json").read_text())


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_header_has_its_hash(name: str) -> None:
    row = REAL[name]
    found = headers.decode(bytes.fromhex(row["header"][2:]), where=name)
    assert "0x" + found.hash.hex() == row["hash"]
    assert (found.number, found.time) == (row["number"], row["time"])
    assert "0x" + found.state_root.hex() == row["state_root"]
    assert headers.has_codec(row["chain"])


def test_a_chain_is_claimed_only_where_a_header_of_its_family_was_recomputed() -> None:
    shown = {headers.CODECS[row["chain"]] for row in REAL.values()}
    assert set(headers.CODECS.values()) == shown


@pytest.mark.parametrize("chain", ["eip155:43114", "eip155:8217", "eip155:56", "eip155:42220", "eip155:42170"])
def test_other_chains_are_a_nodes_word(chain: str) -> None:
    assert not headers.has_codec(chain)


@pytest.mark.parametrize("name", sorted(REAL))
def test_a_header_rebuilt_from_a_nodes_fields_is_the_same(name: str) -> None:
    raw = bytes.fromhex(REAL[name]["header"][2:])
    assert headers.encode_fields(fields_of(raw)) == raw


@pytest.mark.parametrize("count", [14, 18, 19, 22, 24])
def test_other_numbers_of_fields_are_refused(count: int) -> None:
    items = rlp.decode(bytes.fromhex(REAL["ethereum-amsterdam-devnet-192"]["header"][2:]))
    changed = [*items, b"\1"][:count]
    with pytest.raises(ClaimError) as caught:
        headers.decode(rlp.encode(changed), where="test")
    assert caught.value.code == "block-header-malformed"


def fields_of(raw: bytes) -> dict[str, str]:
    items = words.decode_list(raw, limit=headers.MAX_HEADER, where="test")
    found = {}
    for (name, width), item in zip(headers.FIELDS, items, strict=False):
        assert isinstance(item, bytes)
        found[name] = hex(int.from_bytes(item, "big")) if width is None else "0x" + item.hex()
    return found
