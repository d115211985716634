"""Compound perils without simulation, against plain formulas and the simulation."""

import numpy as np
import pytest
from scipy import integrate, stats

from techinsure.distributions import Beta, Lognormal
from techinsure.errors import Undefined
from techinsure.exact import compound as exact
from techinsure.models.factors import Cohorts
from tests.techinsure.models.compound_cases import (
    BATHTUB,
    CAUSES,
    FLEET,
    SHARE,
    UNCERTAIN,
    annual,
    by_item,
    compound,
    contracts,
    everyone,
    simulated,
    z_scores,
)

YEARS = 8_192
BETA, HEAVY = Beta(mean=0.15, cv=1.3), Lognormal(mean=0.30, cv=2.0)


def integral(survival, low, high):
    """The mean of a layer as an integral of the survival function."""
    return integrate.quad(survival, low, high, epsabs=1e-13, epsrel=1e-12, limit=200)[0]


def test_mean_of_one_contract_by_quadrature():
    """Three years of four units of 25: 3.2 policy years of quality; liability of 25, limit 100."""
    portfolio = contracts([{"units": 4, "months": 36, "quality_rate": 1.4, "liability_rate": 2.0}])
    model = compound(pattern=BATHTUB)
    a, b = BETA.shapes
    once = 0.9 * integral(lambda x: stats.beta.sf(x, a, b), 0.01, 1.0)
    heavy = stats.lognorm(s=HEAVY.sigma, scale=np.exp(HEAVY.mu))
    other = 0.9 * integral(heavy.sf, 0.0, 4.0)
    found = exact.mean_by_cause(model, portfolio, everyone(portfolio))[0]
    quality = 0.07 * 1.4 * 3.2 * 100 * once
    assert found == pytest.approx(
        [0.75 * quality, 0.25 * quality, 0.005 * 2.0 * 3.0 * 100 * other], rel=1e-9
    )


def test_a_relativity_on_the_ratio_meets_the_end_of_it():
    portfolio = contracts([{"quality_ratio": 3.0}])
    a, b = BETA.shapes
    once = 0.9 * integral(lambda x: stats.beta.sf(x / 3, a, b), 0.01, 1.0)
    found = exact.mean_by_cause(compound(), portfolio, everyone(portfolio))[0, :2].sum()
    assert found == pytest.approx(0.07 * 100 * once, rel=1e-9)


def test_a_waiting_period_shuts_its_part_of_the_bathtub():
    """Half a year of waiting in a bathtub of 1.5: of 3.2 policy years 2.45 are left."""
    portfolio = contracts([{"months": 36, "inception": 0.25, "waiting": 0.5},
                           {"months": 36, "inception": 0.25}])  # fmt: skip
    found = exact.mean_by_cause(compound(pattern=BATHTUB), portfolio, everyone(portfolio))
    assert found[0, :2] == pytest.approx(found[1, :2] * 2.45 / 3.2, rel=1e-12)
    assert found[0, 2] == pytest.approx(found[1, 2] * 2.5 / 3.0, rel=1e-12)


@pytest.mark.parametrize("drawn", ["class", "item"])
def test_conditional_means_average_to_the_mean_and_follow_the_years(drawn):
    model = compound(by=10.0, pattern=BATHTUB, route=0.1, sector=0.05)
    portfolio = contracts(FLEET)
    cohorts = Cohorts(seed=1, first=0, n=YEARS, drawn=drawn)
    given = exact.conditional_mean(model, portfolio, everyone(portfolio), cohorts)
    expected = exact.mean(model, portfolio, everyone(portfolio))
    assert np.abs(z_scores(given.T, expected)).max() <= 4
    losses = by_item(simulated(model, portfolio, YEARS, drawn=drawn), portfolio, YEARS)
    # what is left over the conditional mean is noise of mean 0, also where the mean is high
    left = losses - given.T
    assert np.abs(z_scores(left, 0.0)).max() <= 4
    assert np.abs(z_scores(left * (given.T - expected), 0.0)).max() <= 4


def test_expected_claims_and_their_probability_are_the_simulated_ones():
    model = compound(by=2.0, pattern=BATHTUB, route=0.2, sector=0.1)
    for row in ({"units": 3, "months": 30}, {"units": 2, **UNCERTAIN}):
        portfolio = contracts([{"route": "r", **row}])
        rows = simulated(model, portfolio, YEARS)
        events = np.unique(np.stack([rows.year, rows.event.view(np.int64)])[:, rows.loss > 0],
                           axis=1)[0]  # fmt: skip
        counts = np.bincount(events, minlength=YEARS)
        claims = exact.expected_claims(model, portfolio, everyone(portfolio))[0]
        assert abs(z_scores(counts, claims)) <= 4
        chance = exact.claim_probability(model, portfolio, everyone(portfolio))
        assert abs(z_scores(counts > 0, chance)) <= 4


def test_claim_probability_by_the_gamma_mixture():
    """No factors: 1 - (1 + theta load)**-k for each peril, theta = mean cv^2, k = cv^-2."""
    portfolio = contracts([{"units": 5}])
    model = compound(serial=None)
    load = 5 * float(BETA.survival(np.array(0.01)))
    quality = (1 + 0.07 * 0.36 * load) ** (-1 / 0.36)
    liability = (1 + 0.005 * 5) ** -1.0
    found = exact.claim_probability(model, portfolio, everyone(portfolio))
    assert found == pytest.approx(1 - quality * liability, rel=1e-9)


def test_claim_probability_of_several_contracts_of_several_classes():
    rows = [{"id": "a", "route": "r", "units": 3}, {"id": "b", "route": "r"},
            {"id": "c", "route": "r", "class": "software"}]  # fmt: skip
    portfolio, model = contracts(rows), compound(by=4.0, route=0.3, pattern=BATHTUB)
    losses = annual(simulated(model, portfolio, YEARS), YEARS)
    chance = exact.claim_probability(model, portfolio, everyone(portfolio))
    assert abs(z_scores(losses > 0, chance)) <= 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"batch": "B"}, {"batch": "B"}], "several items of one batch with serial defects"),
        ([{"route": "r"}, {"route": "q"}], "items of several routes"),
        ([{}, {}], "items of several routes"),
        ([{"route": "r"}, {"route": "r", "quality_rate_error": 0.1}],
         "where the relativity on quality_rate has an error"),
    ],
)  # fmt: skip
def test_what_has_no_closed_form_says_so(rows, message):
    portfolio, model = contracts(rows), compound(route=0.1)
    with pytest.raises(Undefined, match=message):
        exact.claim_probability(model, portfolio, everyone(portfolio))


def test_the_order_of_items_is_that_asked_for():
    portfolio, model = contracts(FLEET), compound(pattern=BATHTUB)
    means = exact.mean(model, portfolio, everyone(portfolio))
    some = np.array([6, 0, 3], np.int32)
    assert exact.mean(model, portfolio, some) == pytest.approx(means[some], rel=1e-14)
    assert exact.expected_claims(model, portfolio, some).shape == (3,)


def test_a_class_without_a_peril_has_none_of_it():
    portfolio = contracts([{"class": "software"}])
    by_cause = exact.mean_by_cause(compound(), portfolio, everyone(portfolio))[0]
    assert by_cause[CAUSES.index("liability")] == 0
    assert by_cause[0] > 0
    assert by_cause.sum() < (1 - SHARE) * 0.077 * 15
