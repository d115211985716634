"""Simulation of research and development projects, and the factors that decide each year.

One uniform a project and year decides how far the project comes: it fails by phase k when the
uniform lies below P(failed by k | year). That is exact because, given the year's draws and
factors, phases are independent. Bounds are computed once for all projects that share everything
but their own numbers (a cell), compared in one matrix, and only what lies below goes further.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.distributions import Lognormal
from techinsure.distributions.cells import draw
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.losses.rows import Rows, join
from techinsure.models.factors import Cohorts
from techinsure.models.phases import compensated, rated, remaining
from techinsure.portfolio import Portfolio
from techinsure.quantities import Flags, Floats, Ints, nearest
from techinsure.seeding import Keys, bits, counters, keys, uniforms

if TYPE_CHECKING:
    from techinsure.models.staged import Groups, Staged

OUTCOME, CAUSE, POSITION, RESPIN, RESPIN_COST, FAILED, REPEATED = range(7)
"""What each number of a project's stream in a year is for; the last two are its events' keys."""

CHUNK = 1 << 16
"""Project-years in one matrix: it stays in the cache."""
KEPT = 128
"""Draws and factors of one block that are kept at most."""
BUCKET = 0.1
"""Width of a bucket of relativities, on the log scale."""
END = 1 - 2.0**-20
"""The end of a phase, inside it."""

Rank = NDArray[np.intp]


class Projects(NamedTuple):
    """Columns of some projects, one entry each. `key`: the project's stream. `groups`: the
    factors it shares. `relativity` of the odds with its coefficient of variation `error`; `entry`
    the number of the entry phase; `respin` whether it is insured; amounts in currency units."""

    item: Ints
    key: Keys
    id: list[str]
    owner: list[str]
    risk_class: list[str]
    form: list[str]
    groups: list["Groups"]
    exposed: Flags
    relativity: Floats
    error: Floats
    entry: Ints
    respin: Flags
    sum_insured: Floats
    inception: Floats
    term: Floats

    def take(self, which: Sequence[int] | Rank) -> "Projects":
        """Some of the projects."""
        return Projects(*(
            column[which] if isinstance(column, np.ndarray) else [column[i] for i in which]
            for column in self
        ))  # type: ignore[arg-type]  # fmt: skip


def projects(model: "Staged", portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Projects:
    """The columns of `items` (n,), or an error naming everything the model cannot read."""
    ids = [portfolio.ids[i] for i in items]
    names = [portfolio.risk_class[i] for i in items]
    classes = [name.split("/", 1)[-1] for name in names]
    forms = [portfolio.factors["form"][i] for i in items]
    for what, given, known in (
        ("risk class", classes, list(model.classes)),
        ("policy form", forms, list(model.insured_cause)),
    ):
        for name in set(given) - set(known):
            raise NotFound(what, name, known, nearest(name, known))
    columns = {name: _input(portfolio, name, items, usual) for name, usual in INPUTS.items()}
    _refuse_inputs(columns, portfolio.units[items], len(model.phases))
    groups = [
        model.dependence.groups(portfolio.product[i], portfolio.route[i], portfolio.sector[i])
        for i in items
    ]
    return Projects(
        item=items.astype(np.int32),
        key=keys(cohorts.seed, "project", ids),
        id=ids,
        owner=[cohorts.owner(name, own) for name, own in zip(names, ids, strict=True)],
        risk_class=classes,
        form=forms,
        groups=groups,
        exposed=portfolio.supply_exposed[items].astype(bool),
        relativity=columns["odds"],
        error=columns["odds_error"],
        entry=columns["entry_phase"].astype(np.int32),
        respin=(columns["respin"] > 0) & np.array([model.classes[c].respin is not None
                                                   for c in classes], bool),
        sum_insured=portfolio.sum_insured[items],
        inception=portfolio.inception[items],
        term=portfolio.term[items],
    )  # fmt: skip


INPUTS = {"odds": 1.0, "odds_error": 0.0, "entry_phase": 0.0, "respin": 0.0}
"""Inputs of a portfolio that are read, and what stands for one that is absent."""


def _input(portfolio: Portfolio, name: str, items: Ints, usual: float) -> Floats:
    column = portfolio.inputs.get(name)
    given = np.full(len(items), np.nan) if column is None else column[items]
    return np.where(np.isnan(given), usual, given)


def _refuse_inputs(columns: dict[str, Floats], units: Ints, n_phases: int) -> None:
    odds, error, entry = columns["odds"], columns["odds_error"], columns["entry_phase"]
    known = (entry >= 0) & (entry < n_phases) & (entry == np.floor(entry))
    wrong: dict[str, tuple[Floats | Ints, Flags, str]] = {
        "inputs.odds": (odds, ~((odds > 0) & np.isfinite(odds)), "must be > 0 and finite"),
        "inputs.odds_error": (error, ~((error >= 0) & np.isfinite(error)), "must be >= 0"),
        "inputs.entry_phase": (entry, ~known, f"must be one of 0, ..., {n_phases - 1}"),
        "units": (units, units != 1, "must be 1: give each project a row of its own"),
    }
    faults = [
        Fault(name, column[np.argmax(bad)].item(), bound)
        for name, (column, bad, bound) in wrong.items()
        if bad.any()
    ]
    if faults:
        raise InvalidParameter(faults)


class Conditions(NamedTuple):
    """What the years hold for cells (n_cells, n_years) or points (n,), phases first: the class's
    failure probability `base`, the shock's `lift` and the common factors' `pull`; the cell's own
    `entry`, `exposed` and `spread`, shaped to broadcast."""

    base: Floats
    lift: Floats
    pull: Floats
    entry: Ints
    exposed: Flags
    spread: Floats

    def at(self, cell: Rank, year: Rank) -> "Conditions":
        """The conditions of single points."""
        return Conditions(
            base=self.base[:, cell, year],
            lift=self.lift[cell, year],
            pull=self.pull[:, cell, year],
            entry=self.entry[cell, 0],
            exposed=self.exposed[cell, 0],
            spread=self.spread[cell, 0],
        )


class Points(NamedTuple):
    """Some years of some projects: position of the project, year within the block, phase."""

    row: Rank
    year: Rank
    phase: Rank

    def keep(self, which: Flags) -> "Points":
        """Some of the points."""
        return Points(self.row[which], self.year[which], self.phase[which])


class Years:
    """Draws and factors of a block of years, made when first asked for and kept for the block."""

    def __init__(self, model: "Staged", cohorts: Cohorts) -> None:
        self.model, self.cohorts = model, cohorts
        self.failing = lru_cache(KEPT)(self._failing)
        self.insured = lru_cache(KEPT)(self._insured)
        self.pull = lru_cache(KEPT)(self._pull)
        self.respin = lru_cache(KEPT)(self._respin)
        self.budget = remaining(np.array([phase.budget_share.mean for phase in model.phases]))
        self.course = remaining(np.array([phase.duration.mean for phase in model.phases]))
        shock = model.supply_shock
        self.struck = cohorts.shock("supply", shock.probability.mean)

    def _failing(self, owner: str, risk_class: str) -> Floats:
        """(n_phases, n_years) drawn probabilities of failure, before relativities."""
        priors = self.model.classes[risk_class].fail
        names = self.model.phase_names
        return np.array([
            self.cohorts.posterior(owner, f"fail/{name}", priors[name]) for name in names
        ])  # fmt: skip

    def _insured(self, owner: str, form: str) -> Floats:
        """(n_years,) drawn probabilities that the cause of a failure is insured."""
        prior = self.model.insured_cause[form]
        return self.cohorts.posterior(owner, f"insured_cause/{form}", prior)

    def _pull(self, groups: "Groups") -> Floats:
        return self.model.dependence.pull(self.cohorts, self.model.phase_names, groups)

    def _respin(self, owner: str, risk_class: str) -> Floats:
        """(n_years,) drawn probabilities that a passed tape-out must be repeated."""
        prior = self.model.classes[risk_class].respin
        assert prior is not None
        return self.cohorts.posterior(owner, "respin", prior)

    def uniform(self, some: Projects, points: Points, slot: int) -> Floats:
        """(n_points,) uniforms of the projects' own streams."""
        years = self.cohorts.years[points.year]
        return uniforms(some.key[points.row], counters(years, slot))

    def relativity(self, some: Projects) -> Floats:
        """(n, n_years or 1): relativities, drawn where their level is not known."""
        if not some.error.any():
            return some.relativity[:, None]
        drawn = np.tile(some.relativity[:, None], (1, self.cohorts.n))
        for i in np.nonzero(some.error)[0]:
            law = Lognormal(mean=1.0, cv=float(some.error[i]))
            drawn[i] *= law.quantile(self.cohorts.uniform("relativity", f"{some.id[i]}/odds"))
        return drawn

    def conditions(self, some: Projects) -> Conditions:
        """What the years hold for `some` projects."""
        pairs = zip(some.owner, some.risk_class, strict=True)
        spread = self.model.dependence.spread
        struck = some.exposed[:, None] & self.struck
        return Conditions(
            base=np.stack([self.failing(*pair) for pair in pairs], axis=1),
            lift=np.where(struck, self.model.supply_shock.shift.mean, 0.0),
            pull=np.stack([self.pull(groups) for groups in some.groups], axis=1),
            entry=some.entry[:, None],
            exposed=some.exposed[:, None],
            spread=np.array([[spread(groups)] for groups in some.groups]),
        )

    def failed_by(self, conditions: Conditions, relativity: Floats) -> Floats:
        """(n_phases, ...) P(failed by each phase | draws, factors, shock) at `relativity` (...)."""
        chance = rated(conditions.base, relativity)
        phase = np.arange(len(chance)).reshape(-1, *[1] * (chance.ndim - 1))
        chance = np.where(phase >= conditions.entry, chance, 0.0)
        shock = self.model.supply_shock
        if shock.compensated and conditions.exposed.any():
            calm = compensated(chance, shock.probability.mean, shock.shift.mean)
            chance = np.where(conditions.exposed, calm, chance)
        return self.model.dependence.failed_by(
            chance, conditions.lift, conditions.pull, conditions.spread
        )


def simulate(model: "Staged", portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
    """Ground-up losses of `items` (n,) in the years of `cohorts`, rows in any order.

    A failure loses what was spent by then: sum insured * recognised share * (budget shares of
    earlier phases + share of this one * spend), shares from the entry phase on. The project's
    term is split over the phases by their durations. Own funds below the budget bear a constant
    share of the spending and are the sum insured, so the budget itself drops out.
    """
    if not len(items):
        return join([])
    everyone, years = projects(model, portfolio, items, cohorts), Years(model, cohorts)
    everyone = everyone.take(np.argsort(_cells(everyone, cohorts)[1], kind="stable"))
    size = max(1, CHUNK // cohorts.n)
    failure, respin = portfolio.causes.index("failure"), portfolio.causes.index("respin")
    parts = []
    for start in range(0, len(items), size):
        some = everyone.take(range(start, min(start + size, len(items))))
        failed, repeated = _chunk(years, some)
        parts += [_failures(years, some, failed, failure), _respins(years, some, repeated, respin)]
    return join(parts)


def _ceiling(some: Projects) -> Floats:
    """(n,) the upper edge of the bucket of each relativity: a bound there holds for all in it.

    A constant, never the largest member: no project may move what another is compared with.
    Where the relativity is drawn, the project is alone in its cell and needs no bucket.
    """
    edge = np.exp(BUCKET * np.ceil(np.log(some.relativity) / BUCKET))
    return np.where(some.error > 0, some.relativity, np.maximum(edge, some.relativity))


def _cells(some: Projects, cohorts: Cohorts) -> tuple[Rank, Rank]:
    """(first member of each cell, cell of each project)."""
    alone = (some.error > 0) | (cohorts.drawn == "item")
    columns = (
        _codes(some.risk_class),
        _codes(some.groups),
        some.exposed,
        some.entry,
        _ceiling(some),
        np.where(alone, some.item, -1),
    )
    order = np.lexsort(columns[::-1])
    new = np.ones(len(order), bool)
    new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in columns], axis=0)
    cell = np.empty(len(order), np.intp)
    cell[order] = np.cumsum(new) - 1
    return order[new], cell


def _codes(values: Sequence[object]) -> Ints:
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], np.int32)


def _chunk(years: Years, some: Projects) -> tuple[Points, Points]:
    """Failures and respins of projects that fit into one matrix."""
    first, cell = _cells(some, years.cohorts)
    cells = some.take(first)
    ceiling = _ceiling(cells)
    conditions = years.conditions(cells)
    bound = years.failed_by(conditions, years.relativity(cells._replace(relativity=ceiling)))
    outcome = uniforms(some.key[:, None], counters(years.cohorts.years, OUTCOME))
    repeats = _repeats(years, some)
    row, year = np.nonzero((outcome < bound[-1][cell]) | repeats)
    by = bound[:, cell[row], year]
    inside = np.nonzero((some.relativity != ceiling[cell])[row])[0]  # once more, not at the edge
    at_points = conditions.at(cell[row[inside]], year[inside])
    by[:, inside] = years.failed_by(at_points, some.relativity[row[inside]])
    passed = outcome[row, year] >= by  # (n_phases, n_points)
    failed = ~passed[-1]
    phase = respin_phase(years.model, some)[row]
    again = repeats[row, year] & passed[phase, np.arange(len(row))]
    return (
        Points(row=row[failed], year=year[failed], phase=passed[:, failed].sum(axis=0)),
        Points(row=row[again], year=year[again], phase=phase[again]),
    )


def respin_phase(model: "Staged", some: Projects) -> Rank:
    """(n,) the phase after which a project of its class may have to be repeated; 0 if never."""
    names = [*model.phase_names, ""]
    phases = [names.index(model.classes[name].respin_phase) for name in some.risk_class]
    return np.array(phases, np.intp) % len(model.phases)


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
    """Rows of the failures whose cause is insured."""
    pairs = list(zip(some.owner, some.form, strict=True))
    chance = np.stack([years.insured(*pair) for pair in dict.fromkeys(pairs)])
    insured = years.uniform(some, points, CAUSE) < chance[_codes(pairs)[points.row], points.year]
    points = points.keep(insured)
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
    codes = _codes(some.risk_class)[points.row]
    for code, name in enumerate(dict.fromkeys(some.risk_class)):
        prior = years.model.classes[name].respin_cost
        if prior is not None:
            cost[codes == code] = draw(prior.law, uniform[codes == code])
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
