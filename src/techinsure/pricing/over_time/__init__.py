"""Premiums over time: patterns of risk, terms of several years, changes and renewal."""
