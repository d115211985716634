"""A paid claim or a collected premium among the parties of a pool, to the minor unit."""

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from techinsure.pool.splitting import SplitPayment, SplitRequest, split_payment
from techinsure_api.documented import BODY, problems

router = APIRouter(prefix="/v1/settlements", tags=["settlements"])

CLAIM: dict[str, Any] = {
    "lines": [
        {"member": f"member {number}", "share": share, "lead": number == 1}
        for number, share in enumerate(
            ("0.25", "0.2", "0.15", "0.1", "0.1", "0.08", "0.07", "0.05"), start=1
        )
    ],
    "claim": {
        "reference": "C-2026-17", "amount_minor": "730000100", "currency": "CNY",
        "loss_date": "2026-05-01", "paid_by": "member 1",
    },
}  # fmt: skip
"""Invented: a claim of 7,300,001.00 that the lead has paid."""

PREMIUM: dict[str, Any] = {
    "pool": {
        "name": "thirds", "currency": "CNY", "lead_fee": 0.03,
        "members": [
            {"name": "lead", "written": "1/2", "capital_and_reserves": 5e9, "lead": True},
            {"name": "second", "written": "1/2", "capital_and_reserves": 5e9},
            {"name": "third", "written": "1/2", "capital_and_reserves": 5e9},
        ],
    },
    "premium": {
        "reference": "P-2026-4", "amount_minor": "10000", "currency": "CNY",
        "collected_by": "lead",
    },
}  # fmt: skip
"""Invented: 100.00 of premium in thirds, with the lead's fee."""


def split_examples() -> dict[str, Any]:
    """A claim by lines in force; a premium by the lines of a pool."""
    return {
        "claim": {"summary": "A claim by lines in force", "value": CLAIM},
        "premium": {"summary": "A premium with the lead's fee", "value": PREMIUM},
    }


@lru_cache(maxsize=1)
def split_answer_example() -> dict[str, Any]:
    """A whole answer: the premium."""
    return split_payment(PREMIUM).to_dict()


@router.post("/split", response_model=SplitPayment, responses=problems(*BODY, "refused"))
def create_split(
    request: Annotated[SplitRequest, Body(openapi_examples=split_examples())],
) -> JSONResponse:
    """Split a claim or a premium by signed lines: parts sum to it exactly, postings to zero.

    Largest remainder, ties to the first listed. Nothing is booked or stored."""
    return JSONResponse(split_payment(request).to_dict())
