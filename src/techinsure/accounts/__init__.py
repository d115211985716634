"""Accounts: bookings, cash, quarters, statements and what members are sent, to the fen."""
