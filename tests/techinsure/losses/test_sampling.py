"""Samples: what is refused, and the standard error of a mean by design."""

import numpy as np
import pytest

from techinsure.errors import InvalidParameter
from techinsure.losses.sampling import sample


def test_equal_weights_give_the_textbook_error():
    values = np.random.default_rng(1).normal(size=500)
    drawn = sample(values)
    assert drawn.error(values) == pytest.approx(values.std(ddof=1) / np.sqrt(500), rel=1e-12)


def test_strata_give_cochrans_error():
    values = np.random.default_rng(1).normal(size=60)
    stratum = np.repeat([3, 8], [20, 40])
    weight = np.repeat([0.7 / 20, 0.3 / 40], [20, 40])
    expected = np.sqrt(
        0.7**2 * values[:20].var(ddof=1) / 20 + 0.3**2 * values[20:].var(ddof=1) / 40
    )
    assert sample(values, weight, stratum).error(values) == pytest.approx(expected, rel=1e-12)


def test_other_weights_give_the_error_of_a_ratio():
    values, weight = np.array([1.0, 4.0, 2.0]), np.array([0.5, 0.2, 0.3])
    gap = weight * (values - weight @ values)
    expected = np.sqrt((gap**2).sum() / (1 - (weight**2).sum()))
    assert sample(values, weight).error(values) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("stratum", [None, np.arange(50) % 3])
@pytest.mark.parametrize("weight", [None, np.arange(1, 51) / 1275])
def test_leaving_out_years_without_influence_changes_nothing(weight, stratum):
    influence = np.random.default_rng(1).normal(size=50)
    influence[10:45] = 0.0
    drawn, years = sample(influence, weight, stratum), np.nonzero(influence)[0]
    whole = drawn.error(influence)
    assert drawn.error(influence[years], years) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("size", [1e-300, 1e-150, 1e149])
def test_amounts_of_any_size_have_an_error(size):
    values = np.array([1.0, 2.0, 3.0]) * size
    assert sample(values).error(values) == pytest.approx(size / np.sqrt(3), rel=1e-12)


def test_weights_that_agree_are_left_out():
    assert sample([1.0, 2.0], [0.5, 0.5]).weight is None
    assert sample([1.0, 2.0], [0.4, 0.6]).weight is not None


def test_a_stratum_may_be_any_whole_number():
    assert list(sample([1.0, 2.0, 3.0], None, [9, -4, 9]).stratum) == [1, 0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": []}, "values must have at least one year, got 0"),
        ({"values": 5.0}, r"values must have the shape \(n_years,\), got \(\)"),
        ({"values": [[1.0, 2.0]]}, r"values must have the shape \(n_years,\), got \(1, 2\)"),
        ({"values": ["1", "2"]}, "values must hold numbers"),
        ({"values": [True, False]}, "values must hold numbers, got 'bool'"),
        ({"values": [1.0, None]}, "values must hold numbers, got 'object'"),
        ({"values": [[1.0], [2.0, 3.0]]}, "values must hold numbers"),
        ({"weight": [1.0]}, r"weight must have shape \(2,\), one entry a year, got \(1,\)"),
        ({"weight": [0.5, 0.6]}, r"weight must be >= 0 and sum to 1, got 1\.1 \(divide by the sum"),
        ({"weight": [-0.5, 1.5]}, "weight must be >= 0 and sum to 1"),
        ({"weight": [float("nan"), 1.0]}, r"weight\[0\] must be finite"),
        ({"weight": ["a", "b"]}, "weight must hold numbers"),
        ({"stratum": [0]}, r"stratum must have shape \(2,\)"),
        ({"stratum": [0.5, 1.0]}, "stratum must hold whole numbers, got 'float64'"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InvalidParameter, match=message):
        sample(**({"values": [1.0, 2.0]} | changes))


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(InvalidParameter) as caught:
        sample([float("nan"), 1.0], [1.0], ["a", "b", "c"])
    fields = [fault.field for fault in caught.value.faults]
    assert fields == ["values[0]", "weight", "stratum", "stratum"]
