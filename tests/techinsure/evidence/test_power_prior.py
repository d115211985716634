"""Laws under discounts: mixtures and learnt discounts against quadrature, quantiles, few parts."""

import numpy as np
import pytest
from scipy import stats

from techinsure.evidence.mixtures import pooled
from techinsure.evidence.parameter_laws import ChanceLaw, RateLaw
from techinsure.evidence.power_prior import (
    VAGUE,
    Counts,
    after,
    as_prior,
    discounted,
    laws_of,
    made_robust,
    moments,
    quantile,
)
from techinsure.evidence.priors import Part

RATES = pooled(
    "gamma", (Part(weight=0.3, mean=0.05, cv=0.5), Part(weight=0.7, mean=0.2, cv=0.4)),
    grade="D", source="two opinions",
)  # fmt: skip
CHANCES = pooled(
    "beta", (Part(weight=0.4, mean=0.1, cv=0.5), Part(weight=0.6, mean=0.4, cv=0.2)),
    grade="D", source="two opinions",
)  # fmt: skip
ELSEWHERE = {"gamma": Counts(9.0, 100.0), "beta": Counts(9.0, 40.0)}
OWN = {"gamma": Counts(4.0, 20.0), "beta": Counts(4.0, 20.0)}


def likelihood(family, counts, power=1.0):
    """Of the parameter x, up to a constant that x does not move, to a power."""
    if family == "gamma":
        return lambda x: np.exp(power * (counts.events * np.log(x) - counts.base * x))
    rest = counts.base - counts.events
    return lambda x: x ** (power * counts.events) * (1 - x) ** (power * rest)


def density(prior):
    """Of a mixture, from scipy's laws."""

    def of(x):
        total = 0.0
        for part in prior.parts:
            if prior.family == "gamma":
                shape = part.cv**-2
                total = total + part.weight * stats.gamma.pdf(x, shape, scale=part.mean / shape)
            else:
                law = ChanceLaw.of(pooled("beta", [Part(weight=1.0, mean=part.mean, cv=part.cv)],
                                          grade="D", source="s"))  # fmt: skip
                total = total + part.weight * stats.beta.pdf(x, law.a, law.b)
        return total

    return of


POINTS, MASS = np.polynomial.legendre.leggauss(800)


def integral(f, family, end=None):
    """From 0 to `end` (where nothing is left by default)."""
    end = end or (1.5 if family == "gamma" else 1.0)
    return float(end / 2 * (MASS @ f(end / 2 * (POINTS + 1))))


@pytest.mark.parametrize("prior", [RATES, CHANCES], ids=["rate", "probability"])
@pytest.mark.parametrize("discount", [0.0, 0.3, 1.0])
def test_a_stated_discount_by_quadrature(prior, discount):
    """Prior times likelihood to the discount times likelihood, integrated."""
    family = prior.family
    f = density(prior)
    elsewhere = likelihood(family, ELSEWHERE[family], discount)
    own = likelihood(family, OWN[family])
    found = after(discounted(laws_of(prior), [ELSEWHERE[family]], [discount]), OWN[family])
    mass = integral(lambda x: f(x) * elsewhere(x) * own(x), family)
    mean = integral(lambda x: x * f(x) * elsewhere(x) * own(x), family) / mass
    square = integral(lambda x: x * x * f(x) * elsewhere(x) * own(x), family) / mass
    assert moments(found) == pytest.approx((mean, (square - mean**2) ** 0.5), rel=1e-7)
    reached = integral(lambda x: f(x) * elsewhere(x) * own(x), family, quantile(found, 0.05))
    assert reached / mass == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize("prior", [RATES, CHANCES], ids=["rate", "probability"])
def test_a_learnt_discount_of_a_mixture_by_quadrature(prior):
    """The constant of the power prior is that of the whole mixture, at each discount anew."""
    family = prior.family
    f, own = density(prior), likelihood(family, OWN[family])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    nodes, weights = (nodes + 1) / 2, weights / 2
    masses, means = [], []
    for discount in nodes.tolist():
        elsewhere = likelihood(family, ELSEWHERE[family], discount)
        constant = integral(lambda x, e=elsewhere: f(x) * e(x), family)
        whole = integral(lambda x, e=elsewhere: f(x) * e(x) * own(x), family)
        means.append(integral(lambda x, e=elsewhere: x * f(x) * e(x) * own(x), family) / whole)
        masses.append(whole / constant)
    share = weights * masses / (weights @ masses)
    found = after(discounted(laws_of(prior), [ELSEWHERE[family]], [None]), OWN[family])
    assert found.weight @ found.discounts[:, 0] == pytest.approx(share @ nodes, rel=1e-6)
    assert moments(found)[0] == pytest.approx(share @ means, rel=1e-6)


def test_before_own_data_a_learnt_discount_is_uniform_whatever_the_opinions():
    laws = discounted(laws_of(RATES), [ELSEWHERE["gamma"]], [None])
    assert laws.weight.sum() == pytest.approx(1)
    assert laws.weight @ laws.discounts[:, 0] == pytest.approx(0.5)
    assert laws.weight @ laws.discounts[:, 0] ** 2 == pytest.approx(1 / 3)


def test_the_scale_of_a_likelihood_does_not_matter():
    """Exposure in months: the opinions' weights after an analogue are those in years."""
    months = pooled("gamma", [Part(weight=p.weight, mean=p.mean / 12, cv=p.cv)
                              for p in RATES.parts], grade="D", source="s")  # fmt: skip
    years = discounted(laws_of(RATES), [ELSEWHERE["gamma"]], [0.4])
    other = discounted(laws_of(months), [Counts(9.0, 1200.0)], [0.4])
    assert other.weight == pytest.approx(years.weight, rel=1e-12)


def test_a_vague_law_stands_beside_all_and_borrows_nothing():
    lent = discounted(laws_of(RATES), [ELSEWHERE["gamma"]], [0.4])
    vague = RateLaw(shape=1.0, rate=8.0).prior(grade="D", source="s")
    laws = made_robust(lent, vague, 0.1)
    assert laws.weight[laws.part == VAGUE].tolist() == pytest.approx([0.1])
    assert laws.discounts[laws.part == VAGUE].tolist() == [[0.0]]
    assert laws.weight[laws.part != VAGUE] == pytest.approx(0.9 * lent.weight)
    assert (laws.first[-1], laws.second[-1]) == pytest.approx((1.0, 8.0))
    far = after(laws, Counts(60.0, 20.0))
    assert far.weight[-1] > 0.99


def test_few_laws_are_kept_as_they_are_and_many_nearly():
    few = after(discounted(laws_of(CHANCES), [ELSEWHERE["beta"]], [0.3]), OWN["beta"])
    prior, gap = as_prior(few, grade="D", source="s")
    assert gap < 1e-9
    assert len(prior.parts) == 2
    many = after(discounted(laws_of(CHANCES), [ELSEWHERE["beta"]], [None]), OWN["beta"])
    prior, gap = as_prior(many, grade="D", source="s")
    assert 0 < gap < 0.005
    assert (prior.mean, prior.mean * prior.cv) == pytest.approx(moments(many), rel=1e-9)


def test_a_quantile_below_what_can_be_written_is_zero():
    laws = laws_of(RateLaw(shape=0.001, rate=1.0).prior(grade="D", source="s"))
    assert quantile(laws, 0.05) == 0.0
    assert quantile(laws, 0.95) == pytest.approx(stats.gamma.ppf(0.95, 0.001), rel=1e-9)


def test_no_event_and_no_base_leave_all_as_it_was():
    laws = discounted(laws_of(RATES), [Counts(0.0, 0.0)], [0.7])
    same = after(laws, Counts(0.0, 0.0))
    assert same.weight == pytest.approx(laws.weight, rel=1e-12)
    assert laws.weight == pytest.approx([0.3, 0.7], rel=1e-12)
