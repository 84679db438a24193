"""The judgements of recheck, one question a file: what the evidence holds, the state, control, canonical blocks."""
