"""A book that grows says and refuses what a book checked whole says and refuses."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.accounts.bookings import Recovered
from techinsure.accounts.ledger import Ledger
from techinsure.accounts.open_items import (
    open_between,
    open_in,
    open_items,
    open_of,
    open_with,
)
from techinsure.accounts.payments import pay
from techinsure.accounts.positions import Positions
from techinsure.errors import InvalidParameter, Refused
from techinsure.pool.settlement import reverse
from tests.techinsure.accounts.account_cases import EMPTY, a_claim, a_premium, day

DAYS = ("2026-04-01", "2026-05-01", "2026-05-02", "2026-08-01")
steps = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 400), st.integers(0, 20)), min_size=1, max_size=14
)


def drawn(book, kind, amount, which):
    """A booking that fits the book, or one that may not."""
    name, booked = f"B{len(book.bookings)}", DAYS[min(len(book.bookings) // 4, 3)]
    at = book.bookings[which % len(book.bookings)] if book.bookings else a_claim(7)
    claim = a_claim(amount, name, booked=booked)
    items = open_items(book)
    if kind <= 1:
        return a_premium(amount - 200, name, booked=booked) if kind else claim
    if kind <= 4 and items:
        item = items[which % len(items)]
        paid = min(item.open_minor + (kind == 4), amount)
        return pay([item.settled(paid)], name, "CNY", day(booked))
    if kind == 5:
        return replace(claim, follows=at.reference)
    if kind == 6:
        return replace(claim, recovers=Recovered(treaty="X", losses=(at.reference,), layer_minor=1))
    if kind == 7:
        return replace(at, booked=booked)
    if kind == 8:
        return replace(claim, booked="2026-03-31")
    return replace(
        at,
        settlement=reverse(at.settlement, name),
        booked=booked,
        follows="",
        settles=tuple(replace(one, amount_minor=-one.amount_minor) for one in at.settles),
    )


def outcome(make, *given):
    """A book, or what is said against it."""
    try:
        return make(*given)
    except InvalidParameter as refused:
        return refused.faults
    except Refused as refused:
        return str(refused)


def whole(book, *more):
    return Ledger(pool="pool", currency="CNY", bookings=(*book.bookings, *more))


def resting(book, reference):
    gone = {one.settlement.reverses for one in book.bookings}
    found = [one.reference for one in book.bookings if one.rests_on(reference)]
    return [one for one in found if one not in gone]


def told(book):
    """All that a book says of its items and references."""
    parties = ("A", "B", "C")
    names = [one.reference for one in book.bookings]
    return (
        open_items(book),
        [open_of(book, name) for name in names],
        [open_with(book, party) for party in parties],
        [open_between(book, one, other) for one in parties for other in parties],
        [(book.find(name), book.reversal_of(name)) for name in names],
        book.balances(),
    )


@settings(max_examples=60, deadline=None)
@given(steps)
def test_a_grown_book_is_the_book_checked_whole(steps):
    book = EMPTY
    for step in steps:
        booking = drawn(book, *step)
        grown, fresh = outcome(book.book, booking), outcome(whole, book, booking)
        assert grown == fresh
        if book.bookings and resting(book, book.bookings[0].reference):
            first = book.bookings[0].reference
            expected = f"{first!r} is not reversed before what follows from it: "
            said = outcome(book.reverse, first, f"{booking.reference}/R", "2026-09-01")
            assert said == expected + str(resting(book, first))
        if isinstance(grown, Ledger):
            assert told(grown) == told(fresh)
            assert hash(grown) == hash(fresh)
            book = grown
    items = open_items(book)
    assert open_items(whole(book)) == items
    by_hand = {key: at.open for key, at in Positions(book.bookings).standing.items() if at.open}
    assert dict(book.standing(Positions.open)).keys() == by_hand.keys()
    assert [one for one in items if one.account == "lead_fee"] == list(open_in(book, ("lead_fee",)))
    assert [one for one in items if "B" in (one.debtor, one.creditor)] == list(open_with(book, "B"))
    for booking in book.bookings:
        of_it = open_of(book, booking.reference)
        assert of_it == tuple(one for one in items if one.reference == booking.reference)


def test_an_older_book_still_says_what_it_said():
    """Two books of one past, each with its own items."""
    old = EMPTY.book(a_claim(100))
    before = told(old)
    left, right = old.book(a_claim(50, "D")), old.book(a_premium(1000, "D", booked="2026-05-01"))
    assert told(old) == before
    assert told(left) == told(whole(left))
    assert told(right) == told(whole(right))
    closed = right.close("2026Q2")
    right.book(a_claim(9, "E", booked="2026-07-01"))
    assert told(closed) == told(whole(right))
    assert closed.book(a_claim(9, "F", booked="2026-07-01")).find("D").booked == "2026-05-01"


def test_a_batch_of_which_one_is_refused_leaves_nothing():
    book = EMPTY.book(a_claim(100))
    said = told(book)
    with pytest.raises(InvalidParameter, match=r"bookings\[2\].reference must be new"):
        book.book(a_claim(50, "D"), a_claim(50, "D"))
    assert told(book) == said
    assert told(book.book(a_claim(50, "D"))) == told(whole(book, a_claim(50, "D")))


def test_a_copy_is_a_book_of_its_own():
    book = EMPTY.book(a_claim(100))
    for again in (copy.deepcopy(book), pickle.loads(pickle.dumps(book))):
        assert again == book
        assert told(again.book(a_claim(5, "D"))) == told(whole(book, a_claim(5, "D")))


def test_threads_that_add_to_one_book_do_not_meet():
    book = EMPTY.book(a_claim(100))
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda n: book.book(a_claim(n, f"D{n}")), range(10, 60)))
    for n, one in enumerate(made, start=10):
        assert told(one) == told(whole(book, a_claim(n, f"D{n}")))
