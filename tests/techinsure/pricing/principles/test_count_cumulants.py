"""Numbers of claims as risks: against sums over their probabilities."""

import math

import numpy as np
import pytest

from techinsure.distributions import (
    Binomial,
    NegativeBinomial,
    Poisson,
    Tabulated,
    ZeroModified,
    zero_truncated,
)
from techinsure.errors import Refused, Undefined
from techinsure.pricing.principles.count_cumulants import cumulants, distorted_mean, mgf_limit
from techinsure.pricing.principles.distortions import (
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)

LAWS = [
    Poisson(rate=0.01),
    Poisson(rate=30.0),
    NegativeBinomial(r=0.3, beta=2.0),
    NegativeBinomial(r=20.0, beta=0.1),
    Binomial(m=1, q=0.1),
    Binomial(m=40, q=0.6),
    Tabulated(probabilities=(0.5, 0.0, 0.3, 0.2)),
    Tabulated(probabilities=(0.0, 1.0)),
    ZeroModified(base=NegativeBinomial(r=0.3, beta=2.0), p0=0.9),
    zero_truncated(Poisson(rate=0.1)),
    zero_truncated(Binomial(m=5, q=0.3)),
]
COUNTS = np.arange(2000.0)


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize("b", [-1.0, 1e-3, 0.35])
def test_cumulants_are_sums_over_probabilities(law, b):
    terms = law.pmf(COUNTS) * np.exp(b * COUNTS)
    got = cumulants(law, b)
    assert got.log_mgf == pytest.approx(math.log(terms.sum()), rel=1e-10, abs=1e-13)
    assert got.tilted_mean == pytest.approx(terms @ COUNTS / terms.sum(), rel=1e-11)


def test_modified_counts_at_a_large_argument():
    law = zero_truncated(Poisson(rate=0.1))
    got, terms = cumulants(law, 4.0), law.pmf(COUNTS[:150]) * np.exp(4.0 * COUNTS[:150])
    assert got.log_mgf == pytest.approx(math.log(terms.sum()), rel=1e-13)
    assert got.tilted_mean == pytest.approx(terms @ COUNTS[:150] / terms.sum(), rel=1e-12)


@pytest.mark.parametrize("law", [law for law in LAWS if mgf_limit(law) == math.inf], ids=str)
def test_large_arguments(law):
    near, far = cumulants(law, 5.0), cumulants(law, 5.0 + 1e-6)
    slope = (far.log_mgf - near.log_mgf) / 1e-6
    assert near.tilted_mean == pytest.approx(slope, rel=1e-4)
    if law.largest < math.inf:
        assert cumulants(law, 900.0).tilted_mean == pytest.approx(law.largest)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_digits_are_kept_at_a_small_argument(law):
    got = cumulants(law, 1e-20)
    assert got.log_mgf / 1e-20 == pytest.approx(law.mean, rel=1e-13)
    assert got.tilted_mean == pytest.approx(law.mean, rel=1e-13)


@pytest.mark.parametrize("law", LAWS, ids=str)
@pytest.mark.parametrize(
    "distortion",
    [ProportionalHazard(rho=1.8), WangTransform(lambda_=0.5), DualPower(power=3.0),
     TailMean(level=0.7), DualPower(power=1.0)],
    ids=str,
)  # fmt: skip
def test_distorted_counts_are_sums_of_survivals(law, distortion):
    exact = float(distortion.at(law.survival(COUNTS)).sum())
    assert distorted_mean(law, distortion) == pytest.approx(exact, rel=1e-12)


def test_a_negative_binomial_number_against_40_digits():
    """Sums of (q**(k + 1) (1 + p (k + 1)))**(1 / rho), by mpmath 1.3."""
    law = NegativeBinomial(r=2.0, beta=3.0)
    for rho, exact in ((2.0, 10.545971590604086), (10.0, 41.715193163945036)):
        got = distorted_mean(law, ProportionalHazard(rho=rho))
        assert got == pytest.approx(exact, rel=1e-13)


def test_the_generating_function_ends():
    law = NegativeBinomial(r=2.0, beta=3.0)
    assert mgf_limit(law) == mgf_limit(zero_truncated(law)) == pytest.approx(math.log(4 / 3))
    for b in (mgf_limit(law) * (1 + 1e-12), 1000.0):
        with pytest.raises(Undefined, match=r"infinite from b = 0\.287"):
            cumulants(law, b)


def test_what_cannot_be_summed_is_refused():
    with pytest.raises(Refused, match="take a smaller parameter or a law of amounts"):
        distorted_mean(Poisson(rate=1e8), WangTransform(lambda_=0.1))
    with pytest.raises(Refused, match="below 1e-300"):
        distorted_mean(Poisson(rate=1.0), ProportionalHazard(rho=300.0))
