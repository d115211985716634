"""Whatever goes wrong, the client reads a problem+json."""

import json
import logging
from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from techinsure.errors import InvalidParameter, TechinsureError
from techinsure.reading import faults_of
from techinsure_api.problems import Problem, problem, problem_of
from techinsure_api.work import Busy

MEDIA_TYPE = "application/problem+json"
CODES = {404: "not_found", 405: "method_not_allowed"}
"""What the router itself answers."""

logger = logging.getLogger("techinsure_api")


def install(app: FastAPI) -> None:
    """Answer every exception that a route or the router raises."""
    app.add_exception_handler(TechinsureError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_unreadable)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Busy, _on_busy)


def answer(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The response that carries a problem."""
    body = json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False)
    return Response(
        body.encode("utf-8", "replace"),
        status_code=found.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def answer_to(
    scope: Scope, code: str, detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """The response to the request of `scope` that carries a problem of that code."""
    return answer(
        problem(code, detail, instance=scope["path"], request_id=request_id(scope)), headers
    )


def request_id(scope: Scope) -> str:
    """The identity that the envelope gave to the request."""
    return str(scope.get("state", {}).get("request_id", ""))


def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TechinsureError)
    found = problem_of(error, instance=request.url.path, request_id=request_id(request.scope))
    if found.status < 500:
        return answer(found)
    logger.error("request %s failed", found.request_id, exc_info=error)
    return answer_to(request.scope, found.code)


def _on_unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    entries = [{**entry, "loc": entry["loc"][1:]} for entry in error.errors()]
    return _on_error(request, InvalidParameter(faults_of(entries, error.body)))


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, headers = request.url.path, dict(error.headers or {})
    details = {
        404: f"there is nothing at {path}; GET /docs lists what there is",
        405: f"{request.method} is not allowed on {path}; allowed: {headers.get('Allow', '')}",
    }
    code = CODES.get(error.status_code, "internal_error")
    return answer_to(request.scope, code, details.get(error.status_code, ""), headers)


def _on_busy(request: Request, error: Exception) -> Response:
    assert isinstance(error, Busy)
    return answer_to(request.scope, "busy", str(error), {"Retry-After": str(error.retry_after)})
