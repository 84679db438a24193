"""The steps of a run with their inputs, outputs and digests; knows no cryptography."""
