"""Two outcomes of the same simulated years: the standard error of their difference.

A measure's estimate moves with each year by that year's influence over n. What two outcomes of one
year have in common cancels in the difference of their influences, so its error is that of the
change alone, not of two separate runs. Source: Glasserman 2003, Monte Carlo Methods in Financial
Engineering, section 7.1 (common random numbers); Hampel 1974, JASA 69 (influence functions).

`values`, `before`, `after` are (n_years,) in currency units; `weight`, `stratum` as in `measures`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import measures
from techinsure.losses.measures import SUMMARY_LEVEL
from techinsure.losses.sampling import Sample, sample
from techinsure.losses.tails import Tail, tail_at, with_tied
from techinsure.quantities import Floats

FIGURES = ("mean", "sd", "var_995", "tvar_995", "capital")
"""What has an influence: mean, spread, VaR and TVaR at 0.995, and TVaR less the mean."""


def influences(
    values: ArrayLike, weight: ArrayLike | None = None, stratum: ArrayLike | None = None
) -> dict[str, Floats]:
    """The influence (n_years,) of each year on each of `FIGURES`, up to a constant.

    Mean: x. Spread: (x - m)**2 / (2 sd). VaR q: 1{x > q} / f(q), where 1 / f is read off the
    interval of order statistics that gives `measures.var` its error. TVaR: the part of the year in
    the tail times (x - q), as in `measures.tvar`.
    """
    drawn = sample(values, weight, stratum)
    tail = tail_at(drawn, SUMMARY_LEVEL)
    tvar = _tvar(drawn, tail)
    return {
        "mean": drawn.values,
        "sd": _sd(drawn),
        "var_995": _var(drawn, tail, values, weight, stratum),
        "tvar_995": tvar,
        "capital": tvar - drawn.values,
    }


def errors(
    before: ArrayLike,
    after: ArrayLike,
    weight: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
) -> dict[str, float]:
    """The standard error of each of `FIGURES` of `after` less that of `before`, currency units."""
    _same_years(before, after)
    drawn = sample(after, weight, stratum)
    old, new = influences(before, weight, stratum), influences(after, weight, stratum)
    return {name: drawn.error(new[name] - old[name]) for name in FIGURES}


def share_error(
    before: ArrayLike,
    after: ArrayLike,
    values: ArrayLike,
    weight: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
) -> float:
    """The standard error of the change of a part's Euler share in the TVaR 0.995 of `values` less
    its mean, where `values` themselves do not change: co-TVaR and mean are linear in the part."""
    _same_years(before, after)
    drawn = sample(values, weight, stratum)
    tail = tail_at(drawn, SUMMARY_LEVEL)
    change = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    near = tail.order.near
    low, high = tail.order.shifted(-near), tail.order.shifted(near)
    at_var = np.nonzero((drawn.values >= low) & (drawn.values <= high))[0]
    level = float(np.average(change[at_var], weights=drawn.weights(at_var)))
    years, tail_weight = with_tied(drawn, tail)
    influence = -change
    influence[years] += tail_weight / drawn.weights(years) * (change[years] - level)
    return drawn.error(influence)


def probability_error(
    before: ArrayLike,
    after: ArrayLike,
    weight: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
) -> float:
    """The standard error of the change of the share of years with a positive value.

    Equal weights: b years only after, c only before, half a year added to each of the four kinds:
    sqrt(b + c + 1 - (b - c)**2 / (n + 2)) / (n + 2), so that no such year is not a certainty
    (Agresti & Min 2005, Statistics in Medicine 24). Else the error of the change of the indicator.
    """
    _same_years(before, after)
    drawn = sample(after, weight, stratum)
    old, new = np.asarray(before) > 0, np.asarray(after) > 0
    if drawn.weight is not None or drawn.stratum is not None:
        return drawn.error(new.astype(np.float64) - old)
    drawn.require_error()
    only_after, only_before = np.count_nonzero(new & ~old), np.count_nonzero(old & ~new)
    total = drawn.n_years + 2
    gap = only_after - only_before
    return math.sqrt(only_after + only_before + 1 - gap * gap / total) / total


def _same_years(before: ArrayLike, after: ArrayLike) -> None:
    if np.shape(before) != np.shape(after):
        bound = f"must have the shape of `before`, {np.shape(before)}"
        raise InvalidParameter([Fault("after", np.shape(after), bound, "take the same years")])


def _sd(drawn: Sample) -> Floats:
    gap = drawn.values - drawn.values[0]
    gap -= drawn.mean(gap)
    scale = float(np.abs(gap).max()) or 1.0
    square = (gap / scale) ** 2
    spread = math.sqrt(drawn.mean(square))
    return scale * square / (2 * spread) if spread else np.zeros(drawn.n_years)


def _var(
    drawn: Sample,
    tail: Tail,
    values: ArrayLike,
    weight: ArrayLike | None,
    stratum: ArrayLike | None,
) -> Floats:
    above = (drawn.values > tail.order.quantile).astype(np.float64)
    known = measures.var(values, SUMMARY_LEVEL, weight, stratum=stratum).standard_error or 0.0
    plain = drawn.error(above)
    return above * (known / plain) if plain else above


def _tvar(drawn: Sample, tail: Tail) -> Floats:
    q = tail.order.quantile
    pivot = q - tail.order.beyond * (q - tail.order.shifted(-1))
    years, weight = with_tied(drawn, tail) if pivot < q else (tail.years, tail.weight)
    influence = np.zeros(drawn.n_years)
    influence[years] = weight / drawn.weights(years) * (drawn.values[years] - pivot)
    return influence
