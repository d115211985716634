"""What every answer has: its id, its security headers, and no word about the inside."""

import logging

import pytest

from techinsure_api import pricing
from techinsure_api.envelope import HEADERS
from tests.techinsure_api.service import client, is_problem, quick

REQUESTS = [
    ("GET", "/healthz", 200),
    ("GET", "/v1/products", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/docs", 200),
    ("GET", "/problems", 200),
    ("GET", "/nothing", 404),
    ("GET", "/v1/products/", 404),
    ("PUT", "/v1/price", 405),
    ("DELETE", "/v1/products", 405),
    ("POST", "/v1/price", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
def test_every_answer_has_the_headers(method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        if not (path == "/docs" and name == "Content-Security-Policy"):
            assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert len(answer.headers["x-request-id"]) == 32


def test_every_answer_has_an_id_of_its_own_whatever_the_client_says():
    ids = [client.get("/healthz", headers={"x-request-id": "mine"}).headers["x-request-id"]
           for _ in range(3)]  # fmt: skip
    assert len(set(ids)) == 3
    assert "mine" not in ids


@pytest.fixture
def broken(monkeypatch):
    def fail(*arguments):
        raise RuntimeError("secret: /etc/techinsure/key")

    monkeypatch.setattr(pricing.quoting, "price", fail)


def test_a_fault_of_the_service_says_nothing_of_its_inside(broken, caplog):
    with caplog.at_level(logging.ERROR):
        answer = client.post("/v1/price", json=quick("rd_loss"))
    found = is_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert any(found["request_id"] in record.getMessage() for record in caplog.records)
    assert "secret" in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/v1/products", "/v1/products/rd_loss", "/docs"])
def test_head_is_get_without_a_body(path):
    head, get = client.head(path), client.get(path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


def test_head_of_what_is_not_there_is_not_found():
    answer = client.head("/v1/products/nothing")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/v1/price", "POST"), ("HEAD", "/v1/price", "POST"),
     ("DELETE", "/v1/products", "GET, HEAD"), ("PATCH", "/healthz", "GET, HEAD")],
)  # fmt: skip
def test_a_method_that_is_not_known_names_those_that_are(method, path, allowed):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    if method != "HEAD":
        is_problem(answer, 405, "method_not_allowed")


def test_the_documentation_needs_no_network_and_no_inline_script():
    page = client.get("/docs").text
    assert "://" not in page
    assert "<script>" not in page
    for asset in (
        "docs/start.js",
        "docs/assets/swagger-ui-bundle.js",
        "docs/assets/swagger-ui.css",
    ):
        assert asset in page
        assert client.get(f"/{asset}").status_code == 200
