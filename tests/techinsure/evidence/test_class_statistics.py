"""Sums of a class: the identity with raw data, adding, missing and zero apart, refusals."""

import functools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.class_statistics import ClassStatistics

observations = st.lists(
    st.tuples(st.floats(-1e3, 1e6), st.floats(1e-3, 1e4)), min_size=1, max_size=30
)


@given(observations)
def test_the_sums_are_the_data(data):
    x, w = np.array(data).T
    found = ClassStatistics.of(x, w)
    mean = np.average(x, weights=w)
    assert found.n == len(data)
    assert found.weight == pytest.approx(w.sum(), rel=1e-12)
    assert found.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
    room = 1e-13 * found.squares  # what three rounded sums leave of the spread
    assert found.spread == pytest.approx(w @ (x - mean) ** 2, rel=1e-9, abs=room)


@given(observations, observations)
def test_two_files_add_up_to_one(first, second):
    one, two = (ClassStatistics.of(*np.array(data).T) for data in (first, second))
    whole = ClassStatistics.of(*np.array([*first, *second]).T)
    both = one.plus(two)
    assert both.n == whole.n
    assert both.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert both.spread == pytest.approx(whole.spread, rel=1e-9, abs=1e-12 * whole.squares)
    assert two.plus(one) == both


@given(st.floats(0.01, 1e6), st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=40))
def test_what_does_not_vary_has_no_spread(ratio, weights):
    """0.1 five times: the rounding of the sums is not a variance."""
    assert ClassStatistics.of([ratio] * len(weights), weights).spread == 0


def test_many_files_of_one_ratio_have_no_spread():
    parts = [ClassStatistics.of([0.1], [0.7 * step + 0.3]) for step in range(400)]
    whole = functools.reduce(ClassStatistics.plus, parts)
    assert (whole.n, whole.spread) == (400, 0.0)


def test_a_small_variation_is_not_lost():
    """A coefficient of variation of 1e-5: the spread keeps five digits."""
    ratios = [1000.0 * (1 + 1e-5 * step) for step in (-1, 0, 1)]
    assert ClassStatistics.of(ratios).spread == pytest.approx(2e-4, rel=1e-5)


def test_weights_left_out_are_one():
    found = ClassStatistics.of([3.0, 0.0, 6.0])
    assert found == ClassStatistics(n=3, weight=3.0, total=9.0, squares=45.0)
    assert (found.mean, found.spread) == (3.0, 18.0)


def test_a_year_without_exposure_is_no_observation_and_a_year_without_loss_is_one():
    seen = ClassStatistics.of([0.5, None, 0.0], [10, 0, 30])
    assert (seen.n, seen.weight, seen.mean) == (2, 40.0, 0.125)
    assert seen == ClassStatistics.of([0.5, 7.0, 0.0], [10, 0, 30])
    assert seen != ClassStatistics.of([0.5], [10])


def test_nothing_seen():
    nothing = ClassStatistics.of([], [])
    assert nothing == ClassStatistics.of([None, None], [0, 0])
    assert (nothing.n, nothing.spread) == (0, 0.0)
    with pytest.raises(Undefined, match="0 / 0"):
        _ = nothing.mean
    one = ClassStatistics.of([2.0], [3.0])
    assert one.plus(nothing) == one


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ClassStatistics.of([1.0, None], [1, 1]), "ratios[1] must be a number where the"),
        (lambda: ClassStatistics.of([1.0], [1, 1]), "weights must have 1 entries, one a ratio"),
        (lambda: ClassStatistics.of([1.0], [-1]), "weights[0] must be >= 0, got -1"),
        (lambda: ClassStatistics.of([math.nan]), "ratios[0] must be finite"),
        (lambda: ClassStatistics.of(["1"]), "ratios[0] must be a number"),
        (lambda: ClassStatistics.of([1e200]), "squares must be finite"),
        (lambda: ClassStatistics(n=2, weight=0, total=0, squares=0), "weight must fit n = 2"),
        (lambda: ClassStatistics(n=0, weight=1, total=0, squares=0), "weight must fit n = 0"),
        (lambda: ClassStatistics(n=0, weight=0, total=1, squares=0), "total must be 0, like"),
        (lambda: ClassStatistics(n=2, weight=2, total=4, squares=7),
         "squares must be >= total**2 / weight, 8, got 7 (give sum w x**2"),
        (lambda: ClassStatistics(n=1, weight=2, total=4, squares=9),
         "squares must be total**2 / weight, 8, where n is 1, got 9"),
        (lambda: ClassStatistics(n=-1, weight=2, total=4, squares=9), "n must be in [0, "),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
