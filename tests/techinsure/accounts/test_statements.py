from dataclasses import replace

import pytest

from techinsure.accounts.quarterly import quarterly_accounts
from techinsure.accounts.statements import statement
from techinsure.errors import InvalidParameter, NotFound
from tests.techinsure.accounts.account_cases import EMPTY, a_claim, a_premium

BOOK = EMPTY.book(a_premium(100000), a_claim(10000)).reverse("C", "C/R", "2026-06-30")


def test_a_statement_runs_from_opening_to_closing():
    own = statement(BOOK, "B", "2026Q2")
    assert (own.opening_minor, own.closing_minor) == (29100, 29100)
    assert [
        (line.reference, line.account, line.counterparty, line.amount_minor, line.balance_minor)
        for line in own.lines
    ] == [("C", "claim_share", "A", -3000, 26100), ("C/R", "claim_share", "A", 3000, 29100)]
    first = own.lines[0]
    assert (first.booked, first.value_date, first.due) == ("2026-04-01", "2026-04-01", "2026-08-14")
    assert own.lines[1].text == "reversal of C"


def test_the_account_comes_out_of_the_statement_alone():
    for quarter in ("2026Q1", "2026Q2", "2026Q3"):
        for account in quarterly_accounts(BOOK, quarter).accounts:
            assert statement(BOOK, account.party, quarter).account() == account


def test_a_statement_that_was_changed_cannot_be_made():
    own = statement(BOOK, "B", "2026Q2")
    with pytest.raises(InvalidParameter, match=r"lines\[1\].balance_minor must be the balance"):
        replace(own, lines=(own.lines[0], replace(own.lines[1], amount_minor=2999)))
    with pytest.raises(InvalidParameter, match=r"lines\[0\].balance_minor"):
        replace(own, lines=own.lines[1:])


def test_a_quarter_without_postings():
    quiet = statement(BOOK, "B", "2026Q3")
    assert (quiet.lines, quiet.closing_minor) == ((), 29100)
    with pytest.raises(NotFound, match="party 'Z' is not known"):
        statement(BOOK, "Z", "2026Q2")
