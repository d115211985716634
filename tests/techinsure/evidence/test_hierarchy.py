"""Classes of a portfolio: integration, borrowing of strength, classes without data, streams."""

import numpy as np
import pytest
from scipy import stats

from techinsure.distributions import Lognormal
from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.hierarchy import HierarchyPrior, risk_relativities, update_hierarchy
from techinsure.evidence.parameter_laws import RateLaw

PRIOR = HierarchyPrior(
    rate=Lognormal(mean=0.05, cv=0.8), shape=Lognormal(mean=4.0, cv=1.0), grade="D", source="s"
)
NAMES, EVENTS, EXPOSURE = ["a", "b", "c", "d"], [0, 3, 9, 0], [10.0, 50.0, 60.0, 0.0]
YEARS = np.arange(20_000)


@pytest.fixture(scope="module")
def after():
    return update_hierarchy(PRIOR, NAMES, EVENTS, EXPOSURE)


def test_the_posterior_by_integration(after):
    """scipy's negative binomial on a denser and wider grid of (ln mu, ln k)."""
    x = np.linspace(-9, 2, 401)[:, None]
    y = np.linspace(-6, 8, 351)[None, :]
    mu, k = np.exp(x), np.exp(y)
    height = stats.norm(PRIOR.rate.mu, PRIOR.rate.sigma).logpdf(x)
    height = height + stats.norm(PRIOR.shape.mu, PRIOR.shape.sigma).logpdf(y)
    for n, exposure in zip(EVENTS[:3], EXPOSURE[:3], strict=True):
        height = height + stats.nbinom.logpmf(n, k, k / (k + mu * exposure))
    mass = np.exp(height - height.max())
    mass /= mass.sum()
    assert after.rate.mean == pytest.approx((mass * mu).sum(), rel=1e-4)
    assert after.rate.sd == pytest.approx(((mass * mu**2).sum() - (mass * mu).sum() ** 2) ** 0.5,
                                          rel=1e-3)  # fmt: skip
    assert after.shape.mean == pytest.approx((mass * k).sum(), rel=1e-3)
    one = after.of_class("c")
    assert one.rate.mean == pytest.approx((mass * (k + 9) / (k / mu + 60)).sum(), rel=1e-4)
    below = stats.gamma(k + 9, scale=1 / (k / mu + 60)).cdf
    assert (mass * below(one.rate.low)).sum() == pytest.approx(0.05, rel=1e-3)
    assert (mass * below(one.rate.high)).sum() == pytest.approx(0.95, rel=1e-3)
    assert one.weight == pytest.approx((mass * 60 / (60 + k / mu)).sum(), rel=1e-4)


def test_a_class_alone_with_known_mu_and_k_is_gamma_poisson():
    sure = HierarchyPrior(rate=Lognormal(mean=0.05, cv=1e-4), shape=Lognormal(mean=4.0, cv=1e-4),
                          grade="D", source="s")  # fmt: skip
    one = update_hierarchy(sure, ["a"], [3], [50.0]).of_class("a")
    law = RateLaw(shape=7.0, rate=130.0)
    assert (one.rate.mean, one.rate.sd) == pytest.approx((law.mean, law.sd), rel=1e-5)
    assert [one.rate.low, one.rate.high] == pytest.approx(law.quantile([0.05, 0.95]), rel=1e-5)
    assert one.weight == pytest.approx(50 / 130, rel=1e-5)


def test_means_lie_between_the_own_rate_and_the_portfolio(after):
    new = after.new_class().rate.mean
    for name, events, exposure in zip(NAMES[:3], EVENTS[:3], EXPOSURE[:3], strict=True):
        mean = after.of_class(name).rate.mean
        assert min(events / exposure, new) < mean < max(events / exposure, new)
    weights = [after.of_class(name).weight for name in "dabc"]
    assert (np.diff(weights) > 0).all()
    assert weights[0] == 0


def test_a_class_without_data_has_the_law_of_a_new_one(after):
    empty, new = after.of_class("d"), after.new_class()
    assert empty.rate == new.rate
    assert empty.notes == ("nothing was seen of this class: its law is that of a new one",)
    assert empty.rate.mean == pytest.approx(after.rate.mean, rel=1e-9)
    assert empty.rate.sd > 1.5 * after.rate.sd  # never put at the mean of classes


def test_draws_have_the_law_of_each_class(after):
    drawn = after.draws(7, YEARS)
    assert drawn.classes.shape == (4, 20_000)
    rows = [*zip(drawn.classes, [after.of_class(name) for name in NAMES], strict=True),
            (drawn.new, after.new_class())]  # fmt: skip
    for values, known in rows:
        assert abs(values.mean() - known.rate.mean) < 4 * known.rate.sd / 20_000**0.5
        assert values.std() == pytest.approx(known.rate.sd, rel=0.05)
        assert (values < known.rate.low).mean() == pytest.approx(0.05, abs=0.007)
        assert (values < known.rate.high).mean() == pytest.approx(0.95, abs=0.007)
    assert np.log(drawn.rate).mean() == pytest.approx(after.grid.of_axis(0).mean, abs=0.02)
    # classes share mu: two without data move together, but are not the same
    together = np.corrcoef(np.log(drawn.classes[3]), np.log(drawn.new))[0, 1]
    assert 0.05 < together < 0.9


def test_draws_are_a_function_of_class_and_year(after):
    drawn = after.draws(7, YEARS[:50])
    later = after.draws(7, YEARS[20:30])
    assert (later.classes == drawn.classes[:, 20:30]).all()
    assert (later.new == drawn.new[20:30]).all()
    other = update_hierarchy(PRIOR, ["e", *NAMES[::-1]], [0, *EVENTS[::-1]], [0, *EXPOSURE[::-1]])
    moved = other.draws(7, YEARS[:50])  # another class without data, and another order
    assert moved.classes[1:][::-1] == pytest.approx(drawn.classes, rel=1e-12)
    assert (after.draws(8, YEARS[:50]).classes != drawn.classes).all()


def test_more_data_of_one_class_teaches_of_the_others(after):
    more = update_hierarchy(PRIOR, NAMES, [0, 30, 9, 0], [10.0, 50.0, 60.0, 0.0])
    assert more.rate.mean > after.rate.mean
    assert more.of_class("a").rate.mean > after.of_class("a").rate.mean
    assert more.shape.mean < after.shape.mean  # classes differ more than was thought


def test_classes_that_agree_are_thought_alike():
    alike = update_hierarchy(PRIOR, list("abcdef"), [20] * 6, [400.0] * 6)
    assert alike.shape.mean > 2 * PRIOR.shape.mean
    assert alike.weight > 0.8


def test_no_class_and_one_class():
    none = update_hierarchy(PRIOR, [], [], [])
    assert none.rate.mean == pytest.approx(0.05, rel=1e-4)
    assert (none.weight, none.notes) == (
        0.0, ("no exposure was seen: the posterior is the prior",),
    )  # fmt: skip
    assert none.draws(1, YEARS[:3]).classes.shape == (0, 3)
    one = update_hierarchy(PRIOR, ["a"], [2], [30.0])
    assert one.notes == ("one class says little of how classes differ: that is mostly prior",)


def test_no_claim_in_n_years_lowers_every_class():
    means = [
        update_hierarchy(PRIOR, ["a", "b"], [0, 0], [n, 0.0]).of_class(name).rate.mean
        for name in "ab"
        for n in (0.0, 5.0, 50.0, 500.0)
    ]
    assert min(means) > 0
    assert (np.diff(np.reshape(means, (2, 4)), axis=1) < 0).all()


def test_what_contradicts_the_prior_is_told():
    sure = HierarchyPrior(rate=Lognormal(mean=0.05, cv=0.05), shape=Lognormal(mean=4.0, cv=0.05),
                          grade="D", source="s")  # fmt: skip
    found = update_hierarchy(sure, list("abcdef"), [4000] * 6, [100.0] * 6)
    assert any(note.startswith("rate leans on the end of its prior") for note in found.notes)


def test_rare_events_in_tiny_shapes_are_told_and_not_lost():
    rare = HierarchyPrior(rate=Lognormal(mean=1e-6, cv=0.5), shape=Lognormal(mean=1e-3, cv=0.3),
                          grade="D", source="s")  # fmt: skip
    found = update_hierarchy(rare, ["a"], [0], [1e3])
    one = found.new_class()
    assert one.rate.low == 0
    assert "the 5% quantile is below 1e-307" in one.notes[-1]
    drawn = found.draws(3, YEARS)
    assert np.isfinite(drawn.new).all()


def test_risks_differ_around_their_class():
    u = np.random.default_rng(2).random(20_000)
    rate = np.full(20_000, 0.04)
    without = risk_relativities(rate, 0, 0.0, 5.0, u)
    assert stats.kstest(without, stats.gamma(5.0, scale=0.2).cdf).pvalue > 1e-3
    own = risk_relativities(rate, 3, 20.0, 5.0, u)
    assert stats.kstest(own, stats.gamma(8.0, scale=1 / 5.8).cdf).pvalue > 1e-3
    # by integration: prior x Poisson likelihood
    grid = np.linspace(1e-4, 8, 20_000)
    weight = stats.gamma(5.0, scale=0.2).pdf(grid) * stats.poisson(0.04 * 20 * grid).pmf(3)
    assert own.mean() == pytest.approx((weight @ grid) / weight.sum(), rel=0.01)
    # a class thought riskier explains more of the same events
    riskier = risk_relativities(2 * rate, 3, 20.0, 5.0, u)
    assert (riskier < own).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: update_hierarchy(PRIOR, ["a"], [1, 2], [1.0]), "events must have 1 entries, one"),
        (lambda: update_hierarchy(PRIOR, ["a"], [1], []), "exposure must have 1 entries, one"),
        (lambda: update_hierarchy(PRIOR, ["a", "a"], [1, 1], [1.0, 1.0]), "names[1] must be uni"),
        (lambda: update_hierarchy(PRIOR, ["a"], [1], [0.0]), "events[0] must be 0 without expo"),
        (lambda: update_hierarchy(PRIOR, ["a"], [-1], [1.0]), "events[0] must be >= 0, got -1"),
        (lambda: update_hierarchy(PRIOR, [""], [1], [1.0]), "names[0] must have 1 to 200"),
        (lambda: HierarchyPrior(rate=PRIOR.rate, shape=PRIOR.shape, grade="D", source=""),
         "source must have 1 to 600"),
        (lambda: risk_relativities([0.1], 1, 0.0, 2.0, [0.5]), "events must be 0 without expo"),
        (lambda: risk_relativities([0.1], 1, 1.0, 0.0, [0.5]), "shape must be > 0, got 0.0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)


def test_an_unknown_class(after):
    with pytest.raises(NotFound, match="class 'e' is not known"):
        after.of_class("e")
