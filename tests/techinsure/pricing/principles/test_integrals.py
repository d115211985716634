"""Integrals by their logarithm and in panels."""

import math

import numpy as np
import pytest

from techinsure.distributions import Gamma, Mixture, Point
from techinsure.errors import Refused
from techinsure.pricing.principles.integrals import edges_of, joined, log_integral, panel_nodes


@pytest.mark.parametrize("centre", [-40.0, 0.0, 33.3])
@pytest.mark.parametrize("width", [1e-4, 1.0, 20.0])
@pytest.mark.parametrize("height", [-1e4, 0.0, 1e4])
def test_a_normal_hill_of_any_place_width_and_height(centre, width, height):
    got = log_integral(lambda y: height - ((y - centre) / width) ** 2 / 2, -1e3, 1e3)
    assert got == pytest.approx(height + math.log(width * math.sqrt(2 * math.pi)), rel=1e-12)


def test_a_hill_with_one_long_slope():
    """exp(y - exp(y)): the exponential law in the logarithm."""
    assert log_integral(lambda y: y - np.exp(y), -80.0, 60.0) == pytest.approx(0.0, abs=1e-13)
    assert log_integral(lambda y: np.full_like(y, -np.inf), 0.0, 1.0) == -math.inf


def test_what_does_not_settle_is_refused():
    rough = np.random.default_rng(1)
    with pytest.raises(Refused, match="did not settle within"):
        log_integral(lambda y: np.log(rough.random(y.shape)) - 4 * y**2, -5.0, 5.0)


@pytest.mark.parametrize("rise", [1.0, 20.0, 1e300])
def test_what_does_not_end_is_refused(rise):
    with pytest.raises(Refused, match="leaves float64, or the places"):
        log_integral(lambda y: rise * np.maximum(y, 0.0) * 3 - 50 * (y < -1), -2.0, 5.0)


def test_panels_are_exact_for_powers_and_good_for_logarithms():
    x, weights = panel_nodes(np.array([0.0, 0.5, 0.7, 30.0]))
    assert weights.sum() == pytest.approx(30.0, rel=1e-14)
    assert (weights * x**3).sum() == pytest.approx(30.0**4 / 4, rel=1e-14)
    assert (weights / (1 + x)).sum() == pytest.approx(math.log(31), rel=1e-13)


def test_edges():
    assert list(joined([np.array([3.0, -1.0, np.inf]), np.array([3.0])], 0.0, 5.0)) == [0, 3, 5]
    law = Mixture(parts=(Point(mean=2.5), Gamma(mean=1.0, cv=1.0)), weights=(0.5, 0.5))
    edges = edges_of(law)
    assert 2.5 in edges
    assert (np.diff(edges) >= 0).all()
    assert edges[-1] == pytest.approx(34.5, abs=1.0)
