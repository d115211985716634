"""Counts to come: against scipy.stats, as mixtures, at the ends of their parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.errors import InvalidParameter
from techinsure.evidence.conjugate import update_rate
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.predictive import CountsAhead, EventsAhead

N = np.arange(40)


@pytest.mark.parametrize(("shape", "rate", "exposure"), [
    (6.0, 56.5, 1.0), (0.05, 2.0, 30.0), (2.5, 0.3, 4.0), (400.0, 30.0, 1.5),
])  # fmt: skip
def test_counts_are_negative_binomial(shape, rate, exposure):
    ahead = CountsAhead(rate=RateLaw(shape=shape, rate=rate), exposure=exposure)
    known = stats.nbinom(shape, rate / (rate + exposure))
    assert ahead.probability(N) == pytest.approx(known.pmf(N), rel=1e-12)
    assert ahead.cdf(N) == pytest.approx(known.cdf(N), rel=1e-12)
    assert (ahead.mean, ahead.variance) == pytest.approx((known.mean(), known.var()), rel=1e-12)


def test_counts_mix_poisson_laws_over_the_posterior():
    law = update_rate(RateLaw(shape=2.0, rate=25.0), 4, 31.5).posterior
    ahead = CountsAhead(rate=law, exposure=20.0)
    for n in (0, 1, 5):
        mixed = integrate.quad(
            lambda x, n=n: stats.poisson(20 * x).pmf(n) * stats.gamma(6, scale=1 / 56.5).pdf(x),
            0, 1, epsabs=0, epsrel=1e-12,
        )[0]  # fmt: skip
        assert ahead.probability(n) == pytest.approx(mixed, rel=1e-10)


def test_counts_of_a_rate_known_almost_for_certain_are_poisson():
    ahead = CountsAhead(rate=RateLaw(shape=1e12, rate=1e12), exposure=3.0)
    assert ahead.probability(N) == pytest.approx(stats.poisson(3.0).pmf(N), rel=1e-9)


def test_nothing_happens_on_no_exposure():
    ahead = CountsAhead(rate=RateLaw(shape=2.0, rate=3.0), exposure=0.0)
    assert ahead.probability([0, 1, 2]).tolist() == [1, 0, 0]
    assert (ahead.mean, ahead.variance, float(ahead.cdf(0))) == (0, 0, 1)


@given(st.floats(0.01, 50), st.floats(0.01, 50), st.integers(0, 60))
def test_events_are_beta_binomial(a, b, trials):
    ahead = EventsAhead(chance=ChanceLaw(a=a, b=b), trials=trials)
    n = np.arange(trials + 1)
    known = stats.betabinom(trials, a, b)
    assert ahead.probability(n) == pytest.approx(known.pmf(n), rel=1e-9, abs=1e-300)
    assert ahead.probability(n).sum() == pytest.approx(1, rel=1e-12)
    assert ahead.mean == pytest.approx(ahead.probability(n) @ n, rel=1e-10)
    spread = ahead.probability(n) @ (n - ahead.mean) ** 2
    assert ahead.variance == pytest.approx(spread, rel=1e-9, abs=1e-12)
    assert ahead.probability(trials + 1) == 0


@pytest.mark.parametrize("n", [-1, 0.5, float("nan"), [0, -2]])
def test_only_whole_numbers_are_counts(n):
    rate = CountsAhead(rate=RateLaw(shape=2.0, rate=3.0), exposure=1.0)
    chance = EventsAhead(chance=ChanceLaw(a=2.0, b=3.0), trials=4)
    for ask in (rate.probability, rate.cdf, chance.probability):
        with pytest.raises(InvalidParameter, match="n must be whole numbers >= 0"):
            ask(n)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: CountsAhead(rate=RateLaw(shape=1.0, rate=1.0), exposure=-1.0), "exposure must be"),
        (lambda: EventsAhead(chance=ChanceLaw(a=1.0, b=1.0), trials=-1), "trials must be in [0, "),
        (lambda: EventsAhead(chance=ChanceLaw(a=1.0, b=1.0), trials=2.5), "trials must be a whole"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
