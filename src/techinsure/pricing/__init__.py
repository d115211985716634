"""From losses and capital to a premium."""
