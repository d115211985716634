"""The schema of levels: what satisfies it is read, and what lies beyond a range is refused."""

import copy

import pytest

from techinsure.catalogue import shipped
from techinsure.level_terms import Level
from techinsure.reading import read
from techinsure_api.schemas import input_schema
from tests.techinsure_api.service import changed, client, quick
from tests.techinsure_api.test_openapi import faults_of

LAB = input_schema(shipped().product("equipment_loss"))["properties"]["levels"]
LEVEL = {
    "name": "site",
    "by": "site",
    "per": "event",
    "causes": ["fire"],
    "terms": {
        "*": {
            "waiting": 0.1,
            "retroactive": 0.0,
            "trigger": "claims_made",
            "extended_reporting": 1.0,
            "indemnity": 0.5,
            "deductible": {"kind": "franchise", "threshold": {"amount": 5.0}},
            "minimum_deductible": {"kind": "fixed_amount", "amount": 1.0},
            "maximum_deductible": {"kind": "share_of_sum_insured", "share": 0.1},
            "limit": {"kind": "share_of_loss", "share": 0.9},
            "layers": [{"name": "low", "attachment": 0.0, "limit": 10.0, "share": 0.5}],
        }
    },
}
TERMS = "/terms/*"


def out_of_range(value, schema):
    """Whether a number, or the size of an object, lies beyond what the schema says."""
    if options := schema.get("anyOf", schema.get("oneOf", [])):
        return all(faults_of(value, one) or out_of_range(value, one) for one in options)
    if isinstance(value, float | int):
        low, high = schema.get("minimum", -1e99), schema.get("maximum", 1e99)
        return not low <= value <= high or value <= schema.get("exclusiveMinimum", -1e99)
    if isinstance(value, dict):
        every, parts = schema.get("additionalProperties"), schema.get("properties", {})
        inner = ((one, parts.get(name, every)) for name, one in value.items())
        few = len(value) < schema.get("minProperties", 0)
        return few or any(out_of_range(one, own) for one, own in inner if own)
    if isinstance(value, list):
        return any(out_of_range(one, schema["items"]) for one in value)
    return False


def test_every_term_satisfies_it_and_is_read():
    assert not faults_of([LEVEL], LAB)
    assert not out_of_range([LEVEL], LAB)
    assert not faults_of(None, LAB)
    assert read(Level, LEVEL).terms["*"].claims_made


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/by", "park"), ("/causes", ["theft"]), ("/per", "year"), ("/terms", {}),
        (f"{TERMS}/waiting", -0.1), (f"{TERMS}/retroactive", -101), (f"{TERMS}/indemnity", 0),
        (f"{TERMS}/insured_share", 1.1), (f"{TERMS}/extended_reporting", -1),
        (f"{TERMS}/minimum_deductible", {"amount": 1.0}),
        (f"{TERMS}/minimum_deductible/amount", 0.001),
        (f"{TERMS}/maximum_deductible/share", 1.5), (f"{TERMS}/limit/share", -0.1),
        (f"{TERMS}/layers/0/limit", 0), (f"{TERMS}/layers/0/share", 2),
        (f"{TERMS}/deductible", {"kind": "vanishing", "start": 0, "end": 2}),
        (f"{TERMS}/colour", 1),
    ],
)  # fmt: skip
def test_what_lies_beyond_is_refused_by_schema_and_service(pointer, value):
    level = changed(copy.deepcopy(LEVEL), pointer, value)
    assert faults_of([level], LAB) or out_of_range([level], LAB)
    answer = client.post("/v1/price", json={**quick("equipment_loss"), "levels": [level]})
    assert answer.status_code == 422
    told = [entry["pointer"] for entry in answer.json()["errors"]]
    assert all(place.startswith("/levels/0") for place in told), told


def test_a_request_with_levels_is_answered_with_its_terms_in_words():
    level = {"name": "all", "by": "policy", "terms": {"*": {"insured_share": 0.25}}}
    answer = client.post("/v1/price", json={**quick("rd_loss"), "levels": [level]})
    assert answer.status_code == 200
    assert [one["terms"] for one in answer.json()["terms_by_level"]] == [["insured share 25%"]]
