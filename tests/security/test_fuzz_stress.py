"""Bodies of POST /v1/stress that are nearly right: never a 5xx, always a problem when refused."""

import json
import random

from techinsure_api.documented import OWN_ROWS
from techinsure_api.routes.stress import OWN_SCENARIO
from tests.security.test_fuzz import SEED, answers, nearly

RUN = {**OWN_ROWS, "simulation": {"n_years": 1000, "seed": 1}}
STRIKES, LEARNING = ({name: OWN_SCENARIO[name]} for name in ("strikes", "learning"))


def bodies(part, n, dice):
    """The scenario with one mutation of one of its parts, the real engine behind."""
    for _ in range(n):
        scenario = {"name": "x", **STRIKES, **json.loads(nearly(part, dice))}
        yield json.dumps({**RUN, "scenario": scenario}).encode("utf-8", "surrogatepass")


def test_no_strike_gets_a_5xx():
    counted = answers("/v1/stress", bodies(STRIKES, 60, random.Random(SEED + 11)))
    assert counted[422] > 20, counted
    assert counted[200] > 1, counted


def test_no_lesson_gets_a_5xx():
    counted = answers("/v1/stress", bodies(LEARNING, 30, random.Random(SEED + 12)))
    assert counted[422] > 5, counted


def test_no_request_gets_a_5xx():
    dice = random.Random(SEED + 13)
    whole = {**RUN, "scenario": {"name": "x", **STRIKES}}
    counted = answers("/v1/stress", (nearly(whole, dice) for _ in range(50)))
    assert min(counted[status] for status in (200, 422)) > 0, counted
