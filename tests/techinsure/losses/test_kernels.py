"""Loops that restart within a group: bit for bit the plain loop, whatever stands between."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.losses.kernels import capacity_in_order, used_before

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
