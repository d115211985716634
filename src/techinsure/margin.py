"""A risk's capital: its Euler share of TVaR in the reference portfolio its product names."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product as combinations
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure import cover
from techinsure.errors import Undefined
from techinsure.exact import conditional_mean
from techinsure.losses import measures
from techinsure.losses.rows import ordered
from techinsure.models import Model
from techinsure.portfolio import Portfolio, copies
from techinsure.product import Product
from techinsure.quantities import FORBID, Estimate, Floats
from techinsure.receipt import digest
from techinsure.schedule import schedule
from techinsure.simulation import annual_losses, cohort_blocks

SMALL = 0.01
"""A risk is small when its sums insured are at most this share of the reference's VaR."""

COPIES = 16
"""Independent copies of a risk a simulated year: its own noise in the Euler share is divided by
their root; the noise of the reference's tail stays."""

UNIT_YEARS = 1 << 22
"""Insured objects times years simulated at once: bounds the memory, changes no bit."""

Basis = Literal["conditional_mean", "euler_share"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferenceLosses:
    """Annual losses (n_years,) of a reference portfolio, and what they were simulated from."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    annual: Floats
    seed: int
    n_years: int
    n_items: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A risk's share of the tail (currency units) and how it was computed."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    tail: Estimate
    basis: Basis


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
    product: Product, risk_class: str, *, seed: int, n_years: int
) -> ReferenceLosses:
    """Simulate the reference portfolio of a class."""
    portfolio = reference_portfolio(product, risk_class)
    models: Mapping[str, Model] = {product.code: product.model}
    annual = annual_losses(portfolio, models, seed=seed, n_years=n_years)
    annual.flags.writeable = False
    return ReferenceLosses(
        annual=annual,
        seed=seed,
        n_years=n_years,
        n_items=portfolio.n_items,
        digest=reference_digest(product, risk_class),
    )


def share(product: Product, risk: Portfolio, reference: ReferenceLosses) -> Share:
    """The tail share A of `risk`, simulated with the seed and years of the reference.

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
            return Share(tail=_given_draws(product, risk, reference), basis="conditional_mean")
    tail = _in_portfolio(product, risk, reference)
    if tail.value == 0 and not limited:  # no copy lost anything in the tail: that says nothing
        with suppress(Undefined):
            return Share(tail=_given_draws(product, risk, reference), basis="conditional_mean")
    return Share(tail=tail, basis="euler_share")


def _at_stake(risk: Portfolio) -> float:
    """The sums insured of all items, and the longest interruption of each risk unit."""
    nothing = np.zeros(risk.n_items)
    daily, days = (risk.inputs.get(name, nothing) for name in ("daily_cost", "indemnity_days"))
    stopped = np.zeros(risk.n_items)
    np.maximum.at(stopped, risk.risk_unit.codes, np.where(daily > 0, daily * days, 0.0))
    return float((risk.sum_insured + stopped).sum())


def _given_draws(product: Product, risk: Portfolio, reference: ReferenceLosses) -> Estimate:
    items = np.arange(risk.n_items, dtype=np.int32)
    blocks = cohort_blocks(reference.seed, reference.n_years)
    given = np.concatenate(
        [conditional_mean(product.model, risk, items, block).sum(axis=0) for block in blocks]
    )
    level = product.capital.level
    return measures.co_tvar(given[None, :], reference.annual, level, unit=risk.currency)[0]


def _in_portfolio(product: Product, risk: Portfolio, reference: ReferenceLosses) -> Estimate:
    """The Euler share; copies of one year count as one observation in its error."""
    level, n = product.capital.level, reference.n_years
    own = _copies(product, risk, reference)  # (COPIES, n_years)
    together = (own + reference.annual).ravel()
    weights = measures.tail_weights(together, level)
    near = max(1, round((COPIES * n * (1 - level)) ** 0.5))
    distance = np.abs(together - measures.quantile(together, level))
    at_var = own.ravel()[np.argpartition(distance, 2 * near)[: 2 * near]].mean()
    influence = (weights.reshape(own.shape) * (own - at_var)).sum(axis=0) * n
    return Estimate(
        value=float(weights @ own.ravel()),
        standard_error=float(influence.std(ddof=1) / n**0.5),
        unit=risk.currency,
    )


def _copies(product: Product, risk: Portfolio, reference: ReferenceLosses) -> Floats:
    """(COPIES, n_years) annual losses of independent copies of the risk."""
    many, n = copies(risk, COPIES), risk.n_items
    own = np.empty((COPIES, reference.n_years))
    for block in cohort_blocks(reference.seed, reference.n_years):
        step = max(1, UNIT_YEARS // (int(risk.units.sum()) * block.n))
        for first in range(0, COPIES, step):
            here = own[first : first + step, block.first : block.first + block.n]
            items = np.arange(first * n, (first + len(here)) * n, dtype=np.int32)
            paid = cover.insured(many, ordered(product.model.simulate(many, items, block), many))
            place = (paid.item // n - first).astype(np.int64) * block.n + paid.year
            total = np.bincount(place, weights=paid.loss, minlength=here.size)
            here[:] = total.reshape(here.shape)
    return own
