"""Closed forms of sums against each other and against moments."""

import numpy as np
import pytest
from scipy import integrate

from techinsure.distributions import Binomial, Gamma, NegativeBinomial, Poisson, zero_truncated
from techinsure.distributions.closed_sums import GammaSum, GeometricExponential
from techinsure.errors import InvalidParameter, Refused

X = np.array([0.0, 0.1, 3.0, 20.0, 100.0, 900.0])
GEOMETRIC = GeometricExponential(beta=3.0, scale=2.0)
SUMS = [
    GammaSum(frequency=Poisson(rate=2.5), severity=Gamma(mean=3.0, cv=0.7)),
    GammaSum(frequency=Binomial(m=4, q=0.3), severity=Gamma(mean=3.0, cv=1.0)),
    GammaSum(frequency=zero_truncated(Poisson(rate=0.2)), severity=Gamma(mean=3.0, cv=2.0)),
]


def test_a_geometric_sum_of_exponential_sizes_is_a_gamma_sum():
    general = GammaSum(
        frequency=NegativeBinomial(r=1.0, beta=3.0), severity=Gamma(mean=2.0, cv=1.0)
    )
    assert general.survival(X) == pytest.approx(GEOMETRIC.survival(X), rel=1e-11, abs=1e-17)
    assert general.stop_loss(X) == pytest.approx(GEOMETRIC.stop_loss(X), rel=1e-9, abs=1e-14)
    assert (general.mean, general.variance) == pytest.approx((6, 60))


def test_quantiles_of_a_geometric_sum():
    u = np.array([0.0, 0.2, 0.25, 0.26, 0.5, 0.999, 1.0])
    x = GEOMETRIC.quantile(u)
    assert x[:3].tolist() == [0, 0, 0]
    assert x[-1] == np.inf
    assert GEOMETRIC.cdf(x[3:]) == pytest.approx(u[3:], rel=1e-13, abs=0)
    assert GEOMETRIC.cdf(np.array([-1.0, 0.0])) == pytest.approx([0, 0.25])


def test_tvar_of_a_geometric_sum():
    assert GEOMETRIC.tvar(0.0) == pytest.approx(GEOMETRIC.mean)
    assert GEOMETRIC.tvar(0.1) == pytest.approx(GEOMETRIC.mean / 0.9)
    assert GEOMETRIC.tvar(0.9) == pytest.approx(float(GEOMETRIC.quantile(np.array(0.9))) + 8)


@pytest.mark.parametrize("total", SUMS, ids=lambda total: total.frequency.kind)
def test_a_gamma_sum_has_the_moments_of_its_parts(total):
    def survival(x):
        return float(total.survival(np.array(x)))

    area = integrate.quad(survival, 0, 300, limit=200, epsabs=1e-11)[0]
    assert area == pytest.approx(total.mean, rel=1e-6, abs=0)
    assert total.stop_loss(np.array(0.0)) == pytest.approx(total.mean, rel=1e-12, abs=0)
    second = integrate.quad(lambda x: 2 * x * survival(x), 0, 300, limit=200)[0]
    assert second - total.mean**2 == pytest.approx(total.variance, rel=1e-5, abs=0)
    none = float(total.frequency.pmf(np.array(0.0)))
    assert total.cdf(np.array([-1.0, 0.0])) == pytest.approx([0, none], abs=1e-14)
    assert total.survival(np.array([-1.0, 0.0])) == pytest.approx([1, 1 - none], rel=1e-13, abs=0)


def test_more_claims_than_can_be_summed_over_are_refused():
    total = GammaSum(frequency=Poisson(rate=1e6), severity=Gamma(mean=1.0, cv=1.0))
    with pytest.raises(Refused, match="put the sizes on a lattice"):
        total.survival(np.array(1.0))


def test_what_is_no_sum_is_refused():
    with pytest.raises(InvalidParameter) as caught:
        GeometricExponential(beta=0.0, scale=-1.0)
    assert [fault.field for fault in caught.value.faults] == ["beta", "scale"]
    with pytest.raises(InvalidParameter, match="level must be in"):
        GEOMETRIC.tvar(1.0)
