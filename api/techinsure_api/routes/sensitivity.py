"""What a price hangs on: each parameter moved, and more data on all of them."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from techinsure.catalogue import Catalogue, shipped
from techinsure.quoting.tornado import SensitivityReport, SensitivityRequest
from techinsure_api import pricing
from techinsure_api.documented import BODY, problems, sensitivity_examples
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["evidence"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


@router.post(
    "/sensitivity",
    response_model=SensitivityReport,
    responses=problems(*BODY, "undefined", "busy"),
)
def price_sensitivity(
    request: Annotated[SensitivityRequest, Body(openapi_examples=sensitivity_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """The charged premium with each parameter 10% lower and higher and at the ends of its 90%
    interval, the widest first; and the premium if further data confirmed what is believed. Every
    price is of the same random numbers, so that a change has the error of the change. All prices
    count as work: ask for few years. Nothing is stored."""
    with a_turn():
        report = pricing.sensitivity(request, catalogue)
    return JSONResponse(report.to_dict())
