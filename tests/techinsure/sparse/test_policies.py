"""Losses of claims under the terms of a portfolio; which models have such policies."""

from types import SimpleNamespace

import numpy as np
import pytest

from techinsure.errors import Undefined
from techinsure.sparse import Claims, policy
from techinsure.sparse.policies import Losses, payments
from tests.techinsure.models.dispute_cases import patents

CLAIMS = Claims(
    n_scenarios=3, scenario=np.array([0, 0, 2]), source=np.zeros(3, np.intp),
    time=np.array([0.2, 0.6, 0.1]), sizes=np.zeros((1, 3)),
)  # fmt: skip


def test_terms_apply_in_order_of_time():
    """Costs are capped at 100,000 a year after 15%, losses wait 0.15 years and keep 80%."""
    held = patents(["a"], terms={
        "aggregate": np.array([0, 1], np.int32), "aggregate_limit": np.array([100e3, np.inf]),
        "waiting": np.array([0.0, 0.15]),
    })  # fmt: skip
    cost = Losses("enforcement", np.arange(3), np.zeros(3, int), np.array([80e3, 90e3, 10e3]))
    loss = Losses("infringed_loss", np.array([0, 2]), np.zeros(2, int), np.array([50e3, 50e3]))
    paid = payments(held, CLAIMS, [loss, cost])
    assert paid == pytest.approx([68e3 + 32e3 + 40e3, 0.0, 8.5e3])


def test_models_whose_claims_are_not_poisson_are_undefined():
    held = patents(["a"])
    with pytest.raises(Undefined, match="policies of the staged model are no sparse risks"):
        policy(SimpleNamespace(kind="staged"), held, np.zeros(1, np.int32))
