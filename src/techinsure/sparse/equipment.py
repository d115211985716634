"""Equipment of one site as a sparse risk: breakdown, accident, fire, catastrophe.

Rates, common factors and the supply shock are discrete laws; given them events are Poisson. An
event has three marks: its damage ratio, the days it stops the site, and where it strikes (the item
of a breakdown or accident, the height of a catastrophe), from which its losses follow as in the
simulation. Holds any terms that `cover` holds, in order of time.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Gamma, Point
from techinsure.distributions.cells import draw
from techinsure.errors import Undefined
from techinsure.models.equipment import CAUSES, TARGETS, Equipment, relativity, repair_factors
from techinsure.models.grouped_items import Positions
from techinsure.models.perils import EquipmentClass
from techinsure.models.places import Places, places
from techinsure.portfolio import Portfolio
from techinsure.quantities import FORBID, Floats, Ints
from techinsure.sparse.claims import Claims, Terms
from techinsure.sparse.policies import Losses, payments
from techinsure.sparse.risk import Risk, Source, Uniform
from techinsure.sparse.rules import Rule, multiplied, rule, together

PERILS = CAUSES[:4]
OF_ITEM = PERILS[:2]

_ANY = 0
"""A seed for what depends on no draw."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteTerms:
    """What the policy of the site `placed` pays for claims of `sources`: the peril of each, and
    whether it is one in a year of a supply shock (0 or 1)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    model: Equipment
    placed: Places
    sources: tuple[tuple[str, int], ...]

    def __call__(self, claims: Claims) -> Floats:
        """(n_scenarios,) payments, currency units."""
        parts = list[Losses]()
        for number, (peril, shock) in enumerate(self.sources):
            here = np.nonzero(claims.source == number)[0]
            of = self._of_item if peril in OF_ITEM else self._of_site
            parts += of(claims, here, peril, shock)
        return payments(self.placed.portfolio, claims, parts)

    def _of_item(self, claims: Claims, here: Positions, peril: str, shock: int) -> list[Losses]:
        placed = self.placed
        ratio, days, where = claims.sizes[:, here]
        asked, events = _events(placed, peril)
        upto = np.cumsum(events) / events.sum() if events.sum() > 0 else np.ones(len(asked))
        place = asked[np.minimum(np.searchsorted(upto, where, side="right"), len(asked) - 1)]
        value = placed.sum_insured / placed.units
        repair = repair_factors(self.model, placed, peril)[shock]
        damage = self._damage(peril, ratio, place, repair) * value[place]
        stops = placed.daily_cost[place] > 0
        factor = relativity(placed, "days", _ANY).mean[place]
        cost = self._stopped(days * factor, place)
        return [
            Losses(peril, here, placed.item[place], damage),
            Losses("interruption", here[stops], placed.item[place[stops]], cost[stops]),
        ]

    def _of_site(self, claims: Claims, here: Positions, peril: str, _: int) -> list[Losses]:
        placed = self.placed
        ratio, days, height = claims.sizes[:, here]
        asked = np.nonzero(placed.asked)[0]
        which, number = np.divmod(np.arange(len(here) * len(asked)), len(asked))
        place = asked[number]
        if peril == "catastrophe":
            rate = relativity(placed, "catastrophe_rate", _ANY).mean
            hit = height[which] * rate.max() < rate[place]
            which, place = which[hit], place[hit]
        damage = self._damage(peril, ratio[which], place, np.ones(len(placed)))
        parts = [Losses(peril, here[which], placed.item[place], damage * placed.sum_insured[place])]
        lead = placed.lead[0]
        if placed.asked[lead] and placed.daily_cost[lead] > 0:
            factor = relativity(placed, "days", _ANY).mean.max()
            at = np.full(len(here), lead)
            cost = self._stopped(days * factor, at)
            parts.append(Losses("interruption", here, placed.item[at], cost))
        return parts

    def _damage(self, peril: str, ratio: Floats, place: Positions, repair: Floats) -> Floats:
        """(n,) damage ratios: by cells, as the simulation draws them, never above 1."""
        law = _class(self.model, self.placed).ratio(peril).law
        factor = relativity(self.placed, f"{peril}_ratio", _ANY).mean * repair
        return np.minimum(draw(law, ratio) * factor[place], 1.0)

    def _stopped(self, days: Floats, place: Positions) -> Floats:
        """(n,) what days of interruption cost, currency units."""
        placed = self.placed
        beyond = np.maximum(days - placed.waiting_days[place], 0.0)
        cost: Floats = placed.daily_cost[place] * np.minimum(beyond, placed.indemnity_days[place])
        return cost


def policy(model: Equipment, portfolio: Portfolio, items: Ints) -> tuple[Risk, Terms]:
    """The risk and the terms of `items` (n_items,), all asked for, on one site.

    `Undefined` for several sites, inceptions or terms, and where a relativity has an error.
    """
    placed = places(portfolio, items, tuple(model.classes))
    _refuse_unless_one_site(placed)
    exposed = bool(placed.supply_exposed[placed.asked].any())
    shock = model.supply_shock.probability.mean if exposed else 0.0
    rate, shocked, chance = _rates(model, placed, shock)
    days = _class(model, placed).interruption_days.law
    start = float(placed.inception[0])
    when = Uniform(low=start, high=start + float(placed.term[0]))
    sources, expected, named = list[Source](), list[Floats](), list[tuple[str, int]]()
    for peril in PERILS:
        events = float(_events(placed, peril)[1].sum())
        by_state = shock > 0 and peril in OF_ITEM
        for state in range(1 + by_state):
            name = f"{peril}, supply shock" if state else peril
            sources.append(Source(name=name, sizes=(Uniform(), days, Uniform()), when=when))
            expected.append(rate[peril] * events * ((shocked == state) if by_state else 1.0))
            named.append((peril, state))
    risk = Risk(sources=tuple(sources), rates=np.array(expected).T, chance=chance)
    return risk, SiteTerms(model=model, placed=placed, sources=tuple(named))


def _rates(
    model: Equipment, placed: Places, shock: float
) -> tuple[dict[str, Floats], Floats, Floats]:
    """(n_atoms,) rates at relativity 1 by peril, whether there is a supply shock (0 or 1), and the
    probability of the atom."""
    one = _class(model, placed)
    drawn, chance = together([
        rule(one.breakdown.rate.law),
        rule(one.accident.rate.law),
        multiplied(_factor(model.frailty.park), _factor(model.frailty.sector)),
        rule(one.fire.rate.law),
        multiplied(rule(model.catastrophe_rate.law), rule(one.catastrophe_share.law)),
        (np.array([0.0, 1.0]), np.array([1 - shock, shock])),
    ])  # fmt: skip
    rates = (drawn[0] * drawn[2], drawn[1] * drawn[2], drawn[3], drawn[4])
    return dict(zip(PERILS, rates, strict=True)), drawn[5], chance


def _events(placed: Places, peril: str) -> tuple[Positions, Floats]:
    """(n,) places and the events that each expects per unit of the rate: the items asked for, or
    the site as one."""
    rate = relativity(placed, f"{peril}_rate", _ANY).mean
    if peril in OF_ITEM:
        asked = np.nonzero(placed.asked)[0]
        return asked, (rate * placed.units * placed.term)[asked]
    return placed.lead, np.array([rate.max() * placed.term[0]])


def _factor(variance: float) -> Rule:
    return rule(Gamma(mean=1.0, cv=variance**0.5) if variance > 0 else Point(mean=1.0))


def _class(model: Equipment, placed: Places) -> EquipmentClass:
    return model.classes[placed.classes_at(placed.lead)[0]]


def _refuse_unless_one_site(placed: Places) -> None:
    if len(placed.site_names) != 1:
        raise Undefined(f"a sparse risk is one site, these are {len(placed.site_names)}")
    for what, values in (("inceptions", placed.inception), ("terms", placed.term)):
        if len(np.unique(values)) > 1:
            raise Undefined(f"a sparse risk has one time in force, the site has several {what}")
    for target in TARGETS:
        if placed.column(f"{target}_error", 0.0).any():
            raise Undefined(f"a sparse risk has known relativities, that on {target} has an error")
