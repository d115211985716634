"""Hazards of phases: sums of stays, censoring, cuts, and nothing dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter, NotFound
from techinsure.evidence.hazards import Stay, hazard_statistics, update_hazards
from techinsure.evidence.parameter_laws import RateLaw

PRIOR = {
    ("lab", "technical"): RateLaw(shape=1.0, rate=10.0),
    ("lab", "supply"): RateLaw(shape=0.2, rate=10.0),
    ("pilot", "technical"): RateLaw(shape=2.0, rate=8.0),
}
STAYS = [
    Stay(phase="lab", years=1.5),
    Stay(phase="lab", years=0.5, cause="technical"),
    Stay(phase="lab", years=2.0, cause="supply"),
    Stay(phase="pilot", years=3.0),
]
cuts = st.lists(st.floats(0.05, 0.95), min_size=len(STAYS), max_size=len(STAYS))


def posteriors(stays):
    return {
        cell: (found.posterior.shape, found.posterior.rate)
        for cell, found in update_hazards(PRIOR, hazard_statistics(stays)).items()
    }


def test_all_causes_of_a_phase_share_its_time():
    assert posteriors(STAYS) == {
        ("lab", "technical"): (2.0, 14.0),
        ("lab", "supply"): (1.2, 14.0),
        ("pilot", "technical"): (2.0, 11.0),
    }


@given(cuts, st.randoms(use_true_random=False))
def test_a_stay_cut_in_two_is_the_same_stay(places, random):
    pieces = [
        piece
        for stay, at in zip(STAYS, places, strict=True)
        for piece in (
            Stay(phase=stay.phase, years=stay.years * at),
            Stay(phase=stay.phase, years=stay.years * (1 - at), cause=stay.cause),
        )
    ]
    random.shuffle(pieces)
    cut, whole = posteriors(pieces), posteriors(STAYS)
    assert all(cut[cell] == pytest.approx(whole[cell], rel=1e-13) for cell in PRIOR)


def test_a_project_under_way_adds_time_alone():
    before = update_hazards(PRIOR, hazard_statistics(STAYS))
    after = update_hazards(PRIOR, hazard_statistics([*STAYS, Stay(phase="pilot", years=4.0)]))
    cell = ("pilot", "technical")
    assert after[cell].events == before[cell].events == 0
    assert after[cell].exposure == 7.0
    assert after[cell].mean < before[cell].mean
    assert after[("lab", "supply")] == before[("lab", "supply")]


def test_a_phase_that_nobody_reached_keeps_its_prior():
    found = update_hazards(PRIOR, hazard_statistics(STAYS[:3]))[("pilot", "technical")]
    assert (found.posterior, found.weight, len(found.notes)) == (
        PRIOR[("pilot", "technical")], 0.0, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stay", "told"),
    [
        (Stay(phase="labs", years=1.0), "phase 'labs' is not known (did you mean 'lab'?)"),
        (Stay(phase="pilot", years=1.0, cause="supply"), "cause in phase 'pilot' 'supply' is not"),
    ],
)
def test_no_datum_is_dropped(stay, told):
    with pytest.raises(NotFound) as caught:
        update_hazards(PRIOR, hazard_statistics([*STAYS, stay]))
    assert str(caught.value).startswith(told)


def test_a_failure_takes_time():
    with pytest.raises(InvalidParameter, match=r"events\[0\] must be 0 without developed exposure"):
        update_hazards(PRIOR, hazard_statistics([Stay(phase="lab", years=0.0, cause="supply")]))
    with pytest.raises(InvalidParameter, match="years must be >= 0"):
        Stay(phase="lab", years=-1.0)
