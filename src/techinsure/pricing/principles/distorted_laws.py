"""The mean of a law of amounts under a distortion."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy import special

from techinsure.distributions import (
    Lognormal,
    Mixture,
    Point,
    Severity,
    Weibull,
)
from techinsure.distributions.normal import Normal
from techinsure.distributions.pareto import ParetoLaw
from techinsure.errors import Refused, Undefined
from techinsure.pricing.principles.curves import curve_of
from techinsure.pricing.principles.distortions import (
    Distortion,
    ProportionalHazard,
    TailMean,
    WangTransform,
)
from techinsure.pricing.principles.integrals import edges_of, joined, log_integral, panel_nodes
from techinsure.quantities import Floats

_FALLING = np.exp(-4.0 * np.arange(11))
_DOUBLINGS = 200
_NEGLIGIBLE = 1e-17
_CUT_SHORT = 1e-12


def distorted_mean(law: Severity | Normal, distortion: Distortion) -> float:
    """The integral of g(P(X > x)), currency units; `Undefined` where the tail makes it infinite.

    Closed forms where there is one (Wang 1995, 2000; TVaR by E[max(X - q, 0)]), else quadrature:
    trapezoidal along the law's curve, or Gauss-Legendre between its quantiles.
    """
    if isinstance(law, ParetoLaw) and law.tail.shape >= distortion.tail_power:
        raise Undefined(distortion.where_finite(law.tail.shape))
    if isinstance(distortion, TailMean):
        q = law.quantile(np.array(distortion.level))
        return (
            float(q + law.excess_mean(q) / (1 - distortion.level)) if distortion.level else law.mean
        )
    closed = _closed(law, distortion)
    if closed is not None:
        return closed
    match law:
        case Normal():
            return law.mean + law.sd * _standard_normal(distortion)
        case ParetoLaw() | Weibull() | Lognormal():
            return _along_curve(law, distortion)
        case _:
            return _in_panels(law, distortion)


def _closed(law: Severity | Normal, distortion: Distortion) -> float | None:
    """A law that the distortion turns into another of its family has that one's mean."""
    match law, distortion:
        case Point(), _:
            return law.mean
        case ParetoLaw(), ProportionalHazard(rho=rho):
            threshold, shape, scale = law.tail
            return threshold + rho * scale / (1 - rho * shape)
        case Weibull(), ProportionalHazard(rho=rho):
            return law.mean * math.exp(math.log(rho) / law.shape)
        case Normal(), WangTransform(lambda_=move):
            return law.mean + move * law.sd
        case Lognormal(), WangTransform(lambda_=move):
            return law.mean * math.exp(move * law.sigma)
    return None


def _standard_normal(distortion: Distortion) -> float:
    """The distorted mean of a normal score, as the difference of what lies above and below 0."""

    def side(sign: int) -> float:
        def log_integrand(y: Floats) -> Floats:
            score = np.exp(y)
            survival = np.asarray(special.log_ndtr(-sign * score), np.float64)
            log_density = 2 * y - score**2 / 2 - math.log(2 * math.pi) / 2
            return log_density + distortion.log_slope(survival)

        return math.exp(log_integral(log_integrand, -40.0, 14.0))

    return side(1) - side(-1)


def _along_curve(law: Severity, distortion: Distortion) -> float:
    """location + int size * g'(P(X > x)) * density dy."""
    curve = curve_of(law)

    def log_integrand(y: Floats) -> Floats:
        line = curve.at(y)
        return line.log_size + line.log_density + distortion.log_slope(line.log_survival)

    return curve.location + math.exp(log_integral(log_integrand, curve.low, curve.high))


def _in_panels(law: Severity, distortion: Distortion) -> float:
    """int g(P(X > x)) dx between quantiles of the law, of its parts where it is a mixture, and
    beyond them in panels that double until nothing is left."""
    parts = law.parts if isinstance(law, Mixture) else (law,)
    edges = [edges_of(part) for part in parts]
    top = max(float(part[-1]) for part in edges)
    if top == 0:
        return 0.0
    total = area(law.survival, distortion, joined([*edges, top * _FALLING], 0.0, top))
    for low, high in pairwise(_beyond(max(edges, key=lambda part: float(part[-1])))):
        more = area(law.survival, distortion, np.linspace(low, high, 5))
        total += more
        if more <= _NEGLIGIBLE * total:
            break
        if float(law.survival(np.array(high))) == 0 and more > _CUT_SHORT * total:
            raise Refused("it rests on probabilities below 1e-300; take a smaller parameter")
    return total


def _beyond(edges: Floats) -> Floats:
    """From the last edge on, steps that double from that between the last two."""
    last = float(edges[-1])
    step = last - float(edges[edges < last][-1]) if (edges < last).any() else last
    beyond: Floats = last + step * (np.exp2(np.arange(float(_DOUBLINGS))) - 1)
    return beyond


def area(survival: Callable[[Floats], Floats], distortion: Distortion, edges: Floats) -> float:
    """int g(P(X > x)) dx over [edges[0], edges[-1]], between which P(X > x) is smooth."""
    x, weights = panel_nodes(edges)
    return float((weights * distortion.at(survival(x))).sum())
