"""Conjugate updates: against integration, order and halves, weights, zero and no data, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.errors import InvalidParameter
from techinsure.evidence.conjugate import (
    NO_DATA,
    update_chance,
    update_mean,
    update_rate,
    update_shares,
)
from techinsure.evidence.parameter_laws import ChanceLaw, MeanLaw, RateLaw

RATE = RateLaw(shape=2.0, rate=25.0)
CHANCE = ChanceLaw(a=0.5, b=9.5)
years = st.lists(
    st.tuples(st.integers(0, 20), st.floats(0.01, 1e3), st.floats(0.01, 1)), max_size=8
)


def moments(density, low, high):
    """Mean and standard deviation of an unnormalised density by quadrature."""
    whole, one, two = (
        integrate.quad(lambda x, k=k: x**k * density(x), low, high, epsabs=0, epsrel=1e-11)[0]
        for k in range(3)
    )
    return one / whole, (two / whole - (one / whole) ** 2) ** 0.5


def test_a_rate_by_integration():
    found = update_rate(RATE, [1, 0, 3], [10, 12.5, 9])

    def density(x):
        likelihood = stats.poisson(np.array([10, 12.5, 9]) * x).pmf([1, 0, 3]).prod()
        return likelihood * stats.gamma(2.0, scale=1 / 25).pdf(x)

    assert (found.mean, found.sd) == pytest.approx(moments(density, 0, 1.0), rel=1e-8)


def test_a_probability_by_integration():
    found = update_chance(CHANCE, [0, 2], [4, 11])

    def density(x):
        return stats.binom([4, 11], x).pmf([0, 2]).prod() * stats.beta(0.5, 9.5).pdf(x)

    assert (found.mean, found.sd) == pytest.approx(moments(density, 0, 1.0), rel=1e-6)


def test_a_mean_by_integration():
    prior, data = MeanLaw(mean=10.0, variance=4.0), [13.0, 8.0, 15.0]
    found = update_mean(prior, 3, sum(data), 9.0)

    def density(x):
        return stats.norm(x, 3.0).pdf(data).prod() * stats.norm(10.0, 2.0).pdf(x)

    assert (found.mean, found.sd) == pytest.approx(moments(density, -10, 30), rel=1e-9)
    assert found.low == pytest.approx(found.mean - 1.6448536269514722 * found.sd)
    assert found.predictive_variance == pytest.approx(found.sd**2 + 9.0)


@given(years, st.randoms(use_true_random=False), st.integers(0, 8))
def test_order_does_not_matter_and_two_halves_are_the_whole(rows, random, cut):
    def updated(prior, part):
        return update_rate(prior, *([row[k] for row in part] for k in range(3)))

    whole = updated(RATE, rows)
    shuffled = random.sample(rows, len(rows))
    assert updated(RATE, shuffled).posterior == whole.posterior
    halves = updated(updated(RATE, rows[:cut]).posterior, rows[cut:])
    assert halves.posterior.shape == whole.posterior.shape
    assert halves.posterior.rate == pytest.approx(whole.posterior.rate, rel=1e-13)


@given(years)
def test_the_mean_is_weighted_by_the_weight(rows):
    found = update_rate(RATE, *([row[k] for row in rows] for k in range(3)))
    data = found.events / found.exposure if found.exposure else 0.0
    blended = found.weight * data + (1 - found.weight) * RATE.mean
    assert found.mean == pytest.approx(blended, rel=1e-12)
    assert 0 <= found.weight < 1
    assert found.low < found.high


def test_no_claim_in_n_years_is_information():
    means = [update_rate(RATE, 0, float(n)).mean for n in range(60)]
    assert means[0] == RATE.mean
    assert (np.diff(means) < 0).all()
    assert min(means) > 0
    assert all(not update_rate(RATE, 0, float(n)).notes for n in range(1, 60))


@pytest.mark.parametrize("none", [([], []), (0, 0.0), ([0, 0], [0, 0])])
def test_no_exposure_is_no_information(none):
    found = update_rate(RATE, *none)
    assert (found.posterior, found.weight, found.notes) == (RATE, 0.0, (NO_DATA,))
    found = update_chance(CHANCE, *none)
    assert (found.posterior, found.weight) == (CHANCE, 0.0)
    assert found.notes == ("no trial was seen: the posterior is the prior",)


def test_development_shrinks_exposure_and_not_counts():
    """Bornhuetter-Ferguson: seen and, for what is not reported yet, the mean of the posterior."""
    found = update_rate(RATE, [4, 1], [100.0, 100.0], [0.8, 0.3])
    assert (found.posterior.shape, found.posterior.rate) == (7.0, 25.0 + 110.0)
    assert found.exposure == pytest.approx(110.0)
    assert update_rate(RATE, [4, 0], [100.0, 100.0], [0.8, 0.0]) == update_rate(RATE, 4, 80.0)


def test_exact_sums():
    found = update_rate(RATE, [0] * 10, [0.1] * 10)
    assert found.exposure == 1.0


def test_a_lower_end_that_cannot_be_written_is_told():
    found = update_rate(RateLaw(shape=1e-3, rate=1.0), 0, 1.0)
    assert found.low == 0.0
    assert "the 5% quantile is below 1e-307" in found.notes[0]
    assert update_rate(RateLaw(shape=0.05, rate=1.0), 0, 1.0).notes == ()


def test_shares_of_causes():
    found = update_shares(["fire", "breakdown", "water"], [1.0, 2.0, 1.0], [0, 5, 1])
    assert found.posterior == (1.0, 7.0, 2.0)
    assert found.mean == pytest.approx((0.1, 0.7, 0.2))
    assert found.weight == pytest.approx(6 / 10)
    marginal = stats.beta([1, 7, 2], [9, 3, 8])
    assert found.sd == pytest.approx(tuple(marginal.std()))
    assert found.low == pytest.approx(tuple(marginal.ppf(0.05)))
    assert found.high == pytest.approx(tuple(marginal.ppf(0.95)))
    assert found.notes == ()


def test_draws_of_shares_have_the_moments_of_the_law():
    found = update_shares(["a", "b", "c"], [0.2, 2.0, 1.0], [0, 5, 1])
    drawn = found.draws(np.random.default_rng(5).random((40_000, 3)))
    assert drawn.sum(axis=1) == pytest.approx(np.ones(40_000))
    z = (drawn.mean(axis=0) - found.mean) / (np.array(found.sd) / 200)
    assert np.abs(z).max() < 4
    assert drawn.std(axis=0) == pytest.approx(np.array(found.sd), rel=0.03)
    total = found.posterior[0] + found.posterior[1] + found.posterior[2]
    covariance = -found.mean[1] * found.mean[2] / (total + 1)  # Dirichlet: never independent
    assert np.cov(drawn[:, 1], drawn[:, 2])[0, 1] == pytest.approx(covariance, rel=0.05)


def test_draws_of_shares_at_tiny_concentrations_are_shares():
    found = update_shares(["a", "b", "c"], [1e-5] * 3, [0, 0, 0])
    drawn = found.draws(np.random.default_rng(5).random((3000, 3)))
    assert np.isfinite(drawn).all()
    assert drawn.sum(axis=1) == pytest.approx(np.ones(3000))
    assert drawn.max(axis=1).min() > 0.5  # all of the mass at one cause
    assert np.abs(drawn.mean(axis=0) - 1 / 3).max() < 4 * (2 / 9 / 3000) ** 0.5
    assert found.notes[0] == "no event was seen: the posterior is the prior"
    assert found.notes[1].startswith("a: the 5% quantile is below")


@given(st.lists(st.integers(0, 30), min_size=3, max_size=3))
def test_shares_of_two_causes_joined_are_the_shares_of_one(counts):
    """A Dirichlet law aggregates: (a, b + c) is the law of two causes."""
    three = update_shares(["a", "b", "c"], [0.5, 1.5, 2.0], counts)
    two = update_shares(["a", "rest"], [0.5, 3.5], [counts[0], counts[1] + counts[2]])
    for name in ("mean", "sd", "low", "high"):
        assert getattr(three, name)[0] == pytest.approx(getattr(two, name)[0], rel=1e-12)
    assert three.weight == two.weight


def test_a_mean_without_data_is_the_prior():
    prior = MeanLaw(mean=10.0, variance=4.0)
    found = update_mean(prior, 0, 0.0, 9.0)
    assert found.posterior.mean == pytest.approx(10.0)
    assert found.posterior.variance == pytest.approx(4.0)
    assert (found.weight, len(found.notes)) == (0.0, 1)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: update_rate(RATE, -1, 2.0), "events must be >= 0, got -1"),
        (lambda: update_rate(RATE, [1, -1], [2.0, 2.0]), "events[1] must be >= 0, got -1"),
        (lambda: update_rate(RATE, 1, float("inf")), "exposure must be finite, got inf"),
        (lambda: update_rate(RATE, [1, 2], [3.0]), "exposure must have 2 entries, got 1"),
        (lambda: update_rate(RATE, "1", 2.0), "events must be a number, got '1'"),
        (lambda: update_rate(RATE, [0, 1], [3.0, 0.0]), "events[1] must be 0 without developed"),
        (lambda: update_rate(RATE, 1, 3.0, 0.0), "events[0] must be 0 without developed exposure"),
        (lambda: update_rate(RATE, 1, 3.0, 80), "developed must be in [0, 1], got 80"),
        (lambda: update_chance(CHANCE, 3, 2), "events[0] must be <= trials, 2, got 3.0"),
        (lambda: update_chance(CHANCE, [1], [True]), "trials[0] must be a number, got True"),
        (lambda: update_shares(["a"], [1.0], [1]), "causes must have at least 2 entries"),
        (lambda: update_shares(["a", "b"], [1.0], [1, 2]), "prior must have 2 entries, got 1"),
        (lambda: update_shares(["a", "b"], [1.0, 0.0], [1, 2]), "prior[1] must be > 0, got 0.0"),
        (lambda: update_mean(MeanLaw(mean=0.0, variance=1.0), 0, 2.0, 1.0), "total must be 0"),
        (lambda: update_mean(MeanLaw(mean=0.0, variance=1.0), 1, 2.0, 0.0), "data_variance must"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
