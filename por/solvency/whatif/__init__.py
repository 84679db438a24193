"""What if: the values that a verdict is made of, changed by a scenario, before the same rules."""
