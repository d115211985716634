"""A quote in words: what drives the price, and what is not known of it."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends, Query
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.quantities import FORBID, one_of, optional, require
from techinsure_api import pricing
from techinsure_api.documented import BODY, problems
from techinsure_api.words import LANGUAGES
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1", tags=["price"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The same sentences, one a line, in English and in Chinese, or in the one asked for."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    en: str | None = None
    zh: str | None = None


@router.post(
    "/explain",
    response_model_exclude_none=True,
    responses=problems(*BODY, "undefined", "mismatch", "busy"),
)
def explain_quote(
    quote: Annotated[
        dict[str, Any],
        Body(description="A whole quote, as POST /v1/price gave it, or a price request."),
    ],
    catalogue: CatalogueDep,
    lang: Annotated[
        str | None, Query(description="The one language to say it in; both if not given.")
    ] = None,
) -> Explanation:
    """Say in words what drives a price, which numbers are opinion and what is not known. A quote
    whose lines do not sum to its premium, whose amounts to pay are not those of the premium, or
    whose request was changed since it was priced, is refused. Nothing is simulated again:
    POST /v1/verify says whether every figure comes out again."""
    require("lang", lang, optional(one_of(*LANGUAGES)))
    asked = tuple(one for one in LANGUAGES if lang in (None, one))
    with a_turn():
        said = pricing.explain(quote, catalogue, asked)
    return Explanation(**said)
