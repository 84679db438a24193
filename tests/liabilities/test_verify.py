"""The pure Python verifier by itself, and beside the kernel's on every value of a good proof."""

import copy
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

from por import canonical
from por.errors import ClaimError, InputError
from por.liabilities import verify
from tests.liabilities import reference, verifiers

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
GOOD = json.loads((VECTORS / "good-all-assets.json").read_text())
STATEMENT = canonical.encode(GOOD["statement"])


def scalars(value, place=()):
    """Every place of a scalar in a JSON value."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from scalars(item, (*place, key))
    else:
        yield place


def with_value(place, value):
    changed = copy.deepcopy(GOOD["proof"])
    holder = changed
    for part in place[:-1]:
        holder = holder[part]
    holder[place[-1]] = value
    return changed


def value_at(place):
    value = GOOD["proof"]
    for part in place:
        value = value[part]
    return value


def changes(value):
    """What a careless or dishonest hand could write in its place."""
    if isinstance(value, int):
        return [value + 1, value - 1, value ^ 1, value + 2**32, 0 if value else 2, str(value), None, [value]]
    changed = [value + "0", "0" + value, value[:-1], value.swapcase(), value + " ", "", value[::-1], None, [value]]
    if value.isdigit():
        changed += [str(int(value) + 1), str(abs(int(value) - 1)), str(int(value) * 2), f"-{value}", int(value)]
    if set(value) <= set("0123456789abcdef"):
        changed += [f"{int(value, 16) ^ 1 << shift:0{len(value)}x}" for shift in (0, len(value) * 4 - 1)]
    return [item for item in changed if item != value or type(item) is not type(value)]


PLACES = list(scalars(GOOD["proof"]))


@pytest.mark.parametrize("check", verifiers.VERIFIERS, ids=lambda check: check.__name__)
def test_changing_any_value_of_a_proof_is_refused(check):
    assert isinstance(check(canonical.encode(GOOD["proof"]), STATEMENT, GOOD["account_id"]), dict)
    tried = 0
    for place in PLACES:
        for value in changes(value_at(place)):
            if isinstance(value, int) and abs(value) >= 2**53:
                continue
            result = check(canonical.encode(with_value(place, value)), STATEMENT, GOOD["account_id"])
            assert isinstance(result, str), (place, value)
            tried += 1
    assert tried > 500


def test_both_verifiers_give_the_same_reason_for_every_change():
    for place in PLACES:
        for value in changes(value_at(place)):
            if isinstance(value, int) and abs(value) >= 2**53:
                continue
            document = canonical.encode(with_value(place, value))
            reasons = {check(document, STATEMENT, GOOD["account_id"]) for check in verifiers.VERIFIERS}
            assert len(reasons) == 1, (place, value, reasons)


@pytest.mark.parametrize("count", [*range(1, 140), 255, 256, 257, 2**20 - 1, 2**20, 2**20 + 1, 2**52 + 1])
def test_path_sides_are_those_of_the_split_at_the_largest_power_of_two(count):
    def slow(index, size):
        if size == 1:
            return ()
        half = reference.middle(size)
        if index < half:
            return (*slow(index, half), False)
        return (*slow(index - half, size - half), True)

    for index in {*range(min(count, 140)), count // 2, count - 2, count - 1} - {-1}:
        assert verify.path_sides(index, count) == slow(index, count)
        inner = (index ^ (count - 1)).bit_length()
        assert len(verify.path_sides(index, count)) == inner + (index >> inner).bit_count()


def roots():
    return verifiers.read_statement(GOOD["statement"])


def run(proof, account_id=GOOD["account_id"]):
    snapshot_id, of = roots()
    return verify.verify_proof(proof, snapshot_id=snapshot_id, roots=of, account_id=account_id)


def test_found_says_asset_decimals_amount_and_leaves():
    found = {entry.asset: entry for entry in run(GOOD["proof"])}
    assert {asset: str(entry.amount) for asset, entry in found.items()} == GOOD["found"]
    assert found["ETH"] == verify.Found(asset="ETH", decimals=18, amount=10**18, indices=(0,))
    assert len(set(found["USDC"].indices)) == 3


def test_form_is_an_input_error_and_a_false_proof_a_claim_error():
    with pytest.raises(InputError) as malformed:
        run({**GOOD["proof"], "entries": None})
    assert malformed.value.message == "proof.entries: not of the type list"
    with pytest.raises(ClaimError) as false:
        run(with_value(("entries", 0, "pieces", 0, "amount"), "7"))
    assert false.value.code == "root-mismatch"
    assert false.value.message.startswith("entries[0].pieces[0]: ")


@pytest.mark.parametrize("value", [None, b"alice", 7, "", "x" * 256, "a b", "\u00e5"])
def test_malformed_account_ids_are_refused_without_repeating_them(value):
    with pytest.raises(InputError) as error:
        run(GOOD["proof"], account_id=value)
    assert error.value.code == "account-id-malformed"
    assert not value or str(value) not in error.value.message


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, {"format": None}, {1: 2}])
def test_anything_that_is_no_proof_is_malformed(value):
    with pytest.raises(InputError) as error:
        run(value)
    assert error.value.code == "proof-malformed"


def test_it_imports_nothing_but_the_standard_library_and_two_files():
    program = (
        "import sys; before = set(sys.modules); import por.liabilities.verify;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)));"
        "print(*sorted(name for name in sys.modules if name.startswith('por')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    others, ours = done.stdout.splitlines()
    assert others == "por"
    assert ours.split() == ["por", "por.amounts", "por.errors", "por.liabilities", "por.liabilities.verify"]


def test_it_stays_short_enough_to_be_read():
    assert len(inspect.getsource(verify).splitlines()) <= 300
