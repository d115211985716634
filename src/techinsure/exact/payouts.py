"""What one event pays: a piecewise-linear, never falling function of a law, put on a lattice.

Every policy term is piecewise linear, so is their chain, and so is the sum over items that share
one damage ratio. On a lattice only E[min(payment, height)] is needed, and that is a sum of slopes
times limited means of the law.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Protocol

import numpy as np
from pydantic import ConfigDict

from techinsure import cover
from techinsure.distributions import Beta
from techinsure.errors import Undefined
from techinsure.exact.annual import Grid
from techinsure.portfolio import PolicyTerms
from techinsure.quantities import FORBID, Floats

FEW, TABLE = 64, 2048
"""Up to how many limited means are computed one by one, and half the nodes of a table of them."""


Paid = tuple[Floats, float]
"""Chances of what one event pays on a grid, (n_cells,), and P(nothing is paid)."""


class Severity(Protocol):
    """What a payout asks of the law of a ratio, of days or of an amount."""

    def limited_mean(self, limit: Floats) -> Floats:
        """E[min(X, limit)], shaped like `limit`."""

    def survival(self, x: Floats) -> Floats:
        """P(X > x), shaped like `x`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Payout:
    """`amount[j]` paid where X of `law` is `x[j]`, linear between and constant after the last;
    both (n_knots,), `x` ascending from 0, `amount` never falling, currency units."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    law: Severity
    x: Floats
    amount: Floats

    @property
    def largest(self) -> float:
        """The most that is paid, currency units."""
        return float(self.amount[-1])

    @property
    def none(self) -> float:
        """P(nothing is paid)."""
        if self.amount[0] > 0:
            return 0.0
        last_unpaid = self.x[np.flatnonzero(self.amount <= 0)[-1]]
        if self.amount[-1] <= 0:
            return 1.0
        return float(1 - self.law.survival(np.array([last_unpaid]))[0])

    def on(self, grid: Grid) -> Floats:
        """(n_cells,) chances of the multiples of the step; see `averaged`."""
        return averaged([self], np.ones(1), grid)

    def limited(self, heights: Floats) -> Floats:
        """E[min(payment, height)], (n,), of `heights` ascending from 0."""
        if len(self.x) < 2:
            return np.asarray(np.minimum(heights, self.amount[0]))
        at_knots = self.law.limited_mean(self.x)
        slope = np.diff(self.amount) / np.diff(self.x)
        upto = np.concatenate([[0.0], np.cumsum(slope * np.diff(at_knots))])
        piece = np.searchsorted(self.amount, heights, side="left") - 1
        piece = np.clip(piece, 0, len(slope) - 1)
        rise = np.where(slope[piece] > 0, slope[piece], 1.0)
        x = self.x[piece] + np.clip((heights - self.amount[piece]) / rise, 0.0, None)
        x = np.minimum(x, self.x[piece + 1])
        inside = slope[piece] * (limited_means(self.law, x) - at_knots[piece])
        rising = np.where(heights >= self.largest, upto[-1], upto[piece] + inside)
        return np.asarray(np.minimum(heights, self.amount[0]) + rising)


def averaged(payouts: Sequence[Payout], weights: Floats, grid: Grid) -> Floats:
    """(n_cells,) chances of the multiples of the step for one of `payouts`, each with its weight;
    each payment is shared among the two beside it so that its mean stays, and counts as
    `grid.most` where it is above.

    With l(k) the mean of the layer of width `step` above k * step, cell k has
    (l(k - 1) - l(k)) / step. Source: Gerber (1982), as of `exact.annual`.
    """
    top = min(max(one.largest for one in payouts), grid.most)
    heights = np.minimum(grid.step * np.arange(np.ceil(top / grid.step - 1e-9) + 1), top)
    below = np.zeros(len(heights))
    for one, weight in zip(payouts, weights, strict=True):
        below += weight * one.limited(heights)
    layers = np.minimum.accumulate(np.clip(np.diff(below) / grid.step, 0.0, 1.0))
    chance: Floats = -np.diff(np.concatenate([[1.0], layers, [0.0]]))
    return chance


def paid_on(one: Payout | None, grid: Grid) -> Paid:
    """A payout on a grid; nothing for certain where there is none."""
    return (np.ones(1), 1.0) if one is None else (one.on(grid), one.none)


def limited_means(law: Severity, x: Floats) -> Floats:
    """(n,) E[min(X, x)]; of many `x` of a beta law on [0, 1], within 1e-9, from a table."""
    if len(x) < FEW or not isinstance(law, Beta):
        return law.limited_mean(x)
    at, value, slope = _table(law)
    x = np.minimum(x, 1.0)
    left = np.clip(np.searchsorted(at, x, side="right") - 1, 0, len(at) - 2)
    width = at[left + 1] - at[left]
    u = (x - at[left]) / width
    rise = value[left + 1] - value[left]
    low, high = slope[left] * width - rise, rise - slope[left + 1] * width
    found: Floats = value[left] + u * (rise + (1 - u) * (low * (1 - u) + high * u))
    return found


@lru_cache(maxsize=256)
def _table(law: Beta) -> tuple[Floats, Floats, Floats]:
    """Nodes, limited means there, and their slopes P(X > x), for Hermite's cubics; nodes crowd at
    both ends, where a beta law may have a pole."""
    half = np.geomspace(1e-12, 0.5, TABLE)
    at = np.concatenate([[0.0], half, 1 - half[-2::-1], [1.0]])
    return at, law.limited_mean(at), law.survival(at)


def payout(
    law: Severity,
    scale: float,
    terms: PolicyTerms,
    row: int,
    offset: float = 0.0,
    most: float = np.inf,
) -> Payout:
    """What terms `row` pay of a loss min(max(offset + scale * X, 0), most), currency units.

    Terms bend where the deductible starts to bite, where its rate overtakes its amount, and where
    limit or sum insured cap the payment; between, `cover.paid` is linear.
    """
    knots = _bends(terms, row, most)
    first = max(offset, 0.0)
    loss = np.unique(np.concatenate([[first], knots[knots > first]]))
    amount = cover.paid(terms, np.full(len(loss), row), np.minimum(loss, most))
    x = np.maximum((loss - offset) / scale, 0.0)
    if x[0] > 0:  # nothing is lost before: the amount stands from 0 on
        x, amount = np.append(0.0, x), np.append(amount[0], amount)
    return _tidy(Payout(law=law, x=x, amount=np.maximum.accumulate(amount)))


def together(payouts: Sequence[Payout]) -> Payout:
    """The sum of payouts that share one X: of the items of a site in one fire."""
    x = np.unique(np.concatenate([one.x for one in payouts]))
    amount = sum((np.interp(x, one.x, one.amount) for one in payouts), np.zeros(len(x)))
    return _tidy(Payout(law=payouts[0].law, x=x, amount=np.maximum.accumulate(amount)))


def _bends(terms: PolicyTerms, row: int, most: float) -> Floats:
    """Losses at which a payment may change its slope; the last is where it stops rising."""
    amount, rate = terms.deductible_amount[row], terms.deductible_rate[row]
    insured_sum, limit = terms.sum_insured[row], terms.limit[row]
    bends = [amount, insured_sum, most, amount + limit]
    if rate > 0:
        bends.append(amount / rate)
    if rate < 1:
        bends.append(limit / (1 - rate))
    if rate < 1 and terms.insured_share[row] < 1 and not np.isfinite(
        min(most, insured_sum, limit)
    ):  # fmt: skip
        raise Undefined(
            "the law of a payment with neither a sum insured nor a limit has no lattice that "
            "holds it: give one of the two"
        )
    return np.array([bend for bend in bends if np.isfinite(bend) and bend <= most])


def _tidy(raw: Payout) -> Payout:
    """Without the knots at the end between which nothing rises."""
    last = int(np.searchsorted(raw.amount, raw.amount[-1]))
    return Payout(law=raw.law, x=raw.x[: last + 1], amount=raw.amount[: last + 1])
