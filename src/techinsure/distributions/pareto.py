"""Pareto laws and the exponential: one tail in four parametrisations.

Each is a threshold plus an excess with survival (1 + shape * y / scale)**(-1 / shape), here
exp(-t) of the *time* t(y) = log1p(shape * y / scale) / shape, which is y / scale at shape 0. What
lies beyond any point is such a law again, with scale + shape * y for its scale, so that survival
and layers keep their digits however far out, at every shape, 0 and 1 and below 0 included.
Source: Embrechts, Klüppelberg & Mikosch (1997), Modelling Extremal Events, section 3.4 and
theorem 3.4.13.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from pydantic import ConfigDict

from techinsure.distributions.arguments import amounts, levels
from techinsure.distributions.layers import short_integral
from techinsure.errors import Undefined
from techinsure.quantities import FORBID, Floats, Real, number, positive, refuse_unless


class Tail(NamedTuple):
    """`threshold` and `scale` in currency units, `shape` the index of the tail (larger: heavier);
    the mean is finite below shape 1, the variance below 1/2."""

    threshold: float
    shape: float
    scale: float

    def time(self, excess: Floats, scale: Floats | float | None = None) -> Floats:
        """-ln of the survival of `excess` >= 0 over the threshold, or beyond where `scale` holds;
        inf at and beyond the end of a tail of negative shape."""
        scaled = np.asarray(excess / (self.scale if scale is None else scale), np.float64)
        if self.shape == 0:
            return scaled
        with np.errstate(divide="ignore"):
            return np.log1p(np.maximum(self.shape * scaled, -1.0)) / self.shape

    def layer(self, attachment: Floats, limit: Floats) -> Floats:
        """The mean of a layer whose `attachment` is over the threshold and finite:
        P(Y > attachment) * s * (1 - exp(-(1 - shape) t)) / (1 - shape), with s the scale beyond
        the attachment and t the time of `limit` there."""
        beyond = np.maximum(self.scale + self.shape * attachment, 0.0)
        reached = beyond > 0
        t = self.time(limit, np.where(reached, beyond, 1.0))
        heavy = self.shape - 1
        growth = t if heavy == 0 else np.expm1(heavy * t) / heavy
        return np.where(reached, np.exp(-self.time(attachment)) * beyond * growth, 0.0)


class ParetoLaw:
    """What the laws of this module share; each says in `tail` which tail it is."""

    __slots__ = ()

    @property
    def tail(self) -> Tail:
        """The law as a threshold and a generalised Pareto excess."""
        raise NotImplementedError

    @property
    def mean(self) -> float:
        """threshold + scale / (1 - shape) of the tail; `Undefined` where it is infinite."""
        threshold, shape, scale = self._with_moment(1)
        return threshold + scale / (1 - shape)

    @property
    def variance(self) -> float:
        """scale**2 / ((1 - shape)**2 (1 - 2 shape)) of the tail; `Undefined` where infinite."""
        _, shape, scale = self._with_moment(2)
        return (scale / (1 - shape)) ** 2 / (1 - 2 * shape)

    def cdf(self, x: Floats) -> Floats:
        """P(X <= x), shaped like `x`."""
        return -np.expm1(-self._time(x))

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`, to full relative precision."""
        return np.exp(-self._time(x))

    def quantile(self, uniforms: Floats) -> Floats:
        """Amounts, shaped like `uniforms`; at 1 the end of the support, inf where it has none."""
        threshold, shape, scale = self.tail
        with np.errstate(divide="ignore"):
            t = -np.log1p(-levels(uniforms))
        return threshold + scale * (t if shape == 0 else np.expm1(shape * t) / shape)

    def partial_mean(self, x: Floats) -> Floats:
        """E[X; X <= x], shaped like `x`: E[min(Y, y)] - y P(Y > y) + threshold * P(Y <= y) of the
        excess; near the threshold, where that cancels, the integral of Y over the time."""
        tail = self.tail
        y, t = np.maximum(np.asarray(x, np.float64) - tail.threshold, 0.0), self._time(x)
        self._refuse_infinite(y)
        short = t * (1 + abs(tail.shape)) < 1
        t_short, y_long = np.where(short, t, 0.0), np.where(short, 0.0, y)
        near = short_integral(lambda s: self._excess_at(s) * np.exp(-s), t_short)
        on = np.where(np.isinf(y_long), 0.0, y_long)
        far = tail.layer(np.zeros_like(y), y_long) - on * np.exp(-t)
        return np.where(short, near, far) - tail.threshold * np.expm1(-t)

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`; an infinite limit gives the mean, where there
        is one, and is `Undefined` otherwise."""
        threshold = self.tail.threshold
        over = np.maximum(np.asarray(limit, np.float64) - threshold, 0.0)
        self._refuse_infinite(over)
        return np.minimum(limit, threshold) + self.tail.layer(np.zeros_like(over), over)

    def excess_mean(self, x: Floats) -> Floats:
        """E[max(X - x, 0)], shaped like `x`; `Undefined` where the mean is infinite."""
        self._with_moment(1)
        over = np.asarray(x, np.float64) - self.tail.threshold
        start = np.where(np.isinf(over), 0.0, np.maximum(over, 0.0))
        beyond = self.tail.layer(start, np.full_like(over, np.inf))
        return np.where(np.isinf(over), 0.0, beyond - np.minimum(over, 0.0))

    def layer_mean(self, attachment: ArrayLike, limit: ArrayLike) -> Floats:
        """E[min(max(X - attachment, 0), limit)], shaped as both together; finite for every
        finite limit, whatever the tail. Below the threshold a layer is certain to be lost."""
        low, width = np.broadcast_arrays(amounts("attachment", attachment), amounts("limit", limit))
        over = np.maximum(low - self.tail.threshold, 0.0)
        certain = np.clip(self.tail.threshold - low, 0.0, width)
        self._refuse_infinite(width)
        return certain + self.tail.layer(over, width - certain)

    def _time(self, x: Floats) -> Floats:
        return self.tail.time(np.maximum(np.asarray(x, np.float64) - self.tail.threshold, 0.0))

    def _excess_at(self, t: Floats) -> Floats:
        _, shape, scale = self.tail
        return scale * (t if shape == 0 else np.expm1(shape * t) / shape)

    def _refuse_infinite(self, amount: Floats) -> None:
        if np.isinf(amount).any():
            self._with_moment(1)

    def _with_moment(self, order: int) -> Tail:
        """The tail, whose moment of `order` must be finite."""
        if self.tail.shape * order >= 1:
            what = "mean" if order == 1 else "variance"
            raise Undefined(f"the {what} of {self!r} is infinite: ask for a limited or layer mean")
        return self.tail


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralizedPareto(ParetoLaw):
    """S(x) = (1 + shape * x / scale)**(-1 / shape) on x >= 0, exp(-x / scale) at shape 0; below
    it the support ends at scale / -shape. `scale` in currency units.

    Source: Pickands (1975), Annals of Statistics 3(1).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["generalized_pareto"] = "generalized_pareto"
    shape: Real
    scale: Real

    def __post_init__(self) -> None:
        moderate = number("must be in [-100, 100]", lambda value: -100 <= value <= 100)
        refuse_unless(self, shape=moderate, scale=positive)

    @property
    def tail(self) -> Tail:
        """Itself."""
        return Tail(0.0, self.shape, self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lomax(ParetoLaw):
    """Pareto law of the second kind: S(x) = (scale / (x + scale))**shape, x >= 0, `scale` in
    currency units; a generalised Pareto law of shape 1 / shape and scale scale / shape.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.2.3.1 (Pareto).
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["lomax"] = "lomax"
    shape: Real
    scale: Real

    def __post_init__(self) -> None:
        refuse_unless(self, shape=_is_index, scale=positive)

    @property
    def tail(self) -> Tail:
        """Shape 1 / shape from 0."""
        return Tail(0.0, 1 / self.shape, self.scale / self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pareto(ParetoLaw):
    """Single-parameter Pareto law: S(x) = (scale / x)**shape, x >= scale, in currency units; its
    `scale` is where the support starts, not a parameter to fit.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.5.1.4.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["pareto"] = "pareto"
    shape: Real
    scale: Real

    def __post_init__(self) -> None:
        refuse_unless(self, shape=_is_index, scale=positive)

    @property
    def tail(self) -> Tail:
        """Shape 1 / shape from `scale`."""
        return Tail(self.scale, 1 / self.shape, self.scale / self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential(ParetoLaw):
    """S(x) = exp(-x / scale), x >= 0; `scale`, in currency units, is its mean.

    Source: Klugman, Panjer & Willmot, Loss Models, appendix A.3.3.1.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["exponential"] = "exponential"
    scale: Real

    def __post_init__(self) -> None:
        refuse_unless(self, scale=positive)

    @property
    def tail(self) -> Tail:
        """Shape 0."""
        return Tail(0.0, 0.0, self.scale)


_is_index = number("must be in [0.01, 1e6]", lambda value: 0.01 <= value <= 1e6)
