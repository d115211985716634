"""ln E[exp(a X)] of laws of amounts: against 40 digits, derivatives, and limits."""

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
    Point,
    Weibull,
)
from techinsure.distributions.normal import Normal
from techinsure.errors import Refused
from techinsure.pricing.principles.cumulants import cumulants, mgf_limit

# computed with mpmath 1.3 at 40 digits: a, ln E[exp(a X)] / a, E[X exp(a X)] / E[exp(a X)]
BY_40_DIGITS = [
    (Beta.of_shapes(2.0, 3.0), 5.0, 2.5158666235771267 / 5, 0.60304856217136417),
    (Beta.of_shapes(0.3, 4.0), 500.0, 0.95246484577574498, None),
    (Weibull(shape=3.0, scale=100.0), 0.01, 94.647650166262236, 100.06756020035524),
    (Weibull(shape=3.0, scale=100.0), 1e-6, 89.29847782230704, None),
    (GeneralizedPareto(shape=-0.3, scale=100.0), 0.02, 125.63083591460865, 180.17597685678506),
    (Mbbefd(b=1.0, g=30.0), 3.0, 0.25382344923630228, 0.4666228760752108),
    (Mbbefd(b=1.0, g=30.0), 1e-8, 0.11728266856878694, None),
    (Mbbefd(b=1.0, g=30.0), 300.0, 0.98867346853851256, None),
]


@pytest.mark.parametrize(("law", "a", "premium", "tilted"), BY_40_DIGITS, ids=str)
def test_against_40_digits(law, a, premium, tilted):
    got = cumulants(law, a)
    assert got.log_mgf / a == pytest.approx(premium, rel=1e-12)
    if tilted:
        assert got.tilted_mean == pytest.approx(tilted, rel=1e-12)


LIGHT = [
    Gamma(mean=2.0, cv=0.5),
    Exponential(scale=0.4),
    GeneralizedPareto(shape=0.0, scale=0.4),
    GeneralizedPareto(shape=-0.8, scale=2.0),
    Weibull(shape=1.0, scale=0.4),
    Weibull(shape=1.4, scale=0.4),
    Normal(mean=-1.0, sd=0.7),
    Point(mean=3.0),
    Beta.of_shapes(0.2, 6.0),
    Mbbefd.swiss_re(4.0),
    Mixture(parts=(Point(mean=0.0), Gamma(mean=2.0, cv=0.5)), weights=(0.8, 0.2)),
]


@pytest.mark.parametrize("law", LIGHT, ids=str)
def test_the_tilted_mean_is_the_derivative(law):
    for a in (1e-3, 0.3, 1.3):
        step = 1e-5
        beside = [cumulants(law, a + sign * step).log_mgf for sign in (1, -1)]
        slope = (beside[0] - beside[1]) / (2 * step)
        assert cumulants(law, a).tilted_mean == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("law", LIGHT, ids=str)
@pytest.mark.parametrize("a", [1e-4, 1e-9, 1e-40])
def test_digits_are_kept_at_a_small_argument(law, a):
    got = cumulants(law, a)
    assert got.log_mgf / a == pytest.approx(law.mean + a * law.variance / 2, rel=1e-6 * a**0.25)
    assert got.tilted_mean == pytest.approx(law.mean + a * law.variance, rel=1e-6 * a**0.25)


@pytest.mark.parametrize("law", [law for law in LIGHT if not isinstance(law, Normal)], ids=str)
def test_a_sample_of_the_law_agrees(law):
    scores = np.linspace(-9.0, 8.0, 20_001)
    x = law.quantile(special.ndtr((scores[1:] + scores[:-1]) / 2))
    exact = math.log(np.diff(special.ndtr(scores)) @ np.exp(0.7 * x))
    assert cumulants(law, 0.7).log_mgf == pytest.approx(exact, rel=1e-4)


def test_where_it_is_infinite():
    assert mgf_limit(Gamma(mean=4.0, cv=0.5)) == 1.0
    assert mgf_limit(Exponential(scale=4.0)) == mgf_limit(Weibull(shape=1.0, scale=4.0)) == 0.25
    for heavy in (
        Lognormal(mean=1.0, cv=0.1), Lomax(shape=50.0, scale=1.0), Pareto(shape=9.0, scale=1.0),
        Weibull(shape=0.99, scale=1.0), GeneralizedPareto(shape=0.01, scale=1.0),
    ):  # fmt: skip
        assert mgf_limit(heavy) == 0
    mixed = (Gamma(mean=4.0, cv=0.5), Lognormal(mean=1.0, cv=0.1))
    assert mgf_limit(Mixture(parts=mixed, weights=(0.9, 0.1))) == 0
    for light in LIGHT[-6:-1]:
        assert mgf_limit(light) == math.inf


def test_what_takes_too_long_is_refused():
    with pytest.raises(Refused, match=r"takes 1e\+09 terms at a = 1e\+09"):
        cumulants(Beta.of_shapes(2.0, 3.0), 1e9)
