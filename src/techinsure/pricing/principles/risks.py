"""Risks as premium principles see them: a sample, a law, a layer, a number or a sum of claims.

Each has `mean`, `variance`, `cumulants(a)` below `mgf_limit`, and `distorted(distortion)`, all in
currency units; what is infinite is `Undefined`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict

from techinsure.distributions import Frequency, Severity
from techinsure.distributions.normal import Normal
from techinsure.errors import Refused
from techinsure.losses.sampling import Sample, sample
from techinsure.pricing.principles import count_cumulants
from techinsure.pricing.principles.cumulants import Cumulants, cumulants, mgf_limit
from techinsure.pricing.principles.distorted_laws import distorted_mean
from techinsure.pricing.principles.distortions import Distortion
from techinsure.pricing.principles.layer_risks import OfLayer
from techinsure.quantities import FORBID, Floats


class Risk(Protocol):
    """What every principle can be asked of."""

    @property
    def mean(self) -> float:
        """E[X]."""
        ...

    @property
    def variance(self) -> float:
        """E[(X - mean)**2]."""
        ...

    @property
    def mgf_limit(self) -> float:
        """The a from which on E[exp(a X)] is infinite; 0 where it is at every a > 0."""
        ...

    def cumulants(self, a: float) -> Cumulants:
        """ln E[exp(a X)] and its derivative, 0 < a < `mgf_limit`."""
        ...

    def distorted(self, distortion: Distortion) -> float:
        """The mean under the distorted law."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulated:
    """A weighted sample as the law that it is: `values` (n,) ascending, `weight` (n,) > 0 summing
    to 1; its variance is the population's, sum w (x - mean)**2. Made by `of_sample`; `place` (n,)
    intp says where each value stands in the sample `drawn`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    values: Floats
    weight: Floats
    place: NDArray[np.intp]
    drawn: Sample

    def __str__(self) -> str:
        return f"a sample of {len(self.values)} values"

    @property
    def least(self) -> float:
        """The smallest value."""
        return float(self.values[0])

    @property
    def most(self) -> float:
        """The largest value."""
        return float(self.values[-1])

    @property
    def beyond(self) -> Floats:
        """(n - 1,) the weight above each value but the largest, summed from the top."""
        return np.minimum(np.cumsum(self.weight[:0:-1])[::-1], 1.0)

    @property
    def mean(self) -> float:
        """sum w x."""
        return self.least + float(self.weight @ (self.values - self.least))

    @property
    def variance(self) -> float:
        """sum w (x - mean)**2."""
        return float(self.weight @ (self.values - self.mean) ** 2)

    @property
    def mgf_limit(self) -> float:
        """inf: a sample is bounded."""
        return math.inf

    def cumulants(self, a: float) -> Cumulants:
        """From the smallest value on, where all terms have one sign and none is lost as a -> 0;
        from the largest, where they would overflow."""
        above = self.values - self.least
        with np.errstate(over="ignore"):
            exponent = a * above
        top = float(exponent[-1])
        if not math.isfinite(top) or not math.isfinite(a * self.least):
            raise Refused(f"{a:g} times values up to {self.most:g} leaves float64; take less")
        tilted = self.weight * np.exp(exponent - top)
        if top < 1:
            log_mgf = math.log1p(float(self.weight @ np.expm1(exponent)))
        else:
            log_mgf = top + math.log(float(tilted.sum()))
        tilted_mean = self.least + float(tilted @ above) / float(tilted.sum())
        return Cumulants(a * self.least + log_mgf, tilted_mean)

    def distorted(self, distortion: Distortion) -> float:
        """The smallest value plus, over each gap between values, g(P(X > below)) times the gap;
        values that are tied have no gap."""
        return self.least + float(distortion.at(self.beyond) @ np.diff(self.values))


def of_sample(values: ArrayLike, weight: ArrayLike | None = None) -> Simulated:
    """Values (n,), currency units, with weights (n,) summing to 1 or None for equal ones; a value
    of weight 0 is absent. One value is a certain loss."""
    drawn = sample(values, weight)
    weights = drawn.weights()
    used = np.flatnonzero(weights > 0)
    place = used[np.argsort(drawn.values[used], kind="stable")]
    return Simulated(values=drawn.values[place], weight=weights[place], place=place, drawn=drawn)


def certain(value: float) -> Simulated:
    """A loss of `value`, currency units, whatever happens."""
    return of_sample([value])


@dataclass(frozen=True, slots=True, kw_only=True)
class OfLaw:
    """One amount of a `law`, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Severity | Normal

    def __str__(self) -> str:
        return repr(self.law)

    @property
    def mean(self) -> float:
        """That of the law."""
        return self.law.mean

    @property
    def variance(self) -> float:
        """That of the law."""
        return self.law.variance

    @property
    def mgf_limit(self) -> float:
        """That of the law."""
        return mgf_limit(self.law)

    def cumulants(self, a: float) -> Cumulants:
        """By closed form or quadrature."""
        return cumulants(self.law, a)

    def distorted(self, distortion: Distortion) -> float:
        """By closed form or quadrature."""
        return distorted_mean(self.law, distortion)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCount:
    """A number of claims, each of one currency unit."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Frequency

    def __str__(self) -> str:
        return repr(self.law)

    @property
    def mean(self) -> float:
        """That of the law."""
        return self.law.mean

    @property
    def variance(self) -> float:
        """That of the law."""
        return self.law.variance

    @property
    def mgf_limit(self) -> float:
        """That of the law."""
        return count_cumulants.mgf_limit(self.law)

    def cumulants(self, a: float) -> Cumulants:
        """By closed form."""
        return count_cumulants.cumulants(self.law, a)

    def distorted(self, distortion: Distortion) -> float:
        """The smallest count plus the sum of g(P(N > k)) from there on."""
        return count_cumulants.distorted_mean(self.law, distortion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """The sum of `number` independent claims of one law `size`, currency units, independent of
    their number: ln E[exp(a S)] is that of the number at ln E[exp(a X)].

    Source: Klugman, Panjer & Willmot, Loss Models, section 9.3.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    number: OfCount
    size: OfLaw | OfLayer | Simulated

    def __str__(self) -> str:
        return f"{self.number} claims of {self.size}"

    @property
    def mean(self) -> float:
        """E[N] E[X]."""
        return self.number.mean * self.size.mean

    @property
    def variance(self) -> float:
        """E[N] Var[X] + Var[N] E[X]**2."""
        size = self.size
        return self.number.mean * size.variance + self.number.variance * size.mean**2

    @property
    def mgf_limit(self) -> float:
        """That of the size, or the a at which ln E[exp(a X)] reaches the limit of the number."""
        most, end = self.number.mgf_limit, self.size.mgf_limit
        if end == 0 or most == math.inf:
            return end
        return _reaches(lambda a: self.size.cumulants(a).log_mgf, most, end, self.size.mean)

    def cumulants(self, a: float) -> Cumulants:
        """The number's at the size's."""
        size = self.size.cumulants(a)
        if size.log_mgf == 0:  # sizes of 0 only
            return Cumulants(0.0, self.number.mean * size.tilted_mean)
        number = self.number.cumulants(size.log_mgf)
        return Cumulants(number.log_mgf, number.tilted_mean * size.tilted_mean)

    def distorted(self, distortion: Distortion) -> float:
        """Of claims that are all of one size; the law of other sums is `Refused`."""
        if self.size.variance > 0 or self.size.mean < 0:
            raise Refused(
                "it needs the law of the sum; put the sizes on a lattice (discretised), take"
                " compound(number, lattice) and its values with their probabilities as a sample"
            )
        return self.size.mean * self.number.distorted(distortion)


def of_law(law: Severity | Normal) -> OfLaw:
    """One amount of `law`."""
    return OfLaw(law=law)


def of_layer(law: Severity, limit: float, attachment: float = 0.0) -> OfLayer:
    """min(max(X - attachment, 0), limit) of one loss of `law`."""
    return OfLayer(law=law, attachment=attachment, limit=limit)


def of_sum(number: Frequency, size: Severity | OfLayer | Simulated) -> Compound:
    """`number` claims of law, layer or sample `size`."""
    sizes = size if isinstance(size, OfLayer | Simulated) else OfLaw(law=size)
    return Compound(number=OfCount(law=number), size=sizes)


def _reaches(function: Callable[[float], float], level: float, end: float, mean: float) -> float:
    """The a in (0, end) at which an increasing convex function from 0 reaches `level`, or `end`."""
    if mean <= 0:
        return end
    low, high = 0.0, level / mean  # the function is at least a * mean
    high = min(high, end)
    while high - low > 1e-15 * high:
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        below = middle < end and function(middle) < level
        low, high = (middle, high) if below else (low, middle)
    return high
