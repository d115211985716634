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
