"""Equipment without simulation, against integrals done another way and against the simulation."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from techinsure.cover import expected_paid
from techinsure.distributions import Beta, Gamma, Lognormal
from techinsure.errors import Undefined
from techinsure.exact.equipment import (
    CappedRatio,
    PayableDays,
    claim_probability,
    conditional_mean,
    expected_claims,
    expected_highest,
    mean,
    mean_by_cause,
)
from techinsure.models.equipment import CAUSES, TARGETS, relativity
from techinsure.models.factors import Cohorts
from techinsure.models.places import places
from techinsure.portfolio import NOWHERE
from tests.techinsure.models.equipment_cases import (
    FAB,
    STOPPED,
    STREET,
    busy,
    by_item,
    equipment,
    equipment_class,
    everyone,
    one_site,
    prior,
    simulated,
    sites,
    z_scores,
)

YEARS = 10_240
SHOCK = {"shock": 0.3, "repair": 2.0}
MODEL = busy(park=0.3, sector=0.2, **SHOCK)


# --- laws of what is paid -----------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.7])
def test_a_ratio_is_capped_at_one(factor):
    law = Beta(mean=0.3, cv=1.1)
    capped = CappedRatio(law=law, factor=np.full(4, factor))
    limits = np.array([0.05, 0.5, 1.0, 9.0])
    u = (np.arange(100_000) + 0.5) / 100_000
    ratio = np.minimum(factor * law.quantile(u), 1.0)
    for limit, found, below in zip(limits, capped.limited_mean(limits), capped.cdf(limits),
                                   strict=True):  # fmt: skip
        assert found == pytest.approx(np.minimum(ratio, limit).mean(), rel=1e-4)
        assert below == pytest.approx((ratio <= limit).mean(), abs=2e-5)


def test_days_are_paid_between_waiting_and_indemnity():
    law = Lognormal(mean=45.0, cv=1.0)
    factor, waiting, most = 1.5, 14.0, 60.0
    days = PayableDays(law=law, factor=np.full(3, factor), waiting=np.full(3, waiting),
                       indemnity=np.full(3, most))  # fmt: skip
    limits = np.array([10.0, 60.0, np.inf])
    for limit, found in zip(limits, days.limited_mean(limits), strict=True):
        top = min(most, limit)
        survival = integrate.quad(lambda x: 1 - law.cdf((waiting + x) / factor), 0, top)[0]
        assert found == pytest.approx(survival, rel=1e-9)
    assert days.cdf(np.array([0.0, 59.9, 60.0])) == pytest.approx(
        [law.cdf(waiting / factor), law.cdf(73.9 / factor), 1.0]
    )


# --- means --------------------------------------------------------------------------------------


def test_mean_of_a_laboratory_by_hand():
    """Fire: rate * 0.9 * mean ratio of 100; interruption: rates of all events * mean payable."""
    portfolio, model = one_site("lab", 45, **STOPPED), equipment()
    found = dict(zip(CAUSES, mean_by_cause(model, portfolio, everyone(portfolio))[0], strict=True))
    assert found["fire"] == pytest.approx(0.0025 * 0.9 * 18)
    assert found["catastrophe"] == pytest.approx(0.008 * 0.9 * 4)
    days = Lognormal(mean=45.0, cv=1.0)
    payable = days.limited_mean(np.array([134.0]))[0] - days.limited_mean(np.array([14.0]))[0]
    assert found["interruption"] == pytest.approx((45 * 0.03 + 0.0025 + 0.008) * payable)
    law, floor = model.classes["lab"].breakdown.ratio.law, 0.0002 * 45  # of a unit's value
    a, b = law.shapes
    paid = integrate.quad(
        lambda x: max(x - max(0.1 * x, floor), 0) * stats.beta.pdf(x, a, b), floor, 1,
        points=[10 * floor], epsabs=1e-12,
    )[0]  # fmt: skip
    assert found["breakdown"] == pytest.approx(45 * 0.02 * paid * 100 / 45, rel=1e-8)


def test_mean_needs_no_sum_insured_to_cap_a_raised_ratio():
    """With or without a cap in the terms: no unit loses more than its value."""
    portfolio = sites([{"breakdown_ratio": 4.0, "catastrophe_ratio": 6.0}])
    terms = replace(portfolio.terms, sum_insured=np.full(3, np.inf))
    uncapped = replace(portfolio, terms=terms)
    values = [mean(MODEL, p, everyone(p))[0] for p in (portfolio, uncapped)]
    assert values[0] == pytest.approx(values[1], rel=1e-12)


def test_mean_is_linear_in_rates_units_and_terms():
    rows = [{"id": "one"}, {"id": "twice", "breakdown_rate": 2.0, "accident_rate": 2.0,
            "fire_rate": 2.0, "catastrophe_rate": 2.0}, {"id": "long", "months": 24}]  # fmt: skip
    portfolio = sites(rows)
    one, twice, long = mean(MODEL, portfolio, everyone(portfolio))
    assert twice == pytest.approx(2 * one)
    assert long == pytest.approx(2 * one)


def test_mean_of_some_items_is_that_among_all():
    portfolio, some = sites(STREET), np.array([7, 1, 9], dtype=np.int32)
    everywhere = mean(MODEL, portfolio, everyone(portfolio))
    assert mean(MODEL, portfolio, some) == pytest.approx(everywhere[some], rel=1e-12)
    assert mean(MODEL, portfolio, some[:0]).shape == (0,)
    assert expected_claims(MODEL, portfolio, some[:0]).shape == (0,)


def test_nothing_is_expected_of_what_is_not_covered_or_waits_out_its_term():
    portfolio = sites([{"id": "waits", "waiting": 1.0}, {"id": "bare"}, {"id": "half",
                       "waiting": 0.5}, {"id": "whole"}])  # fmt: skip
    bare = portfolio.terms_of.copy()
    bare[1] = NOWHERE
    portfolio = replace(portfolio, terms_of=bare)
    waits, bare, half, whole = mean(MODEL, portfolio, everyone(portfolio))
    assert waits == bare == 0
    assert half == pytest.approx(whole / 2)
    claims = expected_claims(MODEL, portfolio, everyone(portfolio))
    assert claims[:2].tolist() == [0, 0]
    assert claims[2] == pytest.approx(claims[3] / 2)


def test_expected_highest_of_a_site():
    """Of 1 and a lognormal L of mean 1: E[max(1, L)] = 2 - E[min(1, L)]; of two equally
    uncertain ones the larger mean."""
    portfolio = sites([
        {"id": "a", "site": "uneven"}, {"id": "b", "site": "uneven", "fire_rate_error": 0.6},
        {"id": "c", "site": "even", "fire_rate": 1.3, "fire_rate_error": 0.6},
        {"id": "d", "site": "even", "fire_rate": 1.1, "fire_rate_error": 0.6},
        {"id": "e", "fire_rate": 0.7},
    ])  # fmt: skip
    placed = places(portfolio, everyone(portfolio), ("lab",))
    found = dict(zip(placed.site_names, expected_highest(
        placed, relativity(placed, "fire_rate", 0)), strict=True))  # fmt: skip
    law = Lognormal(mean=1.0, cv=0.6)
    known = 2 - law.limited_mean(np.ones(1))[0]
    assert found == {
        "equipment_loss/site/uneven": pytest.approx(known, rel=1e-5),
        "equipment_loss/site/even": pytest.approx(1.3, rel=1e-12),
        "equipment_loss/item/e": pytest.approx(0.7, rel=1e-12),
    }


def test_means_over_errors_of_ratios_are_integrals():
    """E over a lognormal factor of E[paid], by adaptive quadrature."""
    portfolio = sites([{"breakdown_ratio": 1.5, "breakdown_ratio_error": 0.4}])
    model = equipment()
    law, spread = model.classes["lab"].breakdown.ratio.law, np.log1p(0.4**2) ** 0.5

    def paid(z):
        factor = 1.5 * np.exp(spread * z - spread**2 / 2) * np.ones(1)
        ratio, row = CappedRatio(law=law, factor=factor), np.zeros(1, np.int32)
        return expected_paid(ratio, np.array([100.0]), portfolio.terms, row)[0] * stats.norm.pdf(z)

    whole = 0.02 * integrate.quad(paid, -8, 8, limit=200)[0]
    found = mean_by_cause(model, portfolio, everyone(portfolio))[0, 0]
    assert found == pytest.approx(whole, rel=1e-4)


# --- given the draws ----------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", ["class", "item"])
def test_conditional_means_average_to_the_mean_and_carry_the_common_part(drawn):
    """Their mean is the mean; what is left of the simulated losses is uncorrelated with them."""
    portfolio = sites(STREET)
    blocks = [Cohorts(seed=1, first=f, n=1024, drawn=drawn) for f in range(0, YEARS, 1024)]
    given = [conditional_mean(MODEL, portfolio, everyone(portfolio), block) for block in blocks]
    given = np.concatenate(given, axis=1).T
    expected = mean(MODEL, portfolio, everyone(portfolio))
    assert np.abs(z_scores(given, expected)).max() <= 4
    losses = by_item(simulated(MODEL, portfolio, YEARS, drawn=drawn), portfolio, YEARS)
    assert np.abs(z_scores(losses - given, 0.0)).max() <= 4
    assert np.abs(z_scores((losses - given) * (given - expected), 0.0)).max() <= 4
    whole, part = losses.sum(axis=1), given.sum(axis=1)
    assert abs(z_scores((whole - part) * (part - part.mean()), 0.0)) <= 4
    assert part.var() > 0.05 * whole.var()


def test_conditional_means_of_any_years_are_those_of_the_block():
    portfolio = sites(STREET)
    whole = conditional_mean(MODEL, portfolio, everyone(portfolio), Cohorts(seed=1, n=600))
    part = conditional_mean(MODEL, portfolio, everyone(portfolio), Cohorts(seed=1, first=80, n=9))
    assert (part == whole[:, 80:89]).all()
    assert conditional_mean(MODEL, portfolio, everyone(portfolio)[:0], Cohorts(seed=1, n=5)).shape \
        == (0, 5)  # fmt: skip


def test_conditional_means_of_fixed_parameters_know_only_the_shock():
    portfolio = sites(STREET)
    model = busy(**SHOCK)
    cohorts = Cohorts(seed=1, n=200, drawn="fixed")
    given = conditional_mean(model, portfolio, everyone(portfolio), cohorts)
    shocked = cohorts.shock("supply", 0.3)
    assert shocked.any()
    assert len(np.unique(given.round(9), axis=1).T) == 2
    dear = given[:, shocked][:, 0] / given[:, ~shocked][:, 0]
    assert (dear > 1.01).tolist() == portfolio.supply_exposed.tolist()


# --- claims -------------------------------------------------------------------------------------


def paid_claims(rows, portfolio, n_years):
    """(n_years, n_items) events for which the item is paid."""
    rows = rows.keep(rows.loss > 0)
    event = np.unique(rows.event, return_inverse=True)[1]
    pairs = np.unique(np.stack([rows.year, rows.item, event]), axis=1)
    claims = np.zeros((n_years, portfolio.n_items))
    np.add.at(claims, (pairs[0], pairs[1]), 1)
    return claims


def test_expected_claims_are_those_simulated():
    portfolio = sites(STREET)
    claims = paid_claims(simulated(MODEL, portfolio, YEARS), portfolio, YEARS)
    expected = expected_claims(MODEL, portfolio, everyone(portfolio))
    assert np.abs(z_scores(claims, expected)).max() <= 4


POLICIES = {
    "laboratory": [{"site": "S", "units": 45}],
    "interrupted": [
        {"id": "a", "site": "S", **STOPPED, "exposed": True, "catastrophe_rate": 0.4},
        {"id": "b", "site": "S", **STOPPED, "fire_ratio": 0.1, "catastrophe_rate": 1.5,
         "days": 0.4, "breakdown_rate": 2.0},
        {"id": "c", "site": "S", **STOPPED, "units": 3, "catastrophe_ratio": 0.01},
    ],
    "waiting": [{**FAB, "id": "w", "waiting": 0.4, **STOPPED}],
}  # fmt: skip


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("share", [prior("point", 0.8), prior("beta", 0.6, 0.4)])
def test_probability_of_a_claim_is_that_simulated(name, share):
    portfolio = sites(POLICIES[name])
    model = busy(4.0, park=0.5, sector=0.3, **SHOCK, classes={
        name: equipment_class(name, catastrophe_share=share) for name in ("lab", "fab")
    })  # fmt: skip
    claims = paid_claims(simulated(model, portfolio, YEARS), portfolio, YEARS).sum(axis=1) > 0
    probability = claim_probability(model, portfolio, everyone(portfolio))
    assert 0.05 < probability < 0.9
    assert abs(z_scores(claims.astype(float), probability)) <= 4


def test_probability_of_a_claim_by_hand():
    """Without common factors a product of gamma-mixed Poisson zeros."""
    portfolio, model = one_site("lab", 45), equipment()
    law, none = model.classes["lab"], 1.0
    for peril, units, floor in (("breakdown", 45, 0.009), ("accident", 45, 0.009), ("fire", 1, 0)):
        one = getattr(law, peril)
        load = units * (1 - one.ratio.law.cdf(np.array([floor]))[0])
        none *= (1 + one.rate.mean * one.rate.cv**2 * load) ** (-(one.rate.cv**-2))
    none *= (1 + 0.008 * 0.49) ** (-1 / 0.49)
    found = claim_probability(model, portfolio, everyone(portfolio))
    assert found == pytest.approx(1 - none, rel=1e-12)
    assert claim_probability(model, portfolio, everyone(portfolio)[:0]) == 0


@pytest.mark.parametrize("variance", [0.002, 0.5, 3.0])
def test_probability_of_a_claim_integrates_over_the_park(variance):
    """The stated error: 1e-9 against a fine midpoint rule on the quantile scale."""
    model, portfolio = equipment(park=variance), one_site("lab", 45)
    plain = replace(model, park_frailty=prior("point", 0.0))

    def never(factor):
        raised = replace(portfolio, inputs=portfolio.inputs | {
            "breakdown_rate": np.array([factor]), "accident_rate": np.array([factor])})  # fmt: skip
        return 1 - claim_probability(plain, raised, everyone(portfolio))

    law = Gamma(mean=1.0, cv=variance**0.5)
    density = stats.gamma(law.shape, scale=law.scale).pdf
    middle = law.quantile(np.array([1e-15, 0.2, 0.5, 0.9, 1 - 1e-15]))
    whole = sum(
        integrate.quad(lambda z: never(z) * density(z), low, high, epsabs=1e-12, limit=200)[0]
        for low, high in pairwise(middle)
    )
    found = claim_probability(model, portfolio, everyone(portfolio))
    assert found == pytest.approx(1 - whole, abs=1e-8)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"id": "a"}, {"id": "b"}], "several sites"),
        ([{"site": "S", "sector": "x"}, {"site": "S", "sector": "y"}], "several sectors"),
        ([{"site": "S"}, {"site": "S", "months": 24}], "several terms"),
        ([{"site": "S"}, {"site": "S", "inception": 0.1}], "several inceptions"),
        ([{"site": "S"}, {"site": "S", "waiting": 0.1}], "several waiting times for fire"),
        *(([{f"{name}_error": 0.1}], f"relativity on {name} has an error") for name in TARGETS),
    ],
)  # fmt: skip
def test_probability_of_a_claim_is_undefined(rows, why):
    portfolio = sites([{"id": f"i{k}", **row} for k, row in enumerate(rows)])
    with pytest.raises(Undefined, match=why):
        claim_probability(MODEL, portfolio, everyone(portfolio))
