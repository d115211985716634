"""Array loops that must restart within a group, so that chunks and scale cannot change a bit."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from techinsure.kernels import compiled
from techinsure.quantities import Floats, Ints

Gathered = tuple[NDArray[np.intp], NDArray[np.intp]]
"""The group of each row, and the first row of each group."""


def used_before(group: NDArray[np.integer], amount: Floats) -> Floats:
    """(n,) sum of `amount` (n,) >= 0 over earlier entries of the same `group` (n,); 0 for an entry
    without an amount, which uses nothing.

    Entries are in order of occurrence within each group; groups may interleave. Each group is
    summed alone and in order. Cost: as many passes as the longest group has non-zero entries.
    """
    before = np.zeros(len(amount))
    rows = np.nonzero(amount)[0]
    if not len(rows):
        return before
    order = rows[np.argsort(group[rows], kind="stable")]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = group[order[1:]] == group[order[:-1]]
    start = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    rank = np.arange(len(order)) - start
    by_rank = np.argsort(rank, kind="stable")
    bounds = np.searchsorted(rank[by_rank], np.arange(int(rank.max()) + 2))
    for low, high in pairwise(bounds[1:]):
        here = by_rank[low:high]
        before[order[here]] = before[order[here - 1]] + amount[order[here - 1]]
    return before


def capacity_in_order(
    group: NDArray[np.integer], amount: Floats, capacity: Floats | float
) -> Floats:
    """(n,) what of each `amount` (n,) is paid while its group's `capacity` lasts, first come
    first served. Entries are in order of occurrence within each group.

    The last payment is what is left of the capacity, so the group's sum cannot exceed it by
    more than one rounding.
    """
    left = np.maximum(capacity - used_before(group, amount), 0.0)
    return np.minimum(amount, left)


def annual_by(
    year: Ints, item: Ints, code: Ints, values: Floats, n_codes: int, n_years: int
) -> Floats:
    """(n_codes, n_years) sums of `values` (n_rows,), added in row order, by the `code` (n_items,)
    of their item and their `year`."""
    loop = compiled(_annual_by)
    return loop(year, item, *_contiguous(code, values), n_codes, n_years)


def _annual_by(
    year: Ints, item: Ints, code: Ints, values: Floats, n_codes: int, n_years: int
) -> Floats:
    place = year if n_codes == 1 else code[item].astype(np.int64) * n_years + year
    sums = np.bincount(place, weights=values, minlength=n_codes * n_years)
    return sums.astype(np.float64, copy=False).reshape(n_codes, n_years)


def largest(year: Ints, event: Ints, values: Floats, n_years: int) -> Floats:
    """(n_years,) largest sum of `values` (n_rows,) over one event; years ascend, empty ones are
    0."""
    return compiled(_largest)(year, event, *_contiguous(event, values)[1:], n_years)


def _largest(year: Ints, event: Ints, values: Floats, n_years: int) -> Floats:
    of_row, first = gathered([_outer(year, event)])
    found = np.zeros(n_years)
    total = np.bincount(of_row, weights=values, minlength=len(first))
    np.maximum.at(found, year[first], total)
    return found


def reaching(year: Ints, event: Ints, inner: Ints, loss: Floats, floor: float) -> NDArray[np.intp]:
    """(m,) the rows, in order, whose group (year, event, inner) has a sum of `loss` (n_rows,) >= 0
    above `floor`; years ascend."""
    return compiled(_reaching)(year, event, *_contiguous(inner, loss), float(floor))


def _reaching(year: Ints, event: Ints, inner: Ints, loss: Floats, floor: float) -> NDArray[np.intp]:
    of_row, first = gathered([_outer(year, event), inner])
    total = np.bincount(of_row, weights=loss, minlength=len(first))
    return np.nonzero((total > floor)[of_row])[0]


def _contiguous(codes: Ints, values: Floats) -> tuple[Ints, Floats]:
    return np.ascontiguousarray(codes, np.int32), np.ascontiguousarray(values, np.float64)


def _outer(year: Ints, event: Ints) -> NDArray[np.int64]:
    """(n_rows,) year and event in one integer."""
    return (year.astype(np.int64) << 31) | event


def gathered(keys: Sequence[NDArray[np.integer]]) -> Gathered:
    """Rows that agree in all of one or two `keys` (n_rows,) are a group; groups are numbered in
    order of their first row."""
    return _runs(keys) or _scattered(keys)


def _runs(keys: Sequence[NDArray[np.integer]]) -> Gathered | None:
    """Groups whose rows stand together, as losses of one event mostly do: found without sorting
    rows. None if some group's rows do not."""
    new = np.zeros(len(keys[0]), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    first = np.nonzero(new)[0]
    label = keys[0][first]
    if len(keys) > 1:  # number the outer groups, then put the inner key beside
        outer = np.zeros(len(first), dtype=np.int64)
        outer[1:] = np.cumsum(label[1:] != label[:-1])
        inner = keys[1][first].astype(np.int64)
        if _repeats(label[np.diff(outer, prepend=-1) > 0]):
            return None
        label = (outer << 32) | (inner - inner.min(initial=0))
    return None if _repeats(label) else (np.cumsum(new) - 1, first)


def _repeats(labels: NDArray[np.integer]) -> bool:
    ordered = np.sort(labels)
    return bool((ordered[1:] == ordered[:-1]).any())


def _scattered(keys: Sequence[NDArray[np.integer]]) -> Gathered:
    """Groups whose rows may stand anywhere; numbered in order of their first row."""
    order = np.lexsort(tuple(reversed(keys)))
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    first_sorted = np.minimum.reduceat(order, np.nonzero(new)[0]) if len(order) else order
    rank = np.argsort(first_sorted, kind="stable")
    number = np.empty_like(rank)
    number[rank] = np.arange(len(rank))
    of_row = np.empty(len(order), dtype=np.intp)
    of_row[order] = number[np.cumsum(new) - 1]
    return of_row, first_sorted[rank]
