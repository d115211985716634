"""Numbers with a meaning: the types of every field, the checks they pass, and `Estimate`."""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    AfterValidator,
    AllowInfNan,
    ConfigDict,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.types import Strict

from techinsure.errors import Fault, InvalidParameter

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]

Real = Annotated[float, Strict(), AllowInfNan(False)]
"""A finite float; a bool or a text is not a number."""
Count = Annotated[int, Strict()]
Flag = StrictBool
LINE = r"[0-9]+(\.[0-9]+)?|[0-9]+/[0-9]+"
LONGEST_LINE = 40


def _line(text: str) -> str:
    if len(text) > LONGEST_LINE or not re.fullmatch(LINE, text):
        raise ValueError(NO_LINE)
    return text


NO_LINE = "must be a fraction such as 1/18 or 0.05"
Line = Annotated[
    str,
    AfterValidator(_line),
    WithJsonSchema({
        "type": "string", "maxLength": LONGEST_LINE,
        "pattern": r"^[0-9]+(\.[0-9]+)?$|^[0-9]+/[0-9]+$",
    }),
]  # fmt: skip
"""An exact share as text: `"4/15"` or `"0.25"`."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

FORBID: ConfigDict = ConfigDict(extra="forbid")
"""The configuration of every record: a key that is not a field is refused."""

LONGEST_NAME = 200

Check = Callable[[str, object], Iterable[Fault]]


def refuse_unless(record: object, **checks: Check) -> None:
    """Raise one `InvalidParameter` with all faults of `record`, or return in silence."""
    faults = [
        fault for field, check in checks.items() for fault in check(field, getattr(record, field))
    ]
    if faults:
        raise InvalidParameter(faults)


def require(field: str, value: object, check: Check) -> None:
    """The same for one argument: `require("level", level, is_level)`."""
    faults = list(check(field, value))
    if faults:
        raise InvalidParameter(faults)


class NumberCheck:
    """A check: a finite number, no bool and no text, for which `holds`.

    `holds` takes arrays as well where a whole column is checked (`columns.numbers`).
    """

    __slots__ = ("bound", "fix", "holds")

    def __init__(self, bound: str, holds: Callable[[Any], Any], fix: str = "") -> None:
        self.bound, self.holds, self.fix = bound, holds, fix

    def __call__(self, field: str, value: object) -> Iterator[Fault]:
        """The fault of a value, if it has one."""
        if isinstance(value, bool) or not isinstance(value, _NUMBERS):
            yield Fault(field, value, "must be a number", "write it without quotes")
        elif not _is_finite(value):
            yield Fault(field, value, "must be finite", "give a number, not NaN or infinity")
        elif not self.holds(float(value)):
            yield Fault(field, value, self.bound, self.fix)


number = NumberCheck
"""`number("must be > 0", lambda value: value > 0)`."""

_NUMBERS = (int, float, np.integer, np.floating)


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int with more digits than any float
        return False


def between(low: float, high: float, fix: str = "") -> NumberCheck:
    """A check: low <= value <= high."""
    bound = f"must be in [{low:g}, {high:g}]"
    return NumberCheck(bound, lambda value: (low <= value) & (value <= high), fix)


positive = number("must be > 0", lambda value: value > 0)
not_negative = number("must be >= 0", lambda value: value >= 0)
LEAST_AMOUNT, MOST_AMOUNT = 0.01, 1e15
"""What an insured amount can be, currency units: beyond, float64 would lose the cents, or its
squares and ratios their finiteness."""

is_amount = between(LEAST_AMOUNT, MOST_AMOUNT, "write amounts in currency units")
is_amount_or_zero = number(
    f"must be 0 or in [{LEAST_AMOUNT:g}, {MOST_AMOUNT:g}]",
    lambda value: (value == 0) | ((value >= LEAST_AMOUNT) & (value <= MOST_AMOUNT)),
    "write amounts in currency units",
)
fraction = between(0, 1, "write shares as fractions: 0.25 for 25%")
is_level = number(
    "must be in [0, 1)", lambda value: 0 <= value < 1, "write levels as fractions: 0.99 for 99%"
)


def count(low: int, high: int) -> Check:
    """A check: a whole number, low <= value <= high."""

    def check(field: str, value: object) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            yield Fault(field, value, "must be a whole number", "write it without a decimal point")
        elif not low <= value <= high:
            yield Fault(field, value, f"must be in [{low}, {high}]")

    return check


def flag(field: str, value: object) -> Iterator[Fault]:
    """A check: true or false."""
    if not isinstance(value, bool | np.bool_):
        yield Fault(field, value, "must be true or false")


def text(longest: int = 200, pattern: str = "") -> Check:
    """A check: text of 1 to `longest` characters, none of them a control character."""

    def check(field: str, value: object) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(field, value, "must be text")
        elif not 1 <= len(value) <= longest:
            yield Fault(field, value, f"must have 1 to {longest} characters")
        elif any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in value):
            yield Fault(field, value, "must hold no control character")
        elif pattern and not re.fullmatch(pattern, value):
            yield Fault(field, value, f"must match {pattern}")

    return check


def is_label(field: str, value: object) -> Iterable[Fault]:
    """A check: text as `text` wants it, or none."""
    return () if value == "" else text()(field, value)


def is_date(field: str, value: object) -> Iterator[Fault]:
    """A check: a day as text, such as 2026-11-24."""
    try:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        yield Fault(field, value, "must be a date", "write it as 2026-11-24")


def one_of(*names: str) -> Check:
    """A check: one of `names`; the fault suggests the nearest."""

    def check(field: str, value: object) -> Iterator[Fault]:
        if value not in names:
            guess = nearest(str(value), names)
            hint = f"did you mean {guess!r}?" if guess else ""
            yield Fault(field, value, f"must be one of {', '.join(names)}", hint)

    return check


def each(check: Check, at_least: int = 0) -> Check:
    """A check: a sequence of `at_least` members, each of which passes `check`."""

    def check_all(field: str, value: object) -> Iterator[Fault]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            yield Fault(field, value, "must be a list")
            return
        members = list(value)
        if len(members) < at_least:
            yield Fault(field, value, f"must have at least {at_least} entries")
        for position, member in enumerate(members):
            yield from check(f"{field}[{position}]", member)

    return check_all


def optional(check: Check) -> Check:
    """A check: None, or what `check` demands."""
    return lambda field, value: () if value is None else check(field, value)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or an empty text."""
    if len(name) > LONGEST_NAME:  # comparing a megabyte takes a second
        return ""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A modelled figure and how well it is known.

    `standard_error` is the Monte Carlo error (None when `exact`); `error_bound` is the
    guaranteed numerical error of a lattice or quadrature, where one was used.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    value: Real
    standard_error: Real | None = None
    exact: Flag = False
    error_bound: Real | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        refuse_unless(
            self,
            value=number("must be finite", lambda value: True),
            standard_error=optional(not_negative),
            error_bound=optional(not_negative),
            exact=flag,
        )

    def z_score(self, other: "Estimate | float") -> float:
        """Distance to `other` in standard errors of the difference; 0 when both agree exactly."""
        value, error = (
            (other.value, other.standard_error or 0.0)
            if isinstance(other, Estimate)
            else (other, 0.0)
        )
        spread = math.hypot(self.standard_error or 0.0, error)
        gap = self.value - value
        return 0.0 if gap == 0 else math.copysign(math.inf, gap) if spread == 0 else gap / spread

    def scaled(self, factor: float, unit: str | None = None) -> "Estimate":
        """The estimate of `factor` times the quantity."""
        return Estimate(
            value=self.value * factor,
            standard_error=None
            if self.standard_error is None
            else abs(factor) * self.standard_error,
            exact=self.exact,
            error_bound=None if self.error_bound is None else abs(factor) * self.error_bound,
            unit=self.unit if unit is None else unit,
        )

    def __str__(self) -> str:
        error = " exact" if self.exact else f" ± {_shown(self.standard_error or 0.0)}"
        return f"{_shown(self.value)}{error}{' ' + self.unit if self.unit else ''}"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def exactly(value: float, unit: str = "") -> Estimate:
    """An estimate with no Monte Carlo error."""
    return Estimate(value=float(value), exact=True, unit=unit)
