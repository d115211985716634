"""The input schema of a product: what satisfies it prices, and its example satisfies it."""

import copy
import random
import string

import pytest

from techinsure.catalogue import shipped
from techinsure_api import pricing, schemas
from techinsure_api.schemas import CROSS_FIELD_RULES, input_schema
from tests.techinsure_api.service import PRODUCTS, at, changed, client, quick
from tests.techinsure_api.test_openapi import faults_of

SCHEMAS = {code: input_schema(shipped().product(code)) for code in PRODUCTS}
BODIES = 60

CROSS_FIELD = {
    # rule -> how a fault looks that only the rule explains
    "own_funds_within_budget": lambda entry: entry["bound"].startswith("must be <= budget"),
    "amount_of_an_entry": lambda entry: "must be in [0.01, 1e+15]" in entry["bound"],
    "work": lambda entry: "over HTTP for" in entry["bound"],
    "cover_of_the_class": lambda entry: "not offered" in entry["bound"] + entry["fix"],
    "options_of_the_risk": lambda entry: entry["pointer"].startswith("/options"),
    "subsidy_of_the_policy": lambda entry: entry["pointer"].startswith("/subsidy"),
    "parameter_of_a_principle": lambda entry: entry["pointer"].startswith("/principles"),
    "levels_of_the_policy": lambda entry: entry["pointer"].startswith("/levels"),
    "experience_of_the_product": lambda entry: entry["pointer"].startswith("/experience"),
}

ADDED = ("levels",)
"""What no die is thrown for."""
LEFT_OUT = ("experience", "options", "subsidy", "principles")


def generated(schema, dice):
    """A value that satisfies the schema, often at a bound; without levels, own data and options,
    which must fit the product and the risk (rules of `CROSS_FIELD_RULES`)."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return dice.choice(schema["enum"])
    if "anyOf" in schema:
        return generated(dice.choice(schema["anyOf"]), dice)
    match schema["type"]:
        case "object":
            required = schema.get("required", [])
            return {
                name: generated(inner, dice)
                for name, inner in schema["properties"].items()
                if name not in ADDED and (name in required or dice.random() < 0.5)
                if name not in LEFT_OUT
            }
        case "array":
            least = schema.get("minItems", 0)
            return [generated(schema["items"], dice) for _ in range(least + dice.randrange(3))]
        case "string" if schema.get("format") == "date":
            return f"20{dice.randrange(10, 99)}-0{dice.randrange(1, 10)}-{dice.randrange(10, 28)}"
        case "string":
            size = dice.choice([schema.get("minLength", 0), 5, schema.get("maxLength", 50)])
            return "".join(dice.choice(string.ascii_letters + "甲乙 -é😀") for _ in range(size))
        case "boolean":
            return dice.random() < 0.5
        case "null":
            return None
        case "integer":
            low, high = schema["minimum"], schema["maximum"]
            return dice.choice([low, high, dice.randint(low, high), dice.randint(low, low + 9)])
        case "number":
            low, high = schema["minimum"], schema["maximum"]
            return dice.choice(
                [low, high, (low + high) / 2, low + (high - low) * dice.random() ** 9]
            )
    raise AssertionError(schema)


@pytest.fixture
def not_priced(monkeypatch):
    """Validation, rating and limits are real; the premium itself is a stub."""
    quote = pricing.quoting.price(quick("rd_loss"))
    monkeypatch.setattr(pricing.quoting, "price", lambda *arguments: quote)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)


@pytest.mark.parametrize("code", PRODUCTS)
def test_what_satisfies_the_schema_is_accepted(code, not_priced):
    dice, accepted, excused = random.Random(code), 0, set()
    for _ in range(BODIES):
        body = generated(SCHEMAS[code], dice)
        assert not faults_of(body, SCHEMAS[code])
        answer = client.post("/v1/price", json=body)
        accepted += answer.status_code == 200
        if answer.status_code != 200:
            assert answer.status_code == 422, answer.text
            for entry in answer.json()["errors"]:
                rules = [name for name, is_it in CROSS_FIELD.items() if is_it(entry)]
                assert rules, f"{entry}: {body}"
                excused |= set(rules)
    assert accepted >= BODIES / 10, excused


@pytest.mark.parametrize("code", PRODUCTS)
def test_small_bodies_that_satisfy_the_schema_are_priced(code):
    dice, priced = random.Random(code), 0
    schema = copy.deepcopy(SCHEMAS[code])
    run = schema["properties"]["simulation"]["properties"]
    run["n_years"]["maximum"] = run["n_years"]["minimum"] + 9
    for _ in range(40):
        if priced == 3:
            break
        body = generated(schema, dice)
        body["simulation"] = {"n_years": 1000}
        answer = client.post("/v1/price", json=body)
        assert answer.status_code in (200, 422), answer.text
        priced += answer.status_code == 200
    assert priced == 3


def test_the_exceptions_are_those_that_are_listed():
    assert CROSS_FIELD.keys() == CROSS_FIELD_RULES.keys()


@pytest.mark.parametrize("code", PRODUCTS)
def test_the_example_satisfies_the_schema(code):
    assert not faults_of(shipped().product(code).example, SCHEMAS[code])
    shown = client.get(f"/v1/products/{code}").json()
    assert shown["input_schema"] == SCHEMAS[code]
    assert shown["example"] == shipped().product(code).example


@pytest.mark.parametrize("code", PRODUCTS)
def test_the_schema_names_the_products_own_words(code):
    product, parts = shipped().product(code), SCHEMAS[code]["properties"]
    assert parts["product"] == {"const": code}
    assert parts["insured"]["properties"]["stage"]["enum"] == list(product.factors["stage"].levels)
    factors = parts["insured"]["properties"]["factors"]
    assert factors["properties"].keys() == product.factors.keys() - {"stage"}
    assert factors["additionalProperties"] is False
    terms = parts["terms"]["properties"]
    assert terms["form"]["enum"] == list(product.forms)
    for name, term in product.terms.items():
        assert (terms[name]["minimum"], terms[name]["maximum"]) == (term.low, term.high)
    assert "$ref" not in str(SCHEMAS[code])
    closed = str(SCHEMAS[code]).count("'additionalProperties': False")
    texts = str(SCHEMAS[code]).count("'additionalProperties': {'type': 'string'")  # by language
    groups = str(SCHEMAS[code]).count("'minProperties': 1")  # terms of a level, by group
    assert groups == 2
    assert closed + texts + groups == str(SCHEMAS[code]).count("'type': 'object'")


BEYOND = [
    ("rd_loss", "/exposure/budget", 0.001), ("rd_loss", "/exposure/budget", 2e15),
    ("rd_loss", "/exposure/term_months", 0), ("rd_loss", "/exposure/term_months", 121),
    ("rd_loss", "/exposure/own_funds", 0), ("rd_loss", "/exposure/route", "x" * 201),
    ("rd_loss", "/insured/name", ""), ("rd_loss", "/insured/name", "x" * 201),
    ("equipment_loss", "/exposure/items/0/value", 0),
    ("equipment_loss", "/exposure/items/0/units", 100_001),
    ("equipment_loss", "/exposure/items", []),
    ("patent", "/exposure/groups/0/sum_insured", 2e15),
    ("patent", "/exposure/groups/0/loss_sum_insured", 0.001),
    ("patent", "/exposure/groups/0/patents", 0),
    ("rd_loss", "/simulation/n_years", 999), ("rd_loss", "/simulation/n_years", 500_001),
    ("rd_loss", "/simulation/seed", 2**53 + 1), ("rd_loss", "/as_of", "2026-13-01"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "pointer", "value"), BEYOND)
def test_what_lies_beyond_a_range_is_refused(code, pointer, value):
    answer = client.post("/v1/price", json=changed(quick(code), pointer, value))
    assert answer.status_code == 422
    assert pointer in [entry["pointer"] for entry in answer.json()["errors"]]


def test_every_range_is_of_a_field_that_exists():
    for code in PRODUCTS:
        assert at(SCHEMAS[code], "/properties/simulation/properties/n_years/maximum") == 500_000
    fields = {record: set(bounds) for record, bounds in schemas.RANGES.items()}
    assert all(fields.values())
