"""Streams by key and counter: pinned, uniform, independent, unmoved by what else is drawn.

Seeds are fixed, so each statistic is the same in every run. A sound generator exceeds the limits
below once in 10,000 seeds or less.
"""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from techinsure import seeding

RARE = 1e-4


def grid(n_keys, n_years, n_slots=1, seed=1):
    """(n_keys, n_years, n_slots) uniforms."""
    keys = seeding.keys(seed, "test", (f"item {i}" for i in range(n_keys)))
    counters = seeding.counters(np.arange(n_years)[:, None], np.arange(n_slots))
    return seeding.uniforms(keys[:, None, None], counters)


def test_the_numbers_of_a_stream_are_pinned():
    """Whoever changes the stream law changes every stored result: a new engine version."""
    key = seeding.key(1, "severity", "item-1")
    assert key == 16991147075845602574
    counters = seeding.counters(np.array([0, 1, 99_999]), np.array([0, 3, 1_048_575]))
    assert seeding.uniforms(key, counters).tolist() == [
        0.9100961285219448,
        0.34664956612824127,
        0.28428149591630747,
    ]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
@settings(max_examples=60)
def test_the_mixing_is_splitmix64(key, counter):
    """The finaliser in Python's own integers (Steele, Lea & Flood 2014; variant 13)."""
    wide = 2**64
    mixed = (counter * 0x9E3779B97F4A7C15 + key) % wide
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % wide
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % wide
    mixed ^= mixed >> 31
    got = seeding.bits(np.array([key], np.uint64), np.array([counter], np.uint64))
    assert int(got[0]) == mixed
    assert seeding.uniforms(np.array([key], np.uint64), np.array([counter], np.uint64))[0] == (
        ((mixed >> 12) + 0.5) / 2**52
    )


@pytest.mark.parametrize(("word", "uniform"), [(0, 2.0**-53), (2**64 - 1, 1 - 2.0**-53)])
def test_the_ends_of_the_interval_are_never_reached(monkeypatch, word, uniform):
    monkeypatch.setattr(seeding, "bits", lambda key, counter: np.array([word], np.uint64))
    got = seeding.uniforms(1, np.array([1], np.uint64))[0]
    assert got == uniform
    assert 0.0 < got < 1.0


def test_a_single_number_is_no_warning():
    """numpy warns of overflow for scalars, and only for scalars."""
    key = seeding.key(1, "severity", "item-1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert seeding.uniforms(key, seeding.counters(np.array(0))) == 0.9100961285219448


@pytest.mark.parametrize("shape", [(1, 100_000, 1), (20_000, 1, 1), (1, 1, 100_000), (50, 50, 40)])
def test_uniform_along_years_keys_and_slots(shape):
    counts = np.bincount((grid(*shape).ravel() * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > RARE
    assert stats.kstest(grid(*shape).ravel(), "uniform").pvalue > RARE


@pytest.mark.parametrize("level", [0.5, 0.95, 0.995])
def test_shares_beyond_a_level_scatter_over_seeds_as_they_should(level):
    """200 streams of 20,000 years: z-scores of the share are normal, none beyond 4.5."""
    keys = np.array([seeding.key(seed, "tail") for seed in range(200)], np.uint64)
    beyond = seeding.uniforms(keys[:, None], seeding.counters(np.arange(20_000))) > level
    z = (beyond.mean(axis=1) - (1 - level)) / np.sqrt(level * (1 - level) / 20_000)
    assert np.abs(z).max() < 4.5
    assert stats.chi2.sf(np.square(z).sum(), 200) > RARE
    assert stats.chi2.cdf(np.square(z).sum(), 200) > RARE


def test_every_bit_that_is_used_is_fair():
    words = seeding.bits(seeding.key(1, "bits"), seeding.counters(np.arange(100_000)))
    shares = [float(((words >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(12, 64)]
    assert np.abs(np.array(shares) - 0.5).max() < 4.7 * 0.5 / np.sqrt(100_000)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("lag", [1, 2, 7])
def test_neighbours_are_uncorrelated(axis, lag):
    """Next years, next slots, next items in a list of names."""
    drawn = np.moveaxis(grid(60, 60, 60), axis, 0)
    first, second = drawn[:-lag].ravel() - 0.5, drawn[lag:].ravel() - 0.5
    correlation = 12 * (first * second).mean()
    assert abs(correlation) < 4 / np.sqrt(first.size)
    pairs = (drawn[:-lag].ravel() * 20).astype(int) * 20 + (drawn[lag:].ravel() * 20).astype(int)
    assert stats.chisquare(np.bincount(pairs, minlength=400)).pvalue > RARE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "severity", "a"), (2, "severity", "a")),
        ((1, "severity", "a"), (1, "count", "a")),
        ((1, "severity", "a"), (1, "severity", "b")),
        ((1, "severity", "a"), (11, "severity", "a")),
    ],
)
def test_another_seed_purpose_or_name_is_another_stream(one, other):
    counters = seeding.counters(np.arange(50_000))
    first, second = (
        seeding.uniforms(seeding.key(*label), counters) - 0.5 for label in (one, other)
    )
    assert abs(12 * (first * second).mean()) < 4 / np.sqrt(50_000)


def test_labels_do_not_run_together():
    assert seeding.key(1, "ab", "c") != seeding.key(1, "a", "bc")
    assert seeding.key(1, "2a") != seeding.key(12, "a")
    assert seeding.key(1, "设备", "光刻机") != seeding.key(1, "设备", "刻蚀机")


def test_keys_of_many_names_differ():
    assert len(set(seeding.keys(1, "item", map(str, range(50_000))).tolist())) == 50_000


def test_adding_or_reordering_items_moves_no_other_item():
    names = ["a", "b", "c"]
    counters = seeding.counters(np.arange(10))
    before = dict(zip(names, seeding.uniforms(
        seeding.keys(7, "x", names)[:, None], counters), strict=True))  # fmt: skip
    longer = ["c", "new", "a", "b"]
    after = seeding.uniforms(seeding.keys(7, "x", longer)[:, None], counters)
    for name, numbers in zip(longer, after, strict=True):
        if name in before:
            assert list(numbers) == list(before[name])


def test_blocks_of_years_are_parts_of_one_stream():
    key = seeding.key(7, "x", "a")
    whole = seeding.uniforms(key, seeding.counters(np.arange(100)))
    parts = [seeding.uniforms(key, seeding.counters(np.arange(low, low + 25)))
             for low in range(0, 100, 25)]  # fmt: skip
    assert list(np.concatenate(parts)) == list(whole)


def test_slots_of_a_year_end_where_the_next_year_begins():
    last = seeding.counters(np.array([3]), np.array([seeding.SLOTS - 1]))
    assert last + np.uint64(1) == seeding.counters(np.array([4]))
    # years as int32, as tables hold them, do not wrap
    assert seeding.counters(np.array([2**20], np.int32))[0] == 2**40
