"""Own data on one parameter as records: what they refuse, field by field."""

import pytest

from techinsure.errors import InvalidParameter
from techinsure.evidence.experience import Experience
from techinsure.evidence.observed import Amounts, Observation, Seen

ONE = Seen(year=2024, events=1.0, trials=10.0)


def fields(build):
    with pytest.raises(InvalidParameter) as error:
        build()
    return [(fault.field, fault.fix) for fault in error.value.faults]


def observed(**changes):
    whole = {"parameter": "model.attack", "seen": (ONE,), "source": "own claims"}
    return Observation(**(whole | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"events": -1.0}, "events"),
        ({"events": 11.0}, "events"),
        ({"trials": None}, "trials"),
        ({"exposure": 3.0}, "trials"),
        ({"relativity": 0.0}, "relativity"),
        ({"reported": 0.0}, "reported"),
        ({"reported": 1.2}, "reported"),
        ({"year": 24}, "year"),
        ({"events": float("nan")}, "events"),
        ({"trials": float("inf")}, "trials"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused(changes, field):
    whole = {"year": 2024, "events": 1.0, "trials": 10.0}
    assert fields(lambda: Seen(**(whole | changes)))[0][0] == field


def test_counts_of_two_kinds_do_not_mix():
    rate = Seen(year=2023, events=1.0, exposure=200.0)
    assert fields(lambda: observed(seen=(ONE, rate)))[0][0] == "seen"


def test_a_trend_needs_years():
    undated = Seen(events=1.0, trials=10.0)
    assert fields(lambda: observed(seen=(undated,), trend=0.02)) == [
        ("seen.year", "name each year")
    ]
    trending = observed(trend=0.02)
    assert fields(lambda: Experience(name="m", observations=(trending,)))[0][0] == "rating_year"
    assert Experience(name="m", rating_year=2026, observations=(trending,)).parameters == (
        "model.attack",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"values": (0.0,)}, "values[0]"), ({"prior_claims": 0.0}, "prior_claims"),
     ({"source": ""}, "source")],
)  # fmt: skip
def test_amounts_are_positive_and_the_prior_weighs_something(changes, field):
    whole = {"parameter": "model.spend", "values": (0.5,), "prior_claims": 5.0, "source": "own"}
    assert fields(lambda: Amounts(**(whole | changes)))[0][0] == field
