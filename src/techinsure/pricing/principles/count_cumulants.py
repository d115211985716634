"""ln E[exp(b N)] of numbers of claims, and their mean under a distortion."""

import math

import numpy as np

from techinsure.distributions import (
    Binomial,
    Frequency,
    NegativeBinomial,
    Poisson,
    Tabulated,
    ZeroModified,
)
from techinsure.errors import Refused, Undefined
from techinsure.pricing.principles.cumulants import Cumulants
from techinsure.pricing.principles.distortions import Distortion
from techinsure.quantities import Floats

MOST_COUNTS = 4_000_000
"""Numbers of claims that a distorted mean may be summed over."""

_LARGEST_EXPONENT = 700.0
_NEGLIGIBLE = 1e-17
_FAINTEST = 1e-300


def mgf_limit(law: Frequency) -> float:
    """The b from which on E[exp(b N)] is infinite: ln(1 + 1 / beta) of a negative binomial."""
    base = law.base if isinstance(law, ZeroModified) else law
    return math.log1p(1 / base.beta) if isinstance(base, NegativeBinomial) else math.inf


def cumulants(law: Frequency, b: float) -> Cumulants:
    """ln E[exp(b N)] and its derivative, at b < `mgf_limit(law)`, to full precision as b -> 0.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix B.
    """
    match law:
        case Poisson():
            return Cumulants(law.rate * math.expm1(b), law.rate * math.exp(b))
        case NegativeBinomial():
            grown = law.beta * math.expm1(min(b, _LARGEST_EXPONENT))
            if grown >= 1:
                raise Undefined(f"E[exp(b N)] is infinite from b = {mgf_limit(law):g} on")
            return Cumulants(-law.r * math.log1p(-grown), law.mean * math.exp(b) / (1 - grown))
        case Binomial():
            return _of_binomial(law, b)
        case Tabulated():
            return _of_table(law, b)
        case ZeroModified():
            return _of_modified(law, b)


def _of_binomial(law: Binomial, b: float) -> Cumulants:
    """m ln(1 + q (exp(b) - 1))."""
    odds = (1 - law.q) / law.q
    log = (
        math.log1p(law.q * math.expm1(b))
        if b < 1
        else b + math.log(law.q) + math.log1p(odds * math.exp(-b))
    )
    share = 1 / (1 + odds * math.exp(-b)) if b > -_LARGEST_EXPONENT else 0.0
    return Cumulants(law.m * log, law.m * share)


def _of_table(law: Tabulated, b: float) -> Cumulants:
    chance = np.array(law.probabilities)
    exponent = b * np.arange(float(len(chance)))
    used = chance > 0
    top = float(exponent[used].max())
    tilted = np.where(used, chance * np.exp(np.where(used, exponent - top, 0.0)), 0.0)
    if top < 1:
        log_mgf = math.log1p(float(chance @ np.expm1(exponent)))
    else:
        log_mgf = top + math.log(float(tilted.sum()))
    tilted_mean = float(tilted @ np.arange(float(len(chance)))) / float(tilted.sum())
    return Cumulants(log_mgf, tilted_mean)


def _of_modified(law: ZeroModified, b: float) -> Cumulants:
    """E[exp(b N)] - 1 is f times that of the base, f = (1 - p0) / P(base > 0)."""
    base = cumulants(law.base, b)
    factor = (1 - law.p0) / float(law.base.survival(np.array(0.0)))
    if base.log_mgf < 1:
        log_mgf = math.log1p(factor * math.expm1(base.log_mgf))
    else:
        rest = (1 - factor) / factor * math.exp(-base.log_mgf)
        log_mgf = base.log_mgf + math.log(factor) + math.log1p(rest)
    return Cumulants(log_mgf, factor * math.exp(base.log_mgf - log_mgf) * base.tilted_mean)


def distorted_mean(law: Frequency, distortion: Distortion) -> float:
    """The smallest count plus the sum of g(P(N > k)) from it on, claims."""
    stop = law.largest
    if math.isinf(stop):
        stop = _last(law, distortion)
    if stop - law.smallest > MOST_COUNTS:
        raise Refused(
            f"it takes {stop:.3g} counts, at most {MOST_COUNTS} are summed over; take a smaller"
            " parameter or a law of amounts"
        )
    counts: Floats = np.arange(law.smallest, stop)
    return law.smallest + float(distortion.at(law.survival(counts)).sum())


def _last(law: Frequency, distortion: Distortion) -> float:
    """A count beyond which the sum is negligible."""
    last = math.ceil(2 * law.mean) + 8.0
    while last <= 2 * MOST_COUNTS:
        beyond = law.survival(np.array(last))
        left = float(distortion.at(beyond)) * last
        if float(beyond) < _FAINTEST and float(distortion.at(np.array(_FAINTEST))) * last > 1e-13:
            raise Refused("it rests on probabilities below 1e-300; take a smaller parameter")
        if left <= _NEGLIGIBLE * law.mean:
            return last
        last = math.ceil(1.5 * last)
    return last
