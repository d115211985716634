"""Euler shares of small portfolios without simulation, against long simulations."""

import math
from dataclasses import replace

import numpy as np
import pytest

from techinsure import exact
from techinsure.errors import InvalidParameter, Undefined
from techinsure.exact import given_factors
from techinsure.exact.allocation import euler_shares
from techinsure.exact.annual import AnnualLaw
from techinsure.exact.given_factors import laws_given, on_step, shares_of
from techinsure.losses.paired import tail_mean
from techinsure.models.stages import Threshold
from techinsure.schedule import schedule
from techinsure.simulation import simulate
from tests.techinsure.asked import CATALOGUE

YEARS, LEVEL = 60_000, 0.99
PROJECTS = {
    "risk_class": ["general"] * 5, "route": ["r1", "r1", "r1", "", ""],
    "sum_insured": [1e6, 5e6, 3e6, 4e6, 2e6],
}  # fmt: skip
SITES = {
    "risk_class": ["lab"] * 3, "site": ["a", "b", "c"], "park": ["a", "b", "c"],
    "sum_insured": [2e7, 1e7, 3e7], "units": [9, 3, 5],
}  # fmt: skip
PATENTS = {
    "risk_class": ["invention", "utility"], "sector": ["health", "health"],
    "units": [8, 10], "sum_insured": [1.6e6, 2e6], "loss_sum_insured": [1e6, 1e6],
}  # fmt: skip
ABROAD = {
    "risk_class": ["united_states", "europe", "united_states"],
    "sector": ["health", "health", "chemical"],
    "units": [8, 4, 10], "sum_insured": [1.6e6, 8e5, 2e6],
}  # fmt: skip
SETS = {"risk_class": ["equipment", "equipment", "component"], "sum_insured": [1.6e7, 8e6, 2e7]}
ALL = {
    "rd_loss": PROJECTS, "equipment_loss": SITES, "patent": PATENTS, "patent_overseas": ABROAD,
    "first_set": SETS,
}  # fmt: skip
SMALL = {"equipment_loss": 48, "patent": 64}
FEW = {"equipment_loss": 81, "patent": 36, "patent_overseas": 36}


def portfolio(code, **changes):
    columns = {**ALL[code], **changes}
    ids = [f"x{i}" for i in range(len(columns["risk_class"]))]
    columns = {"id": ids, "policy": ids, **columns}
    return schedule(CATALOGUE.product(code), columns, missing="base").portfolio


def each_alone(risks):
    return [np.array([i], dtype=np.int32) for i in range(risks.n_items)]


def simulated(code, risks, policies, years=YEARS):
    """(n_policies, n_years) annual payments."""
    table = simulate(risks, {code: CATALOGUE.product(code).model}, seed=3, n_years=years)
    of = np.empty(risks.n_items, np.intp)
    for number, items in enumerate(policies):
        of[items] = number
    place = of[table.item] * years + table.year
    return np.bincount(place, table.loss, len(policies) * years).reshape(len(policies), years)


def agree(own, found, level=LEVEL):
    total = own.sum(axis=0)
    for share, losses in zip(found.share, own, strict=True):
        seen = tail_mean(losses[None], total[None], level).estimate()
        assert abs(seen.value - share) <= 4 * seen.standard_error
    seen = tail_mean(total[None], total[None], level).estimate()
    assert abs(seen.value - found.tvar) <= 4 * seen.standard_error
    assert found.share.sum() == pytest.approx(found.tvar, rel=1e-9)


@pytest.mark.parametrize("code", ALL)
def test_shares_are_those_of_a_long_simulation_and_sum_to_tvar(code, monkeypatch):
    monkeypatch.setattr(given_factors, "MOST_NODES", FEW.get(code, given_factors.MOST_NODES))
    model, risks = CATALOGUE.product(code).model, portfolio(code)
    policies = each_alone(risks)
    found = laws_given(model, risks, policies, cells=SMALL.get(code, 128))
    own = simulated(code, risks, policies)
    for number, losses in enumerate(own):
        mean = sum(w * row[number].mean for w, row in zip(found.weight, found.laws, strict=True))
        assert abs(losses.mean() - mean) <= 4 * losses.std() / YEARS**0.5
        known = exact.mean(model, risks, policies[number]).sum()
        assert mean == pytest.approx(known, rel=2e-3)
    agree(own, euler_shares(found.laws, found.weight.tolist(), LEVEL))


def test_what_is_shared_makes_the_tail_of_projects():
    """With the draws of each policy taken as its own the tail would be smaller."""
    model, risks = CATALOGUE.product("rd_loss").model, portfolio("rd_loss")
    alone = [exact.annual_law(model, risks, own, 128) for own in each_alone(risks)]
    step = max(law.amounts[1] for law in alone)
    apart = euler_shares([[on_step(law, step) for law in alone]], [1.0], LEVEL)
    assert shares_of(model, risks, each_alone(risks), LEVEL).tvar > 1.05 * apart.tvar


def test_a_policy_of_several_projects_under_one_limit():
    code = "rd_loss"
    model, risks = CATALOGUE.product(code).model, portfolio(code)
    terms = replace(
        risks.terms,
        aggregate=np.tile([0, 0, 1, 2, 3], 2),
        aggregate_limit=np.tile([1.2e6, 1.2e6, math.inf, math.inf, math.inf], 2),
    )  # fmt: skip
    risks = replace(risks, terms=terms)
    policies = [np.array([0, 1]), np.array([2]), np.array([3, 4])]
    found = shares_of(model, risks, policies, LEVEL)
    own = simulated(code, risks, policies)
    assert own[0].max() == pytest.approx(1.2e6)
    agree(own, found)


def test_repeated_tape_outs_are_in_the_laws():
    model = CATALOGUE.product("rd_loss").model
    risks = portfolio("rd_loss", risk_class=["chip"] * 5, route=[""] * 5, respin=[True] * 5)
    policies = each_alone(risks)
    found = laws_given(model, risks, policies)
    for number, own in enumerate(policies):
        mixed = sum(w * row[number].mean for w, row in zip(found.weight, found.laws, strict=True))
        paid = sum(w * row[number].paid for w, row in zip(found.weight, found.laws, strict=True))
        assert mixed == pytest.approx(exact.mean(model, risks, own).sum(), rel=1e-3)
        assert paid == pytest.approx(exact.claim_probability(model, risks, own), rel=1e-3)


def test_a_shock_of_exposed_sites_strikes_them_together():
    code, product = "equipment_loss", CATALOGUE.product("equipment_loss")
    shock = product.model.supply_shock
    often = replace(shock, probability=shock.probability.held(0.2), factor=shock.factor.held(3.0))
    held = {
        name: replace(one, **{
            peril: replace(one.peril(peril), rate=one.peril(peril).rate.held(2.0))
            for peril in ("breakdown", "accident", "fire")
        })
        for name, one in product.model.classes.items()
    }  # fmt: skip
    model = replace(
        product.model, supply_shock=often, classes=held,
        catastrophe_rate=product.model.catastrophe_rate.held(0.0),
        park_frailty=product.model.park_frailty.held(0.0),
    )  # fmt: skip
    risks = portfolio(code, supply_exposed=[True, True, False])
    found = laws_given(model, risks, each_alone(risks), 32)
    assert found.weight == pytest.approx([0.8, 0.2])
    means = [[law.mean for law in row] for row in found.laws]
    assert means[1][0] > 1.05 * means[0][0]
    assert means[1][2] == means[0][2]


def test_on_a_step_the_mean_stays():
    law = AnnualLaw(amounts=np.array([0.0, 1.5, 7.0]), chance=np.array([0.5, 0.3, 0.2]), paid=0.5)
    found = on_step(law, 2.0)
    assert found.mean == pytest.approx(law.mean, rel=1e-12)
    assert found.amounts.tolist() == [0, 2, 4, 6, 8]
    assert found.chance == pytest.approx([0.5 + 0.3 * 0.25, 0.3 * 0.75, 0, 0.1, 0.1])


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("equipment_loss", {"park": ["a", "a", "b"]}, "two policies share the park 'a'"),
        ("equipment_loss", {"site": ["a", "a", "b"], "park": ["", "", ""]}, "share the site 'a'"),
        ("patent", {"family": ["f", "f"]}, "share the family 'f'"),
        ("first_set", {"sector": ["x", "x", "y"]}, "share the sector 'x'"),
    ],
)  # fmt: skip
def test_what_one_event_strikes_together_is_refused_by_name(code, changes, words):
    model, risks = CATALOGUE.product(code).model, portfolio(code, **changes)
    with pytest.raises(Undefined, match=words):
        laws_given(model, risks, each_alone(risks))


def test_other_refusals_have_names():
    model, risks = CATALOGUE.product("rd_loss").model, portfolio("rd_loss")
    with pytest.raises(InvalidParameter, match="1 to 50 policies"):
        laws_given(model, risks, [])
    with pytest.raises(InvalidParameter, match="cells"):
        laws_given(model, risks, each_alone(risks), cells=3)
    assert isinstance(model.dependence, Threshold)
    many = portfolio("rd_loss", route=["r1", "r1", "r2", "r2", "r1"],
                     risk_class=["general", "chip", "general", "chip", "chip"])  # fmt: skip
    with pytest.raises(Undefined, match="nodes"):
        laws_given(model, many, each_alone(many))
    pilot = CATALOGUE.product("pilot")
    with pytest.raises(Undefined, match="joined parts"):
        laws_given(pilot.model, risks, each_alone(risks))


def test_a_policy_in_two_sectors_that_shares_one_is_refused():
    code = "patent_overseas"
    model, risks = CATALOGUE.product(code).model, portfolio(code)
    assert model.field_frailty.mean > 0
    with pytest.raises(Undefined, match="several sectors"):
        laws_given(model, risks, [np.array([0, 2]), np.array([1])])
