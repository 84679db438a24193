"""Histories against what was seen: by stolen and strange keys, with false lines, and evidence that must not convict."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from por import canonical
from por.attestation.envelope import sign
from por.attestation.keyfile import KeyFile
from por.attestation.keys import PublicKey, Signer, from_spki
from por.attestation.logproof import CHECKPOINT
from por.attestation.note import Note
from por.attestation.statement import head
from por.attestation.trust import Trust
from por.audit.equivocation import EquivocationError
from por.audit.evidence import check_evidence_file
from por.audit.memory import Memory, recall
from por.errors import PorError
from por.liabilities.verify import Found
from por.outcomes import Outcome
from tests.attestation.keyworld import LATER, Keys, small
from tests.attestation.logworld import ORIGIN, History, checkpoint, false_line

KEYS = Keys()
ONE = small(KEYS)
ATTEST, DIRECTOR, ACCOUNTANT = KEYS["attest"], KEYS["director"], KEYS["accountant p256"]
SEEN = History(entries=(b"e0", b"e1"), key=ATTEST.public.keyid)
NEXT = History(entries=(*SEEN.entries, SEEN.payload()), key=SEEN.key, as_of="2026-12-02T00:00:00Z")
FORGED = replace(NEXT, entries=(b"rewritten", *NEXT.entries[1:]))


def trust(*files: KeyFile) -> Trust:
    chain = KEYS.chain(*(files or (ONE,)))
    return Trust(keys=chain.keys, chain=chain)


def look(kept: Memory | None, history: History, by: Signer = ATTEST, given: Trust | None = None, **more: Any) -> Any:
    files = history.files(by, **more)
    counted = history.counted(by, DIRECTOR)
    return recall(kept, counted, account_id="a", trust=given or trust(), log_files=files)


def refused(kept: Memory | None, history: History, *words: Any, **more: Any) -> str:
    with pytest.raises(PorError) as caught:
        look(kept, history, *words, **more)
    return caught.value.code


def judged(*sides: dict[str, Any], by: Trust | list[PublicKey]) -> str:
    document = canonical.encode({"format": "por-equivocation/1", "sides": list(sides)})
    try:
        found = list(check_evidence_file(document, keys=by))
    except PorError as error:
        return error.code
    assert [row.outcome for row in found] == [Outcome.HOLDS] * 3
    return "convicts"


def side(made: Note) -> dict[str, Any]:
    return {"checkpoint": made.to_bytes().decode()}


def heads(one: Signer, other: Signer) -> list[dict[str, Any]]:
    return [side(checkpoint(3, bytes([number]) * 32, signer)) for number, signer in ((1, one), (2, other))]


def stolen(rows: dict[str, Any]) -> None:
    rows["attest"]["revoked"] = {"at": LATER, "reason": "stolen"}
    rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest")


def test_a_log_that_only_grew() -> None:
    first = look(None, SEEN)
    assert look(first.memory, NEXT).growth is Outcome.HOLDS
    two = trust(ONE, KEYS.next(ONE, stolen))
    found = look(first.memory, NEXT, KEYS["attest 2"], two)
    assert (found.growth, found.size, found.now) == (Outcome.HOLDS, 3, 4)


def test_revoking_the_key_does_not_hide_that_history_was_rewritten() -> None:
    first = look(None, SEEN)
    assert refused(first.memory, FORGED) == "history-rewritten"
    two = trust(ONE, KEYS.next(ONE, stolen))
    assert refused(first.memory, FORGED, KEYS["attest 2"], two) == "history-rewritten"


@pytest.mark.parametrize("key", ["ff" * 32, ACCOUNTANT.public.keyid], ids=["unknown", "accountant"])
def test_a_second_log_does_not_hide_a_second_statement(key: str) -> None:
    other = replace(SEEN, entries=(b"x0", b"x1"), key=key)
    first = look(None, SEEN)
    assert refused(first.memory, replace(other, key=SEEN.key)) == "equivocation"
    counted = other.counted(ATTEST, DIRECTOR)
    with pytest.raises(EquivocationError) as convicted:
        recall(first.memory, counted, account_id="a", trust=trust(), log_files={})
    assert convicted.value.code == "equivocation"
    later = replace(NEXT, entries=(b"x0", b"x1", b"x2", b"x3"), key=key).counted(ATTEST, DIRECTOR)
    with pytest.raises(PorError) as caught:
        recall(first.memory, later, account_id="a", trust=trust(), log_files={})
    assert caught.value.code == "history-log"
    with pytest.raises(PorError) as caught:  # nor is it what a record begins with
        recall(None, counted, account_id="a", trust=trust(), log_files={})
    assert caught.value.code == "key-missing"


@pytest.mark.parametrize("by", ["accountant p256", "director", "keeper 1"])
def test_only_preparers_sign_the_head_of_a_log(by: str) -> None:
    """Whoever has another key of the key file can neither make a history nor convict the exchange of two."""
    assert refused(None, SEEN, KEYS[by]) == "signer-unknown"
    assert judged(*heads(KEYS[by], KEYS[by]), by=trust()) == "signer-unknown"
    assert judged(*heads(ATTEST, KEYS[by]), by=trust()) == "signer-unknown"
    assert judged(*heads(ATTEST, ATTEST), by=trust()) == "convicts"


def test_bare_keys_of_two_people_convict_neither() -> None:
    keys = [ATTEST.public, ACCOUNTANT.public]
    assert judged(*heads(ATTEST, ACCOUNTANT), by=keys) == "evidence-proves-nothing"
    assert judged(*heads(ATTEST, ATTEST), by=keys) == "convicts"


def test_heads_by_a_key_and_its_successor_are_of_one_log() -> None:
    def rotated(rows: dict[str, Any]) -> None:
        rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest")
        rows["elsewhere"] = KEYS.row("elsewhere", "preparer")

    given = trust(ONE, KEYS.next(ONE, rotated))
    assert judged(*heads(ATTEST, KEYS["attest 2"]), by=given) == "convicts"
    assert judged(*heads(ATTEST, KEYS["elsewhere"]), by=given) == "evidence-proves-nothing"


def test_false_lines_do_not_make_evidence_worthless() -> None:
    """What anybody can add to a head or a statement on its way must not protect who signed it."""
    line = false_line(ACCOUNTANT)
    first = look(None, SEEN, lines=[line])
    with pytest.raises(EquivocationError) as caught:
        look(first.memory, FORGED, lines=[line])
    assert [row.outcome for row in check_evidence_file(caught.value.evidence, keys=trust())] == [Outcome.HOLDS] * 3
    sides = [side(checkpoint(3, bytes([n]) * 32, ATTEST, lines=[line])) for n in (1, 2)]
    assert judged(*sides, by=trust()) == "convicts"
    assert judged(*sides, by=[ATTEST.public, ACCOUNTANT.public]) == "convicts"


def test_false_signatures_do_not_make_statements_worthless_as_evidence() -> None:
    other = replace(SEEN, entries=(b"x0", b"x1"))
    sides = []
    for history in (SEEN, other):
        document = history.counted(ATTEST, DIRECTOR).envelope.document()
        false = {"keyid": ACCOUNTANT.public.keyid, "sig": canonical.encode_base64(bytes(70))}
        document["signatures"] = sorted([*document["signatures"], false], key=lambda row: str(row["keyid"]))
        sides.append({"statement": document})
    assert judged(*sides, by=trust()) == "convicts"
    for row in sides[0]["statement"]["signatures"]:
        row["sig"] = canonical.encode_base64(bytes(64))
    assert judged(*sides, by=trust()) == "signature-invalid"


def test_a_line_that_nobody_signed_says_nothing_of_whose_head_it_is() -> None:
    """Two logs of one name, of two keys: a false line of the one under the head of the other joins them not."""
    rows = [KEYS.row(name, "preparer") for name in ("a", "b")]
    chain = KEYS.chain(
        KEYS.file([KEYS.row("keeper 1", "keys"), *rows], {"keys": 1, "preparer": 1}), keepers=("keeper 1",)
    )
    given = Trust(keys=chain.keys, chain=chain)
    one, other = (
        checkpoint(3, bytes([n]) * 32, KEYS[name], lines=[false_line(KEYS["a"])] * (n - 1))
        for n, name in ((1, "a"), (2, "b"))
    )
    assert judged(side(one), side(other), by=given) == "evidence-proves-nothing"


def rotated(rows: dict[str, Any]) -> None:
    rows["attest 2"] = KEYS.row("attest 2", "preparer", succeeds="attest")


def test_an_heir_begins_no_second_log() -> None:
    """A second history under the key that succeeds the first is a contradiction like any other."""
    given = trust(ONE, KEYS.next(ONE, rotated))
    heir = KEYS["attest 2"]
    other = replace(SEEN, entries=(b"x0", b"x1"), key=heir.public.keyid)
    true, second = SEEN.counted(ATTEST, DIRECTOR), other.counted(heir, DIRECTOR)
    assert given.knows_log(true.statement.log) and not given.knows_log(second.statement.log)
    sides = [{"statement": row.envelope.document()} for row in (true, second)]
    assert judged(*sides, by=given) == "convicts"
    with pytest.raises(PorError) as caught:
        recall(None, second, account_id="a", trust=given, log_files={})
    assert caught.value.code == "key-missing"


def test_bare_keys_convict_nobody_of_what_another_signed() -> None:
    forged = replace(SEEN, entries=(b"x0", b"x1")).counted(ACCOUNTANT).envelope.document()
    true = SEEN.counted(ATTEST).envelope.document()
    keys = [ATTEST.public, ACCOUNTANT.public]
    assert judged({"statement": true}, {"statement": forged}, by=keys) == "evidence-proves-nothing"
    again = replace(SEEN, entries=(b"y0", b"y1")).counted(ACCOUNTANT).envelope.document()
    assert judged({"statement": again}, {"statement": forged}, by=keys) == "evidence-proves-nothing"


def test_another_name_of_the_log_hides_no_second_statement() -> None:
    """One issuer, scope and sequence, two statements: the exchange signed both, whatever logs they name."""
    payload = SEEN.payload().replace(ORIGIN.encode(), b"Example-Exchange-K.K./other", 1)
    other = sign(payload, [ATTEST, DIRECTOR]).document()
    true = SEEN.counted(ATTEST, DIRECTOR).envelope.document()
    assert judged({"statement": true}, {"statement": other}, by=trust()) == "convicts"
    assert judged({"statement": true}, {"statement": other}, by=[ATTEST.public]) == "convicts"


@pytest.mark.parametrize("key", ["previous", "replaces"])
def test_a_statement_names_the_one_that_there_was(key: str) -> None:
    """Who names another statement 3 than the one that was seen has signed that there were two."""
    value = canonical.decode(NEXT.payload(), where="test")
    value["predicate"]["log"]["index"] = 7
    value["predicate"]["log"]["before"] = {"size": 7, "root": "ab" * 32}
    named = {"sequence": 3, "digest": "cd" * 32}
    value["predicate"][key] = named if key == "previous" else {**named, "reason": "a mistake"}
    if key == "replaces":
        value["predicate"]["previous"]["sequence"] = 2
    claims = sign(canonical.encode(value), [ATTEST, DIRECTOR]).document()
    true = SEEN.counted(ATTEST, DIRECTOR).envelope.document()
    assert judged({"statement": true}, {"statement": claims}, by=trust()) == "convicts"


def test_a_record_of_what_a_thief_signed_accuses_nobody() -> None:
    """Once the key is revoked, what it signed is no evidence, and the record says why it is of no more use."""
    stolen_history = replace(SEEN, entries=(b"x0", b"x1"))
    kept = look(None, stolen_history).memory
    two = trust(ONE, KEYS.next(ONE, stolen))
    true = replace(SEEN, key=SEEN.key)
    with pytest.raises(PorError) as caught:
        look(kept, true, KEYS["attest 2"], two)
    assert not isinstance(caught.value, EquivocationError) and "revoked" in caught.value.message


def test_a_new_bare_key_goes_on_with_the_record_of_the_old_one() -> None:
    """Nobody has to trust a retired key again for the sake of the record."""
    old, new = Trust.of([ATTEST.public]), Trust.of([KEYS["attest 2"].public])
    first = recall(None, SEEN.counted(ATTEST), account_id="a", trust=old, log_files=SEEN.files(ATTEST))
    later = NEXT.counted(KEYS["attest 2"])
    found = recall(first.memory, later, account_id="a", trust=new, log_files=NEXT.files(KEYS["attest 2"]))
    assert found.growth is Outcome.HOLDS
    forged = FORGED.counted(KEYS["attest 2"])
    with pytest.raises(PorError) as caught:
        recall(first.memory, forged, account_id="a", trust=new, log_files=FORGED.files(KEYS["attest 2"]))
    assert caught.value.code == "history-rewritten"


def test_smaller_units_hide_no_smaller_balance() -> None:
    """The same base units with two decimals more are a hundredth of what they were."""

    def with_decimals(decimals: int, history: History) -> Any:
        value = canonical.decode(history.payload(), where="test")
        value["predicate"]["liabilities"][0]["decimals"] = decimals
        envelope = sign(canonical.encode(value), [ATTEST, DIRECTOR])
        counted = history.counted(ATTEST, DIRECTOR)
        row = Found(asset="ETH", amount=5, decimals=decimals, indices=(0,))
        return replace(counted, envelope=envelope, statement=head(envelope.payload, where="test"), found=(row,))

    first = recall(None, with_decimals(18, SEEN), account_id="a", trust=trust(), log_files={})
    last = recall(
        first.memory,
        with_decimals(20, replace(NEXT, entries=(b"a", b"b", b"c", b"d"))),
        account_id="a",
        trust=trust(),
        log_files={},
    )
    (change,) = last.changes
    assert (str(change.then), str(change.now)) == ("0.000000000000000005", "0.00000000000000000005")


class Twin:
    """A key made for its note id."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public = from_spki(key.public_key().public_bytes(serialization.Encoding.DER, form), where="test")

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


def twins() -> tuple[Signer, Signer]:
    """Two keys of one four-byte note id: some seconds of making keys."""
    seen: dict[bytes, Ed25519PrivateKey] = {}
    while True:
        key = Ed25519PrivateKey.generate()
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        short = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + raw).digest()[:4]
        if short in seen:
            return Twin(seen[short]), Twin(key)
        seen[short] = key


@pytest.mark.parametrize("order", [("attest", "spare"), ("spare", "attest")])
def test_two_keys_of_one_note_id_hide_no_fork(order: tuple[str, str], collision: tuple[Signer, Signer]) -> None:
    keys = Keys()
    keys.made.update({"attest": collision[0], "spare": collision[1]})  # type: ignore[dict-item]
    rows = [keys.row("keeper 1", "keys"), *(keys.row(name, "preparer") for name in order)]
    chain = keys.chain(keys.file(rows, {"keys": 1, "preparer": 1}), keepers=("keeper 1",))
    given = Trust(keys=chain.keys, chain=chain)
    seen = replace(SEEN, key=collision[0].public.keyid)
    first = look(None, seen, collision[0], given)
    assert CHECKPOINT in seen.files(collision[0])
    forged = replace(seen, entries=(b"rewritten", b"e1", seen.payload()), as_of="2026-12-02T00:00:00Z")
    assert refused(first.memory, forged, collision[0], given) == "history-rewritten"
    assert judged(*heads(collision[0], collision[0]), by=given) == "convicts"
    assert judged(*heads(collision[0], collision[1]), by=given) == "evidence-proves-nothing"


@pytest.fixture(scope="module")
def collision() -> tuple[Signer, Signer]:
    return twins()
