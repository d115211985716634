"""Clayton, Gumbel and Frank copulas of pairs: joint probabilities, tails, rank correlations, draws.

`u`, `v` are levels in [0, 1] and broadcast; `pair` turns uniforms (2, n) into dependent ones
(2, n), the first row kept, by the inverse of the conditional law: common random numbers stay
common. Source: Nelsen 2006, An Introduction to Copulas, chapters 4 and 5; Joe 2014, Dependence
Modeling with Copulas, chapter 4.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import integrate, optimize, special

from techinsure.dependence import ranks
from techinsure.dependence.arguments import pairs, uniform_rows
from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Floats, Real, number, refuse_unless

_SMALL = 1e-4
"""A parameter below which Frank's rank correlations are their series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clayton:
    """C = max(u**-theta + v**-theta - 1, 0)**(-1/theta), theta >= -1; 0 is independence, -1 the
    countermonotone pair. Lower tails move together, upper ones do not."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["clayton"] = "clayton"
    theta: Real

    def __post_init__(self) -> None:
        refuse_unless(self, theta=number("must be >= -1", lambda value: value >= -1))

    @staticmethod
    def of_kendall(tau: float) -> "Clayton":
        """The copula of Kendall's `tau` in [-1/3, 1): theta = 2 tau / (1 - tau)."""
        if not -1 / 3 <= tau < 1:
            raise InvalidParameter([Fault("tau", tau, "must be in [-1/3, 1) for Clayton")])
        return Clayton(theta=2 * tau / (1 - tau))

    @property
    def kendall_tau(self) -> float:
        """theta / (theta + 2)."""
        return self.theta / (self.theta + 2)

    @property
    def spearman(self) -> float:
        """Spearman's rank correlation, by quadrature."""
        return 0.0 if self.theta == 0 else ranks.spearman(self.cdf)

    @property
    def lower_tail(self) -> float:
        """lim P(V <= u | U <= u), u -> 0: 2**(-1/theta), 0 for theta <= 0."""
        return 2 ** (-1 / self.theta) if self.theta > 0 else 0.0

    @property
    def upper_tail(self) -> float:
        """lim P(V > u | U > u), u -> 1: 0."""
        return 0.0

    def cdf(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U <= u, V <= v)."""
        u, v = pairs(u, v)
        t = self.theta
        if t == 0:
            return u * v
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            a, b = -t * np.log(u), -t * np.log(v)
            low, high = np.minimum(a, b), np.maximum(a, b)
            near = np.log1p(np.maximum(np.expm1(a) + np.expm1(b), -1.0))
            far = high + np.log1p(np.exp(low - high) - np.exp(-high))
            inside = np.exp(-np.where(high > 1, far, near) / t)
        return np.where((u == 0) | (v == 0), 0.0, np.minimum(inside, np.minimum(u, v)))

    def survival(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U > u, V > v)."""
        return _survival(self.cdf(u, v), *pairs(u, v))

    def pair(self, uniforms: ArrayLike) -> Floats:
        """Dependent uniforms (2, n) from independent ones (2, n)."""
        u, w = uniform_rows(uniforms, 2)
        t = self.theta
        if t == 0:
            return np.array([u, w])
        if t == -1:
            return np.array([u, 1 - u])
        with np.errstate(over="ignore"):
            # v**-t = 1 + u**-t (w**(-t / (1 + t)) - 1)
            grown = np.log(np.abs(np.expm1(-t / (1 + t) * np.log(w)))) - t * np.log(u)
            v = np.exp(-(np.logaddexp(0.0, grown) if t > 0 else np.log1p(-np.exp(grown))) / t)
        return np.array([u, v])


@dataclass(frozen=True, slots=True, kw_only=True)
class Gumbel:
    """C = exp(-((-ln u)**theta + (-ln v)**theta)**(1/theta)), theta >= 1; 1 is independence.
    Upper tails move together, lower ones do not."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["gumbel"] = "gumbel"
    theta: Real

    def __post_init__(self) -> None:
        refuse_unless(self, theta=number("must be >= 1", lambda value: value >= 1))

    @staticmethod
    def of_kendall(tau: float) -> "Gumbel":
        """The copula of Kendall's `tau` in [0, 1): theta = 1 / (1 - tau)."""
        if not 0 <= tau < 1:
            raise InvalidParameter([Fault("tau", tau, "must be in [0, 1) for Gumbel")])
        return Gumbel(theta=1 / (1 - tau))

    @property
    def kendall_tau(self) -> float:
        """1 - 1 / theta."""
        return 1 - 1 / self.theta

    @property
    def spearman(self) -> float:
        """Spearman's rank correlation, by quadrature."""
        return 0.0 if self.theta == 1 else ranks.spearman(self.cdf)

    @property
    def lower_tail(self) -> float:
        """lim P(V <= u | U <= u), u -> 0: 0."""
        return 0.0

    @property
    def upper_tail(self) -> float:
        """lim P(V > u | U > u), u -> 1: 2 - 2**(1/theta)."""
        return 2 - 2 ** (1 / self.theta)

    def cdf(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U <= u, V <= v)."""
        u, v = pairs(u, v)
        if self.theta == 1:
            return u * v
        with np.errstate(divide="ignore", invalid="ignore"):
            x, y = -np.log(u), -np.log(v)
            high = np.maximum(x, y)
            part = np.where(high > 0, np.minimum(x, y) / high, 0.0)
            inside = np.exp(-high * np.exp(np.log1p(part**self.theta) / self.theta))
        return np.where((u == 0) | (v == 0), 0.0, inside)

    def survival(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U > u, V > v)."""
        return _survival(self.cdf(u, v), *pairs(u, v))

    def pair(self, uniforms: ArrayLike) -> Floats:
        """Dependent uniforms (2, n) from independent ones (2, n).

        With x = -ln u, the sum s of the copula solves s + (theta - 1) ln s = x + (theta - 1) ln x
        - ln w: Wright's omega function; then y = x ((s / x)**theta - 1)**(1/theta).
        """
        u, w = uniform_rows(uniforms, 2)
        t = self.theta
        if t == 1:
            return np.array([u, w])
        x, less = -np.log(u), t - 1
        s = less * special.wrightomega((x - np.log(w)) / less + np.log(x) - math.log(less))
        gap = np.maximum(np.expm1(t * np.log(np.maximum(s / x, 1.0))), 0.0)
        return np.array([u, np.exp(-x * gap ** (1 / t))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Frank:
    """C = -ln(1 + (exp(-theta u) - 1) (exp(-theta v) - 1) / (exp(-theta) - 1)) / theta; 0 is
    independence. No tail moves together, however large theta."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["frank"] = "frank"
    theta: Real

    def __post_init__(self) -> None:
        refuse_unless(self, theta=number("must be finite", lambda value: True))

    @staticmethod
    def of_kendall(tau: float) -> "Frank":
        """The copula of Kendall's `tau` in (-1, 1), found by bisection."""
        if not -1 < tau < 1:
            raise InvalidParameter([Fault("tau", tau, "must be in (-1, 1) for Frank")])
        high = 8 / (1 - abs(tau)) + 1

        def miss(theta: float) -> float:
            return Frank(theta=theta).kendall_tau - tau

        return Frank(theta=0.0 if tau == 0 else optimize.brentq(miss, -high, high, xtol=1e-13))

    @property
    def kendall_tau(self) -> float:
        """1 - 4 (1 - D1(theta)) / theta, D the Debye function."""
        t = abs(self.theta)
        tau = t / 9 if t < _SMALL else 1 - 4 / t * (1 - _debye(1, t))
        return math.copysign(tau, self.theta)

    @property
    def spearman(self) -> float:
        """1 - 12 (D1(theta) - D2(theta)) / theta."""
        t = abs(self.theta)
        rank = t / 6 if t < _SMALL else 1 - 12 / t * (_debye(1, t) - _debye(2, t))
        return math.copysign(rank, self.theta)

    @property
    def lower_tail(self) -> float:
        """lim P(V <= u | U <= u), u -> 0: 0."""
        return 0.0

    @property
    def upper_tail(self) -> float:
        """lim P(V > u | U > u), u -> 1: 0."""
        return 0.0

    def cdf(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U <= u, V <= v)."""
        u, v = pairs(u, v)
        if self.theta == 0:
            return u * v
        if self.theta < 0:
            mirrored = Frank(theta=-self.theta).cdf(u, 1 - v)
            return np.where(v == 0, 0.0, np.maximum(u - mirrored, 0.0))
        t = self.theta
        if t < 1:
            weak: Floats = -np.log1p(np.expm1(-t * u) * np.expm1(-t * v) / np.expm1(-t)) / t
            return weak
        low, high = np.minimum(u, v), np.maximum(u, v)
        rest = -np.expm1(-t * high) - np.exp(-t * (high - low)) * np.expm1(-t * (1 - high))
        return np.where(low == 0, 0.0, low - np.log(rest / -math.expm1(-t)) / t)

    def survival(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U > u, V > v), which for Frank is C(1 - u, 1 - v)."""
        u, v = pairs(u, v)
        return self.cdf(1 - u, 1 - v)

    def pair(self, uniforms: ArrayLike) -> Floats:
        """Dependent uniforms (2, n) from independent ones (2, n)."""
        u, w = uniform_rows(uniforms, 2)
        if self.theta == 0:
            return np.array([u, w])
        if self.theta < 0:
            mirrored = Frank(theta=-self.theta).pair(np.array([u, 1 - w]))
            return np.array([u, 1 - mirrored[1]])
        t = self.theta
        # with o = w / (1 - w): exp(-t v) = (exp(-t u) + o exp(-t)) / (exp(-t u) + o)
        odds = np.log(w) - np.log1p(-w)
        v = np.logaddexp(-t * u, odds) - np.logaddexp(-t * u, odds - t)
        return np.array([u, v / t])


def _survival(inside: Floats, u: Floats, v: Floats) -> Floats:
    """1 - u - v + C, never below 0."""
    return np.maximum((1 - u) + (1 - v) + (inside - 1), 0.0)


def _debye(order: int, x: float) -> float:
    """n / x**n int_0^x t**n / (e**t - 1) dt, x > 0."""

    def inside(t: float) -> float:
        return t**order / math.expm1(t) if 0 < t < 700 else float(order == 1 and t == 0)

    end = min(x, 700.0)
    cuts = [cut for cut in (1.0, 10.0, 40.0, 100.0) if cut < end]
    total = 0.0
    for low, high in zip([0.0, *cuts], [*cuts, end], strict=True):
        total += integrate.quad(inside, low, high, epsabs=0, epsrel=1e-13)[0]
    return order * total / x**order
