"""Where insured equipment stands: items on sites, sites in parks, and what is known of each.

A site is struck as a whole by a fire, a park by a catastrophe. Items without a site stand on a
site of their own; sites without a park or a sector are a park or a sector of their own. Every
name here is an identity (product, label or item id), so it can key a stream of random numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions import Lognormal
from techinsure.distributions.cells import CELLS, cell_means
from techinsure.errors import Fault, InvalidParameter
from techinsure.models.arrivals import Swings
from techinsure.models.factors import Cohorts
from techinsure.models.grouped_items import GroupedItems, Positions, column_of
from techinsure.portfolio import NOWHERE, Labels, Portfolio
from techinsure.quantities import FORBID, Flags, Floats, Ints
from techinsure.seeding import Keys, keys, yearly


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relativity:
    """Relativities of one target: `mean` and `error` (coefficient of variation), (n,) each; with
    an error the relativity of a cohort year is a lognormal draw from the stream `key` (n,).

    The draws are by cells, so the mean is exact and no draw is above the `ceiling`; `law` (n,) is
    the row of `tables` (n_laws, CELLS) for each error, -1 where there is none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Floats
    error: Floats
    key: Keys
    law: NDArray[np.int64]
    tables: Floats

    @property
    def spread(self) -> Floats:
        """(n,) standard deviation of the logarithm: ln(1 + error**2)**0.5."""
        spread: Floats = np.sqrt(np.log1p(self.error**2))
        return spread

    def scored(self, item: Positions, score: Floats | float) -> Floats:
        """The relativities of `item` where the standard normal of their error is `score`."""
        spread = self.spread[item]
        drawn: Floats = self.mean[item] * np.exp(spread * score - spread**2 / 2)
        return drawn

    def at(self, item: Positions, years: NDArray[np.int64]) -> Floats:
        """(n_rows,) the relativities of `item` (n_rows,) in absolute `years` (n_rows,)."""
        drawn = self.mean[item]
        unknown = np.nonzero(self.law[item] >= 0)[0]
        if len(unknown):
            item = item[unknown]
            cell = (yearly(self.key[item], years[unknown]) * CELLS).astype(np.intp)
            drawn[unknown] *= self.tables[self.law[item], cell]
        return drawn

    @property
    def ceiling(self) -> Floats:
        """(n,) what no relativity is above in any year."""
        return np.where(self.law >= 0, self.mean * self.tables[self.law, -1], self.mean)

    def swings(self, item: Positions) -> Swings:
        """What the clocks of `item` (n_rows,) swing by."""
        return Swings(law=self.law[item], key=self.key[item], tables=self.tables)


def relativity_of(mean: Floats, error: Floats, key: Keys) -> Relativity:
    """The record, with a table for each error that occurs."""
    errors = np.unique(error[error > 0])
    law = np.where(error > 0, np.searchsorted(errors, error), -1).astype(np.int64)
    tables = [cell_means(Lognormal(mean=1.0, cv=float(cv))) for cv in errors]
    return Relativity(mean=mean, error=error, key=key, law=law,
                      tables=np.array(tables or [np.ones(CELLS)]))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places(GroupedItems):
    """Items of one product, ordered by park, site and id; all (n,) unless said.

    `item` indexes the portfolio; `asked` marks the items in question, the others share a site
    with one of them and so shape its fires. `site`, `park`, `sector`, `risk_class` index the
    names beside them. `first` (n_sites + 1,) is where each site starts: at its item of smallest
    id, which leads the site; `park_first` (n_parks + 1,) likewise. `daily_cost` (currency units
    a day; 0 = not bought), `waiting_days` and `indemnity_days` are the site's.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    asked: Flags
    risk_class: Ints
    class_names: tuple[str, ...]
    site: Ints
    site_names: tuple[str, ...]
    park: Ints
    park_names: tuple[str, ...]
    park_first: Positions
    sector: Ints
    sector_names: tuple[str, ...]
    daily_cost: Floats
    waiting_days: Floats
    indemnity_days: Floats

    @property
    def supply_exposed(self) -> Flags:
        """Whether each item needs parts that a supply shock makes dear."""
        return self.portfolio.supply_exposed[self.item]

    def classes_at(self, item: Positions) -> list[str]:
        """The class of each `item`, by its name in the model."""
        return [self.class_names[c].removeprefix(f"{self.product}/") for c in self.risk_class[item]]

    def by_class(self, item: Positions) -> Iterator[tuple[str, Positions]]:
        """Each class among `item` (n_rows,) and which of the rows are of it."""
        of = self.risk_class[item]
        for code in np.unique(of):
            name = self.class_names[code].removeprefix(f"{self.product}/")
            yield name, np.nonzero(of == code)[0]

    def owners(self, cohorts: Cohorts, item: Positions, by_site: bool) -> list[str]:
        """Who owns the posterior draws of each `item`, or (`by_site`) of its site."""
        ids = self.site_names if by_site else self.portfolio.ids
        own = self.site[item] if by_site else self.item[item]
        classes = [self.class_names[c] for c in self.risk_class[item]]
        return [cohorts.owner(name, ids[i]) for name, i in zip(classes, own, strict=True)]

    def relativity(self, target: str, seed: int, shared: bool) -> Relativity:
        """The relativities of `target`; `shared` by the site: one draw of the error for all its
        items, since what is unknown about a site is unknown for the whole of it."""
        error = self.column(f"{target}_error", 0.0)
        stream = np.zeros(len(self), np.uint64)
        if error.any():
            owner = [self.site_names[s] for s in self.site] if shared else self.ids
            stream = keys(seed, "relativity", (f"{name}/{target}" for name in owner))
        return relativity_of(self.column(target, 1.0), error, stream)

    def highest_on_site(self, values: Floats) -> Floats:
        """(..., n_sites) the largest of `values` (..., n) on each site."""
        if not len(self):
            return np.zeros((*values.shape[:-1], 0))
        highest: Floats = np.maximum.reduceat(values, self.lead, axis=-1)
        return highest


def places(portfolio: Portfolio, items: Ints, classes: Sequence[str]) -> Places:
    """Where `items` (n_items,), all of one product with these `classes`, stand, with the other
    items on their sites. Refuses what contradicts itself on a site, and unknown classes."""
    product = portfolio.product[int(items[0])] if len(items) else ""
    asked = np.zeros(portfolio.n_items, dtype=bool)
    asked[items] = True
    site = _or_own(portfolio.site.codes, np.arange(portfolio.n_items))
    park, sector = _or_own(portfolio.park.codes, site), _or_own(portfolio.sector.codes, site)
    touched = np.zeros(int(site.max(initial=-1)) + 1, dtype=bool)
    touched[site[items]] = True
    here = touched[site] & (portfolio.product.codes == portfolio.product.code(product))
    order = np.nonzero(here)[0]
    rank = np.argsort(np.argsort(np.array(portfolio.ids)[order], kind="stable"), kind="stable")
    order = order[np.lexsort((rank, site[order], park[order]))]
    _refuse_unknown_classes(portfolio, order, product, classes)
    _refuse_split_sites(portfolio, order, site[order])
    of_site, first = _runs(site[order])
    of_park, park_first = _runs(park[order])
    site_names = tuple(_site_name(portfolio, product, item) for item in order[first[:-1]])
    _, sector_first, of_sector = np.unique(sector[order], return_index=True, return_inverse=True)

    def names(labels: Labels, kind: str, at: Positions) -> tuple[str, ...]:
        """Of a park or sector: its label, or else of the site that it stands for."""
        return tuple(
            f"{product}/{kind}/{labels[order[k]]}" if labels[order[k]]
            else f"{site_names[of_site[k]]}/{kind}" for k in at
        )  # fmt: skip

    return Places(
        portfolio=portfolio, product=product, item=order.astype(np.int32), asked=asked[order],
        risk_class=portfolio.risk_class.codes[order], class_names=portfolio.risk_class.names,
        site=of_site, site_names=site_names, first=first,
        park=of_park, park_names=names(portfolio.park, "park", park_first[:-1]),
        park_first=park_first, sector=of_sector.astype(np.int32),
        sector_names=names(portfolio.sector, "sector", sector_first),
        daily_cost=column_of(portfolio, "daily_cost", order, 0.0),
        waiting_days=column_of(portfolio, "waiting_days", order, 0.0),
        indemnity_days=column_of(portfolio, "indemnity_days", order, np.inf),
    )  # fmt: skip


def _runs(codes: NDArray[np.int64]) -> tuple[Ints, Positions]:
    """Number of the run of equal `codes` (n,) that each stands in, and (n_runs + 1,) starts."""
    new = np.diff(codes, prepend=-1) != 0
    return (np.cumsum(new) - 1).astype(np.int32), np.append(np.nonzero(new)[0], len(codes))


def _or_own(codes: Ints, own: NDArray[np.integer]) -> NDArray[np.int64]:
    """The code of each item's label; where there is none, a code of its `own`."""
    past = int(codes.max(initial=-1)) + 1
    return np.where(codes == NOWHERE, past + own, codes).astype(np.int64)


def _site_name(portfolio: Portfolio, product: str, item: int) -> str:
    label = portfolio.site[item]
    return f"{product}/site/{label}" if label else f"{product}/item/{portfolio.ids[item]}"


def _refuse_unknown_classes(
    portfolio: Portfolio, order: Positions, product: str, classes: Sequence[str]
) -> None:
    known = [f"{product}/{name}" for name in classes]
    held = [portfolio.risk_class.names[c] for c in np.unique(portfolio.risk_class.codes[order])]
    faults = [Fault("risk_class", name, f"must be one of {', '.join(known)}")
              for name in held if name not in known]  # fmt: skip
    if faults:
        raise InvalidParameter(faults)


def _refuse_split_sites(portfolio: Portfolio, order: Positions, site: NDArray[np.int64]) -> None:
    """A site has one class and stands in one park; it has one daily cost or none, and with one
    also one waiting time, one indemnity period, one inception and one term."""
    cost = column_of(portfolio, "daily_cost", order, 0.0)
    dear = np.zeros(int(site.max(initial=-1)) + 1, dtype=bool)
    dear[site[cost > 0]] = True
    anywhere, bought = np.ones(len(order), dtype=bool), dear[site]
    columns: dict[str, tuple[Floats | Ints, Flags]] = {
        "risk_class": (portfolio.risk_class.codes[order], anywhere),
        "park": (portfolio.park.codes[order], anywhere),
        "daily_cost": (cost, anywhere),
        "waiting_days": (column_of(portfolio, "waiting_days", order, 0.0), bought),
        "indemnity_days": (column_of(portfolio, "indemnity_days", order, np.inf), bought),
        "inception": (portfolio.inception[order], bought),
        "term": (portfolio.term[order], bought),
    }
    faults = []
    for name, (values, matters) in columns.items():
        low, high = np.full(len(dear), np.inf), np.full(len(dear), -np.inf)
        np.minimum.at(low, site, values)
        np.maximum.at(high, site, values)
        split = np.nonzero((low < high)[site] & matters)[0]
        if len(split):
            here = order[site == site[split[0]]]
            bound = f"must be one on site {portfolio.site[here[0]]!r}"
            fix = "split the site, or give its items one value"
            faults.append(Fault(name, _shown(portfolio, name, here), bound, fix))
    endless = np.nonzero(np.isinf(cost) | (cost < 0))[0]
    if len(endless):
        faults.append(Fault("daily_cost", float(cost[endless[0]]), "must be finite and >= 0"))
    if faults:
        raise InvalidParameter(faults)


def _shown(portfolio: Portfolio, column: str, items: Positions) -> list[object]:
    """What stands in a column for these items, each value once."""
    labels = {"risk_class": portfolio.risk_class, "park": portfolio.park}.get(column)
    if labels is not None:
        return [*sorted({labels[item] for item in items})]
    values = getattr(portfolio, column, None)
    return sorted(set((portfolio.inputs[column] if values is None else values)[items].tolist()))
