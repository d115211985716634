"""What strikes equipment, and when: events of items, and events of places that strike them whole.

What items share (a posterior draw, factors of park and sector) runs their clocks; what an item
has of its own scales its clock. An event of a site or park has a height, and strikes the items
that are higher: so no item can move another's events. Source of the thinning: Lewis & Shedler
(1979), Naval Research Logistics Quarterly 26, 403-413.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.evidence.priors import Prior
from techinsure.models.arrivals import arrivals, strips
from techinsure.models.factors import Cohorts
from techinsure.models.grouped_items import Positions
from techinsure.models.places import Places, Relativity
from techinsure.quantities import Floats, Ints
from techinsure.seeding import Keys, bits, of_marks

RATIO, DAYS, HEIGHT = range(3)
"""Slots of an event's own stream, whose key is the event's."""


class Struck(NamedTuple):
    """Events: `place` (an item, a site or a park), `year` of the block, `time` (years since the
    cohort's start), the event's key `mark`, and its `height`; all (n_events,)."""

    place: Positions
    year: Ints
    time: Floats
    mark: Keys
    height: Floats

    def at(self, which: NDArray[np.bool_] | Positions) -> "Struck":
        """Some of the events."""
        return Struck._make(column[which] for column in self)


class Frailty(NamedTuple):
    """Variances of the gamma factors (mean 1) of a park and of a sector."""

    park: float
    sector: float


def draws(
    cohorts: Cohorts, owners: Sequence[str], parameter: str, priors: Sequence[Prior]
) -> tuple[Floats, Positions]:
    """Posterior draws (n_distinct, n_years), and which of them each of `owners` (n,) has."""
    number = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
    prior = dict(zip(owners, priors, strict=True))
    rows = [cohorts.posterior(owner, parameter, prior[owner]) for owner in number]
    which = np.array([number[owner] for owner in owners], dtype=np.intp)
    return np.reshape(np.array(rows, dtype=np.float64), (len(number), cohorts.n)), which


def clocks(placed: Places, frailty: Frailty, drawn: str) -> Positions:
    """(n,) the clock of each item: those of one rate draw, park factor and sector factor share
    one."""
    codes = [np.arange(len(placed)) if drawn == "item" else placed.risk_class]
    codes += [placed.park] * (frailty.park > 0) + [placed.sector] * (frailty.sector > 0)
    clock = np.zeros(len(placed), dtype=np.intp)
    for code in codes:
        joint = clock * (int(code.max(initial=0)) + 1) + code
        clock = np.unique(joint, return_inverse=True)[1]
    return clock


def intensity(
    placed: Places,
    cohorts: Cohorts,
    item: Positions,
    peril: str,
    rates: Mapping[str, Prior],
    frailty: Frailty,
) -> Floats:
    """(n_rows, n_years) breakdowns or accidents per unit-year of each `item` (n_rows,) at
    relativity 1: posterior rate (prior by class: `rates`) times park and sector factor."""
    priors = [rates[name] for name in placed.classes_at(item)]
    owners = placed.owners(cohorts, item, by_site=False)
    rows, which = draws(cohorts, owners, f"{peril}_rate", priors)
    steps = rows[which]
    for codes, names, variance in (
        (placed.park, placed.park_names, frailty.park),
        (placed.sector, placed.sector_names, frailty.sector),
    ):
        if variance > 0:
            there, which = np.unique(codes[item], return_inverse=True)
            steps *= np.array([cohorts.frailty(names[c], variance) for c in there])[which]
    return steps


def item_events(
    placed: Places,
    cohorts: Cohorts,
    peril: str,
    stream: Keys,
    rates: Mapping[str, Prior],
    rate: Relativity,
    frailty: Frailty,
) -> Struck:
    """Breakdowns or accidents of the items asked for, each of its `stream` (n,), at `rates` (by
    class) times `rate`. The clock of an item runs over its term; one of uncertain relativity
    swings by its own draws."""
    scale = rate.mean * placed.units * placed.term
    item = np.nonzero(placed.asked)[0]
    if not len(item):
        return Struck(item, item.astype(np.int32), scale[:0], rate.key[:0], scale[:0])
    _, first, clock = np.unique(
        clocks(placed, frailty, cohorts.drawn)[item], return_index=True, return_inverse=True
    )
    steps = intensity(placed, cohorts, item[first], peril, rates, frailty)
    found = arrivals(stream[item], cohorts.block, clock, steps, scale[item], rate.swings(item))
    item = item[found.source]
    time = placed.inception[item] + found.when * placed.term[item]
    return Struck(item, found.year, time, found.mark, np.zeros(len(item)))


def place_events(
    cohorts: Cohorts, stream: Keys, clock: Positions, steps: Floats, reach: Floats, slices: int
) -> Struck:
    """Events of places (sites or parks, n_places), one a unit of height and of the place's
    `clock` (row of `steps`), with heights up to its `reach` (n_places,) or more.

    Each strip of heights and each year of the terms is a source of its own: where items are
    added, or relativities or terms grow, a place has more events, never other ones.
    """
    cut = [(k, year) for k in range(len(strips(reach))) for year in range(slices)]
    tops = np.array([top for _, top in strips(reach)])
    bottoms = np.array([bottom for bottom, _ in strips(reach)])
    strip, late = np.array(cut, dtype=np.intp).reshape(-1, 2).T
    pick, place = np.nonzero(reach[None, :] > bottoms[strip][:, None])
    bottom, late = bottoms[strip[pick]], late[pick]
    width = tops[strip[pick]] - bottom
    source = (strip[pick].astype(np.uint64) << np.uint64(16)) + late.astype(np.uint64)
    found = arrivals(bits(stream[place], source), cohorts.block, clock[place], steps, width)
    of = found.source
    height = bottom[of] + width[of] * of_marks(found.mark, HEIGHT)
    return Struck(place[of], found.year, late[of] + found.when, found.mark, height)


def members(first: Positions, place: Positions) -> tuple[Positions, Positions]:
    """Each event once for each item of its place: (number of the event, item), event by event;
    `first` (n_places + 1,) is where places start."""
    size = first[place + 1] - first[place]
    event = np.repeat(np.arange(len(place)), size)
    before = np.cumsum(size) - size
    return event, np.arange(len(event)) - before[event] + first[place][event]


def highest(event: Positions, values: Floats) -> Floats:
    """(n_events,) the largest of `values` (n_rows,) of each event; rows stand event by event."""
    if not len(event):
        return np.zeros(0)
    top: Floats = np.maximum.reduceat(values, np.nonzero(np.diff(event, prepend=-1))[0])
    return top
