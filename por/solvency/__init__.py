"""The rule book: liabilities and assets in, a verdict with its steps and legal references out."""
