"""Where a level falls among annual values, and which years lie beyond it with what weight."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.errors import Fault, InvalidParameter
from techinsure.losses.sampling import Sample
from techinsure.quantities import Floats, is_level, require

NORMAL_95 = 1.959963984540054
"""Half-width of a 95% normal interval, in standard errors."""

Level = float | Fraction
"""A fraction in [0, 1)."""


def exact_level(level: Level) -> Fraction:
    """`level` as the decimal fraction it is written as; refused outside [0, 1)."""
    if isinstance(level, Fraction):
        if not 0 <= level < 1:
            fix = "write levels as fractions: 0.99 for 99%"
            raise InvalidParameter([Fault("level", level, "must be in [0, 1)", fix)])
        return level
    require("level", level, is_level)
    return Fraction(str(level))


class Order(NamedTuple):
    """Ordered values around a level: `loss` and `upto` = F(loss), ascending (m,).

    The quantile is `loss[at]`; `beyond` is the part of that year that lies beyond the level;
    `near` years on either side are near to it.
    """

    loss: Floats
    upto: Floats
    at: int
    beyond: float
    near: int

    @property
    def quantile(self) -> float:
        """inf{x: F(x) >= level}."""
        return float(self.loss[self.at])

    def shifted(self, years: int) -> float:
        """The value so many places above the quantile, or the last there is."""
        return float(self.loss[min(max(self.at + years, 0), len(self.loss) - 1)])


class Tail(NamedTuple):
    """The `years` (m,) above the quantile with their tail `weight` (m,), and what is `left` of
    the tail for the years tied at the quantile; all together sum to 1."""

    order: Order
    years: NDArray[np.intp]
    weight: Floats
    left: float


def order_at(drawn: Sample, level: Fraction) -> Order:
    """The values around `level`: with equal weights only those that its error can ask for."""
    if drawn.weight is not None:
        return _weighted_order(drawn.values, drawn.weight, level)
    n = drawn.n_years
    rank = max(math.ceil(level * n), 1)
    near = math.ceil(math.sqrt(n * (1 - level)))
    spread = math.ceil(NORMAL_95 * math.sqrt(n * level * (1 - level)))
    reach = n if drawn.stratum is not None else max(spread, near) + 1
    start = max(rank - 1 - reach, 0)
    loss = _order_statistics(drawn.values, start, min(rank + reach, n))
    return Order(
        loss=loss,
        upto=np.arange(start + 1, start + 1 + len(loss)) / n,
        at=rank - 1 - start,
        beyond=float(rank - level * n),
        near=near,
    )


def _weighted_order(values: Floats, weight: Floats, level: Fraction) -> Order:
    """All zeros together are one entry."""
    used = (weight > 0) & (values != 0)
    loss, share = values[used], weight[used]
    at_zero = float(weight[values == 0].sum())
    if at_zero > 0:
        loss, share = np.append(loss, 0.0), np.append(share, at_zero)
    order = np.argsort(loss, kind="stable")
    loss, share = loss[order], share[order]
    upto = np.cumsum(share)
    rounding = 1e-12 + len(values) * 2.0**-53
    at = min(int(np.searchsorted(upto, float(level) - rounding)), len(loss) - 1)
    beyond = (
        min(max((float(upto[at]) - float(level)) / float(share[at]), 0.0), 1.0) if loss[at] else 0.0
    )
    return Order(
        loss=loss, upto=upto, at=at, beyond=beyond, near=math.ceil(math.sqrt(len(loss) - at))
    )


def _order_statistics(values: Floats, start: int, stop: int) -> Floats:
    """(stop - start,) the values of ranks `start` to `stop` - 1, counted from 0, ascending.

    Zeros are counted, not ordered: selecting among ties can cost a hundred times as much.
    """
    negative, positive = values[values < 0], values[values > 0]
    first_positive = len(values) - len(positive)
    zeros = min(stop, first_positive) - max(start, len(negative))
    return np.concatenate([
        _ranked(negative, start, stop),
        np.zeros(max(zeros, 0)),
        _ranked(positive, start - first_positive, stop - first_positive),
    ])  # fmt: skip


def _ranked(values: Floats, start: int, stop: int) -> Floats:
    start, stop = max(start, 0), min(stop, len(values))
    if start >= stop:
        return values[:0]
    upper = np.partition(values, start)[start:]
    return np.sort(np.partition(upper, stop - start - 1)[: stop - start])


def tail_at(drawn: Sample, level: Fraction) -> Tail:
    """The years above the quantile at `level`, each with weight w / (1 - level)."""
    order = order_at(drawn, level)
    above = drawn.values > order.quantile
    if drawn.weight is None:
        years = np.nonzero(above)[0]
        n_tail = drawn.n_years * (1 - level)
        left = float(1 - len(years) / n_tail)
        return Tail(order, years, np.full(len(years), 1.0 / float(n_tail)), left)
    years = np.nonzero(above & (drawn.weight > 0))[0]
    weight = drawn.weight[years]
    whole = max(float(1 - level), float(weight.sum()))
    return Tail(order, years, weight / whole, 1.0 - float(weight.sum()) / whole)


def with_tied(drawn: Sample, tail: Tail) -> tuple[NDArray[np.intp], Floats]:
    """All (m,) years with a part in the tail, and their (m,) tail weights; years tied at the
    quantile share what is left in proportion to their weight."""
    tied = drawn.values == tail.order.quantile
    if drawn.weight is not None:
        tied &= drawn.weight > 0
    years = np.nonzero(tied)[0]
    weight = drawn.weights(years)
    weight = weight * (tail.left / weight.sum())
    return np.concatenate([tail.years, years]), np.concatenate([tail.weight, weight])
