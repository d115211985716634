"""MBBEFD laws of damage ratios and their exposure curves, the Swiss Re curves among them.

With beta = ln b, q = g b - 1, h(x) = expm1(-beta x) / expm1(-beta) and k(x) = expm1(beta x) /
expm1(beta), both x at b = 1, Bernegger's formulas of four cases are one each, without 0 / 0:
P(X > x) = 1 / (1 + (g - 1) h(x)) and E[min(X, x)] = (b - 1) / beta * ln(1 + q k(x)) / q.
Source: Bernegger (1997), ASTIN Bulletin 27(1), 99-111, section 3.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions.arguments import levels
from techinsure.distributions.layers import layer_mean, short_integral
from techinsure.quantities import FORBID, Floats, Real, between, number, refuse_unless, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Mbbefd:
    """Damage ratio on [0, 1] with an atom of 1 / g at 1, the total loss.

    `b` >= 0, `g` >= 1; b = 0 or g = 1 knows only total losses.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["mbbefd"] = "mbbefd"
    b: Real
    g: Real

    def __post_init__(self) -> None:
        is_b = number(
            "must be 0 or in [1e-100, 1e100]", lambda value: value == 0 or 1e-100 <= value <= 1e100
        )
        refuse_unless(self, b=is_b, g=between(1, 1e100))

    @staticmethod
    def swiss_re(c: float) -> "Mbbefd":
        """Swiss Re curve of concentration `c` in [0, 10]: b = exp(3.1 - 0.15 c (1 + c)),
        g = exp(c (0.78 + 0.12 c)). 1.5, 2, 3 and 4 are the curves Y1 to Y4, 5 is one of Lloyd's
        for industry.
        Source: Bernegger (1997), section 4."""
        require("c", c, between(0, 10))
        return Mbbefd(b=math.exp(3.1 - 0.15 * c * (1 + c)), g=math.exp(c * (0.78 + 0.12 * c)))

    @property
    def total_loss_probability(self) -> float:
        """P(X = 1) = 1 / g, and 1 at b = 0."""
        return 1.0 if self.b == 0 else 1 / self.g

    @property
    def mean(self) -> float:
        """E[X] = ln(g b) (1 - b) / (ln b (1 - g b)) and its limits."""
        return float(self.limited_mean(np.array(1.0)))

    @property
    def variance(self) -> float:
        """2 int_0^1 P(X <= x) E[max(X - x, 0)] dx (Hoeffding 1940), by Gauss-Legendre in pieces
        that are short where the law has its scales, 1 / g from 0 on and 1 / |ln b|."""
        if self.b == 0 or self.g == 1:
            return 0.0
        near_zero = 0.5 ** np.arange(1, 10 + math.ceil(math.log2(self.g)))
        even = np.linspace(0, 1, 2 + math.ceil(abs(self._beta)))
        edges = np.unique(np.concatenate([near_zero, even]))
        low = edges[:-1, None]

        def spread(x: Floats) -> Floats:
            return self.cdf(low + x) * self.excess_mean(low + x)

        return 2 * float(short_integral(spread, np.diff(edges)).sum())

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        odds = self._odds(x)
        return np.where(np.asarray(x) >= 1, 1.0, odds / (1 + odds))

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`: 1 / g just below 1, 0 at 1."""
        return np.where(np.asarray(x) >= 1, 0.0, 1 / (1 + self._odds(x)))

    def quantile(self, uniforms: Floats) -> Floats:
        """Damage ratios, shaped like `uniforms`; 1 from 1 - 1 / g on, before any logarithm."""
        u = levels(uniforms)
        with np.errstate(divide="ignore"):
            odds = u / (1 - u)
        return self._at_odds(odds)

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x], shaped like `x`, the total loss included from 1 on: E[min(X, x)] -
        x P(X > x); where that cancels, the integral of x times the density, and never below 0."""
        x = np.clip(x, 0.0, 1.0)
        if self.b == 0:
            return np.where(x >= 1, 1.0, 0.0)
        beta, odds = self._beta, self._odds(x)
        short = (odds < 0.5) & (abs(beta) * x < 1)

        def moment(y: Floats) -> Floats:
            slope = (self.g - 1) * np.exp(-beta * y) / special.exprel(-beta)
            return y * slope / (1 + self._odds(y)) ** 2

        near = short_integral(moment, np.where(short, x, 0.0))
        far = np.maximum(self.limited_mean(x) - x * self.survival(x), 0.0)
        return np.where(short & (x < 1), near, far)

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`."""
        x = np.clip(limit, 0.0, 1.0)
        if self.b == 0:
            inside = x
        else:
            k = self._power(x)
            inside = self._logarithm(k, np.log1p(self._odds(x)) + self._beta * x)
        return inside + np.minimum(limit, 0.0)

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`: what is left of the ratio beyond x is P(X > x) times
        a law of the same family on [0, 1 - x]."""
        at = np.clip(x, 0.0, 1.0)
        if self.b == 0:
            inside = 1 - at
        else:
            odds = self._odds(at)
            k = self._power(1 - at) / (1 + odds)
            log_rest = math.log(self.g) - np.log1p(odds) + self._beta * (1 - at)
            inside = self._logarithm(k, log_rest)
        return inside - np.minimum(x, 0.0)

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together."""
        return layer_mean(self, attachment, limit)

    def exposure_curve(self, retention: Floats) -> Floats:
        """G(retention) = E[min(X, retention)] / E[X], shaped like `retention`: the share of the
        losses that a retention (fraction of the sum insured) keeps."""
        return self.limited_mean(np.clip(retention, 0.0, 1.0)) / self.mean

    @property
    def _beta(self) -> float:
        """ln b; b is not 0."""
        return math.log(self.b)

    def _odds(self, x: Floats) -> Floats:
        """(g - 1) h(x) = P(X <= x) / P(X > x) just below each x, clipped to [0, 1]."""
        x = np.clip(x, 0.0, 1.0)
        if self.b == 0:
            return np.where(x >= 1, self.g - 1, 0.0)
        beta = self._beta
        h = x if beta == 0 else np.expm1(-beta * x) / math.expm1(-beta)
        return (self.g - 1) * h

    def _at_odds(self, odds: Floats) -> Floats:
        """The x with these odds, 1 from odds of g - 1 on."""
        if self.b == 0 or self.g == 1:
            return np.ones_like(odds)
        beta = self._beta
        h = np.minimum(odds / (self.g - 1), 1.0)
        with np.errstate(divide="ignore"):
            inside = h if beta == 0 else np.log1p(h * math.expm1(-beta)) / -beta
        return np.where(h == 1, 1.0, inside)

    def _power(self, x: Floats) -> Floats:
        """k(x)."""
        beta = self._beta
        return x if beta == 0 else np.expm1(beta * x) / math.expm1(beta)

    def _logarithm(self, k: Floats, log_rest: Floats) -> Floats:
        """(b - 1) / beta * ln(1 + q k) / q, k at q = 0; `log_rest` is the same ln(1 + q k) from
        logarithms, for where the sum would cancel."""
        q = self.g * self.b - 1
        factor = float(special.exprel(self._beta))
        if q == 0:
            return factor * k
        sum_cancels = q * k < -0.5
        log = np.where(sum_cancels, log_rest, np.log1p(np.where(sum_cancels, 0.0, q * k)))
        return factor * log / q
