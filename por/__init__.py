"""Proof of reserves: a ledger becomes a tree, wallets become proven balances, a rule book judges both."""

__version__ = "0.1.0"
