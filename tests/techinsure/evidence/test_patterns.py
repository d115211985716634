"""Patterns of development, and the identity of Bornhuetter-Ferguson with a posterior rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.errors import InvalidParameter
from techinsure.evidence.conjugate import update_rate
from techinsure.evidence.development import bornhuetter_ferguson, cape_cod
from techinsure.evidence.parameter_laws import RateLaw
from techinsure.evidence.patterns import Pattern, developed_exposure
from techinsure.evidence.triangles import Triangle

PATTERN = Pattern(ages=(1.0, 2.0, 4.0), developed=(0.0, 0.4, 0.8), source="invented")
CLOSED = Pattern(ages=(1.0, 2.0), developed=(0.5, 1.0), source="invented")
COUNTS = Triangle.of(
    [[0, 1, 3, 4], [0, 2, 2], [0, 0], [0]], kind="cumulative", ages=[1, 2, 3, 4],
    exposure=[210.0, 340.0, 400.0, 555.0], unit="claims",
)  # fmt: skip


def test_shares_at_any_age():
    assert PATTERN.at([0, 1, 1.5, 2, 3, 4]) == pytest.approx([0, 0, 0.2, 0.4, 0.6, 0.8])
    assert CLOSED.at([0.5, 2, 7]) == pytest.approx([0.25, 1, 1])
    with pytest.raises(InvalidParameter, match="ages must be <= 4, where the pattern ends"):
        PATTERN.at([1, 4.5])
    with pytest.raises(InvalidParameter, match=r"ages\[0\] must be >= 0"):
        PATTERN.at([-1])


def test_exposure_is_reduced_by_what_is_known():
    assert developed_exposure([100, 200], PATTERN, [2, 4]) == pytest.approx([40, 160])
    assert developed_exposure(100, PATTERN, [0, 3]) == pytest.approx([0, 60])
    with pytest.raises(InvalidParameter, match=r"exposure\[1\] must be >= 0"):
        developed_exposure([1, -1], PATTERN, 2)
    over = Pattern(ages=(1.0, 2.0), developed=(1.2, 1.0), source="invented")
    with pytest.raises(InvalidParameter, match=r"developed\[0\] must be in \[0, 1\], got 1.2"):
        developed_exposure(100, over, 1)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"ages": (2, 1), "developed": (0.1, 0.2)}, r"ages\[1\] must be > 2"),
        ({"ages": (1, 2), "developed": (0.1,)}, "developed must have 2 entries"),
        ({"ages": (1, 2), "developed": (0.1, 0.0)}, r"developed\[-1\] must be > 0"),
        ({"ages": (1,), "developed": (-0.1,)}, r"developed\[0\] must be >= 0"),
        ({"ages": (1,), "developed": (1,), "source": ""}, "source must have 1 to 600 characters"),
    ],
)
def test_what_cannot_be_a_pattern(given_, message):
    with pytest.raises(InvalidParameter, match=message):
        Pattern(**{"source": "invented", **given_})


@given(shape=st.floats(0.1, 50), rate=st.floats(0.1, 5000))
def test_the_posterior_of_a_rate_lies_between_cape_cod_and_the_prior(shape, rate):
    """Its mean is Cape Cod's rate with weight E G / (E G + prior rate), the prior's mean with the
    rest."""
    prior = RateLaw(shape=shape, rate=rate)
    ages = [COUNTS.ages[place] for place in COUNTS.latest_ages]
    reduced = developed_exposure(COUNTS.exposure, PATTERN, ages)
    after = update_rate(prior, COUNTS.latest, COUNTS.exposure, developed=PATTERN.at(ages))
    assert after.exposure == pytest.approx(reduced.sum())
    assert after.mean == pytest.approx(update_rate(prior, COUNTS.latest, reduced).mean)
    alone = COUNTS.latest.sum() / reduced.sum()
    weight = reduced.sum() / (reduced.sum() + rate)
    assert after.mean == pytest.approx(weight * alone + (1 - weight) * shape / rate)


def test_bornhuetter_ferguson_is_the_posterior_of_a_rate_on_reduced_exposure():
    """With a certain prior it is BF's; with a vague one Cape Cod's; between, BF with the posterior
    mean in the place of the a priori rate."""
    ages = [COUNTS.ages[place] for place in COUNTS.latest_ages]
    shares = PATTERN.at(ages)
    to_come = np.array(COUNTS.exposure) * (1 - shares)

    def predicted(prior):
        after = update_rate(prior, COUNTS.latest, COUNTS.exposure, developed=shares)
        return after, COUNTS.latest + to_come * after.mean

    def ultimates(developed):
        return [one.ultimate for one in developed.origins]

    _, certain = predicted(RateLaw(shape=0.006 * 1e15, rate=1e15))
    assert ultimates(bornhuetter_ferguson(COUNTS, 0.006, PATTERN)) == pytest.approx(certain)
    _, vague = predicted(RateLaw(shape=1e-12, rate=1e-9))
    assert ultimates(cape_cod(COUNTS, PATTERN)) == pytest.approx(vague)
    after, between = predicted(RateLaw(shape=1.2, rate=200.0))
    assert ultimates(bornhuetter_ferguson(COUNTS, after.mean, PATTERN)) == pytest.approx(between)
    assert not min(vague[-1], certain[-1]) > between[-1]
