"""Tokens of odd storage layouts on a chain of their own, for `por reserves slot`."""

from __future__ import annotations

from dataclasses import replace

from fixtures.chain import CHAIN, LocalChain, address_of, key
from por.reserves.evidence.account import erc7201_slot, token_key
from por.reserves.tables import Token
from tests.cli.stage import Stage, preparation
from tests.evm import AS_OF
from tests.reserves import evm_code as code

HOLDERS = tuple(address_of(key(f"slot holder {n}")) for n in range(2))
HALVED = "80 605a 1c 15 15 1c"
"""Machine code that halves what is 2^90 or more."""


@preparation("layout")
def layout(stage: Stage, kind: str) -> None:
    """`setup layout plain|equal|far|twice|reckoned`: $TOKEN (CAIP-19) at $AT, with $RICH and $POOR as its holders."""
    chain = stage.stack.enter_context(LocalChain(start=AS_OF - 9000))
    contract = address_of(key(f"{kind} token"))
    row = Token(chain=CHAIN, contract=contract, code_hash=bytes(32), slot=erc7201_slot("nobody.knows"))
    row = row if kind == "far" else replace(row, slot=3)
    made = code.token(slot=row.slot)
    if kind == "reckoned":
        made = made[:-6] + bytes.fromhex(HALVED) + made[-6:]
    code.place(chain, contract, made)
    for slot in (row.slot, 8) if kind == "twice" else (row.slot,):
        for n, holder in enumerate(HOLDERS):
            amount = 70 if kind == "equal" else 70 - n
            code.store(chain, contract, token_key(replace(row, slot=slot), bytes.fromhex(holder[2:])), amount)
    chain.mine(at=AS_OF - 8000, blocks=4)
    rich, poor = HOLDERS
    stage.variables |= {"TOKEN": f"{CHAIN}/erc20:{contract}", "AT": f"{CHAIN}={chain.url}", "RICH": rich, "POOR": poor}
