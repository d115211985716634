"""Exact means and laws of a policy: they agree, hold parameters alike, and say what they cannot."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure import exact
from techinsure.errors import Undefined
from techinsure.product import at, evidence
from techinsure.quotes import PriceRequest
from techinsure.quoting import closed_form
from techinsure.quoting.closed_form import at_best_estimates, expected, law_of, sampled
from techinsure.quoting.rating import rate
from techinsure.reading import read
from tests.techinsure.asked import CATALOGUE, CODES, request

RISKS = {
    "equipment_loss": {"exposure": {"items": [{"value": 4e5, "units": 3}, {"value": 1e5}]}},
    "patent": {"exposure": {"groups": [{"patents": 2, "sum_insured": 2e5}]}},
    "rd_loss": {"exposure": {"budget": 4e6, "risk_class": "chip"}},
}  # fmt: skip
"""Small ones; of the other products their example."""


def risk_of(code, **terms):
    """A risk without a limit on all payments together, unless asked for."""
    product = CATALOGUE.product(code)
    whole = {"product": code, **RISKS[code]} if code in RISKS else request(code)
    whole["terms"] = {**whole.get("terms", {}), **terms}
    if "aggregate_limit" not in terms:
        whole["terms"].pop("aggregate_limit", None)
    return product, rate(product, read(PriceRequest, whole)).portfolio


def unlimited(risk):
    free = np.full_like(risk.terms.aggregate_limit, np.inf)
    return replace(risk, terms=replace(risk.terms, aggregate_limit=free))


def items_of(risk):
    return np.arange(risk.n_items, dtype=np.int32)


def known(risk):
    """Relativities without errors: they are inputs of a risk, not parameters of a model."""
    inputs = {name: np.zeros_like(column) if name.endswith("_error") else column
              for name, column in risk.inputs.items()}  # fmt: skip
    return replace(risk, inputs=inputs)


@pytest.mark.parametrize("code", CODES)
def test_the_law_has_the_mean(code):
    """The lattice keeps means; what is left is the quadratures' difference."""
    product, risk = risk_of(code)
    risk = unlimited(risk)
    law = law_of(product.model, risk)
    assert law is not None
    mean = expected(product.model, risk)
    assert mean == exact.mean(product.model, risk, items_of(risk)).sum()
    assert law.mean == pytest.approx(mean, rel=2e-4)


@pytest.mark.parametrize("code", CODES)
def test_fixed_is_the_model_at_its_best_estimates(code):
    product, risk = risk_of(code)
    risk = unlimited(known(risk))
    held = at_best_estimates(product.model)
    by_model = exact.mean(held, risk, items_of(risk)).sum()
    assert expected(product.model, risk, "fixed") == pytest.approx(by_model, rel=1e-9)


@pytest.mark.parametrize("code", ["first_set", "rd_loss"])
def test_the_law_of_the_fixed_is_that_of_the_model_at_its_best_estimates(code):
    product, risk = risk_of(code)
    fixed = law_of(product.model, risk, "fixed")
    by_model = law_of(at_best_estimates(product.model), risk)
    assert (fixed.amounts == by_model.amounts).all()
    assert (fixed.chance == by_model.chance).all()
    assert (fixed.chance != law_of(product.model, risk).chance[: len(fixed.chance)]).any()


@pytest.mark.parametrize("code", CODES)
def test_best_estimates_leave_laws_of_single_losses_alone(code):
    model = CATALOGUE.product(code).model
    held = at_best_estimates(model)
    spread = 0
    for entry in evidence(model):
        before, after = at(model, entry.name), at(held, entry.name)
        assert after.mean == before.mean, entry.name
        if entry.name.rsplit(".", 1)[-1] in model.amounts:
            assert after == before, entry.name
            spread += before.law.cv > 0
        else:
            assert after.law.cv == 0, entry.name
            assert (after.grade, after.source) == (before.grade, before.source)
    assert spread


def test_under_an_aggregate_limit_the_law_gives_the_mean():
    product, risk = risk_of("patent", aggregate_limit=60_000.0)
    law = law_of(product.model, risk)
    found = expected(product.model, risk)
    assert found == law.mean
    assert law.amounts.max() == 60_000
    assert found < 0.9 * expected(product.model, unlimited(risk))


def test_a_law_that_is_known_is_not_made_again(monkeypatch):
    product, risk = risk_of("patent", aggregate_limit=60_000.0)
    law = law_of(product.model, risk)
    monkeypatch.setattr(closed_form, "law_of", None)
    assert expected(product.model, risk, law=law) == law.mean


def waiting(risk):
    """Terms that no closed form of projects holds."""
    return replace(risk, terms=replace(risk.terms, waiting=np.full(len(risk.terms), 0.25)))


def test_what_has_no_law_has_none():
    product, risk = risk_of("rd_loss")
    late = waiting(risk)
    with pytest.raises(Undefined, match="waiting period"):
        expected(product.model, late)
    assert sampled(product.model, late, seed=1) is None


def test_an_aggregate_limit_without_a_law_is_undefined(monkeypatch):
    product, risk = risk_of("patent", aggregate_limit=60_000.0)
    monkeypatch.setattr(closed_form, "law_of", lambda *_: None)
    with pytest.raises(Undefined, match="aggregate limit have no closed form"):
        expected(product.model, risk)


def refusing(error):
    def annual_law(*_):
        raise error

    return annual_law


def test_only_what_is_not_defined_becomes_no_law(monkeypatch):
    product, risk = risk_of("patent")
    monkeypatch.setattr(closed_form.exact, "annual_law", refusing(Undefined("none")))
    assert law_of(product.model, risk) is None
    monkeypatch.setattr(closed_form.exact, "annual_law", refusing(ZeroDivisionError("a fault")))
    with pytest.raises(ZeroDivisionError):
        law_of(product.model, risk)


@pytest.mark.parametrize("drawn", ["class", "fixed"])
def test_strata_find_the_exact_mean(drawn):
    product, risk = risk_of("patent", aggregate_limit=60_000.0)
    risk = known(risk)
    found = sampled(product.model, risk, 5, drawn).mean
    exact_mean = expected(product.model, risk, drawn)
    assert found.standard_error > 0
    assert abs(found.value - exact_mean) < 4 * found.standard_error
    again = sampled(product.model, risk, 5, drawn).mean
    assert again == found
