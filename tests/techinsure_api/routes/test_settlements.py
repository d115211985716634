"""POST /v1/settlements/split: minor units as text, what the engine answers, where a fault is."""

import pytest

from techinsure.pool.splitting import split_payment
from techinsure_api.routes.settlements import CLAIM, PREMIUM
from tests.techinsure_api.service import changed, client, is_problem


@pytest.mark.parametrize("body", [CLAIM, PREMIUM], ids=["claim", "premium"])
def test_answers_what_the_engine_answers(body):
    answer = client.post("/v1/settlements/split", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == split_payment(body).to_dict()


def test_money_is_text_and_sums_exactly():
    found = client.post("/v1/settlements/split", json=CLAIM).json()
    parts = [part["amount_minor"] for part in found["parts"]]
    assert all(isinstance(part, str) for part in parts)
    assert sum(map(int, parts)) == 730000100
    assert found["parts"][0]["amount"] == "1825000.25"
    assert sum(int(entry["amount_minor"]) for entry in found["postings"]) == 0


@pytest.mark.parametrize(
    ("pointer", "value", "words"),
    [
        ("/claim/amount_minor", 1.5, "integer"),
        ("/claim/amount_minor", "x", "must"),
        ("/claim/loss_date", "2026-13-01", "must be a date"),
        ("/claim/paid_by", "member 9", "must be a member with a line"),
        ("/lines/0/share", "0.5", "must sum to at most 1"),
        ("/rounding", "up", "must be"),
    ],
)
def test_every_fault_points_to_its_place(pointer, value, words):
    answer = client.post("/v1/settlements/split", json=changed(CLAIM, pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    assert any(
        pointer.startswith(entry["pointer"]) and words in entry["bound"] + entry["fix"]
        for entry in found["errors"]
    ), found["errors"]
