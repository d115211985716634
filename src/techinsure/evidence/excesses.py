"""Claims above a threshold as data: one by one, or as counts on a fixed grid of amounts.

A generalised Pareto law has no sums that suffice; counts of claims between fixed amounts do, for
the likelihood of just that: where each claim lies, to the width of its interval. Counts of several
sources add, and no single claim leaves its source.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, Refused
from techinsure.quantities import (
    FORBID,
    Count,
    Floats,
    Real,
    count,
    each,
    not_negative,
    positive,
    refuse_unless,
    require,
)

CHUNK = 64
"""Claims whose likelihood is taken at once."""
MOST_CLAIMS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Excesses:
    """`excesses` (n,) > 0 of claims over `threshold`, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    threshold: Real
    excesses: tuple[Real, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, threshold=not_negative, excesses=each(positive))

    @staticmethod
    def of(claims: Sequence[float] | Floats, threshold: float) -> "Excesses":
        """Of those `claims` (n,), from the ground up, that exceed the threshold."""
        require("threshold", threshold, not_negative)
        require("claims", claims, each(not_negative))
        values = np.asarray(claims, np.float64)
        over = values[values > threshold] - threshold
        return Excesses(threshold=threshold, excesses=tuple(over.tolist()))

    @property
    def n(self) -> int:
        """Claims above the threshold."""
        return len(self.excesses)

    @property
    def largest(self) -> float | None:
        """The largest claim, from the ground up; None where there is none."""
        return self.threshold + max(self.excesses) if self.excesses else None

    def log_likelihood(self, shape: Floats, scale: Floats) -> Floats:
        """sum of -ln sigma - (1 + xi) z, z = ln(1 + xi y / sigma) / xi; broadcast shape of
        `shape` and `scale`, -inf where a claim is impossible."""
        total = np.zeros(np.broadcast_shapes(shape.shape, scale.shape))
        values = np.array(self.excesses)
        for start in range(0, len(values), CHUNK):
            y = values[start : start + CHUNK]
            z = scaled_log(shape[..., None], y / scale[..., None])
            total -= (1 + shape) * z.sum(axis=-1)
        return np.asarray(total - len(values) * np.log(scale), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcessCounts:
    """`counts` (n_bins,) of claims by excess over `threshold`, currency units: bin i holds
    excesses from `edges[i]` to `edges[i + 1]`, the last all beyond its edge. `edges[0]` is 0."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    threshold: Real
    edges: tuple[Real, ...]
    counts: tuple[Count, ...]

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            threshold=not_negative,
            edges=each(not_negative, at_least=1),
            counts=each(count(0, MOST_CLAIMS)),
        )
        faults = []
        if len(self.counts) != len(self.edges):
            faults.append(Fault("counts", len(self.counts), f"must have {len(self.edges)} entries"))
        if self.edges[0] != 0:
            faults.append(Fault("edges[0]", self.edges[0], "must be 0: excesses start there"))
        if any(high <= low for low, high in zip(self.edges, self.edges[1:], strict=False)):
            faults.append(Fault("edges", self.edges, "must increase"))
        if faults:
            raise InvalidParameter(faults)

    @staticmethod
    def of(
        claims: Sequence[float] | Floats, threshold: float, edges: Sequence[float]
    ) -> "ExcessCounts":
        """Counts of those `claims` (n,), from the ground up, that exceed the threshold."""
        over = np.array(Excesses.of(claims, threshold).excesses)
        counts = np.histogram(over, [*edges, math.inf])[0]
        return ExcessCounts(threshold=threshold, edges=tuple(edges), counts=tuple(counts.tolist()))

    def plus(self, other: "ExcessCounts") -> "ExcessCounts":
        """The counts of both; `Refused` where they were not counted on the same grid."""
        if (self.threshold, self.edges) != (other.threshold, other.edges):
            raise Refused("counts add only on the same threshold and edges: count both on one grid")
        both = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return ExcessCounts(threshold=self.threshold, edges=self.edges, counts=both)

    @property
    def n(self) -> int:
        """Claims above the threshold."""
        return sum(self.counts)

    @property
    def largest(self) -> float | None:
        """What the largest claim reached at least, from the ground up: the lower edge of its bin;
        None where there is none."""
        filled = [edge for edge, n in zip(self.edges, self.counts, strict=True) if n]
        return self.threshold + filled[-1] if filled else None

    def log_likelihood(self, shape: Floats, scale: Floats) -> Floats:
        """sum of counts * ln(P(Y > edge) - P(Y > next edge)); broadcast shape of `shape` and
        `scale`, -inf where a claim is impossible."""
        total = np.zeros(np.broadcast_shapes(shape.shape, scale.shape))
        ends = [*self.edges[1:], math.inf]
        filled = [one for one in zip(self.edges, ends, self.counts, strict=True) if one[2]]
        z = {
            edge: scaled_log(shape, edge / scale) for edge in {e for one in filled for e in one[:2]}
        }
        for low, high, n in filled:
            with np.errstate(divide="ignore", invalid="ignore"):
                inside = -z[low] + np.log(-np.expm1(z[low] - z[high]))
            total += n * np.where(np.isinf(z[low]), -np.inf, inside)
        return total


def log_edges(first: float, last: float, per_decade: int = 10) -> tuple[float, ...]:
    """Edges of excesses, currency units: 0, then `first` to `last` in equal steps of the
    logarithm, `per_decade` to a factor of 10."""
    require("first", first, positive)
    require("last", last, positive)
    require("per_decade", per_decade, count(1, 1000))
    if last <= first:
        raise InvalidParameter([Fault("last", last, f"must be > first, {first:g}")])
    n = max(round(math.log10(last / first) * per_decade), 1)
    return (0.0, *np.geomspace(first, last, n + 1).tolist())


def scaled_log(shape: Floats, ratio: Floats) -> Floats:
    """ln(1 + xi t) / xi at t = y / sigma, t at xi = 0: minus the logarithm of P(Y > y).

    inf where xi < 0 and t lies at or beyond -1 / xi. Broadcasts.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        product = shape * ratio
        small = np.abs(product) < 1e-8
        factor = np.log1p(np.maximum(product, -1.0)) / np.where(small, 1.0, product)
        z = ratio * np.where(small, 1 - product / 2, factor)
    return np.asarray(np.where((product <= -1.0) | np.isinf(ratio), np.inf, z), np.float64)
