"""Experts, analogues and own data on a product: posteriors, and a rate before and after them."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from techinsure.catalogue import Catalogue, shipped
from techinsure.posterior import PosteriorReport, PosteriorRequest
from techinsure_api import pricing
from techinsure_api.documented import BODY, posterior_examples, problems
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["evidence"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


@router.post(
    "/posterior",
    response_model=PosteriorReport,
    responses=problems(*BODY, "undefined", "busy"),
)
def update_priors(
    request: Annotated[PosteriorRequest, Body(openapi_examples=posterior_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Each parameter step by step from the product's prior over experts and analogues to own data,
    what each step weighs, what one more claim would do, which opinions the rate still hangs on, and
    the price of a risk before and after. Nothing is stored."""
    with a_turn():
        report = pricing.posterior(request, catalogue)
    return JSONResponse(report.to_dict())
