"""The normal law: of results that may be gains, never of one claim."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions.arguments import levels
from techinsure.distributions.layers import excess, layer_mean
from techinsure.quantities import FORBID, Floats, Real, number, positive, refuse_unless


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """Normal law of `mean` and standard deviation `sd`, in the unit of X.

    Source: Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, ch. 13.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["normal"] = "normal"
    mean: Real
    sd: Real

    def __post_init__(self) -> None:
        finite = number("must be finite", lambda value: True)
        refuse_unless(self, mean=finite, sd=positive)

    @property
    def variance(self) -> float:
        """sd**2."""
        return self.sd**2

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return np.asarray(special.ndtr(self._score(x)), np.float64)

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return np.asarray(special.ndtr(-self._score(x)), np.float64)

    def quantile(self, uniforms: Floats) -> Floats:
        """Values, shaped like `uniforms`; infinite at 0 and 1."""
        scores = np.asarray(special.ndtri(levels(uniforms)), np.float64)
        return self.mean + self.sd * scores

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x] = mean * P(X <= x) - sd * phi((x - mean) / sd), shaped like `x`."""
        return self.mean * self.cdf(x) - self.sd * self._density(x)

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)] = mean - E[max(X - limit, 0)], shaped like `limit`."""
        return self.mean - self.excess_mean(limit)

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)] = sd * phi(z) - (x - mean) * P(X > x), z = (x - mean) / sd, shaped
        like `x`."""
        over = np.asarray(x, np.float64) - self.mean
        return excess(self.sd * self._density(x), over, self.survival(x))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)

    def _score(self, x: Floats) -> Floats:
        return (np.asarray(x, np.float64) - self.mean) / self.sd

    def _density(self, x: Floats) -> Floats:
        """phi of the score of each x."""
        return np.exp(-(self._score(x) ** 2) / 2) / math.sqrt(2 * math.pi)
