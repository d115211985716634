"""Simulation of projects: one uniform a project and year decides how far the project comes.

It fails by phase k when the uniform lies below P(failed by k | year). That is exact because,
given the year's draws and factors, phases are independent. Bounds are computed once for all
projects that share everything but their own numbers (a cell), compared in one matrix, and only
what lies below goes further.
"""

import numpy as np
from scipy import special

from techinsure.distributions.cells import draw
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
from techinsure.quantities import Flags, Floats, Ints
from techinsure.seeding import bits, counters, uniforms

OUTCOME, CAUSE, POSITION, RESPIN, RESPIN_COST, FAILED, REPEATED = range(7)
"""What each number of a project's stream in a year is for; the last two are its events' keys."""

CHUNK = 1 << 16
"""Project-years in one matrix: it stays in the cache."""
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


def _above(years: Years, some: Projects, ceiling: Floats) -> Flags:
    """(n, n_years) whether a relativity that is not known is drawn above the `ceiling` (n,)."""
    sigma = np.sqrt(np.log1p(some.error**2))
    score = np.log(ceiling / some.relativity) / sigma + sigma / 2
    drawn = uniforms(some.odds_key[:, None], counters(years.cohorts.years))
    above: Flags = drawn > special.ndtr(score)[:, None] * (1 - 1e-12)
    return above


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
    bound = years.failed_by(cells)
    outcome = uniforms(some.key[:, None], counters(years.cohorts.years, OUTCOME))
    look = outcome < bound[-1][cell]
    unknown = np.nonzero(some.error)[0]
    look[unknown] |= _above(years, some.take(unknown), cells.relativity[cell[unknown]])
    elsewhere = (some.relativity != cells.relativity[cell]) | (some.error > 0)

    def passed(points: Points) -> Flags:
        """(n_phases, n_points) whether each phase was passed."""
        place = cell[points.row] * outcome.shape[1] + points.year
        by = bound.reshape(len(bound), -1).take(place, axis=1)
        again = elsewhere[points.row]
        by[:, again] = years.failed_by_at(some, points.keep(again))
        found: Flags = outcome[points.row, points.year] >= by
        return found

    failed = _insured(years, some, _points(look))
    through = passed(failed)
    failed = failed._replace(phase=through.sum(axis=0)).keep(~through[-1])
    repeated = _points(_repeats(years, some))
    repeated = repeated._replace(phase=respin_phase(years.model, some)[repeated.row])
    after = passed(repeated)[repeated.phase, np.arange(len(repeated.row))]
    return failed, repeated.keep(after)


def _points(where: Flags) -> Points:
    row, year = np.divmod(np.flatnonzero(where), where.shape[1])
    return Points(row, year, np.zeros(len(row), np.intp))


def _insured(years: Years, some: Projects, points: Points) -> Points:
    """The points whose cause of failure, if they fail, is insured."""
    pairs = list(zip(some.owner, some.form, strict=True))
    chance = np.stack([years.insured(*pair) for pair in dict.fromkeys(pairs)])
    return points.keep(
        years.uniform(some, points, CAUSE) < chance[codes(pairs)[points.row], points.year]
    )


def _repeats(years: Years, some: Projects) -> Flags:
    """(n, n_years): whether a tape-out, if passed, is repeated at the insurer's cost."""
    wanted = np.zeros((len(some.item), years.cohorts.n), bool)
    buyers = np.nonzero(some.respin & (some.entry <= respin_phase(years.model, some)))[0]
    if len(buyers):
        chance = np.stack([years.respin(some.owner[i], some.risk_class[i]) for i in buyers])
        drawn = uniforms(some.key[buyers, None], counters(years.cohorts.years, RESPIN))
        wanted[buyers] = drawn < chance
    return wanted


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
