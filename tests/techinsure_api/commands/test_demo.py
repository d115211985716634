"""`techinsure demo`: the whole story, its figures and its files."""

import json
from fractions import Fraction

import pytest

from techinsure import quoting
from techinsure.money import split, to_units
from techinsure.pool.signing import sign
from techinsure.pooling import sample
from techinsure_api import demo
from tests.techinsure_api.service import PRODUCTS


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


def test_tells_the_story_and_what_to_try_next(terminal, out):
    said = terminal("demo", "--out", out, "--years", 1000)
    assert said.code == 0
    assert said.err == ""
    for code in PRODUCTS:
        assert code in said.out
    assert "7,300,001.00 CNY" in said.out
    assert "gross" in said.out
    assert "techinsure serve" in said.out
    assert "curl -s http://127.0.0.1:8000/v1/price" in said.out
    assert "import techinsure" in said.out
    for name in ("exceedance.png", "premium.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    for code in PRODUCTS:
        assert json.loads((out / f"quote_{code}.json").read_text("utf-8"))["product"] == code


def test_the_request_that_it_shows_prices():
    from techinsure_api.commands.demo import CURL

    line = next(line for line in CURL.splitlines() if line.strip().startswith("-d"))
    request = json.loads(line.strip().removeprefix("-d '").removesuffix("'"))
    assert quoting.price({**request, "simulation": {"n_years": 1000}}).product == "rd_loss"


def test_the_claim_is_settled_to_the_fen():
    settlement = demo.claim_settled()
    assert settlement.total("claim_paid") == demo.CLAIM_MINOR == 730_000_100
    assert -settlement.total("claim_share") == demo.CLAIM_MINOR
    shares = sign(sample(demo.SAMPLE).pool).shares()
    assert sum(shares.values()) == Fraction(1)
    parts = dict(zip(shares, split(demo.CLAIM_MINOR, list(shares.values())), strict=True))
    assert demo.shares_of(settlement) == {
        party: f"{to_units(part, 'CNY'):,}" for party, part in parts.items()
    }
