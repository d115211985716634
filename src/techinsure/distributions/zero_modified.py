"""Counts of another probability of none, and counts given that there is one."""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import ConfigDict, Field

from techinsure.distributions.frequency import (
    Argument,
    Binomial,
    CountLaw,
    NegativeBinomial,
    Poisson,
)
from techinsure.quantities import FORBID, Floats, Real, is_level, refuse_unless

Counted = Annotated[Poisson | NegativeBinomial | Binomial, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroModified(CountLaw):
    """`base` with probability `p0` of no claim instead of its own, the others in proportion;
    at p0 = 0 the zero-truncated law.

    Source: Klugman, Panjer & Willmot, Loss Models, section 6.6.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["zero_modified"] = "zero_modified"
    base: Counted
    p0: Real

    def __post_init__(self) -> None:
        refuse_unless(self, p0=is_level)

    @property
    def smallest(self) -> float:
        """0, or 1 where p0 is 0."""
        return 0.0 if self.p0 else 1.0

    @property
    def largest(self) -> float:
        """That of the base."""
        return self.base.largest

    @property
    def mean(self) -> float:
        """(1 - p0) E[base] / P(base > 0)."""
        return self._factor * self.base.mean

    @property
    def variance(self) -> float:
        """E[N (N - 1)] + E[N] (1 - E[N])."""
        pairs = self.base.variance - self.base.mean + self.base.mean**2
        return self._factor * pairs + self.mean * (1 - self.mean)

    @property
    def panjer(self) -> tuple[float, float]:
        """(a, b) of the base; the recursion holds from k = 2 on."""
        return self.base.panjer

    def pmf(self, k: Floats) -> Floats:
        """P(N = k), shaped like `k`."""
        return np.where(np.asarray(k) == 0, self.p0, self._factor * self.base.pmf(k))

    def cdf(self, k: Floats) -> Floats:
        """P(N <= k), shaped like `k`."""
        some = self._factor * (self.base.cdf(k) - self.base.cdf(np.array(0.0)))
        return np.where(np.asarray(k) >= 0, np.minimum(self.p0 + some, 1.0), 0.0)

    def survival(self, k: Floats) -> Floats:
        """P(N > k), shaped like `k`."""
        return np.where(np.asarray(k) >= 0, self._factor * self.base.survival(k), 1.0)

    def pgf_near_one(self, w: Argument) -> Argument:
        """E[(1 + w)**N], shaped like `w`."""
        return self.p0 + self._factor * self.base.pgf_of_some(w)

    def log_pgf(self, w: Floats) -> Floats:
        """An upper bound of ln E[(1 + w)**N], w real and > -1: P(base = 0) is left in the part
        of the base, which is larger by less than ln P(base > 0)."""
        log_some = math.log(float(self.base.survival(np.array(0.0))))
        with np.errstate(divide="ignore"):
            log_none = np.log(self.p0)
        part = math.log1p(-self.p0) + self.base.log_pgf(w) - log_some
        return np.asarray(np.logaddexp(log_none, part))

    @property
    def _factor(self) -> float:
        return (1 - self.p0) / float(self.base.survival(np.array(0.0)))


def zero_truncated(base: Poisson | NegativeBinomial | Binomial) -> ZeroModified:
    """`base` given that there is a claim."""
    return ZeroModified(base=base, p0=0.0)
