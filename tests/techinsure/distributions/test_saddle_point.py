"""Single probabilities against exact integers and against sums of logarithms in whole numbers."""

import math
from fractions import Fraction

import numpy as np
import pytest

from techinsure.distributions import saddle_point


@pytest.mark.parametrize("mean", [1e-6, 0.5, 3.0, 15.9, 40.0])
def test_poisson_against_factorials(mean):
    k = np.arange(120.0)
    exact = [
        float(Fraction(mean) ** j / math.factorial(j)) * math.exp(-mean) for j in range(len(k))
    ]
    usual = np.array(exact) > 1e-290
    got = saddle_point.poisson(k, mean)
    assert got[usual] == pytest.approx(np.array(exact)[usual], rel=3e-13, abs=0)


def test_binomial_against_whole_numbers():
    n, p = 300, 0.375  # p is exact in binary
    exact = [
        float(math.comb(n, k) * Fraction(3, 8) ** k * Fraction(5, 8) ** (n - k))
        for k in range(n + 1)
    ]
    k = np.arange(n + 1.0)
    got = saddle_point.binomial(k, np.full(n + 1, float(n)), p, 1 - p)
    assert got == pytest.approx(exact, rel=3e-13, abs=0)


def test_a_million_claims_keep_their_digits():
    """p(k + 1) / p(k) = mean / (k + 1), and the largest is near 1 / sqrt(2 pi mean)."""
    mean = 1e6
    k = np.arange(995_000.0, 1_005_000.0)
    p = saddle_point.poisson(k, mean)
    assert p[1:] / p[:-1] == pytest.approx(mean / k[1:], rel=3e-14, abs=0)
    largest = math.exp(-1 / (12 * mean)) / math.sqrt(2 * math.pi * mean)
    assert saddle_point.poisson(np.array([mean]), mean)[0] == pytest.approx(
        largest, rel=1e-14, abs=0
    )


def test_stirling_series_meets_the_exact_logarithms():
    """At 16, where one takes over from the other, p(k) is continuous in a real k."""
    near = saddle_point.poisson(np.array([16 - 1e-12, 16.0, 16 + 1e-12]), 15.0)
    assert near == pytest.approx(near[1], rel=1e-11, abs=0)
    assert near[1] == pytest.approx(15.0**16 / math.factorial(16) * math.exp(-15), rel=1e-14, abs=0)
