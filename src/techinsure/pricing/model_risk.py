"""Model risk: the largest mean of any law near the modelled one, and how near another prior is.

Near is a Kullback-Leibler ball: all laws Q with KL(Q || P) = E_Q ln dQ/dP <= eta.
Source: Glasserman & Xu (2014), Robust risk measurement and model risk, Quantitative Finance 14(1);
Hansen & Sargent (2008), Robustness, chapter 2.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import optimize, special

from techinsure.distributions import Beta, Gamma, Lognormal, Point
from techinsure.errors import Fault, InvalidParameter, Refused, Undefined
from techinsure.pricing.principles.risks import Simulated, of_sample
from techinsure.quantities import FORBID, Estimate, Flag, Floats, Real, not_negative, require

Prior = Beta | Gamma | Lognormal | Point
"""A law of one parameter of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """The largest `mean` over the ball of radius `eta` (nats) around a sample whose own mean is
    `modelled`, currency units; `divergence` is the KL of the law that attains it: the sample
    tilted by exp(`tilt` x), `tilt` per currency unit. Where the ball holds the law that puts all
    on the largest value, that is the answer (`at_maximum`) and there is no tilt; `largest_eta` is
    the radius from which on this is so, -ln P(X = max)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    eta: Real
    mean: Estimate
    modelled: Estimate
    tilt: Real | None
    divergence: Real
    at_maximum: Flag
    largest_eta: Real


def worst_case(
    values: ArrayLike, eta: float, weight: ArrayLike | None = None, *, unit: str = ""
) -> WorstCase:
    """sup {E_Q X: KL(Q || P) <= eta} = min over theta > 0 of (ln E exp(theta X) + eta) / theta.

    `values` (n,) with weights (n,) summing to 1 or None; eta in nats >= 0. The minimum is where the
    tilted law's own divergence is eta. Error: the influence (exp(theta x - K(theta)) - 1) / theta,
    theta held (it is optimal, so that its own error does not count); at the maximum none is known.

    It is the worst case of the *sample*: of a law whose tail is heavier than exponential the
    supremum is infinite for every eta > 0, and that of a sample of it grows with n.
    """
    require("eta", eta, not_negative)
    risk = of_sample(values, weight)
    modelled = _estimate(risk, risk.mean, risk.drawn.values, unit)
    largest_eta = -math.log(float(risk.weight[risk.values == risk.most].sum()))
    largest_eta = max(largest_eta, 0.0)  # a rounded sum of weights may exceed 1
    if eta == 0 or risk.most == risk.least:
        return WorstCase(
            eta=float(eta), mean=modelled, modelled=modelled, tilt=None if eta else 0.0,
            divergence=0.0, at_maximum=risk.most == risk.least, largest_eta=largest_eta,
        )  # fmt: skip
    if eta >= largest_eta * (1 - _ROUNDING):
        return WorstCase(
            eta=float(eta), mean=Estimate(value=risk.most, unit=unit), modelled=modelled, tilt=None,
            divergence=largest_eta, at_maximum=True, largest_eta=largest_eta,
        )  # fmt: skip
    span = risk.most - risk.least
    inside = of_sample((risk.drawn.values - risk.least) / span, weight)
    tilt = _tilt(inside, eta)
    tilted = inside.cumulants(tilt)
    influence = np.expm1(tilt * inside.drawn.values - tilted.log_mgf) * (span / tilt)
    return WorstCase(
        eta=float(eta),
        mean=_estimate(risk, risk.least + span * tilted.tilted_mean, influence, unit),
        modelled=modelled, tilt=tilt / span, divergence=divergence_of_tilt(inside, tilt),
        at_maximum=False, largest_eta=largest_eta,
    )  # fmt: skip


LARGEST_LOG_TILT = 700.0
"""Beyond it exp overflows."""
_ROUNDING = 1e-12
"""By which part of itself eta may miss the radius of the maximum and still reach it."""


def divergence_of_tilt(risk: Simulated, tilt: float) -> float:
    """KL(Q || P), nats, of the sample tilted by exp(tilt x): sum w (l exp(l) - expm1(l)) with
    l = tilt x - ln E exp(tilt X), all of whose terms are >= 0, so that none is lost at a small
    tilt."""
    logs = tilt * risk.values - risk.cumulants(tilt).log_mgf
    return float(risk.weight @ _excess_entropy(logs))


def _excess_entropy(logs: Floats) -> Floats:
    """l exp(l) - expm1(l) = sum over k >= 2 of l**k (k - 1) / k!, to full precision."""
    near = np.where(np.abs(logs) < 0.1, logs, 0.0)
    series = np.zeros_like(near)
    for k in range(12, 1, -1):
        series = series * near + (k - 1) / math.factorial(k)
    far = logs * np.exp(logs) - np.expm1(logs)
    return np.where(np.abs(logs) < 0.1, series * near**2, far)


def _tilt(risk: Simulated, eta: float) -> float:
    """The tilt whose divergence is eta, by Brent's method in the logarithm of both."""

    def miss(log_tilt: float) -> float:
        return math.log(divergence_of_tilt(risk, math.exp(log_tilt))) - math.log(eta)

    low = high = math.log(math.sqrt(2 * eta) / math.sqrt(risk.variance))
    while miss(low) > 0:
        low -= 1
    while miss(high) < 0:
        high += 1
        if high > LARGEST_LOG_TILT:  # what is left to tilt between lies within 1e-300 of another
            return math.exp(LARGEST_LOG_TILT)
    return math.exp(float(optimize.brentq(miss, low - 0.1, high + 0.1, xtol=1e-14, rtol=1e-14)))


def _estimate(risk: Simulated, value: float, influence: Floats, unit: str) -> Estimate:
    """With its standard error, or none where one year cannot tell."""
    try:
        error = risk.drawn.error(influence)
    except Undefined:
        return Estimate(value=value, unit=unit)
    return Estimate(value=value, standard_error=error, unit=unit)


def swap_radius(others: Mapping[str, Prior], priors: Mapping[str, Prior]) -> float:
    """The eta, nats, of a ball around the modelled losses that holds the losses under `others`, the
    priors of another opinion, each by the name of its parameter: the sum of their divergences
    from `priors`, which are independent.

    An upper bound: losses given their parameters follow the same law under both, and such a step
    never raises a divergence. So the worst case at this eta is at least the mean under `others`.
    Source: Cover & Thomas (2006), Elements of Information Theory, section 2.5 (chain rule) and
    2.8 (data processing).
    """
    if set(others) != set(priors):
        names = sorted(set(others) ^ set(priors))
        fix = "give both opinions on every parameter"
        bound = "must name the parameters of `priors`"
        raise InvalidParameter([Fault("others", names, bound, fix)])
    return math.fsum(prior_divergence(other, priors[name]) for name, other in others.items())


def prior_divergence(other: Prior, prior: Prior) -> float:
    """KL(other || prior), nats, of two laws of one family; `Undefined` where a value that is
    certain under one is not so, or another, under the other, and `Refused` across families.

    Source: closed forms from the entropies in Cover & Thomas (2006), table 17.1; for gamma and
    beta the Bregman divergences of ln Gamma.
    """
    match other, prior:
        case Gamma(), Gamma():
            ratio = (other.mean - prior.mean) / prior.mean
            shapes = _bregman(_stirling, _stirling_slope, prior.shape, other.shape)
            return prior.shape * (ratio - math.log1p(ratio)) + shapes
        case Beta(), Beta():
            (a, b), (a0, b0) = other.shapes, prior.shapes
            parts = [_bregman(_log_gamma, _digamma, x0, x) for x0, x in ((a0, a), (b0, b))]
            return math.fsum([*parts, -_bregman(_log_gamma, _digamma, a0 + b0, a + b)])
        case Lognormal(), Lognormal():
            ratio = (other.sigma / prior.sigma) ** 2 - 1
            moved = ((other.mu - prior.mu) / prior.sigma) ** 2
            return (ratio - math.log1p(ratio) + moved) / 2
        case Point(), Point() if other.mean == prior.mean:
            return 0.0
        case (Point(), _) | (_, Point()):
            raise Undefined(f"the divergence of {other!r} from {prior!r} is infinite")
    raise Refused(
        f"the divergence of {other!r} from {prior!r} has no closed form: give both as laws of one"
        " family (beta, gamma, lognormal)"
    )


def _bregman(
    function: Callable[[float], float], slope: Callable[[float], float], at: float, near: float
) -> float:
    """How far a convex function at `at` lies above its tangent at `near`."""
    return function(at) - function(near) - slope(near) * (at - near)


def _log_gamma(x: float) -> float:
    return float(special.gammaln(x))


def _digamma(x: float) -> float:
    return float(special.digamma(x))


_LARGE = 30.0
"""From which on Stirling's series has all digits of float64."""


def _stirling(k: float) -> float:
    """ln Gamma(k) - k ln k + k."""
    if k < _LARGE:
        return math.lgamma(k) - k * math.log(k) + k
    series = 1 / (12 * k) - 1 / (360 * k**3) + 1 / (1260 * k**5) - 1 / (1680 * k**7)
    return math.log(2 * math.pi / k) / 2 + series


def _stirling_slope(k: float) -> float:
    """digamma(k) - ln k."""
    if k < _LARGE:
        return _digamma(k) - math.log(k)
    return -1 / (2 * k) - 1 / (12 * k**2) + 1 / (120 * k**4) - 1 / (252 * k**6)
