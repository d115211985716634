"""POST /v1/pools/sign-down and /checks: what the engine answers, and where a fault is."""

import pytest

from techinsure.pool.sign_down import sign_down
from techinsure.pooling.checks import check_pool
from techinsure_api import work
from techinsure_api.routes.pools import CHECKED, FAB
from tests.techinsure_api.service import changed, client, is_problem

ASKED = changed(CHECKED, "/simulation/n_years", 1000)


def test_signing_answers_what_the_engine_answers():
    answer = client.post("/v1/pools/sign-down", json=FAB)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found == sign_down(FAB).to_dict()
    assert [line["bound"] for line in found["risk"]["lines"]] == [
        "written", "written", "single_risk", "capacity_per_risk",
    ]  # fmt: skip


def test_checks_answer_what_the_engine_answers():
    answer = client.post("/v1/pools/checks", json=ASKED)
    assert answer.status_code == 200, answer.text
    assert answer.json() == check_pool(ASKED).to_dict()
    assert client.post("/v1/pools/checks", json=ASKED).content == answer.content


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/pool/members/0/written", "a third", "must"),
        ("/pool/members/0/written", "1/0", "divide by zero"),
        ("/pool/members/2/appetite/0/maximum", "2", "must be in [0, 1]"),
        ("/pool/members/3/accumulation_capacity/0/basis", "town", "must be"),
        ("/risk/sum_insured", -1, "must be in"),
        ("/risk/kinds", [], "must be named"),
        ("/risk/kinds/0", "banana", "must be a product"),
        ("/pool/members/1/licence/1", "rd_los", "did you mean 'rd_loss'?"),
        ("/reinsurance/0/reinsurer", "second", "must not be a member"),
        ("/reinsurance/0/reinsurer", "state", "a party outside the pool"),
        ("/pool/members/0/written", "50%", "a fraction such as 1/18 or 0.05"),
        ("/risk/groups/0/net_sum_insured", 2.3e9, "must be >= 2,400,000,000.00"),
        ("/risk/groups/0/net_sum_insured", 0, "must be > 0"),
        ("/reinsurance/0/share", "1.5", "must be in [0, 1]"),
        ("/rsik", {}, "known key"),
    ],
)
def test_every_fault_of_lines_points_to_its_place(pointer, value, words):
    answer = client.post("/v1/pools/sign-down", json=changed(FAB, pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    entry = next(entry for entry in found["errors"] if entry["pointer"] == pointer)
    assert words in entry["bound"] + entry["fix"]


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/portfolio", {"sample": "demo"}, "demo_pool"),
        ("/accumulation_limits/0/soft", 9e9, "must be <= hard"),
        ("/contracts/0/risk_unit", "site/laboratory B", "did you mean"),
        ("/simulation/n_years", 999, "must be in"),
        ("/cession_rules", {"affiliates": 2.0}, "must be in [0, 1]"),
    ],
)
def test_every_fault_of_checks_points_to_its_place(pointer, value, words):
    answer = client.post("/v1/pools/checks", json=changed(ASKED, pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    entry = next(entry for entry in found["errors"] if entry["pointer"].startswith(pointer))
    assert words in entry["bound"] + entry["fix"]


def test_lines_that_cannot_be_kept_are_refused():
    pool = changed(FAB["pool"], "/members/0/minimum", "0.5")
    pool = changed(pool, "/members/1", {**pool["members"][1], "minimum": "0.4"})
    pool = changed(pool, "/members/2/minimum", "0.3")
    found = is_problem(client.post("/v1/pools/sign-down", json={"pool": pool}), 409, "refused")
    assert "above the order" in found["detail"]


def test_more_work_than_a_client_waits_for_is_refused(monkeypatch):
    monkeypatch.setattr(work, "MOST_UNIT_YEARS", 1000)
    found = is_problem(client.post("/v1/pools/checks", json=ASKED), 422, "invalid_parameter")
    assert found["errors"][0]["pointer"] == "/simulation/n_years"
