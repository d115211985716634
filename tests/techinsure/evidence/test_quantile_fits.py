"""A law is found again from its quantiles, and the nearest one where none goes through them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

from techinsure.distributions import Beta, Gamma, Lognormal
from techinsure.evidence.quantile_fits import fitted

LAWS = {"beta": Beta, "gamma": Gamma, "lognormal": Lognormal}
families = pytest.mark.parametrize("family", LAWS)
LEVELS = np.array([0.05, 0.5, 0.95])


@families
@given(
    log_mean=st.floats(-4, 4), log_cv=st.floats(-2, 0.5),
    levels=st.lists(st.integers(2, 98), min_size=2, max_size=5, unique=True),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_law_is_found_again(family, log_mean, log_cv, levels):
    mean, cv = 10.0**log_mean, 10.0**log_cv
    if family == "beta":
        mean = mean / (1 + mean)
        cv = min(cv, 0.8 * ((1 - mean) / mean) ** 0.5)
    law = LAWS[family](mean=mean, cv=cv)
    levels = np.array(sorted(levels)) / 100
    values = law.quantile(levels)
    assume(values[0] > 1e-100)
    assume((np.diff(values) > 1e-6 * values[1:]).all())
    if family == "beta":
        assume(values[-1] < 1 - 1e-6)
    again = LAWS[family](**dict(zip(("mean", "cv"), fitted(family, levels, values), strict=True)))
    kept = np.abs(law.cdf(values) - levels).max()  # how well the quantiles themselves are known
    assert np.abs(again.cdf(values) - levels).max() <= 1e-12 + 2 * kept
    # of what is told back, at other levels as well
    np.testing.assert_allclose(again.quantile(LEVELS), law.quantile(LEVELS), rtol=1e-7)


@pytest.mark.parametrize(
    ("family", "law"),
    [
        ("beta", Beta.of_shapes(2.0, 38.0)),
        ("beta", Beta.of_shapes(0.4, 0.7)),
        ("gamma", Gamma.of_shape_scale(4.0, 0.02)),
        ("gamma", Gamma.of_shape_scale(0.3, 2.0)),
        ("lognormal", Lognormal(mean=3e6, cv=2.0)),
    ],
    ids=lambda value: str(value)[:24],
)
def test_round_trip_to_the_last_digits(family, law):
    mean, cv = fitted(family, LEVELS, law.quantile(LEVELS))
    assert (mean, cv) == pytest.approx((law.mean, law.cv), rel=1e-12)


@families
def test_quantiles_that_no_law_has_are_met_in_least_squares(family):
    """Against a simplex search from the fit, which finds nothing better, and from afar."""
    levels, values = np.array([0.1, 0.4, 0.6, 0.9]), np.array([0.02, 0.2, 0.22, 0.3])
    law = LAWS[family]

    def squares(parameters):
        mean, cv = np.exp(parameters)
        if family == "beta" and (mean >= 1 or cv**2 >= (1 - mean) / mean):
            return 9.0
        return float(((law(mean=mean, cv=cv).cdf(values) - levels) ** 2).sum())

    found = np.log(fitted(family, levels, values))
    best = squares(found)
    assert best > 1e-3
    for start in (found, found + 0.5, found - 0.5):
        other = optimize.minimize(squares, start, method="Nelder-Mead",
                                  options={"xatol": 1e-10, "fatol": 1e-14})  # fmt: skip
        assert best <= other.fun * (1 + 1e-9)


@families
def test_the_unit_does_not_matter(family):
    """Money in thousands, rates per 1,000; a probability turned into that of the contrary."""
    levels, values = np.array([0.1, 0.5, 0.9]), np.array([0.02, 0.06, 0.2])
    mean, cv = fitted(family, levels, values)
    if family == "beta":
        other, spread = fitted(family, 1 - levels[::-1], 1 - values[::-1])
        assert other == pytest.approx(1 - mean, rel=1e-9)
        assert other * spread == pytest.approx(mean * cv, rel=1e-7)
    else:
        scaled = fitted(family, levels, values * 1e6)
        assert scaled == pytest.approx((mean * 1e6, cv), rel=1e-8)
