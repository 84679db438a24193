"""Transactions of the Bitcoin family and what makes one valid: as much as signed messages and evidence need."""
