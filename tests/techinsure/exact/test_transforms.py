"""Sums by their generating functions, against published recursions and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Gamma, Mixture, Point
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Refused
from techinsure.exact.annual import Grid
from techinsure.exact.transforms import (
    Sight,
    central_moments,
    cumulants,
    fewer,
    laplace,
    laplace_around,
    sum_of,
    tilted_moments,
    widened,
)

SIZE = np.array([0.1, 0.4, 0.3, 0.2])


def compound(rate_law):
    return lambda sight: laplace(rate_law, 1 - sight.of(SIZE, 0.1))


def panjer(shape, scale, cells):
    """The negative binomial compound by recursion.
    Source: Panjer (1981), ASTIN Bulletin 12(1)."""
    a, b = scale / (1 + scale), (shape - 1) * scale / (1 + scale)
    found = np.zeros(cells)
    found[0] = (1 + scale * (1 - SIZE[0])) ** -shape
    for n in range(1, cells):
        j = np.arange(1, min(n, 3) + 1)
        found[n] = ((a + b * j / n) * SIZE[j] * found[n - j]).sum() / (1 - a * SIZE[0])
    return found


def test_a_gamma_mixed_sum_is_that_of_the_recursion():
    law = Gamma(mean=0.8, cv=0.7)
    fine, _ = sum_of(Grid(1.0, math.inf), 4, compound(law))
    expected = panjer(law.shape, law.scale, len(fine.chance))
    assert fine.chance == pytest.approx(expected, abs=1e-11)
    assert fine.none == pytest.approx((1 + law.scale * 0.9) ** -law.shape, rel=1e-13)
    limit, _ = sum_of(Grid(1.0, 5.0), 4, compound(Gamma(mean=20.0, cv=0.7)))  # damped
    many = panjer(0.7**-2, 20 * 0.49, 6)
    assert limit.chance[:6] == pytest.approx(many, abs=1e-9)


def test_twice_the_step_keeps_the_mean():
    fine, wide = sum_of(Grid(1.0, math.inf), 4, compound(Point(mean=0.8)))
    assert widened(SIZE) == pytest.approx([0.3, 0.6, 0.1])
    means = [one.chance @ np.arange(len(one.chance)) for one in (fine, wide)]
    assert means[0] == pytest.approx(0.8 * 1.6, rel=1e-10)
    assert 2 * means[1] == pytest.approx(0.8 * 1.6, rel=1e-10)


def test_a_sum_without_end_is_refused():
    with pytest.raises(Refused, match="too many payments"):
        sum_of(Grid(1.0, math.inf), 4, compound(Point(mean=1e9)))


def test_tilted_moments_are_integrals_of_the_law():
    law, at = Gamma(mean=0.8, cv=0.7), np.array([0.0, 0.6, 2.0])
    value, weight = nodes(law, 60)
    for k, found in enumerate(tilted_moments(law, at, 4)):
        assert found == pytest.approx(weight @ (value[:, None] ** k * np.exp(-value[:, None] * at)))
    both = Mixture(parts=(law, Point(mean=0.5)), weights=(0.25, 0.75))
    assert laplace(both, at) == pytest.approx(0.25 * laplace(law, at) + 0.75 * np.exp(-0.5 * at))


def test_a_series_in_moments_is_the_mean_over_a_small_load():
    law, at, value = Gamma(mean=0.8, cv=0.7), np.array([0.5 + 0.2j]), np.array([-0.1, 0.02, 0.08])
    central = [np.mean(value**k) for k in range(2, 7)]
    expected = np.mean([laplace(law, at + v) for v in value])
    assert laplace_around(law, at, central)[0] == pytest.approx(expected, rel=1e-8)


def test_cumulants_and_central_moments_are_those_of_the_gamma_law():
    """kappa_n = shape * scale**n * (n - 1)!"""
    law = stats.gamma(2.5, scale=0.7)
    found = cumulants([np.array(law.moment(n)) for n in range(1, 7)])
    expected = [2.5 * 0.7**n * math.factorial(n - 1) for n in range(1, 7)]
    assert np.array(found) == pytest.approx(expected, rel=1e-9)
    second, third, fourth = central_moments([np.array(k) for k in expected])[:3]
    assert second == pytest.approx(law.var())
    assert third == pytest.approx(float(law.stats("s")) * law.std() ** 3)
    assert fourth == pytest.approx((float(law.stats("k")) + 3) * law.var() ** 2)


def test_fewer_nodes_keep_the_moments():
    value, weight = nodes(Gamma(mean=1.0, cv=0.6), 20)
    few, share = fewer(value, weight, 5)
    assert len(few) == 5
    for k in range(10):
        assert share @ few**k == pytest.approx(weight @ value**k, rel=1e-11)
    assert fewer(np.array([2.0]), np.ones(1), 3)[0] == pytest.approx([2.0])


def test_a_sight_looks_at_z_0_too():
    seen = Sight(size=8, tilt=np.zeros(0)).of(SIZE, 0.03)
    assert seen[-1] == 0.03
    assert seen[0] == pytest.approx(1.0)
