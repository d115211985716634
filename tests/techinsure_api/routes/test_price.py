"""POST /v1/price and /v1/verify: what they answer, and where they say a fault is."""

from functools import cache

import pytest

from techinsure import quoting
from techinsure.quotes import PriceRequest, Quote
from techinsure.reading import read
from techinsure_api import pricing
from tests.techinsure_api.service import PRODUCTS, at, changed, client, is_problem, quick

PATENT, EQUIPMENT, PROJECT = quick("patent"), quick("equipment_loss"), quick("rd_loss")


@cache
def answered(code):
    """The first answer to the product's request."""
    return client.post("/v1/price", json=quick(code))


@pytest.mark.parametrize("code", PRODUCTS)
def test_prices_what_the_engine_prices(code):
    answer = answered(code)
    assert answer.status_code == 200, answer.text
    assert answer.json() == quoting.price(quick(code)).to_dict()


@pytest.mark.parametrize("code", PRODUCTS)
def test_the_answer_is_the_documented_record(code):
    answer = answered(code).json()
    assert read(Quote, answer).to_dict() == answer
    for figure in ("pure", "risk_margin", "charged"):
        assert answer["premium"][figure].keys() >= {"value", "standard_error", "exact"}
    for figure in ("claim_probability", "payout_1_in_20", "payout_1_in_200", "rate"):
        assert answer[figure].keys() >= {"value", "standard_error", "exact"}
    assert answer["receipt"]["digests"]["product"]


def test_the_same_request_gives_the_same_bytes():
    assert client.post("/v1/price", json=PATENT).content == answered("patent").content


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


# --- Many at once --------------------------------------------------------------------------------

WRONG = changed(PROJECT, "/insured/stage", "grow")


def test_each_request_of_a_batch_is_answered_on_its_own_and_in_order():
    asked = [PATENT, WRONG, 3, changed(PROJECT, "/product", "rd_los"), PROJECT]
    answer = client.post("/v1/price/batch", json={"requests": asked})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["priced"], found["failed"]) == (2, 3)
    assert [one["index"] for one in found["answers"]] == [0, 1, 2, 3, 4]
    for one, request in zip(found["answers"], asked, strict=True):
        assert (one["quote"] is None) == (one["problem"] is not None)
        if one["quote"] is not None:
            alone = {**request, "drivers": False}
            assert one["quote"] == quoting.price(alone).to_dict()
            assert one["quote"]["drivers"] is None


@pytest.mark.parametrize("request_", [WRONG, changed(PROJECT, "/product", "rd_los"), 3, {}])
def test_a_problem_of_a_batch_is_the_one_that_a_price_has(request_):
    (one,) = client.post("/v1/price/batch", json={"requests": [request_]}).json()["answers"]
    alone = client.post("/v1/price", json=request_).json()
    for part in ("type", "title", "status", "detail", "code", "errors"):
        if part != "detail" or request_ != 3:
            assert one["problem"].get(part) == alone.get(part) or request_ == 3, part
    assert one["problem"]["code"] == "invalid_parameter"


def test_drivers_come_where_the_batch_or_the_request_asks():
    some = client.post(
        "/v1/price/batch", json={"requests": [PROJECT, {**PROJECT, "drivers": True}]}
    ).json()["answers"]
    assert [one["quote"]["drivers"] is not None for one in some] == [False, True]
    every = client.post(
        "/v1/price/batch", json={"requests": [PROJECT, {**PROJECT, "drivers": False}],
                                 "drivers": True},
    ).json()["answers"]  # fmt: skip
    assert [one["quote"]["drivers"] is not None for one in every] == [True, False]


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({}, "/requests", "1 to 100"), ({"requests": []}, "/requests", "1 to 100"),
        ({"requests": [1] * 101}, "/requests", "1 to 100"),
        ({"requests": {}}, "/requests", "must be a valid tuple"),
        ({"requests": [PROJECT], "driver": True}, "/driver", "known key"),
        ({"requests": [PROJECT], "drivers": 1}, "/drivers", "must be a valid boolean"),
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused_whole(body, pointer, words):
    found = is_problem(client.post("/v1/price/batch", json=body), 422, "invalid_parameter")
    assert found["errors"][0]["pointer"] == pointer
    assert words in found["errors"][0]["bound"] + found["errors"][0]["fix"]


@pytest.fixture
def priced_at_once(monkeypatch):
    quote = quoting.price(PROJECT)
    monkeypatch.setattr(pricing.quoting, "price", lambda *arguments: quote)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)


def test_the_work_of_a_batch_is_bounded_and_the_bound_that_is_named_is_accepted(priced_at_once):
    long = changed(PATENT, "/simulation/n_years", 200_000)
    too_long = changed(PATENT, "/simulation/n_years", 499_999)
    asked = [WRONG, long, long, too_long, long]
    found = is_problem(
        client.post("/v1/price/batch", json={"requests": asked}), 422, "invalid_parameter"
    )
    (entry,) = found["errors"]
    assert entry["pointer"] == "/requests"
    most = int(entry["bound"].split("first ")[1].split()[0])
    assert 1 < most < len(asked)
    answer = client.post("/v1/price/batch", json={"requests": asked[:most]})
    assert answer.status_code == 200
    alone = client.post("/v1/price/batch", json={"requests": [too_long]}).json()["answers"][0]
    assert alone["problem"]["errors"][0]["pointer"] == "/simulation/n_years"


def test_options_drivers_and_a_tolerance_are_work(priced_at_once):
    def answer(**changes):
        request = {**changed(PATENT, "/simulation/n_years", 400_000), **changes}
        return client.post("/v1/price", json=request)

    assert answer(drivers=False).status_code == 200
    many = [{"name": str(n), "terms": {"deductible": n / 100}} for n in range(1, 7)]
    for changes in ({"drivers": True}, {"drivers": False, "options": many}):
        found = is_problem(answer(**changes), 422, "invalid_parameter")
        assert "the work of" in found["errors"][0]["bound"]
    long = {"relative_error": 0.01, "most_years": 400_000}
    found = is_problem(answer(drivers=False, tolerance=long), 422, "invalid_parameter")
    assert found["errors"][0]["pointer"] == "/tolerance/most_years"
