"""Laws on [0, inf): rates and amounts in currency units."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    number,
    positive,
    refuse_unless,
)


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

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`, in the unit of the mean."""
        values = np.asarray(special.gammaincinv(self.shape, uniforms), np.float64)
        return self.scale * values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * P(shape + 1, x / scale), shaped like `x`."""
        scaled = np.maximum(x, 0.0) / self.scale
        below = np.asarray(special.gammainc(self.shape + 1, scaled), np.float64)
        return self.mean * below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean."""
        return _limited(self.partial_mean(limit), limit, self.cdf(limit))


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

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`, in the unit of the mean."""
        values: Floats = np.exp(self.mu + self.sigma * special.ndtri(uniforms))
        return values

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * Phi((ln x - mu) / sigma - sigma), shaped like `x`."""
        below: Floats = self.mean * special.ndtr(self._normal(x) - self.sigma)
        return below

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean."""
        return _limited(self.partial_mean(limit), limit, self.cdf(limit))

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

    def quantile(self, uniforms: Floats) -> Floats:
        """The value, shaped like `uniforms`."""
        return np.full(np.shape(uniforms), self.mean)

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x], shaped like `x`."""
        return np.where(np.asarray(x) >= self.mean, self.mean, 0.0)

    def limited_mean(self, limit: Floats) -> Floats:
        """min(mean, limit), shaped like `limit`."""
        return np.minimum(self.mean, limit)


def _limited(below: Floats, limit: Floats, cdf: Floats) -> Floats:
    above = np.where(np.isinf(limit), 0.0, limit) * (1 - cdf)
    return below + above
