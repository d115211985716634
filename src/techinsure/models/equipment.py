"""Equipment of laboratories and plants: breakdown and accident by item, fire by site,
catastrophe by park, and the interruption that follows.

Breakdowns and accidents of an item are a Poisson process, its intensity in a cohort year the
posterior rate times a factor of the park and one of the sector; each strikes one unit. A fire
strikes all items of a site, a catastrophe those of a park, with one damage ratio each. Rates and
shares of catastrophes are drawn once per class (the rate of catastrophes once per product) and
cohort year; variances of factors and the supply shock are held at their means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions.cells import draw
from techinsure.evidence.priors import Prior
from techinsure.losses.rows import Rows, join
from techinsure.models.factors import Cohorts, Simulator
from techinsure.models.grouped_items import Positions
from techinsure.models.perils import EquipmentClass, RepairShock, is_rate
from techinsure.models.places import Places, Relativity, places
from techinsure.models.strikes import (
    DAYS,
    RATIO,
    Frailty,
    Struck,
    draws,
    highest,
    item_events,
    members,
    place_events,
)
from techinsure.portfolio import Portfolio
from techinsure.quantities import (
    FORBID,
    Count,
    Flag,
    Floats,
    Ints,
    Name,
    Real,
    count,
    each,
    is_amount,
    is_label,
    refuse_unless,
)
from techinsure.seeding import Keys, bits, keys, of_marks

CAUSES = ("breakdown", "accident", "fire", "catastrophe", "interruption")
TARGETS = (
    "breakdown_rate", "accident_rate", "fire_rate", "catastrophe_rate",
    "breakdown_ratio", "accident_ratio", "fire_ratio", "catastrophe_ratio", "days",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The parameters of the equipment model. `catastrophe_rate` per park-year, one draw for all
    classes; `park_frailty` and `sector_frailty` are variances of gamma factors of mean 1 on the
    breakdown and accident rates."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["equipment"] = "equipment"
    catastrophe_rate: Prior
    park_frailty: Prior
    sector_frailty: Prior
    supply_shock: RepairShock
    classes: dict[str, EquipmentClass]

    def __post_init__(self) -> None:
        refuse_unless(self, catastrophe_rate=is_rate, classes=each(is_label, at_least=1))

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes of loss, as a portfolio must name them."""
        return CAUSES

    @property
    def targets(self) -> tuple[str, ...]:
        """What rating factors may move: rates of events, damage ratios (capped at 1), days."""
        return TARGETS

    @property
    def amounts(self) -> tuple[str, ...]:
        """The parameters that are laws of single losses, not of rates or probabilities."""
        return ("ratio", "catastrophe_ratio", "interruption_days")

    @property
    def frailty(self) -> Frailty:
        """The variances of the common factors of breakdowns and accidents."""
        return Frailty(self.park_frailty.mean, self.sector_frailty.mean)

    def independent(self) -> "Equipment":
        """The same perils without common factors and without supply shocks. A catastrophe still
        strikes a whole park: that is one event, not dependence between events."""
        return replace(
            self,
            park_frailty=self.park_frailty.held(0.0),
            sector_frailty=self.sector_frailty.held(0.0),
            supply_shock=self.supply_shock.never(),
        )

    def rates(self, peril: str) -> dict[str, Prior]:
        """The prior of the rate of breakdown, accident or fire, by class."""
        return {name: one.peril(peril).rate for name, one in self.classes.items()}

    def simulator(self, portfolio: Portfolio, items: Ints, world: Cohorts) -> Simulator:
        """What simulates `items` (n_items,), all of one product, in years of the `world`: losses
        of one unit by breakdown and accident, of the whole item by fire and catastrophe."""
        placed = places(portfolio, items, tuple(self.classes))
        return partial(_simulate, Known(self, placed, world.seed))

    def simulate(self, portfolio: Portfolio, items: Ints, cohorts: Cohorts) -> Rows:
        """Ground-up losses of `items` (n_items,) in the years of `cohorts`."""
        return self.simulator(portfolio, items, cohorts)(cohorts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """`units` equal items of `value` each, currency units; `factors` of these items alone."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: str = ""
    value: Real
    units: Count = 1
    supply_exposed: Flag = False
    factors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_unless(self, name=is_label, value=is_amount, units=count(1, 100_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The exposure of one site: a risk unit, burnt by one fire."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["site"] = "site"
    risk_class: Name = "lab"
    items: tuple[Instrument, ...]
    park: str = ""
    sector: str = ""
    term_months: Count = 12

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            items=each(lambda *_: (), 1),
            park=is_label,
            sector=is_label,
            term_months=count(1, 120),
        )

    def columns(self) -> dict[str, list[object]]:
        """One row an instrument: what a schedule of insured objects needs."""
        n = len(self.items)
        named = sorted({name for item in self.items for name in item.factors})
        columns: dict[str, list[object]] = {
            "risk_class": [self.risk_class] * n,
            "sum_insured": [item.value * item.units for item in self.items],
            "units": [item.units for item in self.items],
            "supply_exposed": [item.supply_exposed for item in self.items],
            "site": ["site"] * n, "park": [self.park] * n, "sector": [self.sector] * n,
            "term_months": [self.term_months] * n,
        }  # fmt: skip
        return columns | {name: [i.factors.get(name, "") for i in self.items] for name in named}


def relativity(placed: Places, target: str, seed: int) -> Relativity:
    """A target's relativities. Rates and ratios of breakdown and accident are the item's own;
    fire, catastrophe and days are the site's: an unknown level is one draw for all its items."""
    return placed.relativity(target, seed, shared=not target.startswith(("breakdown", "accident")))


def repair_factors(model: Equipment, placed: Places, peril: str) -> Floats:
    """(2, n) what multiplies each item's damage ratio: without and with a supply shock."""
    factors, mean = np.ones((2, len(placed))), placed.column(f"{peril}_ratio", 1.0)
    exposed = np.nonzero(placed.supply_exposed)[0]
    for name, here in placed.by_class(exposed):
        prior = model.classes[name].ratio(peril)
        factors[:, exposed[here]] = model.supply_shock.factors(prior, mean[exposed[here]])
    return factors


def fire_draws(model: Equipment, placed: Places, cohorts: Cohorts) -> tuple[Floats, Positions]:
    """Draws (n_distinct, n_years) of fires per site-year at relativity 1, and which of them each
    site (n_sites,) has."""
    rates = model.rates("fire")
    priors = [rates[name] for name in placed.classes_at(placed.lead)]
    owners = placed.owners(cohorts, placed.lead, by_site=True)
    return draws(cohorts, owners, "fire_rate", priors)


def catastrophe_draws(
    model: Equipment, placed: Places, cohorts: Cohorts
) -> tuple[Floats, Positions]:
    """Draws (n_distinct, n_years) of catastrophes per park-year, and which of them each park
    (n_parks,) has."""
    owners = [cohorts.owner(placed.product, name) for name in placed.park_names]
    return draws(cohorts, owners, "catastrophe_rate", [model.catastrophe_rate] * len(owners))


def share_draws(model: Equipment, placed: Places, cohorts: Cohorts) -> tuple[Floats, Positions]:
    """Draws (n_distinct, n_years) of the share of catastrophes that damage a site, and which of
    them each site (n_sites,) has."""
    priors = [model.classes[name].catastrophe_share for name in placed.classes_at(placed.lead)]
    owners = placed.owners(cohorts, placed.lead, by_site=True)
    return draws(cohorts, owners, "catastrophe_share", priors)


class Known:
    """What holds in all years: relativities by target, repair factors by peril, and keys of
    streams by purpose; made when first asked for."""

    def __init__(self, model: Equipment, placed: Places, seed: int) -> None:
        self.model, self.placed, self.seed = model, placed, seed
        self.relativity = cache(self._relativity)
        self.repair = cache(self._repair)
        self.stream = cache(self._stream)

    def _relativity(self, target: str) -> Relativity:
        return relativity(self.placed, target, self.seed)

    def _repair(self, peril: str) -> Floats:
        return repair_factors(self.model, self.placed, peril)

    def _stream(self, purpose: str) -> Keys:
        placed = self.placed
        sites = {"fire": placed.site_names, "interruption": placed.site_names}
        names = sites | {"catastrophe": placed.park_names}
        return keys(self.seed, purpose, names.get(purpose) or placed.ids)


def _simulate(known: Known, cohorts: Cohorts) -> Rows:
    return cohorts.only(join([*_losses(known, cohorts.whole())]))


def _losses(known: Known, cohorts: Cohorts) -> Iterator[Rows]:
    if len(known.placed):
        yield from _by_item(known, cohorts, "breakdown")
        yield from _by_item(known, cohorts, "accident")
        yield from _fires(known, cohorts)
        yield from _catastrophes(known, cohorts)


def _by_item(known: Known, cohorts: Cohorts, peril: str) -> Iterator[Rows]:
    """Breakdowns or accidents: one unit of one item each."""
    model, placed = known.model, known.placed
    rate = known.relativity(f"{peril}_rate")
    events = item_events(
        placed, cohorts, peril, known.stream(peril), model.rates(peril), rate, model.frailty
    )
    shock = cohorts.shock("supply", model.supply_shock.probability.mean)[events.year]
    repair = known.repair(peril)[shock.astype(np.intp), events.place]
    value = placed.sum_insured / placed.units
    yield _damage(known, cohorts, peril, events, events.place, value, repair)
    stopped = events.at(placed.daily_cost[events.place] > 0)
    factor = known.relativity("days").at(stopped.place, cohorts.years[stopped.year])
    yield _interrupted(known, stopped.place, stopped, stopped.mark, factor)


def _fires(known: Known, cohorts: Cohorts) -> Iterator[Rows]:
    """Fires of a site: as many as its item of the highest relativity brings; all items lose."""
    model, placed = known.model, known.placed
    rate = known.relativity("fire_rate")
    steps, clock = fire_draws(model, placed, cohorts)
    reach = placed.highest_on_site(rate.ceiling)
    fires = place_events(cohorts, known.stream("fire"), clock, steps, reach, placed.slices)
    event, item = members(placed.first, fires.place)
    fires = fires.at(fires.height < highest(event, rate.at(item, cohorts.years[fires.year[event]])))
    event, item = members(placed.first, fires.place)
    hit = placed.asked[item] & placed.in_force(item, fires.time[event])
    yield _damage(known, cohorts, "fire", fires.at(event[hit]), item[hit], placed.sum_insured)
    yield _site_interrupted(known, cohorts, fires)


def _catastrophes(known: Known, cohorts: Cohorts) -> Iterator[Rows]:
    """Catastrophes of a park: an item is hit where the event's height is below the share of its
    class times its relativity; all items hit have one uniform for their damage ratios."""
    model, placed = known.model, known.placed
    rate = known.relativity("catastrophe_rate")
    steps, clock = catastrophe_draws(model, placed, cohorts)
    reach = np.maximum.reduceat(rate.ceiling, placed.park_first[:-1])
    stream = known.stream("catastrophe")
    events = place_events(cohorts, stream, clock, steps, reach, placed.slices)
    event, item = members(placed.park_first, events.place)
    share, which = share_draws(model, placed, cohorts)
    site, year = placed.site[item], events.year[event]
    height = share[which[site], year] * rate.at(item, cohorts.years[year])
    hit = (events.height[event] < height) & placed.in_force(item, events.time[event])
    event, item, site = event[hit], item[hit], site[hit]
    asked = placed.asked[item]
    yield _damage(
        known, cohorts, "catastrophe", events.at(event[asked]), item[asked],
        placed.sum_insured,
    )  # fmt: skip
    new = (np.diff(event, prepend=-1) != 0) | (np.diff(site, prepend=-1) != 0)
    struck = events.at(event[new])._replace(place=site[new])
    yield _site_interrupted(known, cohorts, struck)


def _damage(
    known: Known, cohorts: Cohorts, peril: str, events: Struck,
    item: Positions, value: Floats, repair: Floats | float = 1.0,
) -> Rows:  # fmt: skip
    """Rows of `item` (n_rows,) struck by `events` (n_rows,): the damage ratio that the event
    draws from the class's law, times the item's relativity and the `repair` factor, at most 1,
    of `value` (n,)."""
    model, placed = known.model, known.placed
    drawn, ratio = of_marks(events.mark, RATIO), np.zeros(len(item))
    for name, here in placed.by_class(item):
        ratio[here] = draw(model.classes[name].ratio(peril).law, drawn[here])
    factor = known.relativity(f"{peril}_ratio")
    ratio *= factor.at(item, cohorts.years[events.year]) * repair
    return _rows(placed, peril, item, events, np.minimum(ratio, 1.0) * value[item])


def _site_interrupted(known: Known, cohorts: Cohorts, events: Struck) -> Rows:
    """One interruption for each event and site (`events.place`), on the item that leads it."""
    placed = known.placed
    lead = placed.lead[events.place]
    stopped = placed.asked[lead] & (placed.daily_cost[lead] > 0)
    stopped &= placed.in_force(lead, events.time)
    events, lead = events.at(stopped), lead[stopped]
    event, item = members(placed.first, events.place)
    days = known.relativity("days")
    factor = highest(event, days.at(item, cohorts.years[events.year[event]]))
    site = known.stream("interruption")[events.place]
    stream = bits(site, events.mark)  # the sites of a park recover each in its own time
    return _interrupted(known, lead, events, stream, factor)


def _interrupted(
    known: Known, item: Positions, events: Struck, stream: Keys, factor: Floats
) -> Rows:
    """Rows of the interruption that each event starts: the days beyond `waiting_days`, at most
    `indemnity_days` of them, at `daily_cost`."""
    model, placed = known.model, known.placed
    drawn, days = of_marks(stream, DAYS), np.zeros(len(item))
    for name, here in placed.by_class(item):
        days[here] = model.classes[name].interruption_days.law.quantile(drawn[here])
    beyond = np.maximum(days * factor - placed.waiting_days[item], 0.0)
    payable = np.minimum(beyond, placed.indemnity_days[item])
    return _rows(placed, "interruption", item, events, payable * placed.daily_cost[item])


def _rows(placed: Places, cause: str, item: Positions, events: Struck, loss: Floats) -> Rows:
    code = placed.portfolio.causes.index(cause)
    return Rows(
        year=events.year.astype(np.int32), time=events.time, reported=events.time,
        item=placed.item[item], event=events.mark,
        cause=np.full(len(item), code, dtype=np.int8), loss=loss,
    )  # fmt: skip
