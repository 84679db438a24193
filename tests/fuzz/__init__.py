"""Fuzzing of the Python parsers: `python -m tests.fuzz TARGET --seconds N`; a short run is in the test command."""
