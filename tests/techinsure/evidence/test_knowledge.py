"""What is known beside own data, as a record: what it refuses, and what it leads to."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.evidence.elicitation import Elicitation
from techinsure.evidence.knowledge import MOST, Knowledge
from techinsure.reading import read
from techinsure.receipt import plain
from tests.techinsure.evidence.asked import abroad, expert, known


def told(build):
    with pytest.raises(InvalidParameter) as error:
        build()
    return str(error.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"product_weight": None}, "product_weight is required with experts"),
        ({"product_weight": 1.0}, r"product_weight must be in \[0, 1\)"),
        ({"product_weight": -0.1}, r"product_weight must be in \[0, 1\)"),
        ({"family": None}, "family is required with experts"),
        ({"family": "normal"}, "family must be one of beta, gamma, lognormal"),
        ({"question": ""}, "question must have 1 to 2000 characters"),
        ({"experts": (expert(weight=0.5),)}, "experts.weight must sum to 1"),
        ({"experts": (expert(weight=0.5), expert(weight=0.5))}, "must be unique"),
        ({"robust": 0.0}, "robust must be in"), ({"robust": 1.0}, "robust must be in"),
        ({"version": 2}, "change must have"),
        ({"analogues": (abroad(), abroad())}, "analogues.1..name must be unique"),
        ({"analogues": tuple(abroad(name=str(i)) for i in range(MOST + 1))}, "at most 20 entries"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused(changes, words):
    whole = {"parameter": "p", "question": "q", "family": "beta", "product_weight": 0.2,
             "experts": (expert(),)}  # fmt: skip
    with pytest.raises(InvalidParameter, match=words):
        Knowledge(**(whole | changes))


@pytest.mark.parametrize("name", ["question", "family", "product_weight", "change"])
def test_what_only_experts_have_is_refused_without_them(name):
    value = {"family": "beta", "product_weight": 0.2}.get(name, "text")
    assert f"{name} must be left out without experts" in told(
        lambda: Knowledge(parameter="p", robust=0.1, **{name: value})
    )


def test_an_empty_entry_is_refused():
    assert "give experts, analogues or robust" in told(lambda: Knowledge(parameter="p"))


def test_quantiles_that_cross_are_refused_with_their_place():
    crossing = {"parameter": "p", "question": "q", "family": "beta", "product_weight": 0.0,
                "experts": [plain(expert())]}  # fmt: skip
    crossing["experts"][0]["stated"][2]["value"] = 0.1
    with pytest.raises(InvalidParameter, match="quantiles cross") as error:
        read(Knowledge, crossing, "/experience/knowledge/0")
    pointer = "/experience/knowledge/0/experts/0/stated/2/value"
    assert [fault.pointer for fault in error.value.faults] == [pointer]


def test_the_experts_are_an_elicitation():
    entry = known("p", experts=(expert("Wang", 0.4), expert("Li", 0.6)))
    record = Elicitation(parameter="p", question="how often?", family="beta",
                         experts=entry.experts)  # fmt: skip
    assert entry.elicitation == record
    assert [one.name for one in entry.ordered.experts] == ["Li", "Wang"]
    assert known("p", robust=0.1).elicitation is None
