"""POST /v1/explain: a quote in words, in both languages, whoever computed it."""

import re

import pytest

from techinsure import quoting
from techinsure_api import words
from tests.techinsure_api.service import changed, client, is_problem, quick

REQUEST = quick("rd_loss")


@pytest.fixture(scope="module")
def quote():
    return quoting.price(REQUEST)


def test_a_quote_and_its_request_are_told_the_same(quote):
    of_quote = client.post("/v1/explain", json=quote.to_dict())
    assert of_quote.status_code == 200, of_quote.text
    assert of_quote.json() == client.post("/v1/explain", json=REQUEST).json()
    assert of_quote.json()["en"] == quote.explain("en")


def test_the_chinese_is_chinese_and_has_the_same_figures(quote):
    said = client.post("/v1/explain", json=quote.to_dict()).json()
    assert len(said["en"].splitlines()) == len(said["zh"].splitlines())
    charged = f"{quote.premium.charged.value:,.0f}"
    assert charged in said["en"]
    assert charged in said["zh"]
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+ [a-z]+", said["zh"])
    assert words.language.get() == "en"


@pytest.mark.parametrize(
    ("pointer", "value", "at"),
    [
        ("/premium/waterfall/steps", [], "/premium/waterfall/steps"),
        ("/assumed", ["nothing"], "/assumed/0"),
        ("/premium/charged/value", "much", "/premium/charged/value"),
        ("/receipt", None, "/receipt"),
    ],
)
def test_what_is_no_whole_quote_is_refused(quote, pointer, value, at):
    answer = client.post("/v1/explain", json=changed(quote.to_dict(), pointer, value))
    found = is_problem(answer, 422, "invalid_parameter")
    assert at in [entry["pointer"] for entry in found["errors"]]


@pytest.mark.parametrize("document", [{}, {"product": "rd_los", "exposure": {}}])
def test_what_is_no_request_is_refused(document):
    is_problem(client.post("/v1/explain", json=document), 422, "invalid_parameter")
