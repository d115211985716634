"""Simulation of projects: one uniform a project and year decides how far the project comes.

It fails by phase k when the uniform lies below P(failed by k | year). That is exact because,
given the year's draws and factors, phases are independent. A bound from above is computed once for
all projects that share everything but their own numbers (a cell); what lies below it is looked at
with the project's own probabilities.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.distributions.cells import draw
from techinsure.kernels import compiled
from techinsure.losses.rows import Rows, join
from techinsure.models.factors import Cohorts, Drawn
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


def simulate(model: Stages, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
    """Ground-up losses of `items` (n,) in the years of `cohorts`, rows in any order.

    A failure loses what was spent by then: sum insured * recognised share * (budget shares of
    earlier phases + share of this one * spend), shares from the entry phase on. The project's
    term is split over the phases by their durations. Own funds below the budget bear a constant
    share of the spending and are the sum insured, so the budget itself drops out.
    """
    if not len(items):
        return join([])
    everyone, years = projects(model, portfolio, items, cohorts), Years(model, cohorts)
    everyone = everyone.take(np.argsort(_cells(everyone, cohorts.drawn)[1], kind="stable"))
    size = max(1, CHUNK // cohorts.n)
    failure, respin = portfolio.causes.index("failure"), portfolio.causes.index("respin")
    parts = []
    for start in range(0, len(items), size):
        some = everyone.take(range(start, min(start + size, len(items))))
        failed, repeated = _chunk(years, some)
        parts += [_failures(years, some, failed, failure), _respins(years, some, repeated, respin)]
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


def _chunk(years: Years, some: Projects) -> tuple[Points, Points]:
    """Insured failures and respins of projects that fit into one matrix."""
    cells, cell = _cells(some, years.cohorts.drawn)
    look = _found(
        years, some.key, OUTCOME, years.reach(cells), cell, some.odds_key,
        _edges(some, cells.relativity[cell]),
    )  # fmt: skip

    failed = _insured(years, some, look)
    failed = failed._replace(phase=years.passed(some, failed, OUTCOME))
    repeated = _repeats(years, some)
    beyond = years.passed(some, repeated, OUTCOME) > repeated.phase
    return failed.keep(failed.phase < len(years.model.phases)), repeated.keep(beyond)


def _found(
    years: Years, key: Keys, slot: int, bound: Floats, row: Rank, other: Keys, edge: Floats
) -> Points:
    """Where a project's uniform in `slot` lies below its row of `bound` (n_rows, n_years), or
    that of its `other` key above its `edge`; arguments (n,) unless said."""
    flat = compiled(_candidates)(
        np.ascontiguousarray(key), years.cohorts.first, slot, np.ascontiguousarray(bound),
        row.astype(np.int64), np.ascontiguousarray(other), edge,
    )  # fmt: skip
    row, year = np.divmod(flat, bound.shape[1])
    return Points(row, year, np.zeros(len(row), np.intp))


def _candidates(
    key: Keys, first: int, slot: int, bound: Floats, row: NDArray[np.int64], other: Keys,
    edge: Floats,
) -> NDArray[np.int64]:  # fmt: skip
    """The reference of the compiled loop: position in the matrix (n, n_years) of each."""
    year = np.arange(first, first + bound.shape[1])
    look = uniforms(key[:, None], counters(year, slot)) < bound[row]
    open_ = np.nonzero(edge < 1)[0]
    look[open_] |= uniforms(other[open_, None], counters(year)) > edge[open_, None]
    return np.flatnonzero(look)


def _insured(years: Years, some: Projects, points: Points) -> Points:
    """The points whose cause of failure, if they fail, is insured."""
    pairs = list(zip(some.owner, some.form, strict=True))
    chance = np.stack([years.insured(*pair) for pair in dict.fromkeys(pairs)])
    return points.keep(
        years.uniform(some, points, CAUSE) < chance[codes(pairs)[points.row], points.year]
    )


def _repeats(years: Years, some: Projects) -> Points:
    """Where a tape-out, if passed, is repeated at the insurer's cost."""
    phase = respin_phase(years.model, some)
    buyers = np.nonzero(some.respin & (some.entry <= phase))[0]
    if not len(buyers):
        return Points(*(np.zeros(0, np.intp) for _ in Points._fields))
    chance = np.stack([years.respin(some.owner[i], some.risk_class[i]) for i in buyers])
    key, never = some.key[buyers], np.full(len(buyers), 2.0)
    found = _found(years, key, RESPIN, chance, np.arange(len(buyers)), key, never)
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
