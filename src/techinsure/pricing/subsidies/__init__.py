"""Premium subsidies: schemes as data, and what the state pays of a premium."""
