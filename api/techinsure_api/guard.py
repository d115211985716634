"""What a request body must be before anything reads it: small, declared and honest JSON.

Validation of a hostile body can cost seconds (100,000 unknown keys) or fail in its own error
message (NaN, half a surrogate pair); so such bodies never reach it.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from techinsure_api import strict_json
from techinsure_api.handlers import answer_to
from techinsure_api.strict_json import Unfit

MOST_BYTES = 1024 * 1024
BODILESS = ("GET", "HEAD", "OPTIONS")
UTF_8 = ("charset=utf-8", 'charset="utf-8"', "charset=utf8")


class Guard:
    """ASGI middleware that answers 400, 413 or 415 to bodies that are not to be read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in BODILESS:
            await self.app(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
            if body:
                _check_media_type(Headers(scope=scope))
                strict_json.parse(body)
        except Unfit as unfit:
            await answer_to(scope, unfit.code, unfit.detail)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body; refused as soon as it is, or says that it will be, too long."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 10 or int(declared) > MOST_BYTES:
        raise Unfit("too_large", f"the body has more than {MOST_BYTES:,} bytes")
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BYTES:
            raise Unfit("too_large", f"the body has more than {MOST_BYTES:,} bytes")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once more, then what the connection has to say."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replayed


def _check_media_type(headers: Headers) -> None:
    declared = headers.get("content-type", "")
    kind, *parameters = [part.strip().lower() for part in declared.split(";")]
    charsets = [part for part in parameters if part.startswith("charset=")]
    if kind != "application/json" or any(charset not in UTF_8 for charset in charsets):
        raise Unfit("unsupported_media_type", f"Content-Type is {declared[:100]!r}")
    if headers.get("content-encoding", "identity") != "identity":
        raise Unfit("unsupported_media_type", "Content-Encoding must not be set")
