"""Claims above a threshold: likelihoods against scipy.stats, counts, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from techinsure.errors import InvalidParameter, Refused
from techinsure.evidence.excesses import ExcessCounts, Excesses, log_edges, scaled_log

CLAIMS = [0.4e6, 1.0e6, 1.2e6, 1.21e6, 4.5e6, 30e6]
SHAPES = np.array([-0.45, -0.2, 0.0, 1e-12, 0.3, 1.0, 1.7])[:, None]
SCALES = np.array([0.3e6, 2e6, 40e6])[None, :]
EDGES = (0.0, 1e5, 5e5, 5e6)


def known():
    return stats.genpareto(SHAPES, scale=SCALES)


def test_only_claims_above_the_threshold_count():
    data = Excesses.of(CLAIMS, 1e6)
    assert data.excesses == pytest.approx((0.2e6, 0.21e6, 3.5e6, 29e6))
    assert (data.n, data.largest) == (4, 30e6)
    assert (Excesses.of([1.0], 1.0).n, Excesses.of([], 1.0).largest) == (0, None)


def test_the_likelihood_of_claims_one_by_one():
    data = Excesses.of(CLAIMS, 1e6)
    expected = sum(known().logpdf(y) for y in data.excesses)
    assert data.log_likelihood(SHAPES, SCALES) == pytest.approx(expected, rel=1e-10)
    assert np.isneginf(data.log_likelihood(SHAPES, SCALES)[0, 0])  # 30m cannot occur there
    none = Excesses.of([], 1e6).log_likelihood(SHAPES, SCALES)
    assert none.shape == (7, 3)
    assert (none == 0).all()


def test_many_claims_are_added_up_in_pieces():
    many = Excesses.of(CLAIMS * 50, 1e6)
    few = Excesses.of(CLAIMS, 1e6).log_likelihood(SHAPES, SCALES)
    assert many.log_likelihood(SHAPES, SCALES) == pytest.approx(50 * few, rel=1e-12)


def test_the_likelihood_of_counts():
    data = ExcessCounts.of(CLAIMS, 1e6, EDGES)
    assert data.counts == (0, 2, 1, 1)
    assert (data.n, data.largest) == (4, 6e6)
    cdf = known().cdf
    expected = (
        2 * np.log(cdf(5e5) - cdf(1e5)) + np.log(cdf(5e6) - cdf(5e5)) + known().logsf(5e6)
    )  # fmt: skip
    assert data.log_likelihood(SHAPES, SCALES) == pytest.approx(expected, rel=1e-8)
    none = ExcessCounts.of([], 1e6, EDGES)
    assert (none.n, none.largest, none.log_likelihood(SHAPES, SCALES).max()) == (0, None, 0.0)


def test_counts_on_a_fine_grid_become_densities():
    """ln P(bin) is ln density + ln width, which no parameter enters."""
    fine = ExcessCounts.of(CLAIMS, 1e6, log_edges(1e4, 1e9, 1000)).log_likelihood(SHAPES, SCALES)
    sharp = Excesses.of(CLAIMS, 1e6).log_likelihood(SHAPES, SCALES)
    inside = np.isfinite(sharp)
    gap = fine[inside] - sharp[inside]
    assert np.ptp(gap) < 0.05
    assert inside.sum() == 17  # 4 pairs with shape < 0 rule out 30m


@given(st.lists(st.floats(1e6 + 1, 1e9), max_size=20), st.integers(0, 20))
def test_counts_of_several_sources_add(claims, cut):
    one, two = (ExcessCounts.of(part, 1e6, EDGES) for part in (claims[:cut], claims[cut:]))
    assert one.plus(two) == ExcessCounts.of(claims, 1e6, EDGES)
    assert one.plus(two) == two.plus(one)


def test_counts_on_other_grids_do_not_add():
    with pytest.raises(Refused, match="only on the same threshold and edges"):
        ExcessCounts.of([], 1e6, EDGES).plus(ExcessCounts.of([], 2e6, EDGES))


def test_edges_in_equal_steps_of_the_logarithm():
    edges = log_edges(1e5, 1e8, 4)
    assert (edges[0], len(edges)) == (0.0, 14)
    assert np.diff(np.log10(edges[1:])) == pytest.approx(np.full(12, 0.25))
    assert edges[-1] == pytest.approx(1e8)


def test_the_logarithm_of_the_survival_near_shape_zero():
    t = np.array([1e-12, 0.5, 30.0])
    for shape in (-1e-13, 0.0, 1e-13, 1e-9):
        assert scaled_log(np.array(shape), t) == pytest.approx(t, rel=1e-7)
    assert scaled_log(np.array([-0.5, 0.0, 0.5]), np.array(np.inf)).tolist() == [np.inf] * 3
    assert scaled_log(np.array(-0.5), np.array([1.9, 2.0, 2.1])).tolist()[1:] == [np.inf] * 2


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Excesses(threshold=1.0, excesses=(0.0,)), "excesses[0] must be > 0, got 0.0"),
        (lambda: Excesses.of(CLAIMS, -1.0), "threshold must be >= 0, got -1.0"),
        (lambda: Excesses.of([1.0, float("nan")], 0.5), "claims[1] must be finite, got nan"),
        (lambda: ExcessCounts(threshold=1.0, edges=(0.0, 1.0), counts=(1,)), "counts must have 2"),
        (lambda: ExcessCounts(threshold=1.0, edges=(1.0,), counts=(1,)), "edges[0] must be 0"),
        (lambda: ExcessCounts(threshold=1.0, edges=(0.0, 2.0, 2.0), counts=(1, 1, 1)), "edges m"),
        (lambda: ExcessCounts(threshold=1.0, edges=(), counts=()), "edges must have at least 1"),
        (lambda: ExcessCounts(threshold=1.0, edges=(0.0,), counts=(-1,)), "counts[0] must be in"),
        (lambda: log_edges(2.0, 1.0), "last must be > first, 2, got 1.0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
