"""From a pinned key file to today's, without asking anybody: as root.json of The Update Framework is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from por.attestation import envelope
from por.attestation.keychain import Given, follow
from por.attestation.keyfile import KeyFile
from por.errors import ClaimError, InputError, PorError, TrustError
from tests.attestation.keyworld import FIRST, LATER, Keys, small

KEYS = Keys()
ONE = small(KEYS)
BOTH = ("keeper 1", "keeper 2")


def rotated(rows: dict[str, Any]) -> None:
    """Two new keepers take over from two old ones, and a new key from the one that attests."""
    for name in BOTH:
        rows[name]["until"] = "2027-06-01T00:00:00Z"
    for name in ("keeper 4", "keeper 5"):
        rows[name] = KEYS.row(name, "keys", **{"from": LATER})
    rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest", **{"from": LATER})


TWO = KEYS.next(ONE, rotated)
THREE = KEYS.next(TWO, **{"from": "2027-07-01T00:00:00Z"})
"""By then the old keepers' time is over: the new ones alone must do."""


def codes(error: pytest.ExceptionInfo[PorError]) -> str:
    return error.value.code


def test_the_first_file_leads_to_todays() -> None:
    given = [
        KEYS.signed(ONE, *BOTH),
        KEYS.signed(TWO, *BOTH),
        KEYS.signed(THREE, "keeper 4", "keeper 5"),
    ]
    for pinned in given:
        chain = follow(pinned, reversed(given))
        assert chain.newest == THREE and chain.files[0] == pinned.file
    assert follow(given[0], []).newest == ONE
    assert {key.name for key in follow(given[0], given).keys} == {row.name for row in THREE.keys}


def test_thresholds_are_those_of_the_time_and_keys_those_of_today() -> None:
    stricter = KEYS.next(ONE, thresholds={"keys": 2, "preparer": 1, "management": 1, "accountant": 1})
    chain = KEYS.chain(ONE, stricter)
    before, after = stricter.first - 1, stricter.first
    assert "accountant" not in chain.in_force(before).thresholds
    assert "accountant" in chain.in_force(after).thresholds
    assert chain.in_force(0) == ONE
    assert chain.newest == stricter


def test_too_few_of_the_predecessors_keepers_are_refused() -> None:
    for names in (("keeper 1",), ("keeper 1", "attest"), ("keeper 4", "keeper 5"), ("keeper 1", "keeper 4")):
        with pytest.raises(ClaimError) as caught:
            follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(TWO, *names)])
        assert codes(caught) == "keyfile-threshold", names


def test_too_few_of_its_own_keepers_are_refused() -> None:
    """A file that its own keepers cannot sign would lock everybody out of the next one."""
    stranger = KEYS.next(
        ONE, lambda rows: rows.update(n=KEYS.row("new", "keys")), thresholds={"keys": 3, "preparer": 1}
    )
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(stranger, *BOTH)])
    assert codes(caught) == "keyfile-threshold"
    follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(stranger, *BOTH, "new")])


def test_a_pinned_file_has_its_own_signatures() -> None:
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(ONE, "keeper 1"), [])
    assert codes(caught) == "keyfile-threshold"


def test_one_keeper_under_two_keyids_is_one() -> None:
    """Row 27: what stands under another keyid is no key of the file, and counts for nothing."""
    given = KEYS.signed(TWO, "keeper 1")
    assert given.envelope is not None
    (mine,) = given.envelope.signatures
    twice = replace(given.envelope, signatures=(replace(mine, keyid="00" * 32), mine))
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(ONE, *BOTH), [replace(given, envelope=twice)])
    assert codes(caught) == "keyfile-threshold"
    other = replace(mine, keyid=KEYS["keeper 2"].public.keyid)
    claimed = replace(given.envelope, signatures=tuple(sorted((mine, other), key=lambda row: row.keyid)))
    with pytest.raises(ClaimError) as wrong:
        follow(KEYS.signed(ONE, *BOTH), [replace(given, envelope=claimed)])
    assert codes(wrong) == "signature-invalid"


def test_a_keeper_whose_time_is_over_or_who_was_revoked_does_not_count() -> None:
    late = KEYS.next(TWO, **{"from": "2027-07-01T00:00:00Z"})
    with pytest.raises(ClaimError):
        follow(KEYS.signed(TWO, *BOTH), [KEYS.signed(late, *BOTH)])
    stolen = KEYS.next(ONE, lambda rows: rows["keeper 3"].update(revoked={"at": FIRST, "reason": "stolen"}))
    more = KEYS.next(stolen)
    with pytest.raises(ClaimError):
        follow(KEYS.signed(stolen, *BOTH), [KEYS.signed(more, "keeper 1", "keeper 3")])
    follow(KEYS.signed(stolen, *BOTH), [KEYS.signed(more, *BOTH)])


def test_a_revoked_keepers_signature_may_stand_beside_good_ones() -> None:
    stolen = KEYS.next(ONE, lambda rows: rows["keeper 3"].update(revoked={"at": FIRST, "reason": "stolen"}))
    follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(stolen, *BOTH, "keeper 3")])


def test_a_gap_is_told() -> None:
    given = [KEYS.signed(ONE, *BOTH), KEYS.signed(THREE, *BOTH, "keeper 4", "keeper 5")]
    with pytest.raises(TrustError) as caught:
        follow(given[0], given)
    assert codes(caught) == "keyfile-missing" and "version 2" in caught.value.message


def test_two_files_of_one_version_are_a_fork() -> None:
    other = KEYS.next(ONE, until="2029-01-01T00:00:00Z")
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(TWO, *BOTH), KEYS.signed(other, *BOTH)])
    assert codes(caught) == "keyfile-forked"
    mine = replace(ONE, issuer="Another K.K.")
    with pytest.raises(ClaimError) as pinned:
        follow(KEYS.signed(ONE, *BOTH), [KEYS.signed(mine, *BOTH)])
    assert codes(pinned) == "keyfile-forked"


def test_a_successor_of_another_file_is_refused() -> None:
    mine = replace(ONE, issuer="Another K.K.")
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(mine, *BOTH), [KEYS.signed(TWO, *BOTH)])
    assert codes(caught) == "keyfile-history"


def test_an_unsigned_file_is_only_what_the_verifier_brought() -> None:
    toml = Given(where="keys.toml", file=ONE, envelope=None)
    assert follow(toml, [KEYS.signed(TWO, *BOTH)]).newest == TWO
    with pytest.raises(InputError) as caught:
        follow(KEYS.signed(ONE, *BOTH), [Given(where="2.toml", file=TWO, envelope=None)])
    assert codes(caught) == "keyfile-unsigned"


def test_without_keepers_nothing_is_followed() -> None:
    mine = KEYS.file([KEYS.row("attest", "preparer")], {"preparer": 1})
    assert follow(Given(where="keys.toml", file=mine, envelope=None), []).newest == mine
    later = KEYS.next(
        mine, lambda rows: rows.update(k=KEYS.row("keeper 1", "keys")), thresholds={"keys": 1, "preparer": 1}
    )
    with pytest.raises(ClaimError) as caught:
        follow(Given(where="keys.toml", file=mine, envelope=None), [KEYS.signed(later, "keeper 1")])
    assert codes(caught) == "keyfile-threshold"


def revoked(rows: dict[str, Any], at: str = LATER) -> None:
    rows["attest"]["revoked"] = {"at": at, "reason": "stolen"}
    rows.setdefault("attest 2", KEYS.row("attest 2", "preparer"))


REWRITTEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a key dropped": lambda rows: rows.pop("accountant p256"),
    "a role given to an old key": lambda rows: rows["attest"].update(roles=["management", "preparer"]),
    "a role taken": lambda rows: rows["keeper 3"].update(roles=["accountant"]),
    "a beginning moved": lambda rows: rows["attest"].update(**{"from": FIRST}),
    "another name": lambda rows: rows["attest"].update(name="preparer"),
    "another predecessor": lambda rows: rows["attest"].update(succeeds="director"),
    "a revocation taken back": lambda rows: rows["attest"].update(revoked=None),
    "a revocation put off": lambda rows: revoked(rows, "2026-12-02T00:00:00Z"),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_nobodys_past_is_rewritten(name: str) -> None:
    old = KEYS.next(ONE, revoked)
    new = KEYS.next(old, REWRITTEN[name])
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(old, *BOTH), [KEYS.signed(new, *BOTH)])
    assert codes(caught) == "keyfile-history"


def test_what_may_change() -> None:
    old = KEYS.next(ONE, revoked)

    def change(rows: dict[str, Any]) -> None:
        revoked(rows, FIRST)  # the theft turned out to be earlier
        rows["director"]["until"] = "2027-01-01T00:00:00Z"
        rows["director 2"] = KEYS.row("director 2", "management")

    new: KeyFile = KEYS.next(old, change, issuer="Example Exchange Holdings K.K.")
    assert follow(KEYS.signed(old, *BOTH), [KEYS.signed(new, *BOTH)]).newest == new


def test_it_begins_no_earlier_than_the_one_before() -> None:
    new = KEYS.next(TWO, **{"from": FIRST})
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(TWO, *BOTH), [KEYS.signed(new, *BOTH, "keeper 3")])
    assert codes(caught) in ("keyfile-history", "keyfile-threshold")


def test_a_statements_signature_signs_no_key_file() -> None:
    """The payload type is part of what is signed."""
    as_statement = envelope.sign(TWO.payload, [KEYS[name] for name in BOTH])
    given = replace(KEYS.signed(TWO), envelope=replace(as_statement, kind="application/vnd.por.keys+json"))
    with pytest.raises(ClaimError) as caught:
        follow(KEYS.signed(ONE, *BOTH), [given])
    assert codes(caught) == "signature-invalid"
