"""Exceedance curves and return periods of tables and of annual values."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

from techinsure.errors import InvalidParameter, Undefined
from techinsure.losses import curves, measures
from techinsure.losses.sampling import sample
from tests.techinsure.builders import table
from tests.techinsure.losses.annual_values import LEVELS, annual

few = settings(max_examples=40)

# years 1 and 4 of ten; event 0 of year 1 has two rows
ROWS = [(1, 5.0, 0), (1, 7.0, 1), (1, 1.0, 0), (4, 30.0, 0), (9, 12.0, 0)]


def test_total_and_largest_event_are_shares_of_years():
    losses = table(ROWS)
    total, largest = curves.aep(losses), curves.oep(losses)
    assert (total.perspective, largest.perspective) == ("aep", "oep")
    assert list(total.loss) == [0.0, 12.0, 13.0, 30.0]
    assert list(total.probability) == [0.3, 0.2, 0.1, 0.0]
    assert list(largest.loss) == [0.0, 7.0, 12.0, 30.0]
    assert list(largest.probability) == [0.3, 0.2, 0.1, 0.0]
    assert total.unit == largest.unit == "CNY"
    assert total.n_years == 10


def test_between_its_points_a_curve_is_a_step():
    curve = curves.aep(table(ROWS))
    asked = [-1.0, 0.0, 11.9, 12.0, 29.9, 30.0, 31.0]
    assert list(curve.exceeding(asked)) == [1.0, 0.3, 0.3, 0.2, 0.1, 0.0, 0.0]
    assert curve.exceeding(12.5) == 0.2


@few
@given(annual(), LEVELS)
def test_the_curve_and_the_quantile_are_inverse(values, level):
    curve, level_ = curves.exceedance("aep", values), Fraction(str(level))
    first = np.nonzero(curve.probability <= float(1 - level_) + 1e-12)[0][0]
    assert curve.loss[first] == measures.quantile(values, level)


@few
@given(annual())
def test_points_ascend_and_the_band_holds_the_curve(values):
    curve = curves.exceedance("oep", values)
    assert (np.diff(curve.loss) > 0).all()
    assert (np.diff(curve.probability) < 0).all()
    assert curve.probability[-1] == 0.0
    assert (curve.low <= curve.probability).all()
    assert (curve.probability <= curve.high).all()
    assert (curve.low >= 0).all()
    assert (curve.high <= 1).all()
    assert (curve.exceeding(curve.loss) == curve.probability).all()


@few
@given(annual())
def test_equal_weights_given_are_none_given(values):
    weight = np.full(len(values), 1 / len(values))
    given_, none = curves.exceedance("aep", values, weight), curves.exceedance("aep", values)
    assert list(given_.probability) == list(none.probability)
    assert list(given_.high) == list(none.high)


def test_a_weight_counts_like_so_many_years():
    values, times = np.array([0.0, 3.0, 3.0, 8.0]), np.array([5, 2, 1, 2])
    weighted = curves.exceedance("aep", values, times / 10)
    years = curves.exceedance("aep", np.repeat(values, times))
    assert list(weighted.loss) == list(years.loss)
    assert weighted.probability == pytest.approx(years.probability)


def test_the_band_is_wilsons():
    """Wilson 1927: both ends p solve (p - k/n)**2 = z**2 p (1 - p) / n."""
    curve = curves.exceedance("aep", np.arange(50.0))
    z2 = measures.NORMAL_95**2
    for end in (curve.low, curve.high):
        gap = (end - curve.probability) ** 2 - z2 * end * (1 - end) / 50
        assert gap == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("stratum", [None, np.arange(12) % 3])
def test_the_band_counts_the_years_that_would_have_the_same_error(stratum):
    values = np.array([0.0, 1.0, 5.0, 0.0, 2.0, 4.0, 0.0, 3.0, 3.0, 7.0, 0.0, 6.0])
    weight = np.arange(1, 13) / 78
    curve, drawn = (
        curves.exceedance("aep", values, weight, stratum),
        sample(values, weight, stratum),
    )
    z2 = measures.NORMAL_95**2
    for point, loss in enumerate(curve.loss[:-1]):
        above = (values > loss).astype(float)
        p = weight @ above
        assert curve.probability[point] == pytest.approx(p)
        n = p * (1 - p) / drawn.error(above) ** 2
        for end in (curve.low[point], curve.high[point]):
            assert (end - p) ** 2 == pytest.approx(z2 * end * (1 - end) / n)


def test_a_curve_without_losses():
    curve = curves.aep(table([], 1000))
    assert (list(curve.loss), list(curve.probability)) == ([0.0], [0.0])
    assert curve.high[0] == pytest.approx(3.84 / 1003.84, rel=1e-3)  # nothing seen is not never


def test_negative_results_have_a_curve():
    curve = curves.exceedance("aep", [-2.0, -2.0, 1.0, 5.0])
    assert list(curve.loss) == [-2.0, 1.0, 5.0]
    assert list(curve.probability) == [0.5, 0.25, 0.0]


def test_thinning_keeps_the_ends_and_the_tail():
    curve = curves.exceedance("aep", np.arange(10_000.0), unit="CNY")
    thin = curve.thinned(200)
    assert 100 < len(thin) <= 200
    assert (thin.loss[0], thin.loss[-1]) == (0.0, 9999.0)
    assert list(thin.loss[-10:]) == list(curve.loss[-10:])
    assert list(thin.exceeding(thin.loss)) == list(curve.exceeding(thin.loss))
    assert (thin.unit, thin.n_years, thin.perspective) == ("CNY", 10_000, "aep")
    assert curve.thinned(10_000) is curve
    with pytest.raises(InvalidParameter, match="n_points must be in"):
        curve.thinned(1)


def test_a_curve_is_read_only_and_has_a_frame():
    curve = curves.aep(table(ROWS))
    with pytest.raises(ValueError, match="read-only"):
        curve.loss[0] = 1.0
    frame = curve.to_frame()
    assert list(frame.columns) == ["loss", "probability", "low", "high"]
    assert len(frame) == len(curve)


def test_refusals_of_a_curve():
    with pytest.raises(InvalidParameter, match=r"perspective must be one of aep, oep.*'oep'"):
        curves.exceedance("oepp", [1.0, 2.0])
    with pytest.raises(InvalidParameter, match="values"):
        curves.exceedance("aep", [1.0, math.nan])
    with pytest.raises(Undefined, match="one year"):
        curves.exceedance("aep", [1.0])


def test_return_periods_are_values_at_risk():
    values = np.random.default_rng(1).exponential(size=20_000)
    found = curves.return_periods(values, (2, 200, 12.5), unit="CNY")
    assert found.years == (2, 200, 12.5)
    assert found.aep == tuple(
        measures.var(values, level, unit="CNY") for level in (0.5, 0.995, 0.92)
    )
    assert found.oep == ()
    assert found.unsupported == ()


def test_return_periods_of_a_table_know_both_perspectives():
    losses = table(
        [(year, 1.0 + year % 7, event) for year in range(100) for event in range(2)], 100
    )
    found = curves.return_periods(losses, [2, 10])
    assert [loss.value for loss in found.aep] == [2 * loss.value for loss in found.oep]
    assert {loss.unit for loss in found.aep + found.oep} == {"CNY"}
    frame = found.to_frame()
    assert list(frame.columns) == ["years", "aep", "aep_error", "oep", "oep_error"]
    values_only = curves.return_periods(losses.annual()).to_frame()
    assert list(values_only.columns) == ["years", "aep", "aep_error"]


@pytest.mark.parametrize(
    ("n_years", "longest"), [(10_000, 1000.0), (9_999, 500.0), (1000, 100.0), (20, 2.0), (19, None)]
)
def test_what_the_years_do_not_support_is_named(n_years, longest):
    found = curves.return_periods(np.arange(float(n_years)))
    assert found.years + found.unsupported == curves.RETURN_PERIODS
    assert (found.years[-1] if found.years else None) == longest


def test_what_is_asked_for_and_not_supported_is_refused():
    values = np.arange(1000.0)
    message = r"years\[1\] must have 10 simulated years beyond it, has 2 of 1000, got 500"
    with pytest.raises(InvalidParameter, match=message) as caught:
        curves.return_periods(values, [10, 500, 200])
    assert [fault.field for fault in caught.value.faults] == ["years[1]", "years[2]"]


def test_weighted_years_support_longer_return_periods():
    """Rare losses drawn often are many years beyond, each of small weight."""
    rare = np.arange(1000) < 500
    values = np.where(rare, np.arange(1000.0), 0.0)
    weight = np.where(rare, 0.01 / 500, 0.99 / 500)
    assert curves.return_periods(values).unsupported == (200.0, 250.0, 500.0, 1000.0)
    weighted = curves.return_periods(values, weight=weight)
    assert weighted.unsupported == ()
    assert weighted.aep[-1].value == pytest.approx(450, abs=1)
    stratum = rare.astype(np.int16)
    stratified = curves.return_periods(values, weight=weight, stratum=stratum)
    assert [loss.value for loss in stratified.aep] == [loss.value for loss in weighted.aep]


@pytest.mark.parametrize("period", [1, 0, -5, math.nan, math.inf, "100", True])
def test_a_return_period_is_more_than_a_year(period):
    with pytest.raises(InvalidParameter, match=r"^years\[0\] must be"):
        curves.return_periods(np.arange(100.0), [period])


@pytest.mark.parametrize(
    "changes", [{"weight": [0.1] * 10}, {"stratum": [1] * 10}, {"unit": "USD"}]
)
def test_a_table_brings_its_own_weights_and_unit(changes):
    with pytest.raises(InvalidParameter, match="must come from the table"):
        curves.return_periods(table(ROWS), **changes)
