"""Whose lines carry a loss or a premium when members join and leave within the term.

A clean cut moves policies in force to the new lines on the day of the change, with their unearned
premium; losses before that day stay with the old lines. In a run-off every policy stays with the
lines of its first day until it ends. Which holds is the agreement's to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Fault, InvalidParameter, NotFound
from techinsure.pool.members import Pool
from techinsure.pool.signing import Signed, sign
from techinsure.quantities import FORBID, is_date, one_of, refuse_unless, require

OnChange = Literal["clean_cut", "run_off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The pool as it is from the day `starts`."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    starts: str
    pool: Pool

    def __post_init__(self) -> None:
        refuse_unless(self, starts=is_date)

    @property
    def signed(self) -> Signed:
        """The lines in force."""
        return sign(self.pool)

    @property
    def members(self) -> tuple[str, ...]:
        """Names, in the order listed."""
        return tuple(member.name for member in self.pool.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesInForce:
    """The pool's periods in order of time, and what a change does to policies in force."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    periods: tuple[Period, ...]
    on_change: OnChange

    def __post_init__(self) -> None:
        refuse_unless(self, periods=_in_order, on_change=one_of("clean_cut", "run_off"))

    @staticmethod
    def of(pool: Pool, starts: str, on_change: OnChange) -> "LinesInForce":
        """The pool from its first day."""
        return LinesInForce(periods=(Period(starts=starts, pool=pool),), on_change=on_change)

    def changed(self, starts: str, pool: Pool) -> "LinesInForce":
        """The same with other members or lines from a later day on."""
        return replace(self, periods=(*self.periods, Period(starts=starts, pool=pool)))

    def at(self, day: str) -> Period:
        """The period in which a day lies."""
        require("day", day, is_date)
        started = [period for period in self.periods if period.starts <= day]
        if not started:
            bound = f"must not be before {self.periods[0].starts}, the first day of the pool"
            raise InvalidParameter([Fault("day", day, bound)])
        return started[-1]

    def carrying(self, inception: str, day: str) -> Period:
        """The period whose lines carry what happens on a `day` to a policy of that first day.

        In a run-off that of the first day; else that of the day. A loss before the first day,
        which a retroactive cover pays, counts as of the first day.
        """
        return self.at(inception if self.on_change == "run_off" else max(inception, day))

    def before(self, starts: str) -> tuple[Period, Period]:
        """The periods before and from a change on the day `starts`."""
        for old, new in pairwise(self.periods):
            if new.starts == starts:
                return old, new
        days = [period.starts for period in self.periods[1:]]
        raise NotFound("change of lines", starts, days)


def _in_order(field: str, value: object) -> Iterator[Fault]:
    periods: tuple[Period, ...] = tuple(value)  # type: ignore[arg-type]
    if not periods:
        yield Fault(field, 0, "must hold at least one period")
    for place, (old, new) in enumerate(pairwise(periods), start=1):
        if new.starts <= old.starts:
            bound = f"must be after {old.starts}"
            yield Fault(f"{field}[{place}].starts", new.starts, bound, "list periods by time")
        if new.pool.currency != old.pool.currency:
            bound = f"must be {old.pool.currency}"
            yield Fault(f"{field}[{place}].pool.currency", new.pool.currency, bound)
