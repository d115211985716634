"""A risk priced at the margin of a pool, after its reinsurance."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import JSONResponse

from techinsure.catalogue import Catalogue, shipped
from techinsure.errors import InvalidParameter
from techinsure.pooling import run_pool, sample
from techinsure.quoting.in_pool import PooledQuote, PooledRequest, price_with_pool
from techinsure.quoting.priced import learnt
from techinsure_api.documented import BODY, OWN_ROWS, problems
from techinsure_api.pricing import Work, work_of
from techinsure_api.problems import named_in_body
from techinsure_api.work import a_turn, check_treaties, check_years, insured_objects

router = APIRouter(prefix="/v1/pools", tags=["pools"])

CatalogueDep = Annotated[Catalogue, Depends(shipped)]

RISK: dict[str, Any] = {
    "product": "rd_loss",
    "insured": {"name": "a chip start-up", "stage": "startup"},
    "exposure": {"budget": 8_000_000, "risk_class": "chip", "route": "risc-v"},
    "drivers": False,
}
"""Invented: a project on a route that others of the pool are on."""

OWN_POOL: dict[str, Any] = {
    "risk": RISK,
    **{name: OWN_ROWS[name] for name in ("portfolio", "pool", "programme")},
    "simulation": {"n_years": 1_000, "seed": 1},
}
"""Invented: rows, members and treaties of one's own."""


def pooled_examples() -> dict[str, Any]:
    """The shipped sample; a pool of one's own."""
    run = {"n_years": 2_000, "seed": 1}
    sampled = {"risk": RISK, "portfolio": {"sample": "demo_pool"}, "simulation": run}
    return {
        "sample": {"summary": "In the shipped sample pool", "value": sampled},
        "own": {"summary": "In a pool of your own", "value": OWN_POOL},
    }


@router.post(
    "/price",
    response_model=PooledQuote,
    responses=problems(*BODY, "undefined", "refused", "busy"),
)
def price_risk_in_pool(
    request: Annotated[PooledRequest, Body(openapi_examples=pooled_examples())],
    catalogue: CatalogueDep,
) -> JSONResponse:
    """The premium of a risk that joins a pool: capital is its share of what the members keep, and
    its part of what the treaties cost is a line of its own. Nothing is stored.

    Pool and risk are simulated together in three worlds; each driver and option takes one more."""
    work = _work(request, catalogue)
    check_years(*work)
    with a_turn():
        pool = run_pool(request.pool_request, catalogue)
        n_treaties = round(len(pool.programme.treaties) * work.runs)
        check_treaties(n_treaties, len(pool.losses))
        found = price_with_pool(request, catalogue, pool=pool)
    return JSONResponse(found.to_dict())


def _work(request: PooledRequest, catalogue: Catalogue) -> Work:
    """Runs of pool and risk together: the pool alone, three worlds, and one a step and option."""
    with named_in_body("/portfolio/sample"):
        rows = request.portfolio.rows or sample(request.portfolio.sample or "").rows
    risk = request.risk
    with named_in_body("/risk/product"):
        product = catalogue.product(risk.product)
    try:
        alone = work_of(risk, product, learnt(product, risk))
    except InvalidParameter as error:
        moved = (fault._replace(pointer=f"/risk{fault.pointer}") for fault in error.faults)
        raise InvalidParameter(moved) from None
    steps = (len(product.factors) + 2 + (risk.levels is not None)) * risk.drivers
    at = "/simulation/n_years" if request.simulation else "/risk/simulation/n_years"
    units = alone.units + insured_objects(rows)
    return Work(request.run.n_years, units, 4.0 + steps + len(risk.options), at)
