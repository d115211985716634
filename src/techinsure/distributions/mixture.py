"""A mixture: one of several laws holds, each with its probability."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict, Field

from techinsure.distributions.arguments import levels
from techinsure.distributions.damage import Beta
from techinsure.distributions.layers import layer_mean
from techinsure.distributions.severity import Gamma, Lognormal, Point
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Floats, Real, each, positive, refuse_unless

Part = Annotated[Beta | Gamma | Lognormal | Point, Field(discriminator="kind")]

BISECTIONS = 64
"""Halvings of an interval that holds a quantile: to the last digits of float64."""


def _sum_to_one(name: str, value: object) -> Iterator[Fault]:
    weights: tuple[float, ...] = tuple(value)  # type: ignore[arg-type]
    if abs(math.fsum(weights) - 1) > 1e-9:
        yield Fault(name, math.fsum(weights), "must sum to 1", "divide each by their sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """The law of `parts` (one or more), the i-th with probability `weights[i]` > 0.

    Source: linear opinion pool, Stone 1961, Annals of Mathematical Statistics 32(4).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["mixture"] = "mixture"
    parts: tuple[Part, ...]
    weights: tuple[Real, ...]

    def __post_init__(self) -> None:
        refuse_unless(self, parts=each(lambda *_: (), 1), weights=each(positive))
        if len(self.weights) != len(self.parts):
            bound = f"must have {len(self.parts)} entries, one a part"
            raise InvalidParameter([Fault("weights", len(self.weights), bound)])
        refuse_unless(self, weights=_sum_to_one)

    @property
    def mean(self) -> float:
        """sum w m."""
        return math.fsum(w * part.mean for w, part in zip(self.weights, self.parts, strict=True))

    @property
    def variance(self) -> float:
        """sum w (v + (m - mean)**2)."""
        centre = self.mean
        return math.fsum(
            w * (part.variance + (part.mean - centre) ** 2)
            for w, part in zip(self.weights, self.parts, strict=True)
        )

    @property
    def cv(self) -> float:
        """Standard deviation / mean; 0 where the mean is 0."""
        return math.sqrt(self.variance) / self.mean if self.mean else 0.0

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return self._mixed([part.cdf(x) for part in self.parts])

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return self._mixed([part.survival(x) for part in self.parts])

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`: the cdf inverted by bisection between the smallest and
        the largest quantile of the parts."""
        uniforms = levels(uniforms)
        of_parts = np.array([part.quantile(uniforms) for part in self.parts], dtype=np.float64)
        low: Floats = of_parts.min(axis=0)
        high: Floats = of_parts.max(axis=0)
        between = np.isfinite(high) & (low < high)
        for _ in range(BISECTIONS):
            middle = low + (np.where(between, high, 0.0) - np.where(between, low, 0.0)) / 2
            below = (self.cdf(middle) < uniforms) & between
            low, high = np.where(below, middle, low), np.where(below | ~between, high, middle)
        return high

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x], shaped like `x`."""
        return self._mixed([part.partial_mean(x) for part in self.parts])

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`."""
        return self._mixed([part.limited_mean(limit) for part in self.parts])

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`."""
        return self._mixed([part.excess_mean(x) for part in self.parts])

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)

    def _mixed(self, values: list[Floats]) -> Floats:
        mixed: Floats = np.tensordot(np.array(self.weights), np.array(values), axes=1)
        return mixed
