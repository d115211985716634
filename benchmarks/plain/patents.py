"""Patents: suits on patents and families, the chain of a dispute, its costs and losses."""

import numpy as np
from numpy.typing import NDArray

from techinsure.quantities import Flags, Floats

from .book import Book, Unit, sampler
from .losses import Sheet

Rows = NDArray[np.int64]


class Draws:
    """Posterior draws and factors of `n` years, and the laws of amounts by class."""

    def __init__(self, book: Book, n: int, rng: np.random.Generator) -> None:
        model, self.rng, self.n = book.dispute, rng, n
        names = sorted({name for unit in book.units for name in unit.classes})
        self.rate = sampler(model.suit_rate)(rng, n)
        self.chance = {
            name: {
                "attack": sampler(model.attack)(rng, n), "settled": sampler(model.settled)(rng, n),
                "win": sampler(model.win)(rng, n),
                "void": sampler(model.classes[name].void)(rng, n),
            }
            for name in names
        }  # fmt: skip
        variance = model.field_frailty.mean
        self.field = {
            name: rng.gamma(1 / variance, variance, n)
            for name in sorted({unit.field for unit in book.units})
        }
        self.cost = {name: sampler(model.classes[name].cost) for name in names}
        losses = {name: model.classes[name].loss for name in names}
        self.loss = {name: sampler(prior) for name, prior in losses.items() if prior}
        self.recovery = sampler(model.recovery)
        self.dearer = model.attacked_cost.mean
        self.settled_cost, self.settled_loss = model.settled_cost.mean, model.settled_loss.mean


def simulate(book: Book, n: int, supply: Floats, rng: np.random.Generator, sheet: Sheet) -> None:
    """Costs and losses of `n` years; `supply` shocks leave patents alone."""
    draws = Draws(book, n, rng)
    for unit in book.units:
        year, time, event, place = _sued(unit, draws, sheet)
        for code, name in enumerate(dict.fromkeys(unit.classes)):
            of_class = np.array([own == name for own in unit.classes])[place]
            here = of_class if code or len(set(unit.classes)) > 1 else slice(None)
            _disputes(unit, name, draws, sheet, year[here], time[here], event[here], place[here])


def _sued(unit: Unit, draws: Draws, sheet: Sheet) -> tuple[Rows, Floats, Rows, Rows]:
    """(year, time, event, place in the unit) of every patent that is sued.

    A family is sued as often as its item of highest relativity; the others are hit by the suits
    below theirs, with all their patents at once.
    """
    rng, rate = draws.rng, draws.rate * draws.field[unit.field]
    swing = unit.rate.drawn(rng, draws.n) if unit.rate.sigma.any() else unit.rate.mean[:, None]
    highest = swing.max(axis=0)
    patents = 1 if unit.together else int(unit.patents[0])
    year = np.repeat(np.arange(draws.n), rng.poisson(rate * highest * patents))
    time, event = rng.random(len(year)), sheet.events(len(year))
    if not unit.together:
        return year, time, event, np.zeros(len(year), np.int64)
    column = year if swing.shape[1] > 1 else np.zeros(len(year), np.int64)
    height = rng.random(len(year)) * highest[column]
    suit, place = np.nonzero(height[:, None] < swing[:, column].T)
    suit, place = np.repeat([suit, place], unit.patents[place], axis=1)
    return year[suit], time[suit], event[suit], place


def _disputes(
    unit: Unit, name: str, draws: Draws, sheet: Sheet, year: Rows, time: Floats, event: Rows,
    place: Rows,
) -> None:  # fmt: skip
    """Attack, settlement and judgment of each sued patent of one class, and what they cost."""
    rng, n = draws.rng, len(year)
    attacked, settled, wins, void = (
        rng.random(n) < chance[year] for chance in draws.chance[name].values()
    )
    won: Flags = ~settled & wins & ~(attacked & void)
    cost = draws.cost[name](rng, n) * np.where(attacked, draws.dearer, 1.0)
    cost *= np.where(settled, draws.settled_cost, 1.0)
    sheet.add("enforcement", year, time, unit.items[place], event, cost)
    if name in draws.loss and unit.covered.any():
        lost = np.flatnonzero((settled | won) & unit.covered[place])
        loss = (1 - draws.recovery(rng, len(lost))) * draws.loss[name](rng, len(lost))
        loss *= np.where(settled[lost], draws.settled_loss, 1.0)
        item = unit.items[place[lost]]
        sheet.add("infringed_loss", year[lost], time[lost], item, event[lost], loss)
