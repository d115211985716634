"""A reinsurance programme on losses: what each treaty takes, costs and leaves."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.quantities import FORBID
from techinsure.reading import read
from techinsure.reinsurance.evaluation_report import LossCession, Result, TreatyFigures
from techinsure_api.documented import BODY, problems
from techinsure_api.evaluations import EvaluationRequest, evaluated
from techinsure_api.stored_runs.store import RunStore
from techinsure_api.work import a_turn

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])
store = RunStore()

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

TOWER = {
    "treaties": [
        {
            "name": "layer",
            "treaty": {
                "kind": "excess_of_loss",
                "basis": "event",
                "attachment": 10_000_000.0,
                "limit": 20_000_000.0,
                "reinstatement_rates": [1.0],
                "premium": 2_000_000.0,
            },
            "reinsurers": [
                {"name": "Re A", "share": "3/5"},
                {"name": "Re B", "share": "2/5"},
            ],
        },
        {
            "name": "quota share",
            "net_of": ["layer"],
            "treaty": {"kind": "quota_share", "share": 0.4, "commission": 0.28},
        },
    ]
}
"""Invented: a layer with one reinstatement, and a quota share of what it leaves."""

BY_HAND = {
    "programme": TOWER,
    "losses": {
        "table": {
            "n_years": 1,
            "first_year": 2026,
            "rows": [
                {"year": 2026, "loss": 24_000_000, "product": "equipment_loss"},
                {"year": 2026, "loss": 12_000_000, "product": "equipment_loss"},
                {"year": 2026, "loss": 45_000_000, "product": "equipment_loss"},
            ],
        }
    },
    "premium": {"equipment_loss": 30_000_000},
    "rows": True,
}
"""Invented: a year of three losses, to be checked by hand."""


def evaluation_examples() -> dict[str, Any]:
    """A year made by hand; the shipped sample with its own programme."""
    sampled = {"losses": {"sample": "demo_pool", "n_years": 2_000, "seed": 1}}
    return {
        "by_hand": {"summary": "One year, loss by loss", "value": BY_HAND},
        "sample": {"summary": "The shipped sample pool", "value": sampled},
    }


@lru_cache(maxsize=1)
def evaluation_answer_example() -> dict[str, Any]:
    """A whole answer, computed: the year made by hand."""
    return evaluated(read(EvaluationRequest, BY_HAND), shipped(), store).to_dict()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationAnswer:
    """`results`: mean, spread, tail and chance by treaty and perspective, each with its standard
    error, None where the years cannot tell it; `treaties`: what each costs, its rate on line, its
    fair deposit premium; `cessions`: of every loss, where `rows` asked for them."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    currency: str
    n_years: int
    n_losses: int
    premium: dict[str, float]
    results: tuple[Result, ...]
    treaties: tuple[TreatyFigures, ...]
    cessions: tuple[LossCession, ...] | None
    flags: tuple[str, ...]


@router.post(
    "/evaluate",
    response_model=EvaluationAnswer,
    responses=problems(*BODY, "undefined", "refused", "mismatch", "busy"),
)
def create_evaluation(
    request: Annotated[EvaluationRequest, Body(openapi_examples=evaluation_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Apply a programme to losses: of a stored run, of the shipped sample, or your own.

    Nothing is stored. Losses of a run are those that were simulated; of the sample they are
    simulated now; your own may be past years, or one year made by hand."""
    with a_turn():
        found = evaluated(request, catalogue, store)
    return JSONResponse(found.to_dict())
