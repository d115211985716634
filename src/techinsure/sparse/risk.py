"""A risk as sources of claims: how many each may bring, how large, and when.

Given the rates, the numbers of claims of the sources are independent Poisson. The rates are random
(posterior draws, common factors): a law on `n_atoms` points, mostly a product of Gauss rules, so
expectations over them are sums.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.distributions import Law
from techinsure.distributions.arguments import levels
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import (
    FORBID,
    Floats,
    Name,
    Real,
    each,
    not_negative,
    number,
    positive,
    refuse_unless,
    text,
)
from techinsure.sparse.rules import HasQuantile, rule, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """The uniform law on [low, high]: times of occurrence, or a mark of a claim."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    low: Real = 0.0
    high: Real = 1.0

    def __post_init__(self) -> None:
        above = number(f"must be >= low = {self.low}", lambda value: value >= self.low)
        refuse_unless(self, low=number("must be finite", lambda value: True), high=above)

    def quantile(self, uniforms: Floats) -> Floats:
        """low + (high - low) * u, shaped like `uniforms`."""
        return self.low + (self.high - self.low) * levels(uniforms)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitMixture:
    """One of `parts`, any laws, the i-th with probability `weights[i]`: a uniform picks the part
    and, stretched to (0, 1), the part's quantile. Not monotone, and as fast as its parts."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    parts: tuple[HasQuantile, ...]
    weights: tuple[Real, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, parts=each(_has_quantile, 1), weights=each(positive))
        faults = []
        if len(self.weights) != len(self.parts):
            bound = f"must have {len(self.parts)} entries, one a part"
            faults.append(Fault("weights", len(self.weights), bound))
        if abs(math.fsum(self.weights) - 1) > 1e-9:
            total = math.fsum(self.weights)
            faults.append(Fault("weights", total, "must sum to 1", "divide each by their sum"))
        if faults:
            raise InvalidParameter(faults)

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`."""
        u = levels(uniforms)
        part, within = split(np.cumsum(self.weights), u)
        values = np.zeros(u.shape)
        for number_, law in enumerate(self.parts):
            here = part == number_
            values[here] = law.quantile(within[here])
        return values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """What may bring claims. `sizes` are the laws of a claim's amounts or marks, independent of
    one another: mostly one, the ground-up loss in currency units; `when` the law of the time of
    occurrence, years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Name
    sizes: tuple[HasQuantile, ...]
    when: HasQuantile = Uniform()

    def __post_init__(self) -> None:
        refuse_unless(self, name=text(), sizes=each(_has_quantile, 1), when=_has_quantile)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Risk:
    """`rates` (n_atoms, n_sources) >= 0: claims expected of each source over the term, should the
    atom hold, which it does with probability `chance` (n_atoms,)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    sources: tuple[Source, ...]
    rates: Floats
    chance: Floats

    def __post_init__(self) -> None:
        faults = _fault_of_rates(self.sources, self.rates, self.chance)
        if faults:
            raise InvalidParameter(faults)

    @staticmethod
    def driven(
        sources: Sequence[Source],
        events: Sequence[float],
        driven_by: Sequence[Sequence[str]],
        draws: Mapping[str, Law | HasQuantile],
    ) -> "Risk":
        """The risk in which source j expects `events[j]` times all draws named in `driven_by[j]`.

        `draws` are independent: rates, or common factors of mean 1, of any law. Up to five that
        vary can be combined; more are `Undefined`.
        """
        _refuse_unless_driven(sources, events, driven_by, draws)
        names = [name for name in draws if any(name in drivers for drivers in driven_by)]
        values, chance = together([rule(draws[name]) for name in names])
        rates = np.tile(np.array(events, np.float64), (len(chance), 1))
        for j, drivers in enumerate(driven_by):
            for name in drivers:
                rates[:, j] *= values[names.index(name)]
        return Risk(sources=tuple(sources), rates=rates, chance=chance)

    @property
    def n_amounts(self) -> int:
        """The most amounts that a claim has."""
        return max(len(source.sizes) for source in self.sources)

    @property
    def expected(self) -> Floats:
        """(n_sources,) claims expected over the term."""
        means: Floats = self.chance @ self.rates
        return means


def split(upto: Floats, uniforms: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The interval of `upto` (n,), ascending to 1, in which each uniform falls, and where in it,
    in (0, 1); both shaped like `uniforms`."""
    last = int(np.flatnonzero(np.diff(upto, prepend=0.0) > 0)[-1])
    place = np.minimum(np.searchsorted(upto, uniforms, side="right"), last)
    bottom = np.concatenate([[0.0], upto])[place]
    return place, inside((uniforms - bottom) / (upto[place] - bottom))


def inside(uniforms: Floats) -> Floats:
    """The same, kept off 0 and 1 by 2**-53."""
    return np.clip(uniforms, 2.0**-53, 1 - 2.0**-53)


def _has_quantile(field: str, value: object) -> list[Fault]:
    if callable(getattr(value, "quantile", None)):
        return []
    return [Fault(field, value, "must be a law", "take one of techinsure.distributions")]


def _fault_of_rates(sources: Sequence[Source], rates: Floats, chance: Floats) -> list[Fault]:
    if not sources:
        return [Fault("sources", 0, "must have at least 1 entry")]
    if np.ndim(chance) != 1 or np.shape(rates) != (len(chance), len(sources)):
        bound = f"must have the shape (n_atoms, {len(sources)}), one column a source"
        return [Fault("rates", np.shape(rates), bound)]
    if not (np.isfinite(rates) & (rates >= 0)).all():
        return [Fault("rates", float(np.min(rates)), "must be finite and >= 0")]
    if not (chance >= 0).all() or abs(chance.sum() - 1) > 1e-9:
        return [Fault("chance", float(chance.sum()), "must be >= 0 and sum to 1")]
    return []


def _refuse_unless_driven(
    sources: Sequence[Source],
    events: Sequence[float],
    driven_by: Sequence[Sequence[str]],
    draws: Mapping[str, Law | HasQuantile],
) -> None:
    faults = list[Fault]()
    for field, given in (("events", events), ("driven_by", driven_by)):
        if len(given) != len(sources):
            faults.append(
                Fault(field, len(given), f"must have {len(sources)} entries, one a source")
            )
    faults += each(not_negative)("events", events)
    for j, drivers in enumerate(driven_by):
        known = ", ".join(draws) or "none"
        faults += [
            Fault(f"driven_by[{j}]", name, f"must be one of the draws: {known}")
            for name in drivers
            if name not in draws
        ]
    for name, law in draws.items():
        faults += _has_quantile(f"draws[{name}]", law)
    if faults:
        raise InvalidParameter(faults)
