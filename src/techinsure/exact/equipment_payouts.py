"""What one event pays for equipment: damage to an item, and interruptions, with what is not known
about the relativities of ratios and days.

Such a relativity is drawn once a year, so payments of one year share it. Its mean over a fine rule
gives the mean payment; a few nodes around that mean say how payments of one year move together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid
from techinsure.exact.equipment import ANY, scores
from techinsure.exact.payouts import Paid, Payout, averaged, paid_on, payout
from techinsure.exact.transforms import Sight, Values
from techinsure.models.equipment import Equipment, relativity
from techinsure.models.places import Places
from techinsure.portfolio import NOWHERE
from techinsure.quantities import FORBID, Floats

NEGLIGIBLE = 1e-13
"""Weight of a node that is left out."""
AROUND = 3
"""Nodes around the mean."""


class Spread(NamedTuple):
    """What an event pays on average over an uncertain relativity, and `others` at nodes of it
    with their `weight`, moved so that their mean is that average; none where it is certain."""

    mean: Paid
    weight: Floats
    others: list[Paid]


def spread(made: Callable[[float], Payout], uncertain: bool, grid: Grid) -> Spread:
    """The payout `made` at each score of the standard normal behind the relativity."""
    if not uncertain:
        return Spread(paid_on(made(0.0), grid), np.zeros(0), [])
    score, weight = _fine()
    every = [made(float(at)) for at in score]
    none = float(sum(w * one.none for one, w in zip(every, weight, strict=True)))
    mean = (averaged(every, weight, grid), none)
    value, share = nodes(Lognormal.of_mu_sigma(0.0, 1.0), AROUND)
    around = [paid_on(made(float(at)), grid) for at in np.log(value)]
    off = _combined(around, share)
    moved = [_combined([one, off, mean], np.array([1.0, -1.0, 1.0])) for one in around]
    return Spread(mean, share, moved)


NOTHING: Spread = Spread((np.ones(1), 1.0), np.zeros(0), [])
"""What is paid where nothing is covered."""


def _fine() -> tuple[Floats, Floats]:
    """The rule that the mean is taken by, so that both are one."""
    score, weight = (np.concatenate(x) for x in zip(*scores(1, uncertain=True), strict=True))
    used = weight > NEGLIGIBLE
    return score[used, 0], weight[used]


def _combined(paid: list[Paid], weight: Floats) -> Paid:
    chance = np.zeros(max(len(cells) for cells, _ in paid))
    for (cells, _), share in zip(paid, weight, strict=True):
        chance[: len(cells)] += share * cells
    return chance, float(sum(w * none for (_, none), w in zip(paid, weight, strict=True)))


def damaged(
    model: Equipment, placed: Places, peril: str, at: int, value: float, by: float
) -> Callable[[float], Payout]:
    """What the damage of item `at` by one event pays, as a ratio of `value` times `by`, at each
    score of its relativity; the ratio is at most 1."""
    factor, row = relativity(placed, f"{peril}_ratio", ANY), int(placed.terms_of(peril)[at])
    law = model.classes[placed.classes_at(np.array([at]))[0]].ratio(peril).law

    def made(score: float) -> Payout:
        scale = float(factor.scored(np.array([at]), score)[0]) * by * value
        return payout(law, scale, placed.portfolio.terms, row, most=value)

    return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stops:
    """What an interruption pays: by item after its own breakdown or accident, by site (on the item
    that leads it) after a fire or catastrophe; none where it is not bought. `site_of` (n,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    by_item: dict[int, Spread]
    by_site: dict[int, Spread]
    site_of: dict[int, int]

    @property
    def longest(self) -> int:
        """Cells of the longest."""
        every = [*self.by_item.values(), *self.by_site.values()]
        return max((len(one.mean[0]) for one in every), default=1)

    def others(self) -> Iterator[tuple[float, "Stops"]]:
        """The same at each node of the days of each site where they are not certain, the others
        at their means, with its weight."""
        for site in dict.fromkeys(self.site_of.values()):
            own = [item for item, where in self.site_of.items() if where == site]
            whole = self.by_site.get(site)
            every = [self.by_item[item] for item in own] + ([whole] if whole else [])
            for k, weight in enumerate(every[0].weight):
                by_item = self.by_item | {item: _at(self.by_item[item], k) for item in own}
                by_site = self.by_site | ({site: _at(whole, k)} if whole else {})
                yield float(weight), replace(self, by_item=by_item, by_site=by_site)

    def of_item(self, sight: Sight, item: int) -> Values:
        """Generating function of what the item's own interruption pays; 1 where there is none."""
        return sight.of(*self.by_item[item].mean) if item in self.by_item else np.ones(1)

    def of_site(self, sight: Sight, site: int) -> Values:
        """The same of the site's interruption."""
        return sight.of(*self.by_site[site].mean) if site in self.by_site else np.ones(1)


def _at(one: Spread, k: int) -> Spread:
    return Spread(one.others[k], np.zeros(0), [])


def stops(model: Equipment, placed: Places, grid: Grid) -> Stops:
    """The interruptions of the items that are asked for, and of the sites that these lead."""
    days, row = relativity(placed, "days", ANY), placed.terms_of("interruption")
    bought = placed.asked & (row != NOWHERE) & (placed.daily_cost > 0)
    leads = set(placed.lead.tolist())
    by_item, by_site = dict[int, Spread](), dict[int, Spread]()
    known = dict[object, Spread]()
    for at in np.nonzero(bought)[0].tolist():
        site = int(placed.site[at])
        here = np.nonzero(placed.site == site)[0]
        error = float(days.error[at])
        if np.ptp(days.error[here]) > 0:
            raise Undefined(
                f"the law of interruptions on {placed.site_names[site]} has no closed form: its "
                "items have different errors of days"
            )
        for highest, found in ((False, by_item), (True, by_site)):
            if highest and at not in leads:
                continue
            of = days.mean[here].max() if highest else days.mean[at]
            key = (site, int(row[at]), float(of))
            if key not in known:
                known[key] = spread(_stopped(model, placed, at, float(of), error), error > 0, grid)
            found[site if highest else at] = known[key]
    return Stops(
        by_item=by_item, by_site=by_site, site_of={at: int(placed.site[at]) for at in by_item}
    )


def _stopped(
    model: Equipment, placed: Places, at: int, factor: float, error: float
) -> Callable[[float], Payout]:
    """What an interruption pays: the days beyond the waiting time, at most those indemnified."""
    law = model.classes[placed.classes_at(np.array([at]))[0]].interruption_days.law
    cost, row = float(placed.daily_cost[at]), int(placed.terms_of("interruption")[at])
    wait, most = float(placed.waiting_days[at]), float(placed.indemnity_days[at])
    sigma = float(np.sqrt(np.log1p(error**2)))

    def made(score: float) -> Payout:
        scale = factor * np.exp(sigma * score - sigma**2 / 2) * cost
        terms = placed.portfolio.terms
        return payout(law, scale, terms, row, offset=-cost * wait, most=cost * most)

    return made


def most_paid(model: Equipment, placed: Places) -> float:
    """The sum of all damage and interruptions that one event can be paid for, currency units."""
    top = 0.0
    for at in np.nonzero(placed.asked)[0].tolist():
        whole = float(placed.sum_insured[at])
        known = [damaged(model, placed, peril, at, whole, 1.0)(0.0).largest
                 for peril in ("breakdown", "accident", "fire", "catastrophe")
                 if placed.terms_of(peril)[at] != NOWHERE]  # fmt: skip
        top += max(known, default=0.0)
    row, leads = placed.terms_of("interruption"), set(placed.lead.tolist())
    bought = placed.asked & (row != NOWHERE) & (placed.daily_cost > 0)
    for at in np.nonzero(bought)[0].tolist():
        if at in leads or top == 0:
            top += _stopped(model, placed, at, 1.0, 0.0)(0.0).largest
    return top
