"""Laws on [0, 1]: damage ratios, probabilities, shares of a budget."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions.arguments import levels
from techinsure.distributions.layers import excess, layer_mean, limited
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Floats, Real, number, positive, refuse_unless, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """Beta law by mean and coefficient of variation: a = mean * k, b = (1 - mean) * k with
    k = (1 - mean) / (mean * cv**2) - 1.

    Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 2, ch. 25.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["beta"] = "beta"
    mean: Real
    cv: Real

    def __post_init__(self) -> None:
        inside = number("must be in (0, 1)", lambda value: 0 < value < 1)
        refuse_unless(self, mean=inside, cv=positive)
        widest = ((1 - self.mean) / self.mean) ** 0.5
        if self.cv >= widest:
            bound = f"must be < {widest:.4g} for a beta law of mean {self.mean:g}"
            raise InvalidParameter([Fault("cv", self.cv, bound)])

    @staticmethod
    def of_shapes(a: float, b: float) -> "Beta":
        """The law with shape parameters a and b."""
        require("a", a, positive)
        require("b", b, positive)
        mean = a / (a + b)
        return Beta(mean=mean, cv=float(((1 - mean) / (mean * (a + b + 1))) ** 0.5))

    @property
    def shapes(self) -> tuple[float, float]:
        """(a, b)."""
        k = (1 - self.mean) / (self.mean * self.cv**2) - 1
        return self.mean * k, (1 - self.mean) * k

    @property
    def variance(self) -> float:
        """(mean * cv)**2."""
        return (self.mean * self.cv) ** 2

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        inside: Floats = special.betainc(*self.shapes, np.clip(x, 0.0, 1.0))
        return inside

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return _beyond(*self.shapes, np.clip(x, 0.0, 1.0))

    def quantile(self, uniforms: Floats) -> Floats:
        """Values in [0, 1], shaped like `uniforms`."""
        values: Floats = special.betaincinv(*self.shapes, levels(uniforms))
        return values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * I_x(a + 1, b), shaped like `x`."""
        a, b = self.shapes
        below: Floats = self.mean * special.betainc(a + 1, b, np.clip(x, 0.0, 1.0))
        return below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`."""
        limit = np.clip(limit, 0.0, 1.0)
        return limited(self.partial_mean(limit), limit, self.survival(limit))

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`."""
        a, b = self.shapes
        beyond = self.mean * _beyond(a + 1, b, np.clip(x, 0.0, 1.0))
        return excess(beyond, x, self.survival(x))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)


SMALL = 0.05
"""Below it the complement of a probability has lost digits."""


def _beyond(a: float, b: float, x: Floats) -> Floats:
    """1 - I_x(a, b), shaped like `x`: by the complement, seven times as fast, where that keeps its
    digits."""
    above = np.asarray(1.0 - special.betainc(a, b, x), np.float64)
    small = above < SMALL
    if small.any():
        above[small] = special.betaincc(a, b, np.asarray(x)[small])
    return above
