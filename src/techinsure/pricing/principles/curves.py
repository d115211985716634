"""Laws of amounts along a line on which their density is one smooth hill, in logarithms."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.distributions import Lognormal, Severity, Weibull
from techinsure.distributions.pareto import ParetoLaw, Tail
from techinsure.errors import Refused
from techinsure.quantities import Floats


class Line(NamedTuple):
    """At each place y of the line, shaped like y: `log_size`, ln of the amount above the location;
    `log_density`, ln of the density in y; `log_survival`, ln P(Y > y)."""

    log_size: Floats
    log_density: Floats
    log_survival: Floats


class Curve(NamedTuple):
    """A law of `location` + size, currency units: `at` any y in [`low`, `high`], where all of its
    moments are decided."""

    location: float
    low: float
    high: float
    at: Callable[[Floats], Line]


def curve_of(law: Severity) -> Curve:
    """The curve of a law whose amount is a closed form of ln P(X > x), or of the normal score."""
    match law:
        case ParetoLaw():
            tail = law.tail
            return _timed(tail.threshold, lambda y: _log_excess(tail, y))
        case Weibull():
            log_scale, shape = math.log(law.scale), law.shape
            return _timed(0.0, lambda y: log_scale + y / shape)
        case Lognormal():
            return Curve(0.0, -14.0, 14.0, lambda y: _lognormal(law, y))
    raise Refused(f"{law!r} has no closed form of its quantiles")


def _timed(location: float, log_size: Callable[[Floats], Floats]) -> Curve:
    """-ln P(X > x) is exponential of mean 1; the line is its logarithm."""

    def at(y: Floats) -> Line:
        t = np.exp(y)
        return Line(log_size(y), y - t, -t)

    return Curve(location, -80.0, 60.0, at)


def _log_excess(tail: Tail, y: Floats) -> Floats:
    """ln(scale * (exp(shape * t) - 1) / shape), t = exp(y)."""
    shape, log_scale = tail.shape, math.log(tail.scale)
    if shape == 0:
        return log_scale + y
    v = shape * np.exp(y)
    if shape < 0:
        return log_scale + np.log(np.expm1(v) / shape)
    long = v > 1
    near = np.log(np.expm1(np.where(long, 1.0, v)) / shape)
    far = v + np.log1p(-np.exp(-np.where(long, v, 1.0))) - math.log(shape)
    return log_scale + np.where(long, far, near)


def _lognormal(law: Lognormal, y: Floats) -> Line:
    """The normal score is sinh(y), so that 1 and 100,000 are both near."""
    score = np.sinh(y)
    log_step = np.logaddexp(y, -y) - math.log(2)
    log_density = log_step - score**2 / 2 - math.log(2 * math.pi) / 2
    survival = np.asarray(special.log_ndtr(-score), np.float64)
    return Line(law.mu + law.sigma * score, log_density, survival)
