"""Expected claims by class and cause: they are the simulated pure premium, all of it."""

from dataclasses import replace

import numpy as np
import pytest

from techinsure.losses import measures
from techinsure.portfolio import Labels
from techinsure.quotes import PriceRequest
from techinsure.quoting.breakdown import breakdown
from techinsure.quoting.rating import rate
from techinsure.reading import read
from techinsure.simulation import simulate
from tests.techinsure import builders
from tests.techinsure.asked import CATALOGUE, CODES, request


def two_classes():
    """Three items of two classes, two causes, ten years."""
    held = builders.portfolio(
        3,
        {"risk_class": ["test/lab", "test/plant", "test/lab"]},
        causes=("fire", "theft"),
        terms_of=np.zeros((3, 2), dtype=np.int32),
    )
    rows = [
        {"year": 0, "loss": 50.0, "item": 0, "cause": 0},
        {"year": 0, "loss": 30.0, "item": 2, "cause": 0},
        {"year": 4, "loss": 70.0, "item": 1, "cause": 1},
        {"year": 4, "loss": 10.0, "item": 0, "cause": 1},
        {"year": 9, "loss": 100.0, "item": 1, "cause": 1},
    ]
    return builders.table(rows, n_years=10, held=held)


def test_by_hand():
    found = [*breakdown(two_classes())]
    assert [(one.risk_class, one.cause, one.mean.value) for one in found] == [
        ("plant", "theft", pytest.approx(17.0)),
        ("lab", "fire", pytest.approx(8.0)),
        ("lab", "theft", pytest.approx(1.0)),
    ]
    annual = np.array([80.0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert found[1].mean == measures.mean(annual, unit="CNY")
    assert found[1].mean.standard_error == pytest.approx(annual.std(ddof=1) / 10**0.5)


def test_nothing_paid_has_no_parts():
    assert [*breakdown(builders.table([], n_years=10))] == []
    unpaid = replace(two_classes(), loss=np.zeros(5))
    assert [*breakdown(unpaid)] == []


def test_the_name_of_a_class_may_hold_anything():
    """Of `product/class` only the product is left out."""
    held = builders.portfolio(1, {"risk_class": ["test/one/two"]})
    table = builders.table([(3, 5.0)], held=held)
    assert next(breakdown(table)).risk_class == "one/two"


@pytest.mark.parametrize("code", CODES)
def test_the_parts_are_the_simulated_pure_premium(code):
    """After the aggregate limit, that of the patents' example too; the largest comes first."""
    product = CATALOGUE.product(code)
    whole = request(code)
    if code == "patent":
        whole["terms"]["aggregate_limit"] = 5e4
    risk = rate(product, read(PriceRequest, whole)).portfolio
    table = simulate(risk, {code: product.model}, seed=7, n_years=1000)
    found = [*breakdown(table)]
    means = [one.mean.value for one in found]
    assert sum(means) == pytest.approx(table.annual().mean(), rel=1e-9)
    assert means == sorted(means, reverse=True)
    assert {one.cause for one in found} <= set(risk.causes)
    classes = {name.partition("/")[2] for name in Labels.of(risk.risk_class.texts()).names}
    assert {one.risk_class for one in found} <= classes
    assert len({(one.risk_class, one.cause) for one in found}) == len(found)
