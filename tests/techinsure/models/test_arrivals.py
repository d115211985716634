"""Arrivals: a Poisson process by count, gap and place, and streams that nobody else moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from techinsure.errors import InvalidParameter
from techinsure.models import arrivals as module
from techinsure.models.arrivals import HIGHEST, STRIPS, arrivals, strips
from techinsure.seeding import keys, uniforms

RARE = 1e-4
"""Seeds are fixed: a sound generator fails once in so many of them."""

YEARS = 1024
rng = np.random.default_rng(3)
VARIED = rng.gamma(2.0, 0.5, YEARS)  # one clock whose intensity changes from year to year


def come(names, steps, scale=1.0, block=0, clock=None, seed=1):
    """Arrivals of sources `names`, all on the first clock unless said."""
    steps = np.atleast_2d(np.asarray(steps, dtype=float))
    n = len(names)
    return arrivals(
        keys(seed, "test", names), block,
        np.zeros(n, np.intp) if clock is None else np.array(clock, np.intp),
        steps, np.broadcast_to(np.asarray(scale, dtype=float), n).copy(),
    )  # fmt: skip


def of(found, source):
    """The arrivals of one source, bit for bit."""
    mine = found.rows(found.source == source)
    return list(zip(mine.year.tolist(), mine.when.tolist(), mine.mark.tolist(), strict=True))


# --- The law -------------------------------------------------------------------------------------


def counts(found, n_years=YEARS, n_sources=None):
    n = n_sources or int(found.source.max()) + 1
    cell = found.source.astype(np.int64) * n_years + found.year
    return np.bincount(cell, minlength=n * n_years).reshape(n, n_years)


@pytest.mark.parametrize("rate", [0.003, 0.3, 4.0])
def test_counts_are_poisson(rate):
    """Mean, dispersion, and the whole law by chi-square, over 200 sources of 1,024 years."""
    found = counts(come(range_of(200), np.full(YEARS, rate)), n_sources=200).ravel()
    n = found.size
    assert abs(found.mean() - rate) < 4 * np.sqrt(rate / n)
    dispersion = found.var() / rate
    assert abs(dispersion - 1) < 4 * np.sqrt((2 + 1 / rate) / n)
    cells = np.bincount(found)
    law = stats.poisson(rate)
    top = int(np.argmax(n * law.sf(np.arange(60)) < 10))
    seen = [*cells[: top + 1], cells[top + 1 :].sum()]
    expected = n * np.array([*law.pmf(np.arange(top + 1)), law.sf(top)])
    keep = expected > 1
    assert keep.sum() >= 2
    assert stats.chi2.sf(((seen - expected)[keep] ** 2 / expected[keep]).sum(), keep.sum()) > RARE


def range_of(n):
    return [f"source {k}" for k in range(n)]


def test_counts_follow_the_intensity_of_each_year_and_the_scale_of_each_source():
    scale = np.array([0.5, 1.0, 4.0] * 100)
    found = counts(come(range_of(300), VARIED, scale), n_sources=300)
    expected = scale[:, None] * VARIED
    z = (found - expected) / np.sqrt(expected)
    for group in (z[scale == 0.5], z[scale == 1.0], z[scale == 4.0], z[:, VARIED > 2]):
        assert abs(group.mean()) < 4 / np.sqrt(group.size)
    assert np.square(z).mean() == pytest.approx(1, abs=0.02)
    # years, and sources, are independent
    assert abs((z[:, 1:] * z[:, :-1]).mean()) < 4 / np.sqrt(z.size)
    assert abs((z[1:] * z[:-1]).mean()) < 4 / np.sqrt(z.size)


def on_the_clock(found, steps, scale=1.0):
    """Where each arrival stands on its source's own clock."""
    turned = np.concatenate([[0.0], np.cumsum(steps)])
    return scale * (turned[found.year] + found.when * np.asarray(steps)[found.year])


def test_gaps_are_exponential():
    found = come(range_of(100), VARIED)
    position = on_the_clock(found, VARIED)
    first = np.diff(found.source, prepend=-1) != 0
    gaps = np.where(first, position, np.diff(position, prepend=0.0))
    assert (gaps > 0).all()
    assert stats.kstest(gaps, "expon").pvalue > RARE
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4 / np.sqrt(len(gaps))


def test_the_position_in_the_year_is_uniform_and_knows_nothing_of_the_rest():
    found = come(range_of(100), VARIED)
    assert ((found.when >= 0) & (found.when < 1)).all()
    assert stats.kstest(found.when, "uniform").pvalue > RARE
    marks = uniforms(found.mark, 0)
    assert stats.kstest(marks, "uniform").pvalue > RARE
    for other in (VARIED[found.year], marks, found.source):
        assert abs(np.corrcoef(found.when, other)[0, 1]) < 4 / np.sqrt(len(found))


def test_marks_are_keys_of_their_own():
    found = come(range_of(100), VARIED)
    assert len(np.unique(found.mark)) == len(found)
    assert found.mark.dtype == np.uint64


def test_arrivals_stand_by_source_then_time():
    found = come(range_of(50), VARIED)
    place = found.source * 2.0 * YEARS + found.year + found.when
    assert (np.diff(place) > 0).all()
    assert (found.source.dtype, found.year.dtype) == (np.int32, np.int32)


# --- Edges ---------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0.0, 0.0, 1e-9, 0.7, 30.0]), min_size=1, max_size=30))
@settings(max_examples=60)
def test_years_without_intensity_get_none(steps):
    found = come(range_of(20), steps)
    assert (np.array(steps)[found.year] > 0).all()


def test_no_source_no_intensity_no_arrival():
    assert len(come([], VARIED)) == 0
    assert len(come(["a", "b"], np.zeros(YEARS))) == 0
    assert len(come(["a", "b"], VARIED, scale=0.0)) == 0
    asleep = come(["a", "b"], VARIED, scale=[0.0, 1.0])
    assert set(asleep.source) == {1}


@pytest.mark.parametrize("steps", [[1.0, 0.0], [0.0, 2.0, 0.0, 0.0], [3.0]])
def test_a_position_rounded_to_the_end_of_the_clock_falls_in_the_last_year_that_runs(steps):
    turned = np.concatenate([[0.0], np.cumsum(steps)])[None, :]
    end = np.array([turned[0, -1]])
    year, when = module._read_clock(turned, np.zeros(1, np.intp), end)
    assert steps[year[0]] > 0
    assert when[0] == np.nextafter(1.0, 0.0)


# --- Nobody moves another ------------------------------------------------------------------------


def test_other_sources_and_their_order_move_none():
    """Before, between and after, much busier, so that other widths are used."""
    names, scale = ["a", "b", "c"], {"a": 0.01, "b": 1.0, "c": 1.0, "x": 300.0, "y": 0.4}
    alone = come(names, VARIED, [scale[n] for n in names])
    for listed in (["x", "a", "y", "b", "c"], ["c", "b", "a"], ["y", "c", "x", "a", "b"]):
        found = come(listed, VARIED, [scale[n] for n in listed])
        for place, name in enumerate(names):
            assert of(found, listed.index(name)) == of(alone, place)


def test_other_clocks_move_none():
    alone = come(["a"], VARIED)
    clocks = np.array([np.ones(YEARS), VARIED, 5 * VARIED])
    found = come(["x", "a", "y"], clocks, clock=[0, 1, 2])
    assert of(found, 1) == of(alone, 0)


@pytest.mark.parametrize("width", [1, 2, 64, 4096])
def test_the_width_of_a_bucket_moves_none(monkeypatch, width):
    """Too narrow ones are widened until they reach the end; the sums are the same."""
    usual = come(range_of(30), VARIED, np.geomspace(0.001, 1.0, 30))
    monkeypatch.setattr(module, "_by_width", lambda end: [(width, np.arange(len(end)))])
    forced = come(range_of(30), VARIED, np.geomspace(0.001, 1.0, 30))
    for name in ("year", "when", "mark", "source"):
        assert (getattr(forced, name) == getattr(usual, name)).all()


def test_widths_are_enough_six_sigma_out():
    end = np.array([0.0, 1e-6, 3.0, 500.0, 1e5])
    width = np.zeros(5)
    for one, sources in module._by_width(end):
        width[sources] = one
    assert width[0] == 0
    assert (stats.poisson(end[1:]).sf(width[1:] - 1) < 1e-8).all()
    assert (np.log2(width[1:]) % 1 == 0).all()


@pytest.mark.parametrize("n", [0, 1, 500, 1023])
def test_a_part_of_a_block_is_its_beginning(n):
    whole, part = come(range_of(40), VARIED), come(range_of(40), VARIED[:n].reshape(1, -1))
    early = whole.rows(whole.year < n)
    for name in ("source", "year", "mark"):
        assert (getattr(early, name) == getattr(part, name)).all()
    assert (early.when == part.when).all()


@pytest.mark.parametrize("n", [1, 700, YEARS])
def test_blocks_together_are_each_alone(n):
    """A clock starts anew with each block; the last one may be short."""
    steps = np.concatenate([VARIED, 2 * VARIED[:n]])
    both, first = come(range_of(20), steps, block=3), come(range_of(20), VARIED, block=3)
    second = come(range_of(20), steps[YEARS:], block=4)
    for part, early, start in ((first, True, 0), (second, False, YEARS)):
        mine = both.rows((both.year < YEARS) == early)
        assert (mine.year - start == part.year).all()
        for name in ("source", "when", "mark"):
            assert (getattr(mine, name) == getattr(part, name)).all()


@pytest.mark.parametrize(
    ("steps", "years"), [([1e5] * 2 * YEARS, "1,024"), ([0.0] * YEARS + [6e6], "1")]
)
def test_more_than_a_machine_holds_in_one_block_is_refused(steps, years):
    with pytest.raises(
        InvalidParameter, match=f"expected events must be <= 5,000,000 in {years} years"
    ):
        come(["a"], steps)
    module._refuse_too_many(np.zeros(1, int), np.full((1, 2 * YEARS), 4e3), np.ones(1))  # two


def test_a_busier_source_keeps_its_arrivals_on_its_own_clock():
    calm, busy = come(["a"], VARIED, 1.0), come(["a"], VARIED, 3.0)
    assert busy.mark[: len(calm)].tolist() == calm.mark.tolist()
    assert on_the_clock(busy, VARIED, 3.0)[: len(calm)] == pytest.approx(on_the_clock(calm, VARIED))


def test_blocks_and_seeds_are_independent():
    first = counts(come(range_of(100), VARIED), n_sources=100)
    for other in (come(range_of(100), VARIED, block=1), come(range_of(100), VARIED, seed=2)):
        z = (counts(other, n_sources=100) - VARIED) * (first - VARIED) / VARIED
        assert abs(z.mean()) < 4 / np.sqrt(z.size)


# --- Strips --------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, HIGHEST), max_size=5))
def test_strips_cover_heights_without_gap_or_overlap(heights):
    found = strips(np.array(heights))
    bottom, top = np.array(found).T
    assert bottom[0] == 0
    assert (bottom[1:] == top[:-1]).all()
    assert top[-1] >= max(heights, default=0)
    assert len(found) <= STRIPS
    assert len(found) == 1 or bottom[-1] < max(heights)
    assert top.tolist() == [2.0**k for k in range(len(found))]


def test_higher_items_only_add_strips():
    assert strips(np.array([6.0]))[:2] == strips(np.array([1.5])) == [(0.0, 1.0), (1.0, 2.0)]
    assert strips(np.array([1.0])) == [(0.0, 1.0)]


@pytest.mark.parametrize("height", [HIGHEST * 1.001, np.inf, np.nan])
def test_what_would_stand_above_the_last_strip_is_refused(height):
    with pytest.raises(InvalidParameter, match="relativity must be <= 2048"):
        strips(np.array([1.0, height]))


@pytest.mark.parametrize("height", [0.3, 1.0, 2.7, 11.0])
def test_strips_together_have_the_right_rate(height):
    """Points below a height are a Poisson process of rate height x intensity."""
    cut, n = strips(np.array([11.0])), 150
    below = np.zeros((n, YEARS))
    for number, (bottom, top) in enumerate(cut):
        found = come([f"{k}/{number}" for k in range(n)], VARIED, top - bottom)
        inside = bottom + (top - bottom) * uniforms(found.mark, 0) < height
        below += counts(found.rows(inside), n_sources=n)
    z = (below - height * VARIED) / np.sqrt(height * VARIED)
    assert abs(z.mean()) < 4 / np.sqrt(z.size)
    assert np.square(z).mean() == pytest.approx(1, abs=4 * np.sqrt((2 + 1 / height) / z.size))
