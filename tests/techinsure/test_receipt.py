"""Receipts: canonical digests and the environment."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

from techinsure.quantities import Estimate, exactly
from techinsure.receipt import Receipt, digest, environment, plain
from tests.techinsure.builders import portfolio, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    name: str
    amount: float
    parts: tuple[int, ...] = ()
    more: dict[str, float] = field(default_factory=dict)


class Pair(NamedTuple):
    low: float
    high: float


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            Thing(name="a", amount=0.1, parts=(1, 2)),
            {"name": "a", "amount": 0.1, "parts": [1, 2], "more": {}},
        ),
        (
            {1: np.float64(0.5), "b": np.int32(3), "c": np.bool_(True)},
            {"1": 0.5, "b": 3, "c": True},
        ),
        (np.array([[1, 2], [3, 4]], np.int16), [[1, 2], [3, 4]]),
        (Pair(1.0, 2.0), {"low": 1.0, "high": 2.0}),
        (date(2026, 2, 28), "2026-02-28"),
        ([float("inf"), np.float64("-inf")], ["inf", "-inf"]),
        (exactly(2, "CNY"), {"value": 2.0, "standard_error": None, "exact": True, "unit": "CNY"}),
        (
            Estimate(value=2.0, standard_error=0.5, error_bound=0.1),
            {"value": 2.0, "standard_error": 0.5, "exact": False, "error_bound": 0.1},
        ),
        (None, None),
    ],
)
def test_a_record_as_json_holds_it(record, expected):
    assert plain(record) == expected
    json.dumps(plain(record), allow_nan=False)


def test_the_digest_can_be_had_without_us():
    """Keys sorted, no white space, UTF-8, SHA-256."""
    written = '{"amount":0.1,"more":{},"name":"险","parts":[]}'
    assert digest(Thing(name="险", amount=0.1)) == hashlib.sha256(written.encode()).hexdigest()


def test_the_digest_is_of_content_not_of_form():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest((1, 2)) == digest([1, 2]) == digest(np.array([1, 2]))
    assert digest(Thing(name="a", amount=1.0)) != digest(Thing(name="a", amount=1.0000000000000002))


def test_portfolios_and_tables_have_digests():
    assert digest(portfolio()) == digest(portfolio())
    assert digest(portfolio()) != digest(portfolio(3))
    assert digest(portfolio()) != digest(portfolio(term=np.array([1.0, 2.0])))
    assert digest(table([(0, 1.0)])) != digest(table([(1, 1.0)]))


def test_what_has_no_canonical_form_has_no_digest():
    for record in (Fraction(1, 3), {1, 2}, b"bytes", object()):
        with pytest.raises(TypeError):
            digest(record)


def test_the_environment_names_what_decides_the_last_bits():
    here = environment()
    assert here.numpy == np.__version__
    assert here.python.count(".") == 2
    assert all((here.engine, here.scipy, here.pydantic, here.cpu))
    assert environment() is here


def test_a_receipt_is_a_record():
    receipt = Receipt(seed=1, n_years=1000, environment=environment(), digests={"request": "ab"})
    assert plain(receipt)["environment"]["numpy"] == np.__version__
    assert receipt.notes == ()
