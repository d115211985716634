import pytest

from techinsure.accounts.cash_calls import call
from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import pay
from techinsure.errors import Refused
from tests.techinsure.accounts.account_cases import EMPTY, TERMS, a_claim, day, listed, posted_to

CLAIM = EMPTY.book(a_claim(1_000_001))


def called(book=CLAIM, on="2026-04-02", reference="K"):
    return call(book, "C", reference, TERMS, day(on))


def test_a_call_moves_the_due_day_and_no_balance():
    """1,000,001 at 50/30/20: 300,000.3 and 200,000.2, the fen to the lead's half."""
    book = CLAIM.book(called())
    assert book.balances() == CLAIM.balances()
    assert listed(open_items(book)) == [
        ("K", "cash_call", "B", "A", 300000), ("K", "cash_call", "C", "A", 200000)
    ]  # fmt: skip
    assert {item.due for item in open_items(book)} == {"2026-04-17"}
    assert posted_to(called(), "cash_call") == {"B": -300000, "A": 500000, "C": -200000}
    assert posted_to(called(), "set_off") == {"B": 300000, "A": -500000, "C": 200000}
    assert called().subject == CLAIM.find("C").subject


def test_only_what_is_open_is_called():
    of_b = open_items(CLAIM)[0]
    book = CLAIM.book(pay([of_b.settled(100000)], "Z", "CNY", day("2026-04-01")))
    assert posted_to(called(book), "cash_call")["B"] == -200000


def test_a_reversed_call_leaves_the_claim_to_the_account():
    book = CLAIM.book(called())
    with pytest.raises(Refused, match="'C' is not reversed before"):
        book.reverse("C", "C/R", "2026-04-03")
    book = book.reverse("K", "K/R", "2026-04-03")
    assert listed(open_items(book)) == listed(open_items(CLAIM))
    assert {item.due for item in open_items(book)} == {"2026-08-14"}
    book = book.reverse("C", "C/R", "2026-04-03")
    assert open_items(book) == ()


def test_what_is_not_called():
    with pytest.raises(Refused, match="'C' of 1000000 minor units is not above the threshold"):
        call(EMPTY.book(a_claim(1_000_000)), "C", "K", TERMS, day("2026-04-02"))
    with pytest.raises(Refused, match="nothing is open of 'C'"):
        called(CLAIM.book(called()), reference="K2")
    with pytest.raises(Refused, match="is due on 2026-08-14, no later than a call on 2026-08-14"):
        called(on="2026-07-30")
    assert called(on="2026-07-29").due == "2026-08-13"
