"""Whose tail it is: the Euler shares of parties, treaties or items in the TVaR of their sum.

Beside them the natural shares in any distorted mean, and Shapley's in what groups would cost.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses import measures
from techinsure.losses.sampling import Sample, sample
from techinsure.losses.tails import Level
from techinsure.quantities import FORBID, Estimate, Floats

ROUNDING = 1e-9
"""Parts may miss their total by this share of the largest year: the rounding of long sums."""

MOST_PARTIES = 16
"""Of Shapley shares: each group is asked for, 65,536 of 16 parties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A `total` and its `parts` by name, currency units; the parts sum to it to rounding."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    total: Estimate
    parts: Mapping[str, Estimate]


def euler_tvar(
    parts: Mapping[str, Floats],
    total: Floats,
    level: Level,
    weight: Floats | None = None,
    *,
    stratum: Floats | None = None,
    unit: str = "",
) -> Allocation:
    """The TVaR of `total` (n_years,) and the share of each of `parts` (n_years,), currency units.

    A part's share is its mean over the tail years of the total. Such shares are in the core: no
    group of parts would have less by itself (Denault 2001, Journal of Risk 4(1)), and reward
    growth in the right direction (Tasche 1999). Parts that do not sum to `total` are refused.
    """
    stacked = _stacked(parts, total)
    shares = measures.co_tvar(stacked, total, level, weight, stratum=stratum, unit=unit)
    return Allocation(
        total=measures.tvar(total, level, weight, stratum=stratum, unit=unit),
        parts=dict(zip(parts, shares, strict=True)),
    )


def euler_capital(
    parts: Mapping[str, Floats],
    total: Floats,
    level: Level,
    weight: Floats | None = None,
    *,
    stratum: Floats | None = None,
    unit: str = "",
) -> Allocation:
    """Capital = TVaR - mean of `total`, and each part's Euler share of it, currency units.

    The shares of the amounts less their means. A part that falls when the others rise may have a
    negative share. The standard errors leave out that of the means, which is small beside them.
    """
    means = {name: measures.mean(values, weight).value for name, values in parts.items()}
    centred = {name: values - means[name] for name, values in parts.items()}
    _stacked(parts, total)
    left = total - sum(means.values())
    return euler_tvar(centred, left, level, weight, stratum=stratum, unit=unit)


def euler_distorted(
    parts: Mapping[str, Floats],
    total: Floats,
    distortion: Callable[[Floats], Floats],
    weight: Floats | None = None,
    *,
    stratum: Floats | None = None,
    unit: str = "",
) -> Allocation:
    """The integral of g(P(total > x)) and the natural share of each of `parts`, all (n_years,),
    currency units: the mean of a part under the weights g(P(T >= t)) - g(P(T > t)) of the years.

    `distortion` is g, of survival probabilities shaped alike; years of one total share its weight.
    Errors by the influence X g'(P(T > t)) less the sum, over totals below the year's, of the change
    of g' there times the mean of X given that total.
    Source: Tsanakas & Barnett (2003), Insurance: Mathematics and Economics 33(2), 239-254.
    """
    stacked = _stacked(parts, total)
    drawn = sample(total, weight, stratum)
    distorted = _distorted(drawn, distortion)
    shares = [
        Estimate(value=value, standard_error=drawn.error(influence), unit=unit)
        for value, influence in (distorted.mean(part) for part in (total, *stacked))
    ]
    return Allocation(total=shares[0], parts=dict(zip(parts, shares[1:], strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Distorted:
    """Years by their total: `rank` (n_years,) of it, `share` (n_totals,) the probability of each
    total and `slope` (n_totals,) by how much the distortion makes it more likely."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    years: Floats
    rank: NDArray[np.intp]
    share: Floats
    slope: Floats

    def mean(self, part: Floats) -> tuple[float, Floats]:
        """The distorted mean of `part` (n_years,), and the influence (n_years,) of each year."""
        sums = np.bincount(self.rank, weights=self.years * part, minlength=len(self.share))
        given = np.divide(sums, self.share, out=np.zeros_like(self.share), where=self.share > 0)
        change = np.diff(self.slope, append=self.slope[-1:]) * given
        before = np.cumsum(change) - change
        influence = part * self.slope[self.rank] - before[self.rank]
        return float(self.slope @ sums), influence


def _distorted(drawn: Sample, distortion: Callable[[Floats], Floats]) -> _Distorted:
    years = np.asarray(drawn.weights())
    _, rank = np.unique(drawn.values, return_inverse=True)
    share = np.bincount(rank, weights=years).astype(np.float64)
    reached = np.minimum(np.cumsum(share[::-1])[::-1], 1.0)  # P(T >= t)
    reached[0] = 1.0
    at = np.asarray(distortion(np.append(reached, 0.0)), np.float64)
    if at.shape != (len(share) + 1,) or not np.allclose(at[[0, -1]], (1, 0), 0, ROUNDING):
        raise InvalidParameter([Fault("distortion", at.shape, "must lead from 0 at 0 to 1 at 1")])
    if not (np.diff(at) <= 0).all():
        raise InvalidParameter([Fault("distortion", "one that falls", "must never fall")])
    weight = at[:-1] - at[1:]
    slope = np.divide(weight, share, out=np.zeros_like(share), where=share > 0)
    return _Distorted(years=years, rank=rank, share=share, slope=slope)


def shapley(parties: Sequence[str], cost: Callable[[frozenset[str]], float]) -> Mapping[str, float]:
    """The share of each of `parties` in the `cost` of all: the mean, over the orders in which they
    may join, of what each adds to the cost of those before. The cost of nobody must be 0.

    Unlike Euler's, such shares may leave a group more than it would cost alone. Source: Shapley
    (1953), A value for n-person games; Denault (2001), Journal of Risk 4(1), section 4.
    """
    costs = _costs(parties, cost)
    n, shares = len(parties), dict.fromkeys(parties, 0.0)
    for name in parties:
        others = [other for other in parties if other != name]
        for size in range(n):
            orders = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for group in map(frozenset, combinations(others, size)):
                shares[name] += orders * (costs[group | {name}] - costs[group])
    return shares


def _costs(
    parties: Sequence[str], cost: Callable[[frozenset[str]], float]
) -> dict[frozenset[str], float]:
    """The cost of every group, each asked for once."""
    faults = []
    if not 1 <= len(parties) <= MOST_PARTIES:
        bound, fix = f"must name 1 to {MOST_PARTIES} parties", "join small ones"
        faults.append(Fault("parties", len(parties), bound, fix))
    elif len(set(parties)) < len(parties):
        faults.append(Fault("parties", list(parties), "must be different names", "rename one"))
    if faults:
        raise InvalidParameter(faults)
    groups = [frozenset(g) for size in range(len(parties) + 1) for g in combinations(parties, size)]
    costs = {group: float(cost(group)) for group in groups}
    for group, value in costs.items():
        if not math.isfinite(value) or (not group and value != 0):
            bound = "must be finite" if group else "must be 0 of nobody"
            raise InvalidParameter([Fault(f"cost of {sorted(group)}", value, bound)])
    return costs


def _stacked(parts: Mapping[str, Floats], total: Floats) -> Floats:
    """(n_parts, n_years) float64; refused unless the parts sum to the total in every year."""
    faults = [
        Fault(f"parts.{name}", np.shape(values), f"must have shape {np.shape(total)}, a year each")
        for name, values in parts.items()
        if np.shape(values) != np.shape(total)
    ]
    if not parts:
        faults = [Fault("parts", 0, "must hold at least one part")]
    if faults:
        raise InvalidParameter(faults)
    stacked = np.stack([np.asarray(values, dtype=np.float64) for values in parts.values()])
    gap = float(np.abs(stacked.sum(axis=0) - total).max(initial=0.0))
    scale = float(np.abs(stacked).sum(axis=0).max(initial=0.0))
    if not gap <= ROUNDING * scale:
        fix = "add the missing part, such as what is unplaced"
        raise InvalidParameter([Fault("parts", gap, "must sum to the total in every year", fix)])
    return stacked
