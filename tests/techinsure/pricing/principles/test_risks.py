"""Samples, laws and sums of claims as risks: their moments, cumulants and limits."""

import math

import numpy as np
import pytest

from techinsure.distributions import Exponential, Gamma, Lognormal, NegativeBinomial, Poisson
from techinsure.distributions.aggregate import compound
from techinsure.distributions.lattice import discretised
from techinsure.errors import InvalidParameter
from techinsure.losses import measures
from techinsure.pricing.principles import table as principles
from techinsure.pricing.principles.distortions import TailMean
from techinsure.pricing.principles.risks import certain, of_law, of_layer, of_sample, of_sum

VALUES = np.array([5.0, 0.0, -2.0, 5.0, 7.0])
WEIGHT = np.array([0.1, 0.4, 0.1, 0.2, 0.2])


def test_a_sample_by_hand():
    risk = of_sample(VALUES, WEIGHT)
    assert risk.mean == pytest.approx(2.7)
    assert risk.variance == pytest.approx(0.1 * 4 + 0.3 * 25 + 0.2 * 49 - 2.7**2)
    assert (risk.least, risk.most, risk.mgf_limit) == (-2.0, 7.0, math.inf)
    assert risk.beyond == pytest.approx([0.9, 0.5, 0.4, 0.2])
    got = risk.cumulants(0.5)
    terms = WEIGHT * np.exp(0.5 * VALUES)
    assert got.log_mgf == pytest.approx(math.log(terms.sum()))
    assert got.tilted_mean == pytest.approx(terms @ VALUES / terms.sum())


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("level", [0.0, 0.2, 0.5, 0.8, 0.95])
def test_tvar_is_that_of_the_measures(weight, level):
    got = of_sample(VALUES, weight).distorted(TailMean(level=level))
    assert got == pytest.approx(measures.tvar(VALUES, level, weight).value)


@pytest.mark.parametrize(
    ("values", "weight"),
    [([], None), ([1.0, math.nan], None), ([1.0, 2.0], [0.5, 0.6]), ([1.0, 2.0], [1.5, -0.5])],
)
def test_what_is_no_sample(values, weight):
    with pytest.raises(InvalidParameter):
        of_sample(values, weight)


def test_a_risk_says_what_it_is():
    assert str(of_sample(VALUES)) == "a sample of 5 values"
    assert str(of_law(Exponential(scale=2.0))) == "Exponential(kind='exponential', scale=2.0)"
    told = str(of_sum(Poisson(rate=1.0), of_layer(Gamma(mean=1.0, cv=1.0), 5.0, 2.0)))
    assert told.startswith("Poisson(kind='poisson', rate=1.0) claims of 5 above 2 of Gamma(")


def test_a_sum_of_gamma_sizes_against_40_digits():
    """K(a) = -2 ln(1 - 3 ((1 - 25 a)**-4 - 1)) by mpmath 1.3."""
    risk = of_sum(NegativeBinomial(r=2.0, beta=3.0), Gamma(mean=100.0, cv=0.5))
    assert principles.exponential(risk, 0.002) == pytest.approx(1149.5256219799379, rel=1e-12)
    assert principles.esscher(risk, 0.002) == pytest.approx(2447.743231734991, rel=1e-12)
    assert risk.mgf_limit == pytest.approx(0.002775805635916016, rel=1e-13)
    assert risk.mean == pytest.approx(600)
    assert risk.variance == pytest.approx(6 * 2500 + 24 * 10_000)


def test_a_sum_is_its_law_on_a_lattice():
    number, size = NegativeBinomial(r=1.5, beta=0.4), Lognormal(mean=10.0, cv=1.0)
    paid = discretised(size, step=0.25, limit=60.0, deductible=5.0)
    year = compound(number, paid)
    on_lattice = of_sample(year.values, year.pmf / year.pmf.sum())
    sizes = of_sample(paid.values, paid.pmf / paid.pmf.sum())
    asked = {"exponential": 0.02, "esscher": 0.02, "variance": 0.01, "standard_deviation": 1.0}
    by_sizes = principles.compare(of_sum(number, sizes), asked)
    by_law = principles.compare(on_lattice, asked)
    in_closed_form = principles.compare(of_sum(number, of_layer(size, 60.0, 5.0)), asked)
    for one, other, closed in zip(by_sizes, by_law, in_closed_form, strict=True):
        assert one.premium == pytest.approx(other.premium, rel=1e-9)
        assert one.premium == pytest.approx(closed.premium, rel=1e-3)


@pytest.mark.parametrize("a", [1e-3, 0.01])
def test_two_like_years_cost_twice_one(a):
    """The sum of two independent compound Poisson laws is that of twice the rate."""
    one, two = (of_sum(Poisson(rate=rate), Exponential(scale=50.0)) for rate in (0.7, 1.4))
    for principle in (principles.exponential, principles.esscher):
        assert principle(two, a) == pytest.approx(2 * principle(one, a), rel=1e-13)


def test_claims_that_cost_nothing_cost_nothing():
    risk = of_sum(NegativeBinomial(r=1.0, beta=2.0), certain(0.0))
    assert risk.mgf_limit == math.inf
    assert principles.exponential(risk, 5.0) == principles.esscher(risk, 5.0) == 0
    assert principles.proportional_hazard(risk, 2.0) == 0
