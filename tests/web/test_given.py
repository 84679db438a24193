"""What a person gives: all files at once, key files with roles, another statement, and things of no use."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fixtures import exchange
from por import canonical
from por.audit.customer import check_proof
from por.audit.equivocation import EquivocationError
from por.publish.verifier import verifier_page
from tests.attestation.keyworld import small as first_version
from tests.web.differential.small import Case, Small, later, statement

ROLES = ("attest", "director", "accountant p256")


@pytest.fixture
def case(small) -> Case:
    carried = canonical.encode(small.carried(statement(), *ROLES))
    beside = canonical.encode(small.sign(statement(), "attest"))
    return Case(carried, exchange.ALICE, small.chain(), beside)


def test_everything_at_once(case, opening, address):
    opened = opening(address)
    opened.give(replace(case, statement=canonical.encode(Small().sign({}, "x"))))
    assert "not signed by the key" in opened.answer  # the statement beside the proof is checked as well
    opened.give(replace(case, statement=canonical.encode(json.loads(case.proof)["attestation"]["envelope"])))
    text = opened.answer
    assert "You were counted" in text
    assert "The statement that you got elsewhere is the same one." in text
    assert "Signed by attest, key" in text and "in your key file as preparer" in text
    assert "in your key file as management" in text
    assert "A signature by accountant p256 does not count: the key was revoked at 2026-11-01T00:00:00Z (lost)." in text
    assert opened.faults == []


def test_files_are_dropped_anywhere_and_taken_back(case, opening, address):
    opened = opening(address)
    opened.page.evaluate(
        """files => {
          const carried = new DataTransfer();
          for (const [name, text] of files) carried.items.add(new File([text], name));
          const how = { dataTransfer: carried, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("drop", how));
        }""",
        [["my proof", case.proof.decode()], *([name, data.decode()] for name, data in case.keys)],
    )
    opened.page.wait_for_selector("#given li:nth-child(3)")
    assert opened.page.locator("#given li").all_inner_texts()[1].startswith("1.keys.json: a version of a key file")
    opened.page.fill("#account", case.account)
    opened.check()
    assert "You were counted" in opened.answer
    opened.page.get_by_label("Remove 1.keys.json").click()
    opened.page.get_by_label("Remove my proof").click()
    assert opened.page.locator("#given li").count() == 1
    opened.check()
    assert opened.answer == "Choose or paste the proof first."


def test_key_files_that_do_not_hold_are_told_apart(case, small, opening, address):
    first, second = case.keys
    third = small.keys.next(small.keys.next(first_version(small.keys)), version=3)
    opened = opening(address)
    opened.give(replace(case, keys=(first, small.version(third, "keeper 1", "keeper 2"))))
    assert "A version of the key file is missing in between" in opened.answer
    opened = opening(address)
    lone = small.version(first_version(small.keys), "keeper 1")
    opened.give(replace(case, keys=(lone,)))
    assert "A key file lacks signatures that it needs" in opened.answer
    opened = opening(address)
    carried = canonical.encode(small.carried(statement(), "attest"))
    opened.give(replace(case, proof=carried, keys=(first, second)))
    assert "lacks a signature that your key file asks for" in opened.answer
    assert "This proof does not hold" in opened.answer
    opened = opening(address)
    opened.give(replace(case, keys=(first, small.line("attest"))))
    assert "Keys and key files do not go together" in opened.answer


def test_files_of_no_use_are_told_at_once(opening, address):
    opened = opening(address)
    names = [("keys.toml", b'format = "por-keys/1"\n'), ("publication.zip", b"PK\3\4")]
    opened.page.set_input_files("#file", [{"name": name, "mimeType": "", "buffer": data} for name, data in names])
    opened.page.wait_for_selector("#given li:nth-child(2)")
    toml, archive = opened.page.locator("#given li").all_inner_texts()
    assert "nobody signed" in toml and "unpack it" in archive
    assert opened.page.locator("#given button").count() == 0


def test_several_keys_in_the_field(small, opening, address):
    both = canonical.encode(small.carried(statement(), "attest", "p256"))
    opened = opening(address)
    lines = [small.line(name)[1].decode() for name in ("attest", "p256")]
    opened.fill(both, exchange.ALICE, f"  {lines[0]}\r\n\n{lines[1]} \n")
    assert opened.answer.count("Signed by example.jp/reserves") == 2
    pems = [small.keys[name].public.pem.decode() for name in ("attest", "p256")]
    opened.fill(both, exchange.ALICE, "".join(pems))
    assert opened.answer.count("which you brought") == 2


def test_a_contradiction_is_kept_as_evidence(case, small, opening, address):
    other = canonical.encode(small.sign(statement(limitations=["another"]), *ROLES))
    opened = opening(address)
    opened.give(replace(case, statement=other))
    assert "two different statements" in opened.answer
    with opened.page.expect_download() as waiting:
        opened.page.get_by_role("link", name="Save the evidence").click()
    found = waiting.value.path().read_bytes()
    keys = [small.keys[name].public for name in ROLES]
    with pytest.raises(EquivocationError) as caught:
        check_proof(case.proof, keys=keys, account_id=case.account, statement=other)
    assert found == caught.value.evidence
    assert opened.faults == []


def test_a_statement_of_another_day_is_no_fraud(case, small, opening, address):
    header = {**exchange.HEADER, "sequence": 9}
    day = exchange.reference.snapshot_id(header).hex()
    other = later(snapshot=header, snapshot_id=day, limitations=[])
    other["predicate"]["log"] = {**other["predicate"]["log"], "index": 2, "before": {"root": "55" * 32, "size": 2}}
    opened = opening(address)
    opened.give(replace(case, statement=canonical.encode(small.sign(other, *ROLES))))
    assert "another statement than the one that you gave" in opened.answer
    assert opened.page.locator("#result a").count() == 0


def test_a_page_with_a_key_file_follows_it_to_newer_versions(case, small, opening, tmp_path):
    first, second = case.keys
    path = tmp_path / "verify.html"
    path.write_bytes(verifier_page(key_files=[first[1]], issuer="Example </script>"))
    opened = opening(path)
    assert "key file of Example </script>, version 1." in opened.page.inner_text("#shipped")
    opened.give(replace(case, keys=(), statement=None))
    assert "in your key file as accountant" in opened.answer
    opened.give(replace(case, keys=(second,), statement=None))
    assert "accountant p256 does not count" in opened.answer
    forked = small.keys.next(first_version(small.keys), issuer="Another")
    opened.give(
        replace(case, keys=(second, ("x.json", small.version(forked, "keeper 1", "keeper 2")[1])), statement=None)
    )
    assert "two different key files of one version" in opened.answer
    assert opened.faults == []


def test_a_key_of_ones_own_instead_of_the_shipped_one(case, small, opening, tmp_path):
    path = tmp_path / "verify.html"
    stranger = Small().line("attest")[1].decode()
    path.write_bytes(verifier_page(key=stranger, issuer="Somebody"))
    opened = opening(path)
    assert not opened.page.is_visible("#key")
    opened.fill(case.proof, case.account, None)
    assert "not signed by the key that you gave" in opened.answer
    opened.page.get_by_text("Use a key that you got elsewhere instead").click()
    opened.fill(case.proof, case.account, small.line("attest")[1].decode())
    assert "You were counted" in opened.answer
