"""Distortions: how a premium principle reweighs the probability of losing more.

A distortion g is concave and increasing from g(0) = 0 to g(1) = 1; its premium is the integral of
g(P(X > x)) over x, less that of 1 - g over x < 0.
Source: Wang (1996), ASTIN Bulletin 26(1); Denneberg (1994), Non-Additive Measure and Integral.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    is_level,
    not_negative,
    number,
    refuse_unless,
)

at_least_one = number("must be >= 1", lambda value: value >= 1, "1 charges the mean")


class Distortion(Protocol):
    """What integrals over a distorted law ask for."""

    @property
    def tail_power(self) -> float:
        """p, where g(s) falls like s**p as s -> 0: a tail x**(-1 / shape) has a finite premium
        where shape < p."""
        ...

    def at(self, survival: Floats) -> Floats:
        """g, shaped like `survival`, in [0, 1]."""
        ...

    def log_slope(self, log_survival: Floats) -> Floats:
        """ln g'(s) at ln s, shaped like `log_survival`."""
        ...

    def where_finite(self, shape: float) -> str:
        """In words, for which parameters the premium of a tail of index `shape` is finite."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazard:
    """g(s) = s**(1 / rho), rho >= 1: the hazard rate is divided by rho.

    Source: Wang (1995), Insurance: Mathematics and Economics 17(1).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    rho: Real

    def __post_init__(self) -> None:
        refuse_unless(self, rho=at_least_one)

    @property
    def tail_power(self) -> float:
        """1 / rho."""
        return 1 / self.rho

    def at(self, survival: Floats) -> Floats:
        """g."""
        power: Floats = np.asarray(survival, np.float64) ** (1 / self.rho)
        return power

    def log_slope(self, log_survival: Floats) -> Floats:
        """(1 / rho - 1) ln s - ln rho."""
        return (1 / self.rho - 1) * log_survival - math.log(self.rho)

    def where_finite(self, shape: float) -> str:
        """rho < 1 / shape."""
        return f"it is finite for rho < {1 / shape:.6g}" if shape < 1 else _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class WangTransform:
    """g(s) = Phi(Phi^-1(s) + lambda), lambda >= 0: the normal score of the loss is moved.

    Source: Wang (2000), Journal of Risk and Insurance 67(1).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    lambda_: Real

    def __post_init__(self) -> None:
        refuse_unless(self, lambda_=not_negative)

    @property
    def tail_power(self) -> float:
        """1: exp(lambda sqrt(2 ln 1/s)) grows more slowly than any power of 1 / s."""
        return 1.0

    def at(self, survival: Floats) -> Floats:
        """g."""
        return np.asarray(special.ndtr(special.ndtri(survival) + self.lambda_), np.float64)

    def log_slope(self, log_survival: Floats) -> Floats:
        """-lambda Phi^-1(s) - lambda**2 / 2."""
        scores = np.asarray(special.ndtri_exp(log_survival), np.float64)
        return -self.lambda_ * scores - self.lambda_**2 / 2

    def where_finite(self, shape: float) -> str:
        """Nowhere."""
        return _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class DualPower:
    """g(s) = 1 - (1 - s)**power, power >= 1: for whole numbers the mean of the largest of so many
    independent losses.

    Source: Wang (1996), ASTIN Bulletin 26(1), section 4.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    power: Real

    def __post_init__(self) -> None:
        refuse_unless(self, power=at_least_one)

    @property
    def tail_power(self) -> float:
        """1: g(s) is near power * s."""
        return 1.0

    def at(self, survival: Floats) -> Floats:
        """g."""
        with np.errstate(divide="ignore"):
            return -np.expm1(self.power * np.log1p(-np.minimum(survival, 1.0)))

    def log_slope(self, log_survival: Floats) -> Floats:
        """ln power + (power - 1) ln(1 - s), with all digits of 1 - s at both ends."""
        far = log_survival < -math.log(2)
        below = np.where(far, 0.5, -np.expm1(np.where(far, -1.0, log_survival)))
        near_one = np.log1p(-np.exp(np.where(far, log_survival, -1.0)))
        logs = np.where(far, (self.power - 1) * near_one, special.xlogy(self.power - 1, below))
        return math.log(self.power) + logs

    def where_finite(self, shape: float) -> str:
        """Nowhere."""
        return _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class TailMean:
    """g(s) = min(s / (1 - level), 1): TVaR, the mean of the worst 1 - level of probability.

    Source: Acerbi & Tasche (2002), Journal of Banking & Finance 26.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    level: Real

    def __post_init__(self) -> None:
        refuse_unless(self, level=is_level)

    @property
    def tail_power(self) -> float:
        """1."""
        return 1.0

    def at(self, survival: Floats) -> Floats:
        """g."""
        return np.minimum(np.asarray(survival, np.float64) / (1 - self.level), 1.0)

    def log_slope(self, log_survival: Floats) -> Floats:
        """-ln(1 - level) in the tail, -inf before it."""
        log_tail = math.log1p(-self.level)
        return np.where(log_survival <= log_tail, -log_tail, -np.inf)

    def where_finite(self, shape: float) -> str:
        """Nowhere."""
        return _NOWHERE


_NOWHERE = "it is infinite at every parameter, as the mean is"
