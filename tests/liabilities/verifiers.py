"""The two verifiers behind one signature, as a customer's program and another language call them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from por import canonical
from por.errors import InputError, PorError
from por.liabilities import manifest
from por.liabilities.verify import verify_proof

Verifier = Callable[[bytes, bytes, str], dict[str, int] | str]


def python(proof: bytes, statement: bytes, account_id: str) -> dict[str, int] | str:
    """What was found, or the code of the failure."""
    try:
        snapshot_id, roots = decode_statement(statement)
        found = verify_proof(
            canonical.decode(proof, where="proof"), snapshot_id=snapshot_id, roots=roots, account_id=account_id
        )
    except PorError as error:
        assert error.hint and error.message[0].islower(), error.message
        return error.code
    return {entry.asset: entry.amount for entry in found}


def rust(proof: bytes, statement: bytes, account_id: str) -> dict[str, int] | str:
    import por_kernel

    try:
        return dict(por_kernel.verify(proof, statement, account_id))
    except por_kernel.KernelError as error:
        return str(error.code)


@lru_cache(maxsize=8)
def decode_statement(data: bytes) -> tuple[bytes, Mapping[str, Any]]:
    """Kept, since searches ask about thousands of proofs of one statement; a malformed one is read again each time."""
    return read_statement(canonical.decode(data, where="statement"))


def read_statement(signed: Any) -> tuple[bytes, Mapping[str, Any]]:
    """A vector's statement is an envelope of our own around the manifest's rows: keys and types, its id, the rows."""
    if (
        not isinstance(signed, dict)
        or signed.keys() != {"snapshot_id", "assets"}
        or not isinstance(signed["snapshot_id"], str)
        or not isinstance(signed["assets"], list)
    ):
        raise InputError("statement: not an object of two keys", code="statement-malformed", hint="fetch it again")
    for row in signed["assets"]:
        manifest._object(row, manifest._ROW, where="assets")
        manifest._object(row["excluded"], manifest._EXCLUDED, where="assets")
    snapshot_id = canonical.parse_hex(signed["snapshot_id"], 32, where="snapshot_id")
    rows = manifest.parse_assets(signed["assets"], where="assets")
    return snapshot_id, {row.asset: row.root_view() for row in rows}


VERIFIERS: list[Verifier] = [python, rust]


def text_of(vector: Mapping[str, Any], key: str) -> bytes:
    """The bytes of a vector's `proof` or `statement`."""
    if f"{key}_text" in vector:
        return str(vector[f"{key}_text"]).encode("utf-8", "surrogatepass")
    return canonical.encode(vector[key])
