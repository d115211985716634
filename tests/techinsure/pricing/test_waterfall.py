"""The premium line by line: one order, lines that sum to what is charged, a minimum that shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.pricing.waterfall import RISK_STEPS, Share, Step, waterfall
from techinsure.quantities import Estimate, exactly

SHARES = (
    Share(name="profit", kind="profit", rate=0.05, pays_for="owners"),
    Share(name="commission", kind="commission", rate=0.10, pays_for="brokers"),
    Share(name="administration", kind="expense", rate=0.15, pays_for="overhead"),
)
COSTS = dict(zip(RISK_STEPS, (60.0, -4.0, 6.0, 5.0, 1.0, 0.0, 2.0), strict=True))


def estimate(value, error):
    return Estimate(value=value, standard_error=error, unit="CNY")


def step(name, value):
    return Step(name=name, amount=exactly(value, "CNY"), pays_for="something")


def premium(costs=COSTS, shares=SHARES, fixed=0.0, minimum=0.0, error=None, technical=None):
    total = sum(costs.values()) if technical is None else technical
    return waterfall(
        [step(name, value) for name, value in costs.items()],
        exactly(total, "CNY") if error is None else estimate(total, error),
        shares,
        fixed=step("fixed_expense", fixed),
        minimum=step("minimum_premium", minimum),
    )


def test_by_hand():
    """(70 + 14) / (1 - 0.30) = 120; an error of 7 becomes 10."""
    lines = premium(fixed=14.0, error=7.0)
    assert lines.charged.value == pytest.approx(120)
    assert lines.charged.standard_error == pytest.approx(10)
    assert not lines.charged.exact
    assert [(one.name, one.amount.value) for one in lines.steps[7:]] == [
        ("fixed_expense", 14.0), ("administration", pytest.approx(18)),
        ("commission", pytest.approx(12)), ("profit", pytest.approx(6)),
        ("minimum_premium", 0.0),
    ]  # fmt: skip
    assert lines.step("profit").standard_error == pytest.approx(0.05 * 10)


def test_expense_commission_fee_levy_profit_in_this_order_however_listed():
    names = ["expense", "commission", "fee", "levy", "profit"]
    shares = [Share(name=kind, kind=kind, rate=0.02, pays_for="x") for kind in reversed(names)]
    assert [one.name for one in premium(shares=shares).steps[8:-1]] == names


def test_what_is_exact_stays_exact():
    charged = premium().charged
    assert (charged.exact, charged.standard_error, charged.unit) == (True, None, "CNY")


def test_a_minimum_adds_a_line_and_leaves_no_error():
    lines = premium(minimum=150.0, error=7.0)
    assert lines.step("minimum_premium").value == pytest.approx(50)
    assert lines.step("commission").value == pytest.approx(10)  # of the premium before it
    assert (lines.charged.value, lines.charged.exact) == (150.0, True)
    below = premium(minimum=99.0, error=7.0)
    assert below.charged.value == pytest.approx(100)
    assert below.step("minimum_premium") == exactly(0.0, "CNY")


amounts = st.floats(-1e9, 1e12)
rates = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 0.12), max_size=8)


@given(
    costs=st.lists(amounts, min_size=7, max_size=7).filter(lambda costs: sum(costs) >= 0),
    given_rates=rates,
    fixed=st.floats(0, 1e9), minimum=st.floats(0, 1e12),
)  # fmt: skip
def test_the_lines_sum_to_what_is_charged(costs, given_rates, fixed, minimum):
    shares = [
        Share(name=name, kind="fee", rate=rate, pays_for="x") for name, rate in given_rates.items()
    ]
    named = dict(zip(RISK_STEPS, costs, strict=True))
    lines = premium(named, shares, fixed, minimum)
    total = sum(one.amount.value for one in lines.steps)
    scale = sum(abs(one.amount.value) for one in lines.steps)
    assert total == pytest.approx(lines.charged.value, rel=1e-12, abs=1e-9 * scale)
    assert lines.charged.value >= minimum


def test_nothing_costs_nothing():
    lines = premium(dict.fromkeys(RISK_STEPS, 0.0))
    assert {one.amount.value for one in lines.steps} == {0.0}
    assert lines.charged.value == 0


@pytest.mark.parametrize("last", [0.5, 0.7, 0.9])
def test_loadings_that_leave_nothing_are_refused(last):
    shares = [
        Share(name=str(rate), kind="fee", rate=rate, pays_for="x") for rate in (0.3, 0.2, last)
    ]
    with pytest.raises(InvalidParameter, match=r"shares must sum to less than 1, got .*lower"):
        premium(shares=shares)


def test_risk_costs_out_of_order_or_with_a_gap_are_refused():
    with pytest.raises(InvalidParameter, match="risk_costs must be plug_in_pure"):
        premium(dict(reversed(COSTS.items())))
    with pytest.raises(InvalidParameter, match="technical must be the sum of risk costs"):
        premium(technical=70.1)
