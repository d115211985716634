"""Hierarchical credibility: published figures, best linear prediction, its limits, refusals."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter, NotFound, Undefined
from techinsure.evidence.between import iterative_between
from techinsure.evidence.class_statistics import ClassStatistics
from techinsure.evidence.credibility import UNSEEN as UNSEEN_CLASS
from techinsure.evidence.credibility import buhlmann_straub
from techinsure.evidence.jewell import NO_LOSS, ONE_COHORT, UNSEEN, jewell
from tests.reference.cases import load

STATES = load("f2_credibility")["hachemeister_bs"]["inputs"]
ROWS = list(zip(STATES["ratios"], STATES["weights"], strict=True))
SUMS = [ClassStatistics.of(*row) for row in ROWS]
COHORTS = [0, 1, 0, 1, 1]
HACHEMEISTER = {
    "1": {"state 1": SUMS[0], "state 3": SUMS[2]},
    "2": {"state 2": SUMS[1], "state 4": SUMS[3], "state 5": SUMS[4]},
}


@pytest.fixture(scope="module")
def found():
    return jewell(HACHEMEISTER)


def test_hachemeister_in_two_cohorts(found):
    """The vignette on credibility of the R package actuar, section 4, to the digits printed."""
    assert round(found.within) == 139120026
    assert round(found.between_classes) == 10952
    assert round(found.between_cohorts) == 88981
    assert round(found.collective) == 1746
    assert [round(one.premium) for one in found.cohorts] == [1949, 1543]
    premiums = {one.name: round(one.premium) for held in found.cohorts for one in held.classes}
    assert premiums == {
        "state 1": 2048, "state 3": 1875, "state 2": 1524, "state 4": 1497, "state 5": 1585,
    }  # fmt: skip
    assert found.notes == ()


def test_premiums_are_the_best_linear_prediction(found):
    """Generalised least squares on all 60 observations, for cohorts and classes and their sd."""
    x = np.concatenate([np.array(ratios) for ratios, _ in ROWS])
    w = np.concatenate([np.array(weights) for _, weights in ROWS])
    state = np.repeat(np.arange(5), 12)
    cohort = np.array(COHORTS)[state]
    of_cohort = found.between_cohorts * (cohort == np.arange(2)[:, None])
    of_state = found.between_classes * (state == np.arange(5)[:, None]) + of_cohort[COHORTS]
    both = found.between_classes * (state[:, None] == state)
    both = both + found.between_cohorts * (cohort[:, None] == cohort)
    inverse = np.linalg.inv(both + np.diag(found.within / w))
    ones = np.ones(len(x))
    spread = 1 / (ones @ inverse @ ones)
    collective = spread * (ones @ inverse @ x)
    assert found.collective == pytest.approx(collective, rel=1e-9)
    assert found.collective_variance == pytest.approx(spread, rel=1e-9)
    flat = {one.name: one for held in found.cohorts for one in held.classes}
    states = [flat[f"state {i + 1}"] for i in range(5)]
    variance = found.between_cohorts + found.between_classes
    for rows, own, priced in (
        (of_cohort, found.between_cohorts, found.cohorts),
        (of_state, variance, states),
    ):
        premiums = collective + rows @ inverse @ (x - collective)
        left = own - np.diag(rows @ inverse @ rows.T)
        error = left + spread * (1 - rows @ inverse @ ones) ** 2
        assert [one.premium for one in priced] == pytest.approx(premiums, rel=1e-9)
        assert [one.sd for one in priced] == pytest.approx(np.sqrt(error), rel=1e-7)


def test_one_cohort_is_the_model_without_cohorts():
    states = {f"state {i}": one for i, one in enumerate(SUMS)}
    alone, plain = jewell({"all": states}), buhlmann_straub(states, "iterative")
    assert alone.between_cohorts is None
    assert alone.notes == (ONE_COHORT,)
    assert alone.between_classes == pytest.approx(plain.structure.between, rel=1e-12)
    assert alone.collective == pytest.approx(plain.structure.collective, rel=1e-12)
    (held,) = alone.cohorts
    assert (held.sd, held.credibility) == (None, 0.0)
    assert [one.premium for one in held.classes] == pytest.approx(
        [one.premium for one in plain.classes], rel=1e-12
    )
    assert {one.sd for one in held.classes} == {None}


def test_classes_that_are_alike_leave_the_model_of_cohorts():
    same, other = [1.0, 5.0, 3.0], [11.0, 15.0, 13.0]
    classes = {
        "a": {"1": ClassStatistics.of(same), "2": ClassStatistics.of(same[::-1])},
        "b": {"3": ClassStatistics.of(other), "4": ClassStatistics.of(other[::-1])},
    }
    found = jewell(classes)
    assert found.between_classes == 0
    assert "every premium is that of its cohort" in found.notes[0]
    variance = np.full(2, found.within / 6)
    between = iterative_between(np.array([3.0, 13.0]), variance, np.zeros(2, np.int32))
    assert found.between_cohorts == pytest.approx(between, rel=1e-12)
    z = between / (between + found.within / 6)
    assert [one.credibility for one in found.cohorts] == pytest.approx([z, z])
    for held, own in zip(found.cohorts, (3.0, 13.0), strict=True):
        assert held.premium == pytest.approx(z * own + (1 - z) * 8.0)
        assert {one.premium for one in held.classes} == {held.premium}


def test_cohorts_that_are_alike_leave_the_collective():
    low, high = [1.0, 2.0, 1.0], [9.0, 8.0, 9.0]
    found = jewell({
        name: {"1": ClassStatistics.of(low), "2": ClassStatistics.of(high)} for name in "ab"
    })  # fmt: skip
    assert found.between_cohorts == 0
    assert found.between_classes > 0
    assert {one.premium for one in found.cohorts} == {found.collective}
    assert "every cohort's premium is the collective" in found.notes[0]


def test_what_was_not_seen_pays_what_holds_it(found):
    nothing = ClassStatistics.of([])
    more = jewell({
        "1": {**HACHEMEISTER["1"], "new": nothing}, "2": HACHEMEISTER["2"], "3": {"6": nothing},
    })  # fmt: skip
    assert more.collective == pytest.approx(found.collective, rel=1e-12)
    first, third = more.of_cohort("1"), more.of_cohort("3")
    new = first.classes[-1]
    assert (new.premium, new.notes) == (first.premium, (UNSEEN_CLASS,))
    assert new.sd == pytest.approx((more.between_classes + first.sd**2) ** 0.5)
    assert (third.mean, third.credibility, third.notes) == (None, 0.0, (UNSEEN,))
    assert third.premium == third.classes[0].premium == more.collective
    assert third.sd == pytest.approx((more.between_cohorts + more.collective_variance) ** 0.5)


def test_order_and_money_do_not_matter(found):
    turned = {name: dict(reversed(held.items())) for name, held in reversed(HACHEMEISTER.items())}
    back = jewell(turned)
    fen = jewell({
        "1": {"a": scaled(0), "b": scaled(2)},
        "2": {"c": scaled(1), "d": scaled(3), "e": scaled(4)},
    })  # fmt: skip
    for one, dear in zip(found.cohorts, fen.cohorts, strict=True):
        assert back.of_cohort(one.name).premium == pytest.approx(one.premium, rel=1e-9)
        assert dear.premium == pytest.approx(100 * one.premium, rel=1e-9)
        assert dear.credibility == pytest.approx(one.credibility, rel=1e-9)


def scaled(i):
    ratios, weights = ROWS[i]
    return ClassStatistics.of([100 * x for x in ratios], weights)


def test_no_variation_within_and_no_loss():
    zero, one = ClassStatistics.of([0.0, 0.0]), ClassStatistics.of([1.0, 1.0])
    four = ClassStatistics.of([4.0, 4.0])
    none = jewell({"a": {"1": zero, "2": zero}, "b": {"3": zero}})
    assert none.notes == (NO_LOSS,)
    assert none.collective == 0
    assert {held.sd for held in none.cohorts} == {None}
    sure = jewell({"a": {"1": zero, "2": one}, "b": {"3": four, "4": four}})
    assert sure.notes == ("no variation was seen within classes",)
    for held in sure.cohorts:
        for priced in held.classes:
            assert (priced.premium, priced.credibility, priced.sd) == (priced.mean, 1.0, None)


def test_what_cannot_be_estimated():
    single = ClassStatistics.of([1.0])
    with pytest.raises(Undefined, match="no class was seen"):
        jewell({"a": {"1": ClassStatistics.of([])}})
    with pytest.raises(Undefined, match="no class has two observations"):
        jewell({"a": {"1": single, "2": single}})
    with pytest.raises(Undefined, match=r"no cohort has two classes .* buhlmann_straub"):
        jewell({"a": {"1": SUMS[0]}, "b": {"2": SUMS[1]}})


def test_names(found):
    with pytest.raises(InvalidParameter, match=r"cohorts\[0\] must have 1 to 200"):
        jewell({"": {"1": SUMS[0], "2": SUMS[1]}})
    with pytest.raises(InvalidParameter, match=r"classes\[1\] must have 1 to 200"):
        jewell({"a": {"1": SUMS[0], "": SUMS[1]}})
    with pytest.raises(NotFound, match="cohort '3' is not known"):
        found.of_cohort("3")
