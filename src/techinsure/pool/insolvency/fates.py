"""Figures of years that each have several fates, with the error of the years.

`values` are (n_draws, n_years): what one loss year comes to in each fate. Fates of one year are not
independent years: errors are those of the means over its fates of a year's influence on a figure.
Source: Hampel 1974, JASA 69 (influence functions); Cochran 1977, Sampling Techniques, section 9.2
(clusters of equal size).
"""

import numpy as np

from techinsure.losses import differences, measures
from techinsure.losses.sampling import sample
from techinsure.quantities import Estimate, Floats


def mean(values: Floats, weight: Floats | None = None, unit: str = "") -> Estimate:
    """The mean, in the unit of `values`."""
    return measures.mean(values.mean(axis=0), weight, unit=unit)


def tvar_995(values: Floats, weight: Floats | None = None, unit: str = "") -> Estimate:
    """The TVaR at 0.995, in the unit of `values`."""
    flat, spread = _flat(values, weight)
    value = measures.tvar(flat, measures.SUMMARY_LEVEL, spread).value
    return Estimate(value=value, standard_error=_errors(values, weight)["tvar_995"], unit=unit)


def probability_positive(values: Floats, weight: Floats | None = None) -> Estimate:
    """The share of years and fates with a positive value; where none has one, the error is that
    of as many years without one."""
    positive = (values > 0).mean(axis=0)
    if not positive.any():
        return measures.probability_positive(values[0], None)
    drawn = sample(positive, weight)
    return Estimate(value=min(drawn.mean(), 1.0), standard_error=drawn.error(positive))


def change(
    before: Floats, after: Floats, weight: Floats | None = None, unit: str = ""
) -> dict[str, Estimate]:
    """By how much mean and TVaR 0.995 of `after` differ from those of `before`, the same years and
    fates: what both have in common cancels in the error too."""
    flat_before, spread = _flat(before, weight)
    flat_after, _ = _flat(after, weight)
    old, new = _influences(before, weight), _influences(after, weight)
    drawn = sample(after[0], weight)
    by_tail = [
        measures.tvar(flat, measures.SUMMARY_LEVEL, spread).value
        for flat in (flat_before, flat_after)
    ]
    moved = {"mean": mean(after - before, weight).value, "tvar_995": by_tail[1] - by_tail[0]}
    return {
        name: Estimate(value=value, standard_error=drawn.error(new[name] - old[name]), unit=unit)
        for name, value in moved.items()
    }


def _errors(values: Floats, weight: Floats | None) -> dict[str, float]:
    drawn = sample(values[0], weight)
    return {name: drawn.error(part) for name, part in _influences(values, weight).items()}


def _influences(values: Floats, weight: Floats | None) -> dict[str, Floats]:
    """(n_years,) influences on mean and TVaR, each the mean over a year's fates."""
    flat, spread = _flat(values, weight)
    found = differences.influences(flat, spread)
    return {name: found[name].reshape(values.shape).mean(axis=0) for name in ("mean", "tvar_995")}


def _flat(values: Floats, weight: Floats | None) -> tuple[Floats, Floats | None]:
    """All fates as years, weights shared among them."""
    n_draws = len(values)
    return values.ravel(), None if weight is None else np.tile(weight / n_draws, n_draws)
