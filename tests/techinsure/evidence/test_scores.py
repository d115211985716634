"""Scores of priors: their mean is 0, and they differentiate what has a known derivative."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from techinsure.errors import Undefined
from techinsure.evidence.mixtures import pooled
from techinsure.evidence.priors import Part, Prior
from techinsure.evidence.scores import derivative, score


def prior(family, mean, cv):
    return Prior(family=family, mean=mean, cv=cv, grade="D", source="test")


MIXED = pooled(
    "beta",
    (Part(weight=0.6, mean=0.1, cv=0.5), Part(weight=0.4, mean=0.3, cv=0.3)),
    grade="D", source="test", note="",
)  # fmt: skip
RATES = pooled(
    "gamma",
    (Part(weight=0.5, mean=0.2, cv=0.5), Part(weight=0.5, mean=1.0, cv=0.8)),
    grade="D", source="test", note="",
)  # fmt: skip
COSTS = pooled(
    "lognormal",
    (Part(weight=0.3, mean=2.0, cv=0.5), Part(weight=0.7, mean=5.0, cv=0.9)),
    grade="D", source="test", note="",
)  # fmt: skip
ALL = (prior("beta", 0.2, 0.35), prior("beta", 0.7, 0.15), prior("gamma", 0.4, 0.9),
       prior("lognormal", 3.0, 0.7), MIXED, RATES, COSTS)  # fmt: skip


def scaled(one, by):
    parts = tuple(replace(part, mean=part.mean * by) for part in one.parts)
    return replace(one, mean=one.mean * by, parts=parts)


def density(one, x):
    """By scipy's own laws, from the shapes."""
    parts = one.parts or (Part(weight=1.0, mean=one.mean, cv=one.cv),)
    total = 0.0
    for part in parts:
        m, c = part.mean, part.cv
        if one.family == "beta":
            k = (1 - m) / (m * c**2) - 1
            law = stats.beta(m * k, (1 - m) * k)
        elif one.family == "gamma":
            law = stats.gamma(c**-2, scale=m * c**2)
        else:
            s = np.log1p(c**2) ** 0.5
            law = stats.lognorm(s, scale=m * np.exp(-(s**2) / 2))
        total = total + part.weight * law.pdf(x)
    return total


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.family}{len(one.parts)}")
def test_the_score_is_the_slope_of_the_log_density(one):
    at = one.law.quantile(np.array([0.02, 0.3, 0.5, 0.8, 0.99]))
    h = 1e-5
    slope = (np.log(density(scaled(one, 1 + h), at)) - np.log(density(scaled(one, 1 - h), at))) / (
        2 * h
    )
    assert score(one, at) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.family}{len(one.parts)}")
def test_its_mean_is_0_and_it_differentiates_a_mean(one):
    """E[score] = 0; d E[X] / d ln mean = E[X]."""
    top = 1.0 if one.family == "beta" else np.inf
    zero = integrate.quad(lambda x: score(one, np.array([x]))[0] * density(one, x), 0, top)[0]
    assert zero == pytest.approx(0.0, abs=1e-6)
    whole = integrate.quad(lambda x: x * score(one, np.array([x]))[0] * density(one, x), 0, top)[0]
    assert whole == pytest.approx(one.mean, rel=1e-5)


def test_what_is_not_drawn_has_no_score():
    for one in (prior("point", 0.2, 0.0), prior("beta", 0.2, 0.35).held(0.1)):
        with pytest.raises(Undefined, match="no density"):
            score(one, np.array([0.1]))


def test_a_derivative_is_right_and_its_error_is_that_of_repeated_runs():
    """X = exp(-2 rate), a gamma rate: -2 mean (1 + 2 mean cv**2)**(-shape - 1) by ln mean."""
    one = prior("gamma", 0.4, 0.9)
    exact = -2 * 0.4 * (1 + 2 * 0.4 * 0.81) ** (-1 / 0.81 - 1)
    found, errors = [], []
    for seed in range(200):
        rates = np.random.default_rng(seed).gamma(1 / 0.81, 0.4 * 0.81, 500)
        value, influence = derivative(np.exp(-2 * rates), score(one, rates))
        found.append(value)
        errors.append(influence.std(ddof=1) / 500**0.5)
    assert np.mean(found) == pytest.approx(exact, abs=4 * np.std(found) / 200**0.5)
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.2)


def test_the_score_itself_takes_away_the_noise_of_a_constant():
    """A sum that does not move has the derivative 0, without error."""
    value, influence = derivative(np.full(100, 5.0), np.random.default_rng(1).normal(size=100))
    assert value == pytest.approx(0.0, abs=1e-12)
    assert influence.std() == pytest.approx(0.0, abs=1e-12)
