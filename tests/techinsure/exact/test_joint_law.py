"""The law of a year's payments on joined parts: the convolution of theirs."""

import numpy as np
import pytest

from techinsure import exact
from techinsure.exact import joint, joint_law
from techinsure.losses import measures
from tests.techinsure.models.compound_cases import annual, everyone, simulated
from tests.techinsure.models.joint_cases import campaigns
from tests.techinsure.models.joint_cases import joint as model_of

YEARS = 16_384


def test_the_law_is_the_convolution_of_the_parts():
    row = {"exposed": True, "odds_error": 0.3, "physical_ratio": 4.0}
    model, portfolio = model_of(by=10.0), campaigns([row])
    items = everyone(portfolio)
    law = exact.annual_law(model, portfolio, items, cells=256)
    assert law.mean == pytest.approx(joint.mean(model, portfolio, items)[0], rel=1e-6)
    assert law.paid == pytest.approx(joint.claim_probability(model, portfolio, items), abs=1e-6)
    losses = annual(simulated(model, portfolio, YEARS), YEARS)
    assert abs(measures.sd(losses).z_score(law.sd)) <= 4
    assert abs(measures.tvar(losses, 0.99).z_score(law.tvar(0.99))) <= 4


def test_the_largest_payment_is_that_of_any_part():
    portfolio = campaigns([{}])
    most = joint_law.largest(model_of(), portfolio, everyone(portfolio))
    assert most == pytest.approx(100.0)  # third party, limited at the sum insured
    assert np.isfinite(most)
