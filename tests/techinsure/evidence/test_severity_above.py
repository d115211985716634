"""Claims above a deductible: the closed form without one, integration, and the law found again."""

import math

import numpy as np
import pytest
from scipy import stats

from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.severity import LogStatistics, SeverityLaw, update_severity
from techinsure.evidence.severity_above import ClaimsAbove, update_severity_above

PRIOR = SeverityLaw.worth(3.0, median=200e3, sigma=1.2)
CLAIMS = [84e3, 410e3, 155e3, 1.3e6, 230e3, 96e3]


@pytest.fixture(scope="module")
def after():
    return update_severity_above(PRIOR, [ClaimsAbove.of(CLAIMS, 80e3)])


@pytest.mark.parametrize("claims", [[], CLAIMS])
def test_without_a_deductible_it_is_the_closed_form(claims):
    grid = update_severity_above(PRIOR, [ClaimsAbove.of(claims, 0.0)])
    closed = update_severity(PRIOR, LogStatistics.of(claims))
    assert grid.mu.mean == pytest.approx(closed.mean, rel=1e-6)
    assert grid.mu.sd == pytest.approx(closed.sd, rel=2e-3 if claims else 0.02)
    assert (grid.mu.low, grid.mu.high) == pytest.approx((closed.low, closed.high), rel=2e-3)
    assert (grid.sigma.low, grid.sigma.high) == pytest.approx(
        (closed.sigma_low, closed.sigma_high), rel=5e-3
    )
    for limit in (1e5, 1e6, 1e8):
        exact = closed.posterior.limited_mean(limit)
        assert grid.limited_mean(limit).mean == pytest.approx(exact, rel=1e-4)
    layer = closed.posterior.layer_mean(1e6, 4e6)
    assert grid.layer_mean(1e6, 4e6).mean == pytest.approx(layer, rel=1e-4)
    assert grid.survival(5e5).mean == pytest.approx(float(closed.posterior.survival(5e5)), rel=1e-4)


def test_the_posterior_by_integration(after):
    """scipy's densities on a denser grid of (mu, ln sigma)."""
    mu = np.linspace(0, 18, 601)[:, None]
    log_sigma = np.linspace(-2, 2.5, 451)[None, :]
    v = np.exp(2 * log_sigma)
    height = stats.norm(PRIOR.m, np.sqrt(v / PRIOR.k)).logpdf(mu)
    height = height + stats.invgamma(PRIOR.a, scale=PRIOR.b).logpdf(v) + np.log(v)
    for y in np.log(CLAIMS):
        law = stats.norm(mu, np.sqrt(v))
        height = height + law.logpdf(y) - law.logsf(math.log(80e3))
    mass = np.exp(height - height.max())
    mass /= mass.sum()
    mean = (mass * mu).sum()
    assert after.mu.mean == pytest.approx(mean, abs=2e-3)
    assert after.mu.sd == pytest.approx((mass * (mu - mean) ** 2).sum() ** 0.5, rel=5e-3)
    assert after.sigma.mean == pytest.approx((mass * np.exp(log_sigma)).sum(), rel=3e-3)


def test_what_cannot_be_seen_is_not_taken_for_absent(after):
    naive = update_severity(PRIOR, LogStatistics.of(CLAIMS))
    assert after.mu.mean < naive.mean - 0.2
    assert 0.5 < after.survival(80e3).mean < 0.95


def test_the_law_is_found_again():
    """Every 1-in-4,000th claim of a lognormal law, of which a third is above the deductible."""
    every = stats.lognorm(1.5, scale=math.exp(12)).ppf((np.arange(4000) + 0.5) / 4000)
    low, high = every[every > 3e5], every[every > 1e6]
    found = update_severity_above(PRIOR, [ClaimsAbove.of(low, 3e5), ClaimsAbove.of(high, 1e6)])
    assert abs(found.mu.mean - 12) < found.mu.sd
    assert abs(found.sigma.mean - 1.5) < found.sigma.sd
    assert found.mu.sd < 0.4
    assert found.notes == ()


def test_statistics_of_one_deductible_suffice(after):
    one, two = (LogStatistics.of(part) for part in (CLAIMS[:2], CLAIMS[2:]))
    halves = [ClaimsAbove(deductible=80e3, statistics=part) for part in (one, two)]
    assert update_severity_above(PRIOR, halves).mu.mean == pytest.approx(after.mu.mean, rel=1e-9)


def test_draws_carry_the_law(after):
    mu, sigma = after.draws(np.random.default_rng(4).random((3, 20_000)))
    assert abs(mu.mean() - after.mu.mean) < 4 * after.mu.sd / 20_000**0.5
    assert (sigma < after.sigma.low).mean() == pytest.approx(0.05, abs=0.008)
    z = (math.log(1e6) - mu) / sigma
    drawn = stats.norm.sf(z)
    found = after.survival(1e6)
    assert drawn.mean() == pytest.approx(found.mean, rel=0.02)
    assert ((drawn > found.low) & (drawn < found.high)).mean() == pytest.approx(0.9, abs=0.01)


def test_what_degenerates_is_told():
    found = update_severity_above(PRIOR, [])
    assert (found.weight, found.notes) == (0.0, ("no claim was seen: the posterior is the prior",))
    with pytest.raises(Undefined, match="infinite: ask for limited_mean"):
        found.limited_mean(math.inf)
    sure = SeverityLaw(m=0.0, k=1e6, a=1e6, b=1e6)
    far = update_severity_above(sure, [ClaimsAbove.of([math.exp(30.0)] * 100_000, 0.0)])
    assert far.notes[-1] == "mu or sigma leans on the end of its prior: data and prior contradict"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ClaimsAbove.of([9e4, 8e4], 8e4), "claims[1] must be > the deductible, 80000"),
        (lambda: ClaimsAbove.of([1.0], -1.0), "deductible must be >= 0, got -1.0"),
        (lambda: ClaimsAbove(deductible=8e4, statistics=LogStatistics.of([1e3])),
         "statistics.total must be >= n ln deductible, 11.28"),
        (lambda: update_severity_above(SeverityLaw(m=0, k=1, a=1.0, b=1), []), "a must be > 1 for"),
        (lambda: update_severity_above(PRIOR, []).limited_mean(0.0), "limit must be > 0"),
        (lambda: update_severity_above(PRIOR, []).layer_mean(-1.0, 1.0), "attachment must be >="),
        (lambda: update_severity_above(PRIOR, []).survival(0.0), "x must be > 0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
