"""Evidence of the Bitcoin family: headers with their work, transactions, their place in a block, and outputs."""
