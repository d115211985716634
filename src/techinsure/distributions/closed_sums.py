"""Sums of claims whose law has a closed form: gamma sizes, and exponential sizes of a geometric
number."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions import Frequency, Gamma
from techinsure.distributions.arguments import levels
from techinsure.errors import Refused
from techinsure.quantities import FORBID, Floats, Real, is_level, positive, refuse_unless, require

MOST_TERMS = 100_000
"""Claim numbers that a sum over them may take."""

_NEGLIGIBLE = 1e-18


@dataclass(frozen=True, slots=True, kw_only=True)
class GeometricExponential:
    """Sum of a geometric number of exponential sizes: P(N = k) = beta**k / (1 + beta)**(k + 1),
    sizes of mean `scale`, currency units. It is 0 with probability 1 / (1 + beta), and else
    exponential of mean scale * (1 + beta).

    Source: Klugman, Panjer & Willmot, Loss Models, chapter 9.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    beta: Real
    scale: Real

    def __post_init__(self) -> None:
        refuse_unless(self, beta=positive, scale=positive)

    @property
    def mean(self) -> float:
        """beta * scale."""
        return self.beta * self.scale

    @property
    def variance(self) -> float:
        """beta * (2 + beta) * scale**2."""
        return self.beta * (2 + self.beta) * self.scale**2

    def survival(self, x: Floats) -> Floats:
        """P(S > x), shaped like `x`."""
        some = self._some * np.exp(-np.maximum(x, 0.0) / self._scale)
        return np.where(np.asarray(x) < 0, 1.0, some)

    def cdf(self, x: Floats) -> Floats:
        """P(S <= x), shaped like `x`."""
        return 1 - self.survival(x)

    def quantile(self, uniforms: Floats) -> Floats:
        """inf{x: P(S <= x) >= u}, shaped like `uniforms`: 0 up to P(S = 0), inf at 1."""
        with np.errstate(divide="ignore"):
            scaled = np.log(self._some) - np.log1p(-levels(uniforms))
        return self._scale * np.where(scaled > 2.0**-50, scaled, 0.0)

    def stop_loss(self, retention: Floats) -> Floats:
        """E[max(S - retention, 0)], shaped like `retention` >= 0."""
        return self._scale * self.survival(retention)

    def tvar(self, level: float) -> float:
        """The mean of the worst 1 - level of probability: quantile + scale * (1 + beta) beyond
        the atom at 0, and mean / (1 - level) within it."""
        require("level", level, is_level)
        quantile = float(self.quantile(np.array(level)))
        return quantile + float(self.stop_loss(np.array(quantile))) / (1 - level)

    @property
    def _some(self) -> float:
        return self.beta / (1 + self.beta)

    @property
    def _scale(self) -> float:
        return self.scale * (1 + self.beta)


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaSum:
    """Sum of sizes of law `severity`, currency units, whose number has law `frequency`: given k
    claims it is gamma of shape k * shape. Sums over claim numbers end where 1e-18 is left.

    Source: Klugman, Panjer & Willmot, Loss Models, chapter 9.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    frequency: Frequency
    severity: Gamma

    @property
    def mean(self) -> float:
        """E[N] E[X]."""
        return self.frequency.mean * self.severity.mean

    @property
    def variance(self) -> float:
        """E[N] Var[X] + Var[N] E[X]**2."""
        size = self.severity
        return self.frequency.mean * size.variance + self.frequency.variance * size.mean**2

    def cdf(self, x: Floats) -> Floats:
        """P(S <= x), shaped like `x`."""
        return np.where(np.asarray(x) >= 0, 1 - self.survival(x), 0.0)

    def survival(self, x: Floats) -> Floats:
        """P(S > x) = sum over k >= 1 of P(N = k) P(gamma of shape k * shape > x)."""
        k, chance = self._claims()
        scaled = np.maximum(np.asarray(x, np.float64), 0.0)[..., None] / self.severity.scale
        above = special.gammaincc(k * self.severity.shape, scaled) @ chance
        return np.where(np.asarray(x) >= 0, above, 1.0)

    def stop_loss(self, retention: Floats) -> Floats:
        """E[max(S - retention, 0)], shaped like `retention` >= 0, currency units."""
        k, chance = self._claims()
        retention = np.asarray(retention, np.float64)
        scaled = retention[..., None] / self.severity.scale
        beyond = special.gammaincc(k * self.severity.shape + 1, scaled) @ (chance * k)
        return self.severity.mean * beyond - retention * self.survival(retention)

    def _claims(self) -> tuple[Floats, Floats]:
        """The numbers k >= 1 that matter, and their probabilities."""
        most = float(self.frequency.quantile(np.array(1 - 2.0**-53)))
        while float(self.frequency.survival(np.array(most))) > _NEGLIGIBLE:
            most = math.ceil(1.1 * most + 1)
        if most > MOST_TERMS:
            raise Refused(
                f"{self.frequency!r} may count {most:.3g} claims, at most {MOST_TERMS} can be"
                " summed over: put the sizes on a lattice"
            )
        k = np.arange(1.0, most + 1)
        return k, self.frequency.pmf(k)
