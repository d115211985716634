"""Layers by exposure: against another program, layers that add up, claims, ends of bands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.distributions import Mbbefd
from techinsure.errors import InvalidParameter
from techinsure.evidence.exposure_curves import FirstLossScale, Riebesell
from techinsure.evidence.exposure_rating import Band, layer_cost

CURVE = Mbbefd(b=0.0218339035107131, g=1096.98894971097)
SUMS, RANGES = (50.0, 150.0, 250.0), ((0.0, 100.0), (100.0, 200.0), (200.0, 300.0))
PROFILE = [
    Band.of_premium(low=low, high=high, risks=10, sum_insured=10 * average,
                    premium=9 * average / 450, loss_ratio=0.45)
    for average, (low, high) in zip(SUMS, RANGES, strict=True)
]  # fmt: skip
SCALE = FirstLossScale(
    retentions=(0.0, 0.05, 0.1, 0.25, 0.5, 1.0), shares=(0.0, 0.42, 0.55, 0.75, 0.9, 1.0)
)


@pytest.mark.parametrize(
    ("attachment", "limit", "loss", "claims", "severity"),
    [
        (50, 50, 0.353446803879989, 0.0127048410006586, 27.8198525949019),
        (100, 200, 0.174087164715577, 0.00371897701275048, 46.8104976499506),
    ],
)
def test_a_profile_rated_by_another_program(attachment, limit, loss, claims, severity):
    """Three bands of ten risks, premium 9 at 45%: figures of a broker's property exposure tool,
    as a public R package for reinsurance pricing quotes them in its tests. Its number of claims
    is a hundred times the layer of 0.01, ours the slope of the curve."""
    found = layer_cost(PROFILE, CURVE, attachment, limit)
    assert found.loss == pytest.approx(loss, rel=1e-12)
    assert 100 * layer_cost(PROFILE, CURVE, attachment, 0.01).loss == pytest.approx(
        claims, rel=1e-9
    )
    assert found.claims == pytest.approx(claims, rel=2e-4)
    assert found.severity == pytest.approx(severity, rel=2e-4)
    assert found.share == pytest.approx(loss / 4.05, rel=1e-9)
    assert found.rate_on_line == pytest.approx(loss / limit, rel=1e-9)


@given(
    st.floats(1, 400), st.floats(1, 400),
    st.sampled_from([CURVE, SCALE, Riebesell(z=0.3), Mbbefd.swiss_re(2)]),
)  # fmt: skip
def test_layers_that_join_add_up(first, second, curve):
    low, high = sorted((first, first + second))
    cuts = [(0.0, low), (low, high - low), (high, 1e4)]
    found = [layer_cost(PROFILE, curve, a, m) for a, m in cuts]
    assert sum(one.loss for one in found) == pytest.approx(4.05, rel=1e-9)
    for one in found:
        assert one.loss == pytest.approx(sum(row.loss for row in one.bands), rel=1e-12)
        assert one.loss <= one.limit * (one.claims if one.claims is not None else np.inf) * (
            1 + 1e-9
        )


def test_money_scales():
    fen = [
        Band(low=100 * one.low, high=100 * one.high, risks=one.risks,
             sum_insured=100 * one.sum_insured, expected_loss=100 * one.expected_loss)
        for one in PROFILE
    ]  # fmt: skip
    found, dear = layer_cost(PROFILE, CURVE, 50, 50), layer_cost(fen, CURVE, 5000, 5000)
    assert dear.loss == pytest.approx(100 * found.loss, rel=1e-12)
    assert (dear.claims, dear.rate_on_line) == pytest.approx((found.claims, found.rate_on_line))


def test_a_rate_from_the_ground_up_is_premium_times_loss_ratio():
    one = PROFILE[1]
    same = Band.of_rate(low=one.low, high=one.high, risks=10, sum_insured=1500, rate=0.0009)
    assert same.expected_loss == pytest.approx(one.expected_loss, rel=1e-12)


def test_a_curve_for_each_band():
    curves = [Mbbefd.swiss_re(c) for c in (2, 3, 4)]
    found = layer_cost(PROFILE, curves, 50, 100)
    for i, curve in enumerate(curves):
        alone = layer_cost([PROFILE[i]], curve, 50, 100)
        assert found.bands[i] == alone.bands[0]
    kept = curves[1].exposure_curve(np.array([50 / 150, 1.0]))
    assert found.bands[1].share == pytest.approx(kept[1] - kept[0], rel=1e-12)


def test_how_much_the_width_of_a_band_leaves_open():
    """Ten risks of 150 from 100 to 200: at 100 the layer 100 xs 100 is out of reach."""
    (row,) = layer_cost([PROFILE[1]], CURVE, 100, 100).bands
    assert row.at_low == 0
    assert row.at_low < row.loss < row.at_high
    kept = CURVE.exposure_curve(np.array([0.5, 1.0]))
    assert row.at_high == pytest.approx((kept[1] - kept[0]) * 1.35, rel=1e-12)
    (from_nothing,) = layer_cost([PROFILE[0]], CURVE, 0, 20).bands
    assert from_nothing.at_low == PROFILE[0].expected_loss
    assert layer_cost([PROFILE[0]], CURVE, 10, 20).bands[0].at_low == 0


def test_what_is_told():
    out = layer_cost(PROFILE, CURVE, 300, 100)
    assert (out.loss, out.claims, out.severity) == (0.0, 0.0, None)
    assert out.notes == ("no risk reaches the layer: the largest is insured for 300 at most",)
    above = layer_cost(PROFILE, CURVE, 100, 300)
    assert above.notes[0].startswith("the layer ends above the largest sum insured, 300")
    assert layer_cost(PROFILE, CURVE, 50, 50).notes == ()
    nothing = Band(low=0, high=100, risks=1, sum_insured=50, expected_loss=0)
    idle = layer_cost([nothing], CURVE, 0, 50)
    assert (idle.share, idle.severity) == (None, None)
    assert idle.notes == ("no losses are expected of this profile",)
    ground = layer_cost(PROFILE, Riebesell(z=0.2), 0, 50)
    assert (ground.claims, ground.severity) == (None, None)
    assert ground.notes[0].startswith("the number of claims from the ground up is not known")


def band(low, high, total, risks=10.0):
    return Band(low=low, high=high, risks=risks, sum_insured=total, expected_loss=1.0)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: band(100, 200, 2500.0), "sum_insured must be risks times what lies in [100, 200]"),
        (lambda: band(100, 50, 700.0), "high must be >= low, 100, got 50"),
        (lambda: band(100, 200, 1500.0, 0), "risks must be > 0, got 0"),
        (lambda: Band.of_premium(low=0, high=9, risks=1, sum_insured=5, premium=-1, loss_ratio=1),
         "premium must be >= 0"),
        (lambda: Band.of_rate(low=0, high=9, risks=1, sum_insured=5, rate=-1), "rate must be >= 0"),
        (lambda: layer_cost([], CURVE, 0, 1), "profile must have at least one band"),
        (lambda: layer_cost(PROFILE, [CURVE], 0, 1), "curve must have 3 entries, one a band"),
        (lambda: layer_cost(PROFILE[::-1], CURVE, 0, 1),
         "profile[1].low must be >= 300, where row 0 ends, got 100.0 (order bands from small"),
        (lambda: layer_cost([band(0, 110, 500.0), band(100, 200, 1500.0)], CURVE, 0, 1),
         "profile[1].low must be >= 110, where row 0 ends"),
        (lambda: layer_cost(PROFILE, CURVE, -1, 1), "attachment must be >= 0, got -1"),
        (lambda: layer_cost(PROFILE, CURVE, 0, 0), "limit must be > 0, got 0"),
    ],
)  # fmt: skip
def test_what_is_refused(make, told):
    with pytest.raises(InvalidParameter) as caught:
        make()
    assert str(caught.value).startswith(told)
