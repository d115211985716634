"""What every answer has, errors included: a request id, security headers, a body only if asked.

Also the last resort: an exception that nobody handled becomes a 500 without internals.
"""

import logging
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from techinsure_api.handlers import answer_to

logger = logging.getLogger("techinsure_api")

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer that does not set its own."""


class Envelope:
    """ASGI middleware, the outermost: nothing leaves without passing it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = uuid4().hex
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "state": {**scope.get("state", {}), "request_id": request_id}}
        if is_head:  # answered as GET would be, so no route needs a twin
            inner["method"] = "GET"
        started = False

        async def outward(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _complete(MutableHeaders(scope=message), request_id)
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(inner, receive, outward)
        except Exception:
            logger.exception("request %s failed", request_id)
            if not started:
                await answer_to(inner, "internal_error")(inner, receive, outward)


def _complete(headers: MutableHeaders, request_id: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-ID"] = request_id
    allowed = headers.get("Allow", "")
    if "GET" in allowed and "HEAD" not in allowed:
        headers["Allow"] = f"{allowed}, HEAD"
