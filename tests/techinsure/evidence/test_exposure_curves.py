"""Exposure curves: what every curve is, tables row by row, Riebesell's doubling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.distributions import Mbbefd, Pareto
from techinsure.errors import InvalidParameter, Undefined
from techinsure.evidence.exposure_curves import (
    FirstLossScale,
    Riebesell,
    share_in_layer,
    slope,
)

SCALE = FirstLossScale(
    retentions=(0.0, 0.05, 0.1, 0.25, 0.5, 1.0), shares=(0.0, 0.42, 0.55, 0.75, 0.9, 1.0)
)
CURVES = [
    SCALE, Riebesell(z=0.2), Riebesell(z=0.9), Mbbefd.swiss_re(1.5), Mbbefd.swiss_re(5),
    Mbbefd(b=1.0, g=10.0), Mbbefd(b=0.0, g=3.0),
]  # fmt: skip
NAMES = [f"{curve.kind} {i}" for i, curve in enumerate(CURVES)]


@pytest.mark.parametrize("curve", CURVES, ids=NAMES)
def test_every_curve_is_one(curve):
    ends = np.linspace(0, 1, 101)
    shares = np.array([share_in_layer(curve, 0.0, r) for r in ends])
    assert (shares[0], shares[-1]) == pytest.approx((0.0, 1.0), abs=1e-12)
    assert (np.diff(shares) >= 0).all()
    assert (np.diff(shares, 2) <= 1e-12).all()
    assert share_in_layer(curve, 0.0, 5.0) == pytest.approx(1.0, rel=1e-12)
    assert share_in_layer(curve, 1.5, 5.0) == 0


@pytest.mark.parametrize("curve", CURVES, ids=NAMES)
def test_the_slope_is_what_a_narrow_layer_costs(curve):
    for r in (0.01, 0.1, 0.3, 0.77):
        assert share_in_layer(curve, r, 1e-6) / 1e-6 == pytest.approx(slope(curve, r), rel=1e-4)
    assert slope(curve, 1.0) == slope(curve, 2.0) == 0


def test_claims_by_slope_are_claims_of_the_law():
    """At 0 the slope is 1 / mean: expected losses over it are all claims."""
    law = Mbbefd.swiss_re(3)
    assert slope(law, 0.0) * law.mean == pytest.approx(1.0)
    assert slope(law, 0.4) / slope(law, 0.0) == pytest.approx(float(law.survival(np.array(0.4))))


def test_high_layers_keep_their_digits():
    """A millionth of the sum insured just below the total: nearly all of it total losses."""
    law = Mbbefd.swiss_re(5)
    share = share_in_layer(law, 1 - 1e-6, 1e-6)
    assert share == pytest.approx(1e-6 / law.g / law.mean, rel=1e-4)
    assert share < 1e-7


def test_a_scale_between_its_rows():
    kept = SCALE.share_kept(np.array([0.0, 0.05, 0.075, 0.75, 1.0, 3.0]))
    assert kept == pytest.approx([0.0, 0.42, 0.485, 0.95, 1.0, 1.0])
    assert slope(SCALE, 0.05) == pytest.approx(0.13 / 0.05)  # of the piece above it


@given(st.floats(0.01, 0.99), st.floats(1e-3, 1.0))
def test_twice_the_limit_costs_one_plus_z(z, r):
    curve = Riebesell(z=z)
    assert curve.increased_limits_factor(2e6 * r, 1e6 * r) == pytest.approx(1 + z, rel=1e-12)
    half, whole = curve.share_kept(np.array([r / 2, r]))
    assert whole == pytest.approx((1 + z) * half, rel=1e-12)
    assert Riebesell.of_power(curve.power).z == pytest.approx(z, rel=1e-12)


def test_riebesell_above_a_threshold_is_a_pareto_tail():
    """Layers of a Pareto law of shape 1 - power stand to one another as those of the curve."""
    curve = Riebesell(z=0.2)
    law = Pareto(shape=1 - curve.power, scale=1e5)
    layers = [(2e5, 3e5), (5e5, 5e5), (1e6, 4e6)]
    costs = np.array([float(law.layer_mean(a, m)) for a, m in layers])
    shares = np.array([share_in_layer(curve, a / 5e6, m / 5e6) for a, m in layers])
    assert costs / costs[0] == pytest.approx(shares / shares[0], rel=1e-9)


def test_riebesell_from_the_ground_up_counts_no_claims():
    with pytest.raises(Undefined, match="no number of claims"):
        slope(Riebesell(z=0.2), 0.0)


def scale(retentions, shares, rounding=0.0):
    return lambda: FirstLossScale(
        retentions=tuple(retentions), shares=tuple(shares), rounding=rounding
    )


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (scale([0, 0.5, 0.4, 1], [0, 0.6, 0.8, 1]), "retentions[2] must be > 0.5, the row before"),
        (scale([0, 0.5, 0.5, 1], [0, 0.6, 0.8, 1]), "retentions[2] must be > 0.5, the row before"),
        (scale([0, 0.2, 0.4, 1], [0, 0.6, 0.5, 1]), "shares[2] must be >= 0.6, the row before"),
        (scale([0, 0.1, 0.5, 1], [0, 0.1, 0.7, 1]),
         "shares[2] must be <= 0.5 to be concave, got 0.7 (each step of retentions must cost no"),
        (scale([0, 0.5, 1], [0, 0.6]), "shares must have 3 entries, one for each of retentions"),
        (scale([0.1, 1], [0.2, 1]), "retentions[0] must be 0, got 0.1 (a curve runs from (0, 0)"),
        (scale([0, 0.5], [0, 1]), "retentions[-1] must be 1, got 0.5"),
        (scale([0, 0.5, 1], [0, 60, 100]), "shares[1] must be in [0, 1], got 60 (write shares as"),
        (scale([0], [0]), "retentions must have at least 2 entries"),
        (lambda: Riebesell(z=1.0), "z must be in (0, 1), got 1.0 (0.2 where twice the limit"),
        (lambda: Riebesell.of_power(1.2), "power must be in (0, 1), got 1.2"),
        (lambda: Riebesell(z=0.2).increased_limits_factor(0, 1), "limit must be > 0, got 0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)


def test_a_printed_scale_may_miss_by_its_rounding():
    """0.5**0.3 and 0.55**0.3 in whole percents rise by 0.3 and then by 0.4 per unit."""
    rows = np.array([0.0, 0.45, 0.5, 0.55, 0.6, 1.0])
    printed = np.round(rows**0.3, 2)
    with pytest.raises(InvalidParameter, match="to be concave"):
        scale(rows.tolist(), printed.tolist())()
    assert scale(rows.tolist(), printed.tolist(), rounding=0.005)().rounding == 0.005
    with pytest.raises(InvalidParameter, match="to be concave"):
        scale([0, 0.1, 0.5, 1], [0, 0.1, 0.7, 1], rounding=0.005)()
