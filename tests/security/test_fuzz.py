"""Thousands of bodies that are nearly right: never a 5xx, always a problem when refused.

The premium itself is a stub: what is tested is everything that reads a request.
"""

import copy
import json
import random
from collections import Counter

import pytest

from techinsure import quoting
from techinsure.accounts.sample import sample
from techinsure.quoting import tornado
from techinsure_api import pricing
from techinsure_api.documented import OWN_ROWS
from techinsure_api.routes.accounts import SMALL
from techinsure_api.routes.in_pool import OWN_POOL
from techinsure_api.routes.over_time import MIDTERM, RENEWAL
from techinsure_api.routes.pools import CHECKED, FAB
from techinsure_api.routes.programmes import BY_HAND
from techinsure_api.routes.settlements import CLAIM, PREMIUM
from tests.techinsure_api.service import PRODUCTS, is_problem, posted, quick

SEED = 20_261_124
BODIES = 1_500

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
    """A request of some product after a few mutations, as bytes; one in six is damaged as text."""
    document = quick(dice.choice(PRODUCTS))
    for _ in range(dice.choice([1, 1, 1, 2, 3, 5])):
        mutated(document, dice)
        if not [place for place in places(document) if place]:
            break
    text = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    written = damaged(text, dice) if dice.random() < 1 / 6 else text
    return written.encode("utf-8", "surrogatepass")


@pytest.fixture
def priced_at_once(monkeypatch):
    quote = quoting.price(quick("rd_loss"))
    monkeypatch.setattr(pricing.quoting, "price", lambda *arguments: quote)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)


CODES = {400: "malformed_json", 409: "refused", 413: "too_large", 422: "invalid_parameter"}


def answers(path, bodies, codes=CODES):
    """Statuses and how often; each answer a success or a whole problem with its place."""
    counted = Counter()
    for sent, answer in posted(path, bodies):
        counted[answer.status_code] += 1
        assert answer.status_code < 500, f"{answer.text}: {sent!r}"
        if answer.status_code >= 300:
            found = is_problem(answer, answer.status_code, codes[answer.status_code])
            pointers = [entry["pointer"] for entry in found.get("errors", [])]
            assert all(pointers) or pointers == [""], f"{answer.text}: {sent!r}"
    return counted


def test_no_body_gets_a_5xx(priced_at_once):
    dice = random.Random(SEED)
    counted = answers("/v1/price", (body(dice) for _ in range(BODIES)))
    assert min(counted[status] for status in (200, 400, 422)) > BODIES / 20, counted


def test_no_pool_gets_a_5xx():
    """Rows, members and treaties, with the real engine behind."""
    dice = random.Random(SEED + 1)
    whole = {**OWN_ROWS, "simulation": {"n_years": 1000, "seed": 1}}
    counted = answers("/v1/simulations", (nearly(whole, dice) for _ in range(200)))
    assert min(counted[status] for status in (201, 422)) > 15, counted


def test_what_passes_can_be_priced():
    """Bodies with the real engine behind: what validation lets through, prices."""
    dice = random.Random(SEED + 2)
    bodies = (nearly(quick(dice.choice(PRODUCTS)), dice) for _ in range(60))
    counted = answers("/v1/price", bodies)
    assert counted[200] > 10, counted


def test_no_batch_gets_a_5xx(priced_at_once):
    """A request that cannot be read is an answer; only what is around it is refused."""
    dice = random.Random(SEED + 3)
    whole = {"requests": [quick(code) for code in PRODUCTS[:2]], "drivers": False}
    counted = answers("/v1/price/batch", (nearly(whole, dice) for _ in range(300)))
    assert counted[200] > 200, counted
    assert counted[422] > 4, counted


def test_no_sensitivity_gets_a_5xx(monkeypatch):
    """The tornado itself is a stub; its limit and all that reads a request are not."""
    request = {"risk": quick("first_set"), "more_exposure": [10.0]}
    report = tornado.sensitivity(request)
    monkeypatch.setattr(pricing.tornado, "sensitivity", lambda *arguments: report)
    monkeypatch.setattr(pricing.references, "losses", lambda *arguments, **numbers: None)
    dice = random.Random(SEED + 4)
    counted = answers("/v1/sensitivity", (nearly(request, dice) for _ in range(300)))
    assert min(counted[status] for status in (200, 422)) > 10, counted


def test_no_quote_to_be_explained_gets_a_5xx():
    """Quotes that somebody changed, with the real words behind."""
    dice = random.Random(SEED + 5)
    quote = quoting.price(quick("rd_loss")).to_dict()
    bodies = (nearly(quote, dice) for _ in range(400))
    counted = answers("/v1/explain", bodies, CODES | {409: "mismatch"})
    assert min(counted[status] for status in (200, 409, 422)) > 10, counted


def test_no_quarter_gets_a_5xx():
    """Events of every kind, with the real book behind."""
    dice = random.Random(SEED + 40)
    whole = sample()
    whole["events"] = [one for one in whole["events"] if one["kind"] != "payment"]
    few = [{**SMALL, "events": [*SMALL["events"]]}, whole]
    counted = answers("/v1/accounts/close", (nearly(dice.choice(few), dice) for _ in range(300)))
    assert min(counted[status] for status in (200, 422)) > 5, counted


@pytest.mark.parametrize(
    ("path", "whole", "n"),
    [("/v1/pools/sign-down", FAB, 400), ("/v1/settlements/split", CLAIM, 300),
     ("/v1/settlements/split", PREMIUM, 200),
     ("/v1/pools/checks", {**CHECKED, "simulation": {"n_years": 1000, "seed": 1}}, 50),
     ("/v1/pools/price", OWN_POOL, 50)],
)  # fmt: skip
def test_no_pool_of_lines_gets_a_5xx(path, whole, n):
    """Lines, checks and splits, with the real engine behind."""
    dice = random.Random(SEED + 6)
    counted = answers(path, (nearly(whole, dice) for _ in range(n)))
    assert min(counted[status] for status in (200, 422)) > n / 50, counted


@pytest.mark.parametrize(
    ("path", "whole"),
    [("/v1/midterm", MIDTERM["changed"]["value"]), ("/v1/renewals", RENEWAL["capped"]["value"])],
)
def test_no_change_within_a_term_gets_a_5xx(priced_at_once, path, whole):
    """Prices are stubs; patterns, refunds and limits are not."""
    dice = random.Random(SEED + 80)
    counted = answers(path, (nearly(whole, dice) for _ in range(200)))
    assert min(counted[status] for status in (200, 422)) > 10, counted


def nearly(document, dice):
    """The document after one mutation, as bytes."""
    whole = copy.deepcopy(document)
    mutated(whole, dice)
    return json.dumps(whole).encode()


def test_no_programme_gets_a_5xx():
    """Losses, treaties and premium, with the real engine behind."""
    dice = random.Random(SEED + 60)
    counted = answers("/v1/programmes/evaluate", (nearly(BY_HAND, dice) for _ in range(400)))
    assert min(counted[status] for status in (200, 422)) > 30, counted
