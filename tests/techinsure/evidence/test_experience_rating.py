"""Experience against exposure: the blend, its ends, the cap apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.evidence.experience_rating import PermittedChange, blend

QUARTER = PermittedChange(low=-0.25, high=0.25)


@given(st.floats(0, 10), st.floats(1e-3, 10), st.floats(0, 1))
def test_a_blend_lies_between(experience, exposure, credibility):
    found = blend(experience, exposure, credibility, QUARTER)
    low, high = sorted((experience, exposure))
    assert low * (1 - 1e-12) <= found.blended <= high * (1 + 1e-12)
    assert found.blended == pytest.approx(exposure * (1 + found.change), rel=1e-9, abs=1e-12)
    assert 0.75 * exposure * (1 - 1e-12) <= found.capped <= 1.25 * exposure * (1 + 1e-12)
    assert found.capped == pytest.approx(found.blended + found.cap_effect, abs=1e-12)
    assert any("is held to" in note for note in found.notes) == (found.cap_effect != 0)


def test_the_cap_is_shown_apart():
    dear = blend(0.2, 0.05, 0.5, QUARTER)
    assert (dear.blended, dear.capped) == pytest.approx((0.125, 0.0625))
    assert dear.cap_effect == pytest.approx(-0.0625)
    assert dear.notes == ("the change of +150.0% is held to +25.0%",)
    cheap = blend(0.0, 0.05, 0.5, QUARTER)
    assert (cheap.blended, cheap.capped) == pytest.approx((0.025, 0.0375))
    assert cheap.notes == ("the change of -50.0% is held to -25.0%",)
    free = blend(0.0, 0.05, 0.5)
    assert (free.capped, free.cap_effect, free.permitted) == (free.blended, 0.0, None)


def test_no_credibility_and_full():
    assert blend(0.2, 0.05, 1.0).blended == 0.2
    none = blend(0.2, 0.05, 0.0)
    assert none.blended == 0.05
    assert none.notes == ("the experience has no credibility: the premium is that of the exposure",)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: blend(-0.1, 0.05, 0.5), "experience must be >= 0, got -0.1"),
        (lambda: blend(0.1, 0.0, 0.5), "exposure must be > 0, got 0.0"),
        (lambda: blend(0.1, 0.05, 1.5), "credibility must be in [0, 1], got 1.5 (write shares"),
        (lambda: blend(0.1, 0.05, 0.5, (-0.25, 0.25)), "permitted must be a PermittedChange"),
        (lambda: PermittedChange(low=0.25, high=0.25), "low must be in [-1, 0], got 0.25 (-0.25"),
        (lambda: PermittedChange(low=-0.25, high=-0.1), "high must be >= 0, got -0.1"),
    ],
)
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
