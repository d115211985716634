"""Data against the prior: mid-p of what was foreseen, and what could have been found."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from techinsure.errors import InvalidParameter
from techinsure.evidence.conflict import check
from techinsure.evidence.experience import Experience
from techinsure.evidence.mixtures import pooled
from techinsure.evidence.observed import Observation, Seen
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.priors import Part, Prior

RATE = RateLaw(shape=4.0, rate=50.0).prior(grade="D", source="opinion")
CHANCE = ChanceLaw(a=3.0, b=27.0).prior(grade="D", source="opinion")


def found(prior, *seen, trend=0.0, rating_year=2026):
    entry = Observation(parameter="p", seen=seen, trend=trend, source="own")
    return check(prior, entry, Experience(name="m", rating_year=rating_year, observations=(entry,)))


def on_exposure(prior, events, exposure):
    return found(prior, Seen(events=float(events), exposure=exposure))


def in_trials(prior, events, trials):
    return found(prior, Seen(events=float(events), trials=trials))


def two_sided(law, n):
    return min(1.0, 2 * min(law.cdf(n - 1) + law.pmf(n) / 2, law.sf(n) + law.pmf(n) / 2))


# --- p -----------------------------------------------------------------------------------------


def test_five_and_eight_claims():
    """Shape 4 worth 50 years (mean 0.08; 1.6 events foreseen on 20 years)."""
    five, eight = on_exposure(RATE, 5, 20.0), on_exposure(RATE, 8, 20.0)
    assert (round(five.p, 3), round(eight.p, 3)) == (0.067, 0.004)
    assert (five.contradicted, eight.contradicted) == (False, True)
    assert five.expected == pytest.approx(1.6)
    assert (five.low, five.high) == (0, 4)


@given(
    shape=st.floats(0.3, 50), mean=st.floats(0.01, 3), exposure=st.floats(0.1, 200),
    events=st.integers(0, 60),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_of_a_rate_by_the_negative_binomial(shape, mean, exposure, events):
    prior = RateLaw(shape=shape, rate=shape / mean).prior(grade="D", source="s")
    law = stats.nbinom(shape, shape / (shape + mean * exposure))
    one = on_exposure(prior, events, exposure)
    assert one.p == pytest.approx(two_sided(law, events), rel=1e-7, abs=1e-300)
    assert (one.low, one.high) == tuple(law.ppf([0.05, 0.95]))


@given(a=st.floats(0.3, 20), b=st.floats(0.3, 60), trials=st.integers(1, 80), share=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_of_a_probability_by_the_beta_binomial(a, b, trials, share):
    events = round(share * trials)
    prior = ChanceLaw(a=a, b=b).prior(grade="D", source="s")
    law = stats.betabinom(trials, a, b)
    one = in_trials(prior, events, float(trials))
    assert one.p == pytest.approx(two_sided(law, events), rel=1e-7)
    assert (one.low, one.high) == tuple(law.ppf([0.05, 0.95]))
    assert one.expected == pytest.approx(trials * a / (a + b))


def test_a_far_tail_keeps_its_digits():
    """P(N >= 300) by its terms; 1 - cdf would have said 0."""
    law = stats.nbinom(4, 50 / 70)
    tail = math.fsum(law.pmf(np.arange(301, 900))) + law.pmf(300) / 2
    assert tail < 1e-100
    assert on_exposure(RATE, 300, 20.0).p == pytest.approx(2 * tail, rel=1e-6)
    sparse = in_trials(ChanceLaw(a=2.0, b=2e3).prior(grade="D", source="s"), 150, 400.0)
    law = stats.betabinom(400, 2, 2e3)
    tail = math.fsum(law.pmf(np.arange(151, 401))) + law.pmf(150) / 2
    assert tail < 1e-80
    assert sparse.p == pytest.approx(2 * tail, rel=1e-6)


def test_a_p_too_small_to_write_is_told():
    one = in_trials(ChanceLaw(a=2.0, b=2e4).prior(grade="D", source="s"), 400, 400.0)
    assert one.p == 0
    assert "p below 1e-307" in one.verdict
    assert one.contradicted


def test_a_mixture_foresees_as_its_parts_do():
    parts = [Part(weight=0.3, mean=0.05, cv=0.5), Part(weight=0.7, mean=0.3, cv=0.4)]
    prior = pooled("gamma", parts, grade="D", source="experts")
    laws = [stats.nbinom(p.cv**-2, 1 / (1 + p.mean * p.cv**2 * 30)) for p in parts]
    above = sum(p.weight * (law.sf(20) + law.pmf(20) / 2)
                for p, law in zip(parts, laws, strict=True))  # fmt: skip
    assert on_exposure(prior, 20, 30.0).p == pytest.approx(2 * above, rel=1e-9)


def test_exposure_is_brought_to_the_rating_year():
    apart = found(RATE, Seen(year=2024, events=2.0, exposure=40.0, relativity=1.2, reported=0.5),
                  trend=0.1)  # fmt: skip
    base = 40 * 1.2 * 0.5 / 1.1**2
    assert apart.base == pytest.approx(base)
    assert apart.p == pytest.approx(on_exposure(RATE, 2, base).p)


def test_years_add():
    years = found(RATE, *(Seen(events=float(n), exposure=5.0) for n in (2, 0, 3, 0)))
    assert years.p == pytest.approx(on_exposure(RATE, 5, 20.0).p)


# --- power -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shape", "rate", "exposure"), [(4.0, 50.0, 20.0), (1e4, 1e4, 3.1)])
def test_power_of_a_rate_by_counting(shape, rate, exposure):
    """Every count that would be a conflict, with its Poisson probability; in the second case
    none at all is one."""
    one = on_exposure(RateLaw(shape=shape, rate=rate).prior(grade="D", source="s"), 1, exposure)
    law = stats.nbinom(shape, rate / (rate + exposure))
    for power in one.power:
        truth = stats.poisson(power.factor * shape / rate * exposure)
        by_count = sum(truth.pmf(n) for n in range(200) if two_sided(law, n) < 0.05)
        assert power.found == pytest.approx(by_count, rel=1e-9)
        assert power.expected == pytest.approx(truth.mean())
        assert power.p == pytest.approx(two_sided(law, round(power.expected)))
    assert [power.factor for power in one.power] == [2, 5]


def test_power_of_a_probability_by_counting():
    """Both sides: with 200 trials too few events are a conflict as well."""
    one = in_trials(CHANCE, 20, 200.0)
    law = stats.betabinom(200, 3, 27)
    assert two_sided(law, 0) < 0.05
    for power in one.power:
        odds = power.factor / 9
        truth = stats.binom(200, odds / (1 + odds))
        by_count = sum(truth.pmf(n) for n in range(201) if two_sided(law, n) < 0.05)
        assert power.found == pytest.approx(by_count, rel=1e-9)
        assert power.expected == pytest.approx(truth.mean())


def test_sparse_data_cannot_contradict_and_words_say_so():
    one = on_exposure(RATE, 0, 2.0)
    assert one.p > 0.5
    assert one.power[1].found < 0.2
    assert one.verdict.startswith("no conflict, but little could show one: 0 events")
    assert f"found with {one.power[1].found:.0%} only" in one.verdict


def test_more_exposure_has_more_power():
    powers = [on_exposure(RATE, 0, e).power[1].found for e in (1.0, 10.0, 100.0)]
    assert powers == sorted(powers)
    assert powers[-1] > 0.9


def test_words_of_the_other_cases():
    assert on_exposure(RATE, 8, 20.0).verdict.startswith(
        "conflict: 8 events; the prior foresaw 1.6"
    )
    calm = on_exposure(RATE, 5, 20.0).verdict
    assert calm.startswith("no conflict: 5 events")
    assert "5 times the prior mean would have been found with 81%" in calm


@pytest.mark.parametrize("one", [on_exposure(RATE, 0, 0.0), in_trials(CHANCE, 0, 0.0)])
def test_nothing_seen_contradicts_nothing(one):
    assert one.p == 1.0
    assert [power.found for power in one.power] == [0, 0]
    assert one.verdict == "nothing was seen: no prior can be contradicted"


def test_one_trial_contradicts_nothing():
    one = in_trials(CHANCE, 1, 1.0)
    assert one.p == pytest.approx(0.1)
    assert [power.found for power in one.power] == [0, 0]


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("prior", "seen", "fault"), [
    (RATE, Seen(events=1.0, trials=9.0), "p.family must be a beta law"),
    (CHANCE, Seen(events=1.0, exposure=9.0), "p.family must be a gamma law"),
    (Prior(family="point", mean=0.1, grade="D", source="s"), Seen(events=1.0, exposure=9.0),
     "p.family must be a gamma law with cv > 0"),
    (Prior(family="gamma", mean=0.1, grade="D", source="s"), Seen(events=1.0, exposure=9.0),
     "p.family must be a gamma law with cv > 0"),
    (RATE, Seen(events=1.5, exposure=9.0), "p.events must be whole"),
    (RATE, Seen(events=1.0, exposure=0.0), "p.events must be 0 without exposure"),
    (CHANCE, Seen(events=1.0, trials=9.5), "p.trials must be whole and <= 1000000"),
    (CHANCE, Seen(events=1.0, trials=2e6), "p.trials must be whole and <= 1000000"),
    (CHANCE, Seen(events=1.0, trials=9.0, relativity=1.2), "p.seen must be alike"),
    (CHANCE, Seen(events=1.0, trials=9.0, reported=0.9), "p.seen must be alike"),
])  # fmt: skip
def test_what_cannot_be_checked(prior, seen, fault):
    with pytest.raises(InvalidParameter, match=f"^{fault}".replace(".", r"\.")):
        found(prior, seen)
