"""Mean, spread, quantile and tail of simulated annual values, each with its standard error.

Every function takes `values` (n_years,) in currency units, `weight` (n_years,) summing to 1 (None:
years count the same, in integers) and `stratum` (n_years,) of whole numbers (None: one stratum).
Values may be negative. Levels are fractions in [0, 1): VaR at 0 is the minimum, TVaR at 0 the
mean. Bad input is `InvalidParameter`; an error of one year, or of a stratum of one, `Undefined`.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.sampling import Sample, finite, sample
from techinsure.losses.tails import (
    NORMAL_95,
    Level,
    Order,
    Tail,
    exact_level,
    order_at,
    tail_at,
    with_tied,
)
from techinsure.quantities import FORBID, Estimate, Floats

SUMMARY_LEVEL = Fraction("0.995")
"""The level of the VaR and TVaR of a `Summary`: once in 200 years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The four figures that describe a year's result; `var_995`, `tvar_995` at level 0.995."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Estimate
    sd: Estimate
    var_995: Estimate
    tvar_995: Estimate


def mean(
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> Estimate:
    """The mean, sum w x; its error is `Sample.error`, for equal weights s / sqrt(n_years)."""
    return _mean(sample(values, weight, stratum), unit)


def sd(
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> Estimate:
    """The standard deviation of the simulated law, sqrt(sum w (x - m)**2) (population form).

    Error by the delta method, influence ((x - m)**2 - sd**2) / (2 sd): for equal weights
    sqrt((m4 - sd**4) / n) / (2 sd). Source: Cramér 1946, Mathematical Methods of Statistics,
    section 27.7. It needs a finite fourth moment.
    """
    return _sd(sample(values, weight, stratum), unit)


def probability_positive(
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
) -> Estimate:
    """The share of years with a positive value: the probability of any loss.

    Equal weights: error sqrt(p (1 - p) / (n + 4)) at p = (k + 2) / (n + 4), k of n years positive,
    so that no loss in n years is 0 +- 1.4 / n and not a certainty (Agresti & Coull 1998, The
    American Statistician 52(2)). With weights or strata: `Sample.error` of the indicator.
    """
    drawn = sample(values, weight, stratum)
    positive = drawn.values > 0
    if drawn.weight is not None or drawn.stratum is not None:
        indicator = positive.astype(np.float64)
        share = min(drawn.mean(indicator), 1.0)
        return Estimate(value=share, standard_error=drawn.error(indicator))
    drawn.require_error()
    n_positive, total = int(np.count_nonzero(positive)), drawn.n_years + 4
    shrunk = (n_positive + 2) / total
    error = math.sqrt(shrunk * (1 - shrunk) / total)
    return Estimate(value=n_positive / drawn.n_years, standard_error=error)


def quantile(values: ArrayLike, level: Level, weight: ArrayLike | None = None) -> float:
    """The lower quantile inf{x: F(x) >= level}, currency units, with no error stated.

    Equal weights: the level is read as the decimal it is written as (0.9 is 9/10) and compared
    in integers, so a level on a jump of F is decided exactly. Other weights: F(x) counts as
    reaching the level when it misses by less than 1e-12 + n_years * 2**-53, the rounding of a sum
    of n_years weights. A year of weight 0 counts as absent.
    """
    drawn, exact = sample(values, weight), exact_level(level)
    return order_at(drawn, exact).quantile


def var(
    values: ArrayLike,
    level: Level,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> Estimate:
    """The value at risk: the lower quantile (see `quantile`), currency units.

    Error: the width of the 95% interval of order statistics, ranks n p +- 1.96 sqrt(n p (1 - p)),
    over 2 * 1.96 (David & Nagaraja 2003, Order Statistics, section 7.1); with weights or strata
    the same interval at p +- 1.96 times the error of F at the quantile (Woodruff 1952, JASA 47).
    It is 0 where the whole interval is one atom. An interval that ends at the largest value says
    too little: have 10 years beyond the level.
    """
    drawn, exact = sample(values, weight, stratum), exact_level(level)
    return _var(drawn, exact, order_at(drawn, exact), unit)


def tvar(
    values: ArrayLike,
    level: Level,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> Estimate:
    """The tail value at risk, currency units: the mean of the worst 1 - level of probability,
    (1 / (1 - p)) int_p^1 VaR(s) ds = q + E[(X - q)+] / (1 - p), q = VaR; an atom at q counts
    only with the part of it that lies beyond the level.
    Source: Acerbi & Tasche 2002, Journal of Banking & Finance 26, definition 3.2.

    Error: sd[(X - q) 1{X >= q}] / ((1 - p) sqrt(n)) (Manistre & Hancock 2005, North American
    Actuarial Journal 9(2)), where q, when the level falls inside one year, is moved towards the
    next smaller year in proportion, as the jackknife does; without that, a tail of less than one
    year would have error 0. Values without a limit need some 250 years beyond the level before
    the interval of 1.96 errors covers 93%.
    """
    drawn, exact = sample(values, weight, stratum), exact_level(level)
    return _tvar(drawn, tail_at(drawn, exact), unit)


def summary(
    values: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> Summary:
    """Mean, standard deviation, and VaR and TVaR at level 0.995, currency units."""
    drawn = sample(values, weight, stratum)
    tail = tail_at(drawn, SUMMARY_LEVEL)
    return Summary(
        mean=_mean(drawn, unit),
        sd=_sd(drawn, unit),
        var_995=_var(drawn, SUMMARY_LEVEL, tail.order, unit),
        tvar_995=_tvar(drawn, tail, unit),
    )


def tail_weights(values: ArrayLike, level: Level, weight: ArrayLike | None = None) -> Floats:
    """(n_years,) weights, summing to 1, under which the mean of `values` is their TVaR.

    Years above the VaR have w / (1 - level); years tied at it share what is left in proportion
    to their weight. The mean of any other annual amounts under them is their co-TVaR.
    Source: Acerbi & Tasche 2002; Tasche 1999, Risk contributions and performance measurement.
    """
    drawn, exact = sample(values, weight), exact_level(level)
    tail = tail_at(drawn, exact)
    spread = np.zeros(drawn.n_years)
    years, shares = with_tied(drawn, tail)
    spread[years] = shares
    return spread


def co_tvar(
    components: ArrayLike,
    values: ArrayLike,
    level: Level,
    weight: ArrayLike | None = None,
    *,
    stratum: ArrayLike | None = None,
    unit: str = "",
) -> list[Estimate]:
    """The Euler share in the TVaR of `values` of each row of `components` (n_parts, n_years).

    A_i = sum of tail weight times X_i, currency units: shares of components that sum to `values`
    sum to its TVaR. Error: sd[(X_i - m_i) t(S)] / ((1 - p) sqrt(n)), t the part of a year that
    lies in the tail (1 above the VaR), m_i the mean of X_i in the 2h years whose S is nearest to
    the VaR, h = sqrt(n (1 - p)) or more when S is tied there.
    Source: Tasche 1999; the error is the influence function of A_i.
    """
    drawn, exact = sample(values, weight, stratum), exact_level(level)
    faults = list[Fault]()
    parts = finite("components", components, 2, faults)
    if parts.ndim == 2 and parts.shape[1] != drawn.n_years:
        bound = f"must have {drawn.n_years} years, like `values`"
        faults.append(Fault("components", parts.shape, bound))
    if faults:
        raise InvalidParameter(faults)
    tail = tail_at(drawn, exact)
    low, high = tail.order.shifted(-tail.order.near), tail.order.shifted(tail.order.near)
    near = np.nonzero((drawn.values >= low) & (drawn.values <= high))[0]
    near_weight = drawn.weights(near)
    near_weight = near_weight / near_weight.sum()
    years, tail_weight = with_tied(drawn, tail)
    factor = tail_weight / drawn.weights(years)
    shares = []
    for part in parts:
        inside = part[years]
        influence = factor * (inside - near_weight @ part[near])
        shares.append(Estimate(
            value=float(tail_weight @ inside),
            standard_error=drawn.error(influence, years),
            unit=unit,
        ))  # fmt: skip
    return shares


def _mean(drawn: Sample, unit: str) -> Estimate:
    return Estimate(value=drawn.mean(), standard_error=drawn.error(drawn.values), unit=unit)


def _sd(drawn: Sample, unit: str) -> Estimate:
    gap = drawn.values - drawn.values[0]  # so that a constant has exactly no spread
    gap -= drawn.mean(gap)
    scale = float(np.abs(gap).max()) or 1.0
    square = (gap / scale) ** 2
    variance = drawn.mean(square)
    error = drawn.error(square) / (2 * math.sqrt(variance)) if variance else drawn.error(square)
    return Estimate(value=scale * math.sqrt(variance), standard_error=scale * error, unit=unit)


def _var(drawn: Sample, level: Fraction, order: Order, unit: str) -> Estimate:
    drawn.require_error()
    p, q = float(level), order.quantile
    if drawn.weight is None and drawn.stratum is None:
        error = math.sqrt(p * (1 - p) / drawn.n_years)
    else:
        sides = (drawn.values <= q, drawn.values < q)
        error = max(drawn.error(side.astype(np.float64)) for side in sides)
    last = len(order.loss) - 1
    reach = np.array([max(p - NORMAL_95 * error, 0.0), min(p + NORMAL_95 * error, 1.0)])
    low, high = np.searchsorted(order.upto, reach)
    low, high = min(low, max(order.at - 1, 0)), max(min(high, last), min(order.at + 1, last))
    width = float(order.loss[high] - order.loss[low])
    return Estimate(value=q, standard_error=width / (2 * NORMAL_95), unit=unit)


def _tvar(drawn: Sample, tail: Tail, unit: str) -> Estimate:
    q = tail.order.quantile
    pivot = q - tail.order.beyond * (q - tail.order.shifted(-1))
    # years tied at a pivot of q have no influence; often these are most years, at zero
    years, weight = with_tied(drawn, tail) if pivot < q else (tail.years, tail.weight)
    losses = drawn.values[years]
    influence = weight / drawn.weights(years) * (losses - pivot)
    return Estimate(
        value=q + float(weight @ (losses - q)),
        standard_error=drawn.error(influence, years),
        unit=unit,
    )
