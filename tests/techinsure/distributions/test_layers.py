"""A layer from limited and excess means: digits far out, near the bottom, and narrow."""

import numpy as np
import pytest

from techinsure.distributions import Lognormal
from techinsure.distributions.layers import layer_mean, limited, short_integral

LAW = Lognormal.of_mu_sigma(10.0, 2.0)


def test_far_out_the_difference_of_limited_means_has_no_digit_left():
    """And the law does: E[(X - a)+] falls by P(X > x) over the layer."""
    low, width = 1e13, 1e13
    x, w = np.polynomial.legendre.leggauss(60)
    expected = (w * LAW.survival(low + width * (1 + x) / 2)).sum() * width / 2
    assert layer_mean(LAW, low, width) == pytest.approx(expected, rel=1e-11, abs=0)
    naive = LAW.limited_mean(np.array(low + width)) - LAW.limited_mean(np.array(low))
    assert abs(naive / expected - 1) > 1e-5


def test_near_the_bottom_the_difference_of_excess_means_has_none():
    low, width = 1e-6, 1e-6
    assert layer_mean(LAW, low, width) == pytest.approx(width, rel=1e-15, abs=0)
    naive = LAW.excess_mean(np.array(low)) - LAW.excess_mean(np.array(low + width))
    assert abs(naive / width - 1) > 1e-6


def test_an_unlimited_layer_is_the_excess():
    low = np.array([0.0, 1e4, 1e8])
    assert layer_mean(LAW, low, np.inf).tolist() == LAW.excess_mean(low).tolist()
    assert layer_mean(LAW, low, 0.0).tolist() == [0, 0, 0]


def test_an_infinite_limit_is_no_limit():
    assert limited(np.array(3.0), np.array(np.inf), np.array(0.0)) == 3


def test_short_integrals_are_exact_for_polynomials():
    upto = np.array([[0.0, 0.5], [1.0, 3.0]])
    assert short_integral(lambda x: 31 * x**30, upto) == pytest.approx(upto**31, rel=1e-12, abs=0)
