"""A premium, or many, computed and not stored; and a stored quote, computed again."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.quantities import FORBID
from techinsure.quotes import PriceRequest, Quote
from techinsure_api import batches, pricing
from techinsure_api.batches import BatchAnswer, BatchRequest
from techinsure_api.documented import BODY, batch_examples, price_examples, problems
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["price"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


BY_LEVEL: dict[str, Any] = {
    "terms_by_level": {
        "summary": "Equipment with terms of the site, of fire and of the whole term",
        "value": {
            "product": "equipment_loss",
            "exposure": {"risk_class": "lab", "items": [{"value": 4e6, "units": 2}]},
            "levels": [
                {
                    "name": "site excess",
                    "by": "site",
                    "terms": {
                        "*": {
                            "deductible": {"kind": "share_of_sum_insured", "share": 0.01},
                            "maximum_deductible": {"kind": "fixed_amount", "amount": 50_000},
                        }
                    },
                },
                {
                    "name": "fire",
                    "by": "policy",
                    "causes": ["fire"],
                    "terms": {"*": {"limit": {"kind": "fixed_amount", "amount": 3e6}}},
                },
                {
                    "name": "whole term",
                    "by": "policy",
                    "per": "term",
                    "terms": {"*": {"limit": {"kind": "fixed_amount", "amount": 5e6}}},
                },
            ],
            "simulation": {"n_years": 2_000, "seed": 1},
        },
    }
}
"""A request with terms at three levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAnswer:
    """Whether a quote came out again, by which `rule` and why that one; one line a difference."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    reproduced: bool
    rule: str
    why: str
    figures: int
    differences: tuple[str, ...]


@router.post("/price", response_model=Quote, responses=problems(*BODY, "undefined", "busy"))
def price_risk(
    request: Annotated[PriceRequest, Body(openapi_examples={**price_examples(), **BY_LEVEL})],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """The premium line by line with its errors, what it rests on, and a receipt. Nothing is
    stored; the same request gives the same bits on the same machine."""
    with a_turn():
        quote = pricing.price(request, catalogue)
    return JSONResponse(quote.to_dict())


@router.post("/price/batch", response_model=BatchAnswer, responses=problems(*BODY, "busy"))
def price_batch(
    request: Annotated[BatchRequest, Body(openapi_examples=batch_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Many requests at once, each answered on its own and in order: a quote, or the problem that
    `POST /v1/price` would answer with. The work of all together is bounded. Quotes say what each
    factor adds only where `drivers` asks for it."""
    with a_turn():
        batches.refuse_too_much(request, catalogue)
        answer = batches.price_each(request.requests, catalogue, drivers=request.drivers)
    return JSONResponse(answer.to_dict())


@router.post("/verify", responses=problems(*BODY, "busy"))
def verify_quote(
    quote: Annotated[dict[str, Any], Body(description="A whole quote, as POST /v1/price gave it.")],
    catalogue: CatalogueDep,
) -> VerifyAnswer:
    """Compute a stored quote again and name every figure that differs."""
    with a_turn():
        found = pricing.verify(quote, catalogue)
    return VerifyAnswer(
        reproduced=found.reproduced,
        rule=found.rule,
        why=found.why,
        figures=found.figures,
        differences=found.differences,
    )
