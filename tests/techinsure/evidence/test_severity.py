"""Sizes of claims: the update against integration, the log-t law, limits, and refusals."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from techinsure.distributions import Lognormal
from techinsure.errors import InvalidParameter, Refused, Undefined
from techinsure.evidence.severity import LogStatistics, SeverityLaw, update_severity

PRIOR = SeverityLaw.worth(3.0, median=200e3, sigma=1.2)
CLAIMS = [84e3, 410e3, 55e3, 1.3e6, 230e3]
amounts = st.lists(st.floats(1e2, 1e9), max_size=12)
LAWS = [PRIOR, SeverityLaw(m=2.0, k=0.4, a=0.3, b=0.1), SeverityLaw(m=0.0, k=50, a=40, b=3.0)]
each_law = pytest.mark.parametrize("law", LAWS, ids=repr)


def test_the_update_by_integration():
    """Posterior means of mu and of sigma**2 from likelihood x prior on (mu, ln sigma**2)."""
    logs = np.log(CLAIMS)
    law = update_severity(PRIOR, LogStatistics.of(CLAIMS)).posterior
    mu = np.linspace(8, 17, 901)[:, None]
    v = np.exp(np.linspace(-4, 6, 1201))[None, :]
    height = stats.norm(PRIOR.m, np.sqrt(v / PRIOR.k)).logpdf(mu)
    height = height + stats.invgamma(PRIOR.a, scale=PRIOR.b).logpdf(v) + np.log(v)
    height = height + sum(stats.norm(mu, np.sqrt(v)).logpdf(y) for y in logs)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    assert law.m == pytest.approx((weight * mu).sum(), rel=1e-6)
    assert law.b / (law.a - 1) == pytest.approx((weight * v).sum(), rel=1e-4)
    assert law.a / law.b == pytest.approx((weight / v).sum(), rel=1e-5)
    spread = ((weight * (mu - law.m) ** 2).sum()) ** 0.5
    assert update_severity(PRIOR, LogStatistics.of(CLAIMS)).sd == pytest.approx(spread, rel=1e-3)


@given(amounts, st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_does_not_matter_and_two_halves_are_the_whole(claims, random, cut):
    whole = update_severity(PRIOR, LogStatistics.of(claims)).posterior
    shuffled = random.sample(claims, len(claims))
    assert update_severity(PRIOR, LogStatistics.of(shuffled)).posterior == whole
    one, two = LogStatistics.of(claims[:cut]), LogStatistics.of(claims[cut:])
    for halves in (
        update_severity(update_severity(PRIOR, one).posterior, two).posterior,
        update_severity(PRIOR, one.plus(two)).posterior,
    ):
        for name in ("m", "k", "a", "b"):
            assert getattr(halves, name) == pytest.approx(getattr(whole, name), rel=1e-9)


def test_no_claim_and_one_claim():
    found = update_severity(PRIOR, LogStatistics.of([]))
    assert (found.posterior, found.weight) == (PRIOR, 0.0)
    assert found.notes == ("no claim was seen: the posterior is the prior",)
    found = update_severity(PRIOR, LogStatistics.of([200e3]))
    assert found.posterior.m == pytest.approx(PRIOR.m)
    assert (found.posterior.k, found.posterior.b) == pytest.approx((4.0, PRIOR.b))
    assert found.notes[0].startswith("one claim says nothing of the spread")


def test_the_posterior_is_told_in_amounts():
    found = update_severity(PRIOR, LogStatistics.of(CLAIMS))
    law = found.posterior
    marginal = stats.t(2 * law.a, law.m, math.sqrt(law.b / (law.a * law.k)))
    assert (found.low, found.high) == pytest.approx((marginal.ppf(0.05), marginal.ppf(0.95)))
    assert found.sd == pytest.approx(marginal.std())
    assert found.median == pytest.approx(tuple(np.exp([found.low, found.mean, found.high])))
    sigma = np.sqrt(stats.invgamma(law.a, scale=law.b).ppf([0.05, 0.5, 0.95]))
    assert (found.sigma_low, found.sigma, found.sigma_high) == pytest.approx(tuple(sigma))
    assert found.weight == pytest.approx(5 / 8)
    weak = update_severity(SeverityLaw(m=0.0, k=1, a=0.5, b=1.0), LogStatistics.of([1.0]))
    assert weak.sd is None
    assert (
        weak.notes[-1] == "mu has no standard deviation: prior and data are worth 2 claims or fewer"
    )


def test_a_prior_worth_some_claims():
    assert (PRIOR.k, PRIOR.a, PRIOR.b) == pytest.approx((3, 1.5, 1.5 * 1.44))
    assert PRIOR.a / PRIOR.b == pytest.approx(1 / 1.2**2)
    assert PRIOR.quantile(0.5) == pytest.approx(200e3)


@each_law
def test_the_next_claim_is_log_t(law):
    known = stats.t(2 * law.a, law.m, math.sqrt(law.b * (law.k + 1) / (law.a * law.k)))
    u = np.array([0.05, 0.5, 0.9])
    assert law.quantile(u) == pytest.approx(np.exp(known.ppf(u)), rel=1e-9)
    x = np.exp(known.ppf(u))
    assert law.survival(x) == pytest.approx(1 - u, rel=1e-9)
    assert law.survival([0.0, -1.0]).tolist() == [1.0, 1.0]


@each_law
@pytest.mark.parametrize("sds", [-3.0, 0.0, 2.0, 5.0])
def test_limited_means_mix_lognormal_laws(law, sds):
    """An independent way: lognormal given the precision, summed over its gamma law."""
    limit = math.exp(law.m + sds * law.spread)
    log_precision = np.linspace(-160, 8, 40_001)
    precision = np.exp(log_precision)
    height = stats.gamma(law.a, scale=1 / law.b).pdf(precision) * precision
    v = (1 + 1 / law.k) / precision
    z = (math.log(limit) - law.m) / np.sqrt(v)
    log_below = law.m + np.minimum(v, 1e7) / 2 + special.log_ndtr(z - np.sqrt(np.minimum(v, 1e7)))
    far = limit * stats.norm.pdf(z) / np.maximum(np.sqrt(v) - z, 1.0)  # Mills' ratio
    given = np.where(v < 1e7, np.exp(np.minimum(log_below, 700)), far) + limit * special.ndtr(-z)
    whole = (height * given).sum() * (log_precision[1] - log_precision[0])
    assert law.limited_mean(limit) == pytest.approx(whole, rel=1e-7)


@each_law
def test_layers_add_up_and_thin_ones_are_the_survival(law):
    ends = np.exp(law.m + law.spread * np.array([-4, -1, 0.0, 1, 3]))
    layers = [law.layer_mean(a, b - a) for a, b in pairwise(ends)]
    whole = law.limited_mean(ends[0]) + sum(layers)
    assert whole == pytest.approx(law.limited_mean(ends[-1]), rel=1e-12)
    thin = law.layer_mean(ends[2], 1e-6 * ends[2]) / (1e-6 * ends[2])
    assert thin == pytest.approx(float(law.survival(ends[2] * (1 + 5e-7))), rel=1e-9)


def test_limited_means_of_known_parameters_are_lognormal():
    law = SeverityLaw(m=1.0, k=1e12, a=1e12, b=1e12 * 0.49)
    known = Lognormal(mean=math.exp(1 + 0.245), cv=math.sqrt(math.expm1(0.49)))
    for limit in (0.3, 3.0, 50.0):
        assert law.limited_mean(limit) == pytest.approx(
            float(known.limited_mean(np.array(limit))), rel=1e-9
        )


def test_what_is_not_known_costs_more_the_higher_the_limit():
    """Against the lognormal law with the posterior's m and E[1 / sigma**2] put in."""
    law = update_severity(PRIOR, LogStatistics.of(CLAIMS)).posterior
    v = law.b / law.a
    plugged = Lognormal(mean=math.exp(law.m + v / 2), cv=math.sqrt(math.expm1(v)))
    extra = [law.limited_mean(x) / float(plugged.limited_mean(np.array(x))) - 1
             for x in (1e6, 5e6, 1e8, 1e10)]  # fmt: skip
    assert (np.diff(extra) > 0).all()
    assert extra[-1] > 0.3


def test_draws_carry_the_law():
    law = update_severity(PRIOR, LogStatistics.of(CLAIMS)).posterior
    u = np.random.default_rng(8).random((2, 40_000))
    mu, sigma = law.draws(u)
    assert stats.kstest(law.b / sigma**2, stats.gamma(law.a).cdf).pvalue > 1e-3
    scores = (mu - law.m) / (sigma / math.sqrt(law.k))
    assert stats.kstest(scores, stats.norm.cdf).pvalue > 1e-3
    drawn = law.limited_means(2e6, u)
    z = (drawn.mean() - law.limited_mean(2e6)) / (drawn.std() / 200)
    assert abs(z) < 4
    one = Lognormal(
        mean=math.exp(mu[0] + sigma[0] ** 2 / 2), cv=math.sqrt(math.expm1(sigma[0] ** 2))
    )
    assert drawn[0] == pytest.approx(float(one.limited_mean(np.array(2e6))), rel=1e-9)


@pytest.mark.parametrize(
    "ask",
    [lambda law: law.mean(), lambda law: law.limited_mean(math.inf),
     lambda law: law.layer_mean(1e6, math.inf)],
)  # fmt: skip
def test_no_mean_without_a_limit(ask):
    with pytest.raises(Undefined, match=r"infinite .its law is log-t.: ask for limited_mean"):
        ask(update_severity(PRIOR, LogStatistics.of(CLAIMS * 1000)).posterior)


def test_what_is_too_large_for_a_number_is_refused():
    with pytest.raises(Undefined, match="exceeds 1e308"):
        SeverityLaw(m=0.0, k=1, a=0.05, b=1.0).quantile(1 - 1e-12)
    with pytest.raises(InvalidParameter, match="a must be large enough for sigma"):
        SeverityLaw(m=0.0, k=1, a=1e-3, b=1.0).draws([[0.01], [0.5]])
    with pytest.raises(InvalidParameter, match="a must be large enough for sigma"):
        update_severity(SeverityLaw(m=0.0, k=1, a=1e-3, b=1.0), LogStatistics.of([]))


def test_claims_above_a_deductible_are_refused_with_a_way_out():
    with pytest.raises(
        Refused, match=r"above a deductible of 50000 are a truncated sample.*severity_above"
    ):
        LogStatistics.of(CLAIMS, deductible=50e3)
    assert LogStatistics.of(CLAIMS, deductible=0) == LogStatistics.of(CLAIMS)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: LogStatistics.of([1e5, 0.0]), "claims[1] must be > 0, got 0.0"),
        (lambda: LogStatistics(n=0, total=1.0, squares=1.0), "total, squares must be 0 where n"),
        (lambda: LogStatistics(n=2, total=20.0, squares=150.0), "squares must be >= total**2"),
        (lambda: LogStatistics(n=-1, total=0.0, squares=0.0), "n must be in [0, "),
        (lambda: SeverityLaw(m=0.0, k=0.0, a=1, b=1), "k must be > 0, got 0.0"),
        (lambda: SeverityLaw.worth(3.0, median=0.0, sigma=1.0), "median must be > 0, got 0.0"),
        (lambda: PRIOR.limited_mean(0.0), "limit must be > 0, got 0.0"),
        (lambda: PRIOR.layer_mean(-1.0, 5.0), "attachment must be >= 0, got -1.0"),
        (lambda: PRIOR.limited_mean(float("nan")), "limit must be finite, got nan"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)


def test_equal_claims_have_no_scatter_of_rounding():
    same = LogStatistics.of([1234567.0] * 7)
    assert 0 <= same.scatter < 1e-9
    assert LogStatistics.of([]).scatter == 0.0
