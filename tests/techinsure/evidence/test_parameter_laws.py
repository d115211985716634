"""Laws of parameters: against scipy.stats, into priors and back, at tiny shapes, and refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.errors import InvalidParameter
from techinsure.evidence import Prior
from techinsure.evidence.parameter_laws import (
    ChanceLaw,
    MeanLaw,
    RateLaw,
    log_gamma_quantile,
    vanishing,
)
from techinsure.evidence.priors import Part

LEVELS = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
ZOO = [
    (RateLaw(shape=2.0, rate=25.0), stats.gamma(2.0, scale=1 / 25)),
    (RateLaw(shape=0.05, rate=2.0), stats.gamma(0.05, scale=0.5)),
    (RateLaw(shape=900.0, rate=3.0), stats.gamma(900.0, scale=1 / 3)),
    (ChanceLaw(a=0.5, b=29.5), stats.beta(0.5, 29.5)),
    (ChanceLaw(a=0.03, b=2.0), stats.beta(0.03, 2.0)),
    (ChanceLaw(a=40.0, b=3.0), stats.beta(40.0, 3.0)),
    (MeanLaw(mean=-3.0, variance=4.0), stats.norm(-3.0, 2.0)),
]
shapes = st.floats(1e-3, 1e6)


@pytest.mark.parametrize(("law", "known"), ZOO, ids=[repr(law) for law, _ in ZOO])
def test_laws_are_those_of_scipy(law, known):
    assert (law.mean, law.sd) == pytest.approx((known.mean(), known.std()), rel=1e-12)
    assert law.quantile(LEVELS) == pytest.approx(known.ppf(LEVELS), rel=1e-8)
    x = known.ppf(LEVELS)
    assert law.cdf(x) == pytest.approx(known.cdf(x), rel=1e-9)


@given(shapes, st.floats(1e-9, 1e9))
def test_a_rate_is_a_prior_and_back(shape, rate):
    law = RateLaw(shape=shape, rate=rate)
    again = RateLaw.of(law.prior(grade="A", source="own claims"))
    assert (again.shape, again.rate) == pytest.approx((shape, rate), rel=1e-14)


@given(st.floats(0.05, 1e4), st.floats(0.05, 1e4))
def test_a_chance_is_a_prior_and_back(a, b):
    prior = ChanceLaw(a=a, b=b).prior(grade="B", source="market", note="n")
    assert (prior.family, prior.grade, prior.source, prior.note) == ("beta", "B", "market", "n")
    again = ChanceLaw.of(prior)
    assert (again.a, again.b) == pytest.approx((a, b), rel=1e-8)


def test_the_law_of_the_prior_is_the_same_law():
    law = RateLaw(shape=2.0, rate=25.0)
    prior = law.prior(grade="A", source="own claims")
    assert prior.law.quantile(LEVELS) == pytest.approx(law.quantile(LEVELS), rel=1e-12)


def test_quantiles_do_not_vanish_at_tiny_shapes():
    """P(X <= x) is x**a / Gamma(a + 1) there: known in logarithms where x itself is 10**-1301."""
    u = np.array([1e-9, 0.05, 0.5])
    for shape in (1e-6, 1e-3, 0.02):
        logs = log_gamma_quantile(shape, u)
        assert np.isfinite(logs).all()
        assert (np.diff(logs) > 0).all()
        again = shape * logs - math.lgamma(shape + 1)
        assert again == pytest.approx(np.log(u), abs=1e-9)
    assert RateLaw(shape=1e-3, rate=1.0).quantile(0.05) == 0
    assert ChanceLaw(a=1e-3, b=1.0).quantile(0.05) == 0  # u**(1 / a)
    assert ChanceLaw(a=0.01, b=1.0).quantile(0.05) == pytest.approx(0.05**100, rel=1e-9)
    assert ChanceLaw(a=0.0044, b=1.0).quantile(0.05) == pytest.approx(
        0.05 ** (1 / 0.0044), rel=1e-8
    )


def test_both_forms_of_a_small_quantile_meet():
    """Across 1e-290, where one takes over from the other."""
    shape = 0.01
    logs = log_gamma_quantile(shape, np.exp(shape * np.linspace(-700.0, -630.0, 71)))
    assert np.diff(logs) == pytest.approx(np.ones(70), abs=1e-6)


@pytest.mark.parametrize("low", [0.0, 1e-310])
def test_a_vanishing_end_is_told(low):
    assert vanishing(1e-300) == ()
    (note,) = vanishing(low)
    assert note.startswith("the 5% quantile is below 1e-307 and shown as ")


def test_the_variance_to_expect_after_more_exposure():
    """By E Var = Var - Var E over the negative binomial counts to come."""
    law, exposure, n = RateLaw(shape=2.0, rate=25.0), 40.0, np.arange(2000)
    ahead = stats.nbinom(law.shape, law.rate / (law.rate + exposure)).pmf(n)
    after = (law.shape + n) / (law.rate + exposure) ** 2
    assert law.expected_variance_after(exposure) == pytest.approx(ahead @ after, rel=1e-12)
    assert law.expected_variance_after(0.0) == pytest.approx(law.sd**2, rel=1e-15)


def test_a_density_of_the_stated_form():
    law = RateLaw(shape=3.0, rate=7.0)
    whole = integrate.quad(lambda x: x**2 * np.exp(-7 * x), 0, 0.4)[0] * 7**3 / 2
    assert law.cdf(0.4) == pytest.approx(whole, rel=1e-10)


def prior(**changes):
    return Prior(
        **{"family": "gamma", "mean": 0.2, "cv": 0.5, "grade": "D", "source": "s"} | changes
    )


mixed = prior(mean=0.2, cv=0.5, parts=(Part(weight=1.0, mean=0.2, cv=0.5),))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: RateLaw(shape=0.0, rate=1.0), "shape must be > 0, got 0.0"),
        (lambda: RateLaw(shape=1.0, rate=-1.0), "rate must be > 0, got -1.0"),
        (lambda: ChanceLaw(a=1.0, b=float("nan")), "b must be finite, got nan"),
        (lambda: MeanLaw(mean=0.0, variance=0.0), "variance must be > 0, got 0.0"),
        (lambda: RateLaw.of(prior(family="beta")), "family must be gamma for this update"),
        (lambda: RateLaw.of(prior(family="lognormal")), "family must be gamma for this update"),
        (lambda: ChanceLaw.of(prior()), "family must be beta for this update, got 'gamma'"),
        (lambda: RateLaw.of(prior(family="point")), "cv must be > 0 in a gamma law, got 0.5"),
        (lambda: RateLaw.of(prior(cv=0.0)), "cv must be > 0 in a gamma law, got 0.0"),
        (lambda: RateLaw.of(mixed), "parts must be none here, got 1 (update each part alone"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
