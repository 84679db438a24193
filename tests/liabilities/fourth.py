"""A verifier as a stranger would write it: from fixtures/README.md alone, the numbers are that page's steps.

It imports nothing of the project, and is slower and plainer than the others.
"""

# SPDX-License-Identifier: Apache-2.0

import hashlib
import json
import re

TOP = 2**128


class Refused(Exception):
    """Its first argument is the code."""


def verify(statement: bytes, proof: bytes, account_id: str) -> dict[str, int] | str:
    """The amounts found, or the code of the first failure."""
    try:
        return check(statement, proof, account_id)
    except Refused as refused:
        return str(refused.args[0])


def check(statement_bytes: bytes, proof_bytes: bytes, account_id: str) -> dict[str, int]:
    statement = read(statement_bytes)  # 1
    form(statement, {"snapshot_id": str, "assets": list}, "statement-malformed")
    row_keys = {
        "asset": str,
        "total": str,
        "root": str,
        "split_above": str,
        "decimals": int,
        "count": int,
        "pieces": int,
    }
    for row in statement["assets"]:
        form(row, {**row_keys, "excluded": dict}, "statement-malformed")
        form(row["excluded"], {"rows": int, "amount": str}, "statement-malformed")
    snapshot_id = from_hex(statement["snapshot_id"], 32)  # 2
    rows = {}
    for row in statement["assets"]:  # 3
        need(re.fullmatch(r"[A-Z0-9][A-Z0-9.-]{0,31}(:[a-z-]{1,24})?", row["asset"]), "asset-malformed")
        ranges = ((row["decimals"], 0, 77), (row["count"], 0, 2**53 - 1), (row["pieces"], 1, 256))
        for value, least, most in (*ranges, (row["excluded"]["rows"], 0, 2**53 - 1)):
            need(least <= value <= most, "statement-malformed")
        row["total"], row["split_above"] = units(row["total"]), units(row["split_above"])
        units(row["excluded"]["amount"])
        row["root"] = from_hex(row["root"], 32)
        need(row["pieces"] > 1 or row["split_above"] == 0, "statement-malformed")
    for row in statement["assets"]:  # 4
        need(row["asset"] not in rows, "statement-asset-repeated")
        need(not rows or row["asset"] > list(rows)[-1], "statement-asset-order")
        rows[row["asset"]] = row

    proof = read(proof_bytes)  # 5
    need(re.fullmatch(r"[\x21-\x7e]{1,255}", account_id), "account-id-malformed")  # 6
    check_form(proof)  # 7
    need(check_values(proof) == snapshot_id, "snapshot-mismatch")  # 8, 9
    seen: list[str] = []
    for entry in proof["entries"]:  # 10
        need(entry["asset"] not in seen, "asset-repeated")
        need(not seen or entry["asset"] > seen[-1], "asset-order")
        need(entry["asset"] in rows, "asset-unknown")
        seen.append(entry["asset"])
    for entry in proof["entries"]:  # 11
        check_shape(entry["pieces"], rows[entry["asset"]])
    for entry in proof["entries"]:  # 12
        for piece in entry["pieces"]:
            climb(piece, rows[entry["asset"]], account_id.encode())
    return {entry["asset"]: sum(piece["amount"] for piece in entry["pieces"]) for entry in proof["entries"]}


def check_form(proof):
    need(isinstance(proof, dict) and type(proof.get("format")) is str, "proof-malformed")
    need(proof["format"] == "por-proof/1", "proof-format")
    top = {"format": str, "snapshot_id": str, "entries": list}
    form(proof, {**top, "attestation": dict} if "attestation" in proof else top, "proof-malformed")
    for entry in proof["entries"]:
        form(entry, {"asset": str, "pieces": list}, "proof-malformed")
        for piece in entry["pieces"]:
            form(piece, {"amount": str, "nonce": str, "index": int, "path": list}, "proof-malformed")
            for step in piece["path"]:
                form(step, {"hash": str, "sum": str}, "proof-malformed")
    if "attestation" in proof:
        extra = {"envelope": dict} if "envelope" in proof["attestation"] else {}
        form(proof["attestation"], {"digest": str, **extra}, "proof-malformed")


def check_values(proof):
    """Replace texts by numbers and bytes; return the snapshot id."""
    snapshot_id = from_hex(proof["snapshot_id"], 32)
    if "attestation" in proof:
        from_hex(proof["attestation"]["digest"], 32)
    for entry in proof["entries"]:
        for piece in entry["pieces"]:
            piece["amount"] = units(piece["amount"])
            piece["nonce"] = from_hex(piece["nonce"], 16)
            for step in piece["path"]:
                step["hash"] = from_hex(step["hash"], 32)
                step["sum"] = units(step["sum"])
    return snapshot_id


def check_shape(pieces, row):
    for piece in pieces:
        need(0 <= piece["index"] < row["count"], "index-out-of-range")
        need(len(piece["path"]) == len(sides(piece["index"], row["count"])), "path-length")
    indices = [piece["index"] for piece in pieces]
    need(len(set(indices)) == len(indices), "index-repeated")
    balance = sum(piece["amount"] for piece in pieces)
    need(balance < TOP, "sum-overflow")
    need(len(pieces) == (row["pieces"] if balance > row["split_above"] else 1), "pieces-count")


def climb(piece, row, account_id):
    total = piece["amount"]
    digest = sha256(b"\x00" + piece["nonce"] + u128(total) + account_id)
    for side, step in zip(sides(piece["index"], row["count"]), piece["path"], strict=True):
        here, there = digest + u128(total), step["hash"] + u128(step["sum"])
        digest = sha256(b"\x01" + (there + here if side == "left" else here + there))
        total += step["sum"]
        need(total < TOP, "sum-overflow")
    need(digest == row["root"], "root-mismatch")
    need(total == row["total"], "total-mismatch")


def sides(index, count):
    found, last = [], count - 1
    while last > 0:
        if index % 2:
            found.append("left")
        elif index < last:
            found.append("right")
        index, last = index // 2, last // 2
    return found


# --- JSON, hex, amounts ------------------------------------------------------------------------------------------


def read(data):
    def pairs(items):
        need(len(dict(items)) == len(items), "json-malformed")
        return dict(items)

    def integer(text):
        need(len(text) < 20 and abs(int(text)) < 2**53, "json-malformed")
        return int(text)

    def refuse(text):
        raise Refused("json-malformed")

    need(depth(data) <= 32, "json-malformed")
    hooks = {"object_pairs_hook": pairs, "parse_int": integer, "parse_float": refuse, "parse_constant": refuse}
    try:
        value = json.loads(data.decode("utf-8"), **hooks)
    except ValueError:
        raise Refused("json-malformed") from None
    try:
        again = canonical(value).encode("utf-8")
    except UnicodeEncodeError:
        again = b""
    need(again == data, "json-not-canonical")
    return value


def depth(data):
    deepest = now = 0
    for token in re.findall(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', data, re.S):
        now += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(token[:1], 0)
        deepest = max(deepest, now)
    return deepest


def canonical(value):
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def form(value, kinds, code):
    need(isinstance(value, dict) and value.keys() == kinds.keys(), code)
    for key, kind in kinds.items():
        need(type(value[key]) is kind, code)


def from_hex(text, length):
    need(re.fullmatch(r"[0-9a-f]*", text) and len(text) == 2 * length, "hex-malformed")
    return bytes.fromhex(text)


def units(text):
    need(re.fullmatch(r"0|[1-9][0-9]{0,38}", text), "amount-not-canonical")
    need(int(text) < TOP, "amount-too-large")
    return int(text)


def u128(number):
    return number.to_bytes(16, "big")


def sha256(data):
    return hashlib.sha256(data).digest()


def need(held, code):
    if not held:
        raise Refused(code)
