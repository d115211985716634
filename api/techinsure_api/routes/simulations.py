"""A pool run, kept on disk, and other programmes over its losses."""

from dataclasses import dataclass, fields, make_dataclass
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.pool.accumulation import Accumulation, AccumulationBreach
from techinsure.pool.insolvency import outcome
from techinsure.pool.insolvency.outcome import InsolvencyReport
from techinsure.pooling import report as pool_report
from techinsure.pooling import run_pool, sample, what_if_report
from techinsure.pooling.report import PoolReport, PoolRequest
from techinsure.pooling.run import fates_of
from techinsure.pooling.what_if import what_if
from techinsure.pooling.what_if_report import Alternative, WhatIf, WhatIfRequest
from techinsure.quantities import FORBID
from techinsure_api.documented import (
    BODY,
    OWN_ROWS,
    problems,
    simulation_examples,
    what_if_examples,
)
from techinsure_api.problems import named_in_body
from techinsure_api.stored_runs.store import NotStored, RunStore
from techinsure_api.work import a_turn, check_fates, check_treaties, check_years, insured_objects

router = APIRouter(prefix="/v1/simulations", tags=["simulations"])
store = RunStore()

CatalogueDep = Annotated[Catalogue, Depends(shipped)]


def _said(name: str, kind: type, unsaid: tuple[str, ...], **changed: Any) -> type:
    """What the JSON of a record holds: its fields without those it does not say, some `changed`,
    and what it says beside them."""
    hints = get_type_hints(kind, include_extras=True) | changed
    names = [f.name for f in fields(kind) if f.name not in unsaid]
    told = [(field, hints[field]) for field in dict.fromkeys([*names, *changed])]
    words = {"__doc__": f"What `{kind.__name__}` says as JSON.", "__module__": __name__}
    return make_dataclass(name, told, namespace=words)


InsolvencyResult = _said("InsolvencyResult", InsolvencyReport, outcome.UNSAID)
PoolResult = _said(
    "PoolResult",
    PoolReport,
    pool_report.UNSAID,
    insolvency=InsolvencyResult | None,
    accumulation=list[Accumulation],
    accumulation_breaches=list[AccumulationBreach],
)
AlternativeResult = _said("AlternativeResult", Alternative, what_if_report.UNSAID)
WhatIfResult = _said(
    "WhatIfResult",
    WhatIf,
    what_if_report.UNSAID,
    alternatives=list[AlternativeResult],  # type: ignore[valid-type]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationAnswer:
    """A pool run. `result` holds gross, ceded and net losses, and treaties and members by name.
    What is `stored` is on the disk of the service and answers again under its `id`; what is not
    has no id, and `note` says why."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    id: str | None
    status: Literal["succeeded"]
    stored: bool
    note: str
    result: PoolResult  # type: ignore[valid-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfAnswer:
    """Other programmes over the losses of the run `simulation`. Each figure has `before`, `after`
    and `difference`, whose standard error is of the same simulated years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    simulation: str
    result: WhatIfResult  # type: ignore[valid-type]


def _rated() -> dict[str, Any]:
    """Rows of one's own, in a pool whose parties have ratings, with terms for one that cannot pay
    and a limit of what it takes in one route."""
    lead, follower = OWN_ROWS["pool"]["members"]
    share, layer = OWN_ROWS["programme"]["treaties"]
    placed = {"name": "reinsurer", "share": "1", "rating": "A"}
    return {
        **OWN_ROWS,
        "pool": {
            **OWN_ROWS["pool"],
            "members": [{**lead, "rating": "A"}, {**follower, "default_probability": 0.01}],
            "default_terms": {"kind": "joint", "capacity_share": 0.1},
            "accumulation_limits": [
                {"basis": "route", "figure": "sum_insured", "soft": 8e6, "hard": 12e6}
            ],
        },
        "programme": {"treaties": [{**one, "reinsurers": [{**placed}]} for one in (share, layer)]},
    }


RATED = {"summary": "Members and reinsurers that may fail, and a limit", "value": _rated()}


@router.post(
    "",
    status_code=201,
    response_model=SimulationAnswer,
    responses=problems(*BODY, "undefined", "refused", "busy"),
)
def create_simulation(
    request: Annotated[
        PoolRequest, Body(openapi_examples={**simulation_examples(), "rated": RATED})
    ],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Run a pool: who carries what of its losses, before and after reinsurance, with errors.

    The run is kept on disk, within a bound: the one longest not asked for goes first."""
    with named_in_body("/portfolio/sample"):
        rows = request.portfolio.rows or sample(request.portfolio.sample or "").rows
    check_years(request.simulation.n_years, insured_objects(rows))
    check_fates(fates_of(request), request.simulation.n_years)
    with a_turn():
        report = run_pool(request, catalogue)
        name, note = _stored(report, request)
    document = _document(name, note, report.to_dict())
    headers = {"Location": f"{router.prefix}/{name}"} if name else None
    return JSONResponse(document, status_code=201, headers=headers)


@router.get(
    "/{simulation_id}",
    response_model=SimulationAnswer,
    responses=problems("not_found", "mismatch"),
)
def get_simulation(simulation_id: str) -> JSONResponse:
    """A pool run that was made before, also before the service was last started."""
    return JSONResponse(_document(simulation_id, "", store.report(simulation_id)))


@router.post(
    "/{simulation_id}/what-if",
    response_model=WhatIfAnswer,
    responses=problems(*BODY, "not_found", "refused", "mismatch", "busy"),
)
def create_what_if(
    simulation_id: str,
    request: Annotated[WhatIfRequest, Body(openapi_examples=what_if_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Apply other programmes to the losses of a run: what changes, and how surely.

    Nothing is simulated again, so that a difference has only the error of what the programmes do
    differently in the same years."""
    outline = store.outline(simulation_id)
    programmes = request.programmes(outline.programme)
    n_treaties = sum(len(one.treaties) for one in (outline.programme, *programmes.values()))
    check_treaties(n_treaties, max(outline.n_losses, outline.n_years))
    with a_turn():
        found = what_if(store.simulated(simulation_id, catalogue), programmes)
    return JSONResponse({"simulation": simulation_id, "result": found.to_dict()})


def _stored(report: PoolReport, request: PoolRequest) -> tuple[str | None, str]:
    """The id of the stored run and no note, or no id and why."""
    try:
        return store.add(report, request), ""
    except NotStored as error:
        return None, f"not stored: {error}"


def _document(name: str | None, note: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "status": "succeeded",
        "stored": name is not None,
        "note": note,
        "result": result,
    }
