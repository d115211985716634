"""The OpenAPI document, completed with what FastAPI cannot know, and /docs, which needs no network.

The assets of /docs come with the package fastapi-offline: the content delivery network that
FastAPI names by default is often out of reach behind a firewall.
"""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from techinsure.models import EXPOSURE_OF
from techinsure.quotes import Quote
from techinsure.reading import adapter
from techinsure_api.batches import MOST_REQUESTS
from techinsure_api.documented import (
    batch_answer_example,
    explanation_example,
    posterior_answer_example,
    price_examples,
    quote_example,
    sensitivity_answer_example,
    simulation_answer_example,
    what_if_answer_example,
)
from techinsure_api.problems import Problem
from techinsure_api.routes.accounts import close_answer_example
from techinsure_api.routes.pools import checks_answer_example, sign_down_answer_example
from techinsure_api.routes.programmes import evaluation_answer_example
from techinsure_api.routes.settlements import split_answer_example
from techinsure_api.routes.stress import stress_answer_example
from techinsure_api.schemas import ranged

REFERENCE = "#/components/schemas/{model}"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>techinsure: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#docs", deepLinking: true, tryItOutEnabled: true,
  validatorUrl: null, defaultModelsExpandDepth: 0
});
"""


def install(app: FastAPI) -> None:
    """Serve /docs, and complete the OpenAPI document when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _completed(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_route("/docs", _page)
    app.add_route("/docs/start.js", _start)
    assets = StaticFiles(directory=str(files("fastapi_offline") / "static"))
    app.mount("/docs/assets", assets)


def _page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


def _start(request: Request) -> Response:
    return Response(START, media_type="text/javascript")


def _completed(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas = document["components"]["schemas"]
    records: list[Any] = [Problem, Quote, *EXPOSURE_OF.values()]
    for record in records:
        whole = adapter(record).json_schema(ref_template=REFERENCE)
        schemas |= whole.pop("$defs", {})
        schemas[record.__name__] = whole
    for name in ("HTTPValidationError", "ValidationError"):  # no such answer: handlers.py
        schemas.pop(name, None)
    for name, schema in schemas.items():
        ranged({"title": name, **schema} if "title" not in schema else schema)
    exposures = [{"$ref": REFERENCE.format(model=kind.__name__)} for kind in EXPOSURE_OF.values()]
    schemas["PriceRequest"]["properties"]["exposure"] = {
        "description": "What is insured, in the terms of the product's loss model.",
        "anyOf": exposures,
    }
    requests = schemas["BatchRequest"]["properties"]["requests"]
    requests |= {"items": {"$ref": REFERENCE.format(model="PriceRequest")},
                 "minItems": 1, "maxItems": MOST_REQUESTS}  # fmt: skip
    _complete_operations(document["paths"])
    return document


def _complete_operations(paths: dict[str, Any]) -> None:
    for path in paths.values():
        for operation in path.values():
            unreadable = operation["responses"].get("422", {}).get("content", {})
            if "HTTPValidationError" in str(unreadable):
                del operation["responses"]["422"]
    quote = {"quote": {"summary": "A quote", "value": quote_example()}}
    priced = paths["/v1/price"]["post"]["responses"]["200"]["content"]["application/json"]
    priced["examples"] = quote
    stored = paths["/v1/verify"]["post"]["requestBody"]["content"]["application/json"]
    stored |= {"schema": {"$ref": REFERENCE.format(model="Quote")}, "examples": quote}
    told = paths["/v1/explain"]["post"]["requestBody"]["content"]["application/json"]
    either = [{"$ref": REFERENCE.format(model=model)} for model in ("Quote", "PriceRequest")]
    told |= {"schema": {"anyOf": either}, "examples": quote | price_examples()}
    for path, example in (
        ("/v1/explain", explanation_example()),
        ("/v1/price/batch", batch_answer_example()),
        ("/v1/sensitivity", sensitivity_answer_example()),
        ("/v1/accounts/close", close_answer_example()),
        ("/v1/pools/sign-down", sign_down_answer_example()),
        ("/v1/pools/checks", checks_answer_example()),
        ("/v1/settlements/split", split_answer_example()),
    ):
        answered = paths[path]["post"]["responses"]["200"]["content"]["application/json"]
        answered["example"] = example
    learnt = paths["/v1/posterior"]["post"]["responses"]["200"]["content"]["application/json"]
    learnt["example"] = posterior_answer_example()
    simulated = paths["/v1/simulations"]["post"]["responses"]["201"]["content"]["application/json"]
    simulated["example"] = simulation_answer_example()
    edited = paths["/v1/simulations/{simulation_id}/what-if"]["post"]["responses"]["200"]
    edited["content"]["application/json"]["example"] = what_if_answer_example()
    stressed = paths["/v1/stress"]["post"]["responses"]["200"]["content"]["application/json"]
    stressed["example"] = stress_answer_example()
    applied = paths["/v1/programmes/evaluate"]["post"]["responses"]["200"]["content"]
    applied["application/json"]["example"] = evaluation_answer_example()
