"""How well a premium of a simulated sample is known: its standard error by influence functions.

The error of a premium is that of the mean of its influence function over the sample, with weights
and strata as everywhere (`Sample.error`).
Source: Serfling (1980), Approximation Theorems of Mathematical Statistics, chapter 6 (moments and
functions of them) and chapter 8 (distortions, as linear functions of order statistics).
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from techinsure.errors import Undefined
from techinsure.pricing.principles.distortions import (
    Distortion,
    DualPower,
    ProportionalHazard,
    TailMean,
    WangTransform,
)
from techinsure.pricing.principles.risks import Simulated
from techinsure.quantities import Floats

CAPITAL_LEVEL = 0.995
"""The level of the TVaR that is held as capital: once in 200 years."""

Influence = Callable[[Simulated, float], Floats]
"""Of a sample and a parameter: (n,) float64, currency units, in the order of the sample drawn."""


def standard_error(principle: str, risk: Simulated, parameter: float) -> float | None:
    """Of the premium of a sample, currency units; None where one year cannot tell."""
    try:
        return risk.drawn.error(INFLUENCES[principle](risk, parameter))
    except Undefined:
        return None


def _spread(risk: Simulated, beta: float) -> Floats:
    sd = math.sqrt(risk.variance)
    gap = risk.drawn.values - risk.mean
    return gap + (beta * gap**2 / (2 * sd) if sd else 0.0)


def _square(risk: Simulated, alpha: float) -> Floats:
    gap = risk.drawn.values - risk.mean
    return gap + alpha * gap**2


def _exponential(risk: Simulated, a: float) -> Floats:
    if a == 0:
        return risk.drawn.values
    return np.expm1(a * risk.drawn.values - risk.cumulants(a).log_mgf) / a


def _esscher(risk: Simulated, h: float) -> Floats:
    if h == 0:
        return risk.drawn.values
    at = risk.cumulants(h)
    return np.exp(h * risk.drawn.values - at.log_mgf) * (risk.drawn.values - at.tilted_mean)


def _distorted(risk: Simulated, distortion: Distortion) -> Floats:
    """The integral of g'(P(X > y)) over y from the smallest value to each, a sum over gaps."""
    with np.errstate(divide="ignore"):
        slope = np.exp(distortion.log_slope(np.log(risk.beyond)))
    upto = np.concatenate([[0.0], np.cumsum(slope * np.diff(risk.values))])
    influence = np.zeros(risk.drawn.n_years)
    influence[risk.place] = upto
    return influence


def _capital(risk: Simulated, rate: float) -> Floats:
    tail = _distorted(risk, TailMean(level=CAPITAL_LEVEL))
    return (1 - rate) * risk.drawn.values + rate * tail


INFLUENCES: Mapping[str, Influence] = {
    "expected_value": lambda risk, theta: (1 + theta) * risk.drawn.values,
    "standard_deviation": _spread,
    "variance": _square,
    "exponential": _exponential,
    "esscher": _esscher,
    "proportional_hazard": lambda risk, rho: _distorted(risk, ProportionalHazard(rho=rho)),
    "wang": lambda risk, move: _distorted(risk, WangTransform(lambda_=move)),
    "dual_power": lambda risk, power: _distorted(risk, DualPower(power=power)),
    "cost_of_capital": _capital,
}
"""By the name of the principle; constants that an error does not see are left out."""
