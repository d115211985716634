"""POST /v1/sensitivity: what the engine answers, its limit, and where a fault is."""

import pytest

from techinsure.quoting import tornado
from techinsure_api import pricing, work
from tests.techinsure_api.service import changed, client, is_problem, quick

ASKED = {"risk": quick("first_set"), "more_exposure": [100]}


def test_answers_what_the_engine_answers():
    answer = client.post("/v1/sensitivity", json=ASKED)
    assert answer.status_code == 200, answer.text
    assert answer.json() == tornado.sensitivity(ASKED).to_dict()


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/risk/product", "first_sett", "first_set"),
        ("/risk/exposure/price", -1, "must be"),
        ("/risk/terms/deductible", 7, "must be in"),
        ("/risk/simulation/n_years", 999, "must be in"),
        ("/risk/tolerance", {"relative_error": 0.1}, "must be absent"),
        ("/more_exposure/0", -1, "must be in [1e-06, 1e+06]"),
        ("/moer_exposure", [1], "known key"),
    ],
)
def test_every_fault_points_to_its_place(pointer, value, words):
    answer = client.post("/v1/sensitivity", json=changed(ASKED, pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    entry = next(entry for entry in found["errors"] if entry["pointer"] == pointer)
    assert words in entry["bound"] + entry["fix"]


def test_all_its_prices_are_work_and_the_bound_that_is_named_is_accepted(monkeypatch):
    whole = changed(ASKED, "/risk/simulation/n_years", 400_000)
    found = is_problem(client.post("/v1/sensitivity", json=whole), 422, "invalid_parameter")
    (entry,) = found["errors"]
    assert entry["pointer"] == "/risk/simulation/n_years"
    most = int(entry["bound"].split("<= ")[1].split()[0])
    assert work.FEWEST_YEARS < most < 400_000
    report = tornado.sensitivity(ASKED)
    monkeypatch.setattr(pricing.tornado, "sensitivity", lambda *arguments: report)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)
    asked = changed(ASKED, "/risk/simulation/n_years", most)
    assert client.post("/v1/sensitivity", json=asked).status_code == 200
    asked = changed(ASKED, "/risk/simulation/n_years", most + 1)
    assert client.post("/v1/sensitivity", json=asked).status_code == 422
