"""A scenario through a pool: what it costs whom, how rare it is, what is learnt from it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

import numpy as np
from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped, with_experience
from techinsure.pooling import sample
from techinsure.portfolio import Portfolio
from techinsure.posterior import risk_of
from techinsure.quantities import FORBID
from techinsure.receipt import plain
from techinsure.stress import StressRequest, scenario, scenarios, stress
from techinsure.stress.report import StressReport
from techinsure.stress.run import IN_POOL_RUNS, Prepared, prepare
from techinsure.stress.scenarios import Scenario
from techinsure_api.documented import BODY, OWN_ROWS, problems
from techinsure_api.pricing import work_of
from techinsure_api.problems import named_in_body
from techinsure_api.work import FEWEST_YEARS, a_turn, check_years

router = APIRouter(prefix="/v1/stress", tags=["simulations"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

OWN_SCENARIO = {
    "name": "a dead end",
    "strikes": [
        {"name": "both projects fail", "hits": {"routes": ["risc-v"]}, "phase": "industrial"}
    ],
    "learning": [
        {
            "product": "rd_loss",
            "lessons": [
                {
                    "parameter": "model.classes.chip.fail.industrial",
                    "events": 2.0,
                    "trials": 2.0,
                    "source": "scenario",
                }
            ],
        }
    ],
}
"""Invented: both projects of the example pool fail in the last phase."""


def stress_examples() -> dict[str, Any]:
    """A scenario of the caller's own on rows of its own; a shipped one on the shipped sample."""
    run = {"n_years": 2_000, "seed": 1}
    value = {"portfolio": {"sample": "demo_pool"}, "shipped": "park_flood", "simulation": run}
    return {
        "own_scenario": {
            "summary": "A route of your own fails",
            "value": {**OWN_ROWS, "scenario": OWN_SCENARIO},
        },
        "shipped": {"summary": "A flood of the sample's largest park", "value": value},
    }


@lru_cache(maxsize=1)
def stress_answer_example() -> dict[str, Any]:
    """A whole report, computed: of few years."""
    run = {"n_years": FEWEST_YEARS, "seed": 1}
    return stress({**OWN_ROWS, "simulation": run, "scenario": OWN_SCENARIO}).to_dict()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedScenarios:
    """The scenarios that come with the service; `name` is what a request calls one."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    scenarios: tuple[Scenario, ...]


@router.get("/scenarios", response_model=ShippedScenarios, responses=problems())
def list_stress_scenarios() -> JSONResponse:
    """The shipped scenarios: what happens, how hard, and on which evidence. Each may be sent back
    as `scenario`, changed."""
    return JSONResponse({"scenarios": [plain(one) for one in scenarios().values()]})


@router.post("", response_model=StressReport, responses=problems(*BODY, "undefined", "refused",
             "busy"))  # fmt: skip
def create_stress(
    request: Annotated[StressRequest, Body(openapi_examples=stress_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Run a pool, and a scenario through its terms, programme and lines: gross, ceded by treaty
    and reinsurer, net, what it costs each member in money and of its capital, how rare the pool's
    own years hold it; then the posteriors that it would lead to, and a price before and after.
    `in_pool` prices at the pool's margin as well: that is six more runs, and counts as work.
    Nothing is stored."""
    with named_in_body("/shipped"):
        _ = request.scenario or scenario(request.shipped or "")
    with named_in_body("/portfolio/sample"):
        _ = request.portfolio.rows or sample(request.portfolio.sample or "")
    prepared = prepare(request, catalogue)
    units = _units(prepared.portfolio)
    runs = _runs(request, prepared, catalogue, units)
    check_years(request.simulation.n_years, units, runs)
    with a_turn():
        report = stress(request, catalogue)
    return JSONResponse(report.to_dict())


def _units(portfolio: Portfolio) -> float:
    return float((portfolio.units * np.maximum(portfolio.term, 1.0)).sum())


def _runs(request: StressRequest, prepared: Prepared, catalogue: Catalogue, units: float) -> float:
    """The runs of the pool that all of it takes: one, those of prices, with as many more events as
    what is learnt may bring."""
    runs = 1.0
    for lesson in prepared.lessons:
        product = catalogue.product(lesson.product)
        risk = risk_of(product, lesson)
        learnt = with_experience(product, lesson.experience)
        after, before = (work_of(risk, product, one) for one in (learnt, product))
        runs += (after.units * after.runs + before.units * before.runs) / units
        if request.in_pool:
            runs += IN_POOL_RUNS / 2 * (1.0 + after.units / before.units)
    return round(runs, 1)
