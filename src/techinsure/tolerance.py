"""Run to a tolerance: how many years a figure needs, from a pilot run, and whether they sufficed.

A standard error falls as 1 / sqrt(years), so the pilot's tells the years. That of a small pilot is
itself uncertain: the run is measured again, and made longer where it misses.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import ConfigDict

from techinsure.errors import Undefined
from techinsure.quantities import (
    FORBID,
    Count,
    Estimate,
    Flag,
    Name,
    Real,
    count,
    number,
    require,
)

STEP = 1024
"""Years are rounded up to a multiple of this."""

FEWEST_YEARS, MOST_YEARS = 1024, 1 << 31

MOST_RUNS = 12
"""After this many the last is reported as it is."""

AT_LEAST = 1.1
"""By which a run that missed grows."""

CONFIRMED = 4
"""Times as many years see again whether a figure without spread has none."""

_is_error = number("must be in [1e-6, 1)", lambda value: 1e-6 <= value < 1, "write 1% as 0.01")

Run = Callable[[int], Estimate]
"""A figure from so many simulated years; the same for the same number."""

State = Literal["exact", "reached", "no_spread", "capped", "nothing_seen"]
"""How it ended. `exact`: the figure needs no years. `no_spread`: all that was seen is the same,
four times as many years as in the pilot too; that is no proof. `capped`: the cap came first.
`nothing_seen`: the figure is 0 without error at the cap, and nothing can be said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What `years` gave."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    years: Count
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Of `figure`: the relative standard error `asked`, whether it was `reached`, and the `state`
    it ended in, by at most `cap` years. `needed`: the years that the last run says are needed (0
    where the figure is exact, None where nothing can be said). `runs` in order of their years."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    figure: Name
    asked: Real
    reached: Flag
    state: State
    needed: Count | None
    cap: Count
    runs: tuple[Measured, ...]

    @property
    def years(self) -> int:
        """Of the last run."""
        return self.runs[-1].years

    @property
    def estimate(self) -> Estimate:
        """Of the last run."""
        return self.runs[-1].estimate

    @property
    def error(self) -> float | None:
        """The relative standard error of the last run; None where the figure is 0."""
        return relative_error(self.estimate)

    def __str__(self) -> str:
        start = f"{self.figure}: relative error of {self.asked:.2g} asked, "
        if self.state == "exact":
            return f"{start}the figure is exact"
        if self.state == "nothing_seen":
            return (
                f"{start}nothing seen in {self.years:,} years, so neither it nor its error is known"
            )
        if self.state == "no_spread":
            return f"{start}no spread seen in {self.years:,} years"
        ended = f"{start}{self.error:.2g} reached with {self.years:,} years"
        return ended if self.reached else f"{ended}, some {self.needed:,} would be needed"


def relative_error(estimate: Estimate) -> float | None:
    """Standard error / |value|: 0 where exact, None where the value is 0 and not exact."""
    if estimate.exact:
        return 0.0
    if estimate.standard_error is None:
        raise Undefined("a figure without a standard error cannot be run to a tolerance")
    return estimate.standard_error / abs(estimate.value) if estimate.value else None


def run_to_tolerance(
    run: Run, *, figure: str, asked: float, pilot: int = 10 * STEP, cap: int = 1000 * STEP
) -> Tolerance:
    """`run` for as many years as a relative standard error of `asked` takes, `cap` at most.

    A pilot that sees nothing is doubled until something is seen. The error compared is what a run
    says of itself, so those that stop early are a little too sure: give the pilot many years.
    """
    require("asked", asked, _is_error)
    require("pilot", pilot, count(FEWEST_YEARS, MOST_YEARS))
    require("cap", cap, count(pilot, MOST_YEARS))
    runs, following = list[Measured](), pilot
    ended: tuple[State, int | None] | None = None
    while ended is None:
        runs.append(Measured(years=following, estimate=run(following)))
        last = len(runs) == MOST_RUNS or following == cap
        ended = _ended(runs[-1], asked, last=last, confirmed=following >= CONFIRMED * pilot)
        following = min(rounded_up(_following(runs[-1], asked, pilot)), cap)
    state, needed = ended
    return Tolerance(
        figure=figure,
        asked=asked,
        reached=state in ("exact", "reached", "no_spread"),
        state=state,
        needed=needed,
        cap=cap,
        runs=tuple(runs),
    )


def _ended(
    measured: Measured, asked: float, *, last: bool, confirmed: bool
) -> tuple[State, int | None] | None:
    """The state and the years needed, or None where another run should follow."""
    error = relative_error(measured.estimate)
    if measured.estimate.exact:
        return "exact", 0
    if error is None:
        return ("nothing_seen", None) if last else None
    if error == 0:
        return ("no_spread", measured.years) if last or confirmed else None
    needed = years_needed(measured.years, error, asked)
    if error <= asked:
        return "reached", needed
    return ("capped", needed) if last else None


def _following(measured: Measured, asked: float, pilot: int) -> float:
    """Years of the next run, after one that did not end it."""
    error = relative_error(measured.estimate)
    if error is None:
        return 2.0 * measured.years
    if error == 0:
        return float(CONFIRMED * pilot)
    return max(years_needed(measured.years, error, asked), AT_LEAST * measured.years)


def years_needed(years: int, error: float, asked: float) -> int:
    """Years for a relative error of `asked`, where `years` gave `error`: years * (error /
    asked)**2, rounded up."""
    return rounded_up(years * (error / asked) ** 2)


def rounded_up(years: float) -> int:
    """The next multiple of `STEP`."""
    return STEP * math.ceil(years / STEP)


def traced(reached: Tolerance, run: Run, points: int = 12) -> Tolerance:
    """The same with `points` more runs between the first and the last, their years in geometric
    progression: how the figure settled, for a picture."""
    require("points", points, count(1, 1000))
    first, last = reached.runs[0].years, reached.years
    known = {measured.years: measured for measured in reached.runs}
    for k in range(1, points + 1):
        years = rounded_up(first * (last / first) ** (k / (points + 1)))
        if first < years < last and years not in known:
            known[years] = Measured(years=years, estimate=run(years))
    return replace(reached, runs=tuple(known[years] for years in sorted(known)))
