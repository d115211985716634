"""Laws of the number of claims.

Every law of counts has `pmf`, `cdf` and `survival` of counts, its probability generating function
`pgf(z)` = E[z**N], the lower `quantile`, `mean` and `variance`. Counts are float64 whole numbers;
what lies between two counts has no probability. A transform of many claims needs E[z**N] close to
z = 1, where 1 + w would lose the digits of w: hence `pgf_near_one(w)` = E[(1 + w)**N].
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from scipy import special

from techinsure.distributions import saddle_point
from techinsure.distributions.arguments import levels
from techinsure.quantities import FORBID, Count, Flags, Floats, Real, count, number, refuse_unless

Argument = Floats | NDArray[np.complex128]
"""Of a probability generating function: real or complex, at most 1 in absolute value."""

_ROUNDING = 2.0**-49
"""By which part of itself a level may be missed and still be reached: rounding of a cdf."""

_is_rate = number("must be in [1e-12, 1e9]", lambda value: 1e-12 <= value <= 1e9)
_inside = number("must be in (0, 1)", lambda value: 0 < value < 1)


class CountLaw:
    """What all laws of counts share."""

    __slots__ = ()

    @property
    def mean(self) -> float:
        """E[N]."""
        raise NotImplementedError

    @property
    def smallest(self) -> float:
        """The smallest count that can be: 0, unless said otherwise."""
        return 0.0

    @property
    def largest(self) -> float:
        """The largest count that can be: inf, unless said otherwise."""
        return math.inf

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        raise NotImplementedError

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N], shaped like `w`, |1 + w| <= 1."""
        raise NotImplementedError

    def pgf(self, z: Argument) -> Argument:
        """E[z**N], shaped like `z`, |z| <= 1."""
        return self.pgf_near_one(z - 1)

    def quantile(self, uniforms: Floats) -> Floats:
        """The smallest count with P(N <= k) >= u, shaped like `uniforms`; at 1 the largest count,
        inf where there is none. A level that is missed by rounding (2e-15 of itself) counts as
        reached, so that 0.25 gives 0 where P(N = 0) is a quarter."""
        u = levels(uniforms)
        below_one = u < 1
        target = np.where(below_one, u, 0.0) * (1 - _ROUNDING)
        low = np.full(u.shape, self.smallest - 1)
        high = np.full(u.shape, float(math.ceil(self.mean)))
        while (short := self.cdf(high) < target).any():
            low, high = np.where(short, high, low), np.where(short, 2 * high + 1, high)
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            short = self.cdf(middle) < target
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.where(below_one, high, self.largest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisson(CountLaw):
    """Poisson law of mean `rate`, claims.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix B.2.1.1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["poisson"] = "poisson"
    rate: Real

    def __post_init__(self) -> None:
        refuse_unless(self, rate=_is_rate)

    @property
    def mean(self) -> float:
        """rate."""
        return self.rate

    @property
    def variance(self) -> float:
        """rate."""
        return self.rate

    @property
    def panjer(self) -> tuple[float, float]:
        """(a, b) of p(k) = (a + b / k) p(k - 1): (0, rate)."""
        return 0.0, self.rate

    def pmf(self, k: Floats) -> Floats:
        """P(N = k), shaped like `k`."""
        counts, is_count = _counts(k)
        return np.where(is_count, saddle_point.poisson(counts, self.rate), 0.0)

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        below = special.gammaincc(np.maximum(np.floor(k), 0.0) + 1, self.rate)
        return np.where(np.asarray(k) >= 0, below, 0.0)

    def survival(self, k: Floats) -> Floats:
        """P(N > k), shaped like `k`."""
        above = special.gammainc(np.maximum(np.floor(k), 0.0) + 1, self.rate)
        return np.where(np.asarray(k) >= 0, above, 1.0)

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N] = exp(rate w), shaped like `w`."""
        values: Argument = np.exp(self.rate * w)
        return values

    def pgf_of_some(self, w: Argument) -> Argument:
        """E[(1 + w)**N; N > 0], shaped like `w`; no digit is lost where a claim is unlikely."""
        if self.rate > 1:
            return self.pgf_near_one(w) - math.exp(-self.rate)
        values: Argument = math.exp(-self.rate) * np.expm1(self.rate * (1 + w))
        return values

    def log_pgf(self, w: Floats) -> Floats:
        """ln E[(1 + w)**N], w real and > -1: rate w."""
        return self.rate * w


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeBinomial(CountLaw):
    """P(N = 0) = (1 + beta)**-r, mean r * beta, variance r * beta * (1 + beta); `r` is any real
    number > 0. A Poisson law whose rate is gamma with shape r and scale beta.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix B.2.1.4.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["negative_binomial"] = "negative_binomial"
    r: Real
    beta: Real

    def __post_init__(self) -> None:
        refuse_unless(self, r=_is_rate, beta=_is_rate)

    @property
    def mean(self) -> float:
        """r * beta."""
        return self.r * self.beta

    @property
    def variance(self) -> float:
        """r * beta * (1 + beta)."""
        return self.r * self.beta * (1 + self.beta)

    @property
    def panjer(self) -> tuple[float, float]:
        """(a, b): (beta, (r - 1) beta) / (1 + beta)."""
        return self._failure, (self.r - 1) * self._failure

    def pmf(self, k: Floats) -> Floats:
        """P(N = k), shaped like `k`."""
        counts, is_count = _counts(k)
        whole = self.r + counts
        part = saddle_point.binomial(
            np.full(counts.shape, self.r), whole, 1 / (1 + self.beta), self._failure
        )
        return np.where(is_count, self.r / whole * part, 0.0)

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        counts = np.maximum(np.floor(k), 0.0) + 1
        below = special.betaincc(counts, self.r, self._failure)
        return np.where(np.asarray(k) >= 0, below, 0.0)

    def survival(self, k: Floats) -> Floats:
        """P(N > k), shaped like `k`."""
        counts = np.maximum(np.floor(k), 0.0) + 1
        above = special.betainc(counts, self.r, self._failure)
        return np.where(np.asarray(k) >= 0, above, 1.0)

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N] = (1 - beta w)**-r, shaped like `w`."""
        values: Argument = np.exp(-self.r * special.log1p(-self.beta * w))
        return values

    def pgf_of_some(self, w: Argument) -> Argument:
        """E[(1 + w)**N; N > 0], shaped like `w`; no digit is lost where a claim is unlikely."""
        log_none = -self.r * math.log1p(self.beta)
        if log_none < -1:
            return self.pgf_near_one(w) - math.exp(log_none)
        values: Argument = np.expm1(-self.r * special.log1p(-self._failure * (1 + w)))
        return math.exp(log_none) * values

    def log_pgf(self, w: Floats) -> Floats:
        """ln E[(1 + w)**N], w real and > -1; from 1 / beta on infinite."""
        inner = self.beta * w
        finite = inner < 1
        return np.where(finite, -self.r * np.log1p(np.where(finite, -inner, 0.0)), np.inf)

    @property
    def _failure(self) -> float:
        return self.beta / (1 + self.beta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binomial(CountLaw):
    """Number of claims from `m` risks, each with probability `q` in (0, 1) of one.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix B.2.1.3.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["binomial"] = "binomial"
    m: Count
    q: Real

    def __post_init__(self) -> None:
        refuse_unless(self, m=count(1, 10**9), q=_inside)

    @property
    def largest(self) -> float:
        """m."""
        return float(self.m)

    @property
    def mean(self) -> float:
        """m * q."""
        return self.m * self.q

    @property
    def variance(self) -> float:
        """m * q * (1 - q)."""
        return self.m * self.q * (1 - self.q)

    @property
    def panjer(self) -> tuple[float, float]:
        """(a, b): (-1, m + 1) * q / (1 - q)."""
        odds = self.q / (1 - self.q)
        return -odds, (self.m + 1) * odds

    def pmf(self, k: Floats) -> Floats:
        """P(N = k), shaped like `k`."""
        counts, is_count = _counts(k)
        is_count &= counts <= self.m
        m = np.full(counts.shape, float(self.m))
        part = saddle_point.binomial(np.minimum(counts, m), m, self.q, 1 - self.q)
        return np.where(is_count, part, 0.0)

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        counts, inside = self._inside(k)
        below = special.betaincc(counts + 1, self.m - counts, self.q)
        return np.where(inside, below, np.where(np.asarray(k) < 0, 0.0, 1.0))

    def survival(self, k: Floats) -> Floats:
        """P(N > k), shaped like `k`."""
        counts, inside = self._inside(k)
        above = special.betainc(counts + 1, self.m - counts, self.q)
        return np.where(inside, above, np.where(np.asarray(k) < 0, 1.0, 0.0))

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N] = (1 + q w)**m, shaped like `w`."""
        return _of_power(np.exp, self.q * w, self.m)

    def pgf_of_some(self, w: Argument) -> Argument:
        """E[(1 + w)**N; N > 0], shaped like `w`; no digit is lost where a claim is unlikely."""
        log_none = self.m * math.log1p(-self.q)
        if log_none < -1:
            return self.pgf_near_one(w) - math.exp(log_none)
        odds = self.q / (1 - self.q)
        return math.exp(log_none) * _of_power(np.expm1, odds * (1 + w), self.m)

    def log_pgf(self, w: Floats) -> Floats:
        """ln E[(1 + w)**N], w real and > -1: m ln(1 + q w)."""
        return self.m * np.log1p(self.q * w)

    def _inside(self, k: Floats) -> tuple[Floats, Flags]:
        k = np.asarray(k, np.float64)
        inside = (k >= 0) & (k < self.m)
        return np.where(inside, np.floor(k), 0.0), inside


def _counts(k: Floats) -> tuple[Floats, Flags]:
    """`k` with 0 for what is no count, and where it is one."""
    k = np.asarray(k, np.float64)
    is_count = (k >= 0) & (k == np.floor(k)) & np.isfinite(k)
    return np.where(is_count, k, 0.0), is_count


def _of_power(function: np.ufunc, y: Argument, m: int) -> Argument:
    """`function` (exp or expm1) of m ln(1 + y), shaped like `y` and real where y is; 1 + y may be
    negative, 0 or complex."""
    at_zero = np.asarray(y) == -1
    logs = special.log1p(np.where(at_zero, 0.0, y).astype(np.complex128))
    values: Argument = np.where(at_zero, function(-np.inf), function(m * logs))
    return values if np.iscomplexobj(y) else np.asarray(np.real(values))
