"""Borrowed data: fixed discounts add, learnt ones fall where own data contradict."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from techinsure.errors import InvalidParameter
from techinsure.evidence.analogues import Analogue, borrow
from techinsure.evidence.experience import Experience
from techinsure.evidence.mixtures import pooled
from techinsure.evidence.observed import Observation, Seen
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.updating import update

WEAK = RateLaw(shape=0.5, rate=0.5).prior(grade="D", source="opinion")
"""Worth half an event: chosen so that 2 own events in 20 give the analogue a discount of 0.53, and
10 in 20 one of 0.10, within half a digit."""
EVEN = ChanceLaw(a=1.0, b=1.0).prior(grade="D", source="uniform")


def entry(events, trend=0.0, **given):
    return Observation(parameter="p", seen=(Seen(events=float(events), **given),), trend=trend,
                       source="own claims")  # fmt: skip


def after(prior, analogues, seen):
    experience = Experience(name="member", rating_year=2026, observations=(seen,))
    return borrow(prior, analogues, seen, experience)


def elsewhere(events, name="abroad", discount=None, **base):
    return Analogue(name=name, seen=Seen(events=float(events), **base), discount=discount,
                    reason="the same process", source="a register abroad")  # fmt: skip


ABROAD = elsewhere(30, exposure=300.0)


# --- fixed discounts ---------------------------------------------------------------------------


def test_a_stated_discount_adds():
    """Gamma(a + 0.4 * 30 + 2, b + 0.4 * 300 + 20)."""
    found = after(WEAK, [replace(ABROAD, discount=0.4)], entry(2, exposure=20.0))
    law = RateLaw(shape=14.5, rate=140.5)
    assert (found.posterior.mean, found.posterior.cv) == pytest.approx((law.mean, law.cv))
    assert found.posterior.parts == ()
    assert [found.low, found.high] == pytest.approx(law.quantile([0.05, 0.95]), rel=1e-9)
    assert found.gap < 1e-12
    (lent,) = found.lent
    assert (lent.events, lent.base, lent.discount, lent.sd, lent.learnt) == (
        pytest.approx(12), pytest.approx(120), 0.4, 0.0, False,
    )  # fmt: skip
    assert (lent.low, lent.high) == (0.4, 0.4)
    assert (found.weight, lent.weight, found.prior_weight) == pytest.approx(
        (20 / 140.5, 120 / 140.5, 0.5 / 140.5)
    )


def test_discounts_of_zero_and_one():
    own = entry(2, exposure=20.0)
    nothing = after(WEAK, [replace(ABROAD, discount=0.0)], own)
    assert nothing.posterior.mean == pytest.approx(after(WEAK, [], own).posterior.mean)
    assert nothing.lent[0].weight == 0
    whole = after(WEAK, [replace(ABROAD, discount=1.0)], own)
    assert whole.posterior.mean == pytest.approx(32.5 / 320.5)


def test_a_probability():
    found = after(EVEN, [elsewhere(30, trials=300.0, discount=0.1)], entry(2, trials=20.0))
    law = ChanceLaw(a=1 + 3 + 2, b=1 + 27 + 18)
    assert (found.posterior.mean, found.posterior.cv) == pytest.approx((law.mean, law.cv))
    assert [found.low, found.high] == pytest.approx(law.quantile([0.05, 0.95]), rel=1e-9)
    assert found.weight == pytest.approx(20 / 52)
    assert (found.unit, found.base) == ("trials", 20)


@given(order=st.permutations(range(3)), discounts=st.lists(st.floats(0, 1), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_several_add_in_any_order(order, discounts):
    many = [elsewhere(n, name=str(n), discount=d, exposure=50.0 * n)
            for n, d in zip((2, 5, 9), discounts, strict=True)]  # fmt: skip
    own = entry(1, exposure=10.0)
    found = after(WEAK, [many[i] for i in order], own)
    events = 1.5 + sum(n * d for n, d in zip((2, 5, 9), discounts, strict=True))
    exposure = 10.5 + 50 * (events - 1.5)
    assert found.posterior.mean == pytest.approx(events / exposure, rel=1e-10)
    assert found.weight + found.prior_weight + sum(one.weight for one in found.lent) == (
        pytest.approx(1)
    )


# --- learnt discounts --------------------------------------------------------------------------


def test_own_data_that_agree_and_own_data_that_contradict():
    agree = after(WEAK, [ABROAD], entry(2, exposure=20.0)).lent[0]
    differ = after(WEAK, [ABROAD], entry(10, exposure=20.0)).lent[0]
    assert agree.discount == pytest.approx(0.53, abs=0.006)
    assert differ.discount == pytest.approx(0.10, abs=0.006)
    assert agree.events == pytest.approx(30 * agree.discount)
    assert differ.base == pytest.approx(300 * differ.discount)


@pytest.mark.parametrize("events", [0, 2, 10, 40])
def test_one_discount_by_quadrature(events):
    """scipy's negative binomial as what each discount gave the own data."""
    found = after(WEAK, [ABROAD], entry(events, exposure=20.0))

    def foreseen(d):
        a, b = 0.5 + 30 * d, 0.5 + 300 * d
        return stats.nbinom.pmf(events, a, b / (b + 20))

    def over(f, end=1.0):
        return integrate.quad(lambda d: f(d) * foreseen(d), 0, end, epsabs=0, epsrel=1e-10,
                              limit=200)[0]  # fmt: skip

    mass, (lent,) = over(lambda d: 1.0), found.lent
    assert lent.discount == pytest.approx(over(lambda d: d) / mass, rel=1e-7)
    square = over(lambda d: d**2) / mass
    assert lent.sd == pytest.approx((square - lent.discount**2) ** 0.5, rel=1e-6)
    assert over(lambda d: 1.0, lent.low) / mass == pytest.approx(0.05, abs=1e-3)
    assert over(lambda d: 1.0, lent.high) / mass == pytest.approx(0.95, abs=1e-3)
    mean = over(lambda d: (0.5 + 30 * d + events) / (20.5 + 300 * d)) / mass
    assert found.posterior.mean == pytest.approx(mean, rel=1e-7)
    weight = over(lambda d: 20 / (20.5 + 300 * d)) / mass
    assert found.weight == pytest.approx(weight, rel=1e-6)
    for level, end in ((0.05, found.low), (0.95, found.high)):
        below = over(lambda d, x=end: stats.gamma.cdf(x, 0.5 + 30 * d + events,
                                                      scale=1 / (20.5 + 300 * d)))  # fmt: skip
        assert below / mass == pytest.approx(level, rel=1e-6)


@pytest.mark.parametrize(("prior", "other", "own"), [
    (WEAK, elsewhere(30, exposure=300.0), entry(7, exposure=20.0)),
    (EVEN, elsewhere(30, trials=300.0), entry(7, trials=20.0)),
], ids=["rate", "probability"])  # fmt: skip
def test_it_is_the_mixture_over_discounts_updated_part_by_part(prior, other, own):
    """A prior of 150 parts, one a discount, through the update of mixtures."""
    edges = np.linspace(0, 1, 151) ** 3
    discounts, before = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    law = (RateLaw if own.is_rate else ChanceLaw).of(prior)
    parts = []
    for d, weight in zip(discounts.tolist(), before.tolist(), strict=True):
        if own.is_rate:
            of_d = RateLaw(shape=law.shape + 30 * d, rate=law.rate + 300 * d)
        else:
            of_d = ChanceLaw(a=law.a + 30 * d, b=law.b + 270 * d)
        parts.append(Part(weight=weight, mean=of_d.mean, cv=of_d.cv))
    mixed = pooled(prior.family, parts, grade="D", source="s")
    done = update(mixed, own, Experience(name="m", observations=(own,)))
    found = after(prior, [other], own)
    weights = np.array([one for _, one in done.parts])
    assert found.lent[0].discount == pytest.approx(weights @ discounts, rel=1e-3)
    assert found.posterior.mean == pytest.approx(done.posterior.mean, rel=1e-4)
    assert found.posterior.cv == pytest.approx(done.posterior.cv, rel=1e-3)
    assert (found.low, found.high) == pytest.approx(done.posterior_range, rel=1e-3)


def test_the_scale_of_a_likelihood_does_not_matter():
    """Exposure in months instead of years: other numbers, the same discount."""
    monthly = RateLaw(shape=0.5, rate=6.0).prior(grade="D", source="opinion")
    years = after(WEAK, [ABROAD], entry(5, exposure=20.0))
    months = after(monthly, [elsewhere(30, exposure=3600.0)], entry(5, exposure=240.0))
    assert months.lent[0].discount == pytest.approx(years.lent[0].discount, rel=1e-12)
    assert months.posterior.mean * 12 == pytest.approx(years.posterior.mean, rel=1e-12)


def test_the_more_own_data_contradict_the_less_is_borrowed():
    discounts = [after(WEAK, [ABROAD], entry(n, exposure=20.0)).lent[0].discount
                 for n in (2, 4, 8, 16, 32)]  # fmt: skip
    assert discounts == sorted(discounts, reverse=True)
    assert discounts[-1] < 0.02


def test_two_analogues_by_double_quadrature():
    two = [ABROAD, elsewhere(12, name="at home", exposure=40.0)]
    found = after(WEAK, two, entry(6, exposure=20.0))

    def foreseen(d, e):
        a, b = 0.5 + 30 * d + 12 * e, 0.5 + 300 * d + 40 * e
        return stats.nbinom.pmf(6, a, b / (b + 20))

    nodes, mass = np.polynomial.legendre.leggauss(60)
    nodes, mass = (nodes + 1) / 2, mass / 2
    d, e = np.meshgrid(nodes, nodes, indexing="ij")
    weights = np.outer(mass, mass) * foreseen(d, e)
    weights /= weights.sum()
    assert [one.discount for one in found.lent] == pytest.approx(
        [(weights * d).sum(), (weights * e).sum()], rel=1e-5
    )
    assert found.lent[1].discount > found.lent[0].discount  # 0.3 a year, as own data have it
    mean = (weights * (6.5 + 30 * d + 12 * e) / (20.5 + 300 * d + 40 * e)).sum()
    assert found.posterior.mean == pytest.approx(mean, rel=1e-6)


def test_the_order_of_analogues_changes_nothing():
    three = [ABROAD, elsewhere(12, name="at home", exposure=40.0),
             elsewhere(3, name="old", exposure=9.0, discount=0.3)]  # fmt: skip
    own = entry(6, exposure=20.0)
    first = after(WEAK, three, own)
    for order in permutations(three):
        other = after(WEAK, order, own)
        assert other.posterior.mean == pytest.approx(first.posterior.mean, rel=1e-10)
        assert {one.name: round(one.discount, 9) for one in other.lent} == {
            one.name: round(one.discount, 9) for one in first.lent
        }


def test_the_stated_posterior_is_as_near_as_it_says():
    for events in (2, 10, 40):
        found = after(WEAK, [ABROAD], entry(events, exposure=20.0))
        reached = found.posterior.law.cdf(np.array([found.low, found.high]))
        assert np.abs(reached - [0.05, 0.95]).max() <= found.gap + 2e-3
        assert found.gap <= 0.005
    huge = after(WEAK, [elsewhere(3000, exposure=30000.0)], entry(2, exposure=20.0))
    assert huge.gap > 0.005
    assert f"miss its probabilities by up to {huge.gap:.1%}" in huge.notes[-1]


def test_nothing_own_leaves_the_discount_as_it_was():
    found = after(WEAK, [ABROAD], entry(0, exposure=0.0))
    assert found.lent[0].discount == pytest.approx(0.5)
    assert found.lent[0].sd == pytest.approx(12**-0.5, rel=1e-6)
    assert (found.lent[0].low, found.lent[0].high) == pytest.approx((0.05, 0.95), abs=2e-4)
    assert found.weight == 0
    assert found.notes[0].startswith("nothing own was seen")


def test_an_analogue_without_exposure_lends_nothing():
    found = after(WEAK, [elsewhere(0, exposure=0.0)], entry(2, exposure=20.0))
    assert found.posterior.mean == pytest.approx(2.5 / 20.5)
    assert (found.lent[0].discount, found.lent[0].weight) == (pytest.approx(0.5), 0)


def test_exposure_is_brought_to_the_conditions_of_the_rating_year():
    own = Observation(parameter="p", trend=0.1, source="own", seen=(
        Seen(year=2025, events=1.0, exposure=10.0, relativity=1.5, reported=0.8),))  # fmt: skip
    other = Analogue(name="abroad", seen=Seen(events=30.0, exposure=300.0, relativity=2.0,
                                              reported=0.9),
                     discount=0.5, reason="r", source="s")  # fmt: skip
    found = after(WEAK, [other], own)
    base = 10 * 1.5 * 0.8 / 1.1
    assert found.base == pytest.approx(base)
    assert found.posterior.mean == pytest.approx(16.5 / (0.5 + 270 + base))


def test_the_grade_is_that_of_what_weighs_most():
    grades = [
        after(WEAK, [replace(ABROAD, discount=d)], entry(2, exposure=e)).posterior.grade
        for d, e in ((0.01, 0.1), (1.0, 20.0), (0.01, 20.0))
    ]
    assert grades == ["C", "C", "A"]
    sure = RateLaw(shape=50.0, rate=500.0).prior(grade="B", source="market")
    found = after(sure, [replace(ABROAD, discount=0.1)], entry(2, exposure=20.0))
    assert found.posterior.grade == "B"
    for word in ("member: own claims (weight 4%)", "abroad at 10%", "on B: market"):
        assert word in found.posterior.source


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "fault"), [
    ({"discount": 1.1}, "discount must be in"), ({"discount": -0.1}, "discount must be in"),
    ({"reason": ""}, "reason must have"), ({"source": ""}, "source must have"),
    ({"name": ""}, "name must have"), ({"grade": "E"}, "grade must be one of"),
])  # fmt: skip
def test_an_analogue_has_a_reason_and_a_source(value, fault):
    with pytest.raises(InvalidParameter, match=fault):
        replace(ABROAD, **value)


@pytest.mark.parametrize(("prior", "analogues", "own", "fault"), [
    (EVEN, [ABROAD], entry(1, exposure=9.0), "prior must be a gamma law"),
    (WEAK, [], entry(1, trials=9.0), "prior must be a beta law"),
    (Prior(family="point", mean=0.1, grade="D", source="s"), [], entry(1, exposure=9.0),
     "prior must be a gamma law"),
    (WEAK, [elsewhere(1, trials=9.0)], entry(1, exposure=9.0), "seen must have exposure"),
    (EVEN, [ABROAD], entry(1, trials=9.0), "seen must have trials"),
    (EVEN, [elsewhere(1, trials=9.0, relativity=2.0)], entry(1, trials=9.0), "must be alike"),
    (EVEN, [], entry(1, trials=9.0, reported=0.5), "p.seen must be alike"),
    (WEAK, [ABROAD, ABROAD], entry(1, exposure=9.0), "name must be unique"),
    (WEAK, [elsewhere(1, name=str(i), exposure=9.0) for i in range(4)], entry(1, exposure=9.0),
     "must be left open in at most 3"),
    (WEAK, [], entry(1, exposure=0.0), "p.events must be 0 without exposure"),
    (WEAK, [elsewhere(1, exposure=0.0)], entry(1, exposure=9.0),
     "abroad.events must be 0 without exposure"),
])  # fmt: skip
def test_what_cannot_be_borrowed(prior, analogues, own, fault):
    with pytest.raises(InvalidParameter, match=fault.replace(".", r"\.")):
        after(prior, analogues, own)
