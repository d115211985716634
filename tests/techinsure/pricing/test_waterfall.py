"""The premium line by line: its lines sum to what is charged; impossible loadings are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.pricing.waterfall import waterfall
from techinsure.quantities import Estimate, exactly

RATES = {"commission": 0.10, "administration": 0.15, "profit": 0.05}
PAYS_FOR = dict.fromkeys([*RATES, "risk_margin"], "something")


def estimate(value, error):
    return Estimate(value=value, standard_error=error, unit="CNY")


def test_by_hand():
    """(60 + 10) / (1 - 0.30) = 100; the errors 3 and 4 make 5, over 0.7."""
    lines = waterfall(estimate(60.0, 3.0), estimate(10.0, 4.0), RATES, PAYS_FOR, "CNY")
    assert lines.charged.value == pytest.approx(100)
    assert lines.charged.standard_error == pytest.approx(5 / 0.7)
    assert not lines.charged.exact
    assert [(step.name, step.amount.value) for step in lines.steps] == [
        ("pure", 60.0), ("risk_margin", 10.0), ("commission", pytest.approx(10)),
        ("administration", pytest.approx(15)), ("profit", pytest.approx(5)),
    ]  # fmt: skip
    assert lines.step("profit").standard_error == pytest.approx(0.05 * 5 / 0.7)


def test_what_is_exact_stays_exact():
    charged = waterfall(exactly(60.0), exactly(10.0), RATES, PAYS_FOR, "CNY").charged
    assert charged.exact
    assert charged.standard_error is None
    assert charged.unit == "CNY"


amounts = st.floats(0, 1e12)
rates = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 0.12), max_size=8)


@given(pure=amounts, margin=amounts, error=st.floats(0, 1e9), given_rates=rates)
def test_the_lines_sum_to_what_is_charged(pure, margin, error, given_rates):
    pays_for = dict.fromkeys([*given_rates, "risk_margin"], "")
    lines = waterfall(exactly(pure), estimate(margin, error), given_rates, pays_for, "CNY")
    total = sum(step.amount.value for step in lines.steps)
    assert total == pytest.approx(lines.charged.value, rel=1e-12)
    for name, rate in given_rates.items():
        assert lines.step(name).value == rate * lines.charged.value


def test_nothing_costs_nothing():
    lines = waterfall(exactly(0.0), exactly(0.0), RATES, PAYS_FOR, "CNY")
    assert {step.amount.value for step in lines.steps} == {0.0}
    assert lines.charged.value == 0


@pytest.mark.parametrize("last", [0.5, 0.7, 2.0])
def test_loadings_that_leave_nothing_are_refused(last):
    given_rates = {"commission": 0.3, "administration": 0.2, "profit": last}
    with pytest.raises(InvalidParameter, match=r"loadings must sum to less than 1, got .*lower"):
        waterfall(exactly(60.0), exactly(10.0), given_rates, {**PAYS_FOR}, "CNY")
