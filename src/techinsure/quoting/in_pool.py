"""`price_in_pool(request, pool)`: one risk priced at the margin of a pool, after its reinsurance.

The risk joins the pool's portfolio; pool and risk are simulated together, so that a catastrophe, a
route or a class draw that they share strikes both. Capital is the risk's Euler share of what the
members keep, and its part of what the treaties cost beyond their recoveries is a line of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped, updates
from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.paired import Paired, paired_mean, tail_mean
from techinsure.models import Model
from techinsure.pool.members import Pool
from techinsure.pooling import run_pool
from techinsure.pooling.report import PoolReport, PoolRequest, PortfolioSource
from techinsure.portfolio import Portfolio, concat
from techinsure.product import Product
from techinsure.quantities import FORBID, Estimate, Flags
from techinsure.quotes import PriceRequest, Quote
from techinsure.quoting.margin import WORLDS, Share, World, as_known
from techinsure.quoting.priced import learnt, quote
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.receipt import digest, plain
from techinsure.reinsurance import RECEIVED
from techinsure.reinsurance.programme import Cession, Programme
from techinsure.simulation import Simulation, simulate


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledRequest:
    """A `risk` to be priced in a pool: the pool's `portfolio`, and, where that is no sample, its
    `pool` and `programme` (none: no reinsurance). `simulation`: of both, in place of the risk's."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    risk: PriceRequest
    portfolio: PortfolioSource
    pool: Pool | None = None
    programme: Programme | None = None
    simulation: Simulation | None = None

    def __post_init__(self) -> None:
        if self.risk.tolerance is not None:
            fix, bound = "leave it out and give simulation.n_years", "must be absent"
            raise InvalidParameter([Fault("tolerance", "...", bound, fix, "/risk/tolerance")])

    @property
    def run(self) -> Simulation:
        """Years and seed of pool and risk."""
        return self.simulation or self.risk.simulation

    @property
    def pool_request(self) -> PoolRequest:
        """The pool without the risk."""
        return PoolRequest(
            portfolio=self.portfolio, pool=self.pool, programme=self.programme, simulation=self.run
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledQuote:
    """A `quote` at the margin of a pool of `items` under `treaties`, and what the pool adds.
    `reinsurance_cost`: this risk's share of what the treaties cost beyond their recoveries, and
    `reinsurance_rate`, that over the charged premium; `capital_alone` before
    treaties, `capital_in_pool` after them, and `diversification`, what pool and treaties save of
    the first (below 0: they add to it; None where alone it needs none)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: str
    items: int
    treaties: tuple[str, ...]
    quote: Quote
    reinsurance_cost: Estimate
    reinsurance_rate: Estimate
    capital_alone: Estimate
    capital_in_pool: Estimate
    diversification: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON can hold it."""
        return dict(plain(self))


def price_with_pool(
    request: PooledRequest | Mapping[str, Any],
    catalogue: Catalogue | None = None,
    *,
    pool: PoolReport | None = None,
    workers: int = 1,
) -> PooledQuote:
    """Run the pool of a request (`pool`: the run, if the caller has it) and price the risk in it.
    Raises as `run_pool` and `price_in_pool` do, with pointers into the request."""
    request = request if isinstance(request, PooledRequest) else read(PooledRequest, request)
    catalogue = catalogue or shipped()
    found = pool or run_pool(request.pool_request, catalogue, workers=workers)
    risk = replace(request.risk, simulation=request.run)
    try:
        quote = price_in_pool(risk, found, catalogue, workers=workers)
    except InvalidParameter as error:
        moved = (fault._replace(pointer=f"/risk{fault.pointer}") for fault in error.faults)
        raise InvalidParameter(moved) from None
    return of_pool(quote, found)


def of_pool(quote: Quote, pool: PoolReport) -> PooledQuote:
    """What `pool` adds to a quote in it; errors of ratios as if their parts were independent."""
    cost = quote.premium.waterfall.step("reinsurance_cost")
    alone, kept = quote.margin.stand_alone_capital, quote.margin.capital["dependent"]
    charged, saved = quote.premium.charged, None
    if alone.value > 0:
        part = _ratio(kept, alone)
        saved = Estimate(value=1 - part.value, standard_error=part.standard_error)
    return PooledQuote(
        pool=pool.pool,
        items=pool.n_items,
        treaties=tuple(placed.name for placed in pool.programme.treaties),
        quote=quote,
        reinsurance_cost=cost,
        reinsurance_rate=_ratio(cost, charged),
        capital_alone=alone,
        capital_in_pool=kept,
        diversification=saved,
    )


def _ratio(part: Estimate, whole: Estimate) -> Estimate:
    if whole.value == 0:
        return Estimate(value=0.0, exact=True)
    value = part.value / whole.value
    error = np.hypot(part.standard_error or 0.0, value * (whole.standard_error or 0.0))
    return Estimate(value=value, standard_error=float(error / abs(whole.value)))


def price_in_pool(
    request: PriceRequest | Mapping[str, Any],
    pool: PoolReport,
    catalogue: Catalogue | None = None,
    *,
    workers: int = 1,
) -> Quote:
    """Price one request at the margin of `pool`, in its simulated years.

    The request must ask for the pool's seed and years. Drivers and options run pool and risk again
    for every step: switch drivers off where that takes too long. Raises `InvalidParameter` with a
    pointer for each fault.
    """
    request = request if isinstance(request, PriceRequest) else read(PriceRequest, request)
    catalogue = catalogue or shipped()
    _same_run(request, pool)
    shelf = catalogue.product(request.product)
    product = learnt(shelf, request)
    rated = rate(product, request)
    if rated.portfolio.currency != pool.currency:
        fault = Fault(
            "product", request.product, f"must be of the pool's currency, {pool.currency}"
        )
        raise InvalidParameter([fault._replace(pointer="/product")])
    own = () if request.experience is None else updates(shelf, request.experience)
    around = Pooled(pool=pool, catalogue=catalogue, workers=workers)
    return quote(product, own, request, rated, around, request.simulation)


def _same_run(request: PriceRequest, pool: PoolReport) -> None:
    run, receipt = request.simulation, pool.receipt
    if request.tolerance is not None:
        fix = "run the pool for more years"
        fault = Fault("tolerance", request.tolerance.relative_error, "is not for a pool", fix)
        raise InvalidParameter([fault._replace(pointer="/tolerance")])
    wanted = {"seed": receipt.seed, "n_years": receipt.n_years}
    faults = [
        Fault(name, getattr(run, name), f"must be the pool's, {value}", "", f"/simulation/{name}")
        for name, value in wanted.items()
        if getattr(run, name) != value
    ]
    if faults:
        raise InvalidParameter(faults)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pooled:
    """A pool and its programme as what surrounds a risk."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    pool: PoolReport
    catalogue: Catalogue
    workers: int = 1

    @property
    def n_items(self) -> int:
        """Items of the pool."""
        return self.pool.n_items

    @property
    def digest(self) -> str:
        """SHA-256 of the pool's portfolio and programme."""
        known = self.pool.receipt.digests
        return digest({name: known[name] for name in ("portfolio", "programme")})

    def share(
        self,
        product: Product,
        risk: Portfolio,
        worlds: tuple[World, ...] = WORLDS,
        mean: float | None = None,
    ) -> Share:
        """The risk's Euler share of the net TVaR, and its part of the treaties' cost. The means are
        net of cessions and of the same years, whatever the gross `mean`."""
        tails, means = dict[World, Paired](), dict[World, Paired]()
        cost = Paired(value=0.0)
        for world in worlds:
            cession, own = self._ceded(product, risk, world)
            net = cession.table.annual(np.where(own, cession.net, 0.0))
            tails[world] = tail_mean(net[None], cession.annual("net")[None], product.capital.level)
            means[world] = paired_mean(net)
            if world == "dependent":
                cost = _cost(self.pool.cession, cession, own)
        return Share(
            tails=tails, means=means, basis="pool_after_reinsurance", unit=risk.currency,
            reinsurance=cost,
        )  # fmt: skip

    def _ceded(self, product: Product, risk: Portfolio, world: World) -> tuple[Cession, Flags]:
        """What the programme makes of pool and risk in `world`, and which rows (n_losses,) are the
        risk's."""
        held, receipt = self.pool.losses.portfolio, self.pool.receipt
        joined = concat([as_known(held, world), as_known(risk, world)])
        table = simulate(
            joined, self._models(product, world), seed=receipt.seed, n_years=receipt.n_years,
            drawn="fixed" if world == "plug_in" else "class", workers=self.workers,
        )  # fmt: skip
        premium = {one.name: one.premium.value for one in self.pool.products}
        own = table.item >= held.n_items
        return self.pool.programme.apply(table, premium), own

    def _models(self, product: Product, world: World) -> dict[str, Model]:
        held = self.pool.losses.portfolio.product.names
        models = {code: self.catalogue.product(code).model for code in held}
        models[product.code] = product.model
        if world == "dependent":
            return models
        return {code: model.independent() for code, model in models.items()}


def _cost(pool: Cession, cession: Cession, own: Flags) -> Paired:
    """What the recoveries that the risk brings cost: of each treaty, at the pool's own rate of
    premiums less commissions less recoveries on recoveries, a mean year without the risk.

    The pool's premium does not hold the risk's, so its rate is read from the pool alone. A treaty
    that recovered nothing for the pool in all its years has no such rate and costs nothing here.
    """
    total = Paired(value=0.0)
    for name in cession.ceded:
        recovered = pool.annual(name)
        if not recovered.any():
            continue
        paid = sum(
            (-flow if kind in RECEIVED else flow for kind, flow in pool.flows[name].items()),
            np.zeros(pool.table.n_years),
        )
        brought = cession.table.annual(np.where(own, cession.ceded[name], 0.0))
        lost, base, part = paid - recovered, recovered.mean(), brought.mean()
        rate = lost.mean() / base
        influence = rate * brought + part / base * (lost - rate * recovered)
        total = total + Paired(value=float(rate * part), influence=influence)
    return total
