"""What is signed and how it is kept: statement, envelope, keys, log, publication."""
