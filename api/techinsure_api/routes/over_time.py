"""A policy within its term, and at its end: cancellation, change and renewal."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from techinsure.catalogue import Catalogue, shipped
from techinsure.quoting.midterm import MidtermReport, MidtermRequest, midterm
from techinsure.quoting.renewals import RenewalReport, RenewalRequest, renewal
from techinsure_api import pricing
from techinsure_api.documented import BODY, OWN_DATA, SHORT, problems
from techinsure_api.problems import named_in_body
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["price"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

PROJECT: dict[str, Any] = {
    "product": "rd_loss",
    "insured": {"name": "Invented Laboratory", "stage": "growth"},
    "exposure": {"risk_class": "general", "budget": 1_000_000, "term_months": 36},
    "simulation": SHORT,
}
"""Invented: a general project of three years."""

MIDTERM = {
    "cancelled": {
        "summary": "A project of three years, cancelled after one",
        "value": {"risk": PROJECT, "months": 12},
    },
    "changed": {
        "summary": "A higher deductible for what remains",
        "value": {
            "risk": PROJECT,
            "months": 12,
            "change": {"name": "deductible 20%", "terms": {"deductible": 0.2}},
        },
    },
}

RENEWAL = {
    "capped": {
        "summary": "Own projects, and a rise of 10% at most",
        "value": {
            "risk": {**PROJECT, "experience": OWN_DATA},
            "expiring": 40_000,
            "limits": {"most_rise": 0.1, "most_fall": 0.2, "reason": "invented: the board"},
        },
    }
}


@router.post(
    "/midterm", response_model=MidtermReport, responses=problems(*BODY, "undefined", "busy")
)
def price_midterm_change(
    request: Annotated[MidtermRequest, Body(openapi_examples=MIDTERM)], catalogue: CatalogueDep
) -> JSONResponse:
    """Cancel a policy within its term, or change its terms for what remains: what each line of the
    premium has earned, by the risk that is still to come and not by time alone, and the refund or
    charge in minor units, with pro rata time beside it. Nothing is stored."""
    with named_in_body("/risk/product"):
        catalogue.product(request.risk.product)
    with a_turn():
        report = midterm(request, catalogue, pricing.price)
    return JSONResponse(report.to_dict())


@router.post(
    "/renewals", response_model=RenewalReport, responses=problems(*BODY, "undefined", "busy")
)
def price_renewal(
    request: Annotated[RenewalRequest, Body(openapi_examples=RENEWAL)], catalogue: CatalogueDep
) -> JSONResponse:
    """The next premium of a risk with own experience: the technical price without it, what it does,
    and the commercial limits, line by line. Nothing is stored."""
    with named_in_body("/risk/product"):
        catalogue.product(request.risk.product)
    with a_turn():
        report = renewal(request, catalogue, pricing.price)
    return JSONResponse(report.to_dict())
