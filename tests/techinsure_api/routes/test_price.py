"""POST /v1/price and /v1/verify: what they answer, and where they say a fault is."""

import pytest

from techinsure import quoting
from techinsure.quotes import PriceRequest, Quote
from techinsure.reading import read
from tests.techinsure_api.service import PRODUCTS, at, changed, client, is_problem, quick

PATENT, EQUIPMENT, PROJECT = quick("patent"), quick("equipment_loss"), quick("rd_loss")


@pytest.mark.parametrize("code", PRODUCTS)
def test_prices_what_the_engine_prices(code):
    request = quick(code)
    answer = client.post("/v1/price", json=request)
    assert answer.status_code == 200, answer.text
    assert answer.json() == quoting.price(request).to_dict()


@pytest.mark.parametrize("code", PRODUCTS)
def test_the_answer_is_the_documented_record(code):
    answer = client.post("/v1/price", json=quick(code)).json()
    assert read(Quote, answer).to_dict() == answer
    for figure in ("pure", "risk_margin", "charged"):
        assert answer["premium"][figure].keys() >= {"value", "standard_error", "exact"}
    for figure in ("claim_probability", "payout_1_in_20", "payout_1_in_200", "rate"):
        assert answer[figure].keys() >= {"value", "standard_error", "exact"}
    assert answer["receipt"]["digests"]["product"]


def test_the_same_request_gives_the_same_bytes():
    assert client.post("/v1/price", json=PATENT).content == client.post(
        "/v1/price", json=PATENT
    ).content  # fmt: skip


def test_what_is_not_given_has_its_default():
    answer = client.post("/v1/price", json={"product": "rd_loss", "exposure": {"budget": 8e6},
                                            "simulation": {"n_years": 1000}})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert "stage" in answer.json()["assumed"]


FAULTS = [
    # the request, the pointer to its fault, words of the fix or the bound
    (changed(PROJECT, "/insured/stage", "grow"), "/insured/stage", "growth"),
    (changed(PROJECT, "/product", "rd_los"), "/product", "rd_loss"),
    (changed(PROJECT, "/insured/factors/innovation_points", "q9"),
     "/insured/factors/innovation_points", "q1"),
    (changed(PROJECT, "/insured/factors/inovation_points", "q1"),
     "/insured/factors/inovation_points", "innovation_points"),
    (changed(PROJECT, "/insured/age", 3), "/insured/age", "not a known key"),
    (changed(PROJECT, "/exposure/budget", -1), "/exposure/budget", "currency units"),
    (changed(PROJECT, "/exposure/budget", 1e300), "/exposure/budget", "currency units"),
    (changed(PROJECT, "/exposure/budget", True), "/exposure/budget", "number"),
    (changed(PROJECT, "/exposure/budget", "nan"), "/exposure/budget", "number"),
    (changed(PROJECT, "/exposure/own_funds", 9e9), "/exposure/own_funds", "budget"),
    (changed(PROJECT, "/exposure/entry_phase", "labs"), "/exposure/entry_phase", "lab"),
    (changed(PROJECT, "/exposure/risk_class", "chips"), "/exposure/risk_class", "chip"),
    (changed(PROJECT, "/exposure/bugdet", 1), "/exposure/bugdet", "spelling"),
    (changed(PROJECT, "/exposure/route", "a\x1bb"), "/exposure/route", "control"),
    (changed(PROJECT, "/terms/deductible", 0.99), "/terms/deductible", "must be in"),
    (changed(PROJECT, "/terms/deductible", "0.1"), "/terms/deductible", "without quotes"),
    (changed(PROJECT, "/terms/deductible", True), "/terms/deductible", "number"),
    (changed(PROJECT, "/terms/deductable", 0.1), "/terms/deductable", "deductible"),
    (changed(PROJECT, "/terms/form", "named"), "/terms/form", "named_cause"),
    (changed(PROJECT, "/simulation/n_years", 10), "/simulation/n_years", "must be in"),
    (changed(PROJECT, "/simulation/n_years", 500_001), "/simulation/n_years", "over HTTP"),
    (changed(PROJECT, "/simulation/seed", -1), "/simulation/seed", "must be in"),
    (changed(PROJECT, "/simulation/seed", 1.5), "/simulation/seed", "integer"),
    (changed(PROJECT, "/as_of", "tomorrow"), "/as_of", "2026"),
    (changed(PATENT, "/exposure/groups/2/sum_insured", 0),
     "/exposure/groups/2/sum_insured", "0.01"),
    (changed(PATENT, "/exposure/groups/2/risk_class", "inventon"),
     "/exposure/groups/2/risk_class", "invention"),
    (changed(PATENT, "/exposure/groups/1/factors", {"field": "helth"}),
     "/exposure/groups/1/factors/field", "health"),
    (changed(PATENT, "/exposure/groups", []), "/exposure/groups", "at least 1"),
    (changed(EQUIPMENT, "/exposure/items/3/units", 0), "/exposure/items/3/units", "must be in"),
    (changed(EQUIPMENT, "/exposure/items/3/value", "5"), "/exposure/items/3/value", "number"),
    (changed(EQUIPMENT, "/exposure/items/0/factors/maintenance", "contrat"),
     "/exposure/items/0/factors/maintenance", "contract"),
    (changed(EQUIPMENT, "/exposure/items/0/factors/upkeep", "none"),
     "/exposure/items/0/factors/upkeep", "not"),
    (changed(EQUIPMENT, "/exposure/items/1/colour", "red"),
     "/exposure/items/1/colour", "known key"),
    (changed(EQUIPMENT, "/exposure/risk_class", "labs"), "/exposure/risk_class", "lab"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "pointer", "words"), FAULTS, ids=[f[1] for f in FAULTS])
def test_every_fault_points_to_its_place(request_, pointer, words):
    found = is_problem(client.post("/v1/price", json=request_), 422, "invalid_parameter")
    entry = next(entry for entry in found["errors"] if entry["pointer"] == pointer)
    assert words in entry["bound"] + entry["fix"]
    if "value" in entry and entry["bound"].startswith("must be"):
        assert entry["value"] == at(request_, pointer)


def test_a_missing_field_is_named_where_it_should_stand():
    request = changed(PROJECT, "/exposure", {"own_funds": 5e6})
    found = is_problem(client.post("/v1/price", json=request), 422, "invalid_parameter")
    assert [entry["pointer"] for entry in found["errors"]] == ["/exposure/budget"]
    assert found["errors"][0]["bound"] == "is required"
    assert "value" not in found["errors"][0]


def test_all_faults_come_together():
    request = changed(PATENT, "/insured/stage", "grow")
    request = changed(request, "/terms/form", "nothing")
    request = changed(request, "/exposure/groups/0/patents", -1)
    found = is_problem(client.post("/v1/price", json=request), 422, "invalid_parameter")
    assert {entry["pointer"] for entry in found["errors"]} == {
        "/insured/stage", "/terms/form", "/exposure/groups/0/patents",
    }  # fmt: skip


def test_a_name_with_a_slash_is_escaped_in_the_pointer():
    request = changed(PROJECT, "/insured/factors", {"a/b~c": "x"})
    found = is_problem(client.post("/v1/price", json=request), 422, "invalid_parameter")
    assert found["errors"][0]["pointer"] == "/insured/factors/a~1b~0c"


def test_more_work_than_a_client_waits_for_is_refused_with_what_would_do():
    request = changed(PATENT, "/exposure/groups/0/patents", 100_000)
    request["simulation"]["n_years"] = 50_000
    found = is_problem(client.post("/v1/price", json=request), 422, "invalid_parameter")
    entry = found["errors"][0]
    assert entry["pointer"] == "/simulation/n_years"
    assert "100,02" in entry["bound"]
    assert "Python" in entry["fix"]


def test_a_quote_verifies():
    quote = client.post("/v1/price", json=PROJECT).json()
    answer = client.post("/v1/verify", json=quote).json()
    assert answer["reproduced"]
    assert answer["rule"] == "bit for bit"
    assert read(PriceRequest, quote["request"]).product == "rd_loss"


def test_a_quote_that_was_changed_does_not_verify():
    quote = client.post("/v1/price", json=PROJECT).json()
    forged = changed(quote, "/premium/charged/value", 1.0)
    answer = client.post("/v1/verify", json=forged)
    assert answer.status_code == 200
    assert not answer.json()["reproduced"]
    assert any("/premium/charged/value" in line for line in answer.json()["differences"])


@pytest.mark.parametrize("document", [{}, {"request": 3}, {"request": {}, "product": "x"}])
def test_what_is_no_quote_is_refused(document):
    is_problem(client.post("/v1/verify", json=document), 422, "invalid_parameter")
