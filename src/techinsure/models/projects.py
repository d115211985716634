"""The columns of projects, and what a block of years holds for them: draws, factors, shock.

Both engines read projects through this file: `trials` simulates them, `exact.staged` integrates.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.distributions import Law
from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.kernels import compiled
from techinsure.models.factors import Cohorts
from techinsure.models.phases import compensated, rated, remaining
from techinsure.models.stages import Groups, Stages, Threshold
from techinsure.models.thresholds import CURVE, NORMAL, logits, passed, reach, scores
from techinsure.portfolio import Labels, Portfolio
from techinsure.quantities import Flags, Floats, Ints, nearest
from techinsure.seeding import Keys, counters, keys, uniforms, yearly

KEPT = 128
"""Draws and factors of one block that are kept at most, of each kind."""

Rank = NDArray[np.intp]


class Projects(NamedTuple):
    """Columns of some projects, one entry each. `key`: the project's stream, `odds_key` that of
    its relativity. `groups`: the factors it shares. `relativity` of the odds with its coefficient
    of variation `error`; `entry` the number of the entry phase; `respin` whether it is insured;
    amounts in currency units."""

    item: Ints
    key: Keys
    odds_key: Keys
    owner: list[str]
    risk_class: list[str]
    form: list[str]
    groups: list[Groups]
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


def projects(model: Stages, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Projects:
    """The columns of `items` (n,), or an error naming everything the model cannot read."""
    ids = [portfolio.ids[i] for i in items]
    names = [portfolio.risk_class[i] for i in items]
    classes = [name.split("/", 1)[-1] for name in names]
    forms = [_form(portfolio)[i] for i in items]
    for what, given, known in (
        ("risk class", classes, list(model.classes)),
        ("policy form", forms, list(model.insured_cause)),
    ):
        for name in dict.fromkeys(given):
            if name not in known:
                raise NotFound(what, name, known, nearest(name, known))
    columns = {name: _input(portfolio, name, items, usual) for name, usual in INPUTS.items()}
    repeatable = np.array([model.classes[name].respin is not None for name in classes], bool)
    _refuse_inputs(columns, portfolio.units[items], len(model.phases), repeatable)
    groups = [
        model.dependence.groups(portfolio.product[i], portfolio.route[i], portfolio.sector[i])
        for i in items
    ]
    return Projects(
        item=items.astype(np.int32),
        key=keys(cohorts.seed, "project", ids),
        odds_key=keys(cohorts.seed, "relativity", [f"{own}/odds" for own in ids]),
        owner=[cohorts.owner(name, own) for name, own in zip(names, ids, strict=True)],
        risk_class=classes,
        form=forms,
        groups=groups,
        exposed=portfolio.supply_exposed[items].astype(bool),
        relativity=columns["odds"],
        error=columns["odds_error"],
        entry=columns["entry_phase"].astype(np.int32),
        respin=columns["respin"] > 0,
        sum_insured=portfolio.sum_insured[items],
        inception=portfolio.inception[items],
        term=portfolio.term[items],
    )


INPUTS = {"odds": 1.0, "odds_error": 0.0, "entry_phase": 0.0, "respin": 0.0}
"""Inputs of a portfolio that are read, and what stands for one that is absent."""


def _input(portfolio: Portfolio, name: str, items: Ints, usual: float) -> Floats:
    column = portfolio.inputs.get(name)
    given = np.full(len(items), np.nan) if column is None else column[items]
    return np.where(np.isnan(given), usual, given)


def _form(portfolio: Portfolio) -> Labels:
    if "form" not in portfolio.factors:
        fix = "label each project with its policy form"
        raise InvalidParameter([Fault("factors", list(portfolio.factors), "must have form", fix)])
    return portfolio.factors["form"]


def _refuse_inputs(
    columns: dict[str, Floats], units: Ints, n_phases: int, repeatable: Flags
) -> None:
    odds, error, entry, respin = columns.values()
    known = (entry >= 0) & (entry < n_phases) & (entry == np.floor(entry))
    wrong: dict[str, tuple[Floats | Ints, Flags, str]] = {
        "inputs.odds": (odds, ~((odds > 0) & np.isfinite(odds)), "must be > 0 and finite"),
        "inputs.odds_error": (error, ~((error >= 0) & np.isfinite(error)), "must be >= 0"),
        "inputs.entry_phase": (entry, ~known, f"must be one of 0, ..., {n_phases - 1}"),
        "inputs.respin": (
            respin,
            (respin > 0) & ~repeatable,
            "must be 0 in a class without respin",
        ),
        "units": (units, units != 1, "must be 1: give each project a row of its own"),
    }
    faults = [
        Fault(name, column[np.argmax(bad)].item(), bound)
        for name, (column, bad, bound) in wrong.items()
        if bad.any()
    ]
    if faults:
        raise InvalidParameter(faults)


def respin_phase(model: Stages, some: Projects) -> Rank:
    """(n,) the phase that may have to be repeated in a project's class; 0 if there is none."""
    names = [*model.phase_names, ""]
    phases = [names.index(model.classes[name].respin_phase) for name in some.risk_class]
    return np.array(phases, np.intp) % len(model.phases)


def codes(values: Iterable[object]) -> Rank:
    """(n,) the number of each value, in order of first appearance."""
    known: dict[object, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], np.intp)


class Points(NamedTuple):
    """Some years of some projects: position of the project, year within the block, phase."""

    row: Rank
    year: Rank
    phase: Rank

    def keep(self, which: Flags) -> "Points":
        """Some of the points."""
        return Points(self.row[which], self.year[which], self.phase[which])


class Shared(NamedTuple):
    """Cells `drawn` (n_owners, n_phases, n_years) and the owner of each project (n,); its `lift`
    in the years `struck` (n_years,); `pull` (n_groups, n_phases, n_years) and the group of each;
    its `spread`."""

    drawn: NDArray[np.int64]
    owner: Rank
    lift: Floats
    struck: Floats
    pull: Floats
    group: Rank
    spread: Floats


class Years:
    """Draws and factors of a block of years, made when first asked for and kept for the block."""

    def __init__(self, model: Stages, cohorts: Cohorts) -> None:
        self.model, self.cohorts = model, cohorts
        self.failing = lru_cache(KEPT)(self._failing)
        self.drawn = lru_cache(KEPT)(self._drawn)
        self.rated = lru_cache(KEPT)(self._rated)
        self.insured = lru_cache(KEPT)(self._insured)
        self.respin = lru_cache(KEPT)(self._respin)
        self.pull = lru_cache(KEPT)(self._pull)
        self.budget = remaining(np.array([phase.budget_share.mean for phase in model.phases]))
        self.course = remaining(np.array([phase.duration.mean for phase in model.phases]))
        self.struck = cohorts.shock("supply", model.supply_shock.probability.mean)

    def uniform(self, some: Projects, points: Points, slot: int) -> Floats:
        """(n_points,) uniforms of the projects' own streams."""
        years = self.cohorts.years[points.year]
        return yearly(some.key[points.row], years, slot)

    def failed_by(self, some: Projects) -> Floats:
        """(n_phases, n, n_years) P(failed by each phase | draws, factors, shock)."""
        return self.model.dependence.failed_by(
            np.stack([self._prepared_of(some, i) for i in range(len(some.item))], axis=1),
            self._lift(some.exposed[:, None] & self.struck),
            np.stack([self.pull(groups) for groups in some.groups], axis=1),
            self._spread(some)[:, None],
        )

    def reach(self, cells: Projects) -> Floats:
        """(n, n_years) P(failed by the last phase | draws, factors, shock) of projects of known
        relativity, from above: within 1e-5 where a table serves, exact elsewhere."""
        if not self._is_tabled(cells):
            by: Floats = self.failed_by(cells)[-1]
            return by
        columns = zip(cells.risk_class, cells.relativity, cells.entry, strict=True)
        tables = [scores(self._laws(name), float(by), int(entry)) for name, by, entry in columns]
        return compiled(reach)(np.array(tables), *self._shared(cells), *NORMAL)

    def _is_tabled(self, some: Projects) -> bool:
        """Whether probabilities are drawn by cells and phases fail by thresholds that no shock
        has compensated: then tables and compiled loops serve."""
        moved = self.model.supply_shock.compensated and some.exposed.any()
        return not moved and self.cohorts.drawn != "fixed" and isinstance(
            self.model.dependence, Threshold
        )  # fmt: skip

    def _shared(self, some: Projects) -> "Shared":
        """What the projects share, and what each has of it."""
        owners = list(zip(some.owner, some.risk_class, strict=True))
        drawn = [self.drawn(*owner) for owner in dict.fromkeys(owners)]
        pull = [self.pull(group) for group in dict.fromkeys(some.groups)]
        return Shared(
            np.array(drawn), codes(owners), self._lift(some.exposed),
            self.struck.astype(np.float64), np.array(pull), codes(some.groups),
            self._spread(some),
        )  # fmt: skip

    def passed(self, some: Projects, points: Points, slot: int) -> Rank:
        """(n_points,) how many phases, those before entry among them, the uniform in `slot` lets
        each project pass in that year."""
        if not self._is_tabled(some) or not len(points.row):
            by = self.failed_by_at(some, points)
            count: Rank = (self.uniform(some, points, slot) >= by).sum(axis=0)
            return count
        names = list(dict.fromkeys(some.risk_class))
        sigma = np.sqrt(np.log1p(some.error**2))
        return compiled(passed)(
            points.row, points.year, some.key, slot, some.odds_key, np.log(some.relativity), sigma,
            some.entry.astype(np.int64), np.array([logits(self._laws(name)) for name in names]),
            codes(some.risk_class), *self._shared(some), self.cohorts.first, *CURVE, *NORMAL,
        )  # fmt: skip

    def failed_by_at(self, some: Projects, points: Points) -> Floats:
        """(n_phases, n_points) the same at points."""
        row, year = points.row, points.year
        pairs = list(zip(some.owner, some.risk_class, strict=True))
        base = _table([self.failing(*pair) for pair in dict.fromkeys(pairs)], codes(pairs), points)
        pull = _table(
            [self.pull(groups) for groups in dict.fromkeys(some.groups)], codes(some.groups), points
        )
        relativity = some.relativity[row]
        unknown = np.nonzero(some.error[row])[0]
        which = row[unknown]
        uniform = uniforms(some.odds_key[which], counters(self.cohorts.years[year[unknown]]))
        relativity[unknown] *= uncertainty(some.error[which], uniform)
        return self.model.dependence.failed_by(
            self._prepared(base, relativity, some.entry[row], some.exposed[row]),
            self._lift(some.exposed[row] & self.struck[year]),
            pull,
            self._spread(some)[row],
        )

    def _prepared_of(self, some: Projects, i: int) -> Floats:
        """(n_phases, n_years) `_prepared` probabilities of one project."""
        about = (some.owner[i], some.risk_class[i])
        relativity, entry, exposed = (x[i] for x in (some.relativity, some.entry, some.exposed))
        if some.error[i] == 0:
            return self.rated(*about, float(relativity), int(entry), bool(exposed))
        uniform = uniforms(some.odds_key[i], counters(self.cohorts.years))
        drawn = relativity * uncertainty(some.error[i], uniform)
        return self._prepared(self.failing(*about), drawn, entry, exposed)

    def _failing(self, owner: str, risk_class: str) -> Floats:
        """(n_phases, n_years) drawn probabilities of failure, before relativities."""
        priors = self.model.classes[risk_class].fail
        names = self.model.phase_names
        return np.array(
            [self.cohorts.posterior(owner, f"fail/{name}", priors[name]) for name in names]
        )

    def _laws(self, risk_class: str) -> tuple[Law, ...]:
        priors = self.model.classes[risk_class].fail
        return tuple(priors[name].law for name in self.model.phase_names)

    def _drawn(self, owner: str, risk_class: str) -> NDArray[np.int64]:
        """(n_phases, n_years) the cells of the drawn probabilities of failure."""
        names = self.model.phase_names
        return np.array([self.cohorts.posterior_cells(owner, f"fail/{name}") for name in names])

    def _insured(self, owner: str, form: str) -> Floats:
        """(n_years,) drawn probabilities that the cause of a failure is insured."""
        prior = self.model.insured_cause[form]
        return self.cohorts.posterior(owner, f"insured_cause/{form}", prior)

    def _respin(self, owner: str, risk_class: str) -> Floats:
        """(n_years,) drawn probabilities that a passed tape-out must be repeated."""
        prior = self.model.classes[risk_class].respin
        assert prior is not None
        return self.cohorts.posterior(owner, "respin", prior)

    def _pull(self, groups: Groups) -> Floats:
        return self.model.dependence.pull(self.cohorts, self.model.phase_names, groups)

    def _spread(self, some: Projects) -> Floats:
        return np.array([self.model.dependence.spread(groups) for groups in some.groups])

    def _lift(self, struck: Flags) -> Floats:
        return np.where(struck, self.model.supply_shock.shift.mean, 0.0)

    def _rated(
        self, owner: str, risk_class: str, relativity: float, entry: int, exposed: bool
    ) -> Floats:
        base = self.failing(owner, risk_class)
        return self._prepared(base, np.array(relativity), np.array(entry), np.array(exposed))

    def _prepared(self, base: Floats, relativity: Floats, entry: Ints, exposed: Flags) -> Floats:
        """(n_phases, n) probabilities at `relativity`, 0 before `entry`, those of years without
        shock where it is compensated; in the form that the dependence works with."""
        chance = rated(base, relativity)
        chance = np.where(np.arange(len(base))[:, None] >= entry, chance, 0.0)
        shock = self.model.supply_shock
        if shock.compensated and exposed.any():
            calm = compensated(chance, shock.probability.mean, shock.shift.mean)
            chance = np.where(exposed, calm, chance)
        return self.model.dependence.prepared(chance)


def uncertainty(error: Floats, uniform: Floats) -> Floats:
    """What a relativity that is not known is multiplied with: lognormal of mean 1 and coefficient
    of variation `error`; arrays broadcast."""
    sigma = np.sqrt(np.log1p(error * error))
    factor: Floats = np.exp(sigma * special.ndtri(uniform) - sigma * sigma / 2)
    return factor


def _table(arrays: list[Floats], which: Rank, points: Points) -> Floats:
    """(n_phases, n_points): each point's column of the array (n_phases, n_years) of its row."""
    table = np.stack(arrays, axis=1)
    place = which[points.row] * table.shape[2] + points.year
    columns: Floats = table.reshape(len(table), -1).take(place, axis=1)
    return columns
