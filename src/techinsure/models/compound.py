"""Perils that strike a unit by chance: claims at a rate, each a ratio of the sum insured.

The claims of an item are a Poisson process, its intensity in a cohort year the posterior rate of
its class times a factor of its route and one of its sector; each strikes one unit. A serial
defect strikes all units of a batch with one ratio. Rates are drawn once per class and cohort
year; patterns, serial shares, what is at stake and variances are held at their means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions.cells import draw
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows, join
from techinsure.models.arrivals import arrivals
from techinsure.models.batches import Batches, batches
from techinsure.models.factors import Cohorts, Simulator
from techinsure.models.grouped_items import Positions
from techinsure.models.hazards import CompoundClass, Hazard, Timing, is_held
from techinsure.models.places import Relativity
from techinsure.models.strikes import RATIO, Struck, members, place_events
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Count,
    Flags,
    Floats,
    Ints,
    Name,
    Real,
    count,
    is_amount,
    is_label,
    refuse_unless,
)
from techinsure.seeding import Keys, keys, of_marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """The parameters of the compound model: perils in order, hazards by class. `route_frailty`
    and `sector_frailty` are variances of gamma factors of mean 1 on the rates of all perils."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["compound"] = "compound"
    perils: dict[str, Timing]
    route_frailty: Prior
    sector_frailty: Prior
    classes: dict[str, CompoundClass]

    def __post_init__(self) -> None:
        faults = [
            Fault(name, {}, "must have at least one entry")
            for name in ("perils", "classes")
            if not getattr(self, name)
        ]
        for name, one in self.classes.items():
            for peril in one.hazards:
                if peril not in self.perils:
                    bound = f"must be one of {', '.join(self.perils)}"
                    faults.append(Fault(f"classes.{name}.hazards.{peril}", peril, bound))
        for name in ("route_frailty", "sector_frailty"):
            prior: Prior = getattr(self, name)
            if prior.mean > 0:
                faults += is_held(name, prior)
        if len(set(self.causes)) < len(self.causes):
            faults.append(Fault("perils", [*self.perils], "must have different names"))
        if faults:
            raise InvalidParameter(faults)

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes of loss: each peril, and apart from it its serial defects."""
        return tuple(
            cause
            for peril, timing in self.perils.items()
            for cause in ((peril,) if timing.serial is None else (peril, f"serial_{peril}"))
        )

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move: rates of claims, and their ratios."""
        return tuple(f"{peril}_{what}" for peril in self.perils for what in ("rate", "ratio"))

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that are laws of single losses, not of rates or probabilities."""
        return ("ratio",)

    @property
    def longest_term(self) -> float:
        """Years that a term may have: beyond, a pattern of policy years says nothing."""
        return min(timing.longest for timing in self.perils.values())

    def independent(self) -> "Compound":
        """The same perils without common factors. A serial defect still strikes a whole batch:
        that is one event, not dependence between events."""
        return replace(
            self,
            route_frailty=self.route_frailty.held(0.0),
            sector_frailty=self.sector_frailty.held(0.0),
        )

    def batches(self, portfolio: Portfolio, items: Ints) -> Batches:
        """`items` (n,), all of one product, by batch; refuses what the model cannot read."""
        return batches(portfolio, items, self.classes, self.perils.values())

    def simulator(self, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
        """What simulates `items` (n_items,), all of one product, in years of the `world`: losses
        of one unit by a peril and of the whole item by a serial defect."""
        if not len(items):
            return lambda _: join([])
        held = self.batches(portfolio, items)
        courses = [course(self, held, peril, world.seed) for peril in self.perils]
        return partial(_simulate, self, held, courses)

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n_items,) in the years of `cohorts`; rows in any order."""
        return self.simulator(portfolio, items, cohorts)(cohorts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The exposure of one contract: `units` equal objects sold together for `price`, currency
    units, which is the sum insured. They are one batch; `route` is the technology they share
    with other contracts."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["contract"] = "contract"
    risk_class: Name
    price: Real
    units: Count = 1
    term_months: Count = 12
    route: str = ""
    sector: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            price=is_amount,
            units=count(1, 100_000),
            term_months=count(1, 120),
            route=is_label,
            sector=is_label,
        )

    def columns(self) -> dict[str, list[object]]:
        """One row: what a schedule of insured objects needs."""
        return {
            "risk_class": [self.risk_class], "sum_insured": [self.price], "units": [self.units],
            "term_months": [self.term_months], "route": [self.route], "sector": [self.sector],
        }  # fmt: skip


class Course(NamedTuple):
    """One peril over all items: its `timing`, relativities of rate and ratio, streams of the
    items (n,) and of the batches (n_batches,), and which items it can strike, `open` (n,)."""

    peril: str
    timing: Timing
    rate: Relativity
    ratio: Relativity
    own: Keys
    joint: Keys
    open: Flags

    def scale(self, held: Batches) -> Floats:
        """(n,) claims of each item that strike one unit alone, per unit of the class's rate."""
        exposure = self.timing.exposure(held.term, held.term)
        return (1 - self.timing.shared) * self.rate.mean * held.units * exposure


def course(model: Compound, held: Batches, peril: str, seed: int) -> Course:
    """What holds of one peril in all years."""
    has = {name for name, one in model.classes.items() if peril in one.hazards}
    return Course(
        peril=peril,
        timing=model.perils[peril],
        rate=held.relativity(f"{peril}_rate", seed),
        ratio=held.relativity(f"{peril}_ratio", seed),
        own=keys(seed, f"compound/{peril}", held.ids),
        joint=keys(seed, f"compound/serial_{peril}", held.names),
        open=np.array([name in has for name in held.risk_class], bool),
    )


def intensities(
    model: Compound, held: Batches, peril: str, rows: Positions, owners: list[str], cohorts: Cohorts
) -> tuple[Floats, Positions]:
    """Claims per unit of exposure at relativity 1, (n_clocks, n_years), of the items at `rows`
    (n_rows,), and the clock of each: posterior rate of each one's owner times its factors."""
    factors = (("route", model.route_frailty.mean), ("sector", model.sector_frailty.mean))
    clocks: dict[tuple[str, str, tuple[tuple[str, float], ...]], int] = {}
    clock = np.zeros(len(rows), np.intp)
    for place, (row, owner) in enumerate(zip(rows.tolist(), owners, strict=True)):
        shared = tuple(
            (_factor(held, row, of), variance) for of, variance in factors if variance > 0
        )
        clock[place] = clocks.setdefault((owner, held.risk_class[row], shared), len(clocks))
    steps = np.zeros((len(clocks), cohorts.n))
    for (owner, risk_class, shared), number in clocks.items():
        prior = model.classes[risk_class].hazards[peril].rate
        steps[number] = cohorts.posterior(owner, f"{peril}_rate", prior)
        for name, variance in shared:
            steps[number] *= cohorts.frailty(name, variance)
    return steps, clock


def _factor(held: Batches, row: int, of: str) -> str:
    """The factor of the route or sector of an item; a batch that names none has its own."""
    label = held.label(of, row)
    return f"{held.product}/perils/{of}/{label}" if label else f"{held.name_of(row)}/{of}"


def item_owners(held: Batches, rows: Positions, cohorts: Cohorts) -> list[str]:
    """Whose posterior draw each item at `rows` (n_rows,) uses."""
    return [cohorts.owner(_class(held, row), held.ids[row]) for row in rows.tolist()]


def batch_owners(held: Batches, rows: Positions, cohorts: Cohorts) -> list[str]:
    """Whose posterior draw the serial defects of the batches led by `rows` (n_rows,) use."""
    return [cohorts.owner(_class(held, row), held.name_of(row)) for row in rows.tolist()]


def _class(held: Batches, row: int) -> str:
    return f"{held.product}/{held.risk_class[row]}"


def _simulate(
    model: Compound, held: Batches, courses: Sequence[Course], cohorts: Cohorts
) -> Rows:  # fmt: skip
    whole = cohorts.whole()
    return cohorts.only(
        join([rows for one in courses for rows in _losses(model, held, one, whole)])
    )


def _losses(model: Compound, held: Batches, one: Course, cohorts: Cohorts) -> Iterator[Rows]:
    if one.open.any():
        yield _alone(model, held, one, cohorts)
        if one.timing.serial is not None:
            yield _serial(model, held, one, cohorts)


def _alone(model: Compound, held: Batches, one: Course, cohorts: Cohorts) -> Rows:
    """Claims that strike one unit of one item."""
    rows = np.nonzero(one.open)[0]
    owners = item_owners(held, rows, cohorts)
    steps, clock = intensities(model, held, one.peril, rows, owners, cohorts)
    found = arrivals(
        one.own[rows], cohorts.block, clock, steps, one.scale(held)[rows],
        one.rate.swings(rows),
    )  # fmt: skip
    row = rows[found.source]
    time = held.inception[row] + one.timing.elapsed(found.when, held.term[row])
    events = Struck(row, found.year, time, found.mark, np.zeros(len(row)))
    return _damage(model, held, one, one.peril, events, row, held.sum_insured / held.units, cohorts)


def _serial(model: Compound, held: Batches, one: Course, cohorts: Cohorts) -> Rows:
    """Defects of a design: an item is struck, all its units at once, where the event's height is
    below the item's relativity times its pattern."""
    lead = held.lead[one.open[held.lead]]
    owners = batch_owners(held, lead, cohorts)
    steps, of = intensities(model, held, one.peril, lead, owners, cohorts)
    clock = np.zeros(len(held.names), np.intp)
    clock[held.batch[lead]] = of
    highest = np.where(one.open, one.rate.ceiling, 0.0) * one.timing.levels.max()
    reach = np.maximum.reduceat(highest, held.lead)
    events = place_events(cohorts, one.joint, clock, steps * one.timing.shared, reach, held.slices)
    event, row = members(held.first, events.place)
    events = events.at(event)
    level = one.timing.level(events.time - held.inception[row])
    height = one.rate.at(row, cohorts.years[events.year]) * level
    hit = (events.height < height) & held.in_force(row, events.time)
    cause = f"serial_{one.peril}"
    return _damage(model, held, one, cause, events.at(hit), row[hit], held.sum_insured, cohorts)


def _damage(
    model: Compound, held: Batches, one: Course, cause: str, events: Struck, row: Positions,
    value: Floats, cohorts: Cohorts,
) -> Rows:  # fmt: skip
    """Rows of the items at `row` (n_rows,) struck by `events` (n_rows,): the ratio that the event
    draws from its class's law, times the item's relativity, of what is at stake of `value` (n,)."""
    uniform, loss = of_marks(events.mark, RATIO), np.zeros(len(row))
    factor = one.ratio.at(row, cohorts.years[events.year])
    for hazard, items in held.by_hazard(model.classes, one.peril):
        of = np.zeros(len(held), bool)
        of[items] = True
        here = np.nonzero(of[row])[0]
        ratio = np.minimum(drawn_ratio(hazard, uniform[here]) * factor[here], hazard.most)
        loss[here] = hazard.stake * ratio * value[row[here]]
    return Rows(
        year=events.year.astype(np.int32), time=events.time, reported=events.time,
        item=held.item[row], event=events.mark,
        cause=np.full(len(row), held.portfolio.causes.index(cause), dtype=np.int8), loss=loss,
    )  # fmt: skip


def drawn_ratio(hazard: Hazard, uniform: Floats) -> Floats:
    """(n,) ratios at the quantiles `uniform` (n,): in cells where the law is bounded, exact where
    its tail has no end."""
    law = hazard.ratio.law
    return law.quantile(uniform) if hazard.most > 1 else draw(law, uniform)
