"""Every posterior of this folder is calibrated, and one with half the variance is found out."""

import math

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Lognormal
from techinsure.evidence.conjugate import (
    update_chance,
    update_mean,
    update_rate,
    update_shares,
)
from techinsure.evidence.excesses import ExcessCounts, Excesses, log_edges
from techinsure.evidence.hierarchy import HierarchyPrior, risk_relativities, update_hierarchy
from techinsure.evidence.large_losses import TailPrior, update_tail
from techinsure.evidence.parameter_laws import ChanceLaw, MeanLaw, RateLaw
from techinsure.evidence.severity import LogStatistics, SeverityLaw, update_severity
from tests.techinsure.evidence.calibration import (
    ACCEPTED,
    DRAWS,
    halved,
    p_value,
    rank,
    shifted,
)

REPLICATES = 400
EDGES = log_edges(1e5, 1e9, 4)


def rate(rng):
    prior = RateLaw(shape=1.5, rate=20.0)
    truth = rng.gamma(1.5) / 20.0
    exposure = rng.uniform(5, 60)
    found = update_rate(prior, int(rng.poisson(truth * exposure)), exposure)
    yield "rate", truth, found.posterior.quantile(rng.random(DRAWS))


def chance(rng):
    truth = rng.beta(0.8, 4.0)
    trials = int(rng.integers(0, 15))
    found = update_chance(ChanceLaw(a=0.8, b=4.0), int(rng.binomial(trials, truth)), trials)
    yield "chance", truth, found.posterior.quantile(rng.random(DRAWS))


def shares(rng):
    prior = [0.5, 1.0, 3.0]
    truth = rng.dirichlet(prior)
    found = update_shares(["a", "b", "c"], prior, rng.multinomial(4, truth).tolist())
    drawn = found.draws(rng.random((DRAWS, 3)))
    yield "share", truth[0], drawn[:, 0]


def mean(rng):
    prior = MeanLaw(mean=2.0, variance=9.0)
    truth = rng.normal(2.0, 3.0)
    data = rng.normal(truth, 4.0, size=rng.integers(0, 6))
    found = update_mean(prior, len(data), float(data.sum()), 16.0)
    yield "mean", truth, found.posterior.quantile(rng.random(DRAWS))


def severity(rng):
    prior = SeverityLaw(m=12.0, k=2.0, a=3.0, b=4.0)
    sigma = math.sqrt(4.0 / rng.gamma(3.0))
    mu = rng.normal(12.0, sigma / math.sqrt(2.0))
    claims = np.exp(rng.normal(mu, sigma, size=rng.integers(0, 8)))
    law = update_severity(prior, LogStatistics.of(claims)).posterior
    uniforms = rng.random((2, DRAWS))
    drawn = law.draws(uniforms)
    yield "mu", mu, drawn[0]
    yield "sigma", sigma, drawn[1]
    true = Lognormal(mean=math.exp(mu + sigma**2 / 2), cv=math.sqrt(math.expm1(sigma**2)))
    limited = float(true.limited_mean(np.array(5e5)))
    yield "limited mean", limited, law.limited_means(5e5, uniforms)


def tail(rng):
    prior = TailPrior(scale=1e6, scale_log_sd=0.6, grade="D", source="test")
    shape = float(stats.truncnorm((-0.5 - 0.4) / 0.2, (1 - 0.4) / 0.2, 0.4, 0.2).rvs(
        random_state=rng))  # fmt: skip
    scale = 1e6 * math.exp(0.6 * rng.normal())
    n = int(rng.integers(0, 9))
    claims = 1e6 + scale / shape * np.expm1(-shape * np.log(rng.random(n)))
    data = Excesses.of(claims, 1e6) if rng.random() < 0.3 else ExcessCounts.of(claims, 1e6, EDGES)
    drawn = update_tail(prior, data).draws(rng.random((3, DRAWS)))
    yield "tail shape", shape, drawn[0]
    yield "tail scale", scale, drawn[1]


def hierarchy(rng):
    prior = HierarchyPrior(rate=Lognormal(mean=0.1, cv=0.9), shape=Lognormal(mean=3.0, cv=0.9),
                           grade="D", source="test")  # fmt: skip
    mu = math.exp(rng.normal(prior.rate.mu, prior.rate.sigma))
    k = math.exp(rng.normal(prior.shape.mu, prior.shape.sigma))
    classes = rng.gamma(k, size=6) * mu / k
    exposure = np.array([5.0, 20.0, 60.0, 150.0, 0.0])
    events = rng.poisson(classes[:5] * exposure)
    found = update_hierarchy(prior, list("abcde"), events.tolist(), exposure.tolist())
    drawn = found.draws(int(rng.integers(2**31)), np.arange(DRAWS))
    yield "portfolio rate", mu, drawn.rate
    yield "portfolio shape", k, drawn.shape
    yield "class", classes[1], drawn.classes[1]
    yield "class without data", classes[4], drawn.classes[4]
    yield "new class", classes[5], drawn.new
    u = rng.gamma(4.0) / 4.0
    own = int(rng.poisson(classes[1] * u * 30.0))
    given = np.full(DRAWS, classes[1])
    yield "risk in its class", u, risk_relativities(given, own, 30.0, 4.0, rng.random(DRAWS))


MODELS = [rate, chance, shares, mean, severity, tail, hierarchy]
QUANTITIES = [
    *("rate", "chance", "share", "mean", "mu", "sigma", "limited mean", "tail shape", "tail scale"),
    *("portfolio rate", "portfolio shape", "class", "class without data", "new class"),
    "risk in its class",
]


@pytest.fixture(scope="module")
def ranks():
    """Ranks of each quantity: as it is, with its variance halved, with its mean shifted."""
    found = {}
    for seed, model in enumerate(MODELS):
        rng = np.random.default_rng([2018, seed])
        for _ in range(REPLICATES):
            for name, truth, draws in model(rng):
                three = [rank(truth, planted) for planted in (draws, halved(draws), shifted(draws))]
                found.setdefault(name, []).append(three)
    return {name: np.array(rows).T for name, rows in found.items()}


def test_everything_is_ranked(ranks):
    assert list(ranks) == QUANTITIES
    assert all(rows.shape == (3, REPLICATES) for rows in ranks.values())


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_posteriors_are_calibrated(ranks, quantity):
    assert p_value(ranks[quantity][0]) > ACCEPTED


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_half_the_variance_is_found_out(ranks, quantity):
    assert p_value(ranks[quantity][1]) < ACCEPTED


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_shift_by_half_a_standard_deviation_is_found_out(ranks, quantity):
    assert p_value(ranks[quantity][2]) < ACCEPTED


def test_uniform_ranks_pass_and_others_do_not():
    assert p_value(np.arange(400) % 100) == pytest.approx(1.0)
    assert p_value(np.repeat([0, 99], 200)) < 1e-300
