"""Is a holding what the state says, and is the block the last one at or before the moment of the snapshot?"""

from __future__ import annotations

from por.errors import ClaimError
from por.header import Header, show_time
from por.reserves import caip
from por.reserves.evidence.account import EMPTY_CODE, hop_key, token_key
from por.reserves.evidence.bundle import AccountClaim
from por.reserves.judging.facts import Facts
from por.reserves.report import ChainReport, Holding
from por.reserves.tables import ReserveTables, Token, Windows


def verify_holding(holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables) -> None:
    """Refuse a `proven` holding that does not follow from its evidence and the verifier's tables; ClaimError."""
    where = f"{holding.account} {holding.asset}"
    address = caip.parse_account(holding.account, where=where).address
    contract = caip.parse_asset(holding.asset, where=where).contract
    if contract is None:
        claim = proven_account(holding, chain, facts, address)
        if claim is None:
            raise _refused(f"{where}: its evidence does not prove the account", "holding-unproven")
        amount = claim.state.balance
    else:
        amount = _token_amount(holding, chain, facts, tables, contract, where)
    if amount != holding.amount:
        raise _refused(f"{where}: the state holds {amount}, the report says {holding.amount}", "holding-amount")


def proven_account(holding: Holding, chain: ChainReport, facts: Facts, address: str) -> AccountClaim | None:
    """Return the proven account at `address` from the holding's own evidence, or None."""
    for name in holding.evidence:
        claim = facts.proven.get((chain.chain, name), {}).get(address)
        if claim is not None:
            return claim
    return None


def _token_amount(
    holding: Holding, chain: ChainReport, facts: Facts, tables: ReserveTables, contract: str, where: str
) -> int:
    token = tables.token(chain.chain, contract)
    if token is None:
        raise _refused(f"{where}: called proven, but your token table does not list the contract", "token-not-in-table")
    claim = proven_account(holding, chain, facts, token.contract)
    if claim is None:
        raise _refused(f"{where}: its evidence does not prove the token's contract", "holding-unproven")
    _verify_code(holding, chain, facts, token, claim, where)
    # the key is derived here, from the holder and the verifier's slot: never taken from the evidence
    holder = caip.parse_account(holding.account, where=where).raw
    word = claim.storage.get(token_key(token, holder))
    if word is None:
        raise _refused(
            f"{where}: its evidence does not prove the word at which this token keeps the balance", "token-slot"
        )
    return token.amount(word)


def _verify_code(
    holding: Holding, chain: ChainReport, facts: Facts, token: Token, claim: AccountClaim, where: str
) -> None:
    """Refuse a token whose code, or the code behind its proxy, is not what the verifier's table says."""
    at, wanted = claim, token.code_hash
    for hop in (*token.hops, None):
        if at.state.code_hash != wanted or wanted == EMPTY_CODE:
            which = "the contract's code" if at is claim else f"the code behind it, at {at.address}"
            raise _refused(
                f"{where}: called proven, but {which} ({at.state.code_hash.hex()}) is not the one in your token table",
                "token-code",
            )
        if hop is None:
            return
        word = at.storage.get(hop_key(hop.slot))
        if word is None or word >> 160:
            raise _refused(
                f"{where}: its evidence does not prove which code the token's proxy runs", "token-implementation"
            )
        behind = proven_account(holding, chain, facts, caip.checksum(word.to_bytes(20, "big")))
        if behind is None:
            raise _refused(
                f"{where}: its evidence does not prove the code behind the token's proxy", "token-implementation"
            )
        at, wanted = behind, hop.code_hash


def verify_choice(chain: ChainReport, facts: Facts, header: Header, windows: Windows) -> int:
    """Return the seconds between the block and as_of; ClaimError unless it is the last block at or before as_of."""
    pinned, successor = facts.pinned.get(chain.chain), facts.successors.get(chain.chain)
    where = f"{chain.chain}: block {chain.block.number}"
    if pinned is None or successor is None:
        raise _refused(f"{where}: its header or its successor's is not in the evidence", "block-evidence")
    if show_time(pinned.time) != chain.block.time:
        raise _refused(f"{where}: the report gives it another time than its header", "block-time")
    if successor.parent != pinned.hash or successor.number != pinned.number + 1:
        raise _refused(f"{where}: the successor in the evidence does not stand on it", "block-successor")
    if pinned.time > header.time:
        raise _refused(f"{where} is of {show_time(pinned.time)}, after {header.as_of}", "block-late")
    if successor.time <= header.time:
        raise _refused(
            f"{where} is not the last one: its successor is of {show_time(successor.time)}, not after {header.as_of}",
            "block-early",
        )
    skew = header.time - pinned.time
    if skew > windows.skew(chain.chain)[0]:
        raise _refused(f"{where} is {skew} s before {header.as_of}, beyond the policy's bound", "block-skew")
    return skew


def _refused(message: str, code: str) -> ClaimError:
    return ClaimError(message, code=code, hint="the report says more than its evidence shows")
