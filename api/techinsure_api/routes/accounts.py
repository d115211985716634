"""A pool's events booked and a quarter of it closed, to the minor unit."""

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from techinsure.accounts.close_report import Close
from techinsure.accounts.closing import CloseRequest, close
from techinsure.accounts.sample import sample
from techinsure_api.documented import BODY, problems
from techinsure_api.work import a_turn, check_events

router = APIRouter(prefix="/v1/accounts", tags=["accounts"])

SMALL: dict[str, Any] = {
    "quarter": "2026Q2",
    "starts": "2026-01-01",
    "on_change": "clean_cut",
    "pool": {
        "name": "thirds", "currency": "CNY", "lead_fee": 0.03,
        "members": [
            {"name": "lead", "written": "1/3", "capital_and_reserves": 5e9, "lead": True},
            {"name": "second", "written": "1/3", "capital_and_reserves": 5e9},
            {"name": "third", "written": "1/3", "capital_and_reserves": 5e9},
        ],
    },
    "terms": {
        "account_days": 45, "call_threshold_minor": "100000000", "call_days": 15,
        "interest_rate": "0.035", "day_count": "actual/365 fixed",
    },
    "policies": [
        {"policy": "P-1", "insured": "Lan Chip", "class_code": "cyber", "inception": "2026-04-01"}
    ],
    "events": [
        {"kind": "instalment", "reference": "PR-1", "booked": "2026-04-10", "policy": "P-1",
         "premium_minor": "10000", "number": 1, "of": 3, "collected_by": "lead"},
        {"kind": "claim", "reference": "CL-1", "booked": "2026-05-12", "policy": "P-1",
         "amount_minor": "1000003", "loss_date": "2026-04-28", "paid_by": "lead"},
    ],
}  # fmt: skip
"""Invented: one of three instalments of 100.00, and a claim of 10,000.03, in thirds."""


def close_examples() -> dict[str, Any]:
    """A small quarter; the shipped one."""
    return {
        "small": {"summary": "An instalment and a claim in thirds", "value": SMALL},
        "quarter": {"summary": "The shipped quarter", "value": sample()},
    }


@lru_cache(maxsize=1)
def close_answer_example() -> dict[str, Any]:
    """A whole answer: the small quarter."""
    return close(SMALL).to_dict()


@router.post("/close", response_model=Close, responses=problems(*BODY, "refused", "busy"))
def create_close(
    request: Annotated[CloseRequest, Body(openapi_examples=close_examples())],
) -> JSONResponse:
    """Books every event of the document in order of time, all or none, and closes its quarter: the
    book, each party's account, cash calls, open and overdue items, what is doubtful, a netting
    proposal, the return by class, and the sums that must be 0. An event that contradicts what was
    booked before is refused with a pointer to it. Amounts are whole minor units as text. Nothing is
    stored."""
    check_events(len(request.events))
    with a_turn():
        report = close(request)
    return JSONResponse(report.to_dict())
