"""Capital: what the tail costs, and whose it is."""
