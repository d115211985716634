"""The document of all that is known: what it refuses, and that its order says nothing."""

from dataclasses import replace

import pytest

from techinsure.errors import InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Amounts, Observation, Seen
from techinsure.receipt import digest, plain
from tests.techinsure.evidence.asked import abroad, expert, known

ONE = Seen(year=2024, events=1.0, trials=10.0)


def fields(build):
    with pytest.raises(InvalidParameter) as error:
        build()
    return [(fault.field, fault.fix) for fault in error.value.faults]


def observed(**changes):
    whole = {"parameter": "model.attack", "seen": (ONE,), "source": "own claims"}
    return Observation(**(whole | changes))


def test_one_entry_a_parameter():
    faults = fields(lambda: Experience(name="m", observations=(observed(), observed())))
    assert faults == [("parameter[1]", "put all years of one parameter into one entry")]


def test_no_data_are_no_experience():
    assert fields(lambda: Experience(name="m"))[0][0] == "observations"


def test_one_entry_of_knowledge_a_parameter():
    twice = (known(robust=0.1), known(robust=0.2))
    faults = fields(lambda: Experience(name="m", knowledge=twice))
    assert faults[0][0] == "knowledge[1]"
    assert "one entry" in faults[0][1]


def test_own_data_and_what_is_known_beside_them_are_found_by_parameter():
    spend = Amounts(parameter="model.spend", values=(0.5,), prior_claims=5.0, source="own")
    beside = (known("model.win", robust=0.1), known("model.attack", robust=0.1))
    whole = Experience(name="m", observations=(observed(),), amounts=(spend,), knowledge=beside)
    assert whole.parameters == ("model.attack", "model.spend", "model.win")
    assert (whole.own("model.attack"), whole.known("model.attack")) == (observed(), beside[1])
    assert (whole.own("model.win"), whole.known("model.spend")) == (None, None)


def test_knowledge_alone_is_a_document():
    assert Experience(name="m", knowledge=(known(robust=0.1),)).entries == ()


# --- its digest --------------------------------------------------------------------------------


def test_the_order_of_entries_experts_and_analogues_changes_no_digest():
    two = (observed(), observed(parameter="model.settled"))
    beside = (
        known(experts=(expert("Li", 0.3), expert("Wang", 0.7)),
              analogues=(abroad(), abroad(name="at home"))),
        known("model.win", robust=0.1),
    )  # fmt: skip
    first = Experience(name="m", observations=two, knowledge=beside)
    turned = replace(beside[0], experts=beside[0].experts[::-1],
                     analogues=beside[0].analogues[::-1])  # fmt: skip
    other = Experience(name="m", observations=two[::-1], knowledge=(beside[1], turned))
    assert first.digest == other.digest
    assert first.digest != replace(first, knowledge=beside[:1]).digest
    assert first.digest != replace(first, name="n").digest


def test_own_data_alone_have_the_digest_they_had():
    """As of a document that knows no knowledge."""
    own = Experience(name="m", observations=(observed(),))
    new = ("knowledge", "together")
    whole = {name: value for name, value in plain(own).items() if name not in new}
    assert own.digest == digest(whole)
