"""Checks of fields, and the estimate."""

import math

import numpy as np
import pytest

from techinsure import quantities as q
from techinsure.errors import InvalidParameter
from techinsure.quantities import Estimate, exactly


def told(check, value):
    return [str(fault) for fault in check("x", value)]


@pytest.mark.parametrize(
    ("check", "fits", "fails", "bound"),
    [
        (q.positive, [1, 0.5, 1e300, np.float32(2), np.int64(3)], [0, -1.0], "must be > 0"),
        (q.not_negative, [0, 0.0, 5], [-1e-300], "must be >= 0"),
        (q.fraction, [0, 1, 0.25], [1.0001, -0.1, 25], r"must be in [0, 1]"),
        (q.is_level, [0, 0.995], [1, 99, -0.5], r"must be in [0, 1)"),
        (q.between(-2, 3), [-2, 3], [3.1, -2.1], "must be in [-2, 3]"),
        (q.count(1, 5), [1, 5, np.int32(2)], [0, 6, 10**400], "must be in [1, 5]"),
        (q.flag, [True, False, np.bool_(True)], [1, "true", None], "must be true or false"),
        (q.text(3), ["a", "abc", "保险"], ["", "abcd"], "must have 1 to 3 characters"),
        (q.text(pattern="[a-z]+"), ["abc"], ["a1", "A"], "must match [a-z]+"),
        (q.one_of("row", "site"), ["row"], ["sites", "", 3], "must be one of row, site"),
        (q.optional(q.positive), [None, 1.0], [0], "must be > 0"),
    ],
)
def test_checks(check, fits, fails, bound):
    for value in fits:
        assert told(check, value) == []
    for value in fails:
        (fault,) = told(check, value)
        assert fault.startswith(f"x {bound}, got ")


@pytest.mark.parametrize("check", [q.positive, q.not_negative, q.fraction, q.is_level])
@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (True, "must be a number"),
        ("1", "must be a number"),
        (None, "must be a number"),
        (1j, "must be a number"),
        (np.complex128(1), "must be a number"),
        (np.array([0.5]), "must be a number"),
        (math.nan, "must be finite"),
        (math.inf, "must be finite"),
        (np.float64("nan"), "must be finite"),
        (10**400, "must be finite"),
    ],
)
def test_what_is_no_finite_number(check, value, bound):
    (fault,) = told(check, value)
    assert fault.startswith(f"x {bound}")


@pytest.mark.parametrize("value", [1.0, True, "1", None, 2.5])
def test_what_is_no_whole_number(value):
    assert told(q.count(0, 9), value)[0].startswith("x must be a whole number")


@pytest.mark.parametrize("value", ["a\nb", "\x00", "\ud800"])
def test_text_holds_no_control_characters(value):
    assert told(q.text(), value)[0].startswith("x must hold no control character")


def test_text_is_text():
    assert told(q.text(), 3) == ["x must be text, got 3"]


def test_a_list_names_the_position():
    check = q.each(q.positive, at_least=1)
    assert told(check, (1, 2.0)) == []
    assert told(check, [1, 0, "2"]) == [
        "x[1] must be > 0, got 0",
        "x[2] must be a number, got '2' (write it without quotes)",
    ]
    assert told(check, [])[0].startswith("x must have at least 1 entries")
    assert told(check, "12") == ["x must be a list, got '12'"]
    assert told(check, 5) == ["x must be a list, got 5"]


def test_a_misspelt_name_gets_a_suggestion():
    assert "did you mean 'site'?" in told(q.one_of("row", "site"), "sites")[0]
    assert q.nearest("eqipment", ["equipment", "patent"]) == "equipment"
    assert q.nearest("xyz", ["equipment"]) == ""


def test_a_guess_is_not_made_from_a_megabyte():
    assert q.nearest("equipment" * 100_000, ["equipment"]) == ""


def test_a_day_is_text():
    assert told(q.is_date, "2026-02-28") == []
    for value in ("2026-02-30", "20260228", "2026-W15-5", "2026-2-28", 20260228, None, ""):
        assert told(q.is_date, value)[0].startswith("x must be a date, got ")


def test_long_values_are_shortened():
    (fault,) = told(q.text(5), "x" * 5000)
    assert len(fault) < 120


def test_all_faults_of_a_record_are_told_at_once():
    with pytest.raises(InvalidParameter) as caught:
        Estimate(value=math.nan, standard_error=-1.0, error_bound="no", exact=1)
    fields = {fault.field for fault in caught.value.faults}
    assert fields == {"value", "standard_error", "error_bound", "exact"}


def test_require_is_for_one_argument():
    q.require("level", 0.5, q.is_level)
    with pytest.raises(
        InvalidParameter, match=r"^level must be in \[0, 1\), got 99 \(write levels"
    ):
        q.require("level", 99, q.is_level)


def test_distance_of_two_estimates():
    estimate = Estimate(value=10.0, standard_error=3.0)
    assert estimate.z_score(4.0) == 2.0
    assert estimate.z_score(Estimate(value=5.0, standard_error=4.0)) == 1.0
    assert estimate.z_score(exactly(13)) == -1.0
    assert exactly(1.0).z_score(1.0) == 0.0
    assert exactly(1.0).z_score(2.0) == -math.inf
    assert exactly(2.0).z_score(exactly(1.0)) == math.inf


def test_a_multiple_of_an_estimate():
    estimate = Estimate(value=10.0, standard_error=3.0, error_bound=0.5, unit="CNY")
    assert estimate.scaled(-2.0) == Estimate(
        value=-20.0, standard_error=6.0, error_bound=1.0, unit="CNY"
    )
    assert exactly(10, "CNY").scaled(0.1, "USD") == exactly(1.0, "USD")


@pytest.mark.parametrize(
    ("estimate", "shown"),
    [
        (Estimate(value=1234567.8, standard_error=432.1, unit="CNY"), "1,234,568 ± 432.1 CNY"),
        (Estimate(value=0.0123456789, standard_error=0.001), "0.01235 ± 0.001"),
        (exactly(0.25), "0.25 exact"),
    ],
)
def test_an_estimate_as_text(estimate, shown):
    assert str(estimate) == shown


def test_a_list_that_is_empty_is_told_as_a_list():
    (fault,) = q.each(q.positive, at_least=1)("x", ())
    assert str(fault) == "x must have at least 1 entries, got []"
