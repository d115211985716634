"""The work on the sample pool, stage by stage, of the engine and of plain numpy."""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import plain

from techinsure import cover
from techinsure.bordereau import portfolio_of
from techinsure.catalogue import shipped
from techinsure.losses.rows import Rows, close, join, ordered
from techinsure.losses.year_table import YearLossTable, merge
from techinsure.pooling import run_pool, sample
from techinsure.quantities import Ints
from techinsure.simulation import cohort_blocks, simulate

SEED = 20_260_101
POOL = "demo_pool"
TOGETHER = 4
"""Blocks of years at a time, as a long simulation takes them."""


class Engine:
    """`n` years of the sample pool."""

    def __init__(self, n: int) -> None:
        self.n, self.catalogue, self.sample = n, shipped(), sample(POOL)
        self.portfolio = portfolio_of(self.sample.rows, self.catalogue)
        self.products = self.portfolio.product.names
        self.models = {code: self.catalogue.product(code).model for code in self.products}
        self.blocks = cohort_blocks(SEED, n, together=TOGETHER)

    def items(self, product: str) -> Ints:
        """(n_items,) of a product."""
        codes = self.portfolio.product.codes
        return np.flatnonzero(codes == self.portfolio.product.code(product)).astype(np.int32)

    def n_risks(self, product: str) -> int:
        """Projects, sites, or families and patents without one."""
        return len(np.unique(self.portfolio.risk_unit.codes[self.items(product)]))

    def of_model(self, product: str) -> Callable[[], list[Rows]]:
        """Ground-up losses of one product."""
        model, items = self.models[product], self.items(product)

        def run() -> list[Rows]:
            simulated = model.simulator(self.portfolio, items, self.blocks[0])
            return [simulated(block) for block in self.blocks]

        return run

    def ground_up(self) -> list[Rows]:
        """Losses of all products, block by block, in no order."""
        parts = zip(*(self.of_model(product)() for product in self.products), strict=True)
        return [join(part) for part in parts]

    @cached_property
    def raw(self) -> list[Rows]:
        """`ground_up`, kept."""
        return self.ground_up()

    def closed(self) -> YearLossTable:
        """The year loss table of `raw`: order, policy terms, numbers of events."""
        return merge([
            close(cover.insured(self.portfolio, ordered(rows, self.portfolio)), self.portfolio,
                  block.n)
            for rows, block in zip(self.raw, self.blocks, strict=True)
        ])  # fmt: skip

    @cached_property
    def table(self) -> YearLossTable:
        """`closed`, kept."""
        return self.closed()

    def n_claims(self) -> dict[str, int]:
        """Rows of `table` by product."""
        codes = self.portfolio.product.codes[self.table.item]
        return dict(zip(self.products, np.bincount(codes).tolist(), strict=True))

    def apply(self) -> object:
        """The programme on `table`."""
        return self.sample.programme.apply(self.table)

    def simulate(self, workers: int = 1) -> YearLossTable:
        """From nothing to the year loss table."""
        return simulate(self.portfolio, self.models, seed=SEED, n_years=self.n, workers=workers)

    def run(self, workers: int = 1) -> object:
        """The whole pool run, with its report."""
        simulation = {"n_years": self.n, "seed": SEED}
        request = {"portfolio": {"sample": POOL}, "simulation": simulation}
        return run_pool(request, workers=workers)


class Plain:
    """The engine's years in plain numpy."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.n = engine, engine.n
        self.book = plain.book_of(engine.portfolio, engine.catalogue)

    def simulate(self, *products: str) -> plain.Losses:
        """Ground-up losses, of all products unless named, in no order."""
        return plain.simulate(self.book, self.n, SEED, products or self.engine.products)

    def closed(self) -> plain.Losses:
        """Order and policy terms of `raw`."""
        return plain.insured(plain.ordered(self.raw), self.engine.portfolio)

    def apply(self) -> plain.Annual:
        """The programme on `table`."""
        return plain.apply(self.engine.sample.programme, self.table, self.n)

    def report(self) -> object:
        """The report's figures."""
        return plain.report(self.annual, self.table, self.engine.portfolio.product.codes)

    raw = cached_property(simulate)
    table = cached_property(closed)
    annual = cached_property(apply)

    def n_claims(self) -> dict[str, int]:
        """Rows of `table` by product."""
        codes = self.engine.portfolio.product.codes[self.table.item]
        return dict(zip(self.engine.products, np.bincount(codes).tolist(), strict=True))

    def run(self) -> int:
        """From the book to the report; the number of claims."""
        portfolio = self.engine.portfolio
        losses = plain.insured(plain.ordered(self.simulate()), portfolio)
        annual = plain.apply(self.engine.sample.programme, losses, self.n)
        plain.report(annual, losses, portfolio.product.codes)
        return len(losses.year)
