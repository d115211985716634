"""Claims of many scenarios at once, drawn stratum by stratum: what policy terms are applied to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.quantities import FORBID, Floats
from techinsure.seeding import counters, keys, uniforms
from techinsure.sparse.points import scrambled
from techinsure.sparse.risk import Risk, inside, split
from techinsure.sparse.strata import Stratum

QUASI = 6
"""Claims of a scenario whose numbers are quasi-random; those of further claims are independent."""

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Claims:
    """Claims of `n_scenarios` policy terms, in order of (scenario, time).

    `scenario`, `source` (n_claims,) whole numbers; `time` (n_claims,) years; `sizes` (n_amounts,
    n_claims), ground-up amounts in currency units or marks, 0 where a source has fewer. A
    scenario may have no claim.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    n_scenarios: int
    scenario: Indices
    source: Indices
    time: Floats
    sizes: Floats

    @property
    def size(self) -> Floats:
        """(n_claims,) the first amount of each claim."""
        first: Floats = self.sizes[0]
        return first

    def total(self, amount: Floats) -> Floats:
        """(n_scenarios,) sums of `amount` (n_claims,)."""
        sums = np.bincount(self.scenario, weights=amount, minlength=self.n_scenarios)
        return sums.astype(np.float64, copy=False)


Terms = Callable[[Claims], Floats]
"""Payments (n_scenarios,) >= 0 of claims, currency units: a pure function, each scenario alone."""


def drawn(
    risk: Risk, strata: Sequence[Stratum], log2: Sequence[int], n_scrambles: int, seed: int,
    purpose: str,
) -> Claims:  # fmt: skip
    """One scenario without claims, then the points of each stratum, scramble by scramble:
    `n_scrambles` nets of 2**log2 points each."""
    none = np.zeros(0, np.intp)
    parts, start = [(none, none, np.zeros(0), np.zeros((risk.n_amounts, 0)))], 1
    for stratum, size in zip(strata, log2, strict=True):
        names = [f"{purpose}/{stratum.name}/{r}" for r in range(n_scrambles)]
        part = _of_stratum(risk, stratum, keys(seed, "sparse", names), size)
        parts.append((part.scenario + start, part.source, part.time, part.sizes))
        start += part.n_scenarios
    scenario, source, time, sizes = zip(*parts, strict=True)
    return Claims(
        n_scenarios=start,
        scenario=np.concatenate(scenario),
        source=np.concatenate(source),
        time=np.concatenate(time),
        sizes=np.concatenate(sizes, axis=1),
    )


def _of_stratum(risk: Risk, stratum: Stratum, key: NDArray[np.uint64], log2: int) -> Claims:
    n_each, n_numbers, n_cells = min(stratum.most, QUASI), risk.n_amounts + 1, len(stratum.count)
    has_cells = int(n_cells > 1)
    net = scrambled(key, log2, has_cells + n_each * n_numbers)
    net = net.reshape(-1, net.shape[2])
    cell = np.zeros(len(net), np.intp)
    if has_cells:
        cell = split(np.cumsum(stratum.chance), net[:, 0])[0]
    count = stratum.count[cell]
    scenario = np.repeat(np.arange(len(net)), count)
    number = np.arange(len(scenario)) - np.repeat(np.cumsum(count) - count, count)
    random = _numbers(net[:, has_cells:], key, scenario, number, n_each)
    source, first = _sources(stratum, stratum.atom[cell[scenario]], random[0])
    sizes, time = np.zeros((risk.n_amounts, len(scenario))), np.zeros(len(scenario))
    for j, one in enumerate(risk.sources):
        here = np.nonzero(source == j)[0] if len(risk.sources) > 1 else np.arange(len(source))
        for a, law in enumerate(one.sizes):
            sizes[a, here] = law.quantile(first[here] if a == 0 else random[a, here])
        time[here] = one.when.quantile(random[-1, here])
    if stratum.most > 1:
        order = np.lexsort((time, scenario))
        source, time, sizes = source[order], time[order], sizes[:, order]
    return Claims(n_scenarios=len(net), scenario=scenario, source=source, time=time, sizes=sizes)


def _numbers(
    net: Floats, key: NDArray[np.uint64], scenario: Indices, number: Indices, n_each: int
) -> Floats:
    """(n_amounts + 1, n_claims) uniforms of the claims: those of the net, amount by amount and
    claim by claim, for the first `n_each` claims of a scenario; further ones have their own."""
    n_numbers = net.shape[1] // n_each
    offset = np.arange(n_numbers)[:, None] * n_each
    random: Floats = net[scenario, offset + np.minimum(number, n_each - 1)]
    late = np.nonzero(number >= n_each)[0]
    if len(late):
        a_key = len(net) // len(key)
        which, point = np.divmod(scenario[late], a_key)
        slot = number[late] * n_numbers + np.arange(n_numbers)[:, None]
        random[:, late] = uniforms(key[which], counters(1 + point, slot))
    return random


def _sources(stratum: Stratum, atom: Indices, uniform: Floats) -> tuple[Indices, Floats]:
    """The source of each claim, and what is left of its uniform for the first amount."""
    if len(stratum.upto) == 1:
        return split(stratum.upto[0], uniform)
    upto = stratum.upto[atom]
    source = np.sum(uniform[:, None] >= upto[:, :-1], axis=1)
    row = np.arange(len(source))
    top = upto[row, source]
    bottom = np.where(source > 0, upto[row, source - 1], 0.0)
    return source, inside((uniform - bottom) / np.where(top > bottom, top - bottom, 1.0))
