"""POST /v1/stress and its scenarios: what the engine answers, its limit, and where a fault is."""

import pytest

from techinsure.receipt import plain
from techinsure.stress import scenarios, stress
from techinsure_api import work
from techinsure_api.documented import OWN_ROWS
from techinsure_api.routes import stress as route
from tests.techinsure_api.service import changed, client, is_problem

STRIKE = {"name": "all fail", "hits": {"routes": ["risc-v"]}, "phase": "industrial"}
ASKED = {**OWN_ROWS, "simulation": {"n_years": 1000, "seed": 1},
         "scenario": {"name": "x", "strikes": [STRIKE]}}  # fmt: skip
LEARNING = [{"product": "rd_loss", "lessons": [{
    "parameter": "model.classes.chip.fail.industrial", "events": 2.0, "trials": 2.0,
    "source": "scenario"}]}]  # fmt: skip


def test_answers_what_the_engine_answers():
    answer = client.post("/v1/stress", json=ASKED)
    assert answer.status_code == 200, answer.text
    assert answer.json() == stress(ASKED).to_dict()
    assert client.post("/v1/stress", json=ASKED).content == answer.content


def test_the_shipped_scenarios_can_be_sent_back():
    found = client.get("/v1/stress/scenarios").json()["scenarios"]
    assert found == [plain(one) for one in scenarios().values()]
    sent = {**ASKED, "scenario": {**found[1], "learning": []}}
    sent["scenario"]["strikes"][0]["hits"] = {"items": ["RD-2"]}
    assert client.post("/v1/stress", json=sent).status_code == 200


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/scenario/strikes/0/hits/routes/0", "risc", "did you mean 'risc-v'?"),
        ("/scenario/strikes/0/phase", "pilott", "must be one of lab, pilot, industrial"),
        ("/scenario/strikes/0/share", 0.5, "must be the only one"),
        ("/scenario/strikes/0/tme", 0.5, "known key"),
        ("/scenario/learning/0/lessons/0/parameter", "model.classes.chip.fail.x", "did you mean"),
        ("/scenario/learning/0/product", "rd_los", "did you mean 'rd_loss'?"),
        ("/shipped", "park_flood", "not both"),
        ("/portfolio/rows/1/budget", -1, "must be"),
        ("/pool/members/0/written", "a", "fraction"),
        ("/simulation/n_years", 999, "must be in"),
        ("/in_pool", 1, "boolean"),
    ],
)
def test_every_fault_points_to_its_place(pointer, value, words):
    whole = changed(ASKED, "/scenario/learning", LEARNING)
    answer = client.post("/v1/stress", json=changed(whole, pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    entry = next(entry for entry in found["errors"] if entry["pointer"] == pointer)
    assert words in entry["bound"] + entry["fix"]


@pytest.mark.parametrize(
    ("pointer", "value"), [("/shipped", "flood"), ("/portfolio", {"sample": "demo"})]
)
def test_a_name_in_the_body_that_is_not_known_is_an_invalid_value(pointer, value):
    whole = {"portfolio": {"sample": "demo_pool"}, "shipped": "park_flood"}
    found = is_problem(client.post("/v1/stress", json=changed(whole, pointer, value)), 422,
                       "invalid_parameter")  # fmt: skip
    assert found["errors"][0]["pointer"] in ("/shipped", "/portfolio/sample")


def test_lines_that_contradict_themselves_are_refused():
    members = [{**one, "to_stand": True, "written": "0.7"} for one in OWN_ROWS["pool"]["members"]]
    answer = client.post("/v1/stress", json=changed(ASKED, "/pool/members", members))
    is_problem(answer, 409, "refused")


@pytest.mark.parametrize(("in_pool", "runs"), [(False, 2.0), (True, 8.0)])
def test_prices_are_work_and_the_bound_that_is_named_is_accepted(monkeypatch, in_pool, runs):
    report = stress(ASKED)
    monkeypatch.setattr(route, "stress", lambda *arguments: report)
    monkeypatch.setattr(work, "MOST_UNIT_YEARS", 40_000.0)
    whole = changed(changed(ASKED, "/scenario/learning", LEARNING), "/in_pool", in_pool)
    answer = client.post("/v1/stress", json=changed(whole, "/simulation/n_years", 100_000))
    (entry,) = is_problem(answer, 422, "invalid_parameter")["errors"]
    most = int(entry["bound"].split("<= ")[1].split()[0])
    alone = int(40_000 / 4)  # two projects of two years
    assert alone / most > runs
    for n_years, status in ((most, 200), (most + 1, 422)):
        asked = changed(whole, "/simulation/n_years", n_years)
        assert client.post("/v1/stress", json=asked).status_code == status, entry
