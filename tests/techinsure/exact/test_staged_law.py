"""The law of projects against the closed means, simulation, and its own coarser grid."""

import numpy as np
import pytest

from techinsure.errors import Undefined
from tests.techinsure.exact.law_checks import (
    TERMS,
    against_claims,
    against_means,
    against_simulation,
    law_of,
    with_limit,
)
from tests.techinsure.models.staged_cases import frailty, projects, staged, threshold

STRONG = threshold(common=0.1, route=0.2)
SHARED = {"route": "r"}
ONE = {
    "plain": ({}, {}),
    "an error and a later entry": ({"error": 0.4, "odds": 1.5, "entry": 1}, {}),
    "a shock": ({"exposed": True}, {"shock": 0.1}),
    "a compensated shock": ({"exposed": True}, {"shock": 0.1, "compensated": True}),
    "named causes, 12 months": ({"form": "named", "months": 12}, {}),
    "repeated tape-outs": ({"class": "chip", "respin": 1, "error": 0.5}, {}),
}
SEVERAL = {
    "alike": ([SHARED] * 2, STRONG),
    "five alike": ([SHARED | {"class": "biopharma"}] * 5, STRONG),
    "two classes of one route": ([SHARED, SHARED | {"class": "chip", "respin": 1}], STRONG),
    "two tape-outs": ([SHARED | {"class": "chip", "respin": 1, "si": si} for si in (50, 100)],
                      STRONG),
    "two routes, two forms": ([SHARED | {"odds": 2.0}, {"route": "q", "form": "named"}], STRONG),
    "an error": ([SHARED | {"error": 0.6}, SHARED], STRONG),
    "no dependence": ([{}, {"class": "software"}], frailty(0.4)),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_one_project(name):
    row, changes = ONE[name]
    model, held = staged(**changes), projects([row])
    law = against_simulation(model, held, 4_096)
    against_means(model, held, law)
    against_claims(model, held, law, rel=1e-12)
    assert law.estimate(lambda x: x.tvar(0.99)).error_bound <= 1e-4 * law.tvar(0.99)


@pytest.mark.parametrize("name", SEVERAL)
def test_several_projects(name):
    rows, dependence = SEVERAL[name]
    model, held = staged(dependence=dependence), projects(rows)
    law = against_simulation(model, held, 4_096)
    against_means(model, held, law)


def test_projects_that_share_draws_and_factors_spread_more():
    independent = law_of(staged(dependence=threshold()), projects([{}]))
    pair = law_of(staged(dependence=STRONG), projects([SHARED] * 2))
    assert pair.mean == pytest.approx(2 * independent.mean, rel=1e-9)
    assert pair.variance > 2.1 * independent.variance


def test_halving_the_step_moves_little():
    model, held = staged(), projects([SHARED, SHARED])
    one, other = law_of(model, held, cells=512), law_of(model, held, cells=1024)
    for measure in (lambda x: x.sd, lambda x: x.tvar(0.95), lambda x: x.tvar(0.99)):
        assert measure(one) == pytest.approx(measure(other), rel=1e-5)
        assert abs(measure(one) - measure(other)) <= 2 * one.estimate(measure).error_bound
    assert one.tvar(0.99) >= other.tvar(0.99)


def test_an_aggregate_limit_cuts_the_mean_exactly():
    """E[min(S, 20)] of one project whose only payment is capped at 20 by a limit instead."""
    model, held = staged(), projects([{}])
    capped = law_of(model, with_limit(held, 20.0))
    limit = np.array([20.0 / 0.6, np.inf])
    cut = {name: np.copy(getattr(held.terms, name)) for name in TERMS}
    other = projects([{}], terms=type(held.terms)(**cut | {"limit": limit}))
    against_means(model, other, capped)


def test_what_cannot_be_held_is_undefined_by_name():
    with pytest.raises(Undefined, match="waiting period"):
        law_of(staged(), projects([{"waiting": 0.5}]))
    with pytest.raises(Undefined, match="share a route's frailty"):
        law_of(staged(dependence=frailty(0.4)), projects([SHARED] * 2))
    exposed = projects([SHARED | {"exposed": True}] * 2)
    with pytest.raises(Undefined, match="compensated supply shock"):
        law_of(staged(shock=0.1, compensated=True), exposed)
    many = projects([SHARED | {"class": name} for name in ("chip", "general", "software") * 3])
    with pytest.raises(Undefined, match="nodes of their common draws"):
        law_of(staged(dependence=STRONG), many)
