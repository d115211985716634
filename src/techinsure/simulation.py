"""From a portfolio and the products' models to insured losses, block by block of years.

A block is a pure function of (portfolio, models, seed, block), so workers and chunks change no
bit. A quote is a portfolio of one.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from techinsure import cover
from techinsure.losses.rows import close, join, ordered
from techinsure.losses.year_table import YearLossTable, merge
from techinsure.models import Model
from techinsure.models.factors import BLOCK, Cohorts, Drawn
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, count, require

MOST_YEARS = 2_000_000

Progress = Callable[[int, int], None]
"""Called with (blocks done, blocks in all)."""


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
    return merge(list(_blocks(portfolio, models, seed, n_years, drawn, workers, progress)))


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
    """(n_years,) insured loss of each cohort year; no row is kept."""
    tables = _blocks(portfolio, models, seed, n_years, drawn, workers, progress)
    return np.concatenate([table.annual() for table in tables])


def cohort_blocks(seed: int, n_years: int, drawn: Drawn = "class") -> list[Cohorts]:
    """The blocks that make up `n_years`, the last one short if need be."""
    require("n_years", n_years, count(1, MOST_YEARS))
    require("seed", seed, count(0, 2**63 - 1))
    return [
        Cohorts(seed=seed, first=first, n=min(BLOCK, n_years - first), drawn=drawn)
        for first in range(0, n_years, BLOCK)
    ]


def _blocks(
    portfolio: Portfolio,
    models: Mapping[str, Model],
    seed: int,
    n_years: int,
    drawn: Drawn,
    workers: int,
    progress: Progress | None,
) -> Iterator[YearLossTable]:
    cohorts = cohort_blocks(seed, n_years, drawn)
    one = partial(_block, portfolio, models)
    if workers <= 1:
        tables: Iterator[YearLossTable] = map(one, cohorts)
        yield from _counted(tables, len(cohorts), progress)
        return
    with ThreadPoolExecutor(max_workers=workers) as pool:
        yield from _counted(pool.map(one, cohorts), len(cohorts), progress)


def _counted(
    tables: Iterator[YearLossTable], total: int, progress: Progress | None
) -> Iterator[YearLossTable]:
    for done, table in enumerate(tables, start=1):
        if progress is not None:
            progress(done, total)
        yield table


def _block(
    portfolio: Portfolio, models: Mapping[str, Model], cohorts: Cohorts
) -> YearLossTable:
    parts = []
    for code, name in enumerate(portfolio.product.names):
        items = np.nonzero(portfolio.product.codes == code)[0].astype(np.int32)
        parts.append(models[name].simulate(portfolio, items, cohorts))
    rows = ordered(join(parts), portfolio)
    return close(cover.insured(portfolio, rows), portfolio, cohorts.n)
