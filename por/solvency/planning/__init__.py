"""What a formula of the liability reserve would have asked for, year by year, and what it would have paid for."""
