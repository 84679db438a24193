"""Schemes by which an address shows who controls it, one a file."""
