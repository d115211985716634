"""From a portfolio and the products' models to insured losses, block by block of years.

A block is a pure function of (portfolio, models, seed, block), so workers and chunks change no
bit. A quote is a portfolio of one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeVar

import numpy as np
from pydantic import ConfigDict

from techinsure import cover
from techinsure.losses.rows import Rows, close, join, ordered
from techinsure.losses.year_table import YearLossTable, merge
from techinsure.models import Model
from techinsure.models.factors import BLOCK, Cohorts, Drawn
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Count, Floats, count, refuse_unless, require

MOST_YEARS = 2_000_000

DEFAULT_YEARS = 20_000
DEFAULT_SEED = 20_260_101
FEWEST_YEARS = 1_000
LARGEST_SEED = 2**53
"""Seeds above it would not survive a JSON number in every language."""

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with (blocks done, blocks in all)."""


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
    one = partial(_block, portfolio, models)
    return merge(list(_run(one, cohort_blocks(seed, n_years, drawn), workers, progress)))


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
    one = partial(_annual_block, portfolio, models)
    cohorts = cohort_blocks(seed, n_years, drawn)
    return np.concatenate(list(_run(one, cohorts, workers, progress)))


def cohort_blocks(seed: int, n_years: int, drawn: Drawn = "class") -> list[Cohorts]:
    """The blocks that make up `n_years`, the last one short if need be."""
    require("n_years", n_years, count(1, MOST_YEARS))
    require("seed", seed, count(0, 2**63 - 1))
    return [
        Cohorts(seed=seed, first=first, n=min(BLOCK, n_years - first), drawn=drawn)
        for first in range(0, n_years, BLOCK)
    ]


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


def _losses(portfolio: Portfolio, models: Mapping[str, Model], cohorts: Cohorts) -> Rows:
    parts = []
    for code, name in enumerate(portfolio.product.names):
        items = np.nonzero(portfolio.product.codes == code)[0].astype(np.int32)
        parts.append(models[name].simulate(portfolio, items, cohorts))
    return join(parts)


def _annual_block(portfolio: Portfolio, models: Mapping[str, Model], cohorts: Cohorts) -> Floats:
    rows = _losses(portfolio, models, cohorts)
    if np.isfinite(portfolio.terms.aggregate_limit).any():
        rows = ordered(rows, portfolio)
    paid = cover.insured(portfolio, rows)
    return np.bincount(paid.year, weights=paid.loss, minlength=cohorts.n).astype(np.float64)


def _block(portfolio: Portfolio, models: Mapping[str, Model], cohorts: Cohorts) -> YearLossTable:
    rows = ordered(_losses(portfolio, models, cohorts), portfolio)
    return close(cover.insured(portfolio, rows), portfolio, cohorts.n)
