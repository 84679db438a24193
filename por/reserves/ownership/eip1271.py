"""EIP-1271: a contract wallet says whether it accepts a signature over the EIP-191 hash of the text.

A contract may approve anything it likes, so this rests on a node's word, and its code hash is shown with the result.
"""

from __future__ import annotations

from por.errors import ClaimError
from por.reserves import caip
from por.reserves.ownership import ContractCall
from por.reserves.ownership.eip191 import text_hash

MAGIC = bytes.fromhex("1626ba7e")
"""bytes4(keccak("isValidSignature(bytes32,bytes)")), both the selector and the answer that means yes."""


class Eip1271:
    """Signatures of any bytes, judged by the contract at the pinned block."""

    name = "eip1271"
    namespaces = (caip.EVM,)
    needs_node = True
    dated = True
    text = False
    scripted = False

    def check_account(self, account: caip.Account, *, where: str) -> None:
        """Every account of the chain may have code, so nothing is refused here."""

    def check_shape(self, signature: bytes, *, where: str) -> None:
        """Contracts take any bytes (none at all for a hash approved on chain), so nothing is refused here."""

    def verify(
        self,
        *,
        account: caip.Account,
        message: str,
        signature: bytes,
        script: bytes | None = None,
        contract: ContractCall | None = None,
        where: str,
    ) -> None:
        """Ask the contract; ClaimError when its answer is not the magic value."""
        assert contract is not None, "whoever has no node checks the shape only"
        answer = contract(account.raw, call_data(text_hash(message), signature))
        if answer != MAGIC.ljust(32, b"\0"):
            said = "has no code or gave no answer" if not answer else f"answered 0x{answer[:8].hex()}"
            raise ClaimError(
                f"{where}: the contract {account.address} does not accept the signature: it {said}",
                code="contract-refuses",
                hint="the wallet's owners sign the challenge's text as it is (EIP-191), at or before the block",
            )


def call_data(digest: bytes, signature: bytes) -> bytes:
    """Encode isValidSignature(bytes32, bytes) (Solidity ABI)."""
    padded = signature.ljust(-(-len(signature) // 32) * 32, b"\0")
    return MAGIC + digest + (64).to_bytes(32, "big") + len(signature).to_bytes(32, "big") + padded
