"""Failures of members and reinsurers, and who pays when one cannot."""
