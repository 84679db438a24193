"""What is held: wallets, control over them, balances at one pinned block, and evidence that anyone can re-check."""
