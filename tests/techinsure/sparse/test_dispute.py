"""Patents as sparse risks against the closed forms and the simulation."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure.distributions import Lognormal
from techinsure.errors import Undefined
from techinsure.exact import dispute as exact
from techinsure.losses import measures
from techinsure.sparse import policy, price
from techinsure.sparse.strata import stratified
from tests.techinsure.models.dispute_cases import (
    dispute,
    every,
    paid,
    patents,
    prior,
)

BUSY = prior(0.1, 0.9, "gamma")
FIGURES = ("mean", "var", "tvar", "probability")


def annual(rows, n):
    return np.bincount(rows.year, rows.loss, minlength=n)


def test_without_aggregate_limits_figures_are_those_of_the_closed_forms():
    model = dispute(suit_rate=BUSY)
    held = patents(["a", "b"], units=[3, 1], relativity=[1.0, 2.0],
                   terms={"deductible_amount": np.array([30e3, 80e3])})  # fmt: skip
    found = price(*policy(model, held, every(held)), seed=1, points=1024)
    assert abs(found.mean.z_score(exact.mean(model, held, every(held)).sum())) <= 4
    chance = exact.claim_probability(model, held, every(held))
    assert abs(found.probability.z_score(chance)) <= 4
    assert found.mean.standard_error < 0.005 * found.mean.value


def test_expected_claims_are_suits():
    model, held = dispute(), patents(["a", "b"], units=[3, 1], relativity=[1.0, 2.0])
    risk, _ = policy(model, held, every(held))
    assert risk.expected.sum() == pytest.approx(0.006 * (3 + 2), rel=1e-9)
    settled = risk.expected[:2].sum() / risk.expected.sum()
    assert settled == pytest.approx(model.settled.mean, rel=1e-9)


def test_two_suits_share_the_draws_of_their_chain():
    """P(both settled) is the second moment of the probability of a settlement, exactly."""
    model = dispute()
    risk, _ = policy(model, patents(["a"]), np.zeros(1, np.int32))
    two = stratified(risk)[1][1]
    settled = two.upto[two.atom][:, 1]
    law = model.settled.law
    assert two.chance @ settled**2 == pytest.approx(law.mean**2 + law.variance, rel=1e-9)


def test_aggregate_limits_by_cause_and_waiting_agree_with_the_simulation():
    """What no exact law holds: two aggregate limits and a waiting time of one cause."""
    model, n = dispute(suit_rate=BUSY), 60_000
    held = patents(["a", "b"], units=[3, 1], terms={
        "aggregate": np.array([0, 1], np.int32), "aggregate_limit": np.array([250e3, 1.2e6]),
        "waiting": np.array([0.25, 0.0]),
    })  # fmt: skip
    found = price(*policy(model, held, every(held)), seed=2, points=1024)
    years = annual(paid(model, held, n), n)
    plain = (measures.mean(years), measures.var(years, 0.995), measures.tvar(years, 0.995),
             measures.probability_positive(years))  # fmt: skip
    for name, other in zip(FIGURES, plain, strict=True):
        assert abs(getattr(found, name).z_score(other)) <= 4, name
    uncapped = patents(["a", "b"], units=[3, 1])
    assert found.mean.value < 0.97 * exact.mean(model, uncapped, every(uncapped)).sum()


def test_a_class_without_losses_and_a_cover_of_costs_alone():
    model = dispute(suit_rate=BUSY)
    for held in (patents(["a"], risk_class="design"), patents(["a"], covered=("enforcement",))):
        found = price(*policy(model, held, every(held)), seed=1, points=256)
        assert abs(found.mean.z_score(exact.mean(model, held, every(held)).sum())) <= 4


def test_one_patent_without_a_field_has_a_factor_of_its_own():
    """Its law is that of a field's; without the variance suits are as they are."""
    model = dispute(suit_rate=BUSY, field_frailty=prior(0.8))
    alone, named = (
        price(*policy(model, held, every(held)), seed=1, points=64)
        for held in (patents(["a"], sector=""), patents(["a"], sector="f"))
    )
    assert alone == named
    steady = replace(model, field_frailty=prior(0.0))
    held = patents(["a", "b"], sector="")
    assert policy(steady, held, every(held))[0].expected.sum() == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (patents(["a", "b"], risk_class=["invention", "utility"]), "is of one class"),
        (patents(["a", "b"], family=["F", "F"]), "has no family of several patents"),
        (patents(["a"], family=["F"], units=2), "has no family of several patents"),
        (patents(["a", "b"], inception=np.array([0.0, 0.5])), "has one time in force"),
        (patents(["a", "b"], sector=["f", "g"]), "follows one factor of a technology field"),
        (patents(["a", "b"], sector=""), "follows one factor of a technology field"),
        (patents(["a"], error=0.3), "has known relativities"),
    ],
)
def test_what_does_not_fit_is_undefined(held, why):
    with pytest.raises(Undefined, match=f"a sparse risk of patents {why}"):
        policy(dispute(), held, every(held))


def test_marks_have_the_laws_of_the_model():
    risk, _ = policy(dispute(), patents(["a"]), np.zeros(1, np.int32))
    cost, loss, *_ = risk.sources[0].sizes
    assert cost == Lognormal(mean=130e3, cv=1.2)
    assert loss == Lognormal(mean=400e3, cv=2.0)
    assert [s.name for s in risk.sources][:2] == ["settled, attacked", "settled, not attacked"]
