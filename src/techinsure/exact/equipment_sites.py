"""Fires of sites and catastrophes of parks, as the law of annual payments meets them.

An event of a place has a height and strikes the items that are higher, with one damage ratio for
all; each site that is struck is interrupted in its own time. Where relativities are not known,
a place has several worlds, one a node of their rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import ClassVar, NamedTuple

import numpy as np
from pydantic import ConfigDict

from techinsure.distributions import Law, Lognormal
from techinsure.distributions.quadrature import nodes
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid
from techinsure.exact.equipment import ANY, expected_highest
from techinsure.exact.equipment_payouts import NOTHING, Spread, Stops, damaged, spread
from techinsure.exact.payouts import Payout, together
from techinsure.exact.transforms import Sight, Values, laplace, laplace_around
from techinsure.models.equipment import Equipment, relativity
from techinsure.models.grouped_items import Positions
from techinsure.models.places import Places, Relativity
from techinsure.portfolio import NOWHERE
from techinsure.quantities import FORBID, Floats

NODES = {"error": 5, "rate": 12, "share": 8}
"""Length of each Gauss rule: of a relativity's error, of a rate, of the share of catastrophes."""

SMALL, ORDER = 0.1, 5
"""By how many events a year worlds may differ and still enter by moments, and the order of these.
"""

UNKNOWN = 2
"""Sites of a park whose relativities are not known, at most."""


class Strip(NamedTuple):
    """Events between two heights in a span of time: `load` of them per unit of the rate, what
    their `damage` pays, and the `sites` that they interrupt at the insurer's cost."""

    load: float
    damage: Spread
    sites: tuple[int, ...]


class World(NamedTuple):
    """The strips of a place at one node of its unknown relativities, and its weight."""

    weight: float
    strips: list[Strip]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blows:
    """Events of places: `places` with their worlds, by the law of the rate that they share."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    places: list[tuple[Law, list[list[World]]]]

    @property
    def longest(self) -> int:
        """Cells of the longest payment for damage."""
        return max(
            (len(strip.damage.mean[0]) for _, own in self.places for worlds in own
             for world in worlds for strip in world.strips), default=1,
        )  # fmt: skip

    def transform(self, sight: Sight, stopped: Stops) -> Values:
        """(n_points,) generating function of all that they pay."""
        found: Values = np.ones(1)
        for law, own in self.places:
            loads = [_loads(worlds, sight, stopped) for worlds in own]
            if len(loads) == 1:
                weight, at = loads[0]
                found = found * _mixed(law, weight, at)
            elif all(len(weight) == 1 for weight, _ in loads):
                found = found * laplace(law, sum(at[0] for _, at in loads))
            else:
                rate, chance = nodes(law, NODES["rate"])
                mixed = [
                    p * np.prod([w @ np.exp(-r * at) for w, at in loads], axis=0)
                    for r, p in zip(rate, chance, strict=True)
                ]
                found = found * sum(mixed)
        return found


def _mixed(law: Law, weight: Floats, at: Values) -> Values:
    """E[exp(-rate * at)] over worlds too, `at` (n_worlds, n_points): by moments where worlds differ
    by few events."""
    mean = weight @ at
    apart = at - mean
    if len(at) == 1 or law.mean * np.abs(apart).max() > SMALL:
        return np.asarray(weight @ laplace(law, at))
    return laplace_around(law, mean, [weight @ apart**k for k in range(2, ORDER + 1)])


def _loads(worlds: list[World], sight: Sight, stopped: Stops) -> tuple[Floats, Values]:
    """(weights (n,), (n, n_points) paid events per unit of the rate, as 1 - E[z**paid])."""
    weights, loads = list[float](), list[Values]()
    for world in worlds:
        rules = [strip.damage.weight for strip in world.strips if len(strip.damage.weight)]
        for k, share in enumerate(rules[0] if rules else np.ones(1)):
            at: Values = np.zeros(1)
            for load, damage, sites in world.strips:
                paid = sight.of(*(damage.others[k] if damage.others else damage.mean))
                for site in sites:
                    paid = paid * stopped.of_site(sight, site)
                at = at + load * (1 - paid)
            weights.append(world.weight * share)
            loads.append(at)
    return np.array(weights), np.array(np.broadcast_arrays(*loads))


# --- Fires --------------------------------------------------------------------------------------


def fires(model: Equipment, placed: Places, grid: Grid) -> Blows:
    """Fires of each site: as many as its highest relativity brings, each strikes all its items."""
    rate = relativity(placed, "fire_rate", ANY)
    mean = expected_highest(placed, rate)
    by_class: dict[str, list[list[World]]] = {}
    payouts = _Damage(model, placed, "fire", grid)
    for site, lead in enumerate(placed.lead.tolist()):
        here = np.arange(placed.first[site], placed.first[site + 1])
        name = placed.classes_at(np.array([lead]))[0]
        spans = [(high - low, payouts.of(_open(placed, "fire", here, (low + high) / 2)),
                  _interrupted(placed, [site], (low + high) / 2))
                 for low, high in _spans(placed, "fire", here)]  # fmt: skip
        worlds = [
            World(weight, [Strip(float(height) * length, damage, sites)
                           for length, damage, sites in spans])
            for weight, height in _heights(rate, here, float(mean[site]))
        ]  # fmt: skip
        by_class.setdefault(name, []).append(worlds)
    return Blows(places=[(model.classes[n].fire.rate.law, own) for n, own in by_class.items()])


def _heights(rate: Relativity, here: Positions, mean: float) -> Iterator[tuple[float, float]]:
    """(weight, highest relativity of a site) at nodes of its error, whose mean is `mean`."""
    if not rate.error[here].any():
        yield 1.0, mean
        return
    score, weight = _normal(NODES["error"])
    highest = rate.scored(here, score[:, None]).max(axis=1)
    highest = highest * (mean / (weight @ highest))
    yield from zip(weight.tolist(), highest.tolist(), strict=True)


def _normal(n: int) -> tuple[Floats, Floats]:
    value, weight = nodes(Lognormal.of_mu_sigma(0.0, 1.0), n)
    return np.log(value), weight


# --- Catastrophes -------------------------------------------------------------------------------


def catastrophes(model: Equipment, placed: Places, grid: Grid) -> Blows:
    """Catastrophes of each park: an item is struck where the event's height is below the share of
    its class times its relativity. Raises `Undefined` where more than two sites of a park have
    relativities that are not known, and where several parks share a share that is not."""
    payouts = _Damage(model, placed, "catastrophe", grid)
    own = [
        list(_park_worlds(model, placed, payouts, low, high))
        for low, high in pairwise(placed.park_first.tolist())
    ]
    uncertain = [name for name in model.classes if model.classes[name].catastrophe_share.law.cv > 0]
    if len(own) > 1 and set(uncertain) & set(placed.classes_at(placed.lead)):
        raise Undefined(
            "the law of catastrophes in several parks has no closed form where the share that "
            "damages a site is not known"
        )
    return Blows(places=[(model.catastrophe_rate.law, own)] if own else [])


def _park_worlds(
    model: Equipment, placed: Places, payouts: "_Damage", low: int, high: int
) -> Iterator[World]:
    here, rate = np.arange(low, high), relativity(placed, "catastrophe_rate", ANY)
    sites = np.unique(placed.site[here])
    unknown = [s for s in sites if rate.error[here[placed.site[here] == s]].any()]
    if len(unknown) > UNKNOWN:
        raise Undefined(
            f"the law of a catastrophe of {len(unknown)} sites whose relativities are not known "
            "is beyond a quadrature (simulate)"
        )
    names = placed.classes_at(here)
    classes = list(dict.fromkeys(names))
    score = _normal(NODES["error"]) if unknown else (np.zeros(1), np.ones(1))
    usual = score[1] @ rate.scored(here, score[0][:, None])  # the mean, as these nodes have it
    rules = [nodes(model.classes[n].catastrophe_share.law, NODES["share"]) for n in classes]
    rules += [score] * len(unknown)
    for pick in product(*(range(len(value)) for value, _ in rules)):
        values = [value[k] for (value, _), k in zip(rules, pick, strict=True)]
        weight = float(np.prod([w[k] for (_, w), k in zip(rules, pick, strict=True)]))
        share = np.array([values[classes.index(name)] for name in names])
        at = dict(zip(unknown, values[len(classes) :], strict=True))
        scored = np.array([at.get(s, 0.0) for s in placed.site[here]])
        height = share * rate.mean[here] * rate.scored(here, scored) / usual
        yield World(weight, list(_strips(placed, payouts, here, height)))


def _strips(placed: Places, payouts: "_Damage", here: Positions, height: Floats) -> Iterator[Strip]:
    """Spans of time and heights in which the same items are struck."""
    for start, end in _spans(placed, "catastrophe", here):
        when = (start + end) / 2
        at_risk = placed.in_force(here, np.full(len(here), when))
        for bottom, top in pairwise(np.unique([0.0, *height[at_risk]])):
            struck = here[at_risk & (height > bottom)]
            sites = _interrupted(placed, np.unique(placed.site[struck]).tolist(), when)
            damage = payouts.of(_open(placed, "catastrophe", struck, when))
            yield Strip(float((end - start) * (top - bottom)), damage, sites)


# --- What both share ----------------------------------------------------------------------------


def _spans(placed: Places, peril: str, here: Positions) -> list[tuple[float, float]]:
    """Spans of time in which the same of the items `here` are insured."""
    start, end = placed.inception[here], placed.inception[here] + placed.term[here]
    edges = [*start, *end]
    for cause in (peril, "interruption"):
        row = placed.terms_of(cause)[here]
        waiting = placed.portfolio.terms.waiting[row[row != NOWHERE]]
        edges += [w for w in waiting if start.min() < w < end.max()]
    return list(pairwise(np.unique(edges).tolist()))


def _open(placed: Places, cause: str, here: Positions, when: float) -> tuple[int, ...]:
    """Which of the items `here` are asked for and paid for `cause` at a time."""
    row = placed.terms_of(cause)[here]
    open_ = placed.asked[here] & (row != NOWHERE) & (placed.portfolio.terms.waiting[row] <= when)
    open_ &= placed.in_force(here, np.full(len(here), when))
    return tuple(here[open_].tolist())


def _interrupted(placed: Places, sites: Sequence[int], when: float) -> tuple[int, ...]:
    """Which of the `sites` are paid for an interruption at a time."""
    lead = placed.lead[list(sites)]
    paid = _open(placed, "interruption", lead, when)
    return tuple(s for s, item in zip(sites, lead.tolist(), strict=True) if item in paid)


class _Damage:
    """What a fire or catastrophe pays for the damage of some items together, made once a set."""

    def __init__(self, model: Equipment, placed: Places, peril: str, grid: Grid) -> None:
        self.model, self.placed, self.peril, self.grid = model, placed, peril, grid
        self.known: dict[tuple[int, ...], Spread] = {}

    def of(self, struck: tuple[int, ...]) -> Spread:
        """The spread of the items' payments; `Undefined` for several classes at once, whose
        ratios are functions of one number, and for two sites whose ratios are not known."""
        if struck not in self.known:
            self.known[struck] = self._made(struck)
        return self.known[struck]

    def _made(self, struck: tuple[int, ...]) -> Spread:
        if not struck:
            return NOTHING
        at = np.array(struck)
        if len(set(self.placed.classes_at(at))) > 1:
            raise Undefined(
                f"the law of a {self.peril} that strikes items of several classes has no closed "
                "form: their damage ratios are functions of one number"
            )
        factor = relativity(self.placed, f"{self.peril}_ratio", ANY)
        unknown = np.unique(self.placed.site[at[factor.error[at] > 0]])
        if len(unknown) > 1:
            raise Undefined(
                f"the law of a {self.peril} has no closed form where {len(unknown)} sites have "
                f"relativities of {self.peril}_ratio that are not known"
            )
        value = self.placed.sum_insured
        items = [
            damaged(self.model, self.placed, self.peril, i, float(value[i]), 1.0) for i in struck
        ]

        def made(score: float) -> Payout:
            return together([item(score) for item in items])

        return spread(made, len(unknown) > 0, self.grid)
