"""Quarters of the calendar, days between dates, and what a sum earns from day to day."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from techinsure.errors import Fault
from techinsure.money import Rounding, rounded
from techinsure.quantities import require

DayCount = Literal["actual/365 fixed", "actual/360"]

DAYS_OF_YEAR = {"actual/365 fixed": 365, "actual/360": 360}
"""Days that a year counts. "Actual/365" without "fixed" means another convention to some.
Source: ISO 20022 codes A005 and A004, as listed in Daml Finance, Date.DayCount."""


def is_quarter(field: str, value: object) -> Iterator[Fault]:
    """A check: a quarter as text, such as 2026Q3."""
    if not isinstance(value, str) or not re.fullmatch(r"(?!0000)\d{4}Q[1-4]", value):
        yield Fault(field, value, "must be a quarter", "write it as 2026Q3")


def quarter_of(day: str) -> str:
    """The quarter in which a day lies."""
    return f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}"


def last_day(quarter: str) -> str:
    """The last day of a quarter."""
    require("quarter", quarter, is_quarter)
    return f"{quarter[:4]}-{('03-31', '06-30', '09-30', '12-31')[int(quarter[5]) - 1]}"


def days_after(day: str, days: int) -> str:
    """The day that lies `days` later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(start: str, end: str) -> int:
    """Days from `start` to `end`; negative if `end` is earlier."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def simple_interest(
    amount_minor: int, rate: Fraction, days: int, day_count: DayCount, rounding: Rounding
) -> int:
    """amount * rate * days / days of the year, minor units, rounded once; not compounded."""
    return rounded(Fraction(amount_minor * days, DAYS_OF_YEAR[day_count]) * rate, rounding)
