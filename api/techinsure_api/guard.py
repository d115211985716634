"""What a request body must be before anything reads it: small, shallow, honest JSON.

Validation of a hostile body can cost seconds (100,000 unknown keys) or fail in its own error
message (NaN, half a surrogate pair); so such bodies never reach it.
"""

import json
import math
from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from techinsure_api.handlers import answer_to

MOST_BYTES = 1024 * 1024
MOST_MEMBERS = 10_000
DEEPEST = 32
LONGEST_INTEGER = 40
BODILESS = ("GET", "HEAD", "OPTIONS")


class Unfit(Exception):
    """A body that is refused unread: the code of the problem and what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(detail)


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
                check(body)
        except Unfit as unfit:
            await answer_to(scope, unfit.code, unfit.detail)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body; refused as soon as it is, or says that it will be, too long."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdigit() or len(declared) > 10 or int(declared) > MOST_BYTES:
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
    charset = [part for part in parameters if part.startswith("charset=")]
    if kind != "application/json" or any(part.strip('"') not in _UTF_8 for part in charset):
        raise Unfit("unsupported_media_type", f"Content-Type is {declared[:100]!r}")
    if headers.get("content-encoding", "identity") != "identity":
        raise Unfit("unsupported_media_type", "Content-Encoding must not be set")


_UTF_8 = ("charset=utf-8", 'charset="utf-8', "charset=utf8")


def check(body: bytes) -> None:
    """Raise `Unfit` unless `body` is UTF-8 JSON within bounds, every key once, numbers finite."""
    try:
        document = json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except UnicodeDecodeError as error:
        raise Unfit("malformed_json", f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise Unfit("too_large", f"the body is nested deeper than {DEEPEST} levels") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unfit("malformed_json", f"the body does not parse: {error.msg} ({place})") from None
    members = 0
    for text in _texts(document):
        members += 1
        if members > MOST_MEMBERS:
            raise Unfit("too_large", f"the body has more than {MOST_MEMBERS:,} members")
        if "\0" in text:
            raise Unfit("malformed_json", "a text holds NUL")
        if not text.isascii() and any("\ud800" <= character < "\ue000" for character in text):
            raise Unfit("malformed_json", "a text holds half a surrogate pair")


def _texts(document: object) -> Iterator[str]:
    """One text a member, "" for a number, and every key; refused where nested too deep."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise Unfit("too_large", f"the body is nested deeper than {DEEPEST} levels")
        yield value if isinstance(value, str) else ""
        if isinstance(value, dict):
            yield "\n".join(value)
            waiting += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    whole = dict(pairs)
    if len(whole) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        shown = twice[:60].encode("utf-8", "replace").decode()
        raise Unfit("malformed_json", f"{shown!r} is given twice in one object")
    return whole


def _refuse_constant(name: str) -> NoReturn:
    raise Unfit("malformed_json", f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unfit("malformed_json", f"{digits[:30]} is out of range")
    return number


def _short(digits: str) -> int:
    if len(digits) > LONGEST_INTEGER:
        raise Unfit("malformed_json", f"an integer has more than {LONGEST_INTEGER} digits")
    return int(digits)
