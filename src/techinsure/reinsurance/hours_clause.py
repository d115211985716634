"""Hours clause: losses of one source within so many consecutive hours are one loss occurrence.

The cedent says at which loss each period starts; no two periods of one source overlap, no loss is
in two. The starts that recover most are found exactly, source by source, by dynamic programming
over the times of losses: f(i) = max(f(i + 1), layer of what lies within the period from i + f of
what follows it). Where starts recover the same, the earliest are taken.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict

from techinsure.losses.kernels import gathered
from techinsure.losses.year_table import Groups, YearLossTable
from techinsure.portfolio import NOWHERE
from techinsure.quantities import (
    FORBID,
    Flags,
    Floats,
    Name,
    Real,
    each,
    one_of,
    positive,
    refuse_unless,
    text,
)

HOURS_A_YEAR = 8766.0
"""Of 365.25 days."""

ROUNDING = float(np.finfo(np.float32).eps)
"""Of a time: what two float32 times may be further apart than the instants they stand for."""

TIED = 1e-12
"""Recoveries that differ by less, relative, are the same but for rounding."""

Source = Literal["cause", "park", "site"]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursClause:
    """Losses of one `source` and year within `hours` consecutive hours are one loss occurrence:
    of one cause, or of one cause in one park or at one site (an item without one stands alone).

    Of other causes than `causes` (none named: all) each event stays an occurrence.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    hours: Real
    source: Source = "cause"
    causes: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        refuse_unless(self, hours=positive, source=one_of(*get_args(Source)), causes=each(text()))

    @property
    def width(self) -> float:
        """Length of a period, years."""
        return self.hours / HOURS_A_YEAR

    def sources(self, subject: YearLossTable) -> tuple[Places, Flags]:
        """(n_losses,) the source of each row, a number, and whether the clause holds for it."""
        held = self._held(subject)
        code = np.where(held, subject.cause.astype(np.int64), subject.event)
        outer = (subject.year.astype(np.int64) << 32) | (held.astype(np.int64) << 31) | code
        inner = np.where(held, self._place(subject), 0)
        return gathered([outer, inner])[0], held

    def reaching(self, subject: YearLossTable, floor: float) -> Places:
        """(m,) the rows whose source has a sum of losses above `floor`: of the others no
        occurrence can have one."""
        source, _ = self.sources(subject)
        return np.nonzero((np.bincount(source, weights=subject.loss) > floor)[source])[0]

    def occurrences(
        self, subject: YearLossTable, attachment: float, limit: float
    ) -> tuple[Groups, Floats]:
        """The occurrences that recover most from `limit` excess of `attachment`, in order of their
        first loss, and what of each row counts (n_losses,): its loss, or 0 between periods."""
        source, held = self.sources(subject)
        points = _points(subject, source)
        width = np.where(held[points.first], self.width, np.inf)
        last, total = _periods(points, width)
        layer = np.clip(total - attachment, 0.0, limit)
        period = _chosen(points, last, _begins(points, last, layer))
        label = period[points.of_row]
        lone = np.nonzero(label < 0)[0]
        counted = subject.loss.copy()
        counted[lone] = 0.0
        label[lone] = len(period) + np.arange(len(lone))
        of_row, first = gathered([label])
        return Groups(of_row=of_row, first=first, year=subject.year[first]), counted

    def _held(self, subject: YearLossTable) -> Flags:
        causes = subject.portfolio.causes
        known = [place for place, cause in enumerate(causes) if cause in self.causes]
        if not self.causes:
            return np.ones(len(subject), dtype=bool)
        return np.isin(subject.cause, known)

    def _place(self, subject: YearLossTable) -> NDArray[np.int32]:
        if self.source == "cause":
            return np.zeros(len(subject), np.int32)
        codes = getattr(subject.portfolio, self.source).codes
        alone = -2 - np.arange(len(codes), dtype=np.int32)
        return np.asarray(np.where(codes == NOWHERE, alone, codes)[subject.item], np.int32)


class _Points(NamedTuple):
    """Losses of one source at one time, in order of (source, time): `of_row` (n_losses,); the
    rest (n_points,): first row, time, amount, and one past the source's last point."""

    of_row: Places
    first: Places
    time: Floats
    amount: Floats
    end: Places


def _points(subject: YearLossTable, source: Places) -> _Points:
    time = np.ascontiguousarray(subject.time)
    of_row, first = gathered([source.astype(np.int64), time.view(np.int32)])  # of one sign: exact
    amount = np.bincount(of_row, subject.loss, len(first)).astype(np.float64, copy=False)
    order = np.lexsort((time[first], source[first]))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    of_point = source[first][order]
    end = np.searchsorted(of_point, of_point, side="right")
    return _Points(
        rank[of_row], first[order], time[first][order].astype(np.float64), amount[order], end
    )


def _periods(points: _Points, width: Floats) -> tuple[Places, Floats]:
    """(n_points,) the last point of the period that begins at each, and what lies in it."""
    last, total = np.arange(len(points.time)), points.amount.copy()
    open_ = last
    while len(open_):
        after = last[open_] + 1
        inside = after < points.end[open_]
        open_, after = open_[inside], after[inside]
        reach = width[open_] + ROUNDING * points.time[after]
        near = points.time[after] - points.time[open_] <= reach
        open_, after = open_[near], after[near]
        last[open_] = after
        total[open_] += points.amount[after]
    return last, total


def _begins(points: _Points, last: Places, layer: Floats) -> Flags:
    """(n_points,) whether a period begins at a point that none before it covers: f of the
    module's docstring, from the last point of each source to its first."""
    n_points = len(layer)
    best, begins = np.zeros(n_points + 1), np.zeros(n_points, dtype=bool)
    left = points.end - np.arange(n_points)  # points of the source from here on
    by_left = np.argsort(left, kind="stable")
    bounds = np.searchsorted(left[by_left], np.arange(1, int(left.max(initial=0)) + 2))
    for low, high in pairwise(bounds):
        here = by_left[low:high]
        end = points.end[here]
        skipped = np.where(here + 1 < end, best[here + 1], 0.0)
        follows = last[here] + 1
        taken = layer[here] + np.where(follows < end, best[follows], 0.0)
        begins[here] = taken >= skipped * (1 - TIED)
        best[here] = np.maximum(taken, skipped)
    return begins


def _chosen(points: _Points, last: Places, begins: Flags) -> Places:
    """(n_points,) the period of each point, named by its first one; -1 between periods."""
    n_points = len(begins)
    period = np.full(n_points, -1)
    at = np.unique(points.end - 1) if n_points else np.zeros(0, np.intp)
    at = np.concatenate([np.zeros(min(n_points, 1), np.intp), at[:-1] + 1])  # of each source
    end = points.end[at]
    while len(at):
        starts = at[begins[at]]
        length = last[starts] - starts + 1
        inside = np.repeat(starts - np.cumsum(length) + length, length) + np.arange(length.sum())
        period[inside] = np.repeat(starts, length)
        at = np.where(begins[at], last[at], at) + 1
        at, end = at[at < end], end[at < end]
    return period
