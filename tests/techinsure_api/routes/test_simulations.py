"""POST /v1/simulations: a pool run as a resource."""

import pytest

from techinsure.pooling import run_pool
from techinsure_api.documented import OWN_ROWS
from tests.techinsure_api.service import changed, client, is_problem

SAMPLE = {"portfolio": {"sample": "demo_pool"}, "simulation": {"n_years": 1000, "seed": 1}}
OWN = changed(OWN_ROWS, "/simulation/n_years", 1000)


@pytest.fixture(scope="module")
def made():
    return client.post("/v1/simulations", json=SAMPLE)


def test_a_run_is_made_with_its_result(made):
    assert made.status_code == 201, made.text
    found = made.json()
    assert made.headers["location"] == f"/v1/simulations/{found['id']}"
    assert found["status"] == "succeeded"
    assert found["result"] == run_pool(SAMPLE).to_dict()


def test_the_result_holds_losses_treaties_and_members_by_name(made):
    result = made.json()["result"]
    for perspective in ("gross", "net"):
        for figure in ("mean", "tvar_995"):
            assert result[perspective][figure].keys() >= {"value", "standard_error", "exact"}
    assert len({member["name"] for member in result["members"]}) == 14
    for party in (*result["treaties"], *result["members"]):
        assert {"name", "mean", "tvar_995", "allocated_capital"} <= party.keys()
    assert "losses" not in result


def test_a_run_can_be_asked_for_again(made):
    assert client.get(made.headers["location"]).json() == made.json()


def test_runs_the_callers_own_rows():
    answer = client.post("/v1/simulations", json=OWN)
    assert answer.status_code == 201, answer.text
    assert [member["name"] for member in answer.json()["result"]["members"]] == ["lead", "follower"]


def test_an_unknown_run_is_not_found_and_others_are_not_told(made):
    found = is_problem(client.get("/v1/simulations/abc"), 404, "not_found")
    assert made.json()["id"] not in str(found)


FAULTS = [
    (changed(SAMPLE, "/portfolio/sample", "demo_pol"), "/portfolio/sample"),
    (changed(SAMPLE, "/portfolio", {}), "/portfolio/sample"),
    (changed(OWN, "/portfolio/sample", "demo_pool"), "/portfolio/sample"),
    ({"portfolio": OWN["portfolio"]}, "/pool"),
    (changed(OWN, "/portfolio/rows/1/product", "rd_los"), "/portfolio/rows/1/product"),
    (changed(OWN, "/portfolio/rows/1/stage", "grow"), "/portfolio/rows/1/stage"),
    (changed(OWN, "/portfolio/rows/0/budget", -4), "/portfolio/rows/0/budget"),
    (changed(OWN, "/portfolio/rows/0/units", "many"), "/portfolio/rows/0/units"),
    (changed(OWN, "/portfolio/rows/0/colour", "red"), "/portfolio/rows/0/colour"),
    (changed(OWN, "/pool/members/1/written", "1.2.3"), "/pool/members/1/written"),
    (changed(OWN, "/pool/members/1/written", 0.4), "/pool/members/1/written"),
    (changed(OWN, "/pool/members/0/lead", False), "/pool/members"),
    (changed(OWN, "/pool/currency", "USD"), "/pool/currency"),
    (changed(OWN, "/programme/treaties/0/treaty/share", 1.5),
     "/programme/treaties/0/treaty/share"),
    (changed(OWN, "/programme/treaties/0/treaty/kind", "quota"),
     "/programme/treaties/0/treaty"),
    (changed(OWN, "/programme/treaties/1/treaty/limit", -1),
     "/programme/treaties/1/treaty/limit"),
    (changed(OWN, "/programme/treaties/1/net_of/0", "quota"),
     "/programme/treaties/1/net_of/0"),
    (changed(OWN, "/simulation/n_years", 5), "/simulation/n_years"),
    (changed(OWN, "/simulation/n_years", 600_000), "/simulation/n_years"),
    (changed(OWN, "/portfolio/rows/0/units", 1_000_000), "/simulation/n_years"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "pointer"), FAULTS, ids=[f[1] for f in FAULTS])
def test_every_fault_points_to_its_place(request_, pointer):
    found = is_problem(client.post("/v1/simulations", json=request_), 422, "invalid_parameter")
    assert pointer in [entry["pointer"] for entry in found["errors"]], found


def test_a_circular_programme_is_refused():
    request = changed(OWN, "/programme/treaties/0/net_of", ["event layer"])
    found = is_problem(client.post("/v1/simulations", json=request), 409, "refused")
    assert "circular" in found["detail"]
