"""What all items of a cohort year share: posterior draws, common factors, supply shocks.

Nothing here is stored: every number is a function of (seed, name, absolute year), so the draws
of any year can be made again, which is what pricing at the margin of a stored pool needs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions import Gamma
from techinsure.distributions.cells import CELLS, draw
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows
from techinsure.quantities import FORBID, Flags, Floats
from techinsure.seeding import counters, key, keys, uniforms, yearly

BLOCK = 1024
"""Years in a block: a constant of the engine version."""

Simulator = Callable[["Cohorts"], Rows]
"""Ground-up losses of some items in any years of one world, rows in any order; what holds in all
years has been made."""

Drawn = Literal["class", "fixed", "item"]
"""Who shares a posterior draw: the class in one cohort year (the default: parameter risk must
not diversify away), nobody because all parameters are at their means, or each item alone. The
last two exist for comparison only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohorts:
    """The cohort years first, ..., first + n - 1 of the world of `seed`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    seed: int
    first: int = 0
    n: int
    drawn: Drawn = "class"

    @property
    def block(self) -> int:
        """The number of the block these years lie in."""
        return self.first // BLOCK

    @property
    def years(self) -> NDArray[np.int64]:
        """(n,) absolute years."""
        return np.arange(self.first, self.first + self.n, dtype=np.int64)

    def whole(self) -> "Cohorts":
        """These years from the start of their first block on: clocks of arrivals count from
        there."""
        early = self.first - self.block * BLOCK
        return replace(self, first=self.first - early, n=self.n + early)

    def only(self, rows: Rows) -> Rows:
        """Rows of `whole` years as rows of these alone, counted from the `first`."""
        early = np.int32(self.first - self.block * BLOCK)
        later = replace(rows, year=rows.year - early) if early else rows
        return later.keep(later.year >= 0) if early else rows

    def uniform(self, purpose: str, name: str) -> Floats:
        """(n,) uniforms of the stream of `name` for `purpose`, one a year."""
        return yearly(key(self.seed, purpose, name), self.years)

    def owner(self, risk_class: str, item_id: str) -> str:
        """Whose posterior draw an item uses."""
        return f"{risk_class}/{item_id}" if self.drawn == "item" else risk_class

    def posterior(self, owner: str, parameter: str, prior: Prior) -> Floats:
        """(n,) draws of `parameter`, one a cohort year, shared by all items of `owner`."""
        if self.drawn == "fixed":
            return np.full(self.n, prior.mean)
        return draw(prior.law, self.uniform("posterior", f"{owner}/{parameter}"))

    def posterior_cells(self, owner: str, parameter: str) -> NDArray[np.int64]:
        """(n,) the cells that `posterior` finds its draws in: any function of a draw is a table."""
        return (self.uniform("posterior", f"{owner}/{parameter}") * CELLS).astype(np.int64)

    def normal(self, name: str) -> Floats:
        """(n,) standard normals of the factor `name`, one a year (exact inverse)."""
        values: Floats = special.ndtri(self.uniform("factor", name))
        return values

    def frailty(self, name: str, variance: float) -> Floats:
        """(n,) gamma factors of mean 1 and `variance`, one a year."""
        if variance == 0:
            return np.ones(self.n)
        return draw(Gamma(mean=1.0, cv=variance**0.5), self.uniform("factor", name))

    def shock(self, name: str, probability: float) -> Flags:
        """(n,) whether the shock `name` strikes in each year."""
        return self.uniform("shock", name) < probability


def at(seed: int, normals: Sequence[str], years: NDArray[np.int64]) -> Floats:
    """(n_factors, n_years) normals of the named factors in any `years`, as the simulation had.

    Source of the identity: the counter of a factor's stream is the absolute year.
    """
    streams = keys(seed, "factor", normals)[:, None]
    values: Floats = special.ndtri(uniforms(streams, counters(years)))
    return values
