"""Readers of chains, one family a file; the only room that opens sockets to nodes."""
