"""Priors: the law of each family, and what does not load."""

import pytest

from techinsure.distributions import Beta, Gamma, Lognormal, Mixture, Point
from techinsure.errors import InvalidParameter
from techinsure.evidence import Grade, Prior
from techinsure.evidence.priors import GRADES, Part
from techinsure.reading import read

KNOWN = {"family": "beta", "mean": 0.2, "cv": 0.35, "grade": "C", "source": "NIST GCR 99-780 ch. 3"}


def prior(**changes):
    return Prior(**KNOWN | changes)


@pytest.mark.parametrize(
    ("family", "mean", "kind"),
    [("beta", 0.2, Beta), ("gamma", 5.0, Gamma), ("lognormal", 5.0, Lognormal)],
)
def test_a_family_is_a_law_of_that_mean_and_cv(family, mean, kind):
    assert prior(family=family, mean=mean).law == kind(mean=mean, cv=0.35)


@pytest.mark.parametrize("family", ["beta", "gamma", "lognormal", "point"])
def test_without_spread_every_family_is_a_point(family):
    assert prior(family=family, cv=0.0).law == Point(mean=0.2)


def test_the_cv_of_a_point_is_on_record_but_not_drawn():
    held = prior(family="point")
    assert (held.cv, held.law) == (0.35, Point(mean=0.2))


def test_nothing_certain_is_a_probability_of_zero_or_one():
    assert [prior(mean=mean, cv=0.0).law.mean for mean in (0.0, 1.0)] == [0.0, 1.0]


@pytest.mark.parametrize("grade", GRADES)
def test_grades(grade):
    assert prior(grade=grade).grade == grade
    assert Grade.__args__ == GRADES


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source": ""}, "source must have 1 to 600 characters, got ''"),
        ({"source": "x" * 601}, "source must have 1 to 600 characters"),
        ({"source": None}, "source must be text, got None"),
        ({"grade": ""}, "grade must be one of A, B, C, D, got ''"),
        ({"grade": "E"}, "grade must be one of A, B, C, D, got 'E'"),
        ({"family": "betta"}, "family must be one of beta, gamma, lognormal, point, got 'betta'"),
        ({"mean": -0.1}, "mean must be >= 0, got -0.1"),
        ({"mean": float("nan")}, "mean must be finite, got nan"),
        ({"cv": -0.1}, "cv must be >= 0, got -0.1"),
        ({"cv": True}, "cv must be a number, got True"),
        ({"mean": 0.0}, "mean must be in (0, 1), got 0.0"),
        ({"mean": 20.0}, "mean must be in [0, 1] for beta, got 20.0"),
        ({"mean": 20.0, "cv": 0.0}, "mean must be in [0, 1] for beta, got 20.0"),
        ({"cv": 2.1}, "cv must be < 2 for a beta law of mean 0.2, got 2.1"),
        ({"family": "gamma", "mean": 0.0}, "mean must be > 0, got 0.0"),
    ],
)
def test_a_prior_that_says_too_little_or_the_impossible_is_refused(changes, told):
    with pytest.raises(InvalidParameter) as caught:
        prior(**changes)
    (fault,) = caught.value.faults
    assert str(fault).startswith(told)


def test_all_faults_are_told_at_once():
    with pytest.raises(InvalidParameter) as caught:
        prior(mean=-1.0, cv=-1.0, grade="Z", source="")
    assert [fault.field for fault in caught.value.faults] == ["mean", "cv", "grade", "source"]


@pytest.mark.parametrize("key", ["grade", "source", "family", "mean"])
def test_from_data_nothing_of_the_evidence_may_be_absent(key):
    data = {name: value for name, value in KNOWN.items() if name != key}
    with pytest.raises(InvalidParameter, match=f"{key} is required"):
        read(Prior, data)
    assert read(Prior, KNOWN) == prior()


def test_from_data_no_unknown_key_and_no_text_for_a_number():
    with pytest.raises(InvalidParameter) as caught:
        read(Prior, KNOWN | {"mean": "0.2", "grades": "A"})
    assert sorted(fault.pointer for fault in caught.value.faults) == ["/grades", "/mean"]


def test_a_prior_is_frozen():
    with pytest.raises(AttributeError):
        prior().mean = 0.5


def test_a_parameter_that_is_held_is_the_same_parameter_without_spread():
    drawn = prior(family="gamma", mean=0.2)
    held = drawn.held(0.3)
    assert held.law == Point(mean=0.3)
    assert (held.family, held.cv, held.parts) == ("point", 0.0, ())
    assert (held.grade, held.source, held.note) == (drawn.grade, drawn.source, drawn.note)
    assert drawn.law == Gamma(mean=0.2, cv=0.35)


def test_a_mixture_is_held_as_one_value():
    parts = (Part(weight=0.5, mean=0.1, cv=0.5), Part(weight=0.5, mean=0.3, cv=0.5))
    law = Mixture(parts=tuple(Gamma(mean=part.mean, cv=0.5) for part in parts), weights=(0.5, 0.5))
    mixed = prior(family="gamma", mean=law.mean, cv=law.cv, parts=parts)
    assert mixed.held(mixed.mean).law == Point(mean=law.mean)


def test_nothing_is_held_beyond_its_bounds():
    with pytest.raises(InvalidParameter, match="mean must be >= 0"):
        prior().held(-0.1)
