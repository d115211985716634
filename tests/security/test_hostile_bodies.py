"""Bodies that stock JSON services answer with 500, 200 or silence: here a problem, at once.

Each row is an attack, what it sends, and the only status that will do.
"""

import json
import time

import pytest

from techinsure_api import strict_json
from techinsure_api.guard import MOST_BYTES
from techinsure_api.strict_json import MOST_MEMBERS, Unfit
from tests.techinsure_api.service import changed, client, is_problem, quick

REQUEST = quick("rd_loss")
TEXT = json.dumps(REQUEST)
BUDGET = '"budget": 8000000.0'
NAME = REQUEST["insured"]["name"]
AT_ONCE = 3.0
"""Seconds, on a busy machine: what these attacks aim at is half a minute."""
JSON = {"content-type": "application/json"}


def with_budget(written):
    assert BUDGET in TEXT
    return TEXT.replace(BUDGET, f'"budget": {written}')


def with_name(written):
    return TEXT.replace(json.dumps(NAME), written)


def nested(depth):
    return '{"free": ' * depth + "1" + "}" * depth


MALFORMED = {
    "NaN": with_budget("NaN"),
    "Infinity": with_budget("Infinity"),
    "-Infinity": with_budget("-Infinity"),
    "1e999": with_budget("1e999"),
    "NaN in an invalid body": '{"x": NaN}',
    "an integer of 5,000 digits": with_budget("9" * 5000),
    "half a surrogate pair": with_name(r'"\ud800"'),
    "half a surrogate pair in a key": TEXT.replace('"route"', r'"\udfff"'),
    "NUL": with_name(r'"a\u0000b"'),
    "NUL in a key": TEXT.replace('"route"', r'"a\u0000"'),
    "a duplicate key": with_budget('1.0, "budget": 2.0'),
    "a duplicate key at the top": TEXT[:-1] + ', "product": "patent"}',
    "bytes that are not UTF-8": TEXT.encode().replace(NAME.encode(), b"\xff\xfe"),
    "UTF-16": TEXT.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "half a document": TEXT[:40],
    "two documents": TEXT + TEXT,
    "a comment": "// " + TEXT,
    "a raw control character": with_name('"a\x01b"'),
}

TOO_LARGE = {
    "8 MB of text": with_name(json.dumps("x" * 8_000_000)),
    "one byte too many": with_name(json.dumps("x" * (MOST_BYTES - len(TEXT) + len(NAME) + 1))),
    "100,000 unknown keys": json.dumps({f"k{i}": 1 for i in range(60_000)}),
    "one member too many": json.dumps({"free": [0] * MOST_MEMBERS}),
    "nested 33 deep": nested(33),
    "nested 900 deep": nested(900),
    "100,000 open brackets": "[" * 100_000,
    "a million open brackets": "[" * (MOST_BYTES - 1),
}

INVALID = {
    "the text nan for a number": with_budget('"nan"'),
    "true for a number": with_budget("true"),
    "a list for a number": with_budget("[1]"),
    "null for a number": with_budget("null"),
    "an integer of 30 digits": with_budget("1" + "0" * 30),
    "a number near the largest": with_budget("1.7e308"),
    "a number near the smallest": with_budget("5e-324"),
    "minus nothing": with_budget("-0.0"),
    "an unknown key": TEXT[:-1] + ', "premium": 1}',
    "9,900 unknown keys": json.dumps({**REQUEST, **{f"k{i}": 1 for i in range(9_900)}}),
    "9,900 unknown factors": json.dumps(
        changed(REQUEST, "/insured/factors", {f"k{i}": "x" for i in range(9_900)})
    ),
    "9,900 unknown terms": json.dumps(
        changed(REQUEST, "/terms", {f"k{i}": 1.0 for i in range(9_900)})
    ),
    "nested 20 deep in a free field": with_budget(nested(20)),
    "a name of 900,000 characters": with_name(json.dumps("x" * 900_000)),
    "a key of 900,000 characters": json.dumps({**REQUEST, "x" * 900_000: 1}),
    "a factor name of 900,000 characters": json.dumps(
        changed(REQUEST, "/insured/factors", {"x" * 900_000: "y"})
    ),
    "a level of 900,000 characters": json.dumps(
        changed(REQUEST, "/insured/factors", {"innovation_points": "q1" * 450_000})
    ),
    "a product of 900,000 characters": json.dumps({**REQUEST, "product": "rd_loss" * 130_000}),
    "a terminal escape in a name": with_name(r'"a\u001b[31mb"'),
    "a line break in a name": with_name(r'"a\r\nSet-Cookie: b"'),
    "a path for a product": json.dumps({**REQUEST, "product": "../../etc/passwd"}),
    "a prototype": TEXT[:-1] + ', "__proto__": {"product": "patent"}}',
    "a Python attribute": json.dumps(changed(REQUEST, "/exposure/__class__", "x")),
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "a text": '"x"',
    "a number": "1",
}


def send(body, path="/v1/price", **headers):
    return client.post(path, content=body, headers={**JSON, **headers})


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed_bodies_are_refused(body):
    is_problem(send(body), 400, "malformed_json")


@pytest.mark.parametrize("body", TOO_LARGE.values(), ids=TOO_LARGE)
def test_bodies_that_are_too_large_are_refused_at_once(body):
    start = time.perf_counter()
    is_problem(send(body), 413, "too_large")
    assert time.perf_counter() - start < AT_ONCE


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_values_that_cannot_be_used_are_refused_at_once_and_not_repeated(body):
    start = time.perf_counter()
    found = is_problem(send(body), 422, "invalid_parameter")
    assert time.perf_counter() - start < AT_ONCE
    assert 1 <= len(found["errors"]) <= 20
    assert all(len(str(entry)) < 2_000 for entry in found["errors"])


@pytest.mark.parametrize("path", ["/v1/simulations", "/v1/verify"])
def test_the_guard_stands_before_every_route(path):
    is_problem(send('{"x": NaN}', path), 400, "malformed_json")
    is_problem(send("[" * 100_000, path), 413, "too_large")
    is_problem(send("{}", path), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=gbk", "application/jsonp", "application/xml"],
)  # fmt: skip
def test_a_body_that_is_not_declared_as_utf_8_json_is_refused(media_type):
    answer = client.post("/v1/price", content=TEXT, headers={"content-type": media_type})
    is_problem(answer, 415, "unsupported_media_type")


def test_a_packed_body_is_refused_unread():
    is_problem(send(TEXT, **{"content-encoding": "gzip"}), 415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; Charset=UTF-8"])
def test_honest_json_passes(media_type):
    answer = client.post("/v1/price", content=TEXT, headers={"content-type": media_type})
    assert answer.status_code == 200


def test_a_whole_pair_of_surrogates_is_a_character():
    answer = send(with_name(r'"\ud83d\ude00 \u7532"'))
    assert answer.json()["insured"] == "😀 甲"


def chunks(size, count):
    return (b"[" + b" " * (size - 1) for _ in range(count))


def test_a_body_in_pieces_is_counted_while_it_comes():
    is_problem(send(chunks(100_000, 11)), 413, "too_large")
    is_problem(send(chunks(1, 40)), 400, "malformed_json")


def test_a_body_that_lies_about_its_length_is_refused():
    for length in (b"1048577", b"9" * 20, b"-1", "١٢٣".encode(), b"\xb2", b"ten"):
        is_problem(send(TEXT, **{"content-length": length}), 413, "too_large")


def test_a_text_that_takes_re_half_a_minute_takes_none():
    start = time.perf_counter()
    is_problem(send(json.dumps(changed(REQUEST, "/as_of", "a " * 14 + "!"))), 422,
               "invalid_parameter")  # fmt: skip
    assert time.perf_counter() - start < AT_ONCE


def test_strange_paths_are_not_found():
    for path in ("%00", "%ff%fe", "..%2f..%2fetc%2fpasswd", "x" * 8_000, "9" * 5_000, "%0d%0aX: y"):
        for root in ("/v1/products/", "/v1/simulations/", "/problems/", "/docs/assets/"):
            answer = client.get(root + path)
            is_problem(answer, 404, "not_found")
            assert "x-evil" not in answer.headers


def test_the_parser_keeps_what_it_accepts():
    document = {"a": [1, 2.5, "x", None, True], "b": {"c": "甲"}}
    assert strict_json.parse(json.dumps(document).encode()) == document
    with pytest.raises(Unfit):
        strict_json.parse(b'{"a": [1, 2]}', most_members=2)
