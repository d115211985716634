"""Defaults that share one normal factor: Vasicek's model of one probability and one correlation.

A name defaults when sqrt(rho) * Z + sqrt(1 - rho) * own is above the normal quantile of 1 - p:
large Z are bad years. `correlation` is that of the normals (asset correlation); the correlation of
the defaults themselves is much smaller. Source: Vasicek 2002, Loan portfolio value, Risk 15(12);
McNeil, Frey & Embrechts 2015, Quantitative Risk Management, sections 11.2 and 11.3.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.dependence.arguments import is_probability_inside, levels
from techinsure.dependence.mixtures import binomial, is_number_of_names
from techinsure.dependence.quadrant import swept
from techinsure.errors import Undefined
from techinsure.quantities import FORBID, Floats, Real, fraction, refuse_unless, require

_REACH = 38.0
"""Scores beyond which the normal law has nothing left in floating point."""
_SURE = 9.0
"""Scores of a conditional threshold beyond which a default is certain to 1e-18."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneFactor:
    """Names of default `probability` p whose normals have `correlation` rho in [0, 1]."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["one_factor"] = "one_factor"
    probability: Real
    correlation: Real

    def __post_init__(self) -> None:
        refuse_unless(self, probability=fraction, correlation=fraction)

    @property
    def joint_default_two(self) -> float:
        """P(two given names default), p**2 plus their covariance."""
        return self.probability**2 + self.covariance

    @property
    def covariance(self) -> float:
        """The covariance of two default indicators, Plackett's integral from 0 to rho."""
        p = self.probability
        if p in (0.0, 1.0) or self.correlation == 0:
            return 0.0
        if self.correlation == 1:
            return p * (1 - p)
        threshold = float(special.ndtri(p))
        return float(swept(threshold, threshold, 0.0, self.correlation))

    @property
    def default_correlation(self) -> float:
        """The correlation of two default indicators; `Undefined` where none can vary."""
        p = self.probability
        if p in (0.0, 1.0):
            raise Undefined(f"defaults of probability {p:g} do not vary: no correlation exists")
        return self.covariance / (p * (1 - p))

    def conditional_probability(self, factor: ArrayLike) -> Floats:
        """P(default | Z = factor) = Phi((Phi^-1(p) + sqrt(rho) Z) / sqrt(1 - rho))."""
        z = np.asarray(factor, np.float64)
        p, rho = self.probability, self.correlation
        if p in (0.0, 1.0) or rho == 0:
            return np.full(z.shape, p)
        if rho == 1:
            return (z > -special.ndtri(p)).astype(np.float64)
        return np.asarray(special.ndtr(self._score(z)), np.float64)

    def mean(self, n: int) -> float:
        """The mean number of defaults among `n`."""
        require("n", n, is_number_of_names)
        return n * self.probability

    def variance(self, n: int) -> float:
        """n p (1 - p) + n (n - 1) covariance."""
        p = self.probability
        return self.mean(n) * (1 - p) + n * (n - 1) * self.covariance

    def pmf(self, n: int) -> Floats:
        """(n + 1,) probabilities of 0, ..., n defaults among `n` names, by quadrature over Z."""
        require("n", n, is_number_of_names)
        p, rho = self.probability, self.correlation
        if rho == 0 or p in (0.0, 1.0):
            return binomial(n, p)
        if rho == 1:
            return np.concatenate([[1 - p], np.zeros(n - 1), [p]])
        z, weight = _nodes(p, rho, n)
        y = self._score(z)
        up, down = special.log_ndtr(y), special.log_ndtr(-y)
        k = np.arange(n + 1.0)
        ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        found = np.zeros(n + 1)
        for start in range(0, len(z), 512):  # 512 nodes at a time keep the grid small
            part = slice(start, start + 512)
            inside = k[:, None] * up[part] + (n - k)[:, None] * down[part]
            found += np.exp(ways[:, None] + inside) @ weight[part]
        return found

    def rate_cdf(self, rate: ArrayLike) -> Floats:
        """P(the default rate of infinitely many names <= rate), rates in [0, 1]."""
        x = levels("rate", rate)
        p, rho = self.probability, self.correlation
        if rho == 0 or p in (0.0, 1.0):
            return (x >= p).astype(np.float64)
        if rho == 1:
            return np.where(x >= 1, 1.0, 1 - p)
        score = math.sqrt(1 - rho) * special.ndtri(x) - special.ndtri(p)
        return np.asarray(special.ndtr(score / math.sqrt(rho)), np.float64)

    def rate_quantile(self, level: float) -> float:
        """The default rate of infinitely many names that is exceeded with 1 - `level`, `level`
        in (0, 1): the conditional probability at the factor's quantile."""
        require("level", level, is_probability_inside)
        if self.correlation == 1 and 0 < self.probability < 1:
            return float(level > 1 - self.probability)
        return float(self.conditional_probability(special.ndtri(level)))

    def rate_tvar(self, level: float) -> float:
        """The mean default rate of infinitely many names beyond `level`:
        P(default, Z beyond its quantile) / (1 - level)."""
        require("level", level, is_probability_inside)
        p = self.probability
        if p in (0.0, 1.0):
            return p
        z, threshold = special.ndtri(level), special.ndtri(p)
        shared = math.sqrt(self.correlation)
        both = p * (1 - level) + float(swept(z, -threshold, 0.0, shared))
        return min(both / (1 - level), 1.0)

    def granularity(self, level: float, n: int) -> float:
        """What `n` equal names add to `rate_quantile`, of first order in 1 / n:
        -(1 - 2 m - v (z + m''/m') / m') / (2 n), m the conditional probability at the factor's
        quantile z and v = m (1 - m).
        Source: Martin & Wilde 2002, Risk 15(11); Gordy 2003, Journal of Financial Intermediation
        12.
        """
        require("level", level, is_probability_inside)
        require("n", n, is_number_of_names)
        p, rho = self.probability, self.correlation
        if p in (0.0, 1.0):
            return 0.0
        if not 0 < rho < 1:
            raise Undefined(
                f"the granularity adjustment needs a correlation in (0, 1), got {rho:g}: "
                "take the law of the number of defaults"
            )
        z = float(special.ndtri(level))
        slope = math.sqrt(rho / (1 - rho))
        y = float(self._score(np.array(z)))
        m, density = float(special.ndtr(y)), math.exp(-y * y / 2) / math.sqrt(2 * math.pi)
        if density == 0:
            raise Undefined(f"at level {level:g} the conditional probability does not vary")
        steepness = slope * density
        return -((1 - 2 * m) - m * (1 - m) * (z - slope * y) / steepness) / (2 * n)

    def _score(self, z: Floats) -> Floats:
        """The normal quantile of the conditional probability, 0 < rho < 1."""
        rho = self.correlation
        scores: Floats = (special.ndtri(self.probability) + math.sqrt(rho) * z) / math.sqrt(1 - rho)
        return scores


@lru_cache(maxsize=32)
def _nodes(p: float, rho: float, n: int) -> tuple[Floats, Floats]:
    """Factors and their weights (m,): Gauss-Legendre panels, fine where the conditional
    probability leaves 0 and 1, as fine as the law of `n` names given it needs."""
    slope = math.sqrt(rho / (1 - rho))
    turn = -float(special.ndtri(p)) / math.sqrt(rho)
    inner = np.clip([turn - _SURE / slope, turn + _SURE / slope], -_REACH, _REACH)
    widest = min(1.0, 3.0 / (slope * math.sqrt(n)))
    ends = [-_REACH, *inner, _REACH]
    cuts = [
        np.linspace(low, high, max(math.ceil((high - low) / wide), 1) + 1)
        for low, high, wide in zip(ends[:-1], ends[1:], (1.0, widest, 1.0), strict=True)
        if high > low
    ]
    low = np.concatenate([cut[:-1] for cut in cuts])[:, None]
    high = np.concatenate([cut[1:] for cut in cuts])[:, None]
    node, weight = np.polynomial.legendre.leggauss(16)
    z = ((low + high) / 2 + (high - low) / 2 * node).ravel()
    mass = ((high - low) / 2 * weight).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    z.flags.writeable = mass.flags.writeable = False
    return z, mass
