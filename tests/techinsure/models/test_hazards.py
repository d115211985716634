"""When a peril strikes, and hazards that cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.models.hazards import Hazard, Timing
from tests.techinsure.models.compound_cases import BATHTUB, prior, quality

TUB = Timing(pattern=tuple(prior("point", level) for level in BATHTUB))
YEARLY, ONCE = Timing(), Timing(basis="term")
TIMINGS = (TUB, YEARLY, ONCE)


def test_exposure_of_a_bathtub():
    """1.5, then 1.0, then 0.7 a year: after 2.5 years 1.5 + 1.0 + 0.35."""
    at = np.array([0.0, 0.5, 1.0, 2.5, 3.0])
    assert TUB.exposure(at, np.full(5, 3.0)) == pytest.approx([0.0, 0.75, 1.5, 2.85, 3.2])
    assert TUB.level(at) == pytest.approx([1.5, 1.5, 1.0, 0.7, 0.7])


def test_a_year_counts_years_and_a_term_counts_once():
    term = np.array([0.5, 1.0, 2.0])
    assert YEARLY.exposure(term, term) == pytest.approx(term)
    assert ONCE.exposure(term, term) == pytest.approx([1.0, 1.0, 1.0])
    assert ONCE.exposure(term / 4, term) == pytest.approx([0.25, 0.25, 0.25])


@given(st.sampled_from(TIMINGS), st.floats(0.01, 3.0), st.floats(0.0, 1.0, exclude_max=True))
def test_elapsed_is_the_inverse_of_exposure(timing, term, used):
    years = np.array([term])
    when = timing.elapsed(np.array([used]), years)
    assert 0 <= when[0] < term
    share = timing.exposure(when, years) / timing.exposure(years, years)
    assert share[0] == pytest.approx(used, abs=1e-9)


def test_how_long_a_term_may_be():
    assert TUB.longest == 3
    assert YEARLY.longest == ONCE.longest == np.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"pattern": (prior("point", 1.0),), "basis": "term"},
            "pattern must be absent where basis",
        ),
        ({"serial": prior("point", 0.1), "basis": "term"}, "serial must be absent where basis"),
        ({"pattern": (prior("point", 1.0), prior("point", 0.0))}, r"pattern\[1\].mean must be > 0"),
        ({"pattern": (prior("gamma", 1.0, 0.2),)}, r"pattern\[0\].family must be one of point"),
        ({"serial": prior("gamma", 0.2, 0.2)}, "serial.family must be one of beta, point"),
        ({"serial": prior("point", 1.5)}, r"serial.mean must be in \[0, 1\], got 1.5"),
    ],
)
def test_timings_that_cannot_be(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        Timing(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": prior("beta", 0.1, 0.5)}, "rate.family must be one of gamma, point"),
        ({"ratio": prior("gamma", 0.1, 0.5)}, "ratio.family must be one of beta, point, lognormal"),
        ({"ratio": prior("point", 0.0)}, "ratio.mean must be > 0"),
        ({"at_stake": prior("point", 0.0)}, r"at_stake.mean must be in \(0, 1\]"),
        ({"at_stake": prior("lognormal", 0.5, 1.0)}, "at_stake.family must be one of beta, point"),
    ],
)
def test_hazards_that_cannot_be(changes, message):
    given_ = {"rate": prior("gamma", 0.1, 0.5), "ratio": prior("beta", 0.1, 0.5), **changes}
    with pytest.raises(InvalidParameter, match=message):
        Hazard(**given_)


def test_only_a_law_without_end_goes_beyond_the_sum_insured():
    assert quality().most == 1.0
    assert quality(at_stake=prior("beta", 0.5, 0.1)).stake == 0.5
    assert Hazard(rate=prior("point", 0.1), ratio=prior("lognormal", 0.3, 2.0)).most == np.inf
