"""Projects that fail by thresholds: what bounds them in a year, and how far each comes.

Numpy references of compiled loops of the same names. Probabilities are drawn by cells, so what a
draw becomes (its probit at a relativity) is a table of cells.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from techinsure.distributions import Law
from techinsure.distributions.cells import cell_means
from techinsure.models.phases import failed_by, rated
from techinsure.quantities import Floats
from techinsure.seeding import Keys, counters, uniforms

Rank = NDArray[np.intp]

NODES = np.linspace(-8.0, 8.0, 4097)
"""Scores at which the normal law is tabulated: between them a straight line is right to 5e-7."""
NORMAL = (float(NODES[0]), 256.0, special.ndtr(NODES), 4e-6)
"""First score, nodes a unit, values, and what keeps a bound from three of them above the truth."""
LOGITS = np.linspace(-40.0, 40.0, 8193)
"""Log odds at which their probit is tabulated: between them a straight line is right to 1e-6."""
CURVE = (
    float(LOGITS[0]),
    102.4,
    -np.sign(LOGITS) * special.ndtri(special.expit(-abs(LOGITS))),
    1e-6,
)
"""First log odds, nodes a unit, probits, and how far these may miss."""


@lru_cache(512)
def scores(laws: tuple[Law, ...], relativity: float, entry: int) -> Floats:
    """(n_phases, CELLS) probits of failure for each cell of the drawn probabilities of `laws`, at
    `relativity`; those of phases before `entry` are lower than any score."""
    chance = np.array([rated(cell_means(law), np.array(relativity)) for law in laws])
    table: Floats = special.ndtri(chance)
    table[:entry] = -1e3
    table.flags.writeable = False
    return table


@lru_cache(512)
def logits(laws: tuple[Law, ...]) -> Floats:
    """(n_phases, CELLS) log odds of failure for each cell of the drawn probabilities of `laws`."""
    table: Floats = special.logit(np.array([cell_means(law) for law in laws]))
    table.flags.writeable = False
    return table


def reach(
    tables: Floats, drawn: NDArray[np.int64], owner: NDArray[np.int64], lift: Floats,
    struck: Floats, pull: Floats, group: NDArray[np.int64], spread: Floats, first: float,
    density: float, normal: Floats, margin: float,
) -> Floats:  # fmt: skip
    """The reference of the compiled loop: 1 - prod(1 - Phi((score + lift - pull) / spread)), Phi
    by straight lines between nodes."""
    nodes = first + np.arange(len(normal)) / density
    bound = np.empty((len(tables), drawn.shape[2]))
    for cell, table in enumerate(tables):
        score = np.take_along_axis(table, drawn[owner[cell]], axis=1)
        x = (score + lift[cell] * struck - pull[group[cell]]) / spread[cell]
        passed = 1.0 - np.interp(x, nodes, normal)
        bound[cell] = 1.0 - passed.prod(axis=0) + margin
    return bound


def passed(
    row: Rank, year: Rank, key: Keys, slot: int, odds_key: Keys, odds: Floats, sigma: Floats,
    entry: NDArray[np.int64], logits: Floats, of_class: Rank, drawn: NDArray[np.int64],
    owner: Rank, lift: Floats, struck: Floats, pull: Floats, group: Rank, spread: Floats,
    first: int, *tables: Floats | float,
) -> Rank:  # fmt: skip
    """The reference of the compiled loop: phases, one after the other, that are passed; `odds`
    (n,) logarithms of relativities. The loop looks at `tables` (`CURVE`, `NORMAL`) first, and
    computes as this does where they are too rough to say."""
    phases = np.arange(logits.shape[1])[:, None]
    years = counters(first + year)
    spread_of, score = sigma[row], special.ndtri(uniforms(odds_key[row], years))
    own = np.exp(odds[row] + spread_of * score - spread_of**2 / 2)
    chance = special.expit(logits[of_class[row], phases, drawn[owner[row], phases, year]])
    chance = np.where(phases >= entry[row], rated(chance, own), 0.0)
    x = special.ndtri(chance) + lift[row] * struck[year] - pull[group[row], phases, year]
    by = failed_by(special.ndtr(x / spread[row]))
    count: Rank = (uniforms(key[row], counters(first + year, slot)) >= by).sum(axis=0)
    return count
