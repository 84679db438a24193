"""A rule book of somebody else's: no coin is more than a share of all that customers are owed."""
