"""The service in this process, and small requests to it."""

import asyncio
import copy
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from fastapi.testclient import TestClient

from techinsure.catalogue import shipped
from techinsure_api.main import app

client = TestClient(app)

PRODUCTS = list(shipped().products)


def quick(code: str, n_years: int = 1000, seed: int = 1) -> dict[str, Any]:
    """The product's own example, of few years, free to be changed."""
    example = copy.deepcopy(shipped().product(code).example)
    return {**example, "simulation": {"n_years": n_years, "seed": seed}}


def changed(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The document with the value at the pointer replaced, or added."""
    whole = copy.deepcopy(document)
    place: Any = whole
    *path, last = pointer.strip("/").split("/")
    for part in path:
        place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
    place[int(last) if isinstance(place, list) else last] = value
    return whole


def at(document: Any, pointer: str) -> Any:
    """The value that a JSON pointer leads to; a KeyError where it leads nowhere."""
    for part in filter(None, pointer.split("/")):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


class Answer(NamedTuple):
    """What `posted` gives: as much of a response as `is_problem` looks at."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


def posted(path: str, bodies: Iterable[bytes]) -> Iterator[tuple[bytes, Answer]]:
    """Each body with its answer, one after another, without the cost of a client."""
    with asyncio.Runner() as runner:
        for body in bodies:
            yield body, runner.run(_posted(path, body))


async def _posted(path: str, body: bytes) -> Answer:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": headers, "scheme": "http", "http_version": "1.1",
        "server": ("test", 80), "client": ("test", 1), "state": {},
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    headers_of = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers_of, b"".join(message["body"] for message in rest))


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer, after looking at what every problem must have."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert found["code"] == code
    assert found["type"] == f"/problems/{code.replace('_', '-')}"
    assert found["title"]
    assert found["detail"]
    assert found["request_id"] == answer.headers["x-request-id"]
    for entry in found.get("errors", []):
        assert {"pointer", "field", "bound", "fix", "detail"} <= entry.keys()
    assert len(answer.content) < 20_000
    return found
