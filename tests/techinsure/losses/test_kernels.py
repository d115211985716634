"""Loops that restart within a group: bit for bit the plain loop, whatever stands between."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.kernels import compiled
from techinsure.losses import kernels as module
from techinsure.losses.kernels import (
    annual_by,
    capacity_in_order,
    gathered,
    largest,
    reaching,
    used_before,
)

few = settings(max_examples=40, deadline=None)
entries = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1e9)), max_size=20)


def columns(listed):
    group, amount = (list(column) for column in zip(*listed, strict=True)) if listed else ([], [])
    return np.array(group, dtype=np.int32), np.array(amount, dtype=np.float64)


def one_by_one(group, amount, capacity):
    """The same in plain Python: what was used before, and what is paid."""
    used, before, paid = {}, [], []
    for key, value in zip(group.tolist(), amount.tolist(), strict=True):
        before.append(used.get(key, 0.0))
        paid.append(min(value, max(capacity - before[-1], 0.0)))
        used[key] = before[-1] + value
    return before, paid


def test_years_by_hand():
    """Capacity 40 a year: 6, 20 and the 14 that are left; then a new year."""
    year = np.array([0, 0, 0, 0, 2, 2])
    layer = np.array([6.0, 20.0, 20.0, 5.0, 39.0, 2.0])
    assert used_before(year, layer).tolist() == [0, 6, 26, 46, 0, 39]
    assert capacity_in_order(year, layer, 40.0).tolist() == [6, 20, 14, 0, 39, 1]


@few
@given(entries, st.floats(0, 1e9))
def test_vectors_agree_with_the_loop_bit_for_bit(listed, capacity):
    group, amount = columns(listed)
    before, paid = one_by_one(group, amount, capacity)
    # entries without an amount have used nothing and are left out of the sums
    assert used_before(group, amount)[amount > 0].tolist() == np.array(before)[amount > 0].tolist()
    assert capacity_in_order(group, amount, capacity).tolist() == paid


@few
@given(entries, st.floats(1, 1e9))
def test_no_group_is_paid_more_than_its_capacity(listed, capacity):
    group, amount = columns(listed)
    paid = capacity_in_order(group, amount, capacity)
    assert (paid <= amount).all()
    totals = np.bincount(group, weights=paid, minlength=4)
    offered = np.bincount(group, weights=amount, minlength=4)
    np.testing.assert_allclose(totals, np.minimum(offered, capacity), rtol=1e-12, atol=1e-300)


@few
@given(entries, entries, st.floats(0, 1e9))
def test_groups_do_not_see_each_other(one, other, capacity):
    """Bit for bit, whatever stands before."""
    later = [(key + 10, value) for key, value in other]
    alone = capacity_in_order(*columns(other), capacity)
    assert (capacity_in_order(*columns(one + later), capacity)[len(one) :] == alone).all()


def test_interleaved_groups_by_hand():
    group = np.array([1, 0, 1, 0, 1, 2])
    amount = np.array([5.0, 1.0, 0.0, 2.0, 7.0, 3.0])
    assert used_before(group, amount).tolist() == [0, 0, 0, 1, 5, 0]
    assert capacity_in_order(group, amount, 6.0).tolist() == [5, 1, 0, 2, 1, 3]
    assert capacity_in_order(group, amount, np.array([6, 0, 6, 0, 6, 2.0])).tolist() == [
        5, 0, 0, 0, 1, 2,
    ]  # fmt: skip


def test_nothing_offered_and_nothing_left():
    none = np.zeros(0)
    assert used_before(none.astype(np.int32), none).tolist() == []
    assert capacity_in_order(none.astype(np.int32), none, 5.0).tolist() == []
    assert capacity_in_order(np.zeros(3, np.int32), np.zeros(3), 5.0).tolist() == [0, 0, 0]
    assert capacity_in_order(np.zeros(2, np.int32), np.ones(2), 0.0).tolist() == [0, 0]
    assert capacity_in_order(np.zeros(2, np.int32), np.ones(2), np.inf).tolist() == [1, 1]


@few
@given(entries, st.floats(1, 1e9))
def test_the_running_sum_of_a_group_ends_at_most_one_rounding_above(listed, capacity):
    group, amount = columns(listed)
    running: dict[int, float] = {}
    for key, value in zip(group.tolist(), capacity_in_order(group, amount, capacity), strict=True):
        running[key] = running.get(key, 0.0) + float(value)
    assert all(total <= np.nextafter(capacity, np.inf) for total in running.values())


@few
@given(entries, st.floats(0, 1e9))
def test_entries_of_a_group_may_stand_anywhere_between_others(listed, capacity):
    """Gathered group by group or interleaved: each entry is paid the same."""
    group, amount = columns(listed)
    order = np.argsort(group, kind="stable")
    gathered = np.empty(len(group))
    gathered[order] = capacity_in_order(group[order], amount[order], capacity)
    assert (gathered == capacity_in_order(group, amount, capacity)).all()


def test_a_long_group_is_the_loop_bit_for_bit():
    rng = np.random.default_rng(1)
    group, amount = rng.integers(0, 3, 5_000), rng.lognormal(0, 3, 5_000)
    amount[rng.random(5_000) < 0.3] = 0.0
    before, paid = one_by_one(group, amount, 1e4)
    assert (used_before(group, amount)[amount > 0] == np.array(before)[amount > 0]).all()
    assert (capacity_in_order(group, amount, 1e4) == paid).all()


# --- Groups of rows within a year ---------------------------------------------------------------

grouped_rows = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 3), st.sampled_from([-2, 0, 1, 2**31 - 1]),
        st.one_of(st.just(0.0), st.floats(0.01, 1e6)),
    ),
    max_size=30,
)  # fmt: skip


def by_year(listed):
    """year, event, inner, loss; rows in order of year."""
    listed = sorted(listed, key=lambda row: row[0])
    columns = zip(*listed, strict=True) if listed else ([], [], [], [])
    kinds = (np.int32, np.int32, np.int32, np.float64)
    return [np.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)]


def totals(*keys_and_loss):
    """The sum of each group, added in row order, in plain Python."""
    sums: dict[tuple[int, ...], float] = {}
    *keys, loss = (column.tolist() for column in keys_and_loss)
    for *key, amount in zip(*keys, loss, strict=True):
        sums[tuple(key)] = sums.get(tuple(key), 0.0) + amount
    return sums


@given(grouped_rows, st.floats(0, 2e6), st.booleans())
@settings(max_examples=80)
def test_the_rows_that_reach_a_floor(listed, floor, just_there):
    """Strictly above it: a group that stands at the floor adds nothing to a layer."""
    year, event, inner, loss = by_year(listed)
    sums = totals(year, event, inner, loss)
    if just_there and sums:
        floor = max(sums.values())
    keys = zip(year.tolist(), event.tolist(), inner.tolist(), strict=True)
    expected = [row for row, key in enumerate(keys) if sums[key] > floor]
    assert reaching(year, event, inner, loss, floor).tolist() == expected
    assert module._reaching(year, event, inner, loss, floor).tolist() == expected


def test_a_floor_between_the_orders_of_adding():
    """A year's sum may round below that of one of its groups: the group is found all the same."""
    loss = np.array([1e16, 1.0, 1.0, 1.0])
    year, event = np.zeros(4, np.int32), np.array([0, 1, 1, 1], np.int32)
    assert reaching(year, event, event, loss, np.nextafter(1e16, 0)).tolist() == [0]
    tenths = np.full(10, 0.1)
    in_order = float(np.add.accumulate(tenths)[-1])
    year, event = np.zeros(10, np.int32), np.zeros(10, np.int32)
    below = float(np.nextafter(in_order, 0))
    assert len(reaching(year, event, event, tenths, below)) == 10
    assert len(reaching(year, event, event, tenths, in_order)) == 0


@given(grouped_rows)
@settings(max_examples=60)
def test_the_largest_event_of_each_year(listed):
    year, event, _, loss = by_year(listed)
    expected = np.zeros(6)
    for (one, _), total in totals(year, event, loss).items():
        expected[one] = max(expected[one], total)
    assert largest(year, event, loss, 6).tolist() == expected.tolist()
    assert module._largest(year, event, loss, 6).tolist() == expected.tolist()


@given(grouped_rows, st.integers(1, 3))
@settings(max_examples=60)
def test_annual_sums_by_code(listed, n_codes):
    year, item, _, loss = by_year(listed)
    code = (np.arange(4) % n_codes).astype(np.int32)
    sums = totals(code[item], year, loss)
    expected = [[sums.get((c, y), 0.0) for y in range(6)] for c in range(n_codes)]
    assert annual_by(year, item, code, loss, n_codes, 6).tolist() == expected
    assert module._annual_by(year, item, code, loss, n_codes, 6).tolist() == expected


@given(grouped_rows)
@settings(max_examples=60)
def test_groups_are_numbered_by_their_first_row(listed):
    year, event, inner, _ = by_year(listed)
    outer = year.astype(np.int64) << 31 | event
    for keys in ([outer], [outer, inner]):
        seen: dict[tuple[int, ...], int] = {}
        rows = list(zip(*(key.tolist() for key in keys), strict=True))
        expected = [seen.setdefault(row, len(seen)) for row in rows]
        of_row, first = gathered(keys)
        assert of_row.tolist() == expected
        assert first.tolist() == [expected.index(group) for group in range(len(seen))]


def long_rows():
    """20,000 rows of 50 years, events that interleave, arrays that cannot be written to."""
    rng = np.random.default_rng(3)
    year = np.sort(rng.integers(0, 50, 20_000)).astype(np.int32)
    event, item = (rng.integers(0, 90, 20_000).astype(np.int32) for _ in range(2))
    loss = rng.lognormal(0, 2, 20_000)
    for column in (year, event, item, loss):
        column.flags.writeable = False
    return year, event, item, loss


def figures(year, event, item, loss):
    """Each loop's answer to these rows, reached rows as flags."""
    reached = np.zeros(len(year), bool)
    reached[reaching(year, event, item, loss, 9.0)] = True
    first, last = int(year[0]), int(year[-1]) + 1
    code = (np.arange(90) % 7).astype(np.int32)
    return [
        reached,
        largest(year, event, loss, last)[first:],
        annual_by(year, item, code, loss, 7, last)[:, first:].T,
    ]


def test_references_and_loops_agree_on_long_tables_bit_for_bit():
    year, event, item, loss = long_rows()
    code = (np.arange(90) % 7).astype(np.int32)
    for loop, arguments in (
        (module._reaching, (year, event, item, loss, 9.0)),
        (module._largest, (year, event, loss, 50)),
        (module._annual_by, (year, item, code, loss, 7, 50)),
        (module._annual_by, (year, item, code * 0, loss, 1, 50)),
    ):
        found, expected = compiled(loop)(*arguments), loop(*arguments)
        assert found.dtype == expected.dtype
        assert (found == expected).all()
        assert found.any()


@pytest.mark.parametrize("workers", [1, 2])
def test_neither_chunks_of_years_nor_threads_change_a_bit(workers):
    columns = long_rows()
    cuts = np.searchsorted(columns[0], [0, 7, 8, 31, 50])
    chunks = [[column[low:high] for column in columns] for low, high in pairwise(cuts)]
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda chunk: figures(*chunk), chunks))
    for place, whole in enumerate(figures(*columns)):
        assert (np.concatenate([part[place] for part in parts]) == whole).all()
