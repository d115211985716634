"""The law of what a policy on equipment is paid: compound sums, mixed over what a year draws.

Given the factors of park and sector and the supply shock, breakdowns and accidents of the items
are Poisson with gamma-mixed rates; so are fires of the sites and catastrophes of the parks
(Klugman, Panjer & Willmot, Loss Models, sections 6.3 and 9.6). Damage and the interruption after
it are independent given the event. Here are the items; `equipment_sites` has the places.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from techinsure.distributions import Gamma, Law, Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid, Sums
from techinsure.exact.equipment import ANY, open_part
from techinsure.exact.equipment_payouts import (
    NOTHING,
    Spread,
    Stops,
    damaged,
    most_paid,
    spread,
    stops,
)
from techinsure.exact.equipment_sites import catastrophes, fires
from techinsure.exact.transforms import (
    Sight,
    Values,
    central_moments,
    cumulants,
    fewer,
    laplace,
    laplace_around,
    sum_of,
)
from techinsure.models.equipment import Equipment, relativity, repair_factors
from techinsure.models.places import Places, places
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import Floats, Ints

PERILS = ("breakdown", "accident")

FACTOR = (9, 7, 5, 4, 3)
"""Length of the Gauss rule of a factor of park or sector, shorter where there are many factors."""
NODES = {"rate": 10, "error": 8}
"""The same of a rate and of a relativity's error."""

SMALL = 0.1
"""By how many events a year errors of relativities may move their expected number (standard
deviation) and still enter by moments."""
ORDER = 6
"""Of these moments."""

MOST_NODES = 1_100
"""Of factors of parks and sectors together."""

Cell = tuple[int, int]
"""A park and a sector."""


class Hits(NamedTuple):
    """Events of one peril on one `item`: `load` of them per unit of the rate of its class, with
    an `error` (cv) of their number and a `ratio_error`; `damage` by one; the shares of the term in
    which `both` damage and interruption are open, or only one of them."""

    risk_class: str
    cell: Cell
    item: int
    load: float
    error: float
    ratio_error: float
    damage: Spread
    both: float
    only_damage: float
    only_stop: float


class Seen(NamedTuple):
    """`Hits` at the points of a sight: `mean` (n_points,) load times (1 - E[z**paid]) of one event,
    that at the nodes of the uncertain ratio, `others` (n_others, n_points), with their `weight`,
    and the `error`; `moved` is how many events that moves the expected number by."""

    cell: Cell
    mean: Values
    weight: Floats
    others: Values
    error: float
    moved: float


def largest(model: Equipment, portfolio: Portfolio, items: Ints) -> float:
    """The most that one event can pay, currency units: of all items together."""
    return most_paid(model, places(portfolio, items, tuple(model.classes)))


def total(model: Equipment, portfolio: Portfolio, items: Ints, grid: Grid) -> Sums:
    """The law of the payments to `items` (n_items,), one policy, before the aggregate limit.

    Raises `Undefined` for many parks and sectors at once, and where `equipment_sites` does.
    """
    placed = places(portfolio, items, tuple(model.classes))
    stopped = stops(model, placed, grid)
    blows = (fires(model, placed, grid), catastrophes(model, placed, grid))
    chance = model.supply_shock.probability.mean * bool(
        (placed.supply_exposed & placed.asked).any()
    )
    states = [
        (weight, [list(_hits(model, placed, grid, peril, state)) for peril in PERILS])
        for state, weight in enumerate((1 - chance, chance)) if weight > 0
    ]  # fmt: skip
    cells = sorted({hits.cell for _, perils in states for own in perils for hits in own})
    factor, of_node = _factors(model, cells)

    def given(sight: Sight, seen: Stops) -> Values:
        found: Values = np.zeros(1)
        for weight, perils in states:
            parts = [_compound(model, peril, own, cells, factor, sight, seen)
                     for peril, own in zip(PERILS, perils, strict=True)]  # fmt: skip
            found = found + weight * (of_node @ (parts[0] * parts[1]))
        for places_ in blows:
            found = found * places_.transform(sight, seen)
        return found

    def transform(sight: Sight) -> Values:
        usual = given(sight, stopped)
        moved: Values = usual
        for weight, other in stopped.others():
            moved = moved + weight * (given(sight, other) - usual)
        return moved

    cells_of = [len(hits.damage.mean[0]) for _, perils in states for own in perils for hits in own]
    longest = max(*cells_of, *(places_.longest for places_ in blows), 1)
    return sum_of(grid, max(longest, stopped.longest), transform)


def _hits(model: Equipment, placed: Places, grid: Grid, peril: str, state: int) -> Iterator[Hits]:
    """What breakdowns or accidents do to each item that is asked for, without or with a shock."""
    rate, ratio = (relativity(placed, f"{peril}_{of}", ANY) for of in ("rate", "ratio"))
    repair, row = repair_factors(model, placed, peril)[state], placed.terms_of(peril)
    damage_open, stop_open = open_part(placed, peril), open_part(placed, "interruption")
    known: dict[object, Spread] = {}
    asked = np.nonzero(placed.asked)[0]
    for at, name in zip(asked.tolist(), placed.classes_at(asked), strict=True):
        unit = float(placed.sum_insured[at] / placed.units[at])
        terms, by, error = int(row[at]), float(repair[at]), float(ratio.error[at])
        key = (name, _terms(placed, terms), unit, by, float(ratio.mean[at]), error)
        if key not in known:
            made = damaged(model, placed, peril, at, unit, by)
            known[key] = NOTHING if terms == NOWHERE else spread(made, error > 0, grid)
        opened = float(damage_open[at]) * (terms != NOWHERE)
        stop = float(stop_open[at])
        yield Hits(
            name, (int(placed.park[at]), int(placed.sector[at])), at,
            float(rate.mean[at] * placed.units[at] * placed.term[at]), float(rate.error[at]), error,
            known[key], min(opened, stop), max(opened - stop, 0.0), max(stop - opened, 0.0),
        )  # fmt: skip


def _terms(placed: Places, row: int) -> tuple[float, ...]:
    """What a payment depends on of terms; nothing where there are none."""
    terms = placed.portfolio.terms
    columns = (terms.sum_insured, terms.deductible_amount, terms.deductible_rate, terms.limit,
               terms.insured_share)  # fmt: skip
    return () if row == NOWHERE else tuple(float(column[row]) for column in columns)


def _factors(model: Equipment, cells: Sequence[Cell]) -> tuple[Floats, Floats]:
    """((n_cells, n_nodes) factor of each cell, (n_nodes,) weights)."""
    names = [list({park: 0 for park, _ in cells}), list({sector: 0 for _, sector in cells})]
    frailty = model.frailty
    drawn = [frailty.park] * len(names[0]) + [frailty.sector] * len(names[1])
    n_drawn = sum(variance > 0 for variance in drawn)
    fits = [n for n in FACTOR if n**n_drawn <= MOST_NODES]
    if not fits:
        raise Undefined(
            f"the law of items in {len(names[0])} parks and {len(names[1])} sectors is beyond a "
            "quadrature over their factors (simulate)"
        )
    rules = [_factor_rule(variance, fits[0]) for variance in drawn]
    picks = np.array(list(product(*(range(len(value)) for value, _ in rules))), np.intp).T
    values = np.array([value[pick] for (value, _), pick in zip(rules, picks, strict=True)])
    weight = np.prod([w[pick] for (_, w), pick in zip(rules, picks, strict=True)], axis=0)
    park = [names[0].index(cell[0]) for cell in cells]
    sector = [len(names[0]) + names[1].index(cell[1]) for cell in cells]
    factor = values[park] * values[sector]
    if len(cells) == 1:
        few, weight = fewer(factor[0], weight, fits[0])
        factor = few[None, :]
    return factor, weight


def _factor_rule(variance: float, n: int) -> tuple[Floats, Floats]:
    if variance == 0:
        return np.ones(1), np.ones(1)
    return nodes(Gamma(mean=1.0, cv=variance**0.5), n)


# --- Generating functions -----------------------------------------------------------------------


def _compound(
    model: Equipment, peril: str, hits: Sequence[Hits], cells: Sequence[Cell], factor: Floats,
    sight: Sight, stopped: Stops,
) -> Values:  # fmt: skip
    """(n_nodes, n_points) generating function of what one peril pays, given the factors."""
    found: Values = np.ones((factor.shape[1], 1))
    for name in dict.fromkeys(own.risk_class for own in hits):
        law = model.classes[name].peril(peril).rate.law
        seen = [_seen(own, law, sight, stopped) for own in hits if own.risk_class == name]
        if any(one.error > 0 or len(one.weight) for one in seen):
            found = found * _uncertain(law, seen, cells, factor)
            continue
        loads = [sum(one.mean for one in seen if one.cell == cell) for cell in cells]
        found = found * laplace(law, sum(
            factor[k][:, None] * load for k, load in enumerate(loads)
        ))  # fmt: skip
    return found


def _seen(hits: Hits, law: Law, sight: Sight, stopped: Stops) -> Seen:
    stop = stopped.of_item(sight, hits.item)
    with_damage = hits.both * stop + hits.only_damage
    damage = sight.of(*hits.damage.mean)
    rest = 1 - hits.both - hits.only_damage - hits.only_stop
    paid = with_damage * damage + hits.only_stop * stop + rest
    mean = hits.load * (1 - paid)
    off = [hits.load * with_damage * (damage - sight.of(*one)) for one in hits.damage.others]
    others = mean + np.array(off) if off else mean[None]
    moved = hits.load * law.mean * math.hypot(hits.error, hits.ratio_error)
    return Seen(hits.cell, mean, hits.damage.weight, others, hits.error, moved)


def _uncertain(law: Law, seen: list[Seen], cells: Sequence[Cell], factor: Floats) -> Values:
    """The same where relativities are not known: E over their errors of the transform of the rate
    at factor * y, y the items' loads times their errors.

    Errors that move the number of events little enter by the moments of y; one item that is too
    large for that by nodes of its error; several by nodes of the rate and of each error.
    """
    order = sorted(seen, key=lambda one: one.moved)
    rest = [math.hypot(*(one.moved for one in order[:n])) for n in (len(order), len(order) - 1)]
    if rest[0] <= SMALL:
        return _around(law, order, None, cells, factor)
    if rest[1] <= SMALL:
        return sum(
            (w * _around(law, order[:-1], (order[-1].cell, load), cells, factor)
             for w, load in _nodes_of(order[-1])), np.zeros(1),
        )  # fmt: skip
    found: Values = np.zeros(1)
    rate, weight = nodes(law, NODES["rate"])
    for r, w in zip(rate, weight, strict=True):
        given: Values = np.ones(1)
        for one in seen:
            at = -r * factor[cells.index(one.cell)]
            given = given * sum(p * np.exp(np.multiply.outer(at, y)) for p, y in _nodes_of(one))
        found = found + w * given
    return found


def _nodes_of(one: Seen) -> list[tuple[float, Values]]:
    """(weight, load (n_points,)) at the nodes of the item's own error and ratio."""
    value, weight = np.ones(1), np.ones(1)
    if one.error > 0:
        value, weight = nodes(Lognormal(mean=1.0, cv=one.error), NODES["error"])
    share = one.weight if len(one.weight) else np.ones(1)
    return [
        (float(w * p), v * load)
        for v, w in zip(value, weight, strict=True)
        for load, p in zip(one.others, share, strict=True)
    ]


def _around(
    law: Law, seen: list[Seen], known: tuple[Cell, Values] | None, cells: Sequence[Cell],
    factor: Floats,
) -> Values:  # fmt: skip
    """(n_nodes, n_points) by the moments of the loads of `seen`, beside a load that is `known`:
    cumulants of independent loads add, each cell's times its factor."""
    size = factor.shape[1]
    kappa: list[Values] = [np.zeros((size, 1)) for _ in range(ORDER)]
    if known is not None:
        kappa[0] = factor[cells.index(known[0])][:, None] * known[1]
    for cell in cells:
        own = [_cumulants_of(one) for one in seen if one.cell == cell]
        by = factor[cells.index(cell)][:, None]
        for k, same in enumerate(zip(*own, strict=True)):
            kappa[k] = kappa[k] + by ** (k + 1) * sum(same)
    return laplace_around(law, kappa[0], central_moments(kappa))


def _cumulants_of(one: Seen) -> list[Values]:
    """Cumulants of error * load, which are independent: E[error**k] = by**(k * (k - 1) / 2)."""
    if one.error == 0 and not len(one.weight):
        return [one.mean, *[np.zeros(1)] * (ORDER - 1)]
    share = one.weight if len(one.weight) else np.ones(1)
    by = 1 + one.error**2
    return cumulants(
        [by ** (k * (k - 1) / 2) * (share @ one.others**k) for k in range(1, ORDER + 1)]
    )
