"""ln E[exp(a X)] of laws of amounts, its derivative, and from which a on it is infinite."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.distributions import Beta, Gamma, Mbbefd, Mixture, Point, Severity, Weibull
from techinsure.distributions.normal import Normal
from techinsure.distributions.pareto import ParetoLaw
from techinsure.errors import Refused
from techinsure.pricing.principles.curves import curve_of
from techinsure.pricing.principles.integrals import edges_of, joined, log_integral, panel_nodes
from techinsure.quantities import Floats

MOST_TERMS = 10_000_000
"""Of the series of a beta law, some a + 40 sqrt(a) of them."""

_MOST_PANELS = 5000


class Cumulants(NamedTuple):
    """`log_mgf` = ln E[exp(a X)] and its derivative `tilted_mean` = E[X exp(a X)] / E[exp(a X)],
    the latter in the unit of X."""

    log_mgf: float
    tilted_mean: float


def mgf_limit(law: Severity | Normal) -> float:
    """The a from which on E[exp(a X)] is infinite, per unit of X: 0 for a tail heavier than
    exponential, inf for one lighter."""
    match law:
        case Gamma():
            return 1 / law.scale
        case ParetoLaw():
            _, shape, scale = law.tail
            return 1 / scale if shape == 0 else 0.0 if shape > 0 else math.inf
        case Weibull():
            return 1 / law.scale if law.shape == 1 else 0.0 if law.shape < 1 else math.inf
        case Mixture():
            return min(mgf_limit(part) for part in law.parts)
        case Beta() | Mbbefd() | Normal() | Point():
            return math.inf
    return 0.0


def cumulants(law: Severity | Normal, a: float) -> Cumulants:
    """At 0 < a < `mgf_limit(law)`; digits are kept as a -> 0.

    Closed forms: Klugman, Panjer & Willmot, Loss Models, appendix A; Johnson, Kotz & Balakrishnan,
    Continuous Univariate Distributions 2, ch. 25 (Kummer's series of the beta law). Others by
    quadrature.
    """
    match law:
        case Point():
            return Cumulants(a * law.mean, law.mean)
        case Normal():
            return Cumulants(a * law.mean + (a * law.sd) ** 2 / 2, law.mean + a * law.variance)
        case Gamma():
            left = 1 - a * law.scale
            return Cumulants(-law.shape * math.log1p(-a * law.scale), law.mean / left)
        case Beta():
            return _of_beta(law, a)
        case Mbbefd():
            return bounded(law.survival, edges_of(law), a)
        case Mixture():
            return _of_mixture(law, a)
        case ParetoLaw() if law.tail.shape == 0:
            threshold, _, scale = law.tail
            log_mgf = a * threshold - math.log1p(-a * scale)
            return Cumulants(log_mgf, threshold + scale / (1 - a * scale))
        case Weibull() if law.shape == 1:
            return Cumulants(-math.log1p(-a * law.scale), law.scale / (1 - a * law.scale))
        case _:
            return _by_quadrature(law, a)


def _of_mixture(law: Mixture, a: float) -> Cumulants:
    parts = [cumulants(part, a) for part in law.parts]
    logs = np.array([part.log_mgf for part in parts])
    means = np.array([part.tilted_mean for part in parts])
    weights = np.array(law.weights)
    top = float(logs.max())
    if top < 1:
        log_mgf = math.log1p(float(weights @ np.expm1(logs)))
    else:
        log_mgf = top + math.log(float(weights @ np.exp(logs - top)))
    tilted = weights * np.exp(logs - top)
    return Cumulants(log_mgf, float(tilted @ means / tilted.sum()))


def _of_beta(law: Beta, a: float) -> Cumulants:
    """Kummer's 1F1(p; p + q; a), all of whose terms are positive; the derivative is
    p / (p + q) 1F1(p + 1; p + q + 1; a)."""
    p, q = law.shapes
    log_mgf = _log_kummer(p, p + q, a)
    return Cumulants(log_mgf, law.mean * math.exp(_log_kummer(p + 1, p + q + 1, a) - log_mgf))


def _log_kummer(p: float, whole: float, a: float) -> float:
    n_terms = math.ceil(a + 40 * math.sqrt(a)) + 60
    if n_terms > MOST_TERMS:
        raise Refused(
            f"ln E[exp(a X)] of a beta law takes {n_terms:.3g} terms at a = {a:g}, at most"
            f" {MOST_TERMS} are summed: take a smaller parameter"
        )
    n = np.arange(float(n_terms))
    logs = np.cumsum(np.log(a * ((p + n) / ((whole + n) * (n + 1)))))
    return float(np.logaddexp(0.0, special.logsumexp(logs)))


def bounded(survival: Callable[[Floats], Floats], edges: Floats, a: float) -> Cumulants:
    """Of an amount in [0, top], top the last of the `edges` between which P(X > x) is smooth:
    E[exp(a X)] = 1 + a int exp(a x) P(X > x) dx, its derivative int (1 + a x) exp(a x) P(X > x) dx.
    """
    top = float(edges[-1])
    if top == 0:
        return Cumulants(0.0, 0.0)
    reach = a * top
    fine = top - np.arange(1.0, min(reach, 4.0 * _MOST_PANELS) / 4 + 2) * (4 / a)
    x, weights = panel_nodes(joined([edges, fine], 0.0, top))
    shifted = weights * np.exp(a * (x - top)) * survival(x)
    area, moment = a * float(shifted.sum()), float(((1 + a * x) * shifted).sum())
    if reach < 1:
        log_mgf = math.log1p(area * math.exp(reach))
    else:
        log_mgf = reach + math.log(math.exp(-reach) + area)
    return Cumulants(log_mgf, moment * math.exp(reach - log_mgf))


def _by_quadrature(law: Severity, a: float) -> Cumulants:
    """E[exp(a X)] = exp(a x0) (1 + E[expm1(a Y)]), Y = X - x0 the part above the location."""
    curve = curve_of(law)
    log_a = math.log(a)

    def growth(y: Floats) -> Floats:
        line = curve.at(y)
        return line.log_density + _log_expm1(log_a + line.log_size)

    def moment(y: Floats) -> Floats:
        line = curve.at(y)
        with np.errstate(over="ignore"):
            return line.log_density + line.log_size + np.exp(log_a + line.log_size)

    above = float(np.logaddexp(0.0, log_integral(growth, curve.low, curve.high)))
    tilted = math.exp(log_integral(moment, curve.low, curve.high) - above)
    return Cumulants(a * curve.location + above, curve.location + tilted)


def _log_expm1(log_v: Floats) -> Floats:
    """ln(exp(v) - 1) from ln v, v > 0, without overflow or underflow."""
    faint, large = log_v < -40, log_v > 0
    v = np.exp(np.where(faint | large, 0.0, log_v))
    with np.errstate(over="ignore"):
        top = np.exp(np.where(large, log_v, 0.0))
    logs = np.where(large, top + np.log1p(-np.exp(-top)), np.log(np.expm1(v)))
    return np.where(faint, log_v, logs)
