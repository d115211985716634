"""Strata on the number of claims: none, one, two, and more.

Within a stratum the pair (number of claims, rates) is a discrete law, and given the rates each
claim belongs to a source with probability rate / sum of rates, independently of the others.
Source: Kingman 1993, Poisson Processes, sections 2.2 and 2.4 (superposition and marking).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Refused
from techinsure.quantities import FORBID, Floats
from techinsure.sparse.risk import Risk

ALONE = 3
"""Numbers of claims up to this are strata of their own."""

LEFT_OUT = 1e-15
"""Probability of more claims than the last stratum holds, at most; it is spread over that."""

MOST_CELLS = 5_000_000
"""Pairs of a number of claims and an atom of the rates."""

_SAME = 1e-12
"""Shares of sources that differ by less are the same."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stratum:
    """Years with a number of claims in a range: their `probability`, and given it the cells
    (n_cells,): `count` of claims, `atom` into `upto`, `chance`, which sums to 1. `upto` (n_atoms,
    n_sources) are cumulative shares of the sources, the last 1."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str
    probability: float
    count: NDArray[np.intp]
    atom: NDArray[np.intp]
    chance: Floats
    upto: Floats

    @property
    def most(self) -> int:
        """The largest number of claims."""
        return int(self.count[-1])


def stratified(risk: Risk) -> tuple[float, list[Stratum]]:
    """P(no claim), and the strata of the years with claims that have a probability.

    The last stratum ends where `LEFT_OUT` lies beyond; a risk of so many claims that it would
    have more than `MOST_CELLS` cells is `Refused`: it is not sparse.
    """
    total = risk.rates.sum(axis=1)
    none = float(risk.chance @ np.exp(-total))
    if not total.any():
        return 1.0, []
    last = _last_count(total, risk.chance)
    if (last - ALONE) * len(total) > MOST_CELLS:
        raise Refused(
            f"up to {last} claims a term are too many for strata on their number, with"
            f" {len(total)} points of the rates: simulate year by year"
        )
    upto = _cumulative(risk.rates / np.where(total > 0, total, 1.0)[:, None])
    same = bool((np.ptp(upto[total > 0], axis=0) <= _SAME).all())
    ranges = [(n, n) for n in range(1, ALONE + 1)] + [(ALONE + 1, last)]
    found = [_stratum(risk, total, upto, same, *between) for between in ranges]
    return none, [stratum for stratum in found if stratum.probability > 0]


def _stratum(
    risk: Risk, total: Floats, upto: Floats, same: bool, fewest: int, most: int
) -> Stratum:
    count = np.arange(fewest, most + 1)[:, None]
    log_pmf = special.xlogy(count, total) - total - special.gammaln(count + 1)
    joint = risk.chance * np.exp(log_pmf)
    name = str(fewest) if fewest <= ALONE else f"{fewest} or more"
    probability = float(joint.sum())
    if most == 1:  # the rates matter only through the chance that the one claim is a source's
        with np.errstate(divide="ignore", invalid="ignore"):
            of_source = np.where(total > 0, joint[0] / total, 0.0) @ risk.rates
        upto, joint = _cumulative(of_source[None] / of_source.sum()), np.full((1, 1), probability)
    elif same:
        upto, joint = upto[[int(np.argmax(total))]], joint.sum(axis=1, keepdims=True)
    cell, atom = np.nonzero(joint)
    chance = joint[cell, atom]
    return Stratum(
        name=name,
        probability=probability,
        count=(fewest + cell).astype(np.intp),
        atom=atom,
        chance=chance / chance.sum() if len(chance) else chance,
        upto=upto,
    )


def _cumulative(shares: Floats) -> Floats:
    upto = np.cumsum(shares, axis=1)
    return upto / np.where(upto[:, -1:] > 0, upto[:, -1:], 1.0)


def _last_count(total: Floats, chance: Floats) -> int:
    """The least number above `ALONE` that is exceeded with probability `LEFT_OUT` at most."""

    def exceeded(n: int) -> float:
        return float(chance @ special.gammainc(n + 1.0, total))

    high = ALONE + 1
    while exceeded(high) > LEFT_OUT:
        high *= 2
    low = ALONE
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if exceeded(middle) > LEFT_OUT else (low, middle)
    return max(high, ALONE + 1)
