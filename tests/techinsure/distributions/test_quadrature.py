"""Gauss rules: exact for polynomials, and the rules of scipy where those do not overflow."""

import numpy as np
import pytest
from scipy import special

from techinsure.distributions import Beta, Gamma, Lognormal, Point
from techinsure.distributions.quadrature import nodes

LAWS = [
    Beta(mean=0.4, cv=0.5),
    Beta.of_shapes(0.3, 0.4),
    Beta.of_shapes(0.5, 0.5),
    Beta(mean=0.8, cv=0.005),  # shapes of 8,000: scipy's rule overflows
    Gamma(mean=0.006, cv=0.9),
    Gamma(mean=1.0, cv=0.02),  # shape 2,500
    Gamma(mean=2.0, cv=3.0),
]


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_moments_are_exact(law):
    """E[X**k] is a product of (a + j) / (a + b + j) for a beta, scale * (shape + j) for a gamma."""
    values, weights = nodes(law, 12)
    assert weights.sum() == pytest.approx(1, abs=1e-13)
    moment = 1.0
    for power in range(1, 12):
        j = power - 1
        if isinstance(law, Beta):
            a, b = law.shapes
            moment *= (a + j) / (a + b + j)
        else:
            moment *= law.scale * (law.shape + j)
        assert weights @ values**power == pytest.approx(moment, rel=1e-10)


def test_a_lognormal_is_the_normal_of_its_logarithm():
    values, weights = nodes(Lognormal(mean=1.0, cv=1.2), 24)
    assert weights @ values == pytest.approx(1, rel=1e-10)
    assert weights @ values**2 == pytest.approx(1 + 1.2**2, rel=1e-6)


def test_nodes_are_those_of_scipy():
    values, weights = nodes(Beta.of_shapes(2, 3), 10)
    z, expected = special.roots_jacobi(10, 2, 1)
    assert values == pytest.approx((1 + z) / 2, abs=1e-14)
    assert weights == pytest.approx(expected / expected.sum(), abs=1e-13)
    values, weights = nodes(Gamma(mean=2.5, cv=2.5**-0.5), 10)
    z, expected = special.roots_genlaguerre(10, 1.5)
    assert values == pytest.approx(z, rel=1e-12)
    assert weights == pytest.approx(expected / expected.sum(), abs=1e-13)


def test_a_point_is_its_own_rule():
    values, weights = nodes(Point(mean=3.0), 7)
    assert (values.tolist(), weights.tolist()) == ([3.0], [1.0])


def test_rules_are_read_only():
    values, _ = nodes(Beta(mean=0.4, cv=0.5))
    with pytest.raises(ValueError, match="read-only"):
        values[0] = np.nan
