"""Laws of a rate, a probability and a mean in the parameters that data add to.

`RateLaw(shape, rate)` is a gamma law, `ChanceLaw(a, b)` a beta law, `MeanLaw(mean, variance)` a
normal law. Each turns into a `Prior` and back; quantiles hold at shapes far below 1.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict
from scipy import special

from techinsure.errors import Fault, InvalidParameter
from techinsure.evidence.priors import Grade, Prior
from techinsure.quantities import (
    FORBID,
    Floats,
    Real,
    not_negative,
    number,
    positive,
    refuse_unless,
    require,
)

LOW, HIGH = 0.05, 0.95
"""The levels of every interval."""

NEAR_ZERO = -667.0
"""The logarithm of 1e-290: below, quantiles follow the first term of their law at 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLaw:
    """Gamma law of a rate: density proportional to x**(shape - 1) * exp(-rate * x).

    `shape` counts events, `rate` the exposure they were worth, in the unit of the exposure.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    shape: Real
    rate: Real

    def __post_init__(self) -> None:
        refuse_unless(self, shape=positive, rate=positive)

    @staticmethod
    def of(prior: Prior) -> "RateLaw":
        """The law of a gamma prior: shape cv**-2, rate shape / mean."""
        _require_family(prior, "gamma")
        shape = prior.cv**-2
        return RateLaw(shape=shape, rate=shape / prior.mean)

    def prior(self, *, grade: Grade, source: str, note: str = "") -> Prior:
        """The same law by mean and cv."""
        return Prior(
            family="gamma", mean=self.mean, cv=self.cv, grade=grade, source=source, note=note
        )

    @property
    def mean(self) -> float:
        """shape / rate, events per unit of exposure."""
        return self.shape / self.rate

    @property
    def sd(self) -> float:
        """sqrt(shape) / rate, events per unit of exposure."""
        return math.sqrt(self.shape) / self.rate

    @property
    def cv(self) -> float:
        """shape**-0.5."""
        return 1 / math.sqrt(self.shape)

    def cdf(self, x: ArrayLike) -> Floats:
        """P(rate <= x), shaped like `x`."""
        scaled = np.maximum(np.asarray(x, np.float64), 0.0) * self.rate
        return np.asarray(special.gammainc(self.shape, scaled), np.float64)

    def log_quantile(self, uniforms: ArrayLike) -> Floats:
        """Logarithms of quantiles, shaped like `uniforms` (inside (0, 1)): finite where the
        quantile itself is too small to write."""
        return log_gamma_quantile(self.shape, uniforms) - math.log(self.rate)

    def quantile(self, uniforms: ArrayLike) -> Floats:
        """Rates, shaped like `uniforms`; 0 for what lies below 1e-308."""
        values: Floats = np.exp(self.log_quantile(uniforms))
        return values

    def expected_variance_after(self, exposure: float) -> float:
        """Posterior variance to expect once `exposure` more has been seen, whatever it shows:
        shape / (rate * (rate + exposure)), by E Var = Var - Var E."""
        require("exposure", exposure, not_negative)
        return self.shape / (self.rate * (self.rate + exposure))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceLaw:
    """Beta law of a probability: `a` counts events, `b` trials without one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    a: Real
    b: Real

    def __post_init__(self) -> None:
        refuse_unless(self, a=positive, b=positive)

    @staticmethod
    def of(prior: Prior) -> "ChanceLaw":
        """The law of a beta prior: a = mean * k, b = (1 - mean) * k,
        k = (1 - mean) / (mean * cv**2) - 1."""
        _require_family(prior, "beta")
        k = (1 - prior.mean) / (prior.mean * prior.cv**2) - 1
        return ChanceLaw(a=prior.mean * k, b=(1 - prior.mean) * k)

    def prior(self, *, grade: Grade, source: str, note: str = "") -> Prior:
        """The same law by mean and cv."""
        return Prior(
            family="beta", mean=self.mean, cv=self.cv, grade=grade, source=source, note=note
        )

    @property
    def size(self) -> float:
        """a + b: the number of trials that the law is worth."""
        return self.a + self.b

    @property
    def mean(self) -> float:
        """a / (a + b)."""
        return self.a / self.size

    @property
    def sd(self) -> float:
        """mean * cv."""
        return self.mean * self.cv

    @property
    def cv(self) -> float:
        """sqrt(b / (a (a + b + 1)))."""
        return math.sqrt(self.b / (self.a * (self.size + 1)))

    def cdf(self, x: ArrayLike) -> Floats:
        """P(probability <= x), shaped like `x`."""
        inside = np.clip(np.asarray(x, np.float64), 0.0, 1.0)
        return np.asarray(special.betainc(self.a, self.b, inside), np.float64)

    def quantile(self, uniforms: ArrayLike) -> Floats:
        """Probabilities, shaped like `uniforms` (inside (0, 1)); 0 for what lies below 1e-308.

        Near 0 the law is x**a / (a B(a, b)) to relative order x: where that puts a quantile
        below 1e-290, this is its value.
        """
        u = np.asarray(uniforms, np.float64)
        near_zero = (np.log(u) + math.log(self.a) + float(special.betaln(self.a, self.b))) / self.a
        inside = special.betaincinv(self.a, self.b, u)
        tiny = np.exp(np.minimum(near_zero, NEAR_ZERO))
        return np.asarray(np.where(near_zero < NEAR_ZERO, tiny, inside), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanLaw:
    """Normal law of a mean, by its mean and variance (unit squared)."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    mean: Real
    variance: Real

    def __post_init__(self) -> None:
        refuse_unless(self, mean=number("must be finite", lambda _: True), variance=positive)

    @property
    def sd(self) -> float:
        """sqrt(variance)."""
        return math.sqrt(self.variance)

    def cdf(self, x: ArrayLike) -> Floats:
        """P(mean <= x), shaped like `x`."""
        return np.asarray(special.ndtr((np.asarray(x) - self.mean) / self.sd), np.float64)

    def quantile(self, uniforms: ArrayLike) -> Floats:
        """Values, shaped like `uniforms`."""
        return np.asarray(
            self.mean + self.sd * special.ndtri(np.asarray(uniforms, np.float64)), np.float64
        )


def log_gamma_quantile(shape: ArrayLike, uniforms: ArrayLike) -> Floats:
    """Logarithms of quantiles of gamma laws of rate 1; shapes and uniforms broadcast.

    Near 0 the law is x**shape / Gamma(shape + 1) to relative order x: where that puts a quantile
    below 1e-290, this is its value (for shape 0.001, the median is 10**-301).
    """
    a, u = np.broadcast_arrays(np.asarray(shape, np.float64), np.asarray(uniforms, np.float64))
    near_zero = (np.log(u) + special.gammaln(a + 1)) / a
    with np.errstate(divide="ignore"):
        inside = np.log(special.gammaincinv(a, u))
    return np.asarray(np.where(near_zero < NEAR_ZERO, near_zero, inside), np.float64)


def vanishing(low: float) -> tuple[str, ...]:
    """A note where the lower end of an interval is too small a number to be written."""
    if low >= np.finfo(np.float64).tiny:
        return ()
    return (f"the {LOW:.0%} quantile is below 1e-307 and shown as {low:.2g}",)


def _require_family(prior: Prior, family: str) -> None:
    if prior.family == "point" or (prior.family == family and prior.cv == 0):
        fix = "it is held at its value and data cannot move it; give it a cv"
        raise InvalidParameter([Fault("cv", prior.cv, f"must be > 0 in a {family} law", fix)])
    if prior.parts:
        fix = "update each part alone: its law, and its weight by how well it foresaw the data"
        raise InvalidParameter([Fault("parts", len(prior.parts), "must be none here", fix)])
    if prior.family != family:
        bound = f"must be {family} for this update"
        fix = "lognormal rates and amounts are not conjugate to counts; restate the prior"
        raise InvalidParameter([Fault("family", prior.family, bound, fix)])
