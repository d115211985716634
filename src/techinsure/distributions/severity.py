"""Laws on [0, inf): rates and amounts in currency units."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions.arguments import levels
from techinsure.distributions.layers import excess, layer_mean, limited
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    between,
    not_negative,
    number,
    positive,
    refuse_unless,
    require,
)

LARGEST_SIGMA = 18.0
"""Of a lognormal law: beyond, its variance leaves float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gamma:
    """Gamma law by mean and coefficient of variation: shape 1 / cv**2, scale mean * cv**2.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.3.2.1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["gamma"] = "gamma"
    mean: Real
    cv: Real

    def __post_init__(self) -> None:
        refuse_unless(self, mean=positive, cv=positive)

    @staticmethod
    def of_shape_scale(shape: float, scale: float) -> "Gamma":
        """The law with this shape and scale, mean shape * scale."""
        require("shape", shape, positive)
        require("scale", scale, positive)
        return Gamma(mean=shape * scale, cv=shape**-0.5)

    @property
    def shape(self) -> float:
        """1 / cv**2."""
        return self.cv**-2

    @property
    def scale(self) -> float:
        """mean * cv**2, in the unit of the mean."""
        return self.mean * self.cv**2

    @property
    def variance(self) -> float:
        """(mean * cv)**2."""
        return (self.mean * self.cv) ** 2

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return np.asarray(special.gammainc(self.shape, np.maximum(x, 0.0) / self.scale))

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return np.asarray(special.gammaincc(self.shape, np.maximum(x, 0.0) / self.scale))

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`, in the unit of the mean."""
        values = np.asarray(special.gammaincinv(self.shape, levels(uniforms)), np.float64)
        return self.scale * values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * P(shape + 1, x / scale), shaped like `x`."""
        scaled = np.maximum(x, 0.0) / self.scale
        below = np.asarray(special.gammainc(self.shape + 1, scaled), np.float64)
        return self.mean * below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean."""
        return limited(self.partial_mean(limit), limit, self.survival(limit))

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`."""
        scaled = np.maximum(x, 0.0) / self.scale
        beyond = np.asarray(special.gammaincc(self.shape + 1, scaled), np.float64)
        return excess(self.mean * beyond, x, self.survival(x))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """Lognormal law by mean and coefficient of variation: sigma**2 = ln(1 + cv**2),
    mu = ln(mean) - sigma**2 / 2.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.5.1.1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["lognormal"] = "lognormal"
    mean: Real
    cv: Real

    def __post_init__(self) -> None:
        refuse_unless(self, mean=positive, cv=positive)

    @staticmethod
    def of_mu_sigma(mu: float, sigma: float) -> "Lognormal":
        """The law of exp(mu + sigma Z), Z standard normal: mean exp(mu + sigma**2 / 2)."""
        require("mu", mu, between(-100, 100))
        small = number(
            f"must be in (0, {LARGEST_SIGMA:g}]", lambda value: 0 < value <= LARGEST_SIGMA
        )
        require("sigma", sigma, small)
        return Lognormal(mean=math.exp(mu + sigma**2 / 2), cv=math.sqrt(math.expm1(sigma**2)))

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return math.sqrt(math.log1p(self.cv**2))

    @property
    def mu(self) -> float:
        """Mean of the logarithm."""
        return math.log(self.mean) - self.sigma**2 / 2

    @property
    def variance(self) -> float:
        """(mean * cv)**2."""
        return (self.mean * self.cv) ** 2

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        below: Floats = special.ndtr(self._normal(x))
        return below

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        above: Floats = special.ndtr(-self._normal(x))
        return above

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`, in the unit of the mean."""
        values: Floats = np.exp(self.mu + self.sigma * special.ndtri(levels(uniforms)))
        return values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * Phi((ln x - mu) / sigma - sigma), shaped like `x`."""
        below: Floats = self.mean * special.ndtr(self._normal(x) - self.sigma)
        return below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean."""
        return limited(self.partial_mean(limit), limit, self.survival(limit))

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`."""
        beyond = self.mean * special.ndtr(self.sigma - self._normal(x))
        return excess(beyond, x, self.survival(x))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)

    def _normal(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            score: Floats = (np.log(np.maximum(x, 0.0)) - self.mu) / self.sigma
        return score


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value known for certain, such as a contract term."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["point"] = "point"
    mean: Real
    cv: Real = 0.0

    def __post_init__(self) -> None:
        certain = number("must be 0 for a point", lambda value: value == 0)
        refuse_unless(self, mean=not_negative, cv=certain)

    @property
    def variance(self) -> float:
        """0."""
        return 0.0

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return np.where(np.asarray(x) >= self.mean, 1.0, 0.0)

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`."""
        return np.where(np.asarray(x) < self.mean, 1.0, 0.0)

    def quantile(self, uniforms: Floats) -> Floats:
        """The value, shaped like `uniforms`."""
        return np.full(levels(uniforms).shape, self.mean)

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x], shaped like `x`."""
        return np.where(np.asarray(x) >= self.mean, self.mean, 0.0)

    def limited_mean(self, limit: Floats) -> Floats:
        """min(mean, limit), shaped like `limit`."""
        return np.minimum(self.mean, limit)

    def excess_mean(self, x: Floats) -> Floats:
        """max(mean - x, 0), shaped like `x`."""
        return np.maximum(self.mean - np.asarray(x), 0.0)

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)
