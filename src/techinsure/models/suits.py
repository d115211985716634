"""Who is sued, and when: suits on patents and on families of patents.

A suit hits one patent of an item, or all patents of a family in one event, at the rate of one
patent; so the mean per patent does not depend on families. What moves the rate stands in two
places. The product's draw of the rate and the campaign factor of a technology field are shared:
they are clocks (`suit_rates`). What an item has of its own (its relativity, the relativity's
error, a campaign factor of its own where no field is named) is a height (`heights`): a suit whose
mark has height h hits the items that are higher, so no item can move the suits of another.
Source of the thinning: Lewis & Shedler (1979), Naval Research Logistics Quarterly 26, 403-413.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions import Gamma, Law, Lognormal
from techinsure.distributions.cells import CELLS, cell_means
from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Prior
from techinsure.kernels import compiled
from techinsure.models.arrivals import HIGHEST, STRIPS, arrivals, strips
from techinsure.models.factors import Cohorts
from techinsure.portfolio import NOWHERE, Portfolio
from techinsure.quantities import FORBID, Flags, Floats, Ints
from techinsure.seeding import Keys, bits, keys, of_marks, yearly

TARGET = "suit_rate"

Indices = NDArray[np.intp]
Ranks = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`prior` of suits per patent-year, one draw a product and cohort year, and the `frailty`:
    variance of the gamma factor (mean 1) of a technology field in a cohort year."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    prior: Prior
    frailty: float


class Swings(NamedTuple):
    """What multiplies heights by draws (mean 1) a year, one swing after the other: `law`
    (n_swings, n_items) row of `tables` (n_laws, CELLS), the laws' cell means, -1 for an item that
    does not swing; `key` (n_swings, n_items) the stream of each."""

    law: Ranks
    key: Keys
    tables: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskUnits:
    """What a suit finds, all (n_units,): a family, sued `together`, or an item without family.

    `clock` indexes the docket's clocks; the items of a unit are
    `members[first : first + size]`, `members` (n_items,).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    names: tuple[str, ...]
    key: Keys
    together: Flags
    clock: Indices
    members: Indices
    first: Indices
    size: Indices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Docket:
    """What can be sued, all (n_items,): `patents` of each item, insured from `start` to `end`
    (years), in its risk `unit`; `identity` is the key of the item's own streams. `clocks` name
    whose draw of the rate and which technology field ("" = none) a unit follows."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    relativity: Floats
    swings: Swings
    patents: Ints
    start: Floats
    end: Floats
    identity: Keys
    unit: Indices
    units: RiskUnits
    product: str
    clocks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """Patents that are sued, all (n_hits,): `item` into the docket, absolute `year`, `time` of
    the suit (years since the cohort's start), key of the `suit`, number of the `patent`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    item: Indices
    year: NDArray[np.int64]
    time: Floats
    suit: Keys
    patent: Keys

    def since(self, year: int) -> "Hits":
        """Those of `year` and later."""
        keep = self.year >= year
        return Hits(item=self.item[keep], year=self.year[keep], time=self.time[keep],
                    suit=self.suit[keep], patent=self.patent[keep])  # fmt: skip


def docket(portfolio: Portfolio, items: Ints, rate: Rate, cohorts: Cohorts) -> Docket:
    """The items (n_items,) >= 1 of one product, ready to be sued in the world of `cohorts`."""
    product, ids = portfolio.product[int(items[0])], [portfolio.ids[i] for i in items]
    identity = keys(cohorts.seed, "patent", ids)
    unit, units, clocks = _risk_units(portfolio, items, product, identity, cohorts)
    error = _input(portfolio, f"{TARGET}_error", items, 0.0)
    start = portfolio.inception[items]
    sued = Docket(
        relativity=_input(portfolio, TARGET, items, 1.0),
        swings=_swings(ids, error, product, unit, units, clocks, rate, cohorts),
        patents=portfolio.units[items],
        start=start,
        end=start + portfolio.term[items],
        identity=identity,
        unit=unit,
        units=units,
        product=product,
        clocks=clocks,
    )  # fmt: skip
    _refuse_too_high(sued, ids)
    return sued


def suit_rates(sued: Docket, rate: Rate, cohorts: Cohorts) -> Floats:
    """(n_clocks, n_years) suits per patent-year at height 1: the owner's draw of the rate times
    the factor of the field."""
    return np.array([
        cohorts.posterior(owner, TARGET, rate.prior)
        * cohorts.frailty(f"{sued.product}/field/{sector}", rate.frailty if sector else 0.0)
        for owner, sector in sued.clocks
    ])  # fmt: skip


def heights(sued: Docket, item: Indices, year: NDArray[np.int64]) -> Floats:
    """What multiplies the suit rate of `item` in the absolute `year`; the two broadcast."""
    item, year = np.broadcast_arrays(item, year)
    return _heights(item, year, sued.relativity, *sued.swings)


def _heights(
    item: Indices, year: NDArray[np.int64], relativity: Floats, law: Ranks, key: Keys,
    tables: Floats,
) -> Floats:  # fmt: skip
    height = relativity[item]
    for row in range(len(law)):
        moved = law[row, item] >= 0
        here = item[moved]
        cell = (yearly(key[row, here], year[moved]) * CELLS).astype(np.intp)
        height[moved] *= tables[law[row, here], cell]
    return height


def ceilings(sued: Docket) -> Floats:
    """(n_items,) what no height of the item ever exceeds."""
    ceiling = sued.relativity.copy()
    for law in sued.swings.law:
        ceiling *= np.where(law >= 0, sued.swings.tables[law, -1], 1.0)
    return ceiling


def hits(sued: Docket, streams: "Streams", rate: Rate, cohorts: Cohorts) -> Hits:
    """Every patent that is sued in the years of `cohorts`, which start a block."""
    came = arrivals(
        streams.key, cohorts.block, sued.units.clock[streams.unit],
        suit_rates(sued, rate, cohorts), (streams.top - streams.bottom) * streams.exposure,
    )  # fmt: skip
    units = sued.units
    suit, item, patent = compiled(_hit)(
        came.source, came.year, came.when, came.mark, cohorts.first,
        streams.unit, streams.bottom, streams.top, streams.start, streams.length,
        units.first, units.size, units.members, units.together,
        sued.relativity, *sued.swings, sued.patents.astype(np.int64), sued.start, sued.end,
    )  # fmt: skip
    source = came.source[suit]
    return Hits(
        item=item.astype(np.intp), year=cohorts.first + came.year[suit].astype(np.int64),
        time=streams.start[source] + streams.length[source] * came.when[suit],
        suit=came.mark[suit], patent=patent.astype(np.uint64),
    )  # fmt: skip


def _hit(
    source: Ints, place: Ints, when: Floats, mark: Keys, begin: int,
    unit: Indices, bottom: Floats, top: Floats, opens: Floats, length: Floats,
    first: Indices, size: Indices, members: Indices, together: Flags,
    relativity: Floats, law: Ranks, key: Keys, tables: Floats, patents: Ints,
    start: Floats, end: Floats,
) -> tuple[Ints, Ints, Ints]:  # fmt: skip
    """The reference of the compiled loop: arrival, item and number of each patent that is hit.
    Arrivals in years from `begin` on, then columns of streams, of units and of items."""
    height = bottom[source] + (top[source] - bottom[source]) * of_marks(mark, 0)
    time, year = opens[source] + length[source] * when, begin + place.astype(np.int64)
    suit, number = _numbered(size[unit[source]])
    found = unit[source][suit]
    item = members[first[found] + number]
    struck = height[suit] < _heights(item, year[suit], relativity, law, key, tables)
    struck &= (start[item] <= time[suit]) & (time[suit] < end[item])
    suit, item = suit[struck], item[struck]
    row, patent = _numbered(np.where(together[found[struck]], patents[item], 1))
    return suit[row].astype(np.int32), item[row].astype(np.int32), patent.astype(np.int32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streams:
    """Streams of suits, all (n_streams,): each brings suits of `unit` whose marks have heights
    in [bottom, top), dated in [start, start + length), at the field's rate times the height of
    the strip times `exposure`, patent-years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    key: Keys
    unit: Indices
    bottom: Floats
    top: Floats
    start: Floats
    length: Floats
    exposure: Floats


def streams(sued: Docket) -> Streams:
    """One stream for an item without family, as high as it gets. For a family one a calendar year
    of the cohort and strip of heights, whoever is in the family: a member more or less leaves the
    suits of the others where they are."""
    units, ceiling = sued.units, ceilings(sued)
    highest, start = np.zeros(len(units.key)), np.full(len(units.key), np.inf)
    end = np.zeros(len(units.key))
    np.maximum.at(highest, sued.unit, ceiling)
    np.minimum.at(start, sued.unit, sued.start)
    np.maximum.at(end, sued.unit, sued.end)
    alone, joint = np.nonzero(~units.together)[0], units.together
    term = (end - start)[alone]
    patents = sued.patents[units.members[units.first[alone]]]
    parts = [Streams(key=units.key[alone], unit=alone, bottom=0.0 * term, top=highest[alone],
                     start=start[alone], length=term, exposure=term * patents)]  # fmt: skip
    for slab in range(int(start[joint].min(initial=0)), int(np.ceil(end[joint].max(initial=0)))):
        for number, (bottom, top) in enumerate(strips(highest[joint])):
            reached = joint & (highest > bottom) & (start < slab + 1) & (end > slab)
            here = np.nonzero(reached)[0]
            ones = np.ones(len(here))
            parts.append(Streams(
                key=bits(units.key[here], slab * STRIPS + number), unit=here, bottom=bottom * ones,
                top=top * ones, start=slab * ones, length=ones, exposure=ones,
            ))  # fmt: skip
    return Streams(**{
        f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Streams)
    })  # fmt: skip


def _numbered(counts: NDArray[np.integer]) -> tuple[Indices, Indices]:
    """(row, number): each row as often as its count says, numbered from 0."""
    row = np.repeat(np.arange(len(counts)), counts)
    begin = np.cumsum(counts) - counts
    return row, np.arange(len(row)) - begin[row]


def _input(portfolio: Portfolio, name: str, items: Ints, otherwise: float) -> Floats:
    """(n_items,) an input of the items; `otherwise` where it is not given."""
    if name not in portfolio.inputs:
        return np.full(len(items), otherwise)
    values = portfolio.inputs[name][items]
    return np.where(np.isnan(values), otherwise, values)


def _risk_units(
    portfolio: Portfolio, items: Ints, product: str, identity: Keys, cohorts: Cohorts
) -> tuple[Indices, RiskUnits, tuple[tuple[str, str], ...]]:
    """The risk unit of each item, the units, and their clocks."""
    family = portfolio.family.codes[items]
    joint = family != NOWHERE
    found, of_family = np.unique(family[joint], return_inverse=True)
    unit = np.empty(len(items), dtype=np.intp)
    unit[joint], unit[~joint] = of_family, len(found) + np.arange(np.count_nonzero(~joint))
    members, size = np.argsort(unit, kind="stable"), np.bincount(unit)
    first = np.cumsum(size) - size
    families = [portfolio.family.names[code] for code in found]
    names = (*(f"family/{name}" for name in families),
             *(f"item/{portfolio.ids[item]}" for item in items[~joint]))  # fmt: skip
    sectors = _sectors(portfolio, items, unit, members[first], families)
    per_unit = cohorts.drawn == "item"
    wanted = [
        (cohorts.owner(product, name if per_unit else ""), sector)
        for name, sector in zip(names, sectors, strict=True)
    ]
    number = {clock: place for place, clock in enumerate(dict.fromkeys(wanted))}
    units = RiskUnits(
        names=names,
        key=np.concatenate(
            [keys(cohorts.seed, "family", [f"{product}/{f}" for f in families]), identity[~joint]]
        ),
        together=np.arange(len(size)) < len(found),
        clock=np.array([number[clock] for clock in wanted], dtype=np.intp),
        members=members, first=first, size=size,
    )  # fmt: skip
    return unit, units, tuple(number)


def _sectors(
    portfolio: Portfolio, items: Ints, unit: Indices, first: Indices, families: Sequence[str]
) -> list[str]:
    """The technology field of each unit, that of its `first` item. A family that lies in two
    fields has no clock, and is refused."""
    sector = portfolio.sector.codes[items]
    mixed = np.unique(unit[sector != sector[first][unit]])
    if len(mixed):
        fix = "give all items of a family the same sector"
        raise InvalidParameter(
            [Fault("family", families[u], "must lie in one technology field", fix) for u in mixed]
        )
    return [portfolio.sector[int(item)] for item in items[first]]


def _swings(
    ids: Sequence[str], error: Floats, product: str, unit: Indices, units: RiskUnits,
    clocks: tuple[tuple[str, str], ...], rate: Rate, cohorts: Cohorts,
) -> Swings:  # fmt: skip
    """What items have of their own: the `error` (n_items,) of their relativity, and, where a unit
    names no field, a campaign factor, its law that of a field's."""
    law, key = np.full((2, len(ids)), -1), np.zeros((2, len(ids)), np.uint64)
    errors, moves = np.unique(error[error > 0]), error > 0
    laws: list[Law] = [Lognormal(mean=1.0, cv=float(cv)) for cv in errors]
    names = [f"{name}/{TARGET}" for name, own in zip(ids, moves, strict=True) if own]
    law[0, moves] = np.searchsorted(errors, error[moves])
    key[0, moves] = keys(cohorts.seed, "relativity", names)
    fieldless = np.array([not sector for _, sector in clocks])[units.clock][unit]
    if rate.frailty > 0 and fieldless.any():
        law[1, fieldless] = len(laws)
        laws.append(Gamma(mean=1.0, cv=float(rate.frailty**0.5)))
        names = [f"{product}/own/{name}" for name in units.names]
        key[1] = keys(cohorts.seed, "factor", names)[unit]
    return Swings(law, key, np.array([cell_means(one) for one in laws] or [np.ones(CELLS)]))


def _refuse_too_high(sued: Docket, ids: Sequence[str]) -> None:
    """Strips of heights end somewhere; what stood above them would be left out unseen."""
    ceiling = ceilings(sued)
    wrong = ~((ceiling >= 0) & (ceiling <= HIGHEST))
    if wrong.any():
        first = int(np.argmax(wrong))
        bound = f"must be in [0, {HIGHEST:g}] in its worst year, {int(wrong.sum())} are not"
        raise InvalidParameter([Fault(f"{TARGET} of {ids[first]}", float(ceiling[first]), bound)])
