"""What suits find: items of a risk unit that are hit together, and how often.

A suit has a height and hits the items of its unit that are higher (see `models.suits`). Heights are
relativities, some of them not known: then what counts is the measure of the heights at which just
these items are hit, on average, and at nodes of the errors.
"""

from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from scipy import special

from techinsure.distributions import Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.dispute import docket_of, errors_of, opens_of
from techinsure.models.dispute import Dispute
from techinsure.models.suits import Docket, Indices
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints

ERRORS, SLIGHT = (16, 7, 4), 0.2
"""Length of the Gauss rule of each error of a unit that has one, two, or three; of errors up to a
`SLIGHT` coefficient of variation three nodes do."""
PANEL, SPREAD = 8, 8
"""Nodes between two edges of the height, and how many standard deviations edges reach."""


class Hit(NamedTuple):
    """`patents` of an `item` (its place among those asked for) that one suit hits, and whether
    costs and losses are paid then."""

    item: int
    patents: int
    cost: bool
    loss: bool


Case = tuple[Hit, ...]
"""What one suit hits."""


class Unit(NamedTuple):
    """A risk unit: `group` (whose campaign factor it has), the `cases` of a suit, how many of each
    a term brings per unit of the rate, on average (n_cases,), and `loads` (n_nodes, n_cases) at
    nodes of its errors with their `weight`."""

    group: str
    cases: list[Case]
    mean: Floats
    weight: Floats
    loads: Floats


def units_of(model: Dispute, portfolio: Portfolio, items: Ints) -> list[Unit]:
    """The risk units of the items. Raises `Undefined` for a family in which more than three items
    have relativities with errors."""
    sued = docket_of(model, portfolio, items)
    error, opens = errors_of(portfolio, items), opens_of(portfolio, items)
    found = []
    for number, name in enumerate(sued.units.names):
        first, size = sued.units.first[number], sued.units.size[number]
        members = sued.units.members[first : first + size]
        field = sued.clocks[sued.units.clock[number]][1]
        unknown = int(np.count_nonzero(error[members]))
        if unknown > len(ERRORS):
            raise Undefined(
                f"the law of suits on {name} has no closed form: {unknown} of its items have "
                f"relativities with errors, at most {len(ERRORS)} are held"
            )
        group = f"field {field}" if field else f"own {name}"
        found.append(_unit(group, sued, members, error[members], opens[:, members],
                           bool(sued.units.together[number])))  # fmt: skip
    return [unit for unit in found if unit.mean.sum() > 0]


def _unit(
    group: str, sued: Docket, members: Indices, error: Floats, opens: Floats, together: bool
) -> Unit:
    height, patents, end = sued.relativity[members], sued.patents[members], sued.end[members]
    sigma = np.sqrt(np.log1p(error**2))
    unknown = np.nonzero(sigma)[0]
    n = 3 if error.max() <= SLIGHT else ERRORS[len(unknown) - 1]
    rules = [nodes(Lognormal(mean=1.0, cv=float(error[i])), n) for i in unknown]
    drawn = np.tile(height, (int(np.prod([len(v) for v, _ in rules])), 1))
    weight = np.ones(1)
    for _, own in rules:
        weight = np.multiply.outer(weight, own).ravel()
    for k, pick in enumerate(product(*(value for value, _ in rules))):
        drawn[k, unknown] *= pick
    loads: dict[Case, tuple[float, Floats]] = {}
    for low, high in pairwise(np.unique([*opens.ravel(), *end])):
        open_ = (opens <= low) & (low < end)
        active = np.nonzero(open_.any(axis=0))[0]
        if not len(active):
            continue
        times = (high - low) * (1 if together else int(patents[0]))
        on_average = widths(height[active], sigma[active])
        for hit, width in on_average.items():
            case = tuple(
                Hit(int(members[i]), int(patents[i]) if together else 1, *open_[:, i].tolist())
                for i in active[list(hit)]
            )  # fmt: skip
            at = np.array([widths(row[active], 0 * sigma[active]).get(hit, 0.0) for row in drawn])
            at = at + (width - weight @ at)
            mean, nodes_ = loads.get(case, (0.0, np.zeros(len(weight))))
            loads[case] = (mean + times * width, nodes_ + times * at)
    return Unit(group, list(loads), np.array([mean for mean, _ in loads.values()]), weight,
                np.array([at for _, at in loads.values()]).T)  # fmt: skip


def widths(height: Floats, sigma: Floats) -> dict[tuple[int, ...], float]:
    """The measure of heights at which just these items are hit: `height` (n,) times independent
    lognormals of mean 1 and log standard deviation `sigma` (n,).

    The integral over h of the product of P(higher) over those hit and P(lower) over the others,
    by Gauss-Legendre rules between quantiles; each item's sum is its mean height.
    """
    everyone = tuple(range(len(height)))
    if not sigma.any():
        order = np.unique([0.0, *height])
        return {
            tuple(np.nonzero(height > bottom)[0].tolist()): float(top - bottom)
            for bottom, top in pairwise(order)
        }
    level = np.arange(-SPREAD, SPREAD + 1.0)
    edges = np.unique(np.log(height)[:, None] + np.outer(sigma, level) - sigma[:, None] ** 2 / 2)
    z, share = np.polynomial.legendre.leggauss(PANEL)
    half = np.diff(edges) / 2
    t = ((edges[:-1] + half)[:, None] + np.outer(half, z)).ravel()
    measure = np.outer(half, share).ravel() * np.exp(t)
    score = (t - np.log(height)[:, None] + sigma[:, None] ** 2 / 2) / np.maximum(
        sigma[:, None], 1e-300
    )
    higher = special.ndtr(-score)
    found: dict[tuple[int, ...], float] = {everyone: float(np.exp(edges[0]))}
    for some in _subsets(everyone):
        inside = np.prod(higher[list(some)], axis=0)
        outside = np.prod(1 - np.delete(higher, some, axis=0), axis=0)
        found[some] = found.get(some, 0.0) + float(measure @ (inside * outside))
    for i in everyone:  # what rounding and the ends of the range leave
        found[(i,)] += float(height[i] - sum(w for some, w in found.items() if i in some))
    return {some: width for some, width in found.items() if abs(width) > 1e-15}


def _subsets(everyone: Sequence[int]) -> list[tuple[int, ...]]:
    return [
        tuple(i for i, taken in zip(everyone, picks, strict=True) if taken)
        for picks in product((False, True), repeat=len(everyone))
        if any(picks)
    ]
