"""GET /healthz."""

from importlib.metadata import version

from tests.techinsure_api.service import client


def test_says_that_it_is_there_and_which_version():
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": version("techinsure")}
