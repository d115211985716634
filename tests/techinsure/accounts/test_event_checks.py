"""What the book or the calendar contradicts is refused, with its place and a way out."""

import pytest

from techinsure.accounts.closing import close
from techinsure.errors import InvalidParameter
from tests.techinsure.accounts.account_cases import posted_to
from tests.techinsure.accounts.closing_cases import (
    MEMBERS,
    POLICIES,
    SHARE,
    TERMS,
    XL,
    claim,
    document,
    event,
)

CLOSED = event("close", "Z", "2026-04-10", quarter="2026Q1")
NEW = {"name": "D", "written": "0.3", "capital_and_reserves": 1e9}
CHANGE = {"joins": [NEW], "leaves": ["B"]}
PART = {"policy": "P", "premium_minor": "100", "of": 4, "number": 1, "collected_by": "A"}
XL_PAYS = {"treaty": "XL", "of": ["CL", "C2"]}
WHOLE = [{**SHARE, "share": "1"}, {**SHARE, "name": "Q2", "share": "0.1"}]

REFUSED = {
    "a loss named twice": (
        [claim(140000), event("treaty_recovery", "X", treaty="XL", of=["CL", "CL"])], {},
        "/events/1/of/1", "must not be named twice", "name each booking of the loss once",
    ),
    "a part of a loss": (
        [claim(120000), claim(10000, "C2"), event("treaty_recovery", "X", **XL_PAYS),
         event("treaty_recovery", "X2", treaty="XL", of=["C2"])], {},
        "/events/3/of", "must hold CL too, of which 'X' paid", "name all bookings",
    ),
    "more than the whole": (
        [claim(100), event("cession", "X", on="CL", treaty="Q"),
         event("cession", "Y", on="CL", treaty="Q2")], {"member_treaties": WHOLE},
        "/events/2/treaty", "Q, Q2 take 11/10 of its share", "reverse one of them",
    ),
    "lines of a closed quarter": (
        [CLOSED, event("close", "Y", "2026-06-30", quarter="2026Q2"),
         event("change_of_lines", "L", "2026-06-30", **CHANGE)], {},
        "/events/2/booked", "must be after 2026-06-30", "open quarter",
    ),
    "a default of a closed quarter": (
        [event("close", "Y", "2026-06-30", quarter="2026Q2"),
         event("default", "D", "2026-06-30", member="B")], {},
        "/events/1/booked", "must be after 2026-06-30", "open quarter",
    ),
    "a week": ([claim(5, booked="2026-W15-5")], {}, "/events/0/booked", "must be a date", "write"),
    "an instalment with its class and without": (
        [event("instalment", "I", **PART), event("instalment", "J", class_code="cyber", **PART)],
        {}, "/events/1/number", "must not be booked twice, 'I' did it", "reverse",
    ),
    "another number of parts": (
        [event("instalment", "I", **PART), event("instalment", "J", **PART | {"of": 2})], {},
        "/events/1/of", "must be that of 'I', 4", "endorsement",
    ),
    "another whole": (
        [event("instalment", "I", **PART),
         event("instalment", "J", **PART | {"premium_minor": "101", "number": 2})], {},
        "/events/1/premium_minor", "must be that of 'I', 100", "endorsement",
    ),
    "a deposit twice": (
        [event("treaty_premium", "T", treaty="XL"), event("treaty_premium", "U", treaty="XL")], {},
        "/events/1/treaty", "must not be booked twice, 'T' did it", "reverse",
    ),
    "a member misspelt": (
        [claim(5)], {"member_treaties": [{**SHARE, "members": ["A", "Bx"]}], "pool": {
            "name": "pool", "currency": "CNY", "lead_fee": 0.0,
            "members": [*MEMBERS, {**NEW, "name": "Bxy", "written": "0.1"}]}},
        "/member_treaties/0/members/1", "must be a member of the pool", "did you mean 'Bxy'?",
    ),
    "paid in the future": (
        [claim(10), event("payment", "Y", debtor="B", creditor="A", value_date="2026-04-11")], {},
        "/events/1/value_date", "must not be after 2026-04-10", "has come",
    ),
    "paid before it was owed": (
        [claim(10), event("payment", "Y", debtor="B", creditor="A", value_date="2026-04-09")], {},
        "/events/1/value_date", "must not be before 2026-04-10", "owed already",
    ),
    "a quarter that lasts": (
        [event("close", "Y", "2026-06-29", quarter="2026Q2")], {},
        "/events/0/quarter", "must have ended on 2026-06-29", "close it on 2026-06-30",
    ),
    "a loss to come": (
        [claim(5, loss_date="2026-04-11")], {}, "/events/0/loss_date",
        "must not be after 2026-04-10", "once it has happened",
    ),
    "a reference of what books nothing": (
        [event("change_of_lines", "L", **CHANGE), claim(5, "L")], {},
        "/events/1/reference", "must be new", "of its own",
    ),
    "no lead": (
        [event("change_of_lines", "L", leaves=["A"])], {}, "/events/0/lead",
        "must leave exactly one lead", "who leads",
    ),
    "two changes on a day": (
        [event("change_of_lines", "L", **CHANGE), event("change_of_lines", "M", leaves=["C"])], {},
        "/events/1/booked", "must be after 2026-04-10, when the lines changed last", "one event",
    ),
    "an unknown debtor": (
        [claim(5), event("payment", "Y", debtor="Q", creditor="A")], {},
        "/events/1/debtor", "must be a party that is known: A, B, C", "",
    ),
    "a kind misspelt": (
        [claim(5) | {"kind": "claims"}], {}, "/events/0/kind",
        "must be one of", "did you mean 'claim'?",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_its_place(case):
    events, changed, pointer, told, fix = REFUSED[case]
    with pytest.raises(InvalidParameter) as found:
        close(document(*events, **changed))
    [fault] = found.value.faults
    assert fault.pointer == pointer
    assert told in fault.bound
    assert fix in fault.fix


def test_what_was_reversed_is_booked_again():
    undo = event("reversal", "R", on="I")
    parts = [event("instalment", "I", **PART), undo, event("instalment", "J", **PART | {"of": 2})]
    assert posted_to(close(document(*parts)).ledger.find("J"), "premium_collected")["A"] == -50
    deposit = [event("treaty_premium", "I", treaty="XL"), undo]
    again = close(document(*deposit, event("treaty_premium", "U", treaty="XL")))
    assert posted_to(again.ledger.find("U"), "treaty_premium")["R"] == 10000
    ceded = [claim(100), event("cession", "I", on="CL", treaty="Q"), undo]
    more = close(
        document(*ceded, event("cession", "Y", on="CL", treaty="Q2"), member_treaties=[
            SHARE, {**SHARE, "name": "Q2", "share": "1"}])
    )  # fmt: skip
    assert posted_to(more.ledger.find("Y"), "ceded_claim")["B"] == 30


def test_instalments_of_two_covers_and_of_other_treaties_are_their_own():
    two = {**PART, "policy": "2"}
    other = {**XL, "name": "XL2"}
    events = (
        event("instalment", "I", class_code="cyber", **two),
        event("instalment", "J", class_code="rd_expense_loss", **two | {"of": 2}),
        event("treaty_premium", "T", treaty="XL"), event("treaty_premium", "U", treaty="XL2"),
        event("treaty_premium", "V", treaty="XL", amount_minor="5"),
    )  # fmt: skip
    assert len(close(document(*events, pool_treaties=[XL, other])).ledger.bookings) == 5


def test_a_quarter_closes_on_its_last_day_and_a_whole_share_is_ceded():
    last = event("close", "Y", "2026-06-30", quarter="2026Q2")
    assert close(document(claim(5), last)).ledger.closed is None
    whole = {"member_treaties": [{**SHARE, "share": "1"}], "policies": POLICIES}
    found = close(document(claim(100), event("cession", "X", on="CL", treaty="Q"), **whole))
    assert posted_to(found.ledger.find("X"), "ceded_claim") == {"B": 30, "S": -30}


NETS = TERMS | {"netted": ["claim_share", "interest", "net_balance"], "account_days": 0}
LATE = "2026-07-30"


def test_netting_books_late_interest_and_its_interest_bears_none():
    """300.00 and 200.00, 30 days at 3.65%: 0.90 and 0.60; netted again, none on these."""
    first = event("netting", "N", LATE, due="2026-07-31")
    again = event("netting", "M", "2026-10-30", due="2026-10-31")
    paid = event("payment", "Y", "2026-12-31", debtor="B", creditor="A")
    found = close(document(claim(100000), first, terms=NETS, quarter="2026Q4")).ledger
    assert posted_to(found.find("N/interest"), "interest") == {"B": -90, "C": -60, "A": 150}
    book = close(document(claim(100000), first, again, paid, terms=NETS, quarter="2026Q4")).ledger
    # 91 days on 300.00 and 200.00, and none on 0.90 and 0.60
    assert posted_to(book.find("M/interest"), "interest") == {"B": -273, "C": -182, "A": 455}
    assert posted_to(book.find("M"), "net_balance") == {"B": -30000, "C": -20000, "A": 50000}
    assert posted_to(book.find("M"), "interest") == {"B": -90, "C": -60, "A": 150}
    # 61 days on 300.00
    assert posted_to(book.find("Y/interest"), "interest") == {"B": -183, "A": 183}


def test_an_overdue_list_shows_no_interest_on_interest():
    found = close(
        document(claim(100000), event("netting", "N", LATE, due=LATE), terms=NETS, quarter="2026Q4")
    )
    shown = {one.item.account: one.interest_minor for one in found.overdue if one.days}
    assert shown == {"net_balance": 308, "interest": 0}


def test_a_late_item_that_is_covered_bears_its_interest():
    pool = {"name": "pool", "currency": "CNY", "members": MEMBERS, "lead_fee": 0.0,
            "default_terms": {"kind": "joint"}}  # fmt: skip
    events = (claim(100000), event("default", "D", LATE, member="B"))
    found = close(document(*events, terms=NETS, pool=pool, quarter="2026Q3")).ledger
    assert posted_to(found.find("D/interest"), "interest") == {"B": -90, "A": 90}


def test_joint_members_pay_for_losses_that_they_carry_and_for_those_who_fail_after():
    """In a run-off D, who joins later, pays nothing; C took over 60.00, then fails itself: A."""
    pool = {"name": "pool", "currency": "CNY", "members": MEMBERS, "lead_fee": 0.0,
            "default_terms": {"kind": "joint"}}  # fmt: skip
    joins = event("change_of_lines", "L", joins=[{**NEW, "written": "0.2"}], written={"A": "0.3"})
    first = (claim(98000, paid_by="A"), joins, event("default", "D", member="B"))
    last = event("default", "D2", member="C")
    found = close(document(*first, last, pool=pool, on_change="run_off")).ledger
    # 294.00 by 1/2 and 0.2
    assert posted_to(found.find("D"), "subrogation") == {"B": -29400, "A": 21000, "C": 8400}
    assert posted_to(found.find("D2"), "subrogation") == {"C": -28000, "A": 28000}
    assert not [one for one in close(document(*first, last, pool=pool, on_change="run_off"))
                .open_items if one.account in ("claim_share", "default_cover")]  # fmt: skip
