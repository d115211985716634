"""A pool run: a resource with an id, a status and a result."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, make_dataclass
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from techinsure.catalogue import Catalogue, shipped
from techinsure.columns import as_number
from techinsure.pool_report import UNSAID, PoolReport, PoolRequest
from techinsure.pooling import run_pool, sample
from techinsure.quantities import FORBID
from techinsure_api.documented import BODY, problems, simulation_examples
from techinsure_api.problems import named_in_body
from techinsure_api.store import Store
from techinsure_api.work import a_turn, check_years

router = APIRouter(prefix="/v1/simulations", tags=["simulations"])
store = Store("simulation")

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

_HINTS = get_type_hints(PoolReport, include_extras=True)
PoolResult = make_dataclass(
    "PoolResult",
    [(f.name, _HINTS[f.name]) for f in fields(PoolReport) if f.name not in UNSAID],
    namespace={"__doc__": "What `PoolReport.to_dict` says: the report without its rows."},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationAnswer:
    """A pool run. `result` holds gross, ceded and net losses, and treaties and members by name."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    id: str
    status: Literal["succeeded"]
    result: PoolResult  # type: ignore[valid-type]


@router.post(
    "",
    status_code=201,
    response_model=SimulationAnswer,
    responses=problems(*BODY, "undefined", "refused", "busy"),
)
def create_simulation(
    request: Annotated[PoolRequest, Body(openapi_examples=simulation_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """Run a pool: who carries what of its losses, before and after reinsurance, with errors.

    The latest 16 results are kept in memory until the service stops."""
    with named_in_body("/portfolio/sample"):
        rows = request.portfolio.rows or sample(request.portfolio.sample or "").rows
    check_years(request.simulation.n_years, sum(map(_units, rows)))
    with a_turn():
        result = run_pool(request, catalogue).to_dict()
    found = store.add({"status": "succeeded", "result": result})
    where = f"{router.prefix}/{found['id']}"
    return JSONResponse(found, status_code=201, headers={"Location": where})


@router.get("/{simulation_id}", response_model=SimulationAnswer, responses=problems("not_found"))
def get_simulation(simulation_id: str) -> JSONResponse:
    """A pool run that was made before."""
    return JSONResponse(store.get(simulation_id))


def _units(row: Mapping[str, Any]) -> float:
    """The insured objects of a row; what is no number is refused later, with its place."""
    units, months = (as_number(row.get(name)) for name in ("units", "term_months"))
    return max(units or 1.0, 1.0) * max((months or 12.0) / 12.0, 1.0)
