"""Levels read as decimals, order statistics without sorting zeros."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.losses import measures, tails
from techinsure.losses.sampling import sample
from tests.techinsure.losses.annual_values import LEVELS, annual


@pytest.mark.parametrize(
    ("level", "exact"),
    [
        (0.9, Fraction(9, 10)),
        (np.float32(0.995), Fraction(995, 1000)),
        (np.float64(0.1), Fraction(1, 10)),
        (1e-5, Fraction(1, 100_000)),
        (0, Fraction(0)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_a_level_is_the_decimal_it_is_written_as(level, exact):
    assert tails.exact_level(level) == exact


@pytest.mark.parametrize("n", [10, 71, 1000, 12_345, 100_000])
@pytest.mark.parametrize("percent", [1, 7, 29, 57, 58, 90, 95, 99])
def test_a_level_on_a_jump_is_decided_in_integers(n, percent):
    """0.58 * 100 is 57.99999999999999 in floats, 0.07 * 100 is 7.000000000000001."""
    values = np.arange(1.0, n + 1)
    rank = -(-percent * n // 100)
    assert measures.quantile(values, percent / 100) == rank
    assert measures.quantile(values - n, percent / 100) == rank - n  # all but one negative


@pytest.mark.parametrize("n", [1000, 100_000])
def test_a_level_on_a_jump_of_unequal_weights(n):
    """Weights 1 and 3 in turn: F reaches 0.9 at one year exactly, in a sum of n roundings."""
    weight = np.tile([1.0, 3.0], n // 2)
    weight /= weight.sum()
    assert measures.quantile(np.arange(1.0, n + 1), 0.9, weight) == 0.9 * n


@settings(max_examples=60)
@given(annual(), st.data())
def test_order_statistics_are_those_of_sorting(values, data):
    start = data.draw(st.integers(0, len(values) - 1))
    stop = data.draw(st.integers(start + 1, len(values)))
    assert list(tails._order_statistics(values, start, stop)) == sorted(values)[start:stop]


@settings(max_examples=60)
@given(annual(), LEVELS)
def test_what_lies_beyond_is_a_part_of_the_year_at_the_quantile(values, level):
    exact = tails.exact_level(level)
    order = tails.order_at(sample(values), exact)
    assert 0 <= order.beyond <= 1
    place = sorted(values).index(order.quantile)
    assert order.upto[order.at] * len(values) >= place
    assert list(order.loss) == sorted(order.loss)


def test_zeros_are_never_ordered(monkeypatch):
    """Selecting among ties at zero once cost a hundred times the rest."""
    sizes = []
    partition = np.partition

    def measured(values, kth):
        sizes.append(len(values))
        return partition(values, kth)

    monkeypatch.setattr(np, "partition", measured)
    values = np.zeros(10_000)
    values[:300], values[300:500] = np.arange(1, 301), -1.0
    measures.summary(values)
    measures.var(values, 0.5)
    measures.tvar(values, 0.01)
    assert sizes
    assert max(sizes) <= 300


@pytest.mark.parametrize("weight", [None, "unequal"])
def test_a_million_years_with_few_losses(weight):
    """Right at the size it is made for; the cost is in benchmarks."""
    n, n_losses = 1_000_000, 20_000
    values = np.zeros(n)
    values[::50] = np.arange(1.0, n_losses + 1)
    if weight:
        weight = np.where(values > 0, 0.5, 1.0)
        weight /= weight.sum()
        beyond = 0.005 * (n - n_losses / 2) * 2
    else:
        beyond = 5000
    assert measures.quantile(values, 0.995, weight) == n_losses - beyond
    tvar = measures.tvar(values, 0.995, weight).value
    assert tvar == pytest.approx(n_losses - (beyond - 1) / 2, rel=1e-12)
