"""Survival far out, to full relative precision, against formulas in logarithms."""

import math

import numpy as np
import pytest
from scipy import special

from techinsure.distributions import (
    Beta,
    Exponential,
    Gamma,
    GeneralizedPareto,
    Lognormal,
    Lomax,
    Mbbefd,
    Mixture,
    Pareto,
    Weibull,
)


def erlang(shape, x):
    """ln P(X > x) of a gamma law of whole shape and scale 1: a Poisson sum."""
    terms = [k * math.log(x) - math.lgamma(k + 1) for k in range(shape)]
    return -x + special.logsumexp(terms)


def of_whole_b(a, b, x):
    """ln P(X > x) of a beta law of whole shapes: a binomial sum, P(B(a + b - 1, x) < a)."""
    n = a + b - 1
    terms = [
        math.log(math.comb(n, k)) + k * math.log(x) + (n - k) * math.log1p(-x) for k in range(a)
    ]
    return special.logsumexp(terms)


HEAVY_OR_LIGHT = (Gamma(mean=2.0, cv=1.0), Gamma(mean=1.0, cv=1.0))

TAILS = [
    (Exponential(scale=2.0), 1200.0, -600.0),
    (Gamma.of_shape_scale(4.0, 1.0), 600.0, erlang(4, 600.0)),
    (Gamma.of_shape_scale(80.0, 1.0), 500.0, erlang(80, 500.0)),
    (Lognormal.of_mu_sigma(3.0, 0.5), math.exp(18.0), float(special.log_ndtr(-30.0))),
    (Beta.of_shapes(3.0, 9.0), 1 - 2.0**-40, of_whole_b(3, 9, 1 - 2.0**-40)),
    (GeneralizedPareto(shape=0.0, scale=3.0), 1800.0, -600.0),
    (GeneralizedPareto(shape=0.25, scale=3.0), 3e60, -4 * math.log(0.25e60)),
    (GeneralizedPareto(shape=-0.25, scale=1.0), 4 - 2.0**-22, -96 * math.log(2)),
    (Lomax(shape=3.0, scale=10.0), 1e61, -3 * 60 * math.log(10)),
    (Pareto(shape=2.0, scale=1e3), 1e93, -180 * math.log(10)),
    (Mixture(parts=HEAVY_OR_LIGHT, weights=(0.5, 0.5)), 600.0, math.log(0.5) - 300.0),
    (Weibull(shape=2.0, scale=10.0), 240.0, -576.0),
    (Mbbefd(b=1.0, g=1e30), 1 - 2.0**-50, -math.log1p((1e30 - 1) * (1 - 2.0**-50))),
]


@pytest.mark.parametrize(("law", "x", "log_survival"), TAILS, ids=[law.kind for law, *_ in TAILS])
def test_survival_far_out(law, x, log_survival):
    assert log_survival < -60
    assert law.survival(np.array(x)) == pytest.approx(math.exp(log_survival), rel=1e-11, abs=0)


@pytest.mark.parametrize(("law", "x", "log_survival"), TAILS, ids=[law.kind for law, *_ in TAILS])
def test_excess_far_out(law, x, log_survival):
    """At least the survival beyond a further point times the distance, and finite."""
    x = np.array(x)
    further = x * (1 + 1e-3) if law.kind not in ("beta", "mbbefd", "generalized_pareto") else x
    excess = law.excess_mean(x)
    assert excess >= (further - x) * law.survival(further)
    assert 0 < excess < np.inf


def test_excess_of_a_mixture_far_out():
    law = Mixture(parts=HEAVY_OR_LIGHT, weights=(0.5, 0.5))
    assert law.excess_mean(np.array(600.0)) == pytest.approx(math.exp(-300), rel=1e-9, abs=0)
