"""A forger: searches for a proof that a verifier accepts although it is false, and must find none.

`python -m tests.attacks.forger --seconds 600` is the long search; test_tree_forger.py runs a short one.
"""
