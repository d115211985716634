"""POST /v1/posterior, and own data in POST /v1/price: the engine's answers, faults with places."""

import pytest

from techinsure import quoting
from techinsure.posterior import posterior
from techinsure_api.documented import OWN_DATA, posterior_examples
from tests.techinsure_api.service import changed, client, is_problem, quick

EXAMPLE = posterior_examples()["own_projects"]["value"]
QUICK = changed(EXAMPLE, "/risk/simulation", {"n_years": 1000})


def test_answers_what_the_engine_answers():
    answer = client.post("/v1/posterior", json=QUICK)
    assert answer.status_code == 200, answer.text
    assert answer.json() == posterior(QUICK).to_dict()


def test_a_quote_learns_from_own_data():
    request = {**quick("rd_loss"), "experience": OWN_DATA}
    answer = client.post("/v1/price", json=request)
    assert answer.status_code == 200, answer.text
    assert answer.json() == quoting.price(request).to_dict()
    assert client.post("/v1/verify", json=answer.json()).json()["reproduced"]


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        ("/experience/observations/0/seen/0/events", 99.0,
         "/experience/observations/0/seen/0/events"),
        ("/experience/observations/0/seen/0", {"events": 1.0, "exposure": 9.0},
         "/experience/observations/0"),
        ("/risk/exposure/budget", -1, "/risk/exposure/budget"),
        ("/risk/experience", OWN_DATA, "/risk/experience"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(place, value, pointer):
    answer = client.post("/v1/posterior", json=changed(QUICK, place, value))
    assert is_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_unknown_parameter_is_not_found():
    answer = client.post(
        "/v1/posterior", json=changed(QUICK, "/experience/observations/0/parameter", "model.x")
    )
    assert answer.status_code in (404, 422)
    assert "model.x" in answer.json()["detail"]


def test_work_has_a_limit():
    answer = client.post("/v1/posterior", json=changed(QUICK, "/risk/simulation/n_years", 10**9))
    assert answer.status_code == 422


def test_data_that_would_bring_more_work_than_allowed_are_refused():
    seen = {"parameter": "model.suit_rate", "source": "s", "seen": [{"events": 1e6, "exposure": 9}]}
    own = {"name": "m", "observations": [seen]}
    answer = client.post("/v1/price", json={**quick("patent"), "experience": own})
    assert answer.status_code == 422
    assert "over HTTP" in answer.json()["detail"]


KNOWN = {
    "parameter": "model.classes.general.fail.lab", "question": "of 100, how many?",
    "family": "beta", "product_weight": 0.3, "robust": 0.1,
    "experts": [{"name": "Li", "role": "engineer", "date": "2026-11-02", "weight": 1.0,
                 "reason": "scale-ups", "stated": [{"level": 0.5, "value": 0.1},
                                                   {"level": 0.95, "value": 0.2}]}],
    "analogues": [{"name": "abroad", "seen": {"events": 9.0, "trials": 60.0}, "discount": 0.3,
                   "reason": "alike", "source": "a register"}],
}  # fmt: skip
HEARD = changed(QUICK, "/experience/knowledge", [KNOWN])


def test_experts_and_analogues_go_the_same_way():
    answer = client.post("/v1/posterior", json=HEARD)
    assert answer.status_code == 200, answer.text
    assert answer.json() == posterior(HEARD).to_dict()
    steps = answer.json()["updates"][0]["steps"]
    assert [step["name"] for step in steps] == [
        "product", "experts", "analogues", "robust", "own data",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        ("/experts/0/stated/1/value", 0.05, "/experts/0/stated/1/value"),
        ("/experts/0/weight", 0.5, "/experts"),
        ("/analogues/0/discount", 1.5, "/analogues/0/discount"),
        ("/product_weight", 1.0, "/product_weight"),
        ("/family", "gamma", ""),
        ("/opinion", "none", "/opinion"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_knowledge_has_its_place(place, value, pointer):
    at = "/experience/knowledge/0"
    answer = client.post("/v1/posterior", json=changed(HEARD, at + place, value))
    assert is_problem(answer, 422, "invalid_parameter")
    assert answer.json()["errors"][0]["pointer"] == at + pointer
