"""The year loss table and the numbers that describe it."""
