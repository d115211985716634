"""A quote in words: what drives the price, and what is not known of it."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.quantities import FORBID
from techinsure_api import pricing
from techinsure_api.documented import BODY, problems
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["price"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The same sentences, one a line, in English and in Chinese."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    en: str
    zh: str


@router.post("/explain", responses=problems(*BODY, "undefined", "busy"))
def explain_quote(
    quote: Annotated[
        dict[str, Any],
        Body(description="A whole quote, as POST /v1/price gave it, or a price request."),
    ],
    catalogue: CatalogueDep,
) -> Explanation:
    """Say in words what drives a price, which numbers are opinion and what is not known. A quote
    is taken as it is given: POST /v1/verify says whether it comes out again."""
    with a_turn():
        said = pricing.explain(quote, catalogue)
    return Explanation(en=said["en"], zh=said["zh"])
