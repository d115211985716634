"""Outside data into records: every fault, each with a pointer to its place."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import ConfigDict, Field

from techinsure.errors import Fault, InvalidParameter
from techinsure.quantities import FORBID, Count, Flag, Line, Name, Real, positive, refuse_unless
from techinsure.reading import MOST_FAULTS, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Heavy:
    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["heavy"] = "heavy"
    shape: Real
    pair: tuple[Real, Real] = (1.0, 2.0)

    def __post_init__(self) -> None:
        refuse_unless(self, shape=positive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    kind: Literal["light"] = "light"
    number: Count = 1
    open: Flag = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    laws: tuple[Annotated[Heavy | Light, Field(discriminator="kind")], ...] = ()
    name: Name = "plan"
    line: Line = "1/2"
    by: dict[str, Heavy] = field(default_factory=dict)
    sizes: Count | tuple[Count, ...] = 1

    def __post_init__(self) -> None:
        if self.name == "nested":
            raise InvalidParameter([Fault("laws[0].shape", 9.0, "must be < 5", "take less")])
        if self.name == "plain":
            raise ValueError("plain words")


def faults(data, at=""):
    with pytest.raises(InvalidParameter) as caught:
        read(Plan, data, at)
    return [(fault.pointer, str(fault)) for fault in caught.value.faults]


def test_good_data_is_a_record():
    plan = read(Plan, {
        "laws": [{"kind": "heavy", "shape": 2}, {"kind": "light", "number": 3, "open": False}],
        "name": "共保体",
        "by": {"a": {"shape": 1.5}},
    })  # fmt: skip
    assert plan.laws == (Heavy(shape=2.0), Light(number=3, open=False))
    assert plan.by == {"a": Heavy(shape=1.5)}


@pytest.mark.parametrize(
    ("data", "pointer", "message"),
    [
        # the tag of the union is no part of the document
        (
            {"laws": [{"kind": "heavy", "shape": -1}]},
            "/laws/0/shape",
            "shape must be > 0, got -1.0",
        ),
        (
            {"laws": [{"kind": "heavy"}]},
            "/laws/0/shape",
            "shape is required (add 'shape')",
        ),
        (
            {"laws": [{"kind": "heavy", "shape": "1"}]},
            "/laws/0/shape",
            "shape must be a valid number, got '1'",
        ),
        (
            {"laws": [{"kind": "heavy", "shape": float("nan")}]},
            "/laws/0/shape",
            "shape must be a finite number, got nan",
        ),
        (
            {"laws": [{"kind": "light"}, {"kind": "light", "number": True}]},
            "/laws/1/number",
            "number must be a valid integer, got True",
        ),
        (
            {"laws": [{"kind": "light", "number": 1.5}]},
            "/laws/0/number",
            "number must be a valid integer, got 1.5",
        ),
        (
            {"laws": [{"kind": "light", "open": 1}]},
            "/laws/0/open",
            "open must be a valid boolean, got 1",
        ),
        (
            {"laws": [{"kind": "light", "extra": 1}]},
            "/laws/0/extra",
            "extra is not a known key, got 1 (remove it, or check its spelling)",
        ),
        (
            {"laws": [{}]},
            "/laws/0",
            "laws[0] unable to extract tag using discriminator 'kind', got {}",
        ),
        (
            {"laws": [{"kind": "heavy", "shape": 1, "pair": [1]}]},
            "/laws/0/pair/1",
            "pair[1] is required (add 'pair[1]')",
        ),
        ({"laws": "abc"}, "/laws", "laws must be a valid tuple, got 'abc'"),
        ({"by": {"a/b": {"shape": 0}}}, "/by/a~1b/shape", "shape must be > 0, got 0.0"),
        (
            {"x~/y": 1},
            "/x~0~1y",
            "x~/y is not a known key, got 1 (remove it, or check its spelling)",
        ),
        ({"name": ""}, "/name", "name must have at least 1 character, got ''"),
        (
            {"line": "1/2/3"},
            "/line",
            "line must be a fraction such as 1/18 or 0.05, got '1/2/3'",
        ),
        (
            {"laws": [{"kind": "heavy", "shape": 9}], "name": "nested"},
            "/laws/0/shape",
            "laws[0].shape must be < 5, got 9.0 (take less)",
        ),
        ([], "", "body must be an object with named fields, got []"),
        (None, "", "body must be an object with named fields, got None"),
    ],
)
def test_a_fault_and_its_place(data, pointer, message):
    assert faults(data) == [(pointer, message)]
    assert faults(data, at="/body") == [("/body" + pointer, message)]


def test_the_options_of_a_union_are_one_fault():
    ((pointer, message),) = faults({"sizes": "many"})
    assert pointer == "/sizes"
    assert message == "sizes must be a valid integer or a valid tuple, got 'many'"


def test_words_of_another_error_are_kept():
    ((pointer, message),) = faults({"name": "plain"})
    assert (pointer, message.split(",")[0]) == ("", "body plain words")


def test_all_faults_are_told_up_to_a_limit():
    found = faults({"laws": [{"kind": "heavy", "shape": -1}, {"kind": "light", "number": "x"}],
                    "name": 3, "other": 1})  # fmt: skip
    assert [pointer for pointer, _ in found] == [
        "/laws/0/shape",
        "/laws/1/number",
        "/name",
        "/other",
    ]
    many = [{"kind": "heavy", "shape": -1}] * (MOST_FAULTS + 5)
    assert len(faults({"laws": many})) == MOST_FAULTS


def test_data_is_not_changed():
    data = {"laws": [{"kind": "heavy", "shape": 1}]}
    read(Plan, data)
    assert data == {"laws": [{"kind": "heavy", "shape": 1}]}
