"""Pooled opinions: the mixture is kept, data score the experts, conflict feeds the vague part."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.distributions import Gamma
from techinsure.errors import InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.evidence.mixtures import pooled, robust, score, vague
from techinsure.evidence.observed import Observation, Seen
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.updating import update


def data(events, **base):
    entry = Observation(parameter="p", seen=(Seen(events=float(events), **base),), source="own")
    return entry, Experience(name="member", observations=(entry,))


def rates(*parts):
    """A pooled rate of (weight, mean, events that the opinion is worth)."""
    return pooled("gamma", [Part(weight=w, mean=m, cv=n**-0.5) for w, m, n in parts],
                  grade="D", source="experts")  # fmt: skip


TWO = rates((0.5, 0.08, 8.0), (0.5, 0.25, 8.0))


# --- pooling -----------------------------------------------------------------------------------


def test_the_pool_has_the_mean_and_spread_of_the_mixture():
    assert TWO.mean == pytest.approx(0.165)
    square = (0.08**2 + 0.25**2) / 2 * (1 + 1 / 8)
    assert TWO.cv * TWO.mean == pytest.approx(math.sqrt(square - 0.165**2))
    assert (TWO.grade, TWO.source, len(TWO.parts)) == ("D", "experts", 2)


def test_one_opinion_is_an_ordinary_prior():
    assert rates((1.0, 0.1, 4.0)) == Prior(
        family="gamma", mean=0.1, cv=0.5, grade="D", source="experts"
    )


def test_what_is_no_pool():
    part = Part(weight=0.5, mean=0.1, cv=0.5)
    for parts in ([], [part], [part, part, part]):
        with pytest.raises(InvalidParameter, match=r"weights must sum to 1|parts must have"):
            pooled("gamma", parts, grade="D", source="s")
    with pytest.raises(InvalidParameter, match="family must be one of"):
        pooled("point", [replace(part, weight=1.0)], grade="D", source="s")


# --- experts are scored by data ----------------------------------------------------------------


def test_twelve_claims_in_forty_years():
    """Experts worth 8 claims each, at 0.08 and 0.25 a year: the second goes from 0.5 to 0.985."""
    found = score(TWO, ("Li", "Wang"), *data(12, exposure=40.0))
    li, wang = found.scores
    assert (li.before, wang.before) == (0.5, 0.5)
    assert wang.after == pytest.approx(0.985, abs=5e-4)
    assert wang.factor == pytest.approx(2 * wang.after)
    assert (li.name, li.prior_mean, wang.prior_mean) == ("Li", 0.08, 0.25)
    assert (li.mean, wang.mean) == pytest.approx((20 / 140, 20 / 72))
    assert [wang.low, wang.high] == pytest.approx(
        stats.gamma(20, scale=1 / 72).ppf([0.05, 0.95]), rel=1e-9
    )
    assert found.opinions_left == pytest.approx(1 / (wang.after**2 + li.after**2))
    assert found.update.posterior.mean == pytest.approx(wang.after * wang.mean + li.after * li.mean)


@given(
    parts=st.lists(st.tuples(st.floats(0.1, 1), st.floats(0.01, 2), st.floats(0.3, 30)),
                   min_size=2, max_size=4),
    events=st.integers(0, 40), exposure=st.floats(0.5, 100),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_weights_go_with_the_probability_of_what_was_seen(parts, events, exposure):
    """scipy's negative binomial; weights sum to 1, and the pool foresaw the data on average."""
    total = math.fsum(w for w, _, _ in parts)
    prior = rates(*((w / total, m, n) for w, m, n in parts))
    found = score(prior, [str(i) for i in range(len(parts))], *data(events, exposure=exposure))
    foreseen = [stats.nbinom.pmf(events, n, n / (n + m * exposure)) for _, m, n in parts]
    mixed = math.fsum(w / total * f for (w, _, _), f in zip(parts, foreseen, strict=True))
    for one, (w, _, _), seen in zip(found.scores, parts, foreseen, strict=True):
        assert one.after == pytest.approx(w / total * seen / mixed, rel=1e-6, abs=1e-300)
    assert math.fsum(one.after for one in found.scores) == pytest.approx(1, rel=1e-12)
    assert math.fsum(s.before * s.factor for s in found.scores if s.factor) == pytest.approx(1)
    assert 1 <= found.opinions_left * (1 + 1e-12) <= len(parts) * (1 + 1e-9)


def test_the_posterior_is_that_of_the_mixture_by_quadrature():
    """Prior density times Poisson likelihood, integrated: nothing of conjugacy is used."""
    found = score(TWO, ("a", "b"), *data(3, exposure=25.0)).update.posterior

    def joint(x):
        laws = (stats.gamma(8, scale=0.01), stats.gamma(8, scale=0.03125))
        return sum(law.pdf(x) for law in laws) / 2 * stats.poisson.pmf(3, 25 * x)

    mass, mean, below = (
        integrate.quad(f, 0, end, epsabs=0, points=[0.1])[0]
        for f, end in ((joint, 2), (lambda x: x * joint(x), 2), (joint, 0.13))
    )
    assert found.mean == pytest.approx(mean / mass, rel=1e-9)
    assert float(found.law.cdf(np.array([0.13]))[0]) == pytest.approx(below / mass, rel=1e-8)


def test_probabilities_are_scored_as_well():
    prior = pooled("beta", [Part(weight=0.3, mean=0.1, cv=0.5), Part(weight=0.7, mean=0.4, cv=0.3)],
                   grade="D", source="experts")  # fmt: skip
    found = score(prior, ("low", "high"), *data(6, trials=40.0))
    laws = [ChanceLaw.of(Prior(family="beta", mean=p.mean, cv=p.cv, grade="D", source="s"))
            for p in prior.parts]  # fmt: skip
    foreseen = [stats.betabinom.pmf(6, 40, law.a, law.b) for law in laws]
    ratio = 0.3 * foreseen[0] / (0.7 * foreseen[1])
    assert found.scores[0].after == pytest.approx(ratio / (1 + ratio), rel=1e-9)


def test_the_order_of_experts_changes_nothing():
    parts = [(0.2, 0.05, 3.0), (0.5, 0.1, 8.0), (0.3, 0.4, 5.0)]
    entry = data(9, exposure=40.0)
    first = score(rates(*parts), ("0.05", "0.1", "0.4"), *entry)
    for order in permutations(parts):
        other = score(rates(*order), [str(m) for _, m, _ in order], *entry)
        assert other.update.posterior.mean == pytest.approx(first.update.posterior.mean, rel=1e-13)
        for one in other.scores:
            (same,) = (s for s in first.scores if s.name == one.name)
            assert (one.after, one.mean) == pytest.approx((same.after, same.mean), rel=1e-12)


def test_nothing_seen_scores_nobody_and_says_so():
    found = score(TWO, ("a", "b"), *data(0, exposure=0.0))
    assert [one.after for one in found.scores] == pytest.approx([0.5, 0.5])
    assert [one.factor for one in found.scores] == pytest.approx([1, 1])
    assert found.opinions_left == pytest.approx(2)
    assert "posterior is the prior" in found.notes[0]


def test_no_claim_on_known_exposure_is_information():
    found = score(TWO, ("low", "high"), *data(0, exposure=40.0))
    assert found.scores[0].after > 0.9


def test_one_expert_keeps_his_weight():
    found = score(rates((1.0, 0.1, 4.0)), ["Li"], *data(12, exposure=40.0))
    assert [(one.after, one.factor) for one in found.scores] == [(1.0, 1.0)]


def test_a_weight_too_small_to_write_is_told():
    found = score(rates((0.5, 1e-6, 1e4), (0.5, 0.3, 1e4)), ("a", "b"), *data(1200, exposure=4e3))
    assert (found.scores[0].after, found.scores[0].factor) == (0.0, None)
    assert found.notes == ("the weight of a is below 1e-307: shown as 0",)


def test_names_that_do_not_fit():
    for names, fault in ((("a",), "must have 2 entries"), (("a", "a"), "must be unique")):
        with pytest.raises(InvalidParameter, match=fault):
            score(TWO, names, *data(1, exposure=1.0))


# --- robust ------------------------------------------------------------------------------------

SURE = RateLaw(shape=20.0, rate=200.0).prior(grade="C", source="abroad")


def test_vague_laws_are_worth_one_event():
    assert vague(SURE).law == Gamma(mean=0.1, cv=1.0)
    for a, b in ((20.0, 180.0), (180.0, 20.0), (50.0, 50.0)):
        law = ChanceLaw.of(vague(ChanceLaw(a=a, b=b).prior(grade="D", source="s")))
        assert min(law.a, law.b) == pytest.approx(1.0)
        assert law.mean == pytest.approx(a / (a + b))


def test_conflict_moves_weight_to_the_vague_part_and_agreement_does_not():
    prior = robust(SURE, vague(SURE), 0.1)
    assert [part.weight for part in prior.parts] == pytest.approx([0.9, 0.1])
    assert prior.mean == pytest.approx(0.1)
    assert prior.source == "abroad; with probability 10%: the same mean, worth one event"
    weights = [score(prior, ("known", "vague"), *data(n, exposure=40.0)).scores[1].after
               for n in (4, 12, 20, 40)]  # fmt: skip
    assert weights[0] < 0.1
    assert weights == sorted(weights)
    assert weights[-1] > 0.999
    entry, experience = data(40, exposure=40.0)
    held, freed = (update(p, entry, experience).posterior.mean for p in (SURE, prior))
    assert held < 0.3
    assert freed == pytest.approx(41 / 50, rel=1e-3)


def test_a_pool_is_made_robust_as_a_whole():
    prior = robust(TWO, vague(rates((1.0, 0.165, 8.0))), 0.2)
    assert [part.weight for part in prior.parts] == pytest.approx([0.4, 0.4, 0.2])
    assert prior.mean == pytest.approx(TWO.mean)


def test_sources_stay_within_their_length():
    long = Prior(family="gamma", mean=0.1, cv=0.2, grade="C", source="x" * 600)
    assert robust(long, vague(long), 0.1).source.endswith("x; with probability 10%: the same "
                                                          "mean, worth one event")  # fmt: skip
    other = Prior(family="gamma", mean=0.1, cv=0.9, grade="C", source="y" * 600)
    assert len(robust(long, other, 0.1).source) == 600


def test_what_is_refused():
    point = Prior(family="point", mean=0.1, grade="D", source="s")
    amount = Prior(family="lognormal", mean=0.1, cv=0.3, grade="D", source="s")
    chance = Prior(family="beta", mean=0.1, cv=0.9, grade="D", source="s")
    for prior in (point, amount):
        with pytest.raises(InvalidParameter, match="must be a gamma or beta law"):
            vague(prior)
        with pytest.raises(InvalidParameter, match="must be a gamma or beta law"):
            robust(prior, vague(SURE), 0.1)
    with pytest.raises(InvalidParameter, match="worth one event"):
        vague(rates((1.0, 0.1, 0.5)))
    for weight in (0.0, 1.0, -0.1, 1.5):
        with pytest.raises(InvalidParameter, match="weight must be in"):
            robust(SURE, vague(SURE), weight)
    with pytest.raises(InvalidParameter, match=r"other\.family must be gamma"):
        robust(SURE, chance, 0.1)
    with pytest.raises(InvalidParameter, match=r"other\.cv must be > "):
        robust(SURE, SURE, 0.1)
    with pytest.raises(InvalidParameter, match=r"other\.parts must be none"):
        robust(SURE, TWO, 0.1)
