"""From the product's prior to own data: exact where it can be checked, every step accounted for."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.evidence.analogues import borrow
from techinsure.evidence.mixtures import robust, score, vague
from techinsure.evidence.observed import Amounts, Observation, Seen
from techinsure.evidence.opinions import pool_of
from techinsure.evidence.parameter_laws import ChanceLaw
from techinsure.evidence.priors import Prior
from techinsure.evidence.stepwise import before_own_data, learn
from techinsure.evidence.updating import update
from tests.techinsure.evidence.asked import abroad, entry, expert, known, owner

CHANCE = Prior(family="beta", mean=0.3, cv=0.3, grade="C", source="the product")
RATE = Prior(family="gamma", mean=0.1, cv=0.6, grade="B", source="the product")
TWO = (expert("Li", 0.75), expert("Wang", 0.25, ((0.05, 0.2), (0.5, 0.4), (0.95, 0.6))))
OWN = entry(4, trials=20.0)
EVERYTHING = known(experts=TWO, product_weight=0.2, analogues=(abroad(),), robust=0.1)


def learnt(prior, beside, seen, **given):
    return learn(prior, "model.attack", beside, seen, owner(OWN, **given))


def figures(one):
    law = one.posterior
    return law.mean, law.cv, *one.posterior_range


# --- one kind of knowledge at a time -----------------------------------------------------------


def test_own_data_alone_are_updated_as_ever():
    done = learnt(CHANCE, None, OWN)
    plain = update(CHANCE, OWN, owner(OWN))
    assert replace(done, steps=()) == plain
    product, own = done.steps
    assert (product.name, product.mean, product.weight) == ("product", 0.3, 1 - plain.weight)
    assert (own.name, own.mean, own.weight) == ("own data", plain.posterior.mean, plain.weight)
    assert own.sd == pytest.approx(plain.posterior.mean * plain.posterior.cv)
    assert (own.low, own.high) == pytest.approx(plain.posterior_range)
    assert not done.has_steps


def test_experts_alone_are_the_pool_scored_by_the_data():
    beside = known(experts=TWO, product_weight=0.2)
    done, pool = learnt(CHANCE, beside, OWN), pool_of(CHANCE, beside).prior
    scored = score(pool, ("own", "Li", "Wang"), OWN, owner(OWN))
    assert figures(done) == pytest.approx((scored.update.posterior.mean,
                                           scored.update.posterior.cv,
                                           *scored.update.posterior_range))  # fmt: skip
    assert done.weight == pytest.approx(scored.update.weight)
    _, step, _ = done.steps
    assert [one.after for one in step.opinions] == pytest.approx(
        [one.after for one in scored.scores]
    )
    assert step.mean == pytest.approx(pool.mean)


@pytest.mark.parametrize("discount", [0.3, None], ids=["stated", "learnt"])
def test_analogues_alone_are_borrowed(discount):
    lent = (abroad(discount=discount), abroad(5.0, name="old", trials=80.0, discount=0.1))
    done = learnt(CHANCE, known(analogues=lent), OWN)
    alone = borrow(CHANCE, lent, OWN, owner(OWN))
    assert figures(done) == pytest.approx((alone.posterior.mean, alone.posterior.cv, alone.low,
                                           alone.high))  # fmt: skip
    assert done.steps[1].lent == alone.lent
    assert (done.weight, done.steps[0].weight) == pytest.approx((alone.weight, alone.prior_weight))


def test_a_robust_share_alone_is_a_robust_prior():
    done = learnt(RATE, known(robust=0.15), entry(9, exposure=20.0))
    plain = update(robust(RATE, vague(RATE), 0.15), entry(9, exposure=20.0), owner(OWN))
    assert figures(done) == pytest.approx((plain.posterior.mean, plain.posterior.cv,
                                           *plain.posterior_range))  # fmt: skip
    (vague_law,) = done.steps[1].opinions
    assert (vague_law.before, vague_law.after) == pytest.approx((0.15, plain.parts[1][1]))
    assert vague_law.cv == pytest.approx(1.0)


def test_one_expert_one_analogue_and_data_by_hand():
    """Beta(a + 0.3 * 12 + 4, b + 0.3 * 48 + 16) of the fitted law."""
    done = learnt(CHANCE, known(experts=(expert(),), analogues=(abroad(),)), OWN)
    fit = pool_of(CHANCE, known(experts=(expert(),))).prior
    law = ChanceLaw.of(fit)
    by_hand = ChanceLaw(a=law.a + 3.6 + 4, b=law.b + 14.4 + 16)
    assert figures(done)[:2] == pytest.approx((by_hand.mean, by_hand.cv))
    assert done.posterior.parts == ()
    weights = [step.weight for step in done.steps]
    assert weights == pytest.approx([0, law.size / by_hand.size, 18 / by_hand.size,
                                     20 / by_hand.size])  # fmt: skip


# --- the whole way -----------------------------------------------------------------------------


def test_the_order_of_steps_is_fixed_and_each_is_what_was_known_then():
    done = learnt(CHANCE, EVERYTHING, OWN)
    assert [step.name for step in done.steps] == [
        "product", "experts", "analogues", "robust", "own data",
    ]  # fmt: skip
    product, experts, analogues, robust_share, own = done.steps
    assert (product.mean, product.low, product.high) == pytest.approx((0.3, *done.prior_range))
    assert experts.mean == pytest.approx(pool_of(CHANCE, EVERYTHING).prior.mean)
    assert robust_share.mean == pytest.approx(analogues.mean)
    assert robust_share.sd > analogues.sd
    assert (own.mean, own.low, own.high) == pytest.approx((done.posterior.mean,
                                                           *done.posterior_range))  # fmt: skip
    before = before_own_data(CHANCE, EVERYTHING)
    assert (before.mean, before.mean * before.cv) == pytest.approx(
        (robust_share.mean, robust_share.sd)
    )


def test_the_way_is_told_in_a_line():
    done = learnt(CHANCE, known(experts=(expert(),), analogues=(abroad(),)), OWN)
    start = f"model.attack 0.3 -> {done.posterior.mean:.4g}; weights: product 0%, experts "
    assert done.told.startswith(start)
    assert done.told.endswith(f"own data {done.weight:.0%}")


@given(
    weight=st.floats(0.0, 0.9), discount=st.one_of(st.none(), st.floats(0.0, 1.0)),
    share=st.one_of(st.none(), st.floats(0.01, 0.5)), events=st.integers(0, 20),
)  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_what_the_steps_weigh_sums_to_one_and_so_do_opinions(weight, discount, share, events):
    beside = known(experts=TWO, product_weight=weight, robust=share,
                   analogues=(abroad(discount=discount),))  # fmt: skip
    done = learnt(CHANCE, beside, entry(events, trials=20.0))
    assert sum(step.weight for step in done.steps) == pytest.approx(1)
    assert all(step.weight >= 0 for step in done.steps)
    opinions = [one for step in done.steps for one in step.opinions]
    assert sum(one.before for one in opinions) == pytest.approx(1)
    assert sum(one.after for one in opinions) == pytest.approx(1)
    assert done.steps[2].weight == pytest.approx(sum(one.weight for one in done.steps[2].lent))
    assert done.weight == done.steps[-1].weight
    assert done.steps[-1].low < done.posterior.mean < done.steps[-1].high


def test_data_that_contradict_everything_go_to_the_vague_law():
    done = learnt(RATE, known(robust=0.1, analogues=(abroad(20.0, exposure=200.0),)),
                  entry(60, exposure=20.0))  # fmt: skip
    (vague_law,) = done.steps[2].opinions
    assert vague_law.after > 0.999
    assert done.posterior.mean == pytest.approx(61 / 30, rel=1e-3)
    assert done.steps[1].lent[0].events == pytest.approx(0, abs=0.01)
    assert done.steps[1].lent[0].discount == pytest.approx(0.3)


def test_no_own_data_leave_what_was_known():
    done = learnt(CHANCE, EVERYTHING, None)
    assert [step.name for step in done.steps][-1] == "robust"
    assert (done.events, done.base, done.weight, done.raw) == (0, 0, 0, None)
    assert "no own data" in done.notes[0]
    before = before_own_data(CHANCE, EVERYTHING)
    assert (done.posterior.mean, done.posterior.cv) == pytest.approx((before.mean, before.cv))
    nothing = learnt(CHANCE, EVERYTHING, entry(0, trials=0.0))
    assert nothing.posterior.mean == pytest.approx(done.posterior.mean)


def test_three_years_are_their_sum():
    years = Observation(parameter="model.attack", source="own claims", seen=tuple(
        Seen(year=year, events=events, trials=trials)
        for year, events, trials in ((2024, 1.0, 5.0), (2025, 2.0, 9.0), (2026, 1.0, 6.0))
    ))  # fmt: skip
    assert figures(learnt(CHANCE, EVERYTHING, years)) == pytest.approx(
        figures(learnt(CHANCE, EVERYTHING, OWN))
    )


def test_years_under_unlike_conditions_are_taken_on_a_grid():
    unlike = entry(4, trials=20.0, relativity=1.5)
    done = learnt(CHANCE, EVERYTHING, unlike)
    alike = learnt(CHANCE, EVERYTHING, OWN)
    assert "found on a grid" in done.notes[0]
    assert done.posterior.mean < alike.posterior.mean
    assert sum(step.weight for step in done.steps) == pytest.approx(1)
    pool = known(experts=TWO, product_weight=0.2)
    plain = update(pool_of(CHANCE, pool).prior, unlike, owner(unlike))
    assert figures(learnt(CHANCE, pool, unlike)) == pytest.approx(
        (plain.posterior.mean, plain.posterior.cv, *plain.posterior_range), rel=1e-9
    )


def test_exposure_of_a_rate_is_brought_to_the_rating_year():
    seen = Observation(parameter="model.attack", trend=0.1, source="own", seen=(
        Seen(year=2025, events=3.0, exposure=30.0, relativity=1.2, reported=0.8),))  # fmt: skip
    done = learn(RATE, "model.attack", known(robust=0.1), seen, owner(seen, rating_year=2026))
    assert done.base == pytest.approx(30 * 1.2 * 0.8 / 1.1)


def test_grade_and_source_name_who_weighs_most():
    little = learnt(CHANCE, EVERYTHING, entry(0, trials=1.0))
    much = learnt(CHANCE, EVERYTHING, entry(100, trials=500.0))
    assert (little.posterior.grade, much.posterior.grade) == ("D", "A")
    for words in ("member: own claims (weight", "share 10%", "analogues abroad", "Li, Wang",
                  "on C (weight"):  # fmt: skip
        assert words in much.posterior.source
    heavy = known(analogues=(abroad(discount=1.0, grade="B"),))
    assert learnt(CHANCE, heavy, None).posterior.grade == "B"


# --- laws that counts do not move --------------------------------------------------------------


def lognormal_expert(name="Li", weight=1.0):
    return expert(name, weight, ((0.05, 1e5), (0.5, 3e5), (0.95, 9e5)))


def test_experts_on_amounts_and_settled_claims():
    law = Prior(family="lognormal", mean=2e5, cv=1.0, grade="D", source="s")
    beside = known(experts=(lognormal_expert(),), family="lognormal")
    settled = Amounts(parameter="model.attack", values=(2e5, 5e5), prior_claims=6.0, source="own")
    done = learnt(law, beside, settled)
    plain = update(pool_of(law, beside).prior, settled, owner(OWN))
    assert done.posterior == plain.posterior
    assert [step.weight for step in done.steps] == pytest.approx([0, 0.75, 0.25])
    assert done.prior == law
    alone = learnt(law, beside, None)
    assert alone.posterior == pool_of(law, beside).prior
    assert [step.weight for step in alone.steps] == [0, 1]


@pytest.mark.parametrize(
    ("prior", "beside", "seen", "words"),
    [
        (RATE, known(robust=0.1), OWN, "must have exposure: it is a rate"),
        (CHANCE, known(robust=0.1), entry(1, exposure=9.0), "must have trials"),
        (CHANCE, known(analogues=(abroad(exposure=9.0),)), OWN, "seen must have trials"),
        (replace(CHANCE, family="point"), known(robust=0.1), None, "robust must be a gamma or"),
        (replace(CHANCE, family="point"), known(analogues=(abroad(),)), None,
         "analogues must be a gamma or beta"),
        (Prior(family="gamma", mean=1.0, cv=1.2, grade="D", source="s"), known(robust=0.1), None,
         "robust must be < 1, that of a law worth one event"),
        (CHANCE, known(analogues=(abroad(discount=None),)), entry(1, trials=9.0, relativity=2.0),
         "seen must be alike"),
        (CHANCE, known(analogues=tuple(abroad(name=n, discount=None) for n in "abc"),
                       experts=TWO, product_weight=0.2), OWN, "must leave fewer discounts open"),
        (Prior(family="lognormal", mean=2e5, cv=1.0, grade="D", source="s"),
         known(experts=(lognormal_expert("Li", 0.5), lognormal_expert("Wang", 0.5)),
               family="lognormal"),
         Amounts(parameter="p", values=(1e5,), prior_claims=3.0, source="own"), "must be one beta"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_parameter_is_refused(prior, beside, seen, words):
    with pytest.raises(InvalidParameter, match=words):
        learn(prior, "p", beside, seen, owner(OWN))
