from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.accounts.defaults import cover_default, doubtful, spread
from techinsure.accounts.lines_in_force import LinesInForce
from techinsure.accounts.open_items import open_items
from techinsure.accounts.payments import items_between, pay
from techinsure.errors import NotFound
from techinsure.outside_parties import FUND, STATE
from techinsure.pool.default_terms import GuaranteeFund, Joint, Several
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    POOL,
    TERMS,
    a_claim,
    a_premium,
    day,
    listed,
    posted_to,
)

BOOK = EMPTY.book(a_claim(100000))


def covered(terms, book=BOOK, member="B", failed=(), reference="D", on="2026-04-05"):
    lines = LinesInForce.of(replace(POOL, default_terms=terms), "2026-01-01", "clean_cut")
    return cover_default(book, member, failed, reference, lines, TERMS, day(on))


def test_several_pays_nothing_and_leaves_it_open_as_doubtful():
    assert covered(Several()) is None
    assert covered(None) is None
    assert listed(doubtful(BOOK, ["B"])) == [("C", "claim_share", "B", "A", 30000)]
    assert doubtful(BOOK, []) == ()


def test_joint_spreads_it_again_by_lines_and_leaves_a_claim_on_the_estate():
    """B's 300.00 by A and C, 1/2 and 0.2: 214.29 and 85.71; A is the creditor and pays nobody."""
    booking = covered(Joint())
    assert posted_to(booking, "default_cover") == {"C": -8571, "A": 8571}
    assert posted_to(booking, "subrogation") == {"B": -30000, "A": 21429, "C": 8571}
    book = BOOK.book(booking)
    assert book.balances() == BOOK.balances()
    assert [one for one in listed(open_items(book)) if one[2] == "B"] == [
        ("D", "subrogation", "B", "A", 21429),
        ("D", "subrogation", "B", "C", 8571),
    ]
    assert covered(Joint(), book=book, reference="D2") is None


def test_what_the_estate_pays_settles_the_claim_on_it():
    book = BOOK.book(covered(Joint()))
    [item] = items_between(book, "B", "C")
    book = book.book(pay([item.settled(5000)], "E", "CNY", day("2026-06-01")))
    assert listed(doubtful(book, ["B"]))[-1] == ("D", "subrogation", "B", "C", 3571)


def test_joint_stops_where_nobody_has_room():
    """Capacity 1e-6 of 1e9: 1,000.00 a year. Of a claim of 2,500.00 A carries 1,250.00 already."""
    book = EMPTY.book(a_claim(250000))
    booking = covered(Joint(capacity_share=1e-6), book=book)
    assert posted_to(booking, "subrogation") == {"B": -50000, "C": 50000}
    assert listed(doubtful(book.book(booking), ["B"])) == [
        ("C", "claim_share", "B", "A", 25000),
        ("D", "subrogation", "B", "C", 50000),
    ]
    assert covered(Joint(capacity_share=1e-6), book=book.book(booking), reference="D2") is None


def test_those_that_failed_before_take_nothing_over():
    booking = covered(Joint(), failed=["C"])
    assert posted_to(booking, "subrogation") == {"B": -30000, "A": 30000}
    assert posted_to(booking, "default_cover") == {}


def test_a_fund_pays_and_its_members_refill_it():
    booking = covered(GuaranteeFund(size=200.0))
    assert posted_to(booking, "default_cover") == {FUND: -20000, "A": 20000}
    assert posted_to(booking, "subrogation") == {"B": -20000, FUND: 20000}
    assert posted_to(booking, "fund_refill") == {"A": -14286, "C": -5714, FUND: 20000}
    book = BOOK.book(booking)
    assert listed(doubtful(book, ["B"]))[0] == ("C", "claim_share", "B", "A", 10000)
    assert covered(GuaranteeFund(size=200.0), book=book, reference="D2") is None
    more = covered(GuaranteeFund(size=250.0), book=book, reference="D2")
    assert posted_to(more, "default_cover") == {FUND: -5000, "A": 5000}


def test_the_fund_and_the_room_are_full_again_in_the_next_year():
    fund, room = GuaranteeFund(size=200.0), Joint(capacity_share=2e-7)
    for terms, taken in ((fund, 20000), (room, 0)):
        cover = covered(terms)
        book = BOOK.book(cover) if cover else BOOK
        next_year = covered(terms, book=book, reference="D2", on="2027-01-04")
        assert posted_to(next_year, "subrogation")["B"] == -(30000 - taken)


def test_the_state_or_named_contributors_refill_it():
    state = covered(GuaranteeFund(size=200.0, refilled_by="state"))
    assert posted_to(state, "fund_refill") == {STATE: -20000, FUND: 20000}
    named = covered(GuaranteeFund(size=200.0, contributions={"B": "1/2", "C": "1/2"}))
    assert posted_to(named, "fund_refill") == {"C": -20000, FUND: 20000}
    nobody = covered(GuaranteeFund(size=200.0, contributions={"B": "1"}))
    assert posted_to(nobody, "fund_refill") == {}


def test_only_claims_are_paid_in_its_place():
    book = EMPTY.book(a_premium(100000))
    assert covered(Joint(), book=book) is None
    assert [one.account for one in doubtful(book, ["B"])] == ["lead_fee"]


shares = st.lists(st.integers(1, 9), min_size=1, max_size=5)


@given(st.integers(0, 10**6), shares, st.lists(st.integers(0, 10**5), min_size=5, max_size=5))
def test_spreading_loses_nothing_and_fills_nobody_above_its_room(total, weights, rooms):
    names = "ABCDE"[: len(weights)]
    lines = {name: Fraction(one, 50) for name, one in zip(names, weights, strict=True)}
    room = dict(zip(names, rooms, strict=False))
    taken = spread(total, lines, room)
    assert sum(taken.values()) == min(total, sum(room.values()))
    assert all(0 <= taken[name] <= room[name] for name in names)


def test_who_is_no_member_is_refused():
    with pytest.raises(NotFound, match="member 'Z' is not known"):
        covered(Joint(), member="Z")
