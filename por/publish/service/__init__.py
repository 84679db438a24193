"""Hands signed-in customers their proof over HTTP (docs/proofs-service.md)."""
