"""Worst means over a Kullback-Leibler ball, and the ball of a swap of priors."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

from techinsure.distributions import Beta, Gamma, Lognormal, Mixture, NegativeBinomial, Point
from techinsure.errors import InvalidParameter, Refused, Undefined
from techinsure.pricing.model_risk import prior_divergence, swap_radius, worst_case
from techinsure.pricing.principles.risks import of_sample


@st.composite
def samples(draw):
    values = draw(st.lists(st.floats(-50, 500), min_size=2, max_size=10))
    parts = draw(st.lists(st.integers(1, 9), min_size=len(values), max_size=len(values)))
    return np.array(values), np.array(parts) / sum(parts)


@settings(max_examples=50)
@given(samples(), st.floats(1e-8, 4.0))
def test_the_dual_has_its_minimum_there(drawn, eta):
    """Weak duality: (K(theta) + eta) / theta bounds the worst mean for every theta."""
    values, weight = drawn
    worst = worst_case(values, eta, weight)
    risk = of_sample(values, weight)
    tolerance = 1e-9 * max(np.abs(values).max(), 1)
    assert risk.mean - tolerance <= worst.mean.value <= risk.most + tolerance
    if worst.at_maximum:
        assert worst.mean.value == risk.most
        return
    for factor in (0.5, 0.99, 1.0, 1.01, 2.0):
        theta = worst.tilt * factor
        dual = (risk.cumulants(theta).log_mgf + eta) / theta
        assert dual >= worst.mean.value - tolerance
        if factor == 1.0:
            assert dual == pytest.approx(worst.mean.value, rel=1e-9, abs=tolerance)
    assert worst.divergence == pytest.approx(eta, rel=1e-9)


@settings(max_examples=40)
@given(samples(), st.floats(1e-6, 2.0), st.data())
def test_no_law_in_the_ball_has_a_larger_mean(drawn, eta, data):
    values, weight = drawn
    other = data.draw(st.lists(st.floats(0, 1), min_size=len(values), max_size=len(values)))
    q = (np.array(other) + 1e-9) / sum(np.array(other) + 1e-9)
    divergence = float(special.rel_entr(q, weight).sum())
    eta = max(eta, divergence)
    worst = worst_case(values, eta, weight).mean.value
    assert q @ values <= worst + 1e-9 * max(np.abs(values).max(), 1)


@settings(max_examples=40)
@given(samples(), st.floats(1e-6, 2.0), st.floats(-1e3, 1e3), st.sampled_from([1e-3, 7.0, 1e6]))
def test_it_moves_with_the_currency(drawn, eta, move, scale):
    values, weight = drawn
    one = worst_case(values, eta, weight).mean.value
    other = worst_case(values * scale + move, eta, weight).mean.value
    assert other == pytest.approx(one * scale + move, rel=1e-8, abs=1e-8 * (scale + abs(move)))


@settings(max_examples=30)
@given(samples(), st.floats(1e-6, 1.0), st.floats(1.0, 5.0))
def test_a_larger_ball_is_worse(drawn, eta, factor):
    values, weight = drawn
    less, more = (worst_case(values, e, weight).mean.value for e in (eta, eta * factor))
    assert more >= less - 1e-9 * max(np.abs(values).max(), 1)


@pytest.mark.parametrize("eta", [1e-30, 1e-16, 1e-8])
def test_a_small_ball_is_a_multiple_of_the_spread(eta):
    """mean + sd sqrt(2 eta) to first order: no digit is lost in the divergence."""
    values = np.array([0.0, 0.0, 1.0, 5.0, 40.0])
    worst = worst_case(values, eta)
    move = np.std(values) * math.sqrt(2 * eta)
    assert worst.mean.value == pytest.approx(
        values.mean() + move, rel=1e-7 if eta > 1e-9 else 1e-14
    )
    assert worst.tilt == pytest.approx(math.sqrt(2 * eta) / np.std(values), rel=1e-3)
    assert worst.divergence == pytest.approx(eta, rel=1e-10)


def test_two_values_by_hand():
    """1 with probability p, else 0: the worst q has q ln(q/p) + (1-q) ln((1-q)/(1-p)) = eta."""
    p, eta = 0.1, 0.05

    def miss(q):
        return float(special.rel_entr([q, 1 - q], [p, 1 - p]).sum()) - eta

    exact = optimize.brentq(miss, p, 1 - 1e-9, xtol=1e-14)
    worst = worst_case([0.0, 1.0], eta, [1 - p, p])
    assert worst.mean.value == pytest.approx(exact, rel=1e-10)
    assert worst.largest_eta == pytest.approx(math.log(10))


def test_the_maximum():
    values = [0.0, 3.0, 8.0, 8.0]
    edge = math.log(2)
    for eta in (edge, edge * 1.5, 50.0):
        worst = worst_case(values, eta)
        assert (worst.mean.value, worst.at_maximum, worst.tilt) == (8.0, True, None)
        assert worst.mean.standard_error is None
        assert worst.divergence == worst.largest_eta == pytest.approx(edge)
    inside = worst_case(values, edge * (1 - 1e-6))
    assert not inside.at_maximum
    assert 7.99 < inside.mean.value < 8


def test_no_ball_no_move():
    worst = worst_case([1.0, 2.0, 6.0], 0.0)
    assert worst.mean == worst.modelled
    assert (worst.tilt, worst.divergence, worst.at_maximum) == (0.0, 0.0, False)
    for eta in (0.0, 1.0):
        assert worst_case([4.0, 4.0], eta).mean.value == 4
        assert worst_case([4.0], eta).at_maximum
    with pytest.raises(InvalidParameter, match="eta must be >= 0"):
        worst_case([1.0, 2.0], -0.1)


def test_an_absent_maximum_is_none():
    worst = worst_case([0.0, 1.0, 99.0], 50.0, [0.5, 0.5, 0.0])
    assert worst.mean.value == 1


def test_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(8)
    runs = [worst_case(rng.gamma(2.0, 10.0, 2000), 0.05).mean for _ in range(80)]
    spread = np.std([run.value for run in runs])
    assert np.mean([run.standard_error for run in runs]) == pytest.approx(spread, rel=0.2)


def test_an_exponential_law_by_its_own_dual():
    """min (-ln(1 - theta) + eta) / theta of exponential losses of mean 1, on a fine sample."""
    eta = 0.05
    dual = optimize.minimize_scalar(
        lambda theta: (-math.log1p(-theta) + eta) / theta, bounds=(1e-3, 0.9), method="bounded"
    )
    scores = np.linspace(-8.0, 8.0, 40_001)
    chance = np.diff(special.ndtr(scores))
    x = -special.log_ndtr(-(scores[1:] + scores[:-1]) / 2)
    worst = worst_case(x, eta, chance / chance.sum())
    assert worst.mean.value == pytest.approx(dual.fun, rel=1e-6)


# --- The radius of a swap of priors --------------------------------------------------------------

PAIRS = [
    (Gamma(mean=0.2, cv=0.8), Gamma(mean=0.1, cv=0.5)),
    (Gamma(mean=0.1, cv=0.05), Gamma(mean=0.11, cv=0.06)),
    (Beta.of_shapes(2.0, 5.0), Beta.of_shapes(1.5, 9.0)),
    (Lognormal(mean=5e5, cv=1.0), Lognormal(mean=4e5, cv=1.5)),
]
SCIPY = {
    Gamma: lambda law: stats.gamma(law.shape, scale=law.scale),
    Beta: lambda law: stats.beta(*law.shapes),
    Lognormal: lambda law: stats.lognorm(law.sigma, scale=math.exp(law.mu)),
}


@pytest.mark.parametrize(("other", "prior"), PAIRS, ids=str)
def test_divergences_are_their_integrals(other, prior):
    q, p = SCIPY[type(other)](other), SCIPY[type(prior)](prior)
    points = q.ppf([1e-14, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-12])
    area = sum(
        integrate.quad(lambda x: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)), low, high)[0]
        for low, high in pairwise(points)
    )
    assert prior_divergence(other, prior) == pytest.approx(area, rel=1e-7)
    assert prior_divergence(prior, prior) == pytest.approx(0.0, abs=1e-14)


@pytest.mark.parametrize("cv", [1e-4, 0.01, 0.18, 0.19, 3.0])
def test_gamma_divergence_keeps_its_digits(cv):
    """To second order in the move of the mean, shape * (move / mean)**2 / 2."""
    moved = prior_divergence(Gamma(mean=1 + 1e-6, cv=cv), Gamma(mean=1.0, cv=cv))
    assert moved == pytest.approx(cv**-2 * (1e-12 / 2 - 1e-18 / 3), rel=1e-3, abs=3e-16 * cv**-2)


def test_independent_priors_add_up():
    others = {"rate": PAIRS[0][0], "damage": PAIRS[2][0], "fixed": Point(mean=3.0)}
    priors = {"rate": PAIRS[0][1], "damage": PAIRS[2][1], "fixed": Point(mean=3.0)}
    apart = prior_divergence(*PAIRS[0]) + prior_divergence(*PAIRS[2])
    assert swap_radius(others, priors) == pytest.approx(apart)
    with pytest.raises(InvalidParameter, match=r"others must name .* got \['damage', 'fixed'\]"):
        swap_radius({"rate": PAIRS[0][0]}, priors)


def test_divergences_that_are_not_there():
    with pytest.raises(Undefined, match="is infinite"):
        prior_divergence(Point(mean=1.0), Point(mean=2.0))
    with pytest.raises(Undefined, match="is infinite"):
        prior_divergence(Point(mean=1.0), Gamma(mean=1.0, cv=0.1))
    with pytest.raises(Refused, match="give both as laws of one family"):
        prior_divergence(Gamma(mean=1.0, cv=0.1), Lognormal(mean=1.0, cv=0.1))
    mixture = Mixture(parts=(Gamma(mean=1.0, cv=0.1),), weights=(1.0,))
    with pytest.raises(Refused, match="has no closed form"):
        prior_divergence(mixture, mixture)


@pytest.mark.parametrize(("other", "prior"), PAIRS[:2], ids=str)
def test_the_ball_of_a_swap_holds_the_mean_under_the_other_prior(other, prior):
    """Poisson counts of a gamma rate: their own divergence is smaller than that of the priors."""
    n = np.arange(200.0)
    modelled, swapped = (
        NegativeBinomial(r=law.shape, beta=law.scale * 10.0).pmf(n) for law in (prior, other)
    )
    eta = swap_radius({"rate": other}, {"rate": prior})
    assert float(special.rel_entr(swapped, modelled).sum()) <= eta
    worst = worst_case(n, eta, modelled / modelled.sum())
    assert worst.mean.value >= swapped @ n
