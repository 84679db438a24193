"""Small EVM contracts, written as machine code: tokens of any storage layout, and proxies. Set with anvil_setCode."""

from __future__ import annotations

from fixtures.chain import LocalChain
from por.reserves.tables import FULL_WORD, KeyOrder

_KEYS = {
    # holder to memory 0, slot to 32: keccak of both
    "key-slot": "600435 5f52 7f{slot} 602052 6040 5f 20",
    "slot-key": "7f{slot} 5f52 600435 602052 6040 5f 20",
    # slot to memory 12, then the holder over its upper part: keccak of 20 + 12 bytes
    "packed": "7f{slot} 600c52 600435 5f52 6020 600c 20",
}


def token(*, slot: int, order: KeyOrder = "key-slot", member: int = 0, shift: int = 0, mask: int = FULL_WORD) -> bytes:
    """Return code whose every call answers with a balance as balanceOf(address) would."""
    key = _KEYS[order].format(slot=f"{slot:064x}")
    return bytes.fromhex(f"{key} 7f{member:064x} 01 54 60{shift:02x} 1c 7f{mask:064x} 16 5f52 6020 5f f3")


def proxy(slot: int) -> bytes:
    """Return code that passes every call on to the code at the address which stands at `slot`."""
    return bytes.fromhex(f"36 5f 5f 37 5f 5f 36 5f 7f{slot:064x} 54 5a f4 3d 5f 5f 3e 3d 5f f3")


def beacon_proxy(slot: int) -> bytes:
    """Return code that asks the beacon at `slot` for the code to run (in 32 bytes), and passes the call on to it."""
    asked = f"6020 5f 5f 5f 7f{slot:064x} 54 5a fa 50"
    return bytes.fromhex(f"{asked} 36 5f 6020 37 5f 5f 36 6020 5f51 5a f4 3d 5f 5f 3e 3d 5f f3")


def beacon(slot: int) -> bytes:
    """Return code that answers every call with the word at `slot`."""
    return bytes.fromhex(f"7f{slot:064x} 54 5f52 6020 5f f3")


def place(chain: LocalChain, address: str, code: bytes) -> str:
    """Put code at an address (EIP-55) and return the address."""
    chain.call("anvil_setCode", address, "0x" + code.hex())
    return address


def store(chain: LocalChain, address: str, key: bytes, word: int) -> None:
    """Set one word of an account's storage."""
    chain.call("anvil_setStorageAt", address, "0x" + key.hex(), f"0x{word:064x}")
