"""Look-alike and denormalised ids: two customers with one leaf, or one who cannot type the id."""

import unicodedata

import pytest

from tests.attacks.tree_world import document, statement, tree, verdict
from tests.liabilities import reference

LEAVES = tree({"Asa@example.jp": 5, "bob@example.jp": 7})
CLAIMED = statement(reference.row("BTC", LEAVES))
PROOF = document(reference.entry("BTC", LEAVES, "Asa@example.jp"))

LOOK_ALIKES = [
    "\u212bsa@example.jp",  # ANGSTROM SIGN
    "\u00c5sa@example.jp",  # A WITH RING, what it normalises to
    "A\u030asa@example.jp",  # A and a combining ring
    "\uff21sa@example.jp",  # FULLWIDTH A
    "\u0410sa@example.jp",  # CYRILLIC A
    "Asa@example.jp ",
    " Asa@example.jp",
    "Asa@example.jp\n",
    "Asa@example.jp\r",
    "Asa@example.jp\t",
    "Asa@example.jp\u00a0",
    "Asa@example.jp\u200b",
    "Asa@example.jp\x00",
    "Asa@\u2028example.jp",
    "",
    "A" * 256,
]


@pytest.mark.parametrize("account_id", LOOK_ALIKES, ids=lambda text: text.encode("unicode_escape").decode()[:20])
def test_look_alikes_are_refused_before_anything_is_compared(account_id):
    assert verdict(PROOF, CLAIMED, account_id) == "account-id-malformed"


def test_the_id_as_typed_holds():
    assert verdict(PROOF, CLAIMED, "Asa@example.jp") == {"BTC": 5}


def test_no_two_allowed_ids_normalise_to_one():
    allowed = [chr(point) for point in range(0x21, 0x7F)]
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert [unicodedata.normalize(form, letter) for letter in allowed] == allowed
