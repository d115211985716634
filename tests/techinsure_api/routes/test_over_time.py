"""`POST /v1/midterm` and `POST /v1/renewals`: the engine's answers, and problems with places."""

import pytest

from techinsure.quoting.midterm import midterm
from techinsure.quoting.renewals import renewal
from techinsure_api.routes.over_time import MIDTERM, RENEWAL
from tests.techinsure_api.service import changed, client, is_problem

CANCELLED = changed(MIDTERM["cancelled"]["value"], "/risk/simulation", {"n_years": 1000, "seed": 1})
RENEWED = changed(RENEWAL["capped"]["value"], "/risk/simulation", {"n_years": 1000, "seed": 1})


def test_a_cancellation_is_the_engines():
    answer = client.post("/v1/midterm", json=CANCELLED)
    assert answer.status_code == 200, answer.text
    assert answer.json() == midterm(CANCELLED).to_dict()


def test_a_renewal_is_the_engines():
    answer = client.post("/v1/renewals", json=RENEWED)
    assert answer.status_code == 200, answer.text
    assert answer.json() == renewal(RENEWED).to_dict()


@pytest.mark.parametrize(
    ("path", "document", "pointer"),
    [
        ("/v1/midterm", changed(CANCELLED, "/months", 40), "/months"),
        ("/v1/midterm", changed(CANCELLED, "/risk/product", "rd_los"), "/risk/product"),
        ("/v1/midterm", changed(CANCELLED, "/risk/simulation/n_years", 2_000_000),
         "/risk/simulation/n_years"),
        ("/v1/midterm", changed(CANCELLED, "/paid", "much"), "/paid"),
        ("/v1/renewals", changed(RENEWED, "/expiring", -1), "/expiring"),
        ("/v1/renewals", changed(RENEWED, "/risk/experience", None), "/risk/experience"),
        ("/v1/renewals", changed(RENEWED, "/limits/reason", ""), "/limits/reason"),
    ],
)  # fmt: skip
def test_a_fault_has_its_place(path, document, pointer):
    answer = client.post(path, json=document)
    is_problem(answer, 422, "invalid_parameter")
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
