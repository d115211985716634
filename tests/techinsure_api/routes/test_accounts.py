"""POST /v1/accounts/close: the engine's quarter, money as text, faults with places."""

import pytest

from techinsure.accounts.closing import close
from techinsure.accounts.sample import sample
from techinsure_api.routes.accounts import SMALL
from techinsure_api.work import MOST_EVENTS
from tests.techinsure_api.service import at, changed, client, is_problem

PATH = "/v1/accounts/close"


def test_answers_what_the_engine_answers():
    answer = client.post(PATH, json=sample())
    assert answer.status_code == 200, answer.text
    assert answer.json() == close(sample()).to_dict()


def test_money_is_text_and_sums_to_the_fen():
    """10,000.03 in thirds: 3,333.35, 3,333.34, 3,333.34 (two units left, the first listed first);
    a third of 100.00 is 33.34, the first instalment."""
    found = client.post(PATH, json=SMALL).json()
    postings = at(found, "/ledger/bookings/1/settlement/postings")
    assert [one["amount_minor"] for one in postings] == [
        "1000003", "-333335", "-333334", "-333334",
    ]  # fmt: skip
    assert at(found, "/ledger/bookings/0/settlement/postings/0/amount_minor") == "-3334"
    assert all(one["sum_minor"] == "0" for one in found["checks"])
    assert sum(int(one["closing_minor"]) for one in at(found, "/accounts/accounts")) == 0


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        ("/events/1/amount_minor", 10.5, "/events/1/amount_minor"),
        ("/events/1/kind", "clam", "/events/1/kind"),
        ("/events/1/paid_by", "nobody", "/events/1/paid_by"),
        ("/events/1/policy", "P-2", "/events/1/policy"),
        ("/events/1/reference", "PR-1", "/events/1/reference"),
        ("/events/1/note", "x", "/events/1/note"),
        ("/pool/members/0/written", "half", "/pool/members/0/written"),
        ("/terms/interest_rate", "3.5", "/terms/interest_rate"),
        ("/quarter", "2026", "/quarter"),
    ],
)
def test_a_fault_has_its_place(place, value, pointer):
    answer = client.post(PATH, json=changed(SMALL, place, value))
    found = is_problem(answer, 422, "invalid_parameter")
    assert found["errors"][0]["pointer"] == pointer


def test_what_contradicts_itself_is_told_with_its_reason():
    late = {"kind": "reversal", "reference": "R", "booked": "2026-06-01", "on": "PR-1"}
    twice = {**late, "reference": "R2"}
    answer = client.post(PATH, json={**SMALL, "events": [*SMALL["events"], late, twice]})
    [fault] = is_problem(answer, 422, "invalid_parameter")["errors"]
    assert fault["pointer"] == "/events/3"
    assert "must not be reversed twice, 'R' did it" in fault["bound"]


def test_work_has_a_limit():
    events = [
        {**SMALL["events"][1], "reference": f"C{n}"} for n in range(MOST_EVENTS + 1)
    ]  # fmt: skip
    answer = client.post(PATH, json={**SMALL, "events": events})
    [fault] = is_problem(answer, 422, "invalid_parameter")["errors"]
    assert (fault["pointer"], fault["value"]) == ("/events", MOST_EVENTS + 1)
