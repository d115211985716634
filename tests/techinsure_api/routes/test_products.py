"""GET /v1/products: the catalogue with its evidence."""

import pytest

from techinsure.catalogue import product_digest, shipped
from techinsure.product import evidence
from tests.techinsure_api.service import PRODUCTS, client, is_problem


def test_lists_every_product_with_its_grades():
    listed = client.get("/v1/products").json()["products"]
    assert [product["code"] for product in listed] == PRODUCTS
    for product in listed:
        whole = shipped().product(product["code"])
        assert product["digest"] == product_digest(whole)
        assert product["version"] == whole.version
        assert product["title"].keys() == {"zh", "en"}
        assert product["exposure_base"]
        assert sum(product["grades"].values()) == product["parameters"] > 0
        assert list(product["grades"]) == ["A", "B", "C", "D"]


@pytest.mark.parametrize("code", PRODUCTS)
def test_every_number_has_its_source_and_grade(code):
    product = client.get(f"/v1/products/{code}").json()
    shown = [
        *product["priors"],
        *(level for factor in product["factors"].values() for level in factor["levels"].values()),
        *product["terms"].values(),
        *product["loadings"].values(),
        product["capital"],
    ]
    assert all(number["source"] and number["grade"] in "ABCD" for number in shown)
    whole = shipped().product(code)
    assert len(product["priors"]) == len(list(evidence(whole.model, "model")))
    assert product["covers"].keys() == whole.covers.keys()
    assert product["classes"].keys() == whole.model.classes.keys()


def test_an_unknown_product_is_not_found_and_the_nearest_is_named():
    found = is_problem(client.get("/v1/products/rd_los"), 404, "not_found")
    assert "did you mean 'rd_loss'?" in found["detail"]
    assert found["instance"] == "/v1/products/rd_los"
