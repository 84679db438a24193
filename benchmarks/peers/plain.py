"""Trees of others, in this process: `python plain.py NAME LEAVES` prints {"leaves", "seconds"}.

`hashlib` is the straightforward build of the very same tree in Python: HMAC, leaves, sort, nodes with sums. `pymerkle`
only hashes and appends; it neither salts, sums, sorts nor stores.
"""

import hashlib
import hmac
import json
import sys
import time


def build_with_hashlib(count: int) -> None:
    key, sha256 = bytes(32), hashlib.sha256
    leaves = []
    for number in range(count):
        account_id, amount = b"user%08d@example.jp" % number, number.to_bytes(16, "big")
        prf = hmac.digest(key, b"\x00\x00\x00\x00" + account_id, "sha256")
        leaves.append((prf[16:], sha256(b"\x00" + prf[:16] + amount + account_id).digest(), number))
    leaves.sort()
    level = [(digest, total) for _, digest, total in leaves]
    while len(level) > 1:
        above = []
        for (left, left_sum), (right, right_sum) in zip(level[::2], level[1::2], strict=False):
            message = b"\x01" + left + left_sum.to_bytes(16, "big") + right + right_sum.to_bytes(16, "big")
            above.append((sha256(message).digest(), left_sum + right_sum))
        level = above + level[len(level) & ~1 :]


def build_with_pymerkle(count: int) -> None:
    from pymerkle import InmemoryTree

    tree = InmemoryTree(algorithm="sha256")
    for number in range(count):
        tree.append_entry(b"user%08d@example.jp" % number)
    tree.get_root()


if __name__ == "__main__":
    build, leaves = {"hashlib": build_with_hashlib, "pymerkle": build_with_pymerkle}[sys.argv[1]], int(sys.argv[2])
    start = time.perf_counter()
    build(leaves)
    print(json.dumps({"leaves": leaves, "seconds": time.perf_counter() - start}))
