"""Distorted means of laws: against 40-digit quadrature, samples, and one another."""

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
from techinsure.errors import Refused, Undefined
from techinsure.pricing.principles.distorted_laws import distorted_mean
from techinsure.pricing.principles.distortions import (
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)

ZERO_OR_LOGNORMAL = Mixture(
    parts=(Point(mean=0.0), Lognormal.of_mu_sigma(5.0, 1.0)), weights=(0.7, 0.3)
)
PH, WANG, DUAL = ProportionalHazard, WangTransform, DualPower

# computed with mpmath 1.3 at 40 digits: integrals over the normal score or over x
BY_40_DIGITS = [
    (Lomax(shape=1.2, scale=2000.0), WANG(lambda_=0.4), 35205.871027130156),
    (Lomax(shape=1.2, scale=2000.0), WANG(lambda_=0.1), 13246.0164893306),
    (Lomax(shape=1.2, scale=2000.0), DUAL(power=2.0), 18571.428571428571),
    (Lomax(shape=2.5, scale=1000.0), WANG(lambda_=2.0), 10662.47946496799),
    (Lognormal.of_mu_sigma(10.0, 0.5), PH(rho=1.5), 31539.616172876339),
    (Lognormal.of_mu_sigma(10.0, 2.0), PH(rho=4.0), 313063374.96204161),
    (Lognormal.of_mu_sigma(10.0, 2.0), DUAL(power=2.5), 362759.29863592041),
    (Weibull(shape=0.5, scale=100.0), WANG(lambda_=0.4), 355.94529085036323),
    (Weibull(shape=3.0, scale=100.0), DUAL(power=3.0), 117.18210227417969),
    (Normal(mean=0.0, sd=1.0), PH(rho=1.5), 0.39164716565222362),
    (Normal(mean=0.0, sd=1.0), DUAL(power=3.0), 0.84628437532163443),
    (Normal(mean=0.0, sd=1.0), PH(rho=40.0), 7.4663721703634091),
    (Gamma(mean=1000.0, cv=0.5), PH(rho=1.5), 1228.054449566394),
    (Gamma(mean=1000.0, cv=0.5), PH(rho=10.0), 4025.2831294274281),
    (Gamma(mean=1000.0, cv=5.0), PH(rho=1.5), 3611.5437271678722),
    (Gamma(mean=1000.0, cv=5.0), DUAL(power=2.0), 1948.4135455039186),
    (Beta.of_shapes(2.0, 3.0), PH(rho=2.0), 0.53742203384717566),
    (Beta.of_shapes(2.0, 3.0), DUAL(power=3.0), 0.57502497502497502),
    (Mbbefd(b=1.0, g=30.0), PH(rho=2.0), 0.30877417758976973),
    (ZERO_OR_LOGNORMAL, PH(rho=2.0), 373.35896612185156),
    (ZERO_OR_LOGNORMAL, WANG(lambda_=0.5), 166.13757184210198),
]


@pytest.mark.parametrize(("law", "distortion", "exact"), BY_40_DIGITS, ids=str)
def test_against_40_digits(law, distortion, exact):
    assert distorted_mean(law, distortion) == pytest.approx(exact, rel=1e-12)


LAWS = [
    Exponential(scale=10.0),
    Gamma(mean=10.0, cv=0.01),
    Gamma(mean=10.0, cv=20.0),
    Lognormal(mean=10.0, cv=0.01),
    Lognormal(mean=10.0, cv=30.0),
    Weibull(shape=0.2, scale=10.0),
    Weibull(shape=300.0, scale=10.0),
    Pareto(shape=4.0, scale=10.0),
    GeneralizedPareto(shape=1e-9, scale=10.0),
    GeneralizedPareto(shape=-1.5, scale=10.0),
    Beta.of_shapes(0.05, 0.1),
    Beta.of_shapes(300.0, 5000.0),
    Mbbefd.swiss_re(5.0),
    Mbbefd(b=0.0, g=5.0),
    Mixture(parts=(Gamma(mean=1.0, cv=0.05), Lognormal(mean=1e4, cv=3.0)), weights=(0.99, 0.01)),
    Point(mean=10.0),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_distortion_that_does_nothing_gives_the_mean(law):
    for distortion in (PH(rho=1.0), WANG(lambda_=0.0), DUAL(power=1.0), TailMean(level=0.0)):
        assert distorted_mean(law, distortion) == pytest.approx(law.mean, rel=1e-11)


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize(
    "distortion", [PH(rho=1.4), WANG(lambda_=0.6), DUAL(power=2.5), TailMean(level=0.8)], ids=str
)
def test_a_law_costs_what_its_quantiles_cost(law, distortion):
    """As a sample of cells of equal normal score, which errs by some 1e-3 at most."""
    scores = np.linspace(-9.0, 8.0, 8_001)
    x = law.quantile(special.ndtr((scores[1:] + scores[:-1]) / 2))
    charged = -np.diff(distortion.at(special.ndtr(-scores)))
    assert distorted_mean(law, distortion) == pytest.approx(float(charged @ x), rel=2e-3)


def test_a_closed_form_meets_its_quadrature():
    """Beside the shape at which a Pareto law becomes exponential, and at which Weibull is."""
    pareto = [distorted_mean(GeneralizedPareto(shape=s, scale=3.0), WANG(lambda_=0.5))
              for s in (-1e-10, 0.0, 1e-10)]  # fmt: skip
    weibull = distorted_mean(Weibull(shape=1.0, scale=3.0), WANG(lambda_=0.5))
    assert pareto == pytest.approx([weibull] * 3, rel=1e-8)
    tight = Mixture(parts=(Gamma(mean=3.0, cv=1.0),), weights=(1.0,))
    assert distorted_mean(tight, WANG(lambda_=0.5)) == pytest.approx(weibull, rel=1e-12)


@pytest.mark.parametrize("shape", [0.9, 0.99, 0.999, 0.9999])
def test_the_largest_of_two_pareto_losses_near_the_edge(shape):
    """E[max] = threshold + scale / shape (2 B(1 - shape, 2) - 1)."""
    law = GeneralizedPareto(shape=shape, scale=1.0)
    exact = (2 * math.exp(special.betaln(1 - shape, 2)) - 1) / shape
    assert distorted_mean(law, DUAL(power=2.0)) == pytest.approx(exact, rel=1e-9)
    assert distorted_mean(law, WANG(lambda_=0.3)) > law.mean


def test_a_strong_distortion():
    assert distorted_mean(Exponential(scale=2.0), PH(rho=1e6)) == pytest.approx(2e6)
    largest = distorted_mean(Exponential(scale=1.0), DUAL(power=1e6))
    assert largest == pytest.approx(float(special.digamma(1e6 + 1)) + np.euler_gamma, rel=1e-12)
    assert distorted_mean(Beta.of_shapes(2.0, 3.0), WANG(lambda_=30.0)) == pytest.approx(1.0)
    with pytest.raises(Refused, match="below 1e-300; take a smaller parameter"):
        distorted_mean(Gamma(mean=1.0, cv=1.0), PH(rho=200.0))


def test_the_infinite_is_refused_at_the_edge_itself():
    for shape, distortion in (
        (1 / 1.5, PH(rho=1.5)), (1.0, WANG(lambda_=0.1)), (1.0, DUAL(power=3.0)),
        (1.5, TailMean(level=0.9)),
    ):  # fmt: skip
        with pytest.raises(Undefined, match="finite"):
            distorted_mean(GeneralizedPareto(shape=shape, scale=1.0), distortion)
