"""GET /v1/subsidies: every shipped scheme, as a price request can name or hold it."""

import pytest

from techinsure.pricing.subsidies import schemes
from techinsure.pricing.subsidies.schemes import Scheme
from techinsure.reading import read
from tests.techinsure_api.service import client, is_problem

CODES = list(schemes.shipped())


def test_all_schemes_are_listed_in_order():
    listed = client.get("/v1/subsidies").json()["subsidies"]
    assert [one["code"] for one in listed] == CODES
    for one in listed:
        assert one["source"]
        assert one["grade"] in "ABCD"
        assert one["not_known"].keys() == {"en", "zh"}


@pytest.mark.parametrize("code", CODES)
def test_a_scheme_can_be_read_back(code):
    answer = client.get(f"/v1/subsidies/{code}")
    assert answer.status_code == 200
    assert read(Scheme, answer.json()) == schemes.scheme(code)


def test_a_scheme_that_is_not_there_is_not_found():
    found = is_problem(client.get("/v1/subsidies/first_set_central_2018"), 404, "not_found")
    assert "did you mean 'first_set_central_2019'?" in found["detail"]
