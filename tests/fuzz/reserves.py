"""What must hold for any bytes whatever that stand in the evidence of reserves; see targets.py for the terms.

Accepted means true here too: what an accepted proof shows is what py-trie has in the honest state, and a report whose
checks hold has the honest amounts.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from por import canonical
from por.errors import ClaimError, InputError, PorError
from por.outcomes import Outcome
from por.reserves import caip, descriptors
from por.reserves.bitcoin import bip322, transactions
from por.reserves.bitcoin.bad_signature import BadSignature
from por.reserves.challenge import parse_challenge
from por.reserves.control import ControlFile, verify_control
from por.reserves.evidence import account, headers, trie, words
from por.reserves.evidence.bundle import Bundle, verify_bundle
from por.reserves.evidence.utxo import header as utxo
from por.reserves.evidence.utxo import outputs
from por.reserves.recheck import recheck
from por.reserves.report import Report
from por.reserves.tables import Windows
from por.reserves.wallets import parse_wallets
from tests.fuzz import reserves_corpus as corpus
from tests.reserves.signing import Key, p2wpkh, sign_p2wpkh

ID = "fuzz"
WINDOWS = Windows(challenge_max_age_days=100)
OWNERS = {
    **{ControlFile.from_bytes(data, where=ID).account: data for data in corpus.controls()},
}
MESSAGE = "hello"
XPUB = "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"


def refused(error: PorError) -> bool:
    """A refusal says what to do about it."""
    assert error.code and error.hint, error
    return False


def given(data: bytes) -> tuple[bytes, list[bytes]] | None:
    """A key and a proof out of JSON that mutation has left whole."""
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found = json.loads(data)
        return bytes.fromhex(found["key"]), [bytes.fromhex(node) for node in found["proof"]]
    return None


def trie_proof(data: bytes) -> bool:
    """Any ordered proof under honest roots: refused, or what is there, and then it is the honest proof itself."""
    found = given(data)
    if found is None:
        return False
    name, proof = found
    accepted = False
    for made in (*corpus.state()[:2], corpus.nested()):
        try:
            value = trie.lookup(made.root_hash, name, proof, where=ID)
        except ClaimError as error:
            refused(error)
            continue
        assert (value or b"") == made[keccak(name)], name
        assert proof == corpus.taken(made, name)
        accepted = True
    return accepted


def trie_second(data: bytes) -> bool:
    """Any nodes at all, under the hash of the first: what is accepted is what py-trie finds in them."""
    found = given(data)
    if found is None or not found[1]:
        return False
    name, proof = found
    root = keccak(proof[0])
    try:
        value = trie.lookup(root, name, proof, where=ID)
    except ClaimError as error:
        return refused(error)
    nodes = [rlp.decode(node) for node in proof]
    assert HexaryTrie.get_from_proof(root, keccak(name), nodes) == (value or b"")
    return True


def bundle(data: bytes) -> bool:
    """Any bytes as a bundle under the honest header: what it claims is what the honest state holds."""
    pinned = headers.decode(corpus.raw_headers()[0], where=ID)
    try:
        found = Bundle.from_bytes(data, where=ID)
        assert found.to_bytes() == data
        claims = verify_bundle(found, pinned, where=ID)
    except PorError as error:
        return refused(error)
    accounts, storage, _ = corpus.state()
    for address, claim in claims.items():
        kept = accounts[keccak(bytes.fromhex(address[2:]))]
        assert claim.state == account.decode_account(kept or None, where=ID), address
        for name, word in claim.storage.items():
            held = storage[keccak(name)] if claim.state.storage_hash == storage.root_hash else b""
            assert word == account.decode_word(held or None, where=ID), name
    return True


def rlp_list(data: bytes) -> bool:
    """Any bytes as RLP: our reader and pyrlp agree on what is canonical and on what it says."""
    try:
        theirs = rlp.decode(data)
    except (rlp.DecodingError, RecursionError, IndexError):
        theirs = b""
    try:
        ours = words.decode_list(data, limit=1 << 20, where=ID)
    except ClaimError as error:
        assert not isinstance(theirs, list) or depth(theirs) > 15
        return refused(error)
    assert ours == theirs
    return True


def depth(value: Any) -> int:
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def header(data: bytes) -> bool:
    """Any bytes as a header of either family: what is accepted is whole."""
    accepted = False
    for decode in (
        lambda: headers.decode(data, where=ID),
        *(lambda chain=chain: utxo.decode(chain, data, where=ID) for chain in (corpus.LITE, "bip122:" + "0" * 32)[:1]),
        lambda: outputs.link(corpus.LITE, data, where=ID)[-1],
    ):
        try:
            found = decode()
        except PorError as error:
            refused(error)
            continue
        assert data.endswith(found.raw) and len(found.hash) == 32
        accepted = True
    return accepted


def control(data: bytes) -> bool:
    """Any bytes as a control file: what is accepted is a text that its account signed."""
    try:
        found = ControlFile.from_bytes(data, where=ID)
        assert found.to_bytes() == data
        verify_control(found, account=found.account, header=corpus.HEADER, windows=WINDOWS, where=ID)
    except PorError as error:
        return refused(error)
    honest = ControlFile.from_bytes(OWNERS[found.account], where=ID)
    assert found.message == honest.message
    return True


def report(data: bytes) -> bool:
    """Any bytes as reserves.json over honest evidence: checks that hold show honest amounts."""
    try:
        found = Report.from_bytes(data, where=ID)
    except PorError as error:
        return refused(error)
    assert found.to_bytes() == data
    return judged(found, corpus.evidence())


def evidence(data: bytes) -> bool:
    """Any bytes in the place of a file of the evidence, under their own digest."""
    text, files = corpus.report(), dict(corpus.evidence())
    old = next((name for name, kept in files.items() if kept[:40] == data[:40]), None)
    if old is None:
        return False
    new = canonical.digest(data)
    files[new] = data
    return judged(Report.from_bytes(text.replace(old.encode(), new.encode()), where=ID), files)


def judged(found: Report, files: dict[str, bytes]) -> bool:
    checks = recheck(report=found, evidence=files, header=corpus.HEADER, tables=corpus.tables(), windows=WINDOWS)
    assert len(checks) == 9
    outcomes = {check.id: check.outcome for check in checks}
    needed = ("evidence", "control", "block-choice", "holdings-once")
    # a part left out is no fault of the rest: of nothing, nothing is claimed
    if any(outcomes[name] is Outcome.DOES_NOT_HOLD for name in needed):
        return False
    for chain in found.chains:
        for row in chain.holdings:
            if row.basis.value == "proven":
                assert honest_amounts()[row.account, row.asset.partition("/slip44")[0]] == row.amount, row
    return True


@cache
def honest_amounts() -> dict[tuple[str, str], int]:
    rows = [row for chain in Report.from_bytes(corpus.report()).chains for row in chain.holdings]
    return {(row.account, row.asset.partition("/slip44")[0]): row.amount for row in rows}


def output_bundle(data: bytes) -> bool:
    """Any bytes as evidence of outputs: read to the same bytes; what is proven is in honest blocks."""
    try:
        found = outputs.OutputBundle.from_bytes(data, where=ID)
        assert found.to_bytes() == data
        _, shown = outputs.verify_bundle(found, where=ID)
    except PorError as error:
        return refused(error)
    assert all((row.value, row.script) == (500, p2wpkh(Key.of(501).public)) for row in shown)
    return True


def transaction(data: bytes) -> bool:
    """Any bytes as a raw transaction: it encodes to the same bytes, and stripping does not change its name."""
    try:
        found = transactions.parse(data, where=ID)
    except InputError as error:
        return refused(error)
    assert found.to_bytes() == data
    assert transactions.parse(found.stripped(), where=ID).txid == found.txid
    return True


def signature(data: bytes) -> bool:
    """Any text as a BIP-322 signature: what is accepted was signed by the address's key."""
    try:
        found = bip322.verify(data.decode("ascii", "replace"), message=MESSAGE, script=p2wpkh(Key.of(501).public))
    except BadSignature:
        return False
    assert found.keys == {Key.of(501).public}
    return True


def texts(data: bytes) -> bool:
    """Any text as a descriptor, an account, a challenge or wallets.csv: refused, or it reads back to itself."""
    text = data.decode("utf-8", "replace")
    accepted = False
    for read in (
        lambda: descriptors.parse(text, where=ID) and None,
        lambda: str(caip.parse_account(text, where=ID)),
        lambda: parse_challenge(text, where=ID).text(),
        lambda: parse_wallets(text) and None,
    ):
        try:
            found = read()
        except PorError as error:
            refused(error)
            continue
        assert found in (None, text)
        accepted = True
    return accepted


def raw_transactions() -> list[bytes]:
    made = [corpus.craft.coinbase(300), corpus.craft.payment(corpus.craft.Output(value=5, script=b"\x51" * 25))]
    made.append(bip322.to_sign(MESSAGE, p2wpkh(Key.of(501).public), witness=(b"\1" * 71, b"\2" * 33)))
    return [row.to_bytes() for row in made]


def written() -> list[bytes]:
    rows = (
        "account,assets,purpose,storage,scheme,custodian,label\n"
        + f"{corpus.control().account},ETH,own,hot,eip191,,a\n"
    )
    known = [f"{corpus.LITE}:wpkh({XPUB}/0/*)", f"{corpus.LITE}:{XPUB}", corpus.lite_account(), rows]
    return [text.encode() for text in (*known, corpus.control().account, corpus.control().message)]


def signatures() -> list[bytes]:
    text = sign_p2wpkh(Key.of(501), MESSAGE)
    bare = text.removeprefix("smp")
    return [text.encode(), b"smp" + bare.encode(), b"ful" + bare.encode(), b"pof" + bare.encode(), bare.encode()]


TARGETS: dict[str, tuple[Callable[[bytes], bool], Callable[[], list[bytes]]]] = {
    "trie-proof": (trie_proof, corpus.proofs),
    "trie-second": (trie_second, corpus.proofs),
    "rlp": (rlp_list, lambda: [*corpus.raw_headers(), *corpus.state()[2].values()]),
    "bundle": (bundle, lambda: [corpus.bundle().to_bytes()]),
    "header": (header, lambda: [*corpus.raw_headers(), corpus.outputs()[0], corpus.outputs()[0][80:]]),
    "control": (control, corpus.controls),
    "reserves": (report, lambda: [corpus.report()]),
    "evidence": (evidence, lambda: list(corpus.evidence().values())),
    "outputs": (output_bundle, lambda: list(corpus.outputs()[1:])),
    "transaction": (transaction, raw_transactions),
    "bip322": (signature, signatures),
    "names": (texts, written),
}
"""As in targets.py."""
