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


def test_one_language_is_said_where_it_is_asked_for(quote):
    both = client.post("/v1/explain", json=quote.to_dict()).json()
    assert set(both) == {"en", "zh"}
    for lang in ("en", "zh"):
        said = client.post(f"/v1/explain?lang={lang}", json=quote.to_dict())
        assert said.json() == {lang: both[lang]}
    refused = client.post("/v1/explain?lang=fr", json=quote.to_dict())
    found = is_problem(refused, 422, "invalid_parameter")
    assert found["errors"][0]["field"] == "lang"


@pytest.mark.parametrize(
    ("pointer", "value", "told"),
    [
        ("/premium/charged/value", 1.0, "/premium/charged/value is 1.0, its lines sum to"),
        ("/premium/pure/value", 1.0, "/premium/pure/value is 1.0, its lines make it"),
        ("/premium/risk_margin/value", 1.0, "/premium/risk_margin/value is 1.0"),
        ("/premium/sparse_data/value", 1.0, "/premium/sparse_data/value is 1.0"),
        ("/premium/loadings/profit/value", 1.0, "/premium/loadings/profit/value is 1.0"),
        ("/premium/loss_ratio/value", 0.01, "/premium/loss_ratio/value is 0.01"),
        ("/premium/waterfall/charged/value", 1.0, "/premium/waterfall/charged/value is 1.0"),
        ("/premium/waterfall/steps/2/amount/value", 1.0, "its lines sum to"),
        ("/rate/value", 0.5, "/rate/value is 0.5"),
        ("/payable/premium/amount_minor", "1", "/payable/premium/amount_minor is 1, rounded from"),
        ("/payable/vat/amount_minor", "1", "/payable/vat/amount_minor is 1, rounded from"),
        ("/payable/insured/amount_minor", "1", "state, others, insured sum to 1"),
        ("/payable/years/0/premium/amount_minor", "1", "years sum to"),
        ("/request/exposure/budget", 1.0, "/request/exposure/budget is 1.0: changed after pricing"),
        ("/receipt/digests/request~1product", "0", "changed after pricing, or its digest was"),
        ("/product", "patent", "/product is 'patent', its request is for 'rd_loss'"),
    ],
)
def test_a_quote_that_was_tampered_with_is_refused_by_what_differs(quote, pointer, value, told):
    whole = quote.to_dict()
    place, *path = whole, *(p.replace("~1", "/") for p in pointer.split("/")[1:])
    for part in path[:-1]:
        place = place[int(part) if isinstance(place, list) else part]
    assert path[-1] in place
    place[path[-1]] = value
    answer = client.post("/v1/explain", json=whole)
    assert told in is_problem(answer, 409, "mismatch")["detail"]
