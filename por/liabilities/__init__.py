"""What is owed: a ledger becomes one sum tree per asset, a store, a manifest and inclusion proofs."""
