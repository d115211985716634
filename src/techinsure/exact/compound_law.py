"""The law of what a policy on compound perils is paid: a compound Poisson sum, its rates mixed.

Given the factors of route and sector, the classes and perils are independent; each is a Poisson
number of claims whose rate is mixed over its prior and the error of its relativity (Klugman, Panjer
& Willmot, Loss Models, sections 6.3 and 9.6).
"""

from typing import NamedTuple

import numpy as np

from techinsure.distributions import Law
from techinsure.exact.annual import Grid, Sums
from techinsure.exact.compound import (
    Source,
    errors,
    extent,
    factors,
    refuse_unless_one_world,
    sources,
)
from techinsure.exact.payouts import Payout, payout
from techinsure.exact.transforms import Sight, Values, laplace, sum_of
from techinsure.models.batches import Batches
from techinsure.models.compound import Compound
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import Floats, Ints

NODES = 16
"""Of each factor and error; 24 move no tail of the catalogue by 1e-7 of itself."""


class Paid(NamedTuple):
    """Claims of one class and peril: `load`, their number per unit of the rate of `law`, the
    `error` of its relativity, and what one pays: `chance` (n_cells,), `none` for nothing."""

    law: Law
    error: float
    load: float
    chance: Floats
    none: float


def largest(model: Compound, portfolio: Portfolio, items: Ints) -> float:
    """The most that one event can pay, currency units."""
    held = model.batches(portfolio, items)
    paid = [
        one.largest
        for source in sources(model, held)
        for row in range(len(held))
        for _, one in _payouts(model, held, source, row)
    ]
    return max(paid, default=0.0)


def total(model: Compound, portfolio: Portfolio, items: Ints, grid: Grid) -> Sums:
    """The law of the payments to `items` (n_items,), one policy, before the aggregate limit.

    Raises `Undefined` where the probability of a claim does (`exact.compound`).
    """
    held = model.batches(portfolio, items)
    refuse_unless_one_world(model, held)
    paid = _paid(model, held, grid)
    factor, weight = factors(model, NODES)

    def transform(sight: Sight) -> Values:
        seen = [one.load * (1 - sight.of(one.chance, one.none)) for one in paid]
        whole: Values = np.zeros(1)
        for by, chance in zip(factor, weight, strict=True):
            together: Values = np.ones(1)
            for one, at in zip(paid, seen, strict=True):
                together = together * sum(
                    w * laplace(one.law, by * error * at)
                    for error, w in zip(*errors(one.error, NODES), strict=True)
                )
            whole = whole + chance * together
        return whole

    return sum_of(grid, max((len(one.chance) for one in paid), default=1), transform)


def _paid(model: Compound, held: Batches, grid: Grid) -> list[Paid]:
    """The claims of each class and peril, those of all items and causes together."""
    found: dict[tuple[str, str], list[tuple[float, Floats, float]]] = {}
    error: dict[tuple[str, str], float] = {}
    for source in sources(model, held):
        for row, name in enumerate(held.risk_class):
            for weight, one in _payouts(model, held, source, row):
                load = float(source.events[row]) * weight
                part = (load, one.on(grid), one.none)
                found.setdefault((name, source.one.peril), []).append(part)
                error[name, source.one.peril] = float(source.one.rate.error[row])
    paid = []
    for (name, peril), parts in found.items():
        load = sum(part[0] for part in parts)
        chance = np.zeros(max(len(part[1]) for part in parts))
        for own, cells, _ in parts:
            chance[: len(cells)] += own / load * cells
        none = sum(own * unpaid for own, _, unpaid in parts) / load
        law = model.classes[name].hazards[peril].rate.law
        paid.append(Paid(law, error[name, peril], load, chance, none))
    return paid


def _payouts(
    model: Compound, held: Batches, source: Source, row: int
) -> list[tuple[float, Payout]]:
    """What one claim of the source pays the item at `row`, with the weight of each node of the
    error of its ratio; nothing where it has no such claims or is not covered."""
    hazard = model.classes[held.risk_class[row]].hazards.get(source.one.peril)
    terms_row = int(held.terms_of(source.cause)[row])
    if hazard is None or terms_row == NOWHERE or source.events[row] <= 0:
        return []
    value, mean = float(source.value[row]), float(source.one.ratio.mean[row])
    rule = errors(float(source.one.ratio.error[row]), NODES)
    return [
        (float(weight), payout(hazard.ratio.law, scale, held.portfolio.terms, terms_row, most=most))
        for by, weight in zip(*rule, strict=True)
        for scale, most in [extent(hazard, by * mean, value)]
    ]
