"""The Weibull law of amounts and durations."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions.arguments import levels
from techinsure.distributions.layers import excess, layer_mean, limited
from techinsure.quantities import FORBID, Floats, Real, number, positive, refuse_unless


@dataclass(frozen=True, slots=True, kw_only=True)
class Weibull:
    """S(x) = exp(-(x / scale)**shape), x >= 0; `scale` in the unit of X. Shape 1 is exponential.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.3.2.3.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["weibull"] = "weibull"
    shape: Real
    scale: Real

    def __post_init__(self) -> None:
        moderate = number("must be in [0.02, 1000]", lambda value: 0.02 <= value <= 1000)
        refuse_unless(self, shape=moderate, scale=positive)

    @property
    def mean(self) -> float:
        """scale * Gamma(1 + 1 / shape)."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    @property
    def variance(self) -> float:
        """mean**2 * (Gamma(1 + 2 / shape) / Gamma(1 + 1 / shape)**2 - 1)."""
        ratio = math.lgamma(1 + 2 / self.shape) - 2 * math.lgamma(1 + 1 / self.shape)
        return self.mean**2 * math.expm1(ratio)

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return -np.expm1(-self._time(x))

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return np.exp(-self._time(x))

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`, in the unit of the scale; inf at 1."""
        with np.errstate(divide="ignore"):
            values: Floats = self.scale * (-np.log1p(-levels(uniforms))) ** (1 / self.shape)
        return values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * P(1 + 1 / shape, (x / scale)**shape), shaped like `x`."""
        below = np.asarray(special.gammainc(1 + 1 / self.shape, self._time(x)), np.float64)
        return self.mean * below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean."""
        return limited(self.partial_mean(limit), limit, self.survival(limit))

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`."""
        beyond = np.asarray(special.gammaincc(1 + 1 / self.shape, self._time(x)), np.float64)
        return excess(self.mean * beyond, x, self.survival(x))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)

    def _time(self, x: Floats) -> Floats:
        """(x / scale)**shape."""
        powers: Floats = (np.maximum(x, 0.0) / self.scale) ** self.shape
        return powers
