"""The shipped premium subsidy schemes: what the state pays, whom for, and what is not known."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.pricing.subsidies import schemes
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.quantities import FORBID
from techinsure.receipt import plain
from techinsure_api.documented import problems

router = APIRouter(prefix="/v1/subsidies", tags=["subsidies"])


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeList:
    """The shipped schemes. Which of them is in force on a day is for the authority to say."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    subsidies: tuple[Scheme, ...]


@router.get("", response_model=SchemeList, responses=problems("catalogue_fault"))
def list_subsidies() -> JSONResponse:
    """All schemes with shares, caps, eligibility, source, grade, and what their sources leave
    open. Shares and amounts are exact, as text; a price request names one by its code."""
    return JSONResponse(plain(SchemeList(subsidies=tuple(schemes.shipped().values()))))


@router.get("/{code}", response_model=Scheme, responses=problems("not_found", "catalogue_fault"))
def get_subsidy(code: str) -> JSONResponse:
    """One scheme, as a price request may also hold it whole under `subsidy.scheme`."""
    return JSONResponse(plain(schemes.scheme(code)))
