from dataclasses import replace

import pytest

from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import items_between, late_interest, pay
from techinsure.errors import Refused
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    TERMS,
    a_claim,
    a_premium,
    day,
    listed,
    posted_to,
)

BOOK = EMPTY.book(a_premium(100000), a_claim(10000))


def paid(items, booked="2026-04-02", value_date=None):
    return pay([item.settled() for item in items], "Z", "CNY", day(booked, value_date))


def test_a_payment_of_several_items():
    [fee, share] = items_between(BOOK, "B", "A")
    payment = paid([fee, share])
    assert posted_to(payment, "cash") == {"B": 3900, "A": -3900}
    after = BOOK.book(payment)
    assert items_between(after, "B", "A") == ()
    assert listed(items_between(after, "A", "B")) == [("P", "premium_share", "A", "B", 30000)]
    assert after.balances()["B"] == BOOK.balances()["B"] + 3900


def test_premium_and_fee_are_paid_apart():
    both = [*items_between(BOOK, "B", "A", ["lead_fee"]), *items_between(BOOK, "A", "B")]
    with pytest.raises(Refused, match=r"from one party to one other, got \['A to B', 'B to A'\]"):
        paid(both)
    with pytest.raises(Refused, match="got no item"):
        paid([])


def test_interest_runs_from_the_due_day_to_the_value_date():
    """3,000 fen due on 14 August at 3.65%: 100 days later 30 fen. The fee was due on 15 May:
    191 days on 900 fen are 17.19."""
    items = items_between(BOOK, "B", "A")
    payment = paid(items, "2026-12-01", "2026-11-22")
    interest = late_interest(payment, BOOK, TERMS, "Z/I")
    assert posted_to(interest, "interest") == {"B": -47, "A": 47}
    assert [one.amount_minor for one in interest.settlement.postings] == [-17, 17, -30, 30]
    assert (interest.follows, interest.due) == ("Z", "2027-02-14")
    book = BOOK.book(payment, interest)
    assert listed(items_between(book, "B", "A")) == [("Z/I", "interest", "B", "A", 47)]
    with pytest.raises(Refused, match="'Z' is not reversed before"):
        book.reverse("Z", "Z/R", "2026-12-02")


def test_who_pays_in_time_owes_none():
    items = items_between(BOOK, "B", "A", ["claim_share"])
    assert late_interest(paid(items, "2026-08-20", "2026-08-14"), BOOK, TERMS, "Z/I") is None
    assert late_interest(paid(items, "2026-08-14"), BOOK, TERMS, "Z/I") is None
    free = replace(TERMS, interest_rate="0")
    assert late_interest(paid(items, "2026-12-01"), BOOK, free, "Z/I") is None


def test_parts_paid_late_cost_what_the_whole_would():
    """Interest on 1,000 for 100 days and on 2,000 for 200 is that on what was open day by day."""
    [item] = items_between(BOOK, "B", "A", ["claim_share"])
    first = pay([item.settled(1000)], "Z1", "CNY", day("2026-11-22"))
    interest = late_interest(first, BOOK, TERMS, "Z1/I")
    book = BOOK.book(first, interest)
    second = pay([item.settled(2000)], "Z2", "CNY", day("2027-03-02"))
    last = late_interest(second, book, TERMS, "Z2/I")
    assert posted_to(interest, "interest")["A"] == 10
    assert posted_to(last, "interest")["A"] == 40
    day_by_day = sum((3000 if late < 100 else 2000) for late in range(200)) * 0.0365 / 365
    assert day_by_day == pytest.approx(50)


def test_interest_on_what_is_not_open_is_refused():
    payment = paid(items_between(BOOK, "B", "A"))
    with pytest.raises(Refused, match="'P' has no open lead_fee of 'B'"):
        late_interest(payment, BOOK.book(payment), TERMS, "Z/I")
    assert open_items(BOOK) != open_items(BOOK.book(payment))


def test_a_long_list_of_references_is_cut():
    book = EMPTY.book(*(a_claim(100, reference=f"{n:0>90}") for n in range(8)))
    payment = pay(
        [item.settled() for item in items_between(book, "B", "A")], "Z", "CNY", day("2026-05-01")
    )
    text = payment.settlement.postings[0].text
    assert (len(text), text[-3:], len(payment.settles)) == (500, "...", 8)
