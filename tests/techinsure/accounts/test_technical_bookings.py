from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.accounts.technical_bookings import (
    SharedAmount,
    book_portfolio_transfer,
    book_shared,
    instalments,
)
from techinsure.errors import InvalidParameter, NotFound, Refused
from techinsure.money import Owed
from techinsure.pricing.over_time.midterm import cancel, premium_lines
from techinsure.pricing.over_time.pattern import Moment
from techinsure.quantities import Estimate
from tests.techinsure.accounts.account_cases import (
    EMPTY,
    FAB,
    LINES,
    TERMS,
    a_claim,
    a_premium,
    day,
    pool_of,
    posted_to,
)

few = settings(max_examples=30, deadline=None)

LATER = pool_of(B="2/5", lead="B", C="0.2", D="0.4")
CUT = LINES.changed("2026-07-01", LATER)
RUN_OFF = replace(CUT, on_change="run_off")


def yuan(amount):
    return Owed(amount_minor=amount, currency="CNY")


def test_a_claim_goes_to_the_lines_that_carry_its_loss():
    """B pays in September for a loss of May: the lines of May carry it."""
    for lines, loss, shares in (
        (CUT, "2026-05-01", {"A": -500, "B": -300, "C": -200}),
        (CUT, "2026-08-01", {"B": -400, "C": -200, "D": -400}),
        (RUN_OFF, "2026-08-01", {"A": -500, "B": -300, "C": -200}),
    ):
        claim = a_claim(1000, loss=loss, booked="2026-09-01", by="B", lines=lines)
        assert posted_to(claim, "claim_share") == shares
        assert (claim.due, claim.subject.loss_date) == ("2026-11-14", loss)


def test_who_joined_since_may_pay_for_those_before():
    claim = a_claim(1000, loss="2026-05-01", booked="2026-09-01", by="D", lines=CUT)
    assert claim.settlement.balances() == {"D": 1000, "A": -500, "B": -300, "C": -200}
    with pytest.raises(NotFound, match="member 'D' is not known"):
        a_claim(1000, loss="2026-05-01", booked="2026-06-30", by="D", lines=CUT)


def test_a_premium_goes_to_the_lines_of_its_day_and_the_fee_to_their_lead():
    late = {"effective": "2026-08-01", "booked": "2026-08-01", "by": "B"}
    cut = a_premium(100000, lines=CUT, **late)
    assert posted_to(cut, "premium_share") == {"B": 40000, "C": 20000, "D": 40000}
    assert posted_to(cut, "lead_fee") == {"B": 1800, "C": -600, "D": -1200}
    run_off = a_premium(100000, lines=RUN_OFF, **late)
    assert posted_to(run_off, "premium_share") == {"A": 50000, "B": 30000, "C": 20000}
    assert posted_to(run_off, "lead_fee") == {"A": 1500, "B": -900, "C": -600}


def test_a_refund_is_the_mirror_of_its_premium():
    book = EMPTY.book(a_premium(100001), a_premium(-100001, reference="P/back"))
    assert set(book.balances().values()) == {0}


def test_a_cancelled_policy_gives_back_by_the_lines_of_that_day():
    """Half of 1,000.00 is earned with time; since July B, C and D carry the policy."""
    half = Estimate(value=0.5, exact=True)
    moment = Moment(time=0.5, pro_rata=0.5, in_force=half, remaining=half, share=half)
    earned = premium_lines({"administration": 1000.0})
    refund = cancel(earned, moment, yuan(100000)).refund.amount_minor
    late = {"effective": "2026-08-01", "booked": "2026-08-01", "by": "B", "lines": CUT}
    assert refund == 50000
    assert posted_to(a_premium(-refund, **late), "premium_share") == {
        "B": -20000, "C": -10000, "D": -20000
    }  # fmt: skip


def test_commission_and_recovery_are_posted_apart():
    about = {"subject": FAB, "lines": LINES, "terms": TERMS, "booked": day("2026-04-01")}
    amount = SharedAmount(
        kind="commission", reference="K", amount_minor=101, currency="CNY", held_by="B"
    )
    commission = book_shared(amount, effective="2026-02-01", **about)
    assert posted_to(commission, "commission_paid") == {"B": 101}
    assert posted_to(commission, "commission_share") == {"A": -51, "B": -30, "C": -20}
    recovery = book_shared(
        replace(amount, kind="recovery", reference="R"), effective="2026-03-02", **about
    )
    assert posted_to(recovery, "recovery_received") == {"B": -101}
    assert posted_to(recovery, "recovery_share") == {"A": 51, "B": 30, "C": 20}
    assert [one.counterparty for one in recovery.settlement.postings][:2] == ["third party", "B"]
    with pytest.raises(NotFound, match="member 'Z' is not known"):
        book_shared(replace(amount, held_by="Z"), effective="2026-02-01", **about)
    with pytest.raises(InvalidParameter, match="kind must be one of commission, recovery"):
        replace(amount, kind="fee")


def test_a_recovery_gives_back_what_the_claim_took():
    """The same amount back: nobody is left with a fen."""
    amount = SharedAmount(
        kind="recovery", reference="R", amount_minor=777, currency="CNY", held_by="A"
    )
    back = book_shared(amount, FAB, "2026-03-02", LINES, TERMS, day("2026-05-01"))
    assert set(EMPTY.book(a_claim(777), back).balances().values()) == {0}


def test_instalments_sum_to_the_premium():
    """100.00 in three: 33.34, 33.33, 33.33; by 50/30/20 of 1.01: 0.51, 0.30, 0.20."""
    days = ["2026-02-01", "2026-05-01", "2026-08-01"]
    parts = instalments(yuan(10000), days)
    assert [(one.due, one.premium.amount_minor) for one in parts] == [
        ("2026-02-01", 3334), ("2026-05-01", 3333), ("2026-08-01", 3333)
    ]  # fmt: skip
    shares = [Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)]
    assert [one.premium.amount_minor for one in instalments(yuan(101), days, shares)] == [
        51,
        30,
        20,
    ]
    with pytest.raises(Refused, match="3 days need as many shares, got 2"):
        instalments(yuan(101), days, shares[:2])
    with pytest.raises(InvalidParameter, match="days must have at least 1"):
        instalments(yuan(101), [])


def transfer(unearned, lines=CUT, starts="2026-07-01"):
    return book_portfolio_transfer("T", yuan(unearned), starts, lines, TERMS, day("2026-07-01"))


def test_unearned_premium_moves_with_the_policies():
    """10.01 from 50/30/20 (501, 300, 200) to -/40/20/40 (-, 401, 200, 400; 1,001 x 40% = 400.4)."""
    moved = transfer(1001)
    assert moved.settlement.balances() == {"A": -501, "B": 101, "D": 400}
    assert {one.counterparty for one in moved.settlement.postings if one.party != "B"} == {"B"}
    with pytest.raises(Refused, match="policies in run-off keep their lines"):
        transfer(1001, RUN_OFF)
    with pytest.raises(NotFound, match="change of lines '2026-01-01'"):
        transfer(1001, starts="2026-01-01")


@few
@given(st.integers(0, 10**14), st.lists(st.integers(1, 40), min_size=2, max_size=6))
def test_a_transfer_makes_as_if_the_new_lines_had_had_it(unearned, percents):
    """Old parts and what is moved are the split of the whole by the new lines."""
    names = dict(zip("BCDEFG", (f"{percent}/100" for percent in percents), strict=False))
    lines = LINES.changed("2026-07-01", pool_of(lead="B", **names))
    before = dict.fromkeys("ABC", 0) | posted_to(a_premium(unearned), "premium_share")
    after = posted_to(
        a_premium(unearned, effective="2026-07-01", booked="2026-07-01", lines=lines, by="B"),
        "premium_share",
    )
    moved = transfer(unearned, lines).settlement.balances()
    for party in {*before, *after}:
        assert before.get(party, 0) + moved.get(party, 0) == after.get(party, 0)
