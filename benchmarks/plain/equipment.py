"""Equipment: breakdown, accident and fire of sites, catastrophes of parks, and interruption."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from techinsure.distributions import Law
from techinsure.quantities import Floats

from .book import Book, Sampler, Site, Uncertain, sampler
from .losses import Sheet

Rows = NDArray[np.int64]
CELLS = 4096


class Draws:
    """Posterior draws, factors and shocks of `n` years, and the laws of amounts by class."""

    def __init__(self, book: Book, n: int, supply: Floats, rng: np.random.Generator) -> None:
        model, self.rng, self.n = book.equipment, rng, n
        names = sorted({site.risk_class for site in book.sites})
        kinds = {name: model.classes[name] for name in names}
        perils = ("breakdown", "accident", "fire")
        self.rate = {
            (name, peril): sampler(kind.peril(peril).rate)(rng, n)
            for name, kind in kinds.items() for peril in perils
        }  # fmt: skip
        self.ratio = {
            (name, peril): sampler(kind.ratio(peril))
            for name, kind in kinds.items() for peril in perils
        }  # fmt: skip
        self.days = {name: sampler(kind.interruption_days) for name, kind in kinds.items()}
        self.catastrophe = sampler(model.catastrophe_rate)(rng, n)
        self.share = {name: sampler(kind.catastrophe_share)(rng, n) for name, kind in kinds.items()}
        self.damage = {name: _cells(kind.catastrophe_ratio.law) for name, kind in kinds.items()}
        self.park = self._factors(model.park_frailty.mean, {site.park for site in book.sites})
        self.sector = self._factors(model.sector_frailty.mean, {site.sector for site in book.sites})
        self.shock = supply < model.supply_shock.probability.mean
        self.dearer = model.supply_shock.factor.mean

    def _factors(self, variance: float, names: set[str]) -> dict[str, Floats]:
        """By name, gamma factors (n,) of mean 1."""
        return {name: self.rng.gamma(1 / variance, variance, self.n) for name in sorted(names)}


@lru_cache
def _cells(law: Law) -> Floats:
    """(CELLS,) quantiles in the middle of cells of equal probability: sites of several classes
    have one uniform in a catastrophe."""
    return law.quantile((np.arange(CELLS) + 0.5) / CELLS)


def simulate(book: Book, n: int, supply: Floats, rng: np.random.Generator, sheet: Sheet) -> None:
    """Losses of `n` years; `supply` (n,) uniforms decide on supply shocks."""
    draws, parks = Draws(book, n, supply, rng), dict[str, list[Site]]()
    for site in book.sites:
        for peril in ("breakdown", "accident"):
            _of_items(site, peril, draws, sheet)
        _fires(site, draws, sheet)
        parks.setdefault(site.park, []).append(site)
    for sites in parks.values():
        _catastrophes(sites, draws, sheet)


def _of_items(site: Site, peril: str, draws: Draws, sheet: Sheet) -> None:
    """Breakdowns or accidents: so many on the site, each on one unit of one item."""
    rng = draws.rng
    rate = draws.rate[site.risk_class, peril] * draws.park[site.park] * draws.sector[site.sector]
    year, item = _struck(site, site.relativity[f"{peril}_rate"], rate, rng)
    dearer = np.where(site.exposed[item] & draws.shock[year], draws.dearer, 1.0)
    ratio = draws.ratio[site.risk_class, peril](rng, len(year)) * dearer
    ratio *= _of_events(site.relativity[f"{peril}_ratio"], item, rng)
    time, event = rng.random(len(year)), sheet.events(len(year))
    loss = np.minimum(ratio, 1.0) * site.unit[item]
    sheet.add(peril, year, time, site.items[item], event, loss)
    if site.daily_cost > 0:
        longer = _of_events(site.relativity["days"], item, rng)
        _interrupted(site, draws, sheet, year, time, site.items[item], event, longer)


def _struck(
    site: Site, relativity: Uncertain, rate: Floats, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    """(year, item) of events at `rate` (n_years,) times units and relativity of the items."""
    weight = relativity.mean * site.units
    known = relativity.sigma == 0
    fixed, open_ = np.cumsum(weight * known), np.flatnonzero(~known)
    swing = Uncertain(weight[open_], relativity.sigma[open_]).drawn(rng, len(rate))
    total = fixed[-1] + swing.sum(axis=0)
    year = np.repeat(np.arange(len(rate)), rng.poisson(rate * total))
    place = rng.random(len(year)) * total[year]
    item = np.searchsorted(fixed, place, side="right")
    beyond = item == len(fixed)
    above = fixed[-1] + np.cumsum(swing[:, year[beyond]], axis=0)
    number = (place[beyond] >= above).sum(axis=0)
    item[beyond] = open_[np.minimum(number, len(open_) - 1)] if len(open_) else len(fixed) - 1
    return year, item


def _of_events(relativity: Uncertain, item: Rows, rng: np.random.Generator) -> Floats:
    """(n,) a relativity of the `item` (n,) that each event strikes."""
    mean, sigma = relativity.mean[item], relativity.sigma[item]
    return mean * np.exp(sigma * rng.standard_normal(len(item)) - sigma**2 / 2)


def _of_site(relativity: Uncertain, n: int, rng: np.random.Generator) -> Floats:
    """(n,) draws of a relativity that all items of a site have."""
    mean, sigma = relativity.mean[0], relativity.sigma[0]
    if sigma == 0:
        return np.full(n, mean)
    return mean * np.exp(sigma * rng.standard_normal(n) - sigma**2 / 2)


def _fires(site: Site, draws: Draws, sheet: Sheet) -> None:
    rng = draws.rng
    rate = draws.rate[site.risk_class, "fire"]
    rate = rate * _of_site(site.relativity["fire_rate"], draws.n, rng)
    year = np.repeat(np.arange(draws.n), rng.poisson(rate))
    ratio = draws.ratio[site.risk_class, "fire"](rng, len(year))
    ratio *= _of_site(site.relativity["fire_ratio"], len(year), rng)
    time, event = rng.random(len(year)), sheet.events(len(year))
    _all_items(site, "fire", draws, sheet, year, time, event, ratio)


def _catastrophes(sites: list[Site], draws: Draws, sheet: Sheet) -> None:
    """As many as the site of highest relativity has; the others have those below theirs."""
    rng = draws.rng
    reach = np.array([
        draws.share[site.risk_class] * _of_site(site.relativity["catastrophe_rate"], draws.n, rng)
        for site in sites
    ])  # fmt: skip
    highest = reach.max(axis=0)
    year = np.repeat(np.arange(draws.n), rng.poisson(draws.catastrophe * highest))
    height = rng.random(len(year)) * highest[year]
    time, event = rng.random(len(year)), sheet.events(len(year))
    cell = (rng.random(len(year)) * CELLS).astype(np.intp)
    for site, of_site in zip(sites, reach, strict=True):
        hit = np.flatnonzero(height < of_site[year])
        ratio = draws.damage[site.risk_class][cell[hit]]
        ratio = ratio * _of_site(site.relativity["catastrophe_ratio"], len(hit), rng)
        _all_items(site, "catastrophe", draws, sheet, year[hit], time[hit], event[hit], ratio)


def _all_items(
    site: Site, peril: str, draws: Draws, sheet: Sheet, year: Rows, time: Floats, event: Rows,
    ratio: Floats,
) -> None:  # fmt: skip
    """Each event strikes all items of the site with one damage ratio."""
    n, m = len(year), len(site.items)
    loss = np.outer(np.minimum(ratio, 1.0), site.whole).ravel()
    item = np.tile(site.items, n)
    sheet.add(peril, year.repeat(m), time.repeat(m), item, event.repeat(m), loss)
    if site.daily_cost > 0 and n:
        longer = site.relativity["days"].together(draws.rng.standard_normal(n)).max(axis=0)
        lead = np.full(n, site.items[0])
        _interrupted(site, draws, sheet, year, time, lead, event, longer)


def _interrupted(
    site: Site, draws: Draws, sheet: Sheet, year: Rows, time: Floats, item: Rows, event: Rows,
    longer: Floats,
) -> None:  # fmt: skip
    days: Sampler = draws.days[site.risk_class]
    beyond = np.maximum(days(draws.rng, len(year)) * longer - site.waiting_days, 0.0)
    loss = np.minimum(beyond, site.indemnity_days) * site.daily_cost
    sheet.add("interruption", year, time, item, event, loss)
