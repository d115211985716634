"""Distortions: probabilities in, probabilities out, concave, and their slopes."""

import math

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.pricing.principles.distortions import (
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)

ALL = [
    ProportionalHazard(rho=1.0), ProportionalHazard(rho=2.5), WangTransform(lambda_=0.0),
    WangTransform(lambda_=0.7), DualPower(power=1.0), DualPower(power=3.3), TailMean(level=0.0),
    TailMean(level=0.9),
]  # fmt: skip
SURVIVAL = np.concatenate([[0.0, 1e-300, 1e-16], np.linspace(1e-3, 1 - 1e-3, 400), [1.0]])


@pytest.mark.parametrize("distortion", ALL, ids=str)
def test_it_is_a_concave_distortion(distortion):
    charged = distortion.at(SURVIVAL)
    assert (charged[0], charged[-1]) == (0, 1)
    assert (charged >= SURVIVAL * (1 - 1e-11)).all()
    assert (np.diff(charged) >= 0).all()
    slopes = np.diff(charged[3:]) / np.diff(SURVIVAL[3:])
    assert (np.diff(slopes) <= 1e-9 * slopes[0]).all()


@pytest.mark.parametrize("distortion", ALL, ids=str)
def test_the_slope_is_the_derivative(distortion):
    s = np.array([1e-12, 1e-4, 0.05, 0.3, 0.6, 0.97])
    step = 1e-6 * s
    slope = (distortion.at(s + step) - distortion.at(s - step)) / (2 * step)
    got = np.exp(distortion.log_slope(np.log(s)))
    assert got == pytest.approx(slope, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("distortion", ALL, ids=str)
def test_slopes_are_defined_from_end_to_end(distortion):
    logs = distortion.log_slope(np.array([-1e300, -1e5, -1e-17, -1e-300]))
    assert not np.isnan(logs).any()
    assert (logs[1:] <= logs[:-1]).all()


def test_dual_power_keeps_the_digits_of_a_large_power():
    """(power - 1) ln(1 - s) at s = 1e-6."""
    slope = DualPower(power=1e6).log_slope(np.array(math.log(1e-6)))
    assert slope == pytest.approx(math.log(1e6) - (1e6 - 1) * 1.0000005000003333e-6, rel=1e-14)
    assert DualPower(power=3.0).at(np.array(1e-20)) == pytest.approx(3e-20, rel=1e-14)


def test_bounds():
    for make, told in (
        (lambda: ProportionalHazard(rho=0.9), r"rho must be >= 1, got 0.9 \(1 charges the mean\)"),
        (lambda: DualPower(power=0.0), "power must be >= 1"),
        (lambda: WangTransform(lambda_=-0.1), "lambda_ must be >= 0"),
        (lambda: TailMean(level=1.0), "level must be in"),
    ):
        with pytest.raises(InvalidParameter, match=told):
            make()
