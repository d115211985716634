"""Bernoulli mixtures: failures that share a random probability."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import ConfigDict
from scipy import special

from techinsure.quantities import FORBID, Floats, Real, count, positive, refuse_unless, require

MOST = 5000
"""Names that a law of failures is computed for."""

is_number_of_names = count(1, MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaMixture:
    """Failures that are independent given a probability with a Beta(a, b) law.

    Source: McNeil, Frey & Embrechts 2015, Quantitative Risk Management, section 11.2.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["beta_mixture"] = "beta_mixture"
    a: Real
    b: Real

    def __post_init__(self) -> None:
        refuse_unless(self, a=positive, b=positive)

    @property
    def probability(self) -> float:
        """The probability of one failure, a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def default_correlation(self) -> float:
        """The correlation of two failures, 1 / (a + b + 1)."""
        return 1 / (self.a + self.b + 1)

    @property
    def joint_default_two(self) -> float:
        """P(two given names fail), a (a + 1) / ((a + b) (a + b + 1))."""
        return self.probability * (self.a + 1) / (self.a + self.b + 1)

    def mean(self, n: int) -> float:
        """The mean number of failures among `n`."""
        require("n", n, is_number_of_names)
        return n * self.probability

    def variance(self, n: int) -> float:
        """n p (1 - p) (1 + (n - 1) c), c the correlation of two failures."""
        p = self.probability
        return self.mean(n) * (1 - p) * (1 + (n - 1) * self.default_correlation)

    def pmf(self, n: int) -> Floats:
        """(n + 1,) probabilities of 0, ..., n failures: the beta-binomial law."""
        require("n", n, is_number_of_names)
        k = np.arange(n + 1.0)
        ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
        # rising factorials as sums of logarithms: logarithms of beta functions would cancel
        failed, passed, either = (
            np.concatenate([[0.0], np.cumsum(np.log(x + k[:-1]))])
            for x in (self.a, self.b, self.a + self.b)
        )
        found: Floats = np.exp(ways + failed + passed[::-1] - either[-1])
        return found


def binomial(n: int, p: float) -> Floats:
    """(n + 1,) probabilities of 0, ..., n independent failures of probability `p`."""
    k = np.arange(n + 1.0)
    ways = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    if p in (0.0, 1.0):
        return np.asarray(k == n * p, np.float64)
    found: Floats = np.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))
    return found
