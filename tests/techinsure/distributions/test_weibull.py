"""The Weibull law at shapes where gamma functions lose digits or leave float64."""

import math

import numpy as np
import pytest
from scipy import special

from techinsure.distributions import Exponential, Weibull
from techinsure.errors import InvalidParameter


def test_shape_one_is_exponential():
    x = np.array([0.0, 1e-9, 40.0, 1e3, 3e4])
    weibull, exponential = Weibull(shape=1.0, scale=1e3), Exponential(scale=1e3)
    for verb in ("survival", "limited_mean", "excess_mean"):
        expected = getattr(exponential, verb)(x)
        assert getattr(weibull, verb)(x) == pytest.approx(expected, rel=1e-12, abs=0)
    assert weibull.variance == pytest.approx(exponential.variance)


def test_a_large_shape_keeps_the_digits_of_its_variance():
    """ln(E[X**2] / E[X]**2) = sum over k of zeta(k) (-z)**k (2**k - 2) / k, z = 1 / shape."""
    z = 1e-3
    ratio = sum(special.zeta(k) * (-z) ** k * (2**k - 2) / k for k in range(2, 12))
    law = Weibull(shape=1 / z, scale=1.0)
    expected = law.mean**2 * math.expm1(ratio)
    assert law.variance == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("shape", "scale", "field"),
    [(0.0, 1.0, "shape"), (0.01, 1.0, "shape"), (1001.0, 1.0, "shape"), (1.0, 0.0, "scale")],
)
def test_what_is_no_law_is_refused(shape, scale, field):
    with pytest.raises(InvalidParameter) as caught:
        Weibull(shape=shape, scale=scale)
    assert [fault.field for fault in caught.value.faults] == [field]
