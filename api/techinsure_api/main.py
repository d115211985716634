"""The HTTP service: `uvicorn techinsure_api.main:app`."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from techinsure_api import documentation, handlers
from techinsure_api.envelope import Envelope
from techinsure_api.guard import Guard
from techinsure_api.routes import (
    accounts,
    explain,
    health,
    in_pool,
    over_time,
    pools,
    posterior,
    price,
    problem_pages,
    products,
    programmes,
    sensitivity,
    settlements,
    simulations,
    stress,
    subsidies,
)

DESCRIPTION = """Prices technology insurance (failed research and development, equipment, patent
disputes) from graded evidence, and runs co-insurance pools. Every modelled figure comes with its
standard error, every result with a receipt that recomputes it. Every error is a problem+json
(RFC 9457) that names field, value, bound and fix."""


def create_app() -> FastAPI:
    """The application, with every route, and nothing that a request could wait for."""
    app = FastAPI(
        title="techinsure",
        summary="Prices technology insurance and runs co-insurance pools",
        description=DESCRIPTION,
        version=version("techinsure"),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
    )
    for resource in (
        products, price, explain, over_time, sensitivity, posterior, subsidies, simulations,
        programmes, pools, in_pool, settlements, stress, accounts, health, problem_pages,
    ):  # fmt: skip
        app.include_router(resource.router)
    documentation.install(app)
    handlers.install(app)
    app.add_middleware(Guard)
    app.add_middleware(Envelope)  # the last added is the outermost
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


app: Any = create_app()
