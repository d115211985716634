"""Variance between classes: against plain iteration, exact fractions, limits and scale."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from techinsure.evidence.between import (
    iterative_between,
    precision_mean,
    shrunk,
    unbiased_between,
)

ALL = np.zeros(6, np.int32)
classes = st.lists(
    st.tuples(st.floats(-50, 50), st.floats(0.1, 100)), min_size=2, max_size=8
).filter(lambda rows: np.ptp([x for x, _ in rows]) > 1e-3)


def iterated(x, v, groups, start, rounds=200_000):
    """The fixed point by plain iteration: a <- sum z (x - m_g)**2 / (n - n_groups)."""
    a, n_groups = start, groups.max() + 1
    for _ in range(rounds):
        z = a / (a + v)
        m = np.bincount(groups, z * x) / np.bincount(groups, z)
        new = z @ (x - m[groups]) ** 2 / (len(x) - n_groups)
        if abs(new - a) <= 1e-13 * a:
            return new
        a = new
    raise AssertionError("no fixed point")


@pytest.mark.parametrize("groups", [ALL, np.array([0, 1, 0, 1, 1, 0], np.int32)])
def test_the_root_is_the_fixed_point_of_the_iteration(groups):
    x = np.array([1.0, 4.0, 2.5, 9.0, 3.0, 6.5])
    v = np.array([0.5, 2.0, 0.1, 1.0, 0.7, 3.0])
    found = iterative_between(x, v, groups)
    assert found == pytest.approx(iterated(x, v, groups, start=5.0), rel=1e-10)
    assert found == pytest.approx(iterated(x, v, groups, start=0.01), rel=1e-10)


@given(classes, st.floats(0.01, 1e4))
def test_both_estimates_agree_whether_classes_differ(rows, within):
    x, w = np.array(rows).T
    unbiased = unbiased_between(x, w, within)
    assume(abs(unbiased) > 1e-6)
    iterative = iterative_between(x, within / w, np.zeros(len(x), np.int32))
    assert (iterative > 0) == (unbiased > 0)
    assert iterative >= 0


@given(classes, st.floats(0.01, 100))
def test_the_root_solves_its_equation_and_scales(rows, within):
    x, w = np.array(rows).T
    v, groups = within / w, np.zeros(len(x), np.int32)
    a = iterative_between(x, v, groups)
    if a > 0:
        m = (x / (a + v)).sum() / (1 / (a + v)).sum()
        assert ((x - m) ** 2 / (a + v)).sum() == pytest.approx(len(x) - 1, rel=1e-6)
    in_fen = iterative_between(100 * x, 1e4 * v, groups)
    assert in_fen == pytest.approx(1e4 * a, rel=1e-6, abs=1e-9)


@given(classes, st.floats(0, 100))
def test_the_unbiased_estimate_in_fractions(rows, within):
    x, w = np.array(rows).T
    xs, ws = [Fraction(v) for v in x], [Fraction(v) for v in w]
    whole = sum(ws)
    mean = sum(a * b for a, b in zip(xs, ws, strict=True)) / whole
    squares = sum(b * (a - mean) ** 2 for a, b in zip(xs, ws, strict=True))
    exact = (squares - (len(xs) - 1) * Fraction(within)) / (whole - sum(b * b for b in ws) / whole)
    room = float(1e-9 * (squares + within * len(xs)) * whole / sum(
        a * b for i, a in enumerate(ws) for b in ws[:i]))  # fmt: skip
    assert unbiased_between(x, w, within) == pytest.approx(float(exact), rel=1e-9, abs=room)


def test_a_class_that_outweighs_the_others_leaves_its_digits():
    """w**2 - sum w_i**2 is 3e18 here, taken from 1e36."""
    w, x = np.array([1e18, 1.0, 0.5]), np.array([1.0, 3.0, 4.0])
    expected = (1.0 * 4 + 0.5 * 9) / (2 * 1.5)
    assert unbiased_between(x, w, 0.0) == pytest.approx(expected, rel=1e-12)


def test_no_variation_within_leaves_the_sample_variance():
    x = np.array([2.0, 3.0, 7.0])
    groups = np.zeros(3, np.int32)
    assert iterative_between(x, np.zeros(3), groups) == pytest.approx(7.0)
    assert iterative_between(np.full(3, 5.0), np.zeros(3), groups) == 0
    assert iterative_between(np.full(3, 5.0), np.ones(3), groups) == 0


def test_a_mean_by_precision_and_its_limit():
    x, v, w = np.array([1.0, 5.0]), np.array([0.5, 2.0]), np.array([4.0, 1.0])
    assert precision_mean(x, v, w) == pytest.approx((1.8, 0.4))
    assert precision_mean(x, 1e-9 * v, w)[0] == pytest.approx(1.8)
    assert precision_mean(x, 0 * v, w) == (1.8, 0.0)


def test_a_mean_drawn_to_its_collective():
    assert shrunk(10.0, 1.0, 3.0, 2.0, 0.0) == pytest.approx((0.75, 8.0, 0.75**0.5))
    assert shrunk(10.0, np.inf, 3.0, 2.0, 0.5) == pytest.approx((0.0, 2.0, 3.5**0.5))
    assert shrunk(10.0, 0.0, 3.0, 2.0, 0.5) == (1.0, 10.0, 0.0)
    assert shrunk(10.0, 0.0, 0.0, 2.0, 0.0) == (0.0, 2.0, 0.0)
