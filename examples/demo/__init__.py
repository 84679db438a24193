"""The demonstration: a seeded exchange, a real local chain, two statements, three people who check them."""
