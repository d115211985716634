"""Premium by year, discounting, one limit across years, capital held over the term."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.money import Owed
from techinsure.pricing.over_time.multi_year import (
    UNDISCOUNTED,
    Yields,
    instalments,
    limit_each_year,
    one_limit,
    premium_by_year,
    present_value,
    years_of_capital,
)
from techinsure.pricing.over_time.pattern import policy_years, risk_pattern, slices
from techinsure.pricing.over_time.staged_pattern import project_ends
from techinsure.quantities import Estimate, exactly
from techinsure.simulation import cohort_blocks, simulate
from tests.techinsure import builders
from tests.techinsure.models.staged_cases import projects, staged

CURVE = Yields(rates=(0.01, 0.02, 0.03), source="test")


def cny(minor):
    return Owed(amount_minor=minor, currency="CNY")


def yearly(rate):
    return Yields(rates=(rate,), source="test")


def three_years(*rows):
    named = [dict(zip(("year", "time", "loss"), row, strict=True)) for row in rows]
    return builders.table(named, 4, builders.portfolio(1, term=np.array([3.0])))


HAND = three_years((0, 0.5, 10.0), (1, 1.5, 30.0), (2, 2.5, 60.0))
ENDED = np.array([0.5, 1.5, 2.5, np.inf])


# --- Discounting --------------------------------------------------------------------------------


def test_discounts_by_hand():
    """Spot rates at whole years; between them one year's forward, 1.02**2 / 1.01 - 1."""
    half = 1 / 1.01 * (1.01 / 1.02**2) ** 0.5
    found = CURVE.discount(np.array([0.0, 1.0, 1.5, 2.0, 3.0]))
    assert found == pytest.approx([1, 1 / 1.01, half, 1.02**-2, 1.03**-3], rel=1e-14)
    assert yearly(0.03).discount(np.array([0.5, 40.0])) == pytest.approx([1.03**-0.5, 1.03**-40])
    assert (UNDISCOUNTED.discount(np.array([0.0, 7.3])) == 1).all()


def test_a_curve_is_not_drawn_on():
    with pytest.raises(InvalidParameter, match=r"times\[1\] must be in \[0, 3\], got 3.5"):
        CURVE.discount(np.array([1.0, 3.5]))
    with pytest.raises(InvalidParameter, match=r"times\[0\] must be in"):
        UNDISCOUNTED.discount(np.array([-0.1]))
    with pytest.raises(InvalidParameter, match=r"rates\[0\] must be in \[-0.2, 1\], got 2.5"):
        Yields(rates=(2.5,), source="in percent")
    with pytest.raises(InvalidParameter, match="rates must have at least 1"):
        Yields(rates=(), source="none")


def test_losses_are_discounted_from_when_they_occur():
    assert present_value(HAND).tolist() == HAND.annual().tolist()
    found = present_value(HAND, yearly(0.1))
    assert found == pytest.approx([10 * 1.1**-0.5, 30 * 1.1**-1.5, 60 * 1.1**-2.5, 0])


# --- One limit ----------------------------------------------------------------------------------

losses = st.lists(st.lists(st.floats(0, 1e9), min_size=3, max_size=3), min_size=1, max_size=5)


@settings(max_examples=40)
@given(losses, st.floats(0, 1e9))
def test_one_limit_pays_at_most_once_what_limits_each_year_pay_each(drawn, limit):
    by_year = np.array(drawn).T
    once, each = one_limit(by_year, limit), limit_each_year(by_year, limit)
    assert (once >= 0).all()
    assert once.sum(axis=0) == pytest.approx(np.minimum(by_year.sum(axis=0), limit), rel=1e-9)
    slack = 1e-6 + 1e-12 * by_year.sum()
    assert (once <= each + slack).all()
    assert (each <= by_year).all()


def test_years_use_the_limit_up_in_order():
    by_year = np.array([[30.0], [50.0], [40.0]])
    assert one_limit(by_year, 60.0).ravel().tolist() == [30, 30, 0]
    assert limit_each_year(by_year, 45.0).ravel().tolist() == [30, 45, 40]
    with pytest.raises(InvalidParameter, match="limit must be >= 0"):
        one_limit(by_year, -1.0)


def test_one_limit_is_the_aggregate_limit_of_the_policy():
    """A project with a repeated tape-out may claim twice: the same limit by the policy's terms."""
    free = projects([{"class": "chip", "respin": 1.0, "months": 36}])
    limited = replace(
        free, terms=replace(free.terms, aggregate=np.zeros(2, np.int32),
                            aggregate_limit=np.full(2, 20.0)),
    )  # fmt: skip
    without, within = (
        slices(simulate(p, {"rd_loss": staged()}, seed=3, n_years=4096)) for p in (free, limited)
    )
    assert (without.sum(axis=0) > 20).any()
    assert one_limit(without, 20.0) == pytest.approx(within, abs=1e-9)


# --- Instalments --------------------------------------------------------------------------------


def test_instalments_by_hand():
    """100.00 in two, now and in a year at 10% from 80%: each 100 / (1 + 0.8 / 1.1) = 57.894..."""
    due = [exactly(1.0), Estimate(value=0.8, standard_error=0.02)]
    plan = instalments(cny(10_000), [0.0, 1.0], [1.0, 1.0], yields=yearly(0.1), in_force=due)
    assert [part.due.amount_minor for part in plan.instalments] == [5790, 5789]
    assert plan.total.value == pytest.approx(200 / (1 + 0.8 / 1.1))
    share = 0.5 * 0.02 / 1.1 / (0.5 * (1 + 0.8 / 1.1))
    assert plan.total.standard_error == pytest.approx(plan.total.value * share)
    assert plan.value == pytest.approx(10_000, abs=1)


def test_instalments_without_interest_are_the_premium_itself():
    plan = instalments(cny(10_000_001), [0.0, 0.5, 1.0], [1.0, 1.0, 1.0])
    assert [part.due.amount_minor for part in plan.instalments] == [3333334, 3333334, 3333333]
    assert plan.total.exact
    assert sum(part.due.amount_minor for part in plan.instalments) == 10_000_001


chances = st.floats(0.05, 1)


@settings(max_examples=40)
@given(
    single=st.integers(0, 10**15),
    rows=st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 10), chances), min_size=1, max_size=9),
    rate=st.floats(0, 0.2),
)
def test_instalments_are_worth_the_premium(single, rows, rate):
    times, weights, due = zip(*rows, strict=True)
    due = [exactly(chance) for chance in due]
    plan = instalments(cny(single), times, weights, yields=yearly(rate), in_force=due)
    assert plan.value == pytest.approx(single, rel=1e-9, abs=len(rows))
    total = sum(part.due.amount_minor for part in plan.instalments)
    assert total >= single - 1
    assert total == pytest.approx(plan.total.value * 100, rel=1e-9, abs=1)


def test_what_instalments_cannot_be():
    with pytest.raises(InvalidParameter, match="weights must have 2 entries"):
        instalments(cny(1), [0.0, 1.0], [1.0])
    with pytest.raises(InvalidParameter, match="weights must not all be 0"):
        instalments(cny(1), [0.0], [0.0])
    with pytest.raises(InvalidParameter, match="times must have at least one"):
        instalments(cny(1), [], [])
    with pytest.raises(InvalidParameter, match=r"in_force\[0\] must be in \[0, 1\]"):
        instalments(cny(1), [0.0], [1.0], in_force=[exactly(1.5)])
    with pytest.raises(Undefined, match="none of them is ever due"):
        instalments(cny(1), [1.0], [1.0], in_force=[exactly(0.0)])


# --- Premium by year ----------------------------------------------------------------------------


def test_a_premium_by_year_by_hand():
    """Years cost 10, 30, 60 of 100 and start with 1, 3/4, 1/2 in force: 9 = 0.9 + 2.7 + 5.4 in
    value, due 0.9, 3.6 and 10.8 from who is there."""
    pattern = risk_pattern(HAND, [0.0, 1.0, 2.0], ended=ENDED)
    plan = premium_by_year(cny(900), pattern, policy_years(HAND))
    assert [part.due.amount_minor for part in plan.instalments] == [90, 360, 1080]
    assert plan.value == pytest.approx(900)
    assert not plan.total.exact
    level = premium_by_year(cny(900), pattern, policy_years(HAND), spread="level")
    assert [part.due.amount_minor for part in level.instalments] == [400, 400, 400]


def test_what_is_paid_by_year_is_worth_what_was_due_at_once():
    """Simulated: the premiums that the projects in force pay, discounted, are the single one."""
    portfolio, n, seed = projects([{"months": 36}]), 4096, 9
    table = simulate(portfolio, {"rd_loss": staged()}, seed=seed, n_years=n)
    ended = project_ends(staged(), portfolio, 0, cohort_blocks(seed, n))
    pattern = risk_pattern(table, [0.0, 1.0, 2.0], ended=ended)
    for spread in ("risk", "level"):
        plan = premium_by_year(
            cny(10**9), pattern, policy_years(table), spread=spread, yields=CURVE
        )
        paid = np.zeros(n)
        for part in plan.instalments:
            paid += (ended.astype(np.float32) >= part.time) * part.due.amount_minor * part.discount
        assert paid.mean() == pytest.approx(10**9, rel=1e-8)


def test_a_year_without_its_moment_is_not_guessed():
    with pytest.raises(NotFound):
        premium_by_year(cny(900), risk_pattern(HAND, [0.0, 1.0]), policy_years(HAND))
    with pytest.raises(InvalidParameter, match="spread must be one of risk, level"):
        premium_by_year(cny(1), risk_pattern(HAND, [0.0]), policy_years(HAND), spread="time")


def test_capital_is_held_while_losses_are_to_come():
    """1 + 0.9 + 0.6 years; a tenth less each year at 1 / 0.9 - 1."""
    pattern, years = risk_pattern(HAND, [0.0, 1.0, 2.0], ended=ENDED), policy_years(HAND)
    assert years_of_capital(pattern, years).value == pytest.approx(2.5)
    discounted = years_of_capital(pattern, years, yearly(1 / 0.9 - 1))
    assert discounted.value == pytest.approx(0.9 + 0.81 * 0.9 + 0.729 * 0.6)
    assert math.isfinite(discounted.standard_error)
    one = builders.table([(0, 10.0)], 4, builders.portfolio(1))
    assert years_of_capital(risk_pattern(one, [0.0]), policy_years(one)).value == 1
