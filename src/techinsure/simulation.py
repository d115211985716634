"""From a portfolio and the products' models to insured losses, block by block of years.

A block is a pure function of (portfolio, models, seed, block), so workers and chunks change no
bit. A quote is a portfolio of one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from ctypes import CDLL
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple, TypeVar

import numpy as np
from pydantic import ConfigDict

from techinsure import cover
from techinsure.losses.rows import Rows, close, join, ordered
from techinsure.losses.year_table import YearLossTable, merge
from techinsure.models import Model
from techinsure.models.factors import BLOCK, Cohorts, Drawn, Simulator
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Count, Floats, count, refuse_unless, require

MOST_YEARS = 2_000_000

DEFAULT_YEARS = 20_000
DEFAULT_SEED = 20_260_101
FEWEST_YEARS = 1_000
LARGEST_SEED = 2**53
"""Seeds above it would not survive a JSON number in every language."""

TOGETHER = 4
"""Blocks that a worker takes at a time in a long run: what is made once for all of them costs a
quarter. A short run is cut finer, so that it has eight parts to share out."""

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with (parts done, parts in all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How many cohort years to simulate, and the seed of all random numbers."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    n_years: Count = DEFAULT_YEARS
    seed: Count = DEFAULT_SEED

    def __post_init__(self) -> None:
        refuse_unless(self, n_years=count(FEWEST_YEARS, MOST_YEARS), seed=count(0, LARGEST_SEED))


def simulate(
    portfolio: Portfolio,
    models: Mapping[str, Model],
    *,
    seed: int,
    n_years: int,
    drawn: Drawn = "class",
    workers: int = 1,
    progress: Progress | None = None,
) -> YearLossTable:
    """Insured losses of `n_years` cohort years; `models` by product code."""
    one = partial(_block, portfolio, _simulators(portfolio, models, seed, drawn))
    table = merge(_run(one, _parts(seed, n_years, drawn), workers, progress), n_years)
    _give_back_memory()
    return table


class Simulated(NamedTuple):
    """Insured losses, and how many ground-up losses of each cause are `uncovered`, paid nothing,
    or `unmatched`: paid as the terms of items say though the policy has levels, none of which has
    terms for them."""

    table: YearLossTable
    uncovered: dict[str, int]
    unmatched: dict[str, int]

    def warnings(self) -> Iterator[str]:
        """What must be said of losses that match no terms."""
        n_years = self.table.n_years
        for cause, n in self.uncovered.items():
            yield f"{n:,} losses from {cause} in {n_years:,} years match no cover: nothing is paid"
        for cause, n in self.unmatched.items():
            yield (
                f"{n:,} losses from {cause} in {n_years:,} years match the terms of no level: "
                "they are paid without them"
            )


def simulate_listed(
    portfolio: Portfolio,
    models: Mapping[str, Model],
    *,
    seed: int,
    n_years: int,
    drawn: Drawn = "class",
    workers: int = 1,
    progress: Progress | None = None,
) -> Simulated:
    """`simulate`, with the losses that match no terms counted by cause."""
    one = partial(_listed_block, portfolio, _simulators(portfolio, models, seed, drawn))
    uncovered, unmatched = Counter[str](), Counter[str]()

    def tables() -> Iterator[YearLossTable]:
        """The blocks one by one: none is kept once it is copied."""
        for block in _run(one, _parts(seed, n_years, drawn), workers, progress):
            uncovered.update(block.uncovered)
            unmatched.update(block.unmatched)
            yield block.table

    table = merge(tables(), n_years)
    _give_back_memory()
    return Simulated(table=table, uncovered=dict(uncovered), unmatched=dict(unmatched))


def _give_back_memory() -> None:
    """What worker threads have freed the C library of Linux keeps for them, some 60 MB after a
    long run; it is asked to let go. Elsewhere there is nothing to ask."""
    with suppress(AttributeError, OSError):
        CDLL(None).malloc_trim(0)


def annual_losses(
    portfolio: Portfolio,
    models: Mapping[str, Model],
    *,
    seed: int,
    n_years: int,
    drawn: Drawn = "class",
    workers: int = 1,
    progress: Progress | None = None,
) -> Floats:
    """(n_years,) insured loss of each cohort year; no row is kept.

    Rows are put in order only where an aggregate limit needs it, so sums may differ from those of
    `simulate` in the last bits.
    """
    one = partial(_annual_block, portfolio, _simulators(portfolio, models, seed, drawn))
    cohorts = _parts(seed, n_years, drawn)
    return np.concatenate(list(_run(one, cohorts, workers, progress)))


def cohort_blocks(
    seed: int, n_years: int, drawn: Drawn = "class", together: int = 1
) -> list[Cohorts]:
    """The blocks that make up `n_years`, so many `together`, the last part short if need be."""
    require("n_years", n_years, count(1, MOST_YEARS))
    require("seed", seed, count(0, 2**63 - 1))
    size = BLOCK * together
    return [
        Cohorts(seed=seed, first=first, n=min(size, n_years - first), drawn=drawn)
        for first in range(0, n_years, size)
    ]


def _parts(seed: int, n_years: int, drawn: Drawn) -> list[Cohorts]:
    together = min(max(n_years // BLOCK // 8, 1), TOGETHER)
    return cohort_blocks(seed, n_years, drawn, together)


def _run(
    one: Callable[[Cohorts], Result],
    cohorts: Sequence[Cohorts],
    workers: int,
    progress: Progress | None,
) -> Iterator[Result]:
    """`one` of each block, in order; blocks are worked on by `workers` threads."""
    if workers <= 1:
        yield from _counted(map(one, cohorts), len(cohorts), progress)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from _counted(pool.map(one, cohorts), len(cohorts), progress)


def _counted(results: Iterable[Result], total: int, progress: Progress | None) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done, total)
        yield result


def _simulators(
    portfolio: Portfolio, models: Mapping[str, Model], seed: int, drawn: Drawn
) -> list[Simulator]:
    """One for each product in the portfolio."""
    world, found = Cohorts(seed=seed, n=0, drawn=drawn), []
    for code, name in enumerate(portfolio.product.names):
        items = np.nonzero(portfolio.product.codes == code)[0].astype(np.int32)
        found.append(models[name].simulator(portfolio, items, world))
    return found


def _annual_block(
    portfolio: Portfolio, simulators: Sequence[Simulator], cohorts: Cohorts
) -> Floats:
    paid = _paid(portfolio, _drawn(simulators, cohorts))
    if np.isfinite(portfolio.terms.aggregate_limit).any():
        paid = cover.aggregated(portfolio, ordered(paid, portfolio))
    return np.bincount(paid.year, weights=paid.loss, minlength=cohorts.n).astype(np.float64)


def _block(
    portfolio: Portfolio, simulators: Sequence[Simulator], cohorts: Cohorts
) -> YearLossTable:
    return _closed(portfolio, _paid(portfolio, _drawn(simulators, cohorts)), cohorts)


def _listed_block(
    portfolio: Portfolio, simulators: Sequence[Simulator], cohorts: Cohorts
) -> Simulated:
    rows = _drawn(simulators, cohorts)
    return Simulated(
        table=_closed(portfolio, _paid(portfolio, rows), cohorts),
        uncovered=cover.uncovered(portfolio, rows),
        unmatched=cover.unmatched(portfolio, rows),
    )


def _closed(portfolio: Portfolio, paid: Rows, cohorts: Cohorts) -> YearLossTable:
    return close(cover.aggregated(portfolio, ordered(paid, portfolio)), portfolio, cohorts.n)


def _drawn(simulators: Sequence[Simulator], cohorts: Cohorts) -> Rows:
    return join([simulator(cohorts) for simulator in simulators])


def _paid(portfolio: Portfolio, rows: Rows) -> Rows:
    """The rows with a payment, before aggregate limits: what pays nothing need not be ordered."""
    rows = rows.with_loss(cover.each_paid(portfolio, rows))
    return rows.keep(rows.loss > 0)
