"""Evidence of balances that is checked without a node: headers, Merkle-Patricia proofs, bundles of both."""
