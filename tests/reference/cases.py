"""Published or independently computed answers, one JSON file a family; read `conventions` first.

A case has `id`, `inputs`, `expected`, `tolerance` ({rel, abs, why}) and `source`; `verified_by`
names the second method, `trap` what naive code gets wrong. `refuse: true`: a named error.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest


def load(family: str) -> dict[str, dict[str, Any]]:
    """The cases of `tests/reference/<family>.json` by id, without the family's prefix."""
    path = Path(__file__).with_name(f"{family}.json")
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return {case["id"].split(".", 1)[1]: case for case in cases}


def within(case: dict[str, Any], expected: Any) -> Any:
    """`expected` with the case's own tolerance: |x - e| <= max(abs, rel * |e|)."""
    tolerance = case["tolerance"]
    return pytest.approx(expected, rel=tolerance.get("rel", 0), abs=tolerance.get("abs", 0))


def assert_listed(cases: Collection[str], covered: Collection[str], left: Collection[str]) -> None:
    """Every case is either covered or named as left for later, none is both."""
    assert not set(covered) & set(left)
    assert set(covered) | set(left) == set(cases)
