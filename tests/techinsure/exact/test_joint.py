"""Joined parts without simulation: sums of what the parts give."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure.distributions import Beta
from techinsure.errors import Undefined
from techinsure.exact import compound, joint, staged
from techinsure.models.factors import Cohorts
from techinsure.models.joint import Joint
from tests.techinsure.models.compound_cases import annual, everyone, simulated, z_scores
from tests.techinsure.models.joint_cases import MANY, campaigns, prior
from tests.techinsure.models.joint_cases import joint as model_of
from tests.techinsure.models.joint_cases import staged as project

YEARS = 16_384


def test_sums_of_the_parts():
    model, portfolio = model_of(), campaigns(MANY)
    items, parts = everyone(portfolio), model.parts
    cohorts = Cohorts(seed=1, first=0, n=50)
    for verb, more in (("mean", ()), ("conditional_mean", (cohorts,)), ("expected_claims", ())):
        one = getattr(staged, verb)(parts["campaign"], portfolio, items, *more)
        two = getattr(compound, verb)(parts["hazards"], portfolio, items, *more)
        whole = getattr(joint, verb)(model, portfolio, items, *more)
        assert whole == pytest.approx(one + two, rel=1e-14)
    by_cause = joint.mean_by_cause(model, portfolio, items)
    assert by_cause.sum(axis=1) == pytest.approx(joint.mean(model, portfolio, items), rel=1e-14)


def test_damage_ends_at_what_is_at_stake():
    """A ratio four times as high takes no more than the line, half of the sum insured."""
    portfolio = campaigns([{"physical_ratio": 4.0}])
    law = Beta(mean=0.12, cv=1.5)
    once = 4 * float(law.limited_mean(np.array(0.25)))
    found = joint.mean_by_cause(model_of(), portfolio, everyone(portfolio))[0, 1]
    assert found == pytest.approx(0.03 * 0.9 * 50 * once, rel=1e-12)


def test_claim_probability_is_the_simulated_one():
    model = model_of(by=10.0)
    for row in ({}, {"odds_error": 0.3, "physical_rate_error": 0.4, "exposed": True}):
        portfolio = campaigns([row])
        losses = annual(simulated(model, portfolio, YEARS), YEARS)
        chance = joint.claim_probability(model, portfolio, everyone(portfolio))
        assert abs(z_scores(losses > 0, chance)) <= 4


def test_several_campaigns_have_no_claim_probability():
    portfolio = campaigns(MANY)
    with pytest.raises(Undefined, match="4 projects in one policy"):
        joint.claim_probability(model_of(), portfolio, everyone(portfolio))


def test_a_part_that_does_not_tell_its_causes_apart():
    plain = project()
    again = replace(
        plain.classes["general"], respin_phase="campaign", respin=prior("beta", 0.5, 0.1),
        respin_cost=prior("beta", 0.1, 0.5),
    )  # fmt: skip
    model = Joint(parts={"campaign": replace(plain, classes={"general": again})})
    portfolio = campaigns([{}])
    with pytest.raises(Undefined, match="failure and respin are not told apart"):
        joint.mean_by_cause(model, portfolio, everyone(portfolio))
