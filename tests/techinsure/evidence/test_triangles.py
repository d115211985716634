"""Triangles: a true zero is not a missing cell, sums are said, one date, one more claim."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.triangles import Triangle

CELLS = [[10.0, 10.0, 60.0], [0.0, 30.0], [0.0]]
increments = st.lists(
    st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=3, max_size=3
).map(lambda rows: [row[: 3 - place] for place, row in enumerate(rows)])


def test_a_true_zero_is_kept_apart_from_what_is_not_observed():
    one = Triangle.of(CELLS, kind="cumulative")
    other = Triangle.of([[10, 10, 60], [0, 30, None], [0, math.nan, None]], kind="cumulative")
    assert np.isnan(one.array).tolist() == [[False] * 3, [False, False, True], [False, True, True]]
    assert one.array[1, 0] == 0.0
    assert one.latest.tolist() == other.latest.tolist() == [60, 30, 0]
    assert one.latest_ages == other.latest_ages == (2, 1, 0)


@given(increments)
def test_increments_and_cumulative_values_say_the_same(rows):
    one = Triangle.of(rows, kind="incremental")
    other = Triangle.of([list(np.cumsum(row)) for row in rows], kind="cumulative")
    assert one == other
    known = [value for row in rows for value in row]
    found = one.increments[~np.isnan(one.increments)]
    assert found == pytest.approx(known, abs=1e-9 * (1 + sum(known)))


def test_the_kind_is_never_guessed():
    with pytest.raises(TypeError, match="kind"):
        Triangle.of(CELLS)
    with pytest.raises(InvalidParameter, match="kind must be one of cumulative, incremental"):
        Triangle.of(CELLS, kind="paid")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[1, 2, 3], [1], [1]], r"cumulative\[1\] must be observed up to age 2"),
        ([[1, 2], [1, 2, 3], [1]], r"cumulative\[0\] must be observed up to age 3"),
        ([[1, 2], [None]], r"cumulative\[1\] must have an observed value"),
        ([[1, -2], [1]], r"cumulative\[0\]\[1\] must be >= 0"),
        ([[1, math.inf], [1]], r"cumulative\[0\]\[1\] must be finite"),
        ([], "origins must have at least 1 entries"),
    ],
)
def test_what_cannot_be_a_triangle(cells, message):
    with pytest.raises(InvalidParameter, match=message):
        Triangle.of(cells, kind="cumulative")


def test_an_unknown_increment_has_no_sum():
    with pytest.raises(InvalidParameter, match=r"cells\[0\]\[0\] must be observed before"):
        Triangle.of([[None, 2], [1]], kind="incremental")
    late = Triangle.of([[None, 2], [1]], kind="cumulative")
    assert np.isnan(late.array[0, 0])
    assert late.latest.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"origins": ("a", "a", "b")}, r"origins\[1\] must be unique"),
        ({"ages": (1, 3, 2)}, r"ages\[2\] must be > 3"),
        ({"ages": (1, 2)}, r"cumulative\[0\] must have at most 2 ages"),
        ({"origins": ("a", "b")}, "cumulative must have 2 rows"),
        ({"exposure": [1, 2]}, "exposure must have 3 entries"),
        ({"claims": [1, 2, -3]}, r"claims\[2\] must be >= 0"),
    ],
)
def test_what_does_not_fit_the_cells(given_, message):
    with pytest.raises(InvalidParameter, match=message):
        Triangle.of(CELLS, kind="cumulative", **given_)


def test_older_origins_may_be_at_the_last_age_for_long():
    one = Triangle.of([[1, 2], [1, 3], [2, 2], [5]], kind="cumulative")
    assert one.latest.tolist() == [2, 3, 2, 5]
    whole = Triangle.of([[1, 2], [1, 3]], kind="cumulative")
    assert whole.latest_ages == (1, 1)


def test_one_more_claim_is_in_all_later_values_of_its_origin():
    before = Triangle.of(CELLS, kind="cumulative", origins=["a", "b", "c"], claims=[4, 2, 0])
    after = before.with_claim("a", 2, 5.0)
    assert after.cumulative == ((10.0, 15.0, 65.0), *before.cumulative[1:])
    assert after.claims == (5, 2, 0)
    assert before.cumulative[0] == (10.0, 10.0, 60.0)
    assert Triangle.of(CELLS, kind="cumulative").with_claim("3", 1, 1.0).claims is None


def test_a_claim_cannot_be_where_nothing_is_observed():
    one = Triangle.of(CELLS, kind="cumulative", origins=["2019", "2020", "2021"])
    with pytest.raises(NotFound, match=r"origin '2022' .*did you mean '2020'|'2021'"):
        one.with_claim("2022", 1, 1.0)
    with pytest.raises(InvalidParameter, match="age must be one of 1, 2 for 2020, got 3"):
        one.with_claim("2020", 3, 1.0)
    with pytest.raises(InvalidParameter, match="amount must be > 0"):
        one.with_claim("2020", 1, 0.0)
