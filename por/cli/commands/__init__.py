"""The commands, one file for each group of words that people type."""
