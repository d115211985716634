"""Array loops that must restart within a group, so that chunks and scale cannot change a bit."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from techinsure.quantities import Floats


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
