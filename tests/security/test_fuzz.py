"""Thousands of bodies that are nearly right: never a 5xx, always a problem when refused.

The premium itself is a stub: what is tested is everything that reads a request.
"""

import copy
import json
import random

import pytest

from techinsure import quoting
from techinsure_api import pricing
from techinsure_api.documented import OWN_ROWS
from tests.techinsure_api.service import PRODUCTS, client, is_problem, quick

SEED = 20_261_124
BODIES = 1_600

VALUES = [
    None, True, False, 0, -1, 1, 2**53, 2**53 + 1, 10**30, -(10**30), 0.0, -0.0, 0.5, 1e-300,
    1.7e308, -1e308, "", "x", "nan", "Infinity", "-1", "1e999", "null", "unknown", "甲", "😀",
    "a\x1b[31m", "\u202e", "=1+1", "<script>", "' OR 1=1", "../..", "%00", "{{7*7}}", "x" * 300,
    [], [[]], [None], {}, {"": ""}, {"kind": "x"}, {"value": 1}, {"a": {"b": [1, {"c": 2}]}},
]  # fmt: skip
KEYS = ["", "kind", "x", "product", "budget", "__class__", "0", "-1", "a/b", "~1", "甲", "factors"]
PIECES = ["NaN", "1e999", "\\ud800", "\\u0000", "{", "}", "[", "]", ",", ":", '"', "\\", "\x00",
          "-", "e9", "\ufeff", "null", "//"]  # fmt: skip


def places(document, path=()):
    """Every place of a document, as the path that leads to it."""
    yield path
    whole = dict(enumerate(document)) if isinstance(document, list) else document
    for name, value in whole.items() if isinstance(whole, dict) else ():
        yield from places(value, (*path, name))


def mutated(document, dice):
    """The document with one value replaced, removed, doubled, renamed or added."""
    value = copy.deepcopy(dice.choice(VALUES))
    path = dice.choice([place for place in places(document) if place])
    parent = document
    for part in path[:-1]:
        parent = parent[part]
    name, action = path[-1], dice.randrange(5)
    if action == 0:
        parent[name] = value
    elif action == 1:
        del parent[name]
    elif isinstance(parent, list):
        parent.insert(name, copy.deepcopy(dice.choice([parent[name], value])))
    elif action == 2:
        parent[dice.choice(KEYS)] = parent.pop(name)
    else:
        parent[dice.choice(KEYS)] = value


def damaged(text, dice):
    """The text with a piece cut out or put in."""
    start = dice.randrange(len(text))
    return text[:start] + dice.choice(PIECES) + text[start + dice.choice([0, 0, 1, 9]) :]


def body(dice):
    """A request of some product after a few mutations; one in six is damaged as text too."""
    document = quick(dice.choice(PRODUCTS))
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5])):
        mutated(document, dice)
        if not [place for place in places(document) if place]:
            break
    text = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    return damaged(text, dice) if dice.random() < 1 / 6 else text


@pytest.fixture
def priced_at_once(monkeypatch):
    quote = quoting.price(quick("rd_loss"))
    monkeypatch.setattr(pricing.quoting, "price", lambda *arguments: quote)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)


def test_no_body_gets_a_5xx(priced_at_once):
    dice, answered = random.Random(SEED), dict.fromkeys((200, 400, 413, 422), 0)
    for number in range(BODIES):
        sent = body(dice).encode("utf-8", "surrogatepass")
        answer = client.post(
            "/v1/price", content=sent, headers={"content-type": "application/json"}
        )
        assert answer.status_code in answered, f"body {number}: {answer.status_code}: {sent!r}"
        answered[answer.status_code] += 1
        if answer.status_code != 200:
            code = {400: "malformed_json", 413: "too_large", 422: "invalid_parameter"}
            is_problem(answer, answer.status_code, code[answer.status_code])
    assert min(answered[status] for status in (200, 400, 422)) > 50, answered


def test_no_pool_gets_a_5xx():
    """Rows, members and treaties, with the real engine behind."""
    dice, answered = random.Random(SEED + 2), dict.fromkeys((201, 400, 409, 413, 422), 0)
    whole = {**OWN_ROWS, "simulation": {"n_years": 1000, "seed": 1}}
    for number in range(200):
        document = copy.deepcopy(whole)
        mutated(document, dice)
        answer = client.post("/v1/simulations", json=document)
        assert answer.status_code in answered, f"body {number}: {answer.text}: {document}"
        answered[answer.status_code] += 1
    assert min(answered[status] for status in (201, 422)) > 15, answered


def test_what_passes_can_be_priced():
    """Bodies with the real engine behind: what validation lets through, prices."""
    dice, priced = random.Random(SEED + 1), 0
    for number in range(120):
        document = quick(dice.choice(PRODUCTS))
        mutated(document, dice)
        answer = client.post("/v1/price", json=document)
        assert answer.status_code in (200, 422), f"body {number}: {answer.text}: {document}"
        priced += answer.status_code == 200
        if answer.status_code == 422:
            pointers = [entry["pointer"] for entry in answer.json()["errors"]]
            assert all(pointers) or pointers == [""], f"body {number}: {answer.text}: {document}"
    assert priced > 10
