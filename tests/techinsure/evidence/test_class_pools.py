"""Classes together: against the hierarchy of rates, quadrature, and the limits of both spreads."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Lognormal
from techinsure.errors import InvalidParameter
from techinsure.evidence.class_pools import MOST, ClassPool, Ends, learn_together
from techinsure.evidence.hierarchy import HierarchyPrior, update_hierarchy
from techinsure.evidence.priors import Prior
from techinsure.evidence.updating import update
from tests.techinsure.evidence.asked import entry, owner

COMMON, SPREAD = Ends(low=0.5, high=2.0), Ends(low=0.2, high=0.8)
NAMES = ("general", "software", "chip")
CHANCES = tuple(Prior(family="beta", mean=mean, cv=0.35, grade="C", source="the product")
                for mean in (0.2, 0.1, 0.15))  # fmt: skip
SEEN = (entry(5, "general", trials=58.0), entry(2, "software", trials=40.0), None)


def together(**given):
    whole = {"parameters": NAMES, "common": COMMON, "spread": SPREAD, "reason": "one panel"}
    return ClassPool(**(whole | given))


def learnt(pool=None, priors=CHANCES, seen=SEEN, **given):
    return learn_together(pool or together(), priors, seen, owner(SEEN[0], **given))


@pytest.fixture(scope="module")
def found():
    return learnt()


def rate(mean):
    return Prior(family="gamma", mean=mean, cv=0.5, grade="D", source="the product")


def test_rates_of_one_mean_are_the_hierarchy():
    """v = k**-0.5 and the same lognormal laws: the two grids agree."""
    events, exposure = (9.0, 1.0, 0.0), (60.0, 25.0, 0.0)
    seen = (entry(9, "general", exposure=60.0), entry(1, "software", exposure=25.0), None)
    found = learnt(priors=(rate(0.1),) * 3, seen=seen)
    centre, sd = SPREAD.of_logarithm
    level, wide = COMMON.of_logarithm

    def lognormal(mu, sigma):
        return Lognormal(mean=float(np.exp(mu + sigma**2 / 2)),
                         cv=float(np.sqrt(np.expm1(sigma**2))))  # fmt: skip

    prior = HierarchyPrior(rate=lognormal(level + np.log(0.1), wide),
                           shape=lognormal(-2 * centre, 2 * sd), grade="D", source="s")  # fmt: skip
    whole = update_hierarchy(prior, NAMES, events, exposure)
    for one in found:
        there = whole.of_class(one.parameter).rate
        assert one.posterior.mean == pytest.approx(there.mean, rel=2e-3)
        assert one.steps[-1].sd == pytest.approx(there.sd, rel=5e-3)
        assert one.posterior_range == pytest.approx((there.low, there.high), rel=5e-3)
        assert one.weight == pytest.approx(whole.of_class(one.parameter).weight, rel=5e-3)


def test_probabilities_by_quadrature(found):
    """All of (ln mu, ln v) on a fine plain grid, each class a beta-binomial by scipy."""
    (level, wide), (centre, sd) = COMMON.of_logarithm, SPREAD.of_logarithm
    u = np.linspace(level - 5 * wide, level + 5 * wide, 161)[:, None]
    w = np.linspace(centre - 5 * sd, centre + 5 * sd, 161)[None, :]
    weight = stats.norm.pdf(u, level, wide) * stats.norm.pdf(w, centre, sd)
    laws = []
    for prior, seen in zip(CHANCES, SEEN, strict=True):
        odds = prior.mean / (1 - prior.mean) * np.exp(u)
        mean = odds / (1 + odds)
        size = (1 - mean) / (mean * np.exp(2 * w)) - 1
        valid = size > 0
        a, b = np.where(valid, mean * size, 1.0), np.where(valid, (1 - mean) * size, 1.0)
        n, trials = (0, 0) if seen is None else (int(seen.events), int(seen.seen[0].trials))
        weight = weight * np.where(valid, stats.betabinom.pmf(n, trials, a, b), 0.0)
        laws.append((a + n, b + trials - n))
    weight = weight / weight.sum()
    for one, (a, b) in zip(found, laws, strict=True):
        assert one.posterior.mean == pytest.approx((weight * a / (a + b)).sum(), rel=2e-3)
        low, high = ((weight * stats.beta.cdf(end, a, b)).sum() for end in one.posterior_range)
        assert (low, high) == pytest.approx((0.05, 0.95), abs=2e-3)


def test_where_the_level_is_known_each_class_is_updated_alone():
    known = together(common=Ends(low=0.9999, high=1.0001), spread=Ends(low=0.3499, high=0.3501))
    for one, prior, seen in zip(learnt(known), CHANCES, SEEN, strict=True):
        if seen is not None:
            alone = update(prior, seen, owner(seen))
            assert one.posterior.mean == pytest.approx(alone.posterior.mean, rel=1e-3)
            assert one.posterior.cv == pytest.approx(alone.posterior.cv, rel=1e-3)
            assert one.weight == pytest.approx(alone.weight, rel=1e-3)
        assert one.steps[1].weight < 0.01


def test_where_classes_hardly_differ_all_data_are_those_of_each():
    alike = together(spread=Ends(low=0.001, high=0.002))
    first, second, third = learnt(alike, priors=(rate(0.1),) * 3, seen=(
        entry(9, "general", exposure=40.0), entry(1, "software", exposure=60.0), None))  # fmt: skip
    assert first.posterior.mean == pytest.approx(second.posterior.mean, rel=1e-3)
    assert third.posterior.mean == pytest.approx(0.1, rel=0.02)  # 10 on 100
    assert third.steps[1].weight > 0.5


def test_a_class_without_data_leans_on_the_others_and_is_wider(found):
    general, _, chip = found
    assert general.posterior.mean < 0.2
    assert chip.posterior.mean < 0.15
    assert chip.posterior.cv > general.posterior.cv
    assert [step.name for step in chip.steps] == ["product", "other classes"]
    assert (chip.weight, chip.base, chip.raw) == (0, 0, None)
    assert "drawn apart" in chip.notes[0]


def test_each_step_is_what_was_known_then(found):
    """Of the first class: the others alone, then its own data as well."""
    alone = learnt(seen=(None, *SEEN[1:]))[0]
    general = found[0]
    assert general.steps[1].mean == pytest.approx(alone.posterior.mean, rel=1e-6)
    assert [step.name for step in general.steps] == ["product", "other classes", "own data"]
    for one in found:
        assert sum(step.weight for step in one.steps) == pytest.approx(1)
        assert all(step.weight >= 0 for step in one.steps)
        assert one.steps[-1].mean == pytest.approx(one.posterior.mean)


def test_the_order_of_classes_changes_nothing(found):
    turned = learnt(together(parameters=NAMES[::-1]), CHANCES[::-1], SEEN[::-1])
    for one, other in zip(found, turned[::-1], strict=True):
        assert other.posterior.mean == pytest.approx(one.posterior.mean, rel=1e-12)


def test_more_data_are_more_of_the_weight_and_of_the_grade():
    much = (entry(500, "general", trials=5800.0), *SEEN[1:])
    general, _, chip = learnt(seen=much)
    assert general.weight > 0.9
    assert (general.posterior.grade, chip.posterior.grade) == ("A", "D")
    assert "3 classes together, reason: one panel" in general.posterior.source


def test_no_event_at_all_is_known_too():
    none = (entry(0, "general", trials=58.0), None, None)
    found = learnt(seen=none)
    assert all(one.posterior.mean < prior.mean for one, prior in zip(found, CHANCES, strict=True))


# --- refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters": ("general",)}, "parameters must have at least 2"),
        ({"parameters": ("general", "general")}, "must be unique"),
        ({"parameters": tuple(f"c{i}" for i in range(MOST + 1))}, "at most 20 entries"),
        ({"reason": ""}, "reason must have"),
    ],
)  # fmt: skip
def test_a_pool_that_does_not_hold_together(changes, words):
    with pytest.raises(InvalidParameter, match=words):
        together(**changes)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, 1.0), (1.0, 1e4)])
def test_ends_are_in_order_and_within_reason(low, high):
    with pytest.raises(InvalidParameter, match="must be"):
        Ends(low=low, high=high)


@pytest.mark.parametrize(
    ("priors", "seen", "words"),
    [
        ((*CHANCES[:2], rate(0.1)), SEEN, "must all be gamma, or all beta"),
        ((*CHANCES[:2], replace(CHANCES[2], family="point")), SEEN, "must all be gamma"),
        (CHANCES, (None, None, None), "must have own data"),
        (CHANCES, (entry(1, "general", exposure=9.0), None, None), "must have trials"),
        (CHANCES, (entry(1, "general", trials=9.0, relativity=2.0), None, None), "must be alike"),
    ],
)  # fmt: skip
def test_classes_that_cannot_be_pooled(priors, seen, words):
    with pytest.raises(InvalidParameter, match=words):
        learnt(priors=priors, seen=seen)
