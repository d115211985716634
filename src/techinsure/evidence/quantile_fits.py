"""The law of a family that comes nearest to stated quantiles.

Least squares on F(q) - p, from the law that is nearest in normal scores, which has no flat parts
to get stuck on. Parameters are logarithms (of shape and mean; of sigma; of a + b, and the logit of
the mean), so that no step leaves the family.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.quantities import Floats

CVS = (1e-4, 100.0)
"""The least and the largest cv that a fit may have."""
LEAST = 1e-300
FARTHEST = 300.0
"""Of the logarithms and logits of parameters: beyond, float64 ends."""

LOG_SIZES = (-14.0, 30.0)
"""Where ln(a + b) of a beta law is looked for."""


class _Problem(NamedTuple):
    """Parameters to start from; (cdf, survival) at the stated values, and (mean, cv), by them."""

    start: Floats
    tails: Callable[[Floats], tuple[Floats, Floats]]
    moments: Callable[[Floats], tuple[float, float]]


def fitted(family: str, levels: Floats, values: Floats) -> tuple[float, float]:
    """(mean, cv) of the `family` (beta, gamma, lognormal) nearest to `values` (n,) at `levels`
    (n,), both increasing; exact where a law goes through all of them."""
    of_family = {"beta": _beta, "gamma": _gamma, "lognormal": _lognormal}[family]
    problem = of_family(levels, values)
    scores = special.ndtri(levels)

    def in_scores(parameters: Floats) -> Floats:
        below, above = problem.tails(parameters)
        low = special.ndtri(np.maximum(below, LEAST))
        found: Floats = np.where(below < 0.5, low, -special.ndtri(np.maximum(above, LEAST)))
        return found - scores

    def in_levels(parameters: Floats) -> Floats:
        below, above = problem.tails(parameters)
        off: Floats = np.where(levels < 0.5, below - levels, (1 - levels) - above)
        return off

    near = _least_squares(in_scores, problem.start)
    best = _least_squares(in_levels, near)
    return problem.moments(best)


def _least_squares(distance: Callable[[Floats], Floats], start: Floats) -> Floats:
    from scipy import optimize

    found = optimize.least_squares(
        distance, start, jac="3-point", method="trf", x_scale="jac",
        xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400,
    )  # fmt: skip
    return np.asarray(found.x, np.float64)


def _line(scores: Floats, values: Floats) -> tuple[float, float]:
    """Centre and slope of `values` against normal scores."""
    slope, centre = np.polyfit(scores, values, 1)
    return float(centre), float(slope)


def _lognormal(levels: Floats, values: Floats) -> _Problem:
    """Parameters mu, ln sigma."""
    logs = np.log(values)
    centre, slope = _line(special.ndtri(levels), logs)

    def tails(at: Floats) -> tuple[Floats, Floats]:
        z: Floats = (logs - at[0]) * math.exp(-_held(at[1]))
        return np.asarray(special.ndtr(z), np.float64), np.asarray(special.ndtr(-z), np.float64)

    def moments(at: Floats) -> tuple[float, float]:
        variance = math.exp(2 * at[1])
        return math.exp(at[0] + variance / 2), math.sqrt(math.expm1(variance))

    start = np.array([centre, math.log(slope)])
    return _Problem(start=start, tails=tails, moments=moments)


def _gamma(levels: Floats, values: Floats) -> _Problem:
    """Parameters ln shape, ln mean; from Var ln X = trigamma(a), about 1/a + 1/(2 a**2)."""
    centre, slope = _line(special.ndtri(levels), np.log(values))
    shape = (1 + math.sqrt(1 + 2 * slope**2)) / (2 * slope**2)
    mean = math.exp(centre) * shape / math.exp(special.digamma(shape))

    def tails(at: Floats) -> tuple[Floats, Floats]:
        a, mean = math.exp(_held(at[0])), math.exp(_held(at[1]))
        x: Floats = values * (a / mean)
        below, above = special.gammainc(a, x), special.gammaincc(a, x)
        return np.asarray(below, np.float64), np.asarray(above, np.float64)

    def moments(at: Floats) -> tuple[float, float]:
        return math.exp(at[1]), math.exp(-at[0] / 2)

    start = np.array([math.log(shape), math.log(mean)])
    return _Problem(start=start, tails=tails, moments=moments)


def _beta(levels: Floats, values: Floats) -> _Problem:
    """Parameters logit mean, ln(a + b); from the law through the lowest and the highest."""

    def tails(at: Floats) -> tuple[Floats, Floats]:
        size = math.exp(_held(at[1]))
        a, b = special.expit(_held(at[0])) * size, special.expit(-_held(at[0])) * size
        return special.betainc(a, b, values), special.betaincc(a, b, values)

    def moments(at: Floats) -> tuple[float, float]:
        mean, size = float(special.expit(at[0])), math.exp(at[1])
        return mean, math.sqrt(float(special.expit(-at[0])) / (mean * (size + 1)))

    return _Problem(start=_beta_through(levels, values), tails=tails, moments=moments)


def _beta_through(levels: Floats, values: Floats) -> Floats:
    """The beta law with F(first value) = first level and F(last value) = last level.

    At a given size a + b, F(first) falls from 1 to 0 as the mean rises. On that line, F(last)
    rises with the size from the first level to 1, so that there is one root within another.
    """
    from scipy import optimize

    def mean_at(log_size: float) -> float:
        size = math.exp(log_size)

        def off(mean: float) -> float:
            a, b = special.expit(mean) * size, special.expit(-mean) * size
            return float(special.betainc(a, b, values[0]) - levels[0])

        return float(optimize.brentq(off, -FARTHEST, FARTHEST, xtol=1e-10))

    def off_last(log_size: float) -> float:
        mean, size = mean_at(log_size), math.exp(log_size)
        a, b = special.expit(mean) * size, special.expit(-mean) * size
        return float(special.betaincc(a, b, values[-1]) - (1 - levels[-1]))

    log_size = float(optimize.brentq(off_last, *LOG_SIZES, xtol=1e-10))
    return np.array([mean_at(log_size), log_size])


def _held(parameter: float) -> float:
    return min(max(float(parameter), -FARTHEST), FARTHEST)
