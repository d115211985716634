"""The check of agreement can say no."""

import numpy as np
import pytest

from benchmarks import plain
from benchmarks.plain.agreement import Estimate, mean, variance


def test_estimates_are_apart_by_their_joint_error():
    assert Estimate(7.0, 3.0).apart(Estimate(2.0, 4.0)) == 1.0


def test_errors_of_mean_and_variance_are_what_they_vary_by():
    rng = np.random.default_rng(1)
    worlds = rng.gamma(2.0, 1.0, (2_000, 400))
    for estimate, exact in ((mean, 2.0), (variance, 2.0)):
        found = [estimate(world) for world in worlds]
        spread = np.std([one.value for one in found])
        assert np.mean([one.value for one in found]) == pytest.approx(exact, rel=0.01)
        assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.08)


def test_dearer_losses_are_seen(both):
    portfolio, n = both.book.portfolio, both.engine.n_years
    dearer = both.plain._replace(loss=1.1 * both.plain.loss)
    assert abs(plain.apart(both.engine, dearer, portfolio, n)["failure"][0]) > plain.MOST


def test_lost_dependence_is_seen(both):
    """Failures of the same number, spread over the years at random."""
    portfolio, n = both.book.portfolio, both.engine.n_years
    year = np.random.default_rng(2).integers(0, n, len(both.plain.year))
    loose = both.plain._replace(year=year)
    mean_loss, mean_count, spread = plain.apart(both.engine, loose, portfolio, n)["failure"]
    assert max(abs(mean_loss), abs(mean_count)) < plain.MOST < spread
