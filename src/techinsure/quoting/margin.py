"""A risk's capital: its Euler share of TVaR in the reference portfolio its product names.

Capital is computed in three worlds on the same random numbers, so that what is not known and what
strikes many risks together are charged as lines of their own.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product as combinations
from typing import ClassVar, Literal, NamedTuple, Protocol

import numpy as np
from pydantic import ConfigDict

from techinsure import cover, exact
from techinsure.errors import Undefined
from techinsure.losses import measures
from techinsure.losses.paired import Paired, paired_mean, tail_mean
from techinsure.losses.rows import ordered
from techinsure.models import Model
from techinsure.models.factors import Cohorts, Drawn
from techinsure.portfolio import Portfolio, copies
from techinsure.product import Product
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.quoting.closed_form import expected
from techinsure.receipt import digest
from techinsure.schedule import schedule
from techinsure.simulation import TOGETHER, annual_losses, cohort_blocks

SMALL = 0.01
"""A risk is small when its sums insured are at most this share of the reference's VaR."""

COPIES = 16
"""Independent copies of a risk a simulated year: its own noise in the Euler share is divided by
their root; the noise of the reference's tail stays."""

UNIT_YEARS = 1 << 22
"""Insured objects times years simulated at once: bounds the memory, changes no bit."""

Basis = Literal["conditional_mean", "euler_share", "pool_after_reinsurance"]

World = Literal["plug_in", "predictive", "dependent"]
"""What the losses of a run are drawn from. `plug_in`: parameters and relativities at their best
estimates, risks independent of one another; `predictive`: parameters drawn as posterior, once per
class and cohort year; `dependent`: with common factors and supply shocks besides, as the product
models it."""

WORLDS: tuple[World, ...] = ("plug_in", "predictive", "dependent")


class Drawing(NamedTuple):
    """How a world draws: its loss model, and who shares a posterior draw."""

    model: Model
    drawn: Drawn


def drawing(product: Product, world: World) -> Drawing:
    """How losses of `product` are drawn in `world`."""
    model = product.model if world == "dependent" else product.model.independent()
    return Drawing(model, "fixed" if world == "plug_in" else "class")


def as_known(risk: Portfolio, world: World) -> Portfolio:
    """The risk as `world` knows it: in the plug-in world its relativities have no errors."""
    if world != "plug_in":
        return risk
    known = {name: np.zeros_like(column) if name.endswith("_error") else column
             for name, column in risk.inputs.items()}  # fmt: skip
    return replace(risk, inputs=known)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """A risk's share of the tail in each world, currency units, and how it was computed; `means`:
    its mean there, exact or of the same simulated years; `reinsurance`: its part of what the
    treaties cost beyond their recoveries, 0 without treaties."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    tails: Mapping[World, Paired]
    means: Mapping[World, Paired]
    basis: Basis
    unit: str
    reinsurance: Paired = field(default_factory=lambda: Paired(value=0.0))

    @property
    def tail(self) -> Estimate:
        """The share of the tail as the product models it."""
        return self.tails["dependent"].estimate(self.unit)

    def capital(self, world: World) -> Paired:
        """The share of the tail less the mean."""
        return self.tails[world] - self.means[world]


class Surroundings(Protocol):
    """What a risk is priced in: a reference portfolio, or a pool with its reinsurance."""

    @property
    def n_items(self) -> int:
        """Items around the risk."""

    @property
    def digest(self) -> str:
        """SHA-256 of what they are."""

    def share(
        self,
        product: Product,
        risk: Portfolio,
        worlds: tuple[World, ...] = WORLDS,
        mean: float | None = None,
    ) -> Share:
        """The risk's share of their tail; `mean`: its exact mean as modelled, if it is known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceLosses:
    """Annual losses (n_years,) of a reference portfolio in each world, and what they were
    simulated from."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    worlds: Mapping[World, Floats]
    seed: int
    n_years: int
    n_items: int
    digest: str

    @property
    def annual(self) -> Floats:
        """(n_years,) losses as the product models them."""
        return self.worlds["dependent"]

    def share(
        self,
        product: Product,
        risk: Portfolio,
        worlds: tuple[World, ...] = WORLDS,
        mean: float | None = None,
    ) -> Share:
        """`margin.share` in this portfolio."""
        return share(product, risk, self, worlds, mean)


def reference_portfolio(product: Product, risk_class: str) -> Portfolio:
    """The reference portfolio of a class, as the product's data describe it."""
    grid = product.reference(risk_class)
    rows = list(combinations(*grid.grid.values())) * grid.copies
    columns: dict[str, list[object]] = {
        name: [row[position] for row in rows] for position, name in enumerate(grid.grid)
    }
    columns["id"] = [f"reference/{number + 1}" for number in range(len(rows))]
    columns["site"] = list(columns["id"])
    return schedule(product, columns, missing="base").portfolio


def reference_digest(product: Product, risk_class: str) -> str:
    """SHA-256 of the description of the reference portfolio."""
    return digest(product.reference(risk_class))


def reference_losses(
    product: Product,
    risk_class: str,
    *,
    seed: int,
    n_years: int,
    worlds: tuple[World, ...] = WORLDS,
) -> ReferenceLosses:
    """Simulate the reference portfolio of a class in each of `worlds`, on the same random
    numbers."""
    portfolio = reference_portfolio(product, risk_class)
    losses = dict[World, Floats]()
    for world in worlds:
        model, drawn = drawing(product, world)
        known = as_known(portfolio, world)
        annual = annual_losses(
            known, {product.code: model}, seed=seed, n_years=n_years, drawn=drawn
        )
        annual.flags.writeable = False
        losses[world] = annual
    return ReferenceLosses(
        worlds=losses,
        seed=seed,
        n_years=n_years,
        n_items=portfolio.n_items,
        digest=reference_digest(product, risk_class),
    )


def share(
    product: Product,
    risk: Portfolio,
    reference: ReferenceLosses,
    worlds: tuple[World, ...] = WORLDS,
    mean: float | None = None,
) -> Share:
    """The tail share A of `risk` in each of `worlds`, `dependent` among them, with the seed and
    years of the reference; `mean`: the risk's exact mean as modelled, if it is known.

    While its sums insured are at most `SMALL` of the reference's VaR: the mean, over the
    reference's tail years, of the risk's mean given each year's posterior draws and common factors
    (no process noise of its own). Else, and where that mean has no closed form, the Euler share in
    reference + risk, each reference year joined with `COPIES` independent copies of the risk under
    that year's draws and factors; where none of them has a loss in the tail, the mean again.
    Source: Tasche (1999), Risk contributions and performance measurement.
    """
    limited = np.isfinite(risk.terms.aggregate_limit).any()
    var = measures.quantile(reference.annual, product.capital.level)
    if _at_stake(risk) <= SMALL * var and not limited:
        with suppress(Undefined):
            return _given_draws(product, risk, reference, worlds, mean)
    found = _in_portfolio(product, risk, reference, worlds, mean)
    if found.tail.value == 0 and not limited:  # no copy lost anything in the tail: no evidence
        with suppress(Undefined):
            return _given_draws(product, risk, reference, worlds, mean)
    return found


def _at_stake(risk: Portfolio) -> float:
    """The sums insured of all items, and the longest interruption of each risk unit."""
    nothing = np.zeros(risk.n_items)
    daily, days = (risk.inputs.get(name, nothing) for name in ("daily_cost", "indemnity_days"))
    stopped = np.zeros(risk.n_items)
    np.maximum.at(stopped, risk.risk_unit.codes, np.where(daily > 0, daily * days, 0.0))
    return float((risk.sum_insured + stopped).sum())


def _given_draws(
    product: Product,
    risk: Portfolio,
    reference: ReferenceLosses,
    worlds: tuple[World, ...],
    mean: float | None,
) -> Share:
    items, level = np.arange(risk.n_items, dtype=np.int32), product.capital.level
    tails, means = dict[World, Paired](), dict[World, Paired]()
    for world in worlds:
        model, drawn = drawing(product, world)
        known, blocks = (
            as_known(risk, world),
            cohort_blocks(reference.seed, reference.n_years, drawn),
        )
        given = np.concatenate(
            [exact.conditional_mean(model, known, items, block).sum(axis=0) for block in blocks]
        )
        annual = reference.worlds[world]
        tails[world] = tail_mean(given[None, :], annual[None, :], level)
        means[world] = _mean(product, risk, world, mean)
    return Share(tails=tails, means=means, basis="conditional_mean", unit=risk.currency)


def _mean(product: Product, risk: Portfolio, world: World, known: float | None) -> Paired:
    """The exact mean of the risk's payments in a world, or `Undefined`; `known`: as modelled."""
    if world == "dependent" and known is not None:
        return Paired(value=known)
    model, drawn = drawing(product, world)
    return Paired(value=expected(model, as_known(risk, world), drawn))


def _in_portfolio(
    product: Product,
    risk: Portfolio,
    reference: ReferenceLosses,
    worlds: tuple[World, ...],
    mean: float | None,
) -> Share:
    """The Euler share; copies of one year count as one observation in its error."""
    tails, means = dict[World, Paired](), dict[World, Paired]()
    for world in worlds:
        own = _copies(product, risk, reference, world)  # (COPIES, n_years)
        tails[world] = tail_mean(own, own + reference.worlds[world], product.capital.level)
        try:
            means[world] = _mean(product, risk, world, mean)
        except Undefined:
            means[world] = paired_mean(own.mean(axis=0))
    return Share(tails=tails, means=means, basis="euler_share", unit=risk.currency)


def _copies(
    product: Product, risk: Portfolio, reference: ReferenceLosses, world: World = "dependent"
) -> Floats:
    """(COPIES, n_years) annual losses of independent copies of the risk."""
    model, drawn = drawing(product, world)
    many, n = copies(as_known(risk, world), COPIES), risk.n_items
    own = np.empty((COPIES, reference.n_years))
    world_of = Cohorts(seed=reference.seed, n=0, drawn=drawn)
    blocks = cohort_blocks(reference.seed, reference.n_years, drawn, TOGETHER)
    step = max(1, UNIT_YEARS // (int(risk.units.sum()) * blocks[0].n))
    for first in range(0, COPIES, step):
        items = np.arange(first * n, min(first + step, COPIES) * n, dtype=np.int32)
        simulated = model.simulator(many, items, world_of)
        for block in blocks:
            here = own[first : first + step, block.first : block.first + block.n]
            paid = cover.insured(many, ordered(simulated(block), many))
            place = (paid.item // n - first).astype(np.int64) * block.n + paid.year
            total = np.bincount(place, weights=paid.loss, minlength=here.size)
            here[:] = total.reshape(here.shape)
    return own
