"""Simulation of projects: one uniform a project and year decides how far the project comes.

It fails by phase k when the uniform lies below P(failed by k | year). That is exact because,
given the year's draws and factors, phases are independent. A bound from above is computed once for
all projects that share everything but their own numbers (a cell); what lies below it is looked at
with the project's own probabilities.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.distributions.cells import draw
from techinsure.kernels import compiled
from techinsure.losses.rows import Rows, join
from techinsure.models.factors import Cohorts, Drawn, Simulator
from techinsure.models.projects import (
    Points,
    Projects,
    Rank,
    Years,
    codes,
    projects,
    respin_phase,
    uncertainty,
)
from techinsure.models.stages import Stages
from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints
from techinsure.seeding import Keys, bits, counters, uniforms

OUTCOME, CAUSE, POSITION, RESPIN, RESPIN_COST, FAILED, REPEATED = range(7)
"""What each number of a project's stream in a year is for; the last two are its events' keys."""

CHUNK = 1 << 18
"""Project-years looked at together: bounds the memory."""
BUCKET = 0.4
"""Width of a bucket of relativities, on the log scale."""
HIGH = 1.5
"""Standard deviations above the mean of a relativity that is not known; its bucket is there."""
END = 1 - 2.0**-20
"""The end of a phase, inside it."""


class Ready(NamedTuple):
    """Projects ordered by their `cells`, the `cell` (n,) of each, and the causes' numbers."""

    model: Stages
    projects: Projects
    cells: Projects
    cell: Rank
    failure: int
    respin: int


def simulator(model: Stages, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
    """What simulates `items` (n,) in years of the `world`.

    A failure loses what was spent by then: sum insured * recognised share * (budget shares of
    earlier phases + share of this one * spend), shares from the entry phase on. The project's
    term is split over the phases by their durations. Own funds below the budget bear a constant
    share of the spending and are the sum insured, so the budget itself drops out.
    """
    if not len(items):
        return lambda _: join([])
    everyone = projects(model, portfolio, items, world)
    cells, cell = _cells(everyone, world.drawn)
    order = np.argsort(cell, kind="stable")
    failure = portfolio.causes.index("failure")
    respin = portfolio.causes.index("respin") if everyone.respin.any() else failure
    ready = Ready(model, everyone.take(order), cells, cell[order], failure, respin)
    return partial(_simulate, ready)


def _simulate(ready: Ready, cohorts: Cohorts) -> Rows:
    years, n = Years(ready.model, cohorts), len(ready.cell)
    size, parts = max(1, CHUNK // cohorts.n), []
    for start in range(0, n, size):
        here = range(start, min(start + size, n))
        some, cell = ready.projects.take(here), ready.cell[here]
        cells = ready.cells.take(range(cell[0], cell[-1] + 1))
        failed, repeated = _chunk(years, some, cells, cell - cell[0])
        parts.append(_failures(years, some, failed, ready.failure))
        parts.append(_respins(years, some, repeated, ready.respin))
    return join(parts)


def _ceiling(some: Projects, alone: bool) -> Floats:
    """(n,) the relativity at which a project is compared first: the upper edge of its bucket.

    A constant, never the largest member: no project may move what another is compared with. One
    that is `alone` in its cell needs no bucket. Where the relativity is not known, the bucket is
    that of a high draw; the years with a higher one are looked at anyway (`_above`).
    """
    at = np.full(len(some.error), special.ndtr(HIGH))
    high = some.relativity * uncertainty(some.error, at)
    edge = np.exp(BUCKET * np.ceil(np.log(high) / BUCKET))
    return np.where(alone & (some.error == 0), some.relativity, np.maximum(edge, high))


def _edges(some: Projects, ceiling: Floats) -> Floats:
    """(n,) above which uniform a relativity that is not known may be above the `ceiling` (n,); 2
    where it is known."""
    error = np.where(some.error > 0, some.error, 1.0)
    sigma = np.sqrt(np.log1p(error**2))
    score = np.log(ceiling / some.relativity) / sigma + sigma / 2
    return np.where(some.error > 0, special.ndtr(score) * (1 - 1e-12), 2.0)


def _cells(some: Projects, drawn: Drawn) -> tuple[Projects, Rank]:
    """(the cells, as projects of the relativity they are compared at; each one's cell (n,))."""
    alone = drawn == "item"
    ceiling = _ceiling(some, alone)
    columns = (
        codes(some.risk_class),
        codes(some.groups),
        some.exposed,
        some.entry,
        ceiling,
        some.item if alone else np.zeros(len(ceiling)),
    )
    order = np.lexsort(columns[::-1])
    new = np.ones(len(order), bool)
    new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in columns], axis=0)
    cell = np.empty(len(order), np.intp)
    cell[order] = np.cumsum(new) - 1
    first = order[new]
    return some.take(first)._replace(relativity=ceiling[first], error=np.zeros(len(first))), cell


def _chunk(
    years: Years, some: Projects, cells: Projects, cell: Rank
) -> tuple[Points, Points]:  # fmt: skip
    """Insured failures and respins of projects that fit into one matrix."""
    edge, insured = _edges(some, cells.relativity[cell]), _insured(years, some)
    failed = _found(
        years, some.key, OUTCOME, years.reach(cells), cell, some.odds_key, edge, *insured
    )
    failed = failed._replace(phase=years.passed(some, failed, OUTCOME))
    repeated = _repeats(years, some)
    beyond = years.passed(some, repeated, OUTCOME) > repeated.phase
    return failed.keep(failed.phase < len(years.model.phases)), repeated.keep(beyond)


def _found(
    years: Years, key: Keys, slot: int, bound: Floats, cell: Rank, other: Keys, edge: Floats,
    chance: Floats, pair: Rank,
) -> Points:  # fmt: skip
    """Where a project's uniform in `slot` lies below that of its `cell` in `bound` (n_cells,
    n_years), or that of its `other` key above its `edge`; and that for its cause below that of
    its `pair` in `chance` (n_pairs, n_years). Arguments (n,) unless said."""
    row, year = compiled(_candidates)(
        np.ascontiguousarray(key), years.cohorts.first, slot, np.ascontiguousarray(bound),
        cell.astype(np.int64), np.ascontiguousarray(other), edge, CAUSE, chance, pair,
    )  # fmt: skip
    return Points(row, year, np.zeros(len(row), np.intp))


def _candidates(
    key: Keys, first: int, slot: int, bound: Floats, cell: NDArray[np.int64], other: Keys,
    edge: Floats, also: int, chance: Floats, pair: NDArray[np.int64],
) -> tuple[Rank, Rank]:  # fmt: skip
    """The reference of the compiled loop: row and year of each."""
    year = np.arange(first, first + bound.shape[1])
    look = uniforms(key[:, None], counters(year, slot)) < bound[cell]
    open_ = np.nonzero(edge < 1)[0]
    look[open_] |= uniforms(other[open_, None], counters(year)) > edge[open_, None]
    row, place = np.nonzero(look)
    kept = uniforms(key[row], counters(year[place], also)) < chance[pair[row], place]
    return row[kept], place[kept]


def _insured(years: Years, some: Projects) -> tuple[Floats, Rank]:
    """Drawn probabilities (n_pairs, n_years) that the cause of a failure is insured, one row a
    pair of owner and form, and the pair of each project (n,)."""
    pairs = list(zip(some.owner, some.form, strict=True))
    return np.stack([years.insured(*pair) for pair in dict.fromkeys(pairs)]), codes(pairs)


def _repeats(years: Years, some: Projects) -> Points:
    """Where a tape-out, if passed, is repeated at the insurer's cost."""
    phase = respin_phase(years.model, some)
    buyers = np.nonzero(some.respin & (some.entry <= phase))[0]
    if not len(buyers):
        return Points(*(np.zeros(0, np.intp) for _ in Points._fields))
    chance = np.stack([years.respin(some.owner[i], some.risk_class[i]) for i in buyers])
    key, never = some.key[buyers], np.full(len(buyers), 2.0)
    always = np.ones((1, years.cohorts.n)), np.zeros(len(buyers), np.intp)
    found = _found(years, key, RESPIN, chance, np.arange(len(buyers)), key, never, *always)
    row = buyers[found.row]
    return Points(row, found.year, phase[row])


def _failures(years: Years, some: Projects, points: Points, cause: int) -> Rows:
    """Rows of insured failures."""
    position = years.uniform(some, points, POSITION)
    before, share = years.budget
    entry = some.entry[points.row]
    spent = before[entry, points.phase] + share[entry, points.phase] * draw(
        years.model.spend.law, position
    )
    loss = some.sum_insured[points.row] * years.model.recognised.mean * spent
    return _rows(years, some, points, position, FAILED, cause, loss)


def _respins(years: Years, some: Projects, points: Points, cause: int) -> Rows:
    """Rows of the repeated tape-outs, dated at the end of their phase."""
    uniform = years.uniform(some, points, RESPIN_COST)
    cost = np.empty(len(uniform))
    of_class = codes(some.risk_class)[points.row]
    for code, name in enumerate(dict.fromkeys(some.risk_class)):
        prior = years.model.classes[name].respin_cost
        if prior is not None:
            cost[of_class == code] = draw(prior.law, uniform[of_class == code])
    loss = some.sum_insured[points.row] * cost
    return _rows(years, some, points, np.full(len(loss), END), REPEATED, cause, loss)


def _rows(
    years: Years, some: Projects, points: Points, position: Floats, slot: int, cause: int,
    loss: Floats,
) -> Rows:  # fmt: skip
    row, phase = points.row, points.phase
    before, share = years.course
    entry = some.entry[row]
    elapsed = before[entry, phase] + share[entry, phase] * position
    time = some.inception[row] + some.term[row] * elapsed
    return Rows(
        year=points.year.astype(np.int32),
        time=time,
        reported=time,
        item=some.item[row],
        event=bits(some.key[row], counters(years.cohorts.years[points.year], slot)),
        cause=np.full(len(row), cause, np.int8),
        loss=loss,
    )
