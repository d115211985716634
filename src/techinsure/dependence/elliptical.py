"""Gaussian and t copulas of pairs: joint probabilities, tails, rank correlations, draws.

`u`, `v` are levels in [0, 1] and broadcast. `rho` is the correlation of the scores: of a pair
with other margins it is neither their linear nor their rank correlation. -1 and 1 are the
countermonotone and the comonotone pair. Source: Embrechts, McNeil & Straumann 2002, Correlation and
dependence in risk management; McNeil, Frey & Embrechts 2015, Quantitative Risk Management, ch. 7.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.dependence import ranks
from techinsure.dependence.arguments import is_correlation, pairs, uniform_rows
from techinsure.dependence.quadrant import both_above
from techinsure.errors import Undefined
from techinsure.quantities import FORBID, Floats, Real, positive, refuse_unless, require


def rho_of_kendall(tau: float) -> float:
    """The score correlation of Gaussian and t copulas with Kendall's tau: sin(pi tau / 2)."""
    require("tau", tau, is_correlation)
    return math.sin(math.pi * tau / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaussian:
    """The copula of two normals of correlation `rho`: no tail dependence below |rho| = 1."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["gaussian"] = "gaussian"
    rho: Real

    def __post_init__(self) -> None:
        refuse_unless(self, rho=is_correlation)

    @staticmethod
    def of_spearman(rank: float) -> "Gaussian":
        """The copula of Spearman's `rank` correlation: rho = 2 sin(pi rank / 6)."""
        require("rank", rank, is_correlation)
        return Gaussian(rho=2 * math.sin(math.pi * rank / 6))

    @property
    def kendall_tau(self) -> float:
        """2 asin(rho) / pi."""
        return 2 / math.pi * math.asin(self.rho)

    @property
    def spearman(self) -> float:
        """6 asin(rho / 2) / pi."""
        return 6 / math.pi * math.asin(self.rho / 2)

    @property
    def upper_tail(self) -> float:
        """lim P(V > u | U > u), u -> 1: 0, or 1 for rho = 1."""
        return float(self.rho == 1)

    lower_tail = upper_tail

    def survival(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U > u, V > v)."""
        u, v = pairs(u, v)
        return both_above(special.ndtri(u), special.ndtri(v), self.rho)

    def cdf(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U <= u, V <= v), the same of the mirrored pair."""
        u, v = pairs(u, v)
        return both_above(-special.ndtri(u), -special.ndtri(v), self.rho)

    def pair(self, uniforms: ArrayLike) -> Floats:
        """Dependent uniforms (2, n) from independent ones (2, n)."""
        u, w = uniform_rows(uniforms, 2)
        across = math.sqrt((1 - self.rho) * (1 + self.rho))
        return np.array([u, special.ndtr(self.rho * special.ndtri(u) + across * special.ndtri(w))])


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentT:
    """The copula of two t variables of `nu` > 0 degrees of freedom and score correlation `rho`:
    both tails move together, also at rho = 0; a large nu is the Gaussian one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["student_t"] = "student_t"
    rho: Real
    nu: Real

    def __post_init__(self) -> None:
        refuse_unless(self, rho=is_correlation, nu=positive)

    @property
    def kendall_tau(self) -> float:
        """2 asin(rho) / pi, whatever nu. Source: Lindskog, McNeil & Schmock 2003."""
        return 2 / math.pi * math.asin(self.rho)

    @property
    def spearman(self) -> float:
        """Spearman's rank correlation, by quadrature; no closed form is known."""
        return self.rho if abs(self.rho) == 1 else ranks.spearman(self.cdf)

    @property
    def score_correlation(self) -> float:
        """The linear correlation of two t scores: rho, where their variance is finite."""
        if self.nu <= 2:
            raise Undefined(
                f"t scores of {self.nu:g} degrees of freedom have no finite variance and so no "
                "linear correlation: take nu > 2, or Kendall's tau"
            )
        return self.rho

    @property
    def upper_tail(self) -> float:
        """lim P(V > u | U > u), u -> 1: 2 T(-sqrt((nu + 1) (1 - rho) / (1 + rho))), T the law of
        nu + 1 degrees."""
        if abs(self.rho) == 1:
            return float(self.rho == 1)
        reach = math.sqrt((self.nu + 1) * (1 - self.rho) / (1 + self.rho))
        return float(2 * special.stdtr(self.nu + 1, -reach))

    lower_tail = upper_tail

    def survival(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U > u, V > v)."""
        u, v = pairs(u, v)
        return both_above(t_score(u, self.nu), t_score(v, self.nu), self.rho, self.nu)

    def cdf(self, u: ArrayLike, v: ArrayLike) -> Floats:
        """P(U <= u, V <= v), the same of the mirrored pair."""
        u, v = pairs(u, v)
        return both_above(-t_score(u, self.nu), -t_score(v, self.nu), self.rho, self.nu)

    def pair(self, uniforms: ArrayLike) -> Floats:
        """Dependent uniforms (2, n) from independent ones (2, n), by the conditional law of the
        second score: t of nu + 1 degrees, scaled by sqrt((nu + x**2) / (nu + 1))."""
        u, w = uniform_rows(uniforms, 2)
        x = t_score(u, self.nu)
        across = math.sqrt((1 - self.rho) * (1 + self.rho) / (self.nu + 1))
        y = self.rho * x + across * np.hypot(math.sqrt(self.nu), x) * t_score(w, self.nu + 1)
        return np.array([u, special.stdtr(self.nu, y)])


def t_score(u: Floats, nu: float) -> Floats:
    """The t quantile of each level, infinite at 0 and 1.

    Far out, where P(T < -x) = z**(nu/2) / (nu B(nu/2, 1/2)) to the last digit, z = nu / x**2, that
    is inverted in logarithms: the library's quantile fails there.
    """
    inside = (u > 0) & (u < 1)
    level = np.where(inside, u, 0.5)
    low = np.minimum(level, 1 - level)
    log_z = 2 / nu * (np.log(low) + math.log(nu) + special.betaln(nu / 2, 0.5))
    far = log_z < math.log(1e-17)
    near = special.stdtrit(nu, np.where(far, 0.25, level))
    with np.errstate(over="ignore"):
        out = np.exp((math.log(nu) - log_z) / 2)
    score = np.where(far, np.where(level < 0.5, -out, out), near)
    return np.where(inside, score, np.where(u <= 0, -np.inf, np.inf))
