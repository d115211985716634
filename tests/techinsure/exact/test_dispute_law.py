"""The law of patents against the closed means, simulation, and its own coarser grid."""

import numpy as np
import pytest

from techinsure.errors import Undefined
from techinsure.exact.dispute_suits import widths
from tests.techinsure.exact.law_checks import (
    against_claims,
    against_means,
    against_simulation,
    law_of,
    with_limit,
)
from tests.techinsure.models.dispute_cases import dispute, patents, prior

BUSY = prior(0.06, 0.9, "gamma")
DEDUCTIBLE = {"deductible_amount": np.array([60e3, 150e3])}
FAMILY = ["A", "A", ""]
CASES = {
    "each patent alone": {"units": 5},
    "a family": {"family": ["A"] * 3, "units": 4, "relativity": [0.5, 1.3, 3.0]},
    "no field": {"sector": "", "units": 4, "relativity": 2.0},
    "terms that differ": {"family": FAMILY, "inception": np.array([0, 0.5, 0.2]),
                          "term": np.array([1.0, 3.0, 0.5]), "units": 3},
    "losses only": {"covered": ("infringed_loss",), "units": 4, "family": FAMILY},
    "a deductible": {"units": 3, "family": FAMILY, "terms": DEDUCTIBLE},
    "waiting for costs": {"units": 3, "family": FAMILY,
                          "terms": {"waiting": np.array([0.5, 0.0])} | DEDUCTIBLE},
    "two classes": {"risk_class": ["invention", "utility", "design"], "family": ["A", "A", "B"]},
}  # fmt: skip
ERRORS = {
    "one large error": {"units": [5, 1, 1], "error": [1.2, 0.0, 0.0]},
    "errors without field": {"units": 4, "error": 0.8, "sector": ""},
    "small errors of a family": {"units": 2, "error": 0.1, "family": ["A"] * 3},
    "large errors of a family": {"units": 2, "error": [0.3, 0.8, 0.0], "family": ["A"] * 3},
}


@pytest.mark.parametrize("name", CASES)
def test_known_relativities(name):
    model, held = dispute(suit_rate=BUSY), patents(["a", "b", "c"], **CASES[name])
    law = against_simulation(model, held, 4_096)
    against_means(model, held, law)
    if name not in ("a deductible",):
        against_claims(model, held, law, rel=2e-5)


@pytest.mark.parametrize("name", ERRORS)
def test_relativities_with_errors(name):
    model, held = dispute(suit_rate=prior(0.02, 0.9, "gamma")), patents(
        ["a", "b", "c"], **ERRORS[name]
    )  # fmt: skip
    held = with_limit(held, 3e6)
    against_simulation(model, held, 8_192)


def test_a_long_tail_keeps_the_mean():
    model, held = dispute(), patents(["a"], units=10, error=1.0, sector="")
    law = law_of(model, held, cells=128)
    against_means(model, held, law)
    against_claims(model, held, law, rel=1e-6)


def test_draws_of_judgments_make_payments_of_a_year_alike():
    """The same means; what patents of one family and suits of one year share spreads them."""
    certain = {name: prior(getattr(dispute(), name).mean) for name in ("attack", "settled", "win")}
    held = patents(["a"], units=8, family=["A"])
    drawn, fixed = (
        law_of(dispute(suit_rate=BUSY, **changes), held, cells=256) for changes in ({}, certain)
    )
    assert drawn.mean == pytest.approx(fixed.mean, rel=1e-9)
    assert drawn.sd > fixed.sd * 1.0005


def test_an_aggregate_limit_agrees_with_simulation_and_with_the_law_without():
    model, held = dispute(suit_rate=BUSY), patents(["a", "b", "c"], units=3, family=FAMILY)
    free, capped = law_of(model, held), against_simulation(model, with_limit(held, 4e5), 4_096)
    assert capped.mean == pytest.approx(float(free.limited_mean(4e5)), rel=1e-4)
    assert capped.paid == pytest.approx(free.paid, rel=1e-9)


def test_halving_the_step_moves_little():
    model, held = dispute(suit_rate=BUSY), patents(["a", "b"], units=3)
    one, other = law_of(model, held, cells=512), law_of(model, held, cells=1024)
    for measure in (lambda x: x.sd, lambda x: x.tvar(0.95), lambda x: x.tvar(0.99)):
        assert measure(one) == pytest.approx(measure(other), rel=1e-4)


def test_widths_of_heights_are_those_of_drawn_heights():
    height, sigma = np.array([0.7, 1.0, 1.5]), np.array([0.5, 0.0, 0.2])
    found = widths(height, sigma)
    rng = np.random.default_rng(5)
    drawn = height * np.exp(sigma * rng.standard_normal((400_000, 3)) - sigma**2 / 2)
    both = np.maximum(np.minimum(drawn[:, 0], drawn[:, 2]) - drawn[:, 1], 0)
    assert found[0, 2] == pytest.approx(both.mean(), abs=4 * both.std() / 400_000**0.5)
    every = drawn.min(axis=1)
    assert found[0, 1, 2] == pytest.approx(every.mean(), abs=4 * every.std() / 400_000**0.5)
    for i, mean in enumerate(height):
        assert sum(w for some, w in found.items() if i in some) == pytest.approx(mean, rel=1e-12)


def test_too_many_errors_of_a_family_are_undefined_by_name():
    held = patents(list("abcd"), family=["A"] * 4, error=0.3)
    with pytest.raises(Undefined, match="family/A has no closed form: 4 of its items"):
        law_of(dispute(), held)
