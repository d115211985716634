"""POST /v1/simulations: a pool run as a resource, kept on disk; and other programmes over it."""

import errno

import pytest

from techinsure.pooling import run_pool, sample
from techinsure.pooling.what_if import what_if
from techinsure.pooling.what_if_report import WhatIfRequest
from techinsure.reading import read
from techinsure_api import work
from techinsure_api.documented import OWN_ROWS, what_if_examples
from techinsure_api.routes import simulations
from techinsure_api.stored_runs import disk
from techinsure_api.stored_runs.folder import data_folder
from techinsure_api.stored_runs.store import RunStore
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
    assert (found["status"], found["stored"], found["note"]) == ("succeeded", True, "")
    assert found["result"] == run_pool(SAMPLE).to_dict()


def test_the_result_holds_losses_treaties_and_members_by_name(made):
    result = made.json()["result"]
    for perspective in ("gross", "net"):
        for figure in ("mean", "tvar_995"):
            assert result[perspective][figure].keys() >= {"value", "standard_error", "exact"}
    members = {member.name for member in sample("demo_pool").pool.members}
    assert {member["name"] for member in result["members"]} == members
    for party in (*result["treaties"], *result["members"]):
        assert {"name", "mean", "tvar_995", "allocated_capital"} <= party.keys()
    assert "losses" not in result


def test_a_run_can_be_asked_for_again(made):
    assert client.get(made.headers["location"]).json() == made.json()


def test_a_run_is_there_after_a_restart(made, monkeypatch):
    monkeypatch.setattr(simulations, "store", RunStore())
    assert client.get(made.headers["location"]).json() == made.json()


def test_what_cannot_be_kept_is_answered_and_said_not_to_be_stored(monkeypatch):
    def full(file, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(file))

    monkeypatch.setattr(disk, "write", full)
    answer = client.post("/v1/simulations", json=OWN)
    assert answer.status_code == 201
    found = answer.json()
    assert (found["id"], found["stored"]) == (None, False)
    assert found["note"].startswith("not stored: ")
    assert "No space left on device" in found["note"]
    assert "location" not in answer.headers
    assert found["result"] == run_pool(OWN).to_dict()


def test_a_damaged_run_is_a_mismatch_that_names_it(own_run):
    name = own_run.rpartition("/")[2]
    (data_folder() / "runs" / name / "report.json").write_bytes(b"{}")
    for answer in (client.get(own_run), client.post(f"{own_run}/what-if", json=EDIT)):
        found = is_problem(answer, 409, "mismatch")
        assert f"{name} is damaged and not used: report.json" in found["detail"]


def test_runs_the_callers_own_rows():
    answer = client.post("/v1/simulations", json=OWN)
    assert answer.status_code == 201, answer.text
    assert [member["name"] for member in answer.json()["result"]["members"]] == ["lead", "follower"]


def test_failures_and_accumulation_are_answered_and_kept():
    request = changed(simulations.RATED["value"], "/simulation/n_years", 1000)
    answer = client.post("/v1/simulations", json=request)
    assert answer.status_code == 201, answer.text
    result = answer.json()["result"]
    assert result == run_pool(request).to_dict()
    assert result["insolvency"]["terms"] == {"kind": "joint", "capacity_share": 0.1}
    roles = [(party["name"], party["role"]) for party in result["insolvency"]["parties"]]
    assert roles == [("lead", "member"), ("follower", "member"), ("reinsurer", "reinsurer")]
    assert [b["severity"] for b in result["accumulation_breaches"]] == ["soft"]
    assert result["technical"].keys() == {"pool"}
    assert client.get(answer.headers["location"]).json() == answer.json()


def test_an_unknown_run_is_not_found_and_others_are_not_told(made):
    found = is_problem(client.get("/v1/simulations/abc"), 404, "not_found")
    assert made.json()["id"] not in str(found)


# --- What if


EDIT = {"edits": [{"treaty": "event layer", "set": {"limit": 1_000_000}}]}


@pytest.fixture
def own_run():
    """Where a run of one's own rows is."""
    return client.post("/v1/simulations", json=OWN).headers["location"]


@pytest.mark.parametrize("name", what_if_examples())
def test_a_what_if_is_what_the_engine_says(own_run, name):
    asked = what_if_examples()[name]["value"]
    answer = client.post(f"{own_run}/what-if", json=asked)
    assert answer.status_code == 200, answer.text
    report = run_pool(OWN)
    programmes = read(WhatIfRequest, asked).programmes(report.programme)
    assert answer.json() == {
        "simulation": own_run.rpartition("/")[2],
        "result": what_if(report, programmes).to_dict(),
    }


def test_a_run_of_a_sample_can_be_edited_too(made):
    name = sample("demo_pool").programme.treaties[0].name
    body = {"edits": [{"treaty": name, "set": {"placed_share": 0.5}}]}
    answer = client.post(f"{made.headers['location']}/what-if", json=body)
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["result"]["alternatives"]
    assert one["net"]["mean"]["before"] == made.json()["result"]["net"]["mean"]
    assert one["net"]["mean"]["difference"]["value"] > 0


def test_a_what_if_leaves_the_run_as_it_was(own_run):
    before = client.get(own_run).json()
    assert client.post(f"{own_run}/what-if", json=EDIT).status_code == 200
    assert client.get(own_run).json() == before


def test_a_what_if_of_an_unknown_run_is_not_found():
    is_problem(client.post("/v1/simulations/abc/what-if", json=EDIT), 404, "not_found")


WRONG = [
    ({}, "/programme", "one of the three"),
    ({"edits": [{"treaty": "event layr", "set": {"limit": 1.0}}]}, "/edits/0/treaty",
     "did you mean 'event layer'?"),
    ({"edits": [{"treaty": "event layer", "set": {"limt": 1.0}}]}, "/edits/0/set/limt",
     "did you mean 'limit'?"),
    ({"edits": [{"treaty": "event layer", "set": {"limit": 0}}]}, "/edits/0/set/limit", "> 0"),
    ({"edits": [{"drop": "x"}]}, "/edits/0/drop", "known: quota share, event layer"),
    ({"alternatives": [{"name": "a", "edits": [{"drop": "quota shar"}]}]},
     "/alternatives/0/edits/0/drop", "did you mean 'quota share'?"),
    ({"programme": {"treaties": [{"name": "q", "treaty": {"kind": "quota_share", "share": 2}}]}},
     "/programme/treaties/0/treaty/share", "[0, 1]"),
    ({"edits": [{"drop": "quota share", "limit": 1}]}, "/edits/0/limit", "spelling"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "pointer", "words"), WRONG, ids=[w[1] + w[2] for w in WRONG])
def test_every_fault_of_a_what_if_points_to_its_place(made, body, pointer, words):
    where = client.post("/v1/simulations", json=OWN).headers["location"]
    found = is_problem(client.post(f"{where}/what-if", json=body), 422, "invalid_parameter")
    told = {entry["pointer"]: entry["detail"] + entry["fix"] for entry in found["errors"]}
    assert words in told[pointer]


def test_a_circle_of_treaties_is_refused(own_run):
    body = {"edits": [{"treaty": "quota share", "set": {"net_of": ["event layer"]}}]}
    is_problem(client.post(f"{own_run}/what-if", json=body), 409, "refused")


def test_more_treaties_than_a_client_waits_for_are_refused_before_losses_are_read(
    own_run, monkeypatch
):
    monkeypatch.setattr(work, "MOST_TREATY_ROWS", 5_000)  # of 1,000 years and 2 treaties before
    body = {"alternatives": [{"name": name, "edits": EDIT["edits"]} for name in "ab"]}
    monkeypatch.setattr(simulations.store, "simulated", None)
    found = is_problem(client.post(f"{own_run}/what-if", json=body), 422, "invalid_parameter")
    assert "at most 5 treaties" in found["detail"]
    assert "got 6" in found["detail"]


# --- Faults of a run

RATED = changed(simulations.RATED["value"], "/simulation/n_years", 1000)
FAULTS = [
    (changed(RATED, "/pool/members/0/rating", "A1"), "/pool/members/0/rating"),
    (changed(RATED, "/pool/members/0/rating", None), "/pool/members/0/rating"),
    (changed(RATED, "/pool/members/1/default_probability", 1.5),
     "/pool/members/1/default_probability"),
    (changed(RATED, "/programme/treaties/1/reinsurers/0/rating", "B"),
     "/programme/treaties/1/reinsurers/0/rating"),
    (changed(RATED, "/pool/default_terms/capacity_share", 0), "/pool/default_terms/capacity_share"),
    (changed(RATED, "/pool/accumulation_limits/0/soft", 2e7), "/pool/accumulation_limits/0/soft"),
    (changed(RATED, "/failure_dependence", {"correlation": 0.01, "loss_correlation": 0.5}),
     "/failure_dependence/loss_correlation"),
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
     "/programme/treaties/0/treaty/kind"),
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
