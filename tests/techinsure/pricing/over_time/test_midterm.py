"""Cancellation and endorsement: by hand, within bounds for every input, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.money import Owed
from techinsure.pricing.over_time.midterm import (
    EARNED,
    PremiumLine,
    cancel,
    endorse,
    premium_lines,
    unearned,
)
from techinsure.pricing.over_time.pattern import Moment
from techinsure.pricing.waterfall import RISK_STEPS
from techinsure.quantities import Estimate, exactly

LINES = premium_lines(
    {"plug_in_pure": 600.0, "process_capital": 100.0, "commission": 200.0, "administration": 100.0}
)


def cny(minor):
    return Owed(amount_minor=minor, currency="CNY")


def moment(share, error=None, time=1.0, pro_rata=2 / 3):
    known = Estimate(value=share, standard_error=error, exact=error is None)
    return Moment(time=time, pro_rata=pro_rata, in_force=exactly(0.8),
                  remaining=known.scaled(600.0), share=known)  # fmt: skip


def test_a_cancellation_by_hand():
    """After a year of three, 0.9 of the risk ahead: 0.9 * 700 + 0 * 200 + 2/3 * 100."""
    done = cancel(LINES, moment(0.9, 0.01), cny(100_000))
    assert done.refund == cny(69_667)
    assert done.unearned.total.value == pytest.approx(696 + 2 / 3)
    assert done.unearned.total.standard_error == pytest.approx(7.0)
    assert [a.value for a in done.unearned.amounts] == pytest.approx([540, 90, 0, 200 / 3])
    assert done.pro_rata_refund == cny(66_667)
    assert (done.still_due, done.at_ceiling, done.time) == (cny(0), False, 1.0)


def test_a_survivor_may_be_owed_more_than_pro_rata_and_never_more_than_was_paid():
    done = cancel(LINES, moment(1.6), cny(100_000))
    assert done.unearned.total.value > 1000
    assert done.at_ceiling
    assert done.refund == cny(100_000)


def test_what_was_not_paid_is_not_given_back():
    """Of 1000 the half was paid; 303.33 are earned, so 196.67 go back; paid 200, 103.33 are due."""
    half, less = (cancel(LINES, moment(0.9), cny(paid)) for paid in (50_000, 20_000))
    assert (half.refund, half.still_due) == (cny(19_667), cny(0))
    assert half.pro_rata_refund == cny(16_667)
    assert (less.refund, less.still_due) == (cny(0), cny(10_333))
    assert less.pro_rata_refund == cny(0)


def test_at_inception_only_what_is_spent_stays_and_at_the_end_everything():
    first = cancel(LINES, moment(1.0, time=0.0, pro_rata=1.0), cny(100_000))
    assert first.refund == cny(80_000)
    assert first.pro_rata_refund == cny(100_000)
    last = cancel(LINES, moment(0.0, time=3.0, pro_rata=0.0), cny(100_000))
    assert last.refund == last.pro_rata_refund == cny(0)


def test_nobody_owes_more_than_the_premium():
    """A discount earned with the risk may outweigh the rest; what was paid in full is paid."""
    lines = premium_lines({"plug_in_pure": 100.0, "parameter_mean": -300.0, "commission": 1200.0})
    done = cancel(lines, moment(0.9), cny(100_000))
    assert done.unearned.total.value == pytest.approx(-180)
    assert (done.refund, done.still_due) == (cny(0), cny(0))


amounts = st.fixed_dictionaries({
    "plug_in_pure": st.floats(0, 1e8), "parameter_mean": st.floats(-1e6, 1e6),
    "commission": st.floats(0, 1e8), "administration": st.floats(0, 1e8),
})  # fmt: skip
moments = st.builds(moment, st.floats(0, 3), st.none(), st.just(1.0), st.floats(0, 1))


@settings(max_examples=40)
@given(amounts, moments, st.fractions(0, 1), st.sampled_from(["half_even", "floor", "ceiling"]))
def test_a_refund_lies_between_nothing_and_what_was_paid(given_amounts, at, part, rounding):
    lines = premium_lines(given_amounts)
    written = round(sum(given_amounts.values()) * 100)
    if written < 1:
        return
    paid = int(written * part)
    done = cancel(lines, at, cny(min(paid, written - 1)), rounding=rounding)
    assert 0 <= done.refund.amount_minor <= done.paid.amount_minor
    assert 0 <= done.pro_rata_refund.amount_minor <= done.paid.amount_minor
    assert done.still_due.amount_minor >= 0
    assert not (done.refund.amount_minor and done.still_due.amount_minor)


@settings(max_examples=40)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_later_cancellation_gives_back_no_more(one, other):
    early, late = max(one, other), min(one, other)
    refunds = [
        cancel(LINES, moment(s, pro_rata=s), cny(100_000)).refund.amount_minor
        for s in (early, late)
    ]
    assert refunds[0] >= refunds[1]


# --- Endorsement --------------------------------------------------------------------------------


def scaled(lines, factor):
    return tuple(
        PremiumLine(name=line.name, amount=line.amount * factor, earned=line.earned)
        for line in lines
    )


def test_a_change_of_nothing_costs_nothing():
    at = moment(0.9, 0.01)
    done = endorse(LINES, at, LINES, at, cny(100_000))
    assert done.charge == cny(0)
    assert done.difference.value == 0


def test_a_doubled_sum_insured_by_hand():
    """Unearned 696.67 more; the commission, 20% of what is charged, is spent anew: 870.83."""
    at = moment(0.9, 0.01)
    done = endorse(LINES, at, scaled(LINES, 2), at, cny(100_000))
    assert done.difference.value == pytest.approx(696 + 2 / 3)
    assert done.charge == cny(87_083)
    assert done.estimate.standard_error == pytest.approx((7.0**2 + 14.0**2) ** 0.5 / 0.8)
    assert not done.at_ceiling


def test_less_cover_gives_the_difference_back_and_the_commission_stays_spent():
    at = moment(0.9)
    done = endorse(LINES, at, scaled(LINES, 0.5), at, cny(100_000))
    assert done.charge == cny(-34_833)
    assert done.estimate.exact


def test_an_endorsement_gives_back_no_more_than_was_paid():
    at = moment(0.9)
    done = endorse(LINES, at, scaled(LINES, 0.01), at, cny(10_000))
    assert done.charge == cny(-10_000)
    assert done.at_ceiling


def test_a_longer_term_has_a_moment_of_its_own():
    """A term of three years made four: the new pattern has more ahead at the same time."""
    done = endorse(LINES, moment(0.9), LINES, moment(1.0, pro_rata=0.75), cny(100_000))
    assert done.difference.value == pytest.approx(0.1 * 700 + (0.75 - 2 / 3) * 100)
    with pytest.raises(InvalidParameter, match="must be the time of the old terms, 1"):
        endorse(LINES, moment(0.9), LINES, moment(0.9, time=2.0), cny(100_000))


@settings(max_examples=40)
@given(st.floats(0, 1), st.floats(0.1, 3))
def test_more_cover_is_never_cheaper(share, factor):
    at = moment(share)
    charge = endorse(LINES, at, scaled(LINES, factor), at, cny(100_000)).charge.amount_minor
    assert charge >= 0 if factor >= 1 else charge <= 0


# --- Lines --------------------------------------------------------------------------------------


def test_every_line_of_the_shipped_products_has_a_rule():
    names = {*RISK_STEPS, "fixed_expense", "minimum_premium"}
    for product in shipped().products.values():
        names |= set(product.loadings)
    assert names <= EARNED.keys()


def test_nothing_is_earned_by_default():
    with pytest.raises(InvalidParameter, match=r"earned\.stamp_duty must name every line"):
        premium_lines({"plug_in_pure": 1.0, "stamp_duty": 1.0})
    with pytest.raises(InvalidParameter, match="earned must be one of"):
        PremiumLine(name="fee", amount=1.0, earned="some time")
    with pytest.raises(InvalidParameter, match="lines must hold at least one"):
        unearned([], moment(1.0))


def test_what_was_paid_lies_within_the_premium():
    for paid in (-1, 100_001):
        with pytest.raises(InvalidParameter, match=r"paid must be in \[0, 100000\]"):
            cancel(LINES, moment(0.9), cny(paid))
    with pytest.raises(InvalidParameter, match="paid must be >= 0"):
        endorse(LINES, moment(0.9), LINES, moment(0.9), cny(-1))
    spent = premium_lines({"commission": 1000.0})
    with pytest.raises(InvalidParameter, match="less than the whole premium"):
        endorse(LINES, moment(0.9), spent, moment(0.9), cny(100_000))


def test_a_moment_is_one():
    with pytest.raises(InvalidParameter, match="share must be >= 0"):
        moment(-0.1)
    with pytest.raises(InvalidParameter, match=r"pro_rata must be in \[0, 1\]"):
        moment(0.1, pro_rata=1.1)
