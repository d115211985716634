from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from techinsure.accounts.ledger import Ledger
from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import pay
from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.pool.settlement import reverse
from techinsure.reading import read
from tests.techinsure.accounts.account_cases import EMPTY, a_claim, a_premium, day, listed


def faults_of(*bookings, book=EMPTY):
    with pytest.raises(InvalidParameter) as refused:
        book.book(*bookings)
    return [(fault.field, fault.bound) for fault in refused.value.faults]


def test_bookings_are_only_added():
    first, second = a_premium(1000), a_claim(100)
    before = EMPTY.book(first)
    after = before.book(second)
    assert (EMPTY.bookings, before.bookings) == ((), (first,))
    assert after.bookings == (first, second) == EMPTY.book(first, second).bookings
    assert after.find("C") is second
    assert after.until("2026-03-31") == (first,)
    with pytest.raises(AttributeError):
        after.bookings = ()
    with pytest.raises(NotFound, match="booking 'D' is not known"):
        after.find("D")


def test_balances_are_the_sum_of_postings():
    """1,000.00 collected by A: 500, 300, 200 and 3% of the followers' 500; 100 paid by A."""
    book = EMPTY.book(a_premium(100000), a_claim(10000))
    assert book.balances() == {
        "A": -100000 + 50000 + 1500 + 10000 - 5000, "B": 30000 - 900 - 3000, "C": 20000 - 600 - 2000
    }  # fmt: skip


def test_what_does_not_fit_the_book_is_refused():
    book = EMPTY.book(a_claim(100))
    assert faults_of(a_claim(100), book=book) == [("bookings[1].reference", "must be new")]
    early = a_claim(100, reference="D", booked="2026-03-31")
    assert faults_of(early, book=book) == [("bookings[1].booked", "must not be before 2026-04-01")]
    dollars = replace(EMPTY, currency="USD")
    assert faults_of(a_claim(100), book=dollars) == [("bookings[0].currency", "must be USD")]
    resting = replace(a_claim(100, reference="D"), follows="X")
    assert faults_of(resting, book=book) == [("bookings[1].follows", "must be booked before")]


def test_a_reversal_cancels_all_of_a_booking_once():
    book = EMPTY.book(a_premium(100000), a_claim(100))
    after = book.reverse("C", "C/R", "2026-07-01")
    assert after.bookings[:2] == book.bookings
    assert after.balances() == EMPTY.book(a_premium(100000)).balances()
    assert after.reversal_of("C") == "C/R"
    assert after.reversal_of("P") is None
    cancelled = after.find("C/R")
    assert (cancelled.booked, cancelled.value_date) == ("2026-07-01", "2026-04-01")
    assert cancelled.subject == book.find("C").subject
    with pytest.raises(InvalidParameter, match="must not be reversed twice, 'C/R' did it"):
        after.reverse("C", "C/R2", "2026-07-01")
    with pytest.raises(InvalidParameter, match="must not be a reversal itself"):
        after.reverse("C/R", "C/R2", "2026-07-01")


def test_a_reversal_is_whole():
    book = EMPTY.book(a_claim(100))
    wrong = a_claim(99)
    half = replace(wrong, settlement=reverse(wrong.settlement, "C/R"))
    assert faults_of(half, book=book) == [
        ("bookings[1].reverses", "must be cancelled posting by posting")
    ]
    unknown = replace(half, settlement=replace(half.settlement, reverses="Z"))
    assert faults_of(unknown, book=book) == [("bookings[1].reverses", "must be booked before")]
    paid = book.book(pay([open_items(book)[0].settled()], "Z", "CNY", day("2026-05-01")))
    back = paid.reverse("Z", "Z/R", "2026-05-02").find("Z/R")
    cut = replace(back.settles[0], amount_minor=-1)
    with pytest.raises(InvalidParameter, match="must be what cash and set-off move"):
        replace(back, settles=(cut,))
    other = replace(back, settles=(replace(back.settles[0], account="lead_fee"),))
    assert faults_of(other, book=paid) == [
        ("bookings[2].reverses", "must give back what was settled, whole")
    ]


def test_what_rests_on_a_booking_is_reversed_first():
    book = EMPTY.book(a_claim(100), replace(a_claim(10, reference="D"), follows="C"))
    with pytest.raises(Refused, match=r"'C' is not reversed before what follows from it: \['D'\]"):
        book.reverse("C", "C/R", "2026-07-01")
    after = book.reverse("D", "D/R", "2026-07-01").reverse("C", "C/R", "2026-07-01")
    assert set(after.balances().values()) == {0}


def test_a_closed_quarter_takes_nothing_more():
    book = EMPTY.book(a_premium(1000)).close("2026Q2")
    with pytest.raises(InvalidParameter, match="must be after 2026-06-30"):
        book.book(a_claim(100, booked="2026-06-30"))
    late = book.book(a_claim(100, booked="2026-07-01"))
    assert late.closed == "2026Q2"
    with pytest.raises(InvalidParameter, match="must be after 2026Q2"):
        late.close("2026Q2")
    assert late.close("2026Q3").closed == "2026Q3"


def test_more_than_is_open_is_not_paid():
    book = EMPTY.book(a_claim(100))
    [of_b, _] = open_items(book)
    assert listed([of_b]) == [("C", "claim_share", "B", "A", 30)]
    too_much = pay([of_b.settled(31)], "Z", "CNY", day("2026-05-01"))
    assert faults_of(too_much, book=book) == [
        ("bookings[1].settles[0].amount_minor", "must be in [1, 30], what is open, minor units")
    ]
    twice = pay([of_b.settled(20), of_b.settled(20)], "Z", "CNY", day("2026-05-01"))
    assert faults_of(twice, book=book)[0][0] == "bookings[1].settles[1].amount_minor"
    wrong_way = replace(of_b, debtor="A", creditor="B").settled()
    assert faults_of(pay([wrong_way], "Z", "CNY", day("2026-05-01")), book=book) == [
        ("bookings[1].settles[0].amount_minor", "must be in [1, 0], what is open, minor units")
    ]
    unknown = replace(of_b.settled(), reference="D")
    assert faults_of(pay([unknown], "Z", "CNY", day("2026-05-01")), book=book) == [
        ("bookings[1].settles[0].reference", "must be an item of the book")
    ]


def test_the_wire_form_comes_back():
    book = EMPTY.book(a_premium(1000), a_claim(100)).reverse("C", "C/R", "2026-07-01")
    book = book.close("2026Q3")
    wire = TypeAdapter(Ledger).dump_python(book, mode="json")
    assert read(Ledger, wire) == book
