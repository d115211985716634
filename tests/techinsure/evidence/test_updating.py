"""From prior and data to posterior: conjugate where it is, on a grid where it is not."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.errors import InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Amounts, Observation, Seen
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.updating import one_more, update

CHANCE = Prior(family="beta", mean=0.2, cv=0.35, grade="C", source="analogue")
RATE = Prior(family="gamma", mean=0.006, cv=0.6, grade="D", source="opinion")


def seen(*years, trend=0.0):
    return Observation(parameter="p", seen=years, trend=trend, source="own claims")


def learnt(prior, *years, trend=0.0, rating_year=2026):
    entry = seen(*years, trend=trend)
    return update(prior, entry, Experience(name="member", rating_year=rating_year,
                                           observations=(entry,)))  # fmt: skip


def mixed(prior, *parts):
    """A prior of parts (weight, mean, cv), of the family of `prior`."""
    mean = sum(w * m for w, m, _ in parts)
    square = sum(w * m**2 * (1 + cv**2) for w, m, cv in parts)
    return Prior(family=prior.family, mean=mean, cv=math.sqrt(square - mean**2) / mean,
                 grade="D", source="experts",
                 parts=tuple(Part(weight=w, mean=m, cv=cv) for w, m, cv in parts))  # fmt: skip


# --- conjugate ---------------------------------------------------------------------------------


def test_a_probability_by_hand():
    """Beta(a + 5, b + 53): prior worth 1 / (0.2 * 0.35**2) * 0.8 - 1 trials."""
    size = 0.8 / (0.2 * 0.35**2) - 1
    found = learnt(CHANCE, Seen(events=5.0, trials=58.0))
    assert found.posterior.mean == pytest.approx((0.2 * size + 5) / (size + 58), rel=1e-12)
    assert found.weight == pytest.approx(58 / (58 + size), rel=1e-12)
    assert found.raw == pytest.approx(5 / 58)
    low, high = stats.beta.ppf([0.05, 0.95], 0.2 * size + 5, 0.8 * size + 53)
    assert found.posterior_range == pytest.approx((low, high), rel=1e-9)
    assert (found.posterior.grade, found.prior.grade) == ("A", "C")
    assert "analogue" in found.posterior.source
    assert "own claims" in found.posterior.source


def test_a_rate_by_hand():
    """Gamma(cv**-2 + 2, cv**-2 / mean + 300)."""
    found = learnt(RATE, Seen(events=2.0, exposure=300.0))
    shape, scale = 0.6**-2, 0.6**-2 / 0.006
    assert found.posterior.mean == pytest.approx((shape + 2) / (scale + 300), rel=1e-12)
    assert found.posterior.cv == pytest.approx((shape + 2) ** -0.5, rel=1e-12)
    assert found.weight == pytest.approx(300 / (scale + 300), rel=1e-12)


def test_no_exposure_says_nothing_and_says_so():
    for prior, year in ((CHANCE, Seen(events=0.0, trials=0.0)),
                        (RATE, Seen(events=0.0, exposure=0.0))):  # fmt: skip
        found = learnt(prior, year)
        assert (found.posterior.mean, found.weight, found.raw) == (
            pytest.approx(prior.mean), 0.0, None,
        )  # fmt: skip
        assert "posterior is the prior" in found.notes[0]
        assert found.posterior.grade == prior.grade


@given(years=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 60)), min_size=2, max_size=5))
@settings(max_examples=40)
def test_all_years_at_once_or_one_after_another(years):
    together = learnt(CHANCE, *(Seen(events=float(e), trials=float(e + n)) for e, n in years))
    prior = CHANCE
    for e, n in years:
        prior = learnt(prior, Seen(events=float(e), trials=float(e + n))).posterior
    assert prior.mean == pytest.approx(together.posterior.mean, rel=1e-9)
    assert prior.cv == pytest.approx(together.posterior.cv, rel=1e-9)


def test_claim_free_years_lower_a_rate_and_never_to_zero():
    means = [learnt(RATE, Seen(events=0.0, exposure=e)).posterior.mean for e in (0, 10, 1e3, 1e6)]
    assert all(one > other > 0 for one, other in pairwise(means))


# --- years under different conditions ----------------------------------------------------------


def test_exposure_is_brought_to_the_rating_year():
    """Two years before, at 5% a year more: a rate of then is that of now over 1.05**2."""
    found = learnt(RATE, Seen(year=2024, events=1.0, exposure=500.0, relativity=1.3, reported=0.8),
                   trend=0.05)  # fmt: skip
    assert found.base == pytest.approx(500 * 1.3 * 0.8 / 1.05**2, rel=1e-12)


def test_odds_of_a_year_under_other_conditions_by_quadrature():
    """Trials at 1.4 times the odds, a quarter of the events not known yet."""
    found = learnt(CHANCE, Seen(events=4.0, trials=30.0, relativity=1.4, reported=0.75))
    size = 0.8 / (0.2 * 0.35**2) - 1
    prior = stats.beta(0.2 * size, 0.8 * size)

    def likelihood(p):
        chance = 0.75 * 1.4 * p / (1 + 0.4 * p)
        return prior.pdf(p) * chance**4 * (1 - chance) ** 26

    moments = [integrate.quad(lambda p, k=k: p**k * likelihood(p), 0, 1, epsabs=0)[0]
               for k in range(3)]  # fmt: skip
    mean = moments[1] / moments[0]
    assert found.posterior.mean == pytest.approx(mean, rel=1e-8)
    variance = moments[2] / moments[0] - mean**2
    assert found.posterior.cv == pytest.approx(math.sqrt(variance) / mean, rel=1e-7)
    assert "grid" in found.notes[0]


@pytest.mark.parametrize(
    ("prior", "year", "trend", "mean", "cv"),
    [
        ((0.05, 0.2), {"events": 80.0, "trials": 1000.0, "reported": 0.2}, 0.0, 0.144864, 0.09222),
        ((0.2, 0.4), {"events": 900.0, "trials": 1000.0, "year": 2001}, 0.3, 0.999808, 1.8746e-5),
        ((0.2, 0.4), {"events": 50.0, "trials": 100.0, "relativity": 1e-3}, 0.0, 0.99769, 5.137e-4),
        ((0.2, 0.4), {"events": 2e9, "trials": 1e10, "relativity": 1.1}, 0.0, 0.185185, 2.037e-5),
    ],
)
def test_data_far_from_the_prior_and_huge_data(prior, year, trend, mean, cv):
    """Figures by adaptive quadrature around the highest point, programmed by somebody else."""
    law = Prior(family="beta", mean=prior[0], cv=prior[1], grade="D", source="s")
    found = learnt(law, Seen(**year), trend=trend).posterior
    assert (found.mean, found.cv) == (pytest.approx(mean, rel=5e-6), pytest.approx(cv, rel=5e-4))


@given(events=st.integers(0, 30), more=st.integers(0, 300), mean=st.floats(0.01, 0.9),
       cv=st.floats(0.05, 1.0))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_the_grid_is_the_conjugate_answer_where_there_is_one(events, more, mean, cv):
    """A relativity of 1 in two halves, one of which says so with a digit more."""
    if cv**2 * mean >= 0.98 * (1 - mean):
        return
    prior = Prior(family="beta", mean=mean, cv=cv, grade="D", source="s")
    whole = Seen(events=float(events), trials=float(events + more))
    almost = Seen(events=float(events), trials=float(events + more), relativity=1 + 1e-13)
    exact, grid = learnt(prior, whole), learnt(prior, almost)
    assert grid.posterior.mean == pytest.approx(exact.posterior.mean, rel=1e-7)
    assert grid.posterior.cv == pytest.approx(exact.posterior.cv, rel=1e-6)
    assert grid.weight == pytest.approx(exact.weight, abs=1e-5)


# --- several opinions --------------------------------------------------------------------------


def test_data_score_the_opinions():
    """12 claims in 40 years: an opinion of 0.25 a year foresaw them, one of 1.5 did not."""
    prior = mixed(RATE, (0.5, 0.25, 0.5), (0.5, 1.5, 0.3))
    found = learnt(prior, Seen(events=12.0, exposure=40.0))
    chances = []
    for _, mean, cv in ((0.5, 0.25, 0.5), (0.5, 1.5, 0.3)):
        shape, rate = cv**-2, cv**-2 / mean
        chances.append(stats.nbinom.pmf(12, shape, rate / (rate + 40)))
    expected = np.array(chances) / sum(chances)
    assert [after for _, after in found.parts] == pytest.approx(expected.tolist(), rel=1e-9)
    assert expected[0] > 0.9
    assert found.posterior.parts[0].mean == pytest.approx((4 + 12) / (16 + 40))
    assert found.posterior.mean == pytest.approx(
        sum(part.weight * part.mean for part in found.posterior.parts)
    )


def test_opinions_on_a_probability_are_scored_by_the_beta_binomial():
    parts = ((0.7, 0.1, 0.4), (0.3, 0.5, 0.2))
    found = learnt(mixed(CHANCE, *parts), Seen(events=9.0, trials=20.0))
    chances = []
    for weight, mean, cv in parts:
        size = (1 - mean) / (mean * cv**2) - 1
        chances.append(weight * stats.betabinom.pmf(9, 20, mean * size, (1 - mean) * size))
    assert [after for _, after in found.parts] == pytest.approx(
        (np.array(chances) / sum(chances)).tolist(), rel=1e-9
    )


def test_one_opinion_is_that_opinion():
    alone = learnt(mixed(RATE, (1.0, 0.006, 0.6)), Seen(events=2.0, exposure=300.0))
    assert alone.posterior.mean == learnt(RATE, Seen(events=2.0, exposure=300.0)).posterior.mean


# --- amounts -----------------------------------------------------------------------------------


def amounts(prior, *values, prior_claims=10.0):
    entry = Amounts(parameter="p", values=values, prior_claims=prior_claims, source="own claims")
    return update(prior, entry, Experience(name="member", amounts=(entry,)))


@pytest.mark.parametrize("family", ["beta", "gamma", "lognormal"])
def test_amounts_like_the_prior_move_nothing_but_its_weight(family):
    mean = 0.4 if family == "beta" else 2e5
    prior = Prior(family=family, mean=mean, cv=0.5, grade="D", source="opinion")
    values = prior.law.quantile((np.arange(4000) + 0.5) / 4000)
    found = amounts(prior, *values.tolist())
    assert found.posterior.mean == pytest.approx(mean, rel=2e-3)
    assert found.posterior.cv == pytest.approx(0.5, rel=5e-3)
    assert found.weight == pytest.approx(4000 / 4010)


def test_two_amounts_by_hand():
    """Ten claims of mean 0.4 and second moment 0.2, and 0.9 and 0.7."""
    found = amounts(Prior(family="beta", mean=0.4, cv=0.5, grade="D", source="s"), 0.9, 0.7)
    mean, square = (4 + 1.6) / 12, (10 * 0.2 + 0.81 + 0.49) / 12
    assert found.posterior.mean == pytest.approx(mean)
    assert found.posterior.cv == pytest.approx(math.sqrt(square - mean**2) / mean)
    assert "10 claims" in found.notes[0]


# --- what is refused, and what one more does ---------------------------------------------------


@pytest.mark.parametrize(
    ("prior", "year", "words"),
    [
        (RATE, Seen(events=1.0, trials=5.0), "must have exposure"),
        (CHANCE, Seen(events=1.0, exposure=5.0), "must have trials"),
        (Prior(family="point", mean=0.5, grade="D", source="s"), Seen(events=1.0, trials=5.0),
         "holds it at its value"),
        (Prior(family="lognormal", mean=5e4, cv=1.0, grade="D", source="s"),
         Seen(events=1.0, exposure=5.0), "under `amounts`"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_the_prior_are_refused(prior, year, words):
    with pytest.raises(InvalidParameter, match=words):
        learnt(prior, year)


def test_shares_above_one_are_refused():
    with pytest.raises(InvalidParameter, match="must be <= 1"):
        amounts(Prior(family="beta", mean=0.4, cv=0.5, grade="D", source="s"), 0.9, 1.7)


def test_one_more_event_comes_where_something_was_exposed():
    entry = seen(Seen(events=2.0, exposure=480.0), Seen(events=0.0, exposure=0.0))
    assert [one.events for one in one_more(entry).seen] == [3.0, 0.0]


def test_one_more_event_raises_the_mean():
    chance, rate = seen(Seen(events=5.0, trials=58.0)), seen(Seen(events=0.0, exposure=40.0))
    assert one_more(chance).seen[-1] == Seen(events=6.0, trials=58.0)
    assert one_more(seen(Seen(events=3.0, trials=3.0))).seen[-1] == Seen(events=4.0, trials=4.0)
    for prior, entry in ((CHANCE, chance), (RATE, rate)):
        before = learnt(prior, *entry.seen).posterior.mean
        assert learnt(prior, *one_more(entry).seen).posterior.mean > before


# --- a weight of 0% ----------------------------------------------------------------------------


def test_a_mean_that_moved_beside_a_weight_of_nothing_says_why():
    little = learnt(RATE, Seen(events=2.0, exposure=0.1))
    assert 0 < little.weight < 0.005
    assert little.posterior.mean > 1.5 * RATE.mean
    assert any("far more events than these let expect" in note for note in little.notes)
    pool = mixed(CHANCE, (0.5, 0.01, 0.05), (0.5, 0.4, 0.02))
    moved = learnt(pool, Seen(events=3.0, trials=5.0))
    assert moved.weight < 0.005
    assert any("moving weight between the opinions" in note for note in moved.notes)


def test_data_that_leave_a_parameter_more_uncertain_say_so():
    """On a grid: 20 of 100 trials whose odds are 50 times those of the rating year."""
    prior = Prior(family="beta", mean=0.6, cv=0.25, grade="D", source="s")
    wide = learnt(prior, Seen(events=20.0, trials=100.0, relativity=50.0, reported=0.5))
    assert wide.weight == 0
    assert any("are given no weight" in note for note in wide.notes)


def test_a_weight_that_is_shown_needs_no_reason():
    assert not [
        note for note in learnt(CHANCE, Seen(events=9.0, trials=30.0)).notes if "mean" in note
    ]
    assert not [
        note for note in learnt(RATE, Seen(events=0.0, exposure=0.1)).notes if "mean" in note
    ]
