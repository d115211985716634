"""The rounding grid: parts of losses that add up exactly, in whatever pieces they are made."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.reinsurance import rounding_grid
from techinsure.reinsurance.rounding_grid import ROUNDING, Part, Parts, excess, to_grid, together

ALL = slice(None)
losses = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e12)), min_size=1, max_size=20)
shares = st.lists(st.floats(0, 1), min_size=1, max_size=4)


def on_grid(gross, shares):
    """Parts by share of `gross`, and what they leave."""
    gross = np.array(gross)
    wanted = {str(place): share * gross for place, share in enumerate(shares)}
    net = gross.copy()
    to_grid(wanted, net, gross)
    return list(wanted.values()), net


@given(losses, shares)
@settings(max_examples=60)
def test_parts_and_rest_add_up_in_any_order(gross, shares):
    parts, net = on_grid(gross, shares)
    for order in itertools.permutations([*parts, net]):
        assert (sum(order) == np.array(gross)).all()
    digit = np.spacing(np.array(gross))
    for part, share in zip(parts, shares, strict=True):
        assert (part >= 0).all()
        assert (part % digit == 0).all()
        assert (part <= share * np.array(gross) + digit).all()
    first = shares[0] * np.array(gross)
    assert (abs(parts[0] - first) <= digit / 2).all()


@given(losses, shares, st.integers(1, 5))
@settings(max_examples=40)
def test_pieces_change_no_bit(gross, shares, piece):
    parts, net = on_grid(gross, shares)
    over = excess({"all": np.array(gross) * sum(shares)}, np.array(gross), np.array(gross))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounding_grid, "PIECE", piece)
        again, left = on_grid(gross, shares)
        same = excess({"all": np.array(gross) * sum(shares)}, np.array(gross), np.array(gross))
    assert left.tolist() == net.tolist()
    assert [part.tolist() for part in again] == [part.tolist() for part in parts]
    assert same.tolist() == over.tolist()


def test_what_is_too_much_is_too_much_by_more_than_rounding():
    gross = np.array([100.0, 100.0, 100.0, 0.0])
    net = np.array([60.0, 60.0, 60.0, 0.0])
    wanted = {
        "one": np.array([30.0, 30.0, 50.0, 0.0]),
        "two": 30.0 + 100 * ROUNDING * np.array([0.5, 2.0, 0.0, -1.0]) - [0, 0, 0, 30],
    }
    assert excess(wanted, net, gross).tolist() == [False, True, True, False]


def test_a_part_at_other_rows():
    part = Part(np.array([1, 3]), np.array([10.0, 30.0]))
    assert part.at(ALL, 5).tolist() == [0, 10, 0, 30, 0]
    assert part.at(np.array([0, 1, 3]), 5).tolist() == [0, 10, 30]
    assert part.at(part.rows, 5) is part.amount
    whole = Part(ALL, np.arange(5.0))
    assert whole.at(ALL, 5) is whole.amount


def test_parts_are_laid_out_when_asked_for():
    few = Part(np.array([1]), np.array([7.0]))
    parts = Parts(parts={"layer": few, "quota": Part(ALL, np.ones(3))}, n_losses=3)
    assert {name: rows.tolist() for name, rows in parts.items()} == {
        "layer": [0, 7, 0],
        "quota": [1, 1, 1],
    }
    parts["layer"][:] = 0
    assert few.amount.tolist() == [7]
    assert len(parts) == 2
    assert "stop loss" not in parts


def test_rows_together():
    flags = np.array([True, False, False, False, True])
    assert together([np.array([3, 4]), flags], 5).tolist() == [0, 3, 4]
    assert together([np.array([3]), ALL], 5) == ALL
    assert together([], 5).tolist() == []
