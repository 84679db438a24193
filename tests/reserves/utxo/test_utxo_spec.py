"""The page on outputs: its example is read and proven, and its numbers are those of the code."""

from __future__ import annotations

import re

from por.reserves.chains.utxo import core, esplora
from por.reserves.evidence.utxo import work
from por.reserves.evidence.utxo.outputs import MOST_LINKED, OutputBundle, verify_bundle
from por.reserves.tables import Windows
from tests.litecoin import HOT
from tests.reserves.signing import p2wpkh
from tests.reserves.test_spec import SPEC, example


def test_the_example() -> None:
    found = OutputBundle.from_bytes(example("outputs.md"), where="outputs.md")
    assert found.to_bytes() == example("outputs.md")
    (block,), (output,) = verify_bundle(found, where="outputs.md")
    assert (block.height, output.value, output.script) == (120, 150000000, p2wpkh(HOT.public))


def test_the_numbers() -> None:
    page, guide = (SPEC / "outputs.md").read_text(), (SPEC.parent / "bitcoin.md").read_text()
    floor = int(re.search(r"from 2025 on (\d+) \* 10\^12 \* 2\^32", page)[1]) * 10**12  # type: ignore[index]
    assert work.WORK["bip122:000000000019d6689c085ae165831e93"].floors[-1][1] == floor
    assert (floor * work.HASHES_PER_DIFFICULTY).bit_length() - 1 == 77
    assert f"at most {MOST_LINKED:,}" in page
    assert f"first {core.DESCRIPTOR_RANGE:,} indices" in guide
    assert f"at most {core.MOST_BLOCKS} of them" in guide and f"than {esplora.Esplora.reach} blocks" in guide
    assert Windows().max_tip_skew_seconds == 7200 and "two hours in ours" in guide
