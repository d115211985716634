from fractions import Fraction

import pytest

from techinsure.accounts.quarters import (
    days_after,
    days_between,
    last_day,
    quarter_of,
    simple_interest,
)
from techinsure.errors import InvalidParameter


def test_quarters_of_a_year():
    assert [quarter_of(f"2026-{month:02}-15") for month in range(1, 13)] == [
        f"2026Q{quarter}" for quarter in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4)
    ]
    ends = [last_day(f"2026Q{quarter}") for quarter in (1, 2, 3, 4)]
    assert ends == ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]
    assert [quarter_of(end) for end in ends] == [f"2026Q{quarter}" for quarter in (1, 2, 3, 4)]


def test_days_across_a_leap_day():
    assert days_between("2028-02-28", "2028-03-01") == 2
    assert days_between("2026-02-28", "2026-03-01") == 1
    assert days_between("2026-03-01", "2026-02-28") == -1
    assert days_after("2028-02-28", 2) == "2028-03-01"


@pytest.mark.parametrize(
    ("day_count", "interest"), [("actual/365 fixed", 1000), ("actual/360", 1014)]
)
def test_interest_by_hand(day_count, interest):
    """100,000 at 3.65% for 100 days: 365,000 / 365 = 1,000 and 365,000 / 360 = 1,013.89."""
    assert simple_interest(100_000, Fraction("0.0365"), 100, day_count, "half_even") == interest


def test_interest_is_rounded_once_by_the_named_rule():
    """1 fen a year at 50% is half a fen."""
    rules = {"half_even": 0, "half_up": 1, "floor": 0, "ceiling": 1}
    for rule, expected in rules.items():
        assert simple_interest(1, Fraction(1, 2), 365, "actual/365 fixed", rule) == expected


@pytest.mark.parametrize("wrong", ["2026Q5", "2026-Q1", "26Q1", "0000Q1", 2026, "2026Q1 "])
def test_what_is_no_quarter_is_refused(wrong):
    with pytest.raises(InvalidParameter, match="quarter must be a quarter"):
        last_day(wrong)
