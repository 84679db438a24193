"""Roles, dates and revocations: a statement is judged by the keys that were valid at its time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from por.attestation import envelope
from por.attestation.envelope import Envelope
from por.attestation.keyfile import KeyFile
from por.attestation.position import Position
from por.attestation.trust import Trust
from por.errors import ClaimError, PorError, TrustError
from por.header import parse_time
from tests.attestation.keyworld import LATER, Keys, small

KEYS = Keys()
ONE = small(KEYS)
BEFORE = parse_time("2026-11-20T15:00:00Z", where="t")
CHANGE = parse_time(LATER, where="t")


def trust(*files: KeyFile) -> Trust:
    chain = KEYS.chain(*(files or (ONE,)))
    return Trust(keys=chain.keys, chain=chain)


def signed(*names: str) -> Envelope:
    return envelope.sign(b'{"a":1}', [KEYS[name] for name in names])


def judge(found: Trust, given: Envelope, time: int = BEFORE, **more: Any) -> dict[str, tuple[str, ...]]:
    rows = found.judge(given, time=time, where="statement", **more)
    return {str(row.key.name): row.roles for row in rows if row.fault is None}


def refused(found: Trust, given: Envelope, time: int = BEFORE, **more: Any) -> str:
    with pytest.raises(PorError) as caught:
        judge(found, given, time, **more)
    return caught.value.code


def test_each_role_needs_its_keys() -> None:
    assert judge(trust(), signed("attest", "director")) == {"attest": ("preparer",), "director": ("management",)}
    assert refused(trust(), signed("attest")) == "role-threshold"
    assert refused(trust(), signed("attest", "accountant p256")) == "role-threshold"
    assert refused(trust(), signed("keeper 1", "keeper 2")) == "role-threshold"
    assert refused(trust(), signed("a stranger")) == "signer-unknown"


def test_signatures_of_others_are_passed_over() -> None:
    assert set(judge(trust(), signed("attest", "director", "a stranger", "accountant p256"))) == {
        *("attest", "director", "accountant p256")
    }


def test_keys_are_counted_and_not_keyids() -> None:
    """Row 27: one key under two keyids against a threshold of two."""
    rows = [KEYS.row("one", "accountant"), KEYS.row("two", "accountant"), *(r.document() for r in ONE.keys)]
    found = trust(KEYS.file(rows, {**ONE.thresholds, "accountant": 2}))
    given = signed("attest", "director", "one")
    (mine,) = (item for item in given.signatures if item.keyid == KEYS["one"].public.keyid)
    assert refused(found, replace(given, signatures=(replace(mine, keyid="00" * 32), *given.signatures))) == (
        "role-threshold"
    )
    assert len(judge(found, signed("attest", "director", "one", "two"))) == 4


def test_bare_keys_have_no_roles_and_one_suffices() -> None:
    found = Trust.of([KEYS["attest"].public, KEYS["director"].public])
    assert found is Trust.of(found)
    rows = found.judge(signed("director"), time=BEFORE, where="statement")
    assert [(row.key.keyid, row.roles) for row in rows] == [(KEYS["director"].public.keyid, ())]


def rotated(rows: dict[str, Any]) -> None:
    rows["attest"]["until"] = LATER
    rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest", **{"from": LATER})


def test_rotation() -> None:
    """The old key for the old time, the new one for the new, both on the day of the change."""
    found = trust(ONE, KEYS.next(ONE, rotated))
    assert judge(found, signed("attest", "director"), BEFORE)
    assert judge(found, signed("attest 2", "director"), CHANGE + 86_400)
    assert refused(found, signed("attest", "director"), CHANGE + 1) == "key-expired"
    assert refused(found, signed("attest 2", "director"), CHANGE - 1) == "key-expired"
    for name in ("attest", "attest 2"):
        assert judge(found, signed(name, "director"), CHANGE)


def test_the_log_goes_on_under_the_successor() -> None:
    found = trust(ONE, KEYS.next(ONE, rotated))
    position = Position(origin="example.jp/log", key=KEYS["attest"].public.keyid, index=3, before=bytes(32))
    assert [key.name for key in found.log_keys(position, time=BEFORE)] == ["attest"]
    assert [key.name for key in found.log_keys(position, time=CHANGE + 1)] == ["attest 2"]
    assert found.knows_log(position)
    other = replace(position, key=KEYS["a stranger"].public.keyid)
    assert not found.knows_log(other)
    turned = replace(position, key=KEYS["attest 2"].public.keyid)  # nobody goes back to the key before
    assert [key.name for key in found.log_keys(turned, time=CHANGE)] == ["attest 2"]


def stolen(rows: dict[str, Any], at: str = LATER) -> None:
    rows["attest"]["revoked"] = {"at": at, "reason": "stolen from the signing machine"}
    rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest")


def test_a_revoked_key() -> None:
    """What it signed before holds with a timestamp only, because a thief writes whatever date he likes."""
    found = trust(ONE, KEYS.next(ONE, stolen))
    given, keyid = signed("attest", "director"), KEYS["attest"].public.keyid
    assert refused(found, given, CHANGE) == "key-revoked"
    assert refused(found, given, CHANGE, stamps={keyid: CHANGE - 1}) == "key-revoked"
    assert refused(found, given, BEFORE) == "key-revoked"
    assert refused(found, given, BEFORE, stamps={keyid: CHANGE}) == "key-revoked"
    assert refused(found, given, BEFORE, stamps={KEYS["director"].public.keyid: BEFORE}) == "key-revoked"
    assert judge(found, given, BEFORE, stamps={keyid: CHANGE - 1})
    with pytest.raises(TrustError) as caught:
        judge(found, given, BEFORE, stamps={keyid: None})
    assert caught.value.code == "tsa-missing"


def test_a_stolen_key_is_useless_where_its_owner_signed_anew() -> None:
    found = trust(ONE, KEYS.next(ONE, stolen))
    rows = found.judge(signed("attest", "attest 2", "director"), time=BEFORE, where="statement")
    faults = {row.key.name: row.fault.code for row in rows if row.fault}
    assert faults == {"attest": "key-revoked"}
    assert found.revoked(KEYS["attest"].public.keyid) and not found.revoked(KEYS["attest 2"].public.keyid)
    assert refused(found, signed("attest", "director"), CHANGE + 1) == "key-revoked"


def test_who_pinned_the_first_file_alone_is_fooled_no_longer_than_it_speaks() -> None:
    """Somebody who holds the newer versions back gains nothing after `until`."""
    found = trust(ONE)
    assert refused(found, signed("attest", "director"), ONE.last + 1) == "keyfile-expired"
    assert judge(found, signed("attest", "director"), ONE.last)


def test_thresholds_of_the_time() -> None:
    stricter = KEYS.next(ONE, thresholds={**ONE.thresholds, "accountant": 1})
    found = trust(ONE, stricter)
    assert judge(found, signed("attest", "director"), BEFORE)
    assert refused(found, signed("attest", "director"), CHANGE) == "role-threshold"
    assert judge(found, signed("attest", "director", "accountant p256"), CHANGE)


def test_a_wrong_signature_of_a_known_key_is_no_detail() -> None:
    given = signed("attest", "director")
    first, second = given.signatures
    with pytest.raises(ClaimError) as caught:
        judge(trust(), replace(given, signatures=(first, replace(second, sig=first.sig))))
    assert caught.value.code == "signature-invalid"
