"""Premium principles: their properties on samples, edges of laws, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.distributions import (
    Binomial,
    Exponential,
    Gamma,
    GeneralizedPareto,
    Lognormal,
    Lomax,
    NegativeBinomial,
    Pareto,
    Poisson,
    Weibull,
)
from techinsure.errors import InvalidParameter, NotFound, Refused, Undefined
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.risks import (
    OfCount,
    certain,
    of_law,
    of_layer,
    of_sample,
    of_sum,
)
from techinsure.pricing.principles.table import PRINCIPLES, compare, premium

MODERATE = {
    "cost_of_capital": 0.1,
    "expected_value": 0.2,
    "standard_deviation": 0.3,
    "variance": 0.01,
    "exponential": 0.05,
    "esscher": 0.05,
    "proportional_hazard": 1.7,
    "wang": 0.4,
    "dual_power": 2.2,
}
PER_UNIT = ("variance", "exponential", "esscher")
DISTORTED = ("proportional_hazard", "wang", "dual_power", "cost_of_capital")
MONOTONE = ("expected_value", "exponential", *DISTORTED)
NO_RIP_OFF = ("exponential", "esscher", *DISTORTED)
TRANSLATED = tuple(name for name in MODERATE if name != "expected_value")

amounts = st.lists(st.floats(0, 500), min_size=1, max_size=12)


@st.composite
def samples(draw):
    values = draw(amounts)
    parts = draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    return np.array(values), np.array(parts) / sum(parts)


def charged(name, values, weight, parameter=None):
    return premium(name, of_sample(values, weight), parameter or MODERATE[name])


def near(value, scale=1.0):
    return pytest.approx(value, rel=1e-10, abs=1e-10 * scale)


def test_the_table_names_every_principle_and_its_bounds():
    assert set(PRINCIPLES) == set(MODERATE)
    assert next(iter(PRINCIPLES)) == principles.DEFAULT
    for name, line in PRINCIPLES.items():
        assert line.name == name
        assert line.source
        assert line.premium is getattr(principles, name)
        with pytest.raises(InvalidParameter, match=f"{line.parameter} must be >= {line.least:g}"):
            line.premium(certain(1.0), line.least - 1e-9)
        with pytest.raises(InvalidParameter, match="must be finite"):
            line.premium(certain(1.0), math.nan)


@settings(max_examples=40)
@given(samples())
def test_a_premium_lies_between_mean_and_maximum(drawn):
    values, weight = drawn
    mean, most = float(weight @ values), values.max()
    for name in MODERATE:
        assert charged(name, values, weight) >= mean * (1 - 1e-12) - 1e-12
    for name in NO_RIP_OFF:
        assert charged(name, values, weight) <= most * (1 + 1e-12)


def test_spread_can_be_charged_beyond_the_maximum():
    """What the two principles are known for, and a reason not to use them."""
    risk = of_sample([0.0, 100.0], [0.99, 0.01])
    assert principles.standard_deviation(risk, 20.0) > 100
    assert principles.variance(risk, 2.0) > 100


@settings(max_examples=40)
@given(samples(), st.floats(0, 1e4))
def test_a_certain_amount_is_charged_as_it_is(drawn, amount):
    values, weight = drawn
    for name in TRANSLATED:
        moved = charged(name, values + amount, weight)
        assert moved == near(charged(name, values, weight) + amount, 1e4)


@settings(max_examples=40)
@given(samples(), st.sampled_from([1e-6, 3.0, 1e9]))
def test_premiums_follow_the_currency(drawn, scale):
    values, weight = drawn
    for name, parameter in MODERATE.items():
        scaled = charged(name, values * scale, weight, parameter / scale ** (name in PER_UNIT))
        assert scaled == near(charged(name, values, weight) * scale, scale)


@settings(max_examples=40)
@given(samples(), st.data())
def test_a_larger_loss_costs_more(drawn, data):
    values, weight = drawn
    size = len(values)
    more = data.draw(st.lists(st.floats(0, 300), min_size=size, max_size=size))
    for name in MONOTONE:
        assert charged(name, values + more, weight) >= charged(name, values, weight) * (1 - 1e-12)


@settings(max_examples=40)
@given(samples(), st.floats(1.01, 3))
def test_a_larger_parameter_charges_more(drawn, factor):
    values, weight = drawn
    for name, parameter in MODERATE.items():
        less, more = (charged(name, values, weight, p) for p in (parameter, parameter * factor))
        assert more >= less * (1 - 1e-12)


@settings(max_examples=40)
@given(samples(), samples())
def test_independent_losses_add_up_where_they_should(one, other):
    """Exponential, Esscher and variance premiums are additive for independent losses."""
    values = (one[0][:, None] + other[0]).ravel()
    weight = (one[1][:, None] * other[1]).ravel()
    for name in ("expected_value", "variance", "exponential", "esscher"):
        together = charged(name, values, weight / weight.sum())
        assert together == near(charged(name, *one) + charged(name, *other), 500)


@settings(max_examples=40)
@given(amounts, amounts)
def test_losses_that_rise_together_add_up_under_a_distortion(one, other):
    size = min(len(one), len(other))
    one, other = np.sort(one[:size]), np.sort(other[:size])
    for name in DISTORTED:
        apart = charged(name, one, None) + charged(name, other, None)
        assert charged(name, one + other, None) == near(apart, 500)


@pytest.mark.parametrize("name", MODERATE)
def test_degenerate_samples(name):
    assert premium(name, certain(0.0), MODERATE[name]) == 0
    assert premium(name, of_sample([0.0, 0.0, 0.0]), MODERATE[name]) == 0
    if name != "expected_value":
        assert premium(name, of_sample([7.5] * 3, [0.2, 0.3, 0.5]), MODERATE[name]) == 7.5
    with_absent = of_sample([1.0, 5.0, 900.0], [0.5, 0.5, 0.0])
    assert premium(name, with_absent, MODERATE[name]) == premium(
        name, of_sample([1.0, 5.0]), MODERATE[name]
    )


RISKS = (
    of_sample([0.0, 0.0, 3.0, 40.0], [0.4, 0.3, 0.2, 0.1]),
    of_law(Gamma(mean=100.0, cv=2.0)),
    of_law(Lognormal(mean=100.0, cv=0.5)),
    of_law(Lomax(shape=1.3, scale=10.0)),
    OfCount(law=Binomial(m=1, q=0.1)),
    of_sum(NegativeBinomial(r=2.0, beta=0.5), Exponential(scale=10.0)),
    of_layer(Pareto(shape=0.8, scale=10.0), 1e4, 5.0),
)


@pytest.mark.parametrize("risk", RISKS, ids=str)
def test_the_parameter_that_charges_nothing_gives_the_mean(risk):
    for line in PRINCIPLES.values():
        assert line.premium(risk, line.least) == risk.mean


@pytest.mark.parametrize(
    "risk",
    [
        of_sample([0.0, 0.0, 300.0, 4e5], [0.4, 0.3, 0.2, 0.1]),
        of_law(Gamma(mean=1e4, cv=2.0)),
        of_law(Weibull(shape=3.0, scale=1e4)),
        of_law(GeneralizedPareto(shape=-0.3, scale=1e4)),
        of_sum(NegativeBinomial(r=2.0, beta=0.5), Gamma(mean=1e4, cv=1.0)),
        of_sum(Poisson(rate=1e-6), of_layer(Lognormal(mean=1e5, cv=3.0), 1e6)),
    ],
    ids=str,
)
@pytest.mark.parametrize("a", [1e-9, 1e-13, 1e-18, 1e-30, 1e-200, 1e-300, 5e-324])
def test_no_digit_is_lost_at_a_small_risk_aversion(risk, a):
    """To first order the exponential premium is mean + a Var / 2 and Esscher's mean + a Var."""
    if a < 1e-10:
        loading = a * risk.variance
        assert principles.exponential(risk, a) == pytest.approx(risk.mean + loading / 2, rel=1e-13)
        assert principles.esscher(risk, a) == pytest.approx(risk.mean + loading, rel=1e-13)
    assert principles.exponential(risk, a) >= risk.mean * (1 - 1e-13)


@pytest.mark.parametrize("a", [0.5, 10.0, 1e3, 1e250])
def test_nothing_overflows_at_a_large_risk_aversion(a):
    risk = of_sample([0.0, 1000.0], [1 - 1e-12, 1e-12])
    exact = 1000 + (math.log(1e-12) + math.log1p(1e12 * math.exp(-1000 * a) if a < 1 else 0)) / a
    assert principles.exponential(risk, a) == pytest.approx(exact, rel=1e-14)
    assert principles.esscher(risk, a) == pytest.approx(1000, rel=1e-13)


def test_values_far_apart():
    """1e-12 of a million beside many cents: the premium keeps its digits."""
    risk = of_sample([0.01, 1e6], [1 - 1e-12, 1e-12])
    assert principles.exponential(risk, 1e-9) == pytest.approx(0.0100010005001566983, rel=1e-13)
    distant = of_sample([1e12, 1e12 + 1])
    assert principles.exponential(distant, 1e-3) - 1e12 == pytest.approx(0.500125, abs=2e-4)


# --- Infinite premiums ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "law", "parameter", "told"),
    [
        ("exponential", Gamma(mean=4.0, cv=0.5), 1.0, "finite for risk_aversion < 1$"),
        ("esscher", Gamma(mean=4.0, cv=0.5), 1.5, "finite for h < 1$"),
        ("exponential", Weibull(shape=1.0, scale=4.0), 0.25, "finite for risk_aversion < 0.25"),
        ("exponential", Lognormal(mean=1.0, cv=0.1), 1e-9, "at every risk_aversion > 0; cap"),
        ("esscher", Lomax(shape=9.0, scale=1.0), 1e-9, "heavier .* at every h > 0"),
        ("esscher", Weibull(shape=0.9, scale=1.0), 1e-9, "heavier .* at every h > 0"),
        ("variance", Pareto(shape=2.0, scale=1.0), 0.1, "at every alpha > 0: the variance of"),
        ("standard_deviation", Lomax(shape=1.9, scale=1.0), 0.1, "at every beta > 0: the variance"),
        ("proportional_hazard", Pareto(shape=3.0, scale=1.0), 3.0, "finite for rho < 3$"),
        ("proportional_hazard", Lomax(shape=1.2, scale=1.0), 50.0, "finite for rho < 1.2$"),
        ("proportional_hazard", Pareto(shape=1.0, scale=1.0), 1.5, "at every parameter"),
        ("wang", Pareto(shape=1.0, scale=1.0), 0.1, "at every parameter, as the mean is"),
        ("dual_power", GeneralizedPareto(shape=1.2, scale=1.0), 2.0, "at every parameter"),
        ("cost_of_capital", Lomax(shape=0.9, scale=1.0), 0.1, "at every parameter"),
        ("expected_value", Lomax(shape=1.0, scale=1.0), 0.1, "the mean of Lomax"),
    ],
)
def test_infinite_premiums_say_where_they_would_be_finite(name, law, parameter, told):
    with pytest.raises(Undefined, match=rf"the {name} premium of {type(law).__name__}.*{told}"):
        premium(name, of_law(law), parameter)


@pytest.mark.parametrize("name", MODERATE)
def test_an_infinite_mean_has_no_premium(name):
    for parameter in (PRINCIPLES[name].least, MODERATE[name]):
        with pytest.raises(Undefined, match=f"the {name} premium"):
            premium(name, of_law(Pareto(shape=1.0, scale=5.0)), parameter)
        assert math.isfinite(premium(name, RISKS[-1], parameter if name != "esscher" else 1e-4))


@pytest.mark.parametrize("miss", [1e-3, 1e-6, 1e-9])
def test_just_inside_the_edge(miss):
    gamma = of_law(Gamma(mean=4.0, cv=0.5))  # scale 1
    assert principles.esscher(gamma, 1 - miss) == pytest.approx(4 / miss, rel=1e-6)
    pareto = of_law(Pareto(shape=2.0, scale=10.0))
    rho = 2.0 * (1 - miss)
    assert principles.proportional_hazard(pareto, rho) == pytest.approx(10 / miss, rel=1e-6)


def test_the_edge_of_a_negative_binomial_sum():
    """1 - beta (M(a) - 1) > 0: with exponential sizes of 10 and beta 0.5, a < 1 / 15."""
    risk = of_sum(NegativeBinomial(r=2.0, beta=0.5), Exponential(scale=10.0))
    assert risk.mgf_limit == pytest.approx(1 / 15, rel=1e-13)
    inside = principles.exponential(risk, 1 / 15 * (1 - 1e-9))
    assert inside == pytest.approx(15 * 2 * math.log(1e9 / 3), rel=1e-6)
    for a in (1 / 15 * (1 + 1e-12), 0.08, 0.2, 1e9):
        with pytest.raises(Undefined, match=r"finite for risk_aversion < 0\.06666666667"):
            principles.exponential(risk, a)


def test_what_float64_cannot_hold_is_said():
    with pytest.raises(Undefined, match="beyond float64"):
        principles.esscher(of_sum(Poisson(rate=1.0), certain(800.0)), 1.0)
    with pytest.raises(Undefined, match="beyond float64"):
        principles.proportional_hazard(of_law(Lognormal.of_mu_sigma(10.0, 5.0)), 100.0)
    with pytest.raises(Refused, match="leaves float64"):
        principles.exponential(of_sample([0.0, 1e100]), 1e250)


# --- The table by name ---------------------------------------------------------------------------


def test_an_unknown_principle_is_not_found():
    with pytest.raises(NotFound, match=r"premium principle 'escher' .* 'esscher'"):
        premium("escher", certain(1.0), 0.1)
    with pytest.raises(NotFound):
        compare(certain(1.0), {"esscher": 0.1, "nothing": 1.0})


def test_a_comparison_has_a_row_for_each_in_order():
    risk = of_law(Lomax(shape=1.5, scale=500.0))
    asked = {"wang": 0.3, "variance": 0.1, "proportional_hazard": 1.6, "expected_value": 0.2}
    rows = compare(risk, asked)
    assert [(row.principle, row.value) for row in rows] == list(asked.items())
    assert [row.parameter for row in rows] == ["lambda_", "alpha", "rho", "theta"]
    assert [bool(row.refused) for row in rows] == [False, True, True, False]
    assert rows[1].premium is rows[1].loading is None
    assert "finite for rho < 1.5" in rows[2].refused
    assert rows[3].premium == pytest.approx(1200.0)
    assert rows[3].loading == pytest.approx(0.2)
    assert all(row.standard_error is None for row in rows)


def test_a_comparison_of_a_sample_has_errors():
    rows = compare(of_sample([0.0, 0.0, 10.0, 90.0]), MODERATE)
    assert all(row.standard_error > 0 for row in rows)
    assert compare(certain(5.0), {"wang": 0.1})[0].standard_error is None


def test_a_comparison_of_nothing_has_no_loading():
    for row in compare(certain(0.0), MODERATE):
        assert (row.premium, row.loading, row.refused) == (0.0, None, "")


def test_a_sum_is_charged_by_its_law():
    risk = of_sum(Poisson(rate=1.0), Exponential(scale=10.0))
    with pytest.raises(
        Refused, match=r"the wang premium .* needs the law of the sum; put the sizes"
    ):
        principles.wang(risk, 0.3)
    equal = of_sum(Binomial(m=1, q=0.1), certain(50.0))
    assert principles.proportional_hazard(equal, 2.0) == pytest.approx(50 * math.sqrt(0.1))


def test_cost_of_capital_at_its_own_level():
    risk = of_law(Exponential(scale=1000.0))
    assert principles.cost_of_capital(risk, 0.1, 0.9) == pytest.approx(1000 + 100 * math.log(10))
    assert principles.cost_of_capital(risk, 1.0, 0.0) == 1000
    with pytest.raises(InvalidParameter, match="level must be in"):
        principles.cost_of_capital(risk, 0.1, 1.0)
