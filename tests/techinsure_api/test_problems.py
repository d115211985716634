"""The table from error to problem, and what a problem repeats of the input."""

import ast
import inspect
import math

import pytest

from techinsure import errors
from techinsure.errors import (
    CatalogueError,
    Fault,
    InvalidParameter,
    Mismatch,
    NotFound,
    Refused,
    TechinsureError,
    Undefined,
)
from techinsure_api.problems import KIND_OF, KINDS, named_in_body, problem_of

FAULT = Fault("limit", 0, "must be > 0", "give a limit", "/terms/limit")
ERRORS = [
    (InvalidParameter([FAULT]), 422),
    (CatalogueError("a/product.toml", [FAULT]), 500),
    (NotFound("product", "x", ["y"]), 404),
    (Undefined("the mean is infinite"), 422),
    (Refused("circular"), 409),
    (Mismatch(["/a is 1, recomputed 2"]), 409),
    (TechinsureError("something"), 500),
]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[type(e).__name__ for e, _ in ERRORS])
def test_every_error_of_the_engine_is_a_problem(error, status):
    found = problem_of(error)
    assert found.status == status == KINDS[found.code].status
    assert found.type == KINDS[found.code].page


def test_no_error_of_the_engine_is_left_out():
    classes = {node.name for node in ast.parse(inspect.getsource(errors)).body
               if isinstance(node, ast.ClassDef) and node.name != "Fault"}  # fmt: skip
    assert classes == {error.__name__ for error in KIND_OF}


def test_a_new_error_is_what_its_parent_is():
    class TooHeavy(Undefined):
        pass

    assert problem_of(TooHeavy("x")).code == "undefined"


def test_a_fault_is_an_entry():
    (entry,) = problem_of(InvalidParameter([FAULT])).to_dict()["errors"]
    assert entry == {
        "pointer": "/terms/limit", "field": "limit", "value": 0, "bound": "must be > 0",
        "fix": "give a limit", "detail": "limit must be > 0, got 0 (give a limit)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "is_shown"),
    [(1, True), (True, True), (2**53, True), (2**53 + 1, False), (0.5, True), (math.nan, False),
     (math.inf, False), ("x" * 100, True), ("x" * 101, False), (None, False), ([1], False),
     ({"a": 1}, False), (object(), False)],
)  # fmt: skip
def test_only_short_and_honest_values_are_repeated(value, is_shown):
    (entry,) = problem_of(InvalidParameter([Fault("a", value, "must be b")])).to_dict()["errors"]
    assert ("value" in entry) == is_shown


def test_at_most_twenty_faults_are_told_and_all_are_counted():
    found = problem_of(InvalidParameter([FAULT] * 99))
    assert len(found.errors) == 20
    assert found.detail.startswith("99 values cannot be used")


def test_long_input_is_cut():
    long = "x" * 10_000
    found = problem_of(InvalidParameter([Fault(long, long, long, long, "/" + long)] * 30))
    assert len(str(found.to_dict())) < 60_000
    assert len(problem_of(NotFound("product", long, [])).detail) <= 600


def test_what_the_body_names_is_an_invalid_value_of_it():
    with pytest.raises(InvalidParameter) as refused, named_in_body("/portfolio/sample"):
        raise NotFound("sample", "demo", ["demo_pool"], "demo_pool")
    (fault,) = refused.value.faults
    assert fault.pointer == "/portfolio/sample"
    assert fault.field == "sample"
    assert "demo_pool" in fault.fix


@pytest.mark.parametrize(
    ("bound", "pointer", "fix"),
    [
        ("must be > 0", "", "give a value that is > 0"),
        ("must have 1 to 64 members", "", "give a value that has 1 to 64 members"),
        ("is odd", "/exposure/limit", "see the product's input_schema"),
        ("is odd", "/programme/treaties/0/limit", "see the request's schema in /openapi.json"),
    ],
)
def test_a_fault_without_a_fix_gets_the_one_its_bound_implies(bound, pointer, fix):
    problem = problem_of(InvalidParameter([Fault("limit", 0, bound, "", pointer)]))
    assert problem.errors[0].fix == fix
