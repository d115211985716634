"""Figures of the same years: their sums, differences and errors."""

import numpy as np
import pytest

from techinsure.losses import measures
from techinsure.losses.paired import Paired, paired_mean, tail_mean

RNG = np.random.default_rng(11)
COMMON, ONE, OTHER = RNG.gamma(2.0, 50.0, (3, 4_000))


def test_a_difference_keeps_only_the_error_of_what_differs():
    first, second = paired_mean(COMMON + ONE), paired_mean(COMMON + ONE + 0.01 * OTHER)
    found = (second - first).estimate("CNY")
    assert found.value == pytest.approx(0.01 * OTHER.mean())
    assert found.standard_error == pytest.approx(0.01 * OTHER.std(ddof=1) / 4_000**0.5)
    assert found.unit == "CNY"
    apart = np.hypot(first.estimate().standard_error, second.estimate().standard_error)
    assert apart > 50 * found.standard_error


def test_what_is_exact_adds_no_error():
    sampled, known = paired_mean(ONE), Paired(value=3.0)
    both = (sampled + known).scaled(-2.0).estimate()
    assert both.value == pytest.approx(-2 * (ONE.mean() + 3))
    assert both.standard_error == pytest.approx(2 * sampled.estimate().standard_error)
    less = known - sampled
    assert less.estimate().standard_error == pytest.approx(sampled.estimate().standard_error)
    assert (known - known).estimate().exact
    assert known.scaled(2.0).estimate().value == 6.0


def test_one_copy_is_the_share_of_the_tail():
    """The same figure and nearly the same error as the co-TVaR of measures."""
    total = COMMON + ONE + OTHER
    found = tail_mean(ONE[None], total[None], 0.99).estimate()
    known = measures.co_tvar(ONE[None], total, 0.99)[0]
    assert found.value == pytest.approx(known.value, rel=1e-12)
    assert found.standard_error == pytest.approx(known.standard_error, rel=0.15)


def test_shares_of_parts_sum_to_the_tail():
    total = (COMMON + ONE + OTHER).reshape(4, 1_000)
    parts = [tail_mean(p.reshape(4, 1_000), total, 0.99).value for p in (COMMON, ONE, OTHER)]
    assert sum(parts) == pytest.approx(measures.tvar(total.ravel(), 0.99).value, rel=1e-12)


def test_copies_of_one_year_count_as_one():
    """Sixteen times the same outcome says no more than one."""
    once = tail_mean(ONE[None], (COMMON + ONE)[None], 0.95).estimate()
    copied = tail_mean(
        np.tile(ONE, (16, 1)), np.tile(COMMON + ONE, (16, 1)), 0.95
    ).estimate()  # fmt: skip
    assert copied.value == pytest.approx(once.value, rel=1e-12)
    assert copied.standard_error == pytest.approx(once.standard_error, rel=0.1)


@pytest.mark.parametrize("level", [0.9, 0.99])
def test_the_error_of_a_tail_share_covers(level):
    inside, truth = 0, None
    rng = np.random.default_rng(5)
    draws = rng.gamma(2.0, 50.0, (2, 2_000_000))
    truth = tail_mean(draws[:1], draws.sum(axis=0)[None], level).value
    for _ in range(200):
        some = rng.gamma(2.0, 50.0, (2, 2_000))
        found = tail_mean(some[:1], some.sum(axis=0)[None], level).estimate()
        inside += abs(found.value - truth) < 1.96 * found.standard_error
    assert 0.88 <= inside / 200 <= 0.99
