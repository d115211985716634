"""Values of a file, of JSON and of Python as texts, numbers and flags: nothing is guessed."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from techinsure.columns import (
    Names,
    absent,
    as_number,
    flags,
    label_faults,
    name_faults,
    numbers,
    texts,
)
from techinsure.quantities import is_amount


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12.0), ("12.50", 12.5), ("-3", -3.0), ("+3", 3.0), ("1e6", 1e6), ("60E-2", 0.6),
        (" 7 ", 7.0), ("007", 7.0), ("1,000", 1000.0), ("1,320,000.00", 1_320_000.0),
        ("-12,345", -12345.0), (5, 5.0), (0.25, 0.25), (np.float64(2.0), 2.0), (np.int32(4), 4.0),
        (Decimal("1.5"), 1.5),
    ],
)  # fmt: skip
def test_numbers(written, number):
    assert as_number(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "1,5", "0,5", "0,100", "12,34", "1,00,000", "12,0000", "1,000,00", ",5", "1,", "1.000.000",
        "1 000", "1_000", "0x10", "10%", "¥5", "１２", "1,５00", "nan", "NaN", "inf", "-Infinity",
        "1e9999", "1e", "e5", "--1", "", "x", "1;2", "1\x00", "1\n2", True, False, np.True_, None,
        [], {}, 1j, date(2026, 1, 1), 10**400,
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_made_one(written):
    """A comma that separates no thousands could be a decimal one."""
    assert as_number(written) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_being_written(number):
    assert as_number(repr(number)) == as_number(number) == number
    assert as_number(f"{round(number % 1e12):,}") == round(number % 1e12)


@pytest.mark.parametrize("value", [None, "", "  ", "\t", float("nan"), np.float64("nan")])
def test_not_given(value):
    assert absent(value)
    assert texts([value, "x"], 2) == ["", "x"]


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "nan", np.inf])
def test_given(value):
    assert not absent(value)


def test_texts_keep_leading_zeros_and_lose_blanks_around():
    assert texts(["007", " 甲 ", 12, 1.0, None], 5) == ["007", "甲", "12", "1.0", ""]
    assert texts(None, 2) == ["", ""]


def test_numbers_of_a_column_with_all_their_faults():
    faults = []
    column = [5, None, "1,5", True, -1.0, "nan", "2e3", float("inf")]
    out = numbers("value", column, 8, 9.0, is_amount, faults)
    assert out[[0, 1, 6]].tolist() == [5.0, 9.0, 2000.0]
    assert [str(fault) for fault in faults] == [
        "value[2] must be a number, got '1,5' (write it as 1234.5 or 1,234.5)",
        "value[3] must be a number, got True (write it as 1234.5 or 1,234.5)",
        "value[4] must be in [0.01, 1e+15], got -1.0 (write amounts in currency units)",
        "value[5] must be a number, got 'nan' (write it as 1234.5 or 1,234.5)",
        "value[7] must be finite, got inf (give a number, not NaN or infinity)",
    ]


def test_flags():
    faults = []
    yes = ["true", "TRUE", True, 1, 1.0, "1", "yes", "是"]
    no = ["false", False, 0, 0.0, "0", "no", "否", None, "", float("nan")]
    assert flags("exposed", [*yes, *no], 18, faults).tolist() == [1.0] * 8 + [0.0] * 10
    assert not faults
    flags("exposed", ["maybe", "2", "y", "真"], 4, faults)
    assert [fault.field for fault in faults] == [f"exposed[{row}]" for row in range(4)]
    assert str(faults[0]) == "exposed[0] must be true or false, got 'maybe'"


def test_labels_and_names():
    assert not label_faults("site", ["", "a", "园区"])
    wrong = label_faults("site", ["a", "b\x00", "x" * 201, "\ud800", "b\x00"])
    assert [fault.field for fault in wrong] == ["site[1]", "site[2]", "site[3]", "site[4]"]
    given = Names.of(["named", "name", "zzz"], 3)
    found = name_faults("form", given, {"named": 1, "technical": 2})
    assert [(fault.field, fault.fix) for fault in found] == [
        ("form[1]", "did you mean 'named'?"), ("form[2]", ""),
    ]  # fmt: skip
