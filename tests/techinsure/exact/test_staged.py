"""Closed forms of projects against published figures, independent integrals and simulation."""

import dataclasses

import numpy as np
import pytest
from scipy import integrate, special, stats

from techinsure.errors import Undefined
from techinsure.exact import staged as exact
from techinsure.models.factors import Cohorts
from tests.techinsure import builders
from tests.techinsure.models.staged_cases import (
    FAIL,
    RESPIN_TERMS,
    by_item,
    everyone,
    frailty,
    projects,
    simulated,
    staged,
    threshold,
)

# The table of the specification: sum insured = budget, relativities 1, no dependence; simulated,
# standard error of a premium <= 0.017 points; claim probabilities as rounded there.
# class: pure premium % named, technical; P(claim) % named, technical; rounding of the latter
PUBLISHED = {
    "general": (1.25, 3.13, 5.6, 20, 0.05, 0.5),
    "software": (0.66, 1.69, 2.8, 10, 0.05, 0.5),
    "chip": (1.75, 4.45, 6.4, 24, 0.05, 0.5),
    "material": (1.58, 3.88, 6.6, 24, 0.05, 0.5),
    "biopharma": (2.85, 7.10, 13, 47, 0.5, 0.5),
}
# A second programme, by Gauss quadrature: technical form, percent
QUADRATURE = {"general": 3.12, "software": 1.68, "chip": 4.46, "material": 3.87, "biopharma": 7.07}


@pytest.mark.parametrize("name", FAIL)
def test_premiums_and_claim_probabilities_of_the_specification(name):
    portfolio = projects([{"class": name, "form": form} for form in ("named", "technical")])
    mean = exact.mean(staged(), portfolio, everyone(portfolio))
    chance = [exact.claim_probability(staged(), portfolio, np.array([i])) for i in range(2)]
    published = PUBLISHED[name]
    assert mean == pytest.approx(published[:2], abs=4 * 0.017)
    assert 100 * chance[0] == pytest.approx(published[2], abs=published[4])
    assert 100 * chance[1] == pytest.approx(published[3], abs=published[5])
    assert mean[1] == pytest.approx(QUADRATURE[name], abs=0.0051)


def test_who_fails_and_who_claims():
    """Of general projects 23.3% fail with an insured cause, 20.0% claim: the deductible is a
    percentage of the sum insured."""
    full, net = projects([{}], terms=builders.terms()), projects([{}])
    full = dataclasses.replace(full, terms_of=np.array([[0, -1]], np.int32))
    failing, claiming = (
        100 * exact.claim_probability(staged(), portfolio, everyone(portfolio))
        for portfolio in (full, net)
    )
    assert failing == pytest.approx(23.3, abs=0.05)
    assert claiming == pytest.approx(20.0, abs=0.05)


def by_hand(name, odds, entry, shock, form):
    """The same mean by adaptive integration: an independent programme."""
    means, cv = FAIL[name]
    q, deductible, share = {"technical": (0.60, 0.10, 0.40), "named": (0.15, 0.05, 0.20)}[form]
    budget = np.array([0.25, 0.35, 0.40]) * (np.arange(3) >= entry)
    budget = budget / budget.sum()

    def chance(mean, lift):
        k = (1 - mean) / (mean * cv**2) - 1
        law = stats.beta(mean * k, (1 - mean) * k)

        def at(p):
            o = odds * p / (1 - p)
            return law.pdf(p) * special.ndtr(special.ndtri(o / (1 + o)) + lift)

        low, high = law.ppf([1e-13, 1 - 1e-13])
        return integrate.quad(at, low, high, epsabs=1e-12, limit=200)[0]

    def paid(k):
        def at(x):
            loss = 0.85 * (budget[:k].sum() + budget[k] * x)
            return stats.beta.pdf(x, 2, 1.2) * (1 - share) * max(loss - deductible, 0.0)

        bite = np.clip((deductible / 0.85 - budget[:k].sum()) / budget[k], 0, 1)
        return integrate.quad(at, bite, 1, epsabs=1e-12, limit=200)[0]

    total = 0.0
    for weight, lift in ((1 - shock, 0.0), (shock, 0.5)):
        alive = 1.0
        for k in range(entry, 3):
            fails = chance(means[k], lift)
            total += weight * alive * fails * paid(k) * q
            alive *= 1 - fails
    return 100 * total


@pytest.mark.parametrize(
    ("name", "odds", "entry", "shock", "form"),
    [
        ("general", 1.0, 0, 0.0, "technical"),
        ("chip", 2.5, 1, 0.05, "technical"),
        ("biopharma", 0.4, 0, 0.30, "named"),
        ("software", 1.7, 2, 0.05, "named"),
    ],
)
def test_the_mean_is_the_integral(name, odds, entry, shock, form):
    row = {"class": name, "odds": odds, "entry": entry, "form": form, "exposed": True}
    portfolio = projects([row])
    found = exact.mean(staged(shock=shock), portfolio, everyone(portfolio))
    assert found[0] == pytest.approx(by_hand(name, odds, entry, shock, form), rel=1e-7)


def test_a_relativity_that_is_not_known_is_integrated():
    """Four thousand points of its lognormal law, one project each."""
    error, n = 0.4, 4000
    u = (np.arange(n) + 0.5) / n
    sigma = np.sqrt(np.log1p(error**2))
    nodes = np.exp(sigma * special.ndtri(u) - sigma**2 / 2)
    known = projects([{"class": "chip", "odds": 1.3 * r} for r in nodes])
    drawn = projects([{"class": "chip", "odds": 1.3, "error": error}])
    points = exact.mean(staged(), known, everyone(known)).mean()
    assert exact.mean(staged(), drawn, everyone(drawn))[0] == pytest.approx(points, rel=2e-5)


def test_the_mean_knows_no_dependence_route_or_block():
    row = {"class": "material", "exposed": True}
    portfolio = projects([row | {"route": route} for route in ("", "a", "b")])
    means = [
        exact.mean(staged(dependence, 0.05, compensated), portfolio, everyone(portfolio))
        for dependence in (threshold(), threshold(0.1, 0.3, 0.1), frailty(0.6))
        for compensated in (False, True)
    ]
    assert np.ptp(means[::2]) == 0
    assert np.ptp(means[1::2]) == 0
    assert means[0][0] > means[1][0]  # extra risk, or not
    calm = exact.mean(staged(), portfolio, everyone(portfolio))
    assert means[1] == pytest.approx(calm)


def test_extra_risk_of_the_supply_shock():
    """3.12 -> 3.20 for an exposed general project of the specification."""
    portfolio = projects([{"exposed": True}, {}])
    mean = exact.mean(staged(shock=0.05), portfolio, everyone(portfolio))
    assert mean == pytest.approx([3.20, 3.12], abs=0.0051)


PORTFOLIO = projects([
    {"class": "chip", "route": "a", "respin": 1.0, "exposed": True},
    {"class": "chip", "route": "a", "respin": 1.0, "entry": 1, "odds": 2.0, "form": "named"},
    {"class": "chip", "route": "b", "respin": 1.0, "entry": 2},
    {"class": "general", "route": "a", "error": 0.5, "exposed": True},
    {"class": "biopharma", "odds": 0.6, "sector": "s"},
])  # fmt: skip
MODELS = {
    "threshold": staged(threshold(0.03, 0.07, 0.1), 0.05),
    "frailty": staged(frailty(0.4), 0.05),
    "compensated": staged(threshold(0.03, 0.07), 0.05, True),
}


@pytest.mark.parametrize("name", MODELS)
def test_conditional_means_average_to_the_mean(name):
    n = 40_000
    years = Cohorts(seed=8, n=n)
    given = exact.conditional_mean(MODELS[name], PORTFOLIO, everyone(PORTFOLIO), years)
    mean = exact.mean(MODELS[name], PORTFOLIO, everyone(PORTFOLIO))
    error = given.std(axis=1) / np.sqrt(n)
    assert (np.abs(given.mean(axis=1) - mean) <= 4 * error).all()


@pytest.mark.parametrize("name", MODELS)
def test_conditional_means_follow_the_simulation_year_by_year(name):
    """In the years where an item's conditional mean is high, low or any, so are its losses."""
    n = 40 * 1024
    annual = by_item(simulated(MODELS[name], PORTFOLIO, n, seed=8), PORTFOLIO, n)
    given = exact.conditional_mean(
        MODELS[name], PORTFOLIO, everyone(PORTFOLIO), Cohorts(seed=8, n=n)
    )
    for loss, expected in zip(annual, given, strict=True):
        order = np.argsort(expected)
        for some in (order, order[: n // 10], order[-n // 10 :], order[-n // 100 :]):
            gap = loss[some] - expected[some]
            assert abs(gap.mean()) <= 4 * gap.std() / np.sqrt(len(some))
        assert np.var(expected) < np.var(loss)


def test_conditional_means_do_not_depend_on_the_block():
    model = MODELS["threshold"]
    whole = exact.conditional_mean(model, PORTFOLIO, everyone(PORTFOLIO), Cohorts(seed=2, n=300))
    late = exact.conditional_mean(
        model, PORTFOLIO, np.array([3, 0], np.int32), Cohorts(seed=2, first=200, n=100)
    )
    assert (late == whole[[3, 0], 200:]).all()
    assert exact.conditional_mean(
        model, PORTFOLIO, np.zeros(0, np.int32), Cohorts(seed=2, n=5)
    ).shape == (0, 5)


def test_claims_against_simulation():
    """Expected number of paid claims and the chance of any, with a respin beside a failure."""
    n = 40 * 1024
    model = MODELS["threshold"]
    rows = simulated(model, PORTFOLIO, n, seed=11)
    rows = rows.keep(rows.loss > 0)
    counts = np.bincount(rows.item.astype(np.int64) * n + rows.year, minlength=5 * n).reshape(5, n)
    expected = exact.expected_claims(model, PORTFOLIO, everyone(PORTFOLIO))
    error = counts.std(axis=1) / np.sqrt(n)
    assert (np.abs(counts.mean(axis=1) - expected) <= 4 * error).all()
    for item in range(5):
        chance = exact.claim_probability(model, PORTFOLIO, np.array([item], np.int32))
        found = (counts[item] > 0).mean()
        assert abs(found - chance) <= 4 * np.sqrt(chance * (1 - chance) / n)
    assert (counts[0] > 1).any()
    assert expected[0] > exact.claim_probability(model, PORTFOLIO, np.array([0], np.int32))


def test_respin_is_paid_under_its_own_terms():
    """P(pass laboratory and pilot) * 0.80 * E[(1 - share) (100 X - deductible)^+], with no chance
    of the cause: by the endorsement alone."""
    rows = [{"class": "chip", "respin": bought} for bought in (1.0, 0.0)]
    portfolio = projects(rows)
    mean = exact.mean(staged(), portfolio, everyone(portfolio))
    k = (1 - 0.15) / (0.15 * 0.36) - 1
    law = stats.beta(0.15 * k, 0.85 * k)
    deductible, share = RESPIN_TERMS
    cost = law.expect(lambda x: np.maximum(x - deductible, 0), lb=deductible, ub=1)
    assert mean[0] - mean[1] == pytest.approx(0.9 * 0.7 * 0.8 * (1 - share) * 100 * cost, rel=1e-7)


def test_what_has_no_closed_form_is_refused_by_name():
    waits = projects([{"waiting": 0.25}])
    with pytest.raises(Undefined, match="waiting period"):
        exact.mean(staged(), waits, everyone(waits))
    with pytest.raises(Undefined, match="5 projects"):
        exact.claim_probability(staged(), PORTFOLIO, everyone(PORTFOLIO))
    later = projects([{"waiting": 0.25, "inception": 0.5}])
    assert exact.mean(staged(), later, everyone(later))[0] > 0  # over before the policy starts
    assert exact.claim_probability(staged(), waits, np.zeros(0, np.int32)) == 0.0


def test_what_is_not_covered_costs_nothing():
    portfolio = projects([{}], terms_of=np.array([[-1, -1]], np.int32))
    assert exact.mean(staged(), portfolio, everyone(portfolio)).tolist() == [0.0]
    assert exact.claim_probability(staged(), portfolio, everyone(portfolio)) == 0.0
