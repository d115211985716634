"""Columns of losses, policy terms, and the order of occurrence."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from techinsure.portfolio import Portfolio
from techinsure.quantities import Floats, Ints


class Losses(NamedTuple):
    """All (n_losses,): `year`, `time` (years since its start), `item` and `cause` of the portfolio,
    `event` (one number a source event) and `loss`, currency units of one unit of the item."""

    year: NDArray[np.int64]
    time: Floats
    item: NDArray[np.int64]
    cause: Ints
    event: NDArray[np.int64]
    loss: Floats

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "Losses":
        """Some of the losses."""
        return Losses(*(column[rows] for column in self))


class Sheet:
    """Collects losses risk by risk; numbers events."""

    def __init__(self, causes: tuple[str, ...]) -> None:
        self.causes, self.parts, self.n_events = causes, list[Losses](), 0

    def events(self, n: int) -> NDArray[np.int64]:
        """(n,) numbers of new events."""
        self.n_events += n
        return np.arange(self.n_events - n, self.n_events)

    def add(
        self, cause: str, year: NDArray[np.int64], time: Floats, item: NDArray[np.int64] | int,
        event: NDArray[np.int64], loss: Floats,
    ) -> None:  # fmt: skip
        """Losses of one cause, (n,) each; `item` may be one for all."""
        n = len(year)
        of_item = np.full(n, item) if isinstance(item, int) else item
        code = np.full(n, self.causes.index(cause), np.int8)
        self.parts.append(Losses(year, time, of_item, code, event, loss))

    def losses(self) -> Losses:
        """All of them, in no order."""
        return Losses(*(np.concatenate(columns) for columns in zip(*self.parts, strict=True)))


def ordered(losses: Losses) -> Losses:
    """By (year, time, event, item)."""
    return losses.take(np.lexsort((losses.item, losses.event, losses.time, losses.year)))


def insured(losses: Losses, portfolio: Portfolio) -> Losses:
    """What is paid of losses in order; losses without a payment are left out."""
    terms, row = portfolio.terms, portfolio.terms_of[losses.item, losses.cause]
    capped = np.minimum(losses.loss, terms.sum_insured[row])
    deductible = np.maximum(terms.deductible_rate[row] * capped, terms.deductible_amount[row])
    layer = np.clip(capped - deductible, 0.0, terms.limit[row])
    paid = np.where(row < 0, 0.0, (1 - terms.insured_share[row]) * layer)
    limited = np.flatnonzero((row >= 0) & np.isfinite(terms.aggregate_limit[row]))
    group = losses.year[limited] * len(terms) + terms.aggregate[row[limited]]
    limited = limited[np.argsort(group, kind="stable")]
    limit = terms.aggregate_limit[row[limited]]
    paid[limited] = eroded(np.sort(group), paid[limited], limit)
    return losses._replace(loss=paid).take(paid > 0)


def eroded(group: NDArray[np.int64], amount: Floats, capacity: Floats | float) -> Floats:
    """(n,) what is paid of each `amount` while its group's capacity lasts; groups in order."""
    used = np.cumsum(amount) - amount
    used -= used[np.searchsorted(group, group)]
    return np.clip(capacity - used, 0.0, amount)
